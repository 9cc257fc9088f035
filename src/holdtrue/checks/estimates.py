"""Means and ratios of means over rows, each with its standard error: the ground of every interval in this package.

Intervals are closed forms for independent rows, so nothing is drawn and no seed is needed. Rows that depend on each
other (several a customer, several a day) make them too narrow.
"""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

Vector = NDArray[np.float64]

Z95 = 1.959963984540054  # Φ⁻¹(0.975)
Z95_ONE_SIDED = 1.6448536269514722  # Φ⁻¹(0.95)


class Estimate(Struct, frozen=True, kw_only=True):
    """A figure estimated from rows, and its standard error (infinite from fewer than two rows)."""

    value: float
    error: float

    def interval(self, z: float = Z95) -> tuple[float, float]:
        """Return the value less and plus z standard errors; z = 1.96 gives 95 %."""
        return self.value - z * self.error, self.value + z * self.error


def mean(values: Vector, weight: Vector | None = None) -> Estimate:
    """Return the weighted mean and its standard error.

    Args:
        values: (n,).
        weight: (n,), not negative; None weighs all alike.

    Example:
        >>> mean(np.array([1.0, 2.0, 3.0]))
        Estimate(value=2.0, error=0.5773502691896258)
    """
    rows = len(values)
    if not rows:
        return Estimate(value=math.nan, error=math.inf)
    if weight is None:
        with np.errstate(invalid="ignore"):  # of an infinite value the spread is unknown: NaN, not a warning
            spread = float(values.std(ddof=1)) / math.sqrt(rows) if rows > 1 else math.inf
        return Estimate(value=float(values.mean()), error=spread)
    total = float(weight.sum())
    if total <= 0:
        return Estimate(value=math.nan, error=math.inf)
    value = float(weight @ values / total)
    # The linearised ratio estimator (Cochran 1977, Sampling techniques, eq. 6.9).
    spread = math.sqrt(float((weight**2) @ (values - value) ** 2)) / total
    return Estimate(value=value, error=spread * math.sqrt(rows / (rows - 1)) if rows > 1 else math.inf)


def ratio(over: Vector, under: Vector, weight: Vector | None = None) -> Estimate:
    """Return mean(over) / mean(under) and its standard error by the delta method (Cochran 1977, eq. 6.10).

    Example:
        >>> ratio(np.array([1.0, 3.0]), np.array([2.0, 6.0]))
        Estimate(value=0.5, error=0.0)
    """
    bottom = mean(under, weight).value
    if not bottom:
        return Estimate(value=math.nan, error=math.inf)
    value = mean(over, weight).value / bottom
    return Estimate(value=value, error=mean((over - value * under) / bottom, weight).error)


def median(values: Vector, weight: Vector | None = None) -> tuple[float, float, float]:
    """Return the median and its 95 % interval by order statistics (Conover 1999, section 3.2): no shape is assumed.

    Where the lower and the upper half meet between two values the median is their mean. With weights, n is the
    effective number of rows, (sum w)² / sum w² (Kish 1965).

    Example:
        >>> median(np.arange(101.0))
        (50.0, 40.0, 60.0)
    """
    if not len(values):
        return math.nan, math.nan, math.nan
    order = np.argsort(values, kind="stable")
    ranked = values[order]
    weights = np.ones(len(values)) if weight is None else weight[order]
    total = float(weights.sum())
    if total <= 0:
        return math.nan, math.nan, math.nan
    share = np.cumsum(weights) / total
    half = 0.5 * Z95 / math.sqrt(total**2 / float((weights**2).sum()))

    def at(level: float, *, above: bool = False) -> float:
        place = np.searchsorted(share, level + (1e-12 if above else -1e-12))
        return float(ranked[min(int(place), len(ranked) - 1)])

    return (at(0.5) + at(0.5, above=True)) / 2, at(max(0.5 - half, 0.0)), at(min(0.5 + half, 1.0))


def ranked(truth: Vector, score: Vector, weight: Vector | None = None) -> tuple[float, float, float]:
    """Return the area under the ROC curve and its 95 % interval: how often a row of 1 scores above a row of 0.

    Ties count half: the Mann-Whitney form. The error is that of DeLong, DeLong and Clarke-Pearson (1988), from each
    row's part: for a row of 1 the share of rows of 0 below it, and the other way round. NaN without rows of both.

    Args:
        truth: (n,), 0 or 1. score: (n,). weight: (n,), not negative.

    Example:
        >>> ranked(np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.1, 0.1, 0.2, 0.9]))[0]
        0.625
    """
    ones = truth >= 0.5
    weights = np.ones(len(score)) if weight is None else weight
    up, down, above, below = score[ones], score[~ones], weights[ones], weights[~ones]
    if above.sum() <= 0 or below.sum() <= 0:
        return math.nan, math.nan, math.nan
    value = mean(_share_below(up, down, below), above)
    other = mean(1 - _share_below(down, up, above), below)
    error = math.hypot(value.error, other.error)
    low, high = Estimate(value=value.value, error=error).interval()
    return value.value, max(low, 0.0), min(high, 1.0)


def _share_below(scores: Vector, others: Vector, weight: Vector) -> Vector:
    """Return for each score the weighted share of the others below it, those equal to it half, (n,)."""
    order = np.argsort(others, kind="stable")
    ranks, sums = others[order], np.concatenate([[0.0], np.cumsum(weight[order])])
    below = sums[np.searchsorted(ranks, scores, side="left")]
    up_to = sums[np.searchsorted(ranks, scores, side="right")]
    return np.asarray((below + up_to) / (2 * sums[-1]))
