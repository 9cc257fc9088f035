"""How large a change is: in the user's units, and as the probability that a value now is greater than one before."""

from __future__ import annotations

import math

import numpy as np

from holdtrue.monitors.diagnosis.density import quantiles_of
from holdtrue.monitors.diagnosis.records import Effect
from holdtrue.monitors.diagnosis.rows import Floats
from holdtrue.monitors.diagnosis.scores import share_of_level
from holdtrue.profiles import NumericReference, Reference, mid_ranks

_POINTS = 400
_Z = 1.96


def effect_of_number(reference: NumericReference, values: Floats, ranks: Floats, unit: str) -> Effect | None:
    """Return the effect on a number.

    The interval is the one of DeLong, DeLong and Clarke-Pearson ("Comparing the areas under two or more correlated ROC
    curves", Biometrics 44, 1988), on the scale of the log-odds, with half a row added to each side.

    Args:
        values: since the change, shape (n,). ranks: their mid-ranks in the baseline, in [0, 1].
    """
    known = ~np.isnan(values) & ~np.isnan(ranks)
    if not known.any() or not reference.n:
        return None
    now, own = values[known], ranks[known]
    superiority = float(own.mean())
    placed = _placements(reference, now)
    variance = _variance(own) / own.size + _variance(placed) / reference.n
    low, high = _interval(superiority, variance, min(own.size, reference.n))
    finite = now[np.isfinite(now)]
    mean = float(finite.mean()) if finite.size else 0.0
    return Effect(before=reference.mean, now=mean, unit=unit, superiority=superiority, low=low, high=high)


def effect_of_level(before: float, rows_before: int, now: float, rows_now: int) -> Effect:
    """Return the effect on a level's share: superiority is of belonging to it.

    Example:
        >>> found = effect_of_level(0.05, 2000, 0.35, 40)
        >>> found.superiority, round(found.low, 2), round(found.high, 2)
        (0.65, 0.58, 0.72)
    """
    superiority = 0.5 + (now - before) / 2
    variance = (_share_variance(now, rows_now) + _share_variance(before, rows_before)) / 4
    half = _Z * math.sqrt(variance)
    return Effect(
        before=before,
        now=now,
        unit="",
        superiority=superiority,
        low=max(0.0, superiority - half),
        high=min(1.0, superiority + half),
    )


def share_before(reference: Reference, level: str) -> tuple[float, int]:
    """Return the share of a level in the baseline, and its rows."""
    hits, rows = share_of_level(reference, level)
    return (hits / rows if rows else 0.0), rows


def ranks_in(reference: NumericReference, values: Floats) -> Floats:
    """Return mid-ranks of values in the baseline."""
    return mid_ranks(reference, values)


def _placements(reference: NumericReference, now: Floats) -> Floats:
    points = quantiles_of(reference, (np.arange(_POINTS) + 0.5) / _POINTS)
    ordered = np.sort(now)
    below = np.searchsorted(ordered, points, side="left")
    until = np.searchsorted(ordered, points, side="right")
    return np.asarray(1 - (below + until) / (2 * ordered.size))


def _interval(superiority: float, variance: float, rows: int) -> tuple[float, float]:
    inner = (superiority * rows + 0.5) / (rows + 1)
    odds = math.log(inner / (1 - inner))
    # Where no value is on the other side the spread found is none, and what few rows can tell is.
    variance = max(variance, inner * (1 - inner) / (2 * rows))
    half = _Z * math.sqrt(variance) / max(inner * (1 - inner), 1e-6)
    half = min(half, 50.0)
    low, high = (1 / (1 + math.exp(-(odds + sign * half))) for sign in (-1, 1))
    return min(low, superiority), max(high, superiority)


def _variance(values: Floats) -> float:
    return float(values.var(ddof=1)) if values.size > 1 else 0.25


def _share_variance(share: float, rows: int) -> float:
    inner = (share * rows + 1) / (rows + 2)
    return inner * (1 - inner) / max(rows, 1)
