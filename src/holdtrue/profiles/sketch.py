"""Quantiles that can be merged: a sorted list of at most 256 values, each standing for equally many."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

SIZE = 256


class QuantileSketch(Struct, frozen=True, kw_only=True):
    """Values in growing order, each with the number of values it stands for.

    Quantiles are exact up to 256 values. Beyond, cutting down puts each rank wrong by at most half a share of 1/256,
    and each merge cuts down once more: after d merges in a row the error of a rank is at most about (d + 1)/512.
    """

    values: tuple[float, ...] = ()
    weights: tuple[float, ...] = ()

    def quantile(self, q: float) -> float:
        """Return the value that a share `q` in [0, 1] of all values does not exceed; NaN if there is none.

        Example:
            >>> sketch(np.array([4.0, 1.0, 3.0, 2.0])).quantile(0.5)
            2.0
        """
        if not self.values:
            return float("nan")
        reached = np.cumsum(self.weights)
        # A hair less, so that a share of exactly a half is met by the lower of two middle values.
        place = int(np.searchsorted(reached, q * reached[-1] * (1 - 1e-12), side="left"))
        return self.values[min(place, len(self.values) - 1)]


def sketch(values: NDArray[np.float64]) -> QuantileSketch:
    """Summarise the finite ones of values, shape (n,)."""
    present = np.sort(values[np.isfinite(values)])
    return _cut_down(present, np.ones(present.size))


def merge_sketches(a: QuantileSketch, b: QuantileSketch) -> QuantileSketch:
    """Return the sketch of both lots of values together; the order of the two does not matter."""
    values = np.array(a.values + b.values)
    weights = np.array(a.weights + b.weights)
    order = np.lexsort((weights, values))
    return _cut_down(values[order], weights[order])


def _cut_down(values: NDArray[np.float64], weights: NDArray[np.float64]) -> QuantileSketch:
    if values.size <= SIZE:
        return QuantileSketch(values=tuple(values.tolist()), weights=tuple(weights.tolist()))
    reached = np.cumsum(weights)
    # Each of the 256 equal shares of the whole is stood for by the value in its middle.
    middles = (np.arange(SIZE) + 0.5) * (reached[-1] / SIZE)
    places = np.searchsorted(reached, middles, side="left")
    return QuantileSketch(values=tuple(values[places].tolist()), weights=(float(reached[-1] / SIZE),) * SIZE)
