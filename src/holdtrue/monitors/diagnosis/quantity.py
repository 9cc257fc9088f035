"""The quantity that an alarm is about: its values, and what they say of its beginning and its effect."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from holdtrue.monitors.alarms import Alarm
from holdtrue.monitors.diagnosis.beginning import of_hits, of_scores
from holdtrue.monitors.diagnosis.context import Context
from holdtrue.monitors.diagnosis.effects import effect_of_level, effect_of_number, ranks_in, share_before
from holdtrue.monitors.diagnosis.records import Effect
from holdtrue.monitors.diagnosis.rows import Floats, LiveRows, Values
from holdtrue.monitors.diagnosis.scores import scores_of
from holdtrue.profiles import (
    ABSOLUTE_ERROR,
    PREDICTION,
    SIGNED_ERROR,
    Baseline,
    CategoryReference,
    NumericReference,
    Reference,
    fold,
)


class Quantity(Struct, frozen=True, kw_only=True):
    """The alarm's quantity: what it was in the baseline, its values, and their normal scores or hits."""

    reference: Reference | None
    values: Values | None
    scores: Floats | None
    level: str | None

    @staticmethod
    def of(alarm: Alarm, baseline: Baseline, rows: LiveRows) -> Quantity:
        reference = baseline.groups.get(alarm.group, {}).get(alarm.quantity)
        values = values_of(alarm, rows)
        if reference is None or values is None:
            return Quantity(reference=None, values=None, scores=None, level=alarm.level)
        scores = None
        if isinstance(reference, NumericReference) and isinstance(values, np.ndarray):
            seasonal = baseline.seasonal.get(alarm.group, ())
            scores = scores_of(reference, values, seasonal, alarm.quantity, rows.seasons)
        return Quantity(reference=reference, values=values, scores=scores, level=alarm.level)

    def hits(self, values: Values) -> Floats:
        """Return 1 for each value that has the alarm's level, else 0."""
        if not isinstance(values, list):
            return np.isnan(values).astype(np.float64)
        reference, level = self.reference, self.level
        assert isinstance(reference, CategoryReference)
        named = [fold(value) if reference.folded else value for value in values]
        if level in ("(new)", "(rare)"):
            once = {name for name, count in reference.levels.items() if count == 1}
            common = {name for name, count in reference.levels.items() if count >= 0.01 * reference.n}
            if level == "(new)":
                return np.array([float(name not in reference.levels or name in once) for name in named])
            # A level that is new is single once and then rare: in the bag of baseline and live rows.
            return np.array([float(name not in common) for name in named])
        return np.array([float(name == level) for name in named])

    def logs(self, alarm: Alarm) -> Floats | None:
        """Return what the beginning is worked out from."""
        if self.reference is None or self.values is None:
            return None
        if self.level is None:
            return None if self.scores is None else of_scores(self.scores)
        return of_hits(self.hits(self.values), alarm.reference.mean)

    def effect(self, alarm: Alarm, place: int, unit: str) -> Effect | None:
        """Return the effect since a place."""
        if self.reference is None or self.values is None:
            return None
        values = self.values[place:]
        if self.level is not None:
            before, rows = share_before(self.reference, self.level)
            if self.level in ("(new)", "(rare)"):
                before, rows = alarm.reference.mean, alarm.reference.n
            return effect_of_level(before, rows, float(self.hits(values).mean()), len(values))
        if isinstance(self.reference, NumericReference) and isinstance(values, np.ndarray):
            return effect_of_number(self.reference, values, ranks_in(self.reference, values), unit)
        return None


def values_of(alarm: Alarm, rows: LiveRows) -> Values | None:
    if alarm.group == "inputs":
        return rows.inputs.get(alarm.quantity)
    if alarm.group == "predictions":
        return rows.predictions if alarm.quantity == PREDICTION else None
    if alarm.group == "attributions" and rows.attributions is not None and alarm.quantity in rows.features:
        return rows.attributions[:, rows.features.index(alarm.quantity)]
    if alarm.group == "errors" and rows.errors is not None and alarm.quantity in (SIGNED_ERROR, ABSOLUTE_ERROR):
        return np.abs(rows.errors) if alarm.quantity == ABSOLUTE_ERROR else rows.errors
    return None


def unit_of(alarm: Alarm, known: Context) -> str:
    if alarm.level is not None:
        return ""
    if alarm.group == "inputs":
        return known.units.get(alarm.quantity, "")
    return known.attribution_unit if alarm.group == "attributions" else known.unit
