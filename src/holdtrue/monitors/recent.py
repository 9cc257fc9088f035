"""The last rows beside the baseline, input by input and in the user's units: a plain comparison, not a test.

Whether a difference is more than chance is for the detectors to say, at their stated rate; this says how large it is.
Where rows have seasons, each is set beside the baseline's rows of its own season, as the detectors do.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from statistics import NormalDist

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.profiles import COMMON, FARTHEST, MISSING, Baseline, CategoryReference, NumericReference, Reference

Values = NDArray[np.float64] | Sequence[str]


class RecentInput(Struct, frozen=True, kw_only=True):
    """One input over the last rows, beside the same in the baseline.

    Attributes:
        quantity: the field, or a view of it.
        level: of a name the level whose share differs most; None for a number.
        now, baseline: the average of a number, or the level's share, 0 to 1; None where there is no value.
        missing, missing_baseline: shares of the rows.
        moved: the share of the rows that would have to be others for this to be as in the baseline, 0 to 1: of an
            average as if values were normal.
    """

    quantity: str
    level: str | None
    now: float | None
    baseline: float | None
    missing: float
    missing_baseline: float
    moved: float


def recent_inputs(
    baseline: Baseline, columns: Mapping[str, Values], seasons: NDArray[np.int64] | None = None
) -> tuple[RecentInput, ...]:
    """Set the last rows beside the baseline, the input that differs most first.

    Args:
        columns: of the inputs that are watched, n values each: numbers with NaN for missing, or levels with
            `(missing)`. seasons: which season each row is of, as `baseline.season.places` gives it, shape (n,).

    Returns:
        A line for each input that the rows have; names that tell rows apart, of which no level says anything, are left
        out while none is missing.

    Example:
        >>> import polars as pl
        >>> from holdtrue.profiles import build_baseline
        >>> baseline = build_baseline(pl.DataFrame({"area": [50.0, 70.0], "wall": ["wood", "brick"]}))
        >>> area, wall = recent_inputs(baseline, {"area": np.array([90.0, 90.0]), "wall": ["wood", "wood"]})
        >>> area.now, area.baseline, wall.level, wall.now, wall.baseline
        (90.0, 60.0, 'wood', 1.0, 0.5)
    """
    found = []
    for quantity, whole in baseline.groups.get("inputs", {}).items():
        values = columns.get(quantity)
        if values is None or not len(values):
            continue
        parts = _parts(baseline, quantity, whole, seasons)
        if isinstance(values, np.ndarray):
            found.append(_number(quantity, values, parts))
        else:
            each = _name(quantity, values, parts)
            found += [] if each is None else [each]
    return tuple(sorted(found, key=lambda each: -round(each.moved, 9)))


Parts = list[tuple[Reference, float]]
"""References with the share of the live rows that each is for."""


def _parts(baseline: Baseline, quantity: str, whole: Reference, seasons: NDArray[np.int64] | None) -> Parts:
    by_season = baseline.seasonal.get("inputs", ())
    if seasons is None or not by_season:
        return [(whole, 1.0)]
    counts = np.bincount(seasons, minlength=len(by_season))
    # A season that the baseline lacks is compared with nothing: its rows are left to the others.
    met = [(part[quantity], int(count)) for part, count in zip(by_season, counts, strict=True) if count]
    met = [(part, count) for part, count in met if _rows(part)]
    rows = sum(count for _, count in met)
    return [(part, count / rows) for part, count in met] if rows else [(whole, 1.0)]


def _rows(reference: Reference) -> int:
    return reference.n + (reference.missing if isinstance(reference, NumericReference) else 0)


def _number(quantity: str, values: NDArray[np.float64], parts: Parts) -> RecentInput:
    numbers = [(each, weight) for each, weight in parts if isinstance(each, NumericReference)]
    present = values[~np.isnan(values)]
    finite = np.clip(present[np.isfinite(present)], -FARTHEST, FARTHEST)
    partial = any(each.partial for each, _ in numbers)
    missing = 0.0 if partial else 1 - present.size / values.size
    missing_baseline = sum(weight * each.missing / max(1, _rows(each)) for each, weight in numbers)
    known = [(each, weight * each.n / max(1, _rows(each))) for each, weight in numbers if each.n]
    whole = sum(weight for _, weight in known)
    now = float(finite.mean()) if finite.size else None
    before = sum(weight * each.mean for each, weight in known) / whole if whole else None
    moved = 0.0
    if now is not None and before is not None:
        moved = _apart(now, before, math.sqrt(sum(weight * each.sd**2 for each, weight in known) / whole))
    return RecentInput(
        quantity=quantity,
        level=None,
        now=now,
        baseline=before,
        missing=missing,
        missing_baseline=missing_baseline,
        moved=max(abs(missing - missing_baseline), moved),
    )


def _apart(now: float, before: float, spread: float) -> float:
    """Return the share of a normal's rows that would have to be others for its average to be so far off."""
    if now == before or spread <= 0:
        return float(now != before)
    return 2 * NormalDist().cdf(abs(now - before) / (2 * spread)) - 1


def _name(quantity: str, values: Sequence[str], parts: Parts) -> RecentInput | None:
    names = [(each, weight) for each, weight in parts if isinstance(each, CategoryReference)]
    if not names:
        return None
    known = names[0][0]
    raw = Counter(values)
    now: Counter[str] = Counter()
    called: dict[str, str] = {}
    for level, count in raw.most_common():
        place = known.place(level)
        now[place] += count
        # Of a bucket of names the commonest one stands for it, if it is common at all.
        if place == level or (place not in called and count >= COMMON * len(values)):
            called[place] = level
    before = {
        place: sum(weight * each.levels.get(place, 0) / max(1, each.n) for each, weight in names)
        for place in {*now, *(level for each, _ in names for level in each.levels)}
    }
    if known.folded:
        called |= {level: level for level in known.kept}
    else:
        called |= {level: level for level in before}
    missing, missing_baseline = now.pop(MISSING, 0) / len(values), before.pop(MISSING, 0.0)
    told = {level: (before.get(place, 0.0), now[place] / len(values)) for place, level in called.items()}
    told.pop(MISSING, None)
    if not told and not missing and not missing_baseline:
        return None
    most = max(told, key=lambda each: (abs(told[each][1] - told[each][0]), sum(told[each]), each), default=None)
    then, later = (None, None) if most is None else told[most]
    return RecentInput(
        quantity=quantity,
        level=most,
        now=later,
        baseline=then,
        missing=missing,
        missing_baseline=missing_baseline,
        moved=max(abs(missing - missing_baseline), abs((later or 0.0) - (then or 0.0))),
    )
