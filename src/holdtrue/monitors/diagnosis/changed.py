"""The inputs that have changed with an alarm, those first that it is about, those last that had changed before."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from msgspec.structs import replace

from holdtrue.monitors.alarms import Alarm
from holdtrue.monitors.diagnosis.columns import BY_CHANCE, Found, causes_of, moved_inputs
from holdtrue.monitors.diagnosis.context import Context
from holdtrue.monitors.diagnosis.records import Cause
from holdtrue.monitors.diagnosis.rows import LiveRows, Values
from holdtrue.monitors.diagnosis.scores import evidence_of, scores_of
from holdtrue.profiles import Baseline, NumericReference, Reference

_ENOUGH = 20


def changed_inputs(
    alarm: Alarm,
    baseline: Baseline,
    rows: LiveRows,
    place: int,
    inputs: Mapping[str, Values],
    references: Mapping[str, Reference],
    known: Context,
) -> Found:
    own = {name: values for name, values in inputs.items() if name in references}
    seasons = None if rows.seasons is None else rows.seasons[place:]
    scores = {
        name: scores_of(reference, values, baseline.seasonal.get("inputs", ()), name, seasons)
        for name, values in own.items()
        if isinstance(reference := references[name], NumericReference) and isinstance(values, np.ndarray)
    }
    moved = moved_inputs(references, own, scores)
    if alarm.quantity in own and alarm.quantity not in dict(moved) and alarm.group in ("inputs", "attributions"):
        evidence = evidence_of(references[alarm.quantity], own[alarm.quantity], scores.get(alarm.quantity))
        # Of an attribution the input itself is looked at first, so it need not stand out among all.
        if alarm.group == "inputs" or evidence > -math.log(BY_CHANCE):
            moved = ((alarm.quantity, max(evidence, 0.1)), *moved)
    in_order = {name: references[name] for name in references if name in own}
    older = _older(alarm, rows, place, references, dict(moved))
    first = [alarm.quantity] if alarm.group == "inputs" else []
    ordered = tuple(sorted(moved, key=lambda each: (each[0] not in first, each[0] in older)))
    found = causes_of(ordered, in_order, own, known.units)
    causes = tuple(_marked(cause, older) for cause in found.causes)
    return replace(found, causes=causes, older=tuple(sorted(older)))


def _older(
    alarm: Alarm, rows: LiveRows, place: int, references: Mapping[str, Reference], moved: Mapping[str, float]
) -> set[str]:
    """Return the inputs that were as far from the baseline before the change began: another change, of before."""
    n = min(place, len(rows) - place)
    if n < _ENOUGH:
        return set()
    found = set()
    for name, evidence in moved.items():
        before = evidence_of(references[name], rows.inputs[name][place - n : place])
        if before > 0.5 * evidence * n / (len(rows) - place) and before > -math.log(BY_CHANCE):
            found.add(name)
    return found - ({alarm.quantity} if alarm.group == "inputs" else set())


def _marked(cause: Cause, older: set[str]) -> Cause:
    if not older.intersection(cause.columns):
        return cause
    return replace(cause, words=f"{cause.words}; it was so before this began", confidence=0.5 * cause.confidence)
