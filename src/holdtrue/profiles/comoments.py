"""How two columns go together, mergeable: exact up to rounding, whatever the parts."""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.profiles.moments import FARTHEST


class Comoments(Struct, frozen=True, kw_only=True):
    """Of the rows where both are finite: how many, both means, and sums of the products of the distances from them.

    Attributes:
        n: rows with both. mean_x, mean_y: 0 where there is none.
        m2_x, m2_y: sums of (x - mean)²; c2: sum of (x - mean_x)(y - mean_y).
    """

    n: int = 0
    mean_x: float = 0.0
    mean_y: float = 0.0
    m2_x: float = 0.0
    m2_y: float = 0.0
    c2: float = 0.0

    @property
    def correlation(self) -> float:
        """Pearson's, -1 to 1; NaN where either does not vary."""
        both = math.sqrt(self.m2_x) * math.sqrt(self.m2_y)
        return max(-1.0, min(1.0, self.c2 / both)) if 0 < both < math.inf else math.nan


def comoments_of(x: NDArray[np.float64], y: NDArray[np.float64]) -> Comoments:
    """Return the co-moments of two columns, both of shape (n,); a row where one is not finite is left out.

    Example:
        >>> round(comoments_of(np.array([1.0, 2.0, 3.0]), np.array([2.0, 4.0, 6.0])).correlation, 12)
        1.0
    """
    inside = np.isfinite(x) & np.isfinite(y)
    if not inside.all():
        x, y = x[inside], y[inside]
    if not x.size:
        return Comoments()
    x, y = np.clip(x, -FARTHEST, FARTHEST), np.clip(y, -FARTHEST, FARTHEST)
    mean_x, mean_y = _mean(x), _mean(y)
    away_x, away_y = x - mean_x, y - mean_y
    return Comoments(
        n=x.size,
        mean_x=mean_x,
        mean_y=mean_y,
        # Sums, not dot products: those add up in an order that depends on the machine.
        m2_x=float((away_x * away_x).sum()),
        m2_y=float((away_y * away_y).sum()),
        c2=float((away_x * away_y).sum()),
    )


def _mean(values: NDArray[np.float64]) -> float:
    """Return the mean; of equal values that very value, which their sum divided again may not be."""
    low = float(values.min())
    return low if low == values.max() else float(values.mean())


def merge_comoments(a: Comoments, b: Comoments) -> Comoments:
    """Return the co-moments of both lots of rows together (Pébay 2008, "Formulas for robust, one-pass parallel
    computation of covariances and arbitrary-order statistical moments", eq. 1.6, 3.12).
    """
    if not a.n or not b.n:
        return a if a.n else b
    n = a.n + b.n
    d_x, d_y, share = b.mean_x - a.mean_x, b.mean_y - a.mean_y, a.n * b.n / n
    return Comoments(
        n=n,
        mean_x=a.mean_x + d_x * b.n / n,
        mean_y=a.mean_y + d_y * b.n / n,
        m2_x=a.m2_x + b.m2_x + d_x * d_x * share,
        m2_y=a.m2_y + b.m2_y + d_y * d_y * share,
        c2=a.c2 + b.c2 + d_x * d_y * share,
    )
