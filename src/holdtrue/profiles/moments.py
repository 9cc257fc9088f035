"""Moments that can be merged: exact up to rounding, whatever the parts."""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

FARTHEST = 1e150
"""Values beyond count as this one: the square of a larger one is no number."""


class Moments(Struct, frozen=True, kw_only=True):
    """Of the finite values: how many, their mean, and the sums of the powers of their distances from it.

    Attributes:
        n: finite values. mean: 0 where there is none. m2, m3, m4: sums of (x - mean)^p.
        min, max: NaN where there is none.
    """

    n: int = 0
    mean: float = 0.0
    m2: float = 0.0
    m3: float = 0.0
    m4: float = 0.0
    min: float = math.nan
    max: float = math.nan

    @property
    def sd(self) -> float:
        """Standard deviation (n - 1); NaN under two values."""
        return math.sqrt(self.m2 / (self.n - 1)) if self.n > 1 else math.nan

    @property
    def skewness(self) -> float:
        """Third standardised moment, 0 for what is symmetric; NaN where nothing varies, or too much to be counted."""
        return _ratio(math.sqrt(self.n) * self.m3, self.m2 * math.sqrt(self.m2))

    @property
    def kurtosis(self) -> float:
        """Fourth standardised moment less 3, 0 for a normal; NaN where nothing varies."""
        return _ratio(self.n * self.m4, self.m2 * self.m2) - 3


def _ratio(over: float, under: float) -> float:
    """Return a quotient; NaN where the power below is 0, or too large for a number."""
    return over / under if 0 < under < math.inf else math.nan


def moments_of(values: NDArray[np.float64]) -> Moments:
    """Return the moments of the finite ones of values, shape (n,).

    Example:
        >>> moments_of(np.array([1.0, 2.0, 6.0])).m2
        14.0
    """
    inside = np.abs(values) < np.inf
    finite = values if inside.all() else values[inside]
    if not finite.size:
        return Moments()
    low, high = float(finite.min()), float(finite.max())
    if low == high:
        # Their sum, divided again, may be another number: then what does not vary at all would have a spread.
        return Moments(n=finite.size, mean=max(-FARTHEST, min(FARTHEST, low)), min=low, max=high)
    if max(-low, high) > FARTHEST:
        finite = np.clip(finite, -FARTHEST, FARTHEST)
    mean = float(finite.mean())
    away = finite - mean
    squared = away * away
    with np.errstate(over="ignore", invalid="ignore"):
        # Sums, not dot products: those add up in an order that depends on the machine.
        third, fourth = float((squared * away).sum()), float((squared * squared).sum())
    return Moments(n=finite.size, mean=mean, m2=float(squared.sum()), m3=third, m4=fourth, min=low, max=high)


def merge_moments(a: Moments, b: Moments) -> Moments:
    """Return the moments of both lots of values together (Pébay 2008, "Formulas for robust, one-pass parallel
    computation of covariances and arbitrary-order statistical moments", eq. 1.6, 2.1).
    """
    if not a.n or not b.n:
        return a if a.n else b
    n, d = a.n + b.n, b.mean - a.mean
    share, part = a.n * b.n / n, d / n
    return Moments(
        n=n,
        mean=a.mean + part * b.n,
        m2=a.m2 + b.m2 + d * d * share,
        m3=a.m3 + b.m3 + d * d * part * share * (a.n - b.n) + 3 * part * (a.n * b.m2 - b.n * a.m2),
        m4=a.m4
        + b.m4
        + d * d * part * part * share * (a.n * a.n - a.n * b.n + b.n * b.n)
        + 6 * part * part * (a.n * a.n * b.m2 + b.n * b.n * a.m2)
        + 4 * part * (a.n * b.m3 - b.n * a.m3),
        min=min(a.min, b.min),
        max=max(a.max, b.max),
    )
