"""Says of an alarm of a service what moved with it, by the samples of the log around it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from holdtrue.monitors import Alarm, service
from holdtrue.monitors.diagnosis import Cause, Diagnosis, Picture, effect_of_number, picture_of
from holdtrue.predictionlog import LogReader, Position, ServiceSample
from holdtrue.profiles import mid_ranks, numeric_reference
from holdtrue.watching.servicing import figures_of

Floats = NDArray[np.float64]

ENOUGH = 120
"""Samples before the change that are looked at, where there are so many."""
_FIRST_READ, _LAST_READ = 4_096, 262_144
_MOVED = 1.5
"""So many times as much, or as little, is said to have moved."""
_EARLY = 12
"""Samples of an epoch that are its beginning."""


def diagnosed_service(alarm: Alarm, reader: LogReader, position: Position, alias: str, epoch: int) -> Diagnosis | None:
    """Return what is known of an alarm of `service` or `load`; None where the log holds nothing from before it.

    Args:
        position: how far the log was read. alias, epoch: of the watch.
    """
    before, now = _around(alarm, reader, position, alias)
    if not before or not now:
        return None
    figures = {name: (_values(before, name), _values(now, name)) for name in service.RULES}
    old, new = figures[alarm.quantity]
    if not old.size or not new.size:
        return None
    reference, unit = numeric_reference(old), service.RULES[alarm.quantity].unit
    moved = [name for name, (was, is_now) in figures.items() if name != alarm.quantity and _has_moved(was, is_now)]
    pictures: list[Picture] = []
    for name in (alarm.quantity, *moved):
        picture = picture_of(name, numeric_reference(figures[name][0]), figures[name][1], service.RULES[name].unit)
        pictures += [picture] if picture is not None else []
    return Diagnosis(
        rows=len(now),
        baseline_rows=len(before),
        begin=None,
        effect=effect_of_number(reference, new, mid_ranks(reference, new), unit),
        carriers=None,
        moved=(),
        causes=(_cause(alarm, figures, moved, sum(each.epoch == epoch for each in before)),),
        pictures=tuple(pictures),
    )


def _around(
    alarm: Alarm, reader: LogReader, position: Position, alias: str
) -> tuple[list[ServiceSample], list[ServiceSample]]:
    """Return the samples before the change and those since, up to the alarm."""
    most = _FIRST_READ
    while True:
        records = reader.before(position, most)
        samples = [each for each in records if isinstance(each, ServiceSample) and each.alias == alias]
        before = [each for each in samples if each.received < (alarm.began_time or 0)]
        if len(before) >= ENOUGH or len(records) < most or most >= _LAST_READ:
            now = [each for each in samples if (alarm.began_time or 0) <= each.received <= (alarm.at_time or 0)]
            return before[-ENOUGH:], now
        most *= 4


def _values(samples: Sequence[ServiceSample], name: str) -> Floats:
    values = np.array([figures_of(each)[name] for each in samples])
    return np.asarray(values[~np.isnan(values)])


def _has_moved(before: Floats, now: Floats) -> bool:
    if not before.size or not now.size:
        return False
    was, is_now = float(before.mean()), float(now.mean())
    return is_now > _MOVED * was or is_now < was / _MOVED


def _cause(
    alarm: Alarm,
    figures: dict[str, tuple[Floats, Floats]],
    moved: Sequence[str],
    of_this_epoch: int,
) -> Cause:
    def told(name: str) -> str:
        unit = service.RULES[name].unit
        was, is_now = (service.in_unit(float(each.mean()), unit) for each in figures[name])
        return f"{service.NAMES[name]} went from {was} to {is_now}"

    others = [told(name) for name in moved]
    beside = f"; {'; '.join(others)}" if others else "; nothing else that is noted down moved with it"
    if of_this_epoch < _EARLY and alarm.group == service.SERVICE:
        clause = "the version that answers now is served otherwise than the one before"
        words = f"it is so from the first samples of this version on{beside}"
        return Cause(kind="served", columns=(alarm.quantity,), clause=clause, words=words, confidence=0.8)
    if alarm.group == service.LOAD:
        silent = alarm.quantity == service.REQUESTS and alarm.live.mean == 0.0
        clause = "nothing is asked any more" if silent else "the load is another"
        return Cause(kind="load", columns=(alarm.quantity,), clause=clause, words=clause + beside, confidence=0.6)
    was, is_now = (float(each.mean()) for each in figures[service.REQUESTS])
    if service.REQUESTS in moved and is_now > was:
        clause = "more is asked than before"
        return Cause(kind="load", columns=(service.REQUESTS,), clause=clause, words=clause + beside, confidence=0.6)
    if service.PROCESSOR in moved:
        clause = "the server's processor works otherwise"
        return Cause(kind="load", columns=(service.PROCESSOR,), clause=clause, words=clause + beside, confidence=0.5)
    clause = "the service runs otherwise"
    return Cause(kind="served", columns=(alarm.quantity,), clause=clause, words=clause + beside, confidence=0.3)
