"""Where a change is strongest: segments named only where that is beyond chance.

The alarm has been raised by then, at its stated rate; segments are looked at only afterwards, and change nothing of it.
Each segment's own change is set against that of all other rows (a difference of differences, by Welch's statistic);
with m segments looked at, one is named if chance would give as much with a probability of 5% over m (Bonferroni).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import pairwise
from statistics import NormalDist

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.foundation import figure
from holdtrue.monitors.diagnosis.records import Segment
from holdtrue.monitors.diagnosis.rows import Floats, Values
from holdtrue.profiles import MISSING, NumericReference, Reference

BY_CHANCE = 0.05
FEWEST = 15
"""Rows that a segment needs, before and now."""
MOST_LEVELS = 12
PARTS = 4
SHOWN = 5


class Cut(Struct, frozen=True):
    """A segment: rows of a field with a value, of the baseline's sample and of the live rows (masks)."""

    field: str
    value: str
    before: NDArray[np.bool_]
    now: NDArray[np.bool_]


def cuts_of(references: Mapping[str, Reference], before: Mapping[str, Values], now: Mapping[str, Values]) -> list[Cut]:
    """Cut rows by each field: names by their levels, numbers at the quarters of the baseline.

    Args:
        before, now: the fields' values in the baseline's sample and since the change.
    """
    found: list[Cut] = []
    for name, values in now.items():
        then = before.get(name)
        if then is None:
            continue
        if isinstance(values, list) or isinstance(then, list):
            found += _levels(name, list(then), list(values))
        else:
            found += _parts(name, references.get(name), then, values)
    return found


def cuts_by_level(name: str, before: list[str], now: list[str]) -> list[Cut]:
    """Cut rows by a field that says which of them belong together: by each of its levels."""
    return _levels(name, before, now, most=None)


def _levels(name: str, before: list[str], now: list[str], most: int | None = MOST_LEVELS) -> list[Cut]:
    then, later = np.array(before, dtype=object), np.array(now, dtype=object)
    levels, counts = np.unique(np.array([*before, *now], dtype=str), return_counts=True)
    common = levels[np.argsort(-counts, kind="stable")][:most].tolist()
    return [Cut(name, level, then == level, later == level) for level in common]


def _parts(name: str, reference: Reference | None, before: Floats, now: Floats) -> list[Cut]:
    known = before[~np.isnan(before)]
    if not known.size:
        return []
    few = np.unique(known)
    found = []
    if few.size <= PARTS + 2:
        found = [Cut(name, figure(float(value)), before == value, now == value) for value in few]
    else:
        edges = np.unique(np.quantile(known, np.arange(1, PARTS) / PARTS))
        bounds = [-np.inf, *edges.tolist(), np.inf]
        for low, high in pairwise(bounds):
            found.append(Cut(name, _between(low, high), (before >= low) & (before < high), (now >= low) & (now < high)))
    missing = isinstance(reference, NumericReference) and reference.missing > 0
    return [*found, Cut(name, MISSING, np.isnan(before), np.isnan(now))] if missing else found


def _between(low: float, high: float) -> str:
    if low == -np.inf:
        return f"under {figure(high)}"
    return f"{figure(low)} or more" if high == np.inf else f"{figure(low)} to {figure(high)}"


def segments_of(
    cuts: Sequence[Cut],
    before: Floats,
    now: Floats,
    told_before: Floats,
    told_now: Floats,
    others: int = 0,
) -> tuple[tuple[Segment, ...], int]:
    """Return the segments in which the change is another than elsewhere, the surest first, and how many were looked at.

    Args:
        others: how many more are looked at elsewhere.
        before, now: what is compared, such as normal scores, of the baseline's sample and since the change; NaN is left
            out. told_before, told_now: the same in the user's units.
    """
    tried = large_enough(cuts, before, now)
    if not tried:
        return (), 0
    middle = float(np.nanmean(told_before))
    whole = float(np.nanmean(told_now)) - middle
    up = math.copysign(1.0, float(np.nanmean(now)) - float(np.nanmean(before)))
    found: list[tuple[float, Segment]] = []
    for cut in tried:
        inside, outside = _change(cut.before, cut.now, before, now), _change(~cut.before, ~cut.now, before, now)
        spread = math.sqrt(inside[1] + outside[1])
        statistic = up * (inside[0] - outside[0]) / spread if spread > 0 else 0.0
        chance = min(1.0, (len(tried) + others) * NormalDist().cdf(-statistic)) if statistic > 0 else 1.0
        if chance > BY_CHANCE:
            continue
        part = _part(cut.now, told_now, middle) - _part(cut.before, told_before, middle)
        found.append(
            (
                -statistic,
                Segment(
                    field=cut.field,
                    value=cut.value,
                    rows=int(cut.now.sum()),
                    before=float(np.nanmean(told_before[cut.before])),
                    now=float(np.nanmean(told_now[cut.now])),
                    part=part / whole if whole else 0.0,
                    by_chance=chance,
                ),
            )
        )
    found.sort(key=lambda each: (each[0], each[1].field, each[1].value))
    return tuple(segment for _, segment in found[:SHOWN]), len(tried)


def surest(*lots: Sequence[Segment]) -> tuple[Segment, ...]:
    """Return the segments of several lots that are least by chance, the surest first."""
    return tuple(sorted((each for lot in lots for each in lot), key=lambda each: each.by_chance)[:SHOWN])


def large_enough(cuts: Sequence[Cut], before: Floats, now: Floats) -> list[Cut]:
    """Return the segments that have rows enough, inside and outside, before and now, for something to be said."""
    return [cut for cut in cuts if _enough(cut, before, now)]


def parts_of(cuts: Sequence[Cut], before: Floats, now: Floats) -> list[tuple[str, float, float | None, float | None]]:
    """Share the change of a mean out over the segments of one field: name, value, before, now; values add up to it.

    Args:
        cuts: of one field, each row in one of them or in none. before, now: values of the sample and since the change.
    """
    middle = float(np.nanmean(before))
    return [
        (
            f"{cut.field} = {cut.value}",
            _part(cut.now, now, middle) - _part(cut.before, before, middle),
            _mean(before[cut.before]),
            _mean(now[cut.now]),
        )
        for cut in cuts
    ]


def _mean(values: Floats) -> float | None:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else None


def _part(rows: NDArray[np.bool_], values: Floats, middle: float) -> float:
    known = ~np.isnan(values)
    return float((values[rows & known] - middle).sum()) / max(int(known.sum()), 1)


def _enough(cut: Cut, before: Floats, now: Floats) -> bool:
    present_before, present_now = ~np.isnan(before), ~np.isnan(now)
    counts = [
        int((mask & present).sum())
        for mask, present in (
            (cut.before, present_before),
            (cut.now, present_now),
            (~cut.before, present_before),
            (~cut.now, present_now),
        )
    ]
    return min(counts) >= FEWEST


def _change(
    rows_before: NDArray[np.bool_], rows_now: NDArray[np.bool_], before: Floats, now: Floats
) -> tuple[float, float]:
    then, later = before[rows_before & ~np.isnan(before)], now[rows_now & ~np.isnan(now)]
    # A share of nothing or of all has no spread of its own: that of a row more of either kind is taken.
    floor = 1.0 / later.size
    variance = float(then.var(ddof=1)) / then.size + max(float(later.var(ddof=1)), floor * (1 - floor)) / later.size
    return float(later.mean() - then.mean()), variance
