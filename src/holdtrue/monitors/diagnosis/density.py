"""What a value is worth in the baseline: a smooth density of numbers, shares of levels."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

from holdtrue.monitors.diagnosis.rows import Floats
from holdtrue.profiles import CategoryReference, NumericReference

_POINTS = 160
_WIDE = 0.01
"""The share of a wide curve in every density, so that a value outside the baseline is unlikely and not impossible."""
_DISCRETE = 60


class Density(Struct, frozen=True):
    """A kernel estimate: normal curves of one width over points, and a Cauchy curve under all of it.

    Attributes:
        points: shape (m,). width: of the normal curves. middle, scale: of the Cauchy curve.
    """

    points: Floats
    width: float
    middle: float
    scale: float

    def log(self, values: Floats) -> Floats:
        """Return the logarithm of the density at each value, shape (n,)."""
        away = (values[:, None] - self.points) / self.width
        with np.errstate(over="ignore"):
            near = np.exp(-0.5 * away * away).mean(axis=1) / (self.width * math.sqrt(2 * math.pi))
            far = 1 / (math.pi * self.scale * (1 + ((values - self.middle) / self.scale) ** 2))
        return np.asarray(np.log((1 - _WIDE) * near + _WIDE * far + 1e-300))


def density_of(reference: NumericReference) -> Density | None:
    """Return the density of a column in the baseline; None where it has no two different values.

    Example:
        >>> from holdtrue.profiles import numeric_reference
        >>> found = density_of(numeric_reference(np.random.default_rng(0).normal(size=5000)))
        >>> np.exp(found.log(np.array([0.0, 2.0]))).round(1).tolist()
        [0.4, 0.1]
    """
    cuts = reference.cut_values()
    cuts = cuts[np.isfinite(cuts)]
    if cuts.size < 2 or reference.n < 2:
        return None
    points = quantiles_of(reference, (np.arange(_POINTS) + 0.5) / _POINTS)
    low, middle, high = np.quantile(points, [0.25, 0.5, 0.75])
    spread = float(points.std()) or float(cuts[-1] - cuts[0])
    if cuts.size <= _DISCRETE and reference.n > 3 * cuts.size:
        width = 0.15 * float(np.median(np.diff(cuts)))
    else:
        width = 0.9 * min(spread, (high - low) / 1.34 or spread) * _POINTS**-0.2
    width = max(width, 1e-6 * spread, 1e-300)
    return Density(points, width, float(middle), max(float(high - low), spread, 1e-300))


def quantiles_of(reference: NumericReference, shares: Floats) -> Floats:
    """Return the values below which these shares of the baseline lie, each one of its cuts."""
    cuts = reference.cut_values()
    until = np.cumsum(reference.below_cuts() + reference.equal_to_cuts())
    return np.asarray(cuts[np.minimum(np.searchsorted(until, shares * reference.n, side="left"), cuts.size - 1)])


def level_logs(reference: CategoryReference, levels: Sequence[str]) -> Mapping[str, float]:
    """Return the logarithm of each level's share in the baseline, of unknown ones a small share."""
    whole = reference.n + 0.5 * (len(reference.levels) + 1)
    return {level: math.log((reference.levels.get(level, 0) + 0.5) / whole) for level in levels}
