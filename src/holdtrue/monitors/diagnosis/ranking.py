"""What an alarm's change may be, the likeliest first: faults of inputs, of who answers, of labels, or none of these."""

from __future__ import annotations

import math

import numpy as np
from msgspec.structs import replace

from holdtrue.foundation import counted, figure
from holdtrue.monitors.alarms import Alarm
from holdtrue.monitors.diagnosis.answers import answered_otherwise
from holdtrue.monitors.diagnosis.columns import Found, moved_words
from holdtrue.monitors.diagnosis.context import Context
from holdtrue.monitors.diagnosis.drifting import ramp_of
from holdtrue.monitors.diagnosis.records import Cause
from holdtrue.monitors.diagnosis.rows import LiveRows
from holdtrue.monitors.diagnosis.scores import scores_of
from holdtrue.profiles import DELAY, IN_TIME, REFUSED, Baseline, NumericReference

_SLOW_IS = 0.0


def ranked(
    alarm: Alarm, rows: LiveRows, place: int, found: Found, baseline: Baseline, known: Context
) -> tuple[Cause, ...]:
    columns = len(baseline.groups.get("inputs", {}))
    causes = [_perhaps_slow(cause, rows, baseline) for cause in found.causes]
    otherwise = answered_otherwise(rows, place, known.version)
    late = _labels_late(alarm, rows, place)
    if otherwise is not None:
        return (otherwise, *causes)
    if late is not None:
        return (late, *causes)
    if alarm.group == "labels" and alarm.quantity in (DELAY, IN_TIME):
        return (_labels_come(alarm),)
    if not causes:
        return (of_the_model(alarm, known, columns),)
    if alarm.group in ("errors", "attributions", "predictions"):
        # That inputs have moved need not be why: it is, as far as what they bring about is the change.
        rest = of_the_model(alarm, known, columns, moved=moved_words(found.moved, columns))
        causes = [replace(cause, confidence=0.9 * cause.confidence) for cause in causes]
        return (*causes, replace(rest, confidence=min(rest.confidence, 0.3)))
    return tuple(causes)


def _perhaps_slow(cause: Cause, rows: LiveRows, baseline: Baseline) -> Cause:
    """Say of a drift that it grows, where a ramp tells the rows better than a step does."""
    name = cause.columns[0]
    reference, values = baseline.groups.get("inputs", {}).get(name), rows.inputs.get(name)
    if cause.kind != "drift" or not isinstance(reference, NumericReference) or not isinstance(values, np.ndarray):
        return cause
    ramp = ramp_of(scores_of(reference, values, baseline.seasonal.get("inputs", ()), name, rows.seasons))
    if ramp is None or ramp.log_odds <= _SLOW_IS:
        return cause
    grown = values.size - ramp.start
    odds = 1 / (1 + math.exp(-min(50.0, ramp.log_odds)))
    text = f"{name} drifts slowly"
    return Cause(
        kind="slow drift",
        columns=cause.columns,
        clause=text,
        words=f"{text}: it has come {figure(abs(ramp.rise))} standard deviations {'up' if ramp.rise > 0 else 'down'} "
        f"over {counted(grown, 'row')}, little by little",
        confidence=cause.confidence * odds,
    )


def _labels_late(alarm: Alarm, rows: LiveRows, place: int) -> Cause | None:
    if alarm.group != "errors" or rows.delays is None or min(place, len(rows) - place) < 20:
        return None
    before, now = rows.delays[:place], rows.delays[place:]
    then, later = float(np.median(before)), float(np.median(now))
    if not later > 2 * max(then, 1.0) or float((now > then).mean()) < 0.8:
        return None
    text = "labels come later than before"
    return Cause(
        kind="labels",
        columns=(),
        clause=text,
        words=f"{text}: half took {_lasting(later)} or more, it was {_lasting(then)}; so errors are of other rows",
        confidence=0.7,
    )


def _labels_come(alarm: Alarm) -> Cause:
    """Return what is said of when labels come: no row's inputs decide that."""
    later = alarm.direction == ("down" if alarm.quantity == IN_TIME else "up")
    text = "labels come later, or no more" if later else "labels come sooner"
    if alarm.quantity == IN_TIME and not alarm.live.mean:
        text = "no label comes in time"
    words = f"{text}: look at what sends them" if later else text
    return Cause(kind="labels", columns=(), clause=text, words=words, confidence=0.9)


def _lasting(micros: float) -> str:
    for length, name in ((86_400e6, "day"), (3_600e6, "hour"), (60e6, "minute"), (1e6, "second")):
        if micros >= length:
            return counted(round(micros / length), name)
    return "under a second"


def of_the_model(alarm: Alarm, known: Context, columns: int, moved: str = "") -> Cause:
    told = moved or f"none of {counted(columns, 'input')} has changed beyond chance"
    if alarm.group in ("attributions", "predictions") and known.reference and known.reference != known.version:
        text = f"{known.version} decides otherwise than {known.reference}"
        return Cause(
            kind="model",
            columns=(),
            clause=text,
            words=f"{text}, whose baseline it is held against: {told}",
            confidence=0.9 if not moved else 0.3,
        )
    if alarm.group == "errors":
        text = "what is predicted has itself changed"
        return Cause(
            kind="relation",
            columns=(),
            clause=text,
            words=f"{text}: the same inputs go with other values of the target; {told}",
            confidence=0.8 if not moved else 0.3,
        )
    text = {"tests": "other rows are sent", "labels": "other labels come, or at other times"}.get(
        alarm.group, "inputs go together in another way"
    )
    return Cause(
        kind="drift",
        columns=(),
        clause=text,
        words=f"{text}: {told} by itself" if not moved else f"{text}: {told}",
        confidence=0.5 if not moved else 0.2,
    )


def without_refusals(alarm: Alarm) -> Cause:
    """Return what is said of an alarm of the tests of whose failures the log has none since the change."""
    text, confidence = "not known: the rows are not in the log", 0.0
    if alarm.direction == "down":
        what = "are refused" if alarm.quantity == REFUSED else f"fail {alarm.quantity}"
        text, confidence = f"rows that {what} {'come no more' if not alarm.live.mean else 'come less often'}", 0.5
    return Cause(kind="refusals", columns=(), clause=text, words=text, confidence=confidence)
