"""Which segments an alarm's change is looked for in, and by what it is measured there."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from holdtrue.foundation import counted
from holdtrue.monitors.alarms import Alarm
from holdtrue.monitors.diagnosis.columns import Found
from holdtrue.monitors.diagnosis.hypotheses import Hypothesis
from holdtrue.monitors.diagnosis.quantity import Quantity
from holdtrue.monitors.diagnosis.records import Cause, Segment
from holdtrue.monitors.diagnosis.rows import Floats, LiveRows, Values
from holdtrue.monitors.diagnosis.scores import scores_of
from holdtrue.monitors.diagnosis.segments import (
    Cut,
    cuts_by_level,
    cuts_of,
    large_enough,
    parts_of,
    segments_of,
    surest,
)
from holdtrue.profiles import Baseline, HeldSample, NumericReference


def where_strongest(
    alarm: Alarm,
    baseline: Baseline,
    rows: LiveRows,
    place: int,
    quantity: Quantity,
    found: Found,
    cause: Cause,
) -> tuple[tuple[Segment, ...], str, list[tuple[str, float, float | None, float | None]]]:
    """Return the segments, what is said of them, and the parts of the field in which the change differs most."""
    sample = baseline.sample
    if sample is None or quantity.values is None or quantity.reference is None:
        return (), "", []
    then = _held(alarm, sample)
    if then is None:
        return (), "", []
    if (
        found.top is not None
        and found.top.whole
        and found.top.kind not in ("drift", "copy")
        and alarm.group == "inputs"
    ):
        return (), "all rows are concerned alike", []
    if cause.kind in ("swap", "shift", "reorder", "copy") and alarm.group == "inputs":
        return (), "all rows are concerned alike", []
    now = quantity.values[place:]
    compared, told = _compared(alarm, quantity, found.top, then, now)
    out = (
        {alarm.quantity, *cause.columns, *(name for name, _ in found.moved)} if alarm.group == "inputs" else set[str]()
    )
    fields = {name: values[place:] for name, values in rows.inputs.items() if name not in out}
    held: dict[str, Values] = {}
    for name in fields:
        number, names = sample.number("inputs", name), sample.name(name)
        if number is not None or names is not None:
            held[name] = number if number is not None else (names or [])
    cuts = cuts_of(baseline.groups.get("inputs", {}), held, fields)
    declared = _declared(alarm, rows, place, quantity, found.top, then, now, sample)
    own = 0 if declared is None else len(large_enough(declared.cuts, *declared.compared))
    segments, tried = segments_of(cuts, *compared, *told, others=own)
    if declared is not None:
        more, _ = segments_of(declared.cuts, *declared.compared, *declared.told, others=tried)
        segments = surest(segments, more)
    tried += own
    note = f"{counted(tried, 'segment')} looked at" if tried else "too few rows for any segment"
    note += "; the change is as strong in all of them, as far as these rows can tell" if tried and not segments else ""
    note += "".join(f"; {name} has {many:,} levels, too many to be segments" for name, many in sample.scattered.items())
    field = segments[0].field if segments else ""
    if declared is not None and field in rows.segments:
        parts = parts_of([cut for cut in declared.cuts if cut.field == field], *declared.told)
    else:
        parts = parts_of([cut for cut in cuts if cut.field == field], *told) if field else []
    return segments, note, parts


class _Declared(Struct, frozen=True):
    """Segments of fields that say which rows belong together, and what is compared in them and told of them."""

    cuts: list[Cut]
    compared: tuple[Floats, Floats]
    told: tuple[Floats, Floats]


def _declared(
    alarm: Alarm,
    rows: LiveRows,
    place: int,
    quantity: Quantity,
    top: Hypothesis | None,
    then: Values,
    now: Values,
    sample: HeldSample,
) -> _Declared | None:
    """Cut rows by the fields that say which belong together.

    Rows that belong together are held back together or not at all, so of most segments the baseline has no row: the
    live rows before the change stand beside it.
    """
    if not rows.segments or quantity.values is None:
        return None
    calm = quantity.values[:place]
    before: Values
    if isinstance(then, np.ndarray) and isinstance(calm, np.ndarray):
        before = np.concatenate([then, calm])
    else:
        before = [*then, *calm]
    cuts = [
        cut
        for name, levels in rows.segments.items()
        for cut in cuts_by_level(name, [*(sample.segment(name) or []), *levels[:place]], levels[place:])
    ]
    compared, told = _compared(alarm, quantity, top, before, now)
    return _Declared(cuts, compared, told)


def _held(alarm: Alarm, sample: HeldSample) -> Values | None:
    if alarm.group == "inputs":
        number = sample.number("inputs", alarm.quantity)
        return number if number is not None else sample.name(alarm.quantity)
    return sample.number(alarm.group, alarm.quantity)


def _compared(
    alarm: Alarm, quantity: Quantity, top: Hypothesis | None, then: Values, now: Values
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Return what segments are judged by, and what is told of them, each before and now."""
    if alarm.group == "inputs" and top is not None and top.telling is not None and top.kind != "drift":
        hit = (top.telling(then) > 0).astype(np.float64), (top.telling(now) > 0).astype(np.float64)
        return hit, hit
    if alarm.level is not None:
        level = quantity.hits(then), quantity.hits(now)
        return level, level
    assert isinstance(then, np.ndarray) and isinstance(now, np.ndarray)
    assert isinstance(quantity.reference, NumericReference)
    scores = scores_of(quantity.reference, then), scores_of(quantity.reference, now)
    if alarm.direction in ("wider", "narrower"):
        scores = np.abs(scores[0]), np.abs(scores[1])
    return scores, (then, now)
