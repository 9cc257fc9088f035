"""A quantity before and now, as bars."""

from __future__ import annotations

import numpy as np

from holdtrue.foundation import figure
from holdtrue.monitors.diagnosis.density import quantiles_of
from holdtrue.monitors.diagnosis.records import Bar, Picture
from holdtrue.monitors.diagnosis.rows import Floats, Values
from holdtrue.monitors.diagnosis.scores import counted_levels
from holdtrue.profiles import MISSING, CategoryReference, NumericReference, Reference

BARS = 16
LEVELS = 10
_ENDS = (0.005, 0.995)
_FEW = 12


def picture_of(quantity: str, reference: Reference, values: Values, unit: str) -> Picture | None:
    """Return the shares of a quantity's rows before and now; None where there is nothing to show.

    Numbers are cut evenly between the ends of both, the farthest half per cent left out, or at each value where there
    are few; missing ones are a bar of their own.
    """
    if not len(values):
        return None
    if isinstance(reference, CategoryReference):
        assert isinstance(values, list)
        return _of_names(quantity, reference, values, unit)
    assert isinstance(values, np.ndarray)
    known = values[np.isfinite(values)]
    bars = _bars(reference, known, values.size)
    absent = int(np.isnan(values).sum())
    if absent or reference.missing:
        whole = reference.n + reference.missing
        bars.append(Bar(MISSING, reference.missing / max(whole, 1), absent / values.size))
    return Picture(quantity=quantity, unit=unit, numeric=True, bars=tuple(bars)) if bars else None


def _bars(reference: NumericReference, known: Floats, rows: int) -> list[Bar]:
    ends = []
    if reference.n:
        ends.append(quantiles_of(reference, np.array(_ENDS)))
    if known.size:
        ends.append(np.quantile(known, _ENDS))
    if not ends:
        return []
    low, high = float(min(each[0] for each in ends)), float(max(each[1] for each in ends))
    cuts = reference.cut_values()
    values = np.unique(np.concatenate([cuts, known]))
    whole = max(reference.n + reference.missing, 1)
    if values.size <= _FEW:
        equal = dict(zip(cuts.tolist(), reference.equal_to_cuts().tolist(), strict=True))
        return [
            Bar(figure(value), equal.get(value, 0) / whole, int((known == value).sum()) / rows)
            for value in values.tolist()
        ]
    if high <= low:
        high = low + 1.0
    edges = np.linspace(low, high, BARS + 1)
    inner = edges[1:-1]
    then = np.bincount(np.searchsorted(inner, cuts, side="right"), _weights(reference), minlength=BARS) / whole
    now = np.bincount(np.searchsorted(inner, known, side="right"), minlength=BARS) / rows
    return [
        Bar(f"{figure(float(edges[i]))} to {figure(float(edges[i + 1]))}", float(then[i]), float(now[i]))
        for i in range(BARS)
    ]


def _weights(reference: NumericReference) -> Floats:
    return (reference.below_cuts() + reference.equal_to_cuts()).astype(np.float64)


def _of_names(quantity: str, reference: CategoryReference, values: list[str], unit: str) -> Picture:
    now = counted_levels(reference, values)
    n, rows = max(reference.n, 1), len(values)
    share = {
        level: (reference.levels.get(level, 0) / n, now.get(level, 0) / rows) for level in {*reference.levels, *now}
    }
    ordered = sorted(share, key=lambda level: (-max(share[level]), level))
    shown = sorted(ordered[:LEVELS], key=lambda level: (-share[level][0], -share[level][1], level))
    bars = [Bar(level, *share[level]) for level in shown]
    rest = ordered[LEVELS:]
    if rest:
        bars.append(Bar(f"{len(rest):,} others", sum(share[x][0] for x in rest), sum(share[x][1] for x in rest)))
    return Picture(quantity=quantity, unit=unit, numeric=False, bars=tuple(bars))
