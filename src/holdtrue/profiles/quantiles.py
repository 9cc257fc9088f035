"""Quantiles that can be merged: few values in growing order, each standing for some of the data.

Nothing is drawn, so the same data in the same parts gives the same bytes on every machine: a version trained twice must
have one hash, which rules out sketches that toss coins (KLL). What is cut down is put away with its depth, how often
its values were cut down before, and merged only with what is as deep, like the digits of a number (Munro and Paterson,
"Selection and sorting with limited storage", 1980): P parts are at most log2(P) + 1 deep.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

SIZE = 512
"""Values that a run is cut down to."""

Floats = NDArray[np.float64]


class Run(Struct, frozen=True, kw_only=True):
    """Values in growing order.

    Attributes:
        values: float64 bytes, little-endian, shape (m,); weights: how many values each stands for, the same shape, or
            one for all.
        depth: how often these were cut down. The rank of a value is wrong by at most depth / (2 SIZE) of the run.
    """

    values: bytes = b""
    weights: bytes = b""
    depth: int = 0

    @property
    def arrays(self) -> tuple[Floats, Floats]:
        """Values and weights."""
        values, weights = np.frombuffer(self.values, dtype="<f8"), np.frombuffer(self.weights, dtype="<f8")
        return values, np.full(values.size, weights[0]) if weights.size == 1 else weights


class QuantileSketch(Struct, frozen=True, kw_only=True):
    """Runs of different depths, the shallowest first; exact while there are at most `SIZE` different values in all."""

    runs: tuple[Run, ...] = ()

    @property
    def error(self) -> float:
        """The most by which a rank can be wrong, as a share of all values."""
        return max((run.depth for run in self.runs), default=0) / (2 * SIZE)

    def pooled(self) -> tuple[Floats, Floats]:
        """Return all values in growing order, and how many each stands for."""
        arrays = [run.arrays for run in self.runs]
        if len(arrays) == 1:
            return arrays[0]
        values = np.concatenate([each for each, _ in arrays]) if arrays else np.empty(0)
        weights = np.concatenate([each for _, each in arrays]) if arrays else np.empty(0)
        return _together(values, weights)

    def quantiles(self, shares: Iterable[float]) -> Floats:
        """Return for each share in [0, 1] the least value that such a share of all does not exceed; NaN if none is.

        Example:
            >>> sketch(np.array([4.0, 1.0, 3.0, 2.0])).quantiles([0, 0.5, 1]).tolist()
            [1.0, 2.0, 4.0]
        """
        asked = np.asarray(list(shares), dtype=np.float64)
        values, weights = self.pooled()
        if not values.size:
            return np.full(asked.shape, np.nan)
        reached = np.cumsum(weights)
        # A hair less, so that a share of exactly a half is met by the lower of two middle values.
        places = np.searchsorted(reached, asked * reached[-1] * (1 - 1e-12), side="left")
        return np.asarray(values[np.minimum(places, values.size - 1)])

    def shares_below(self, cuts: Iterable[float]) -> Floats:
        """Return for each cut the share of the values that are at most it; NaN if there is no value.

        Example:
            >>> sketch(np.array([4.0, 1.0, 3.0, 2.0])).shares_below([0, 2, 9]).tolist()
            [0.0, 0.5, 1.0]
        """
        asked = np.asarray(list(cuts), dtype=np.float64)
        values, weights = self.pooled()
        if not values.size:
            return np.full(asked.shape, np.nan)
        reached = np.concatenate([[0.0], np.cumsum(weights)])
        return np.asarray(reached[np.searchsorted(values, asked, side="right")] / reached[-1])

    def compact(self) -> QuantileSketch:
        """Return the same in one run of at most `SIZE` values, as it is stored."""
        if len(self.runs) < 2:
            return self
        return QuantileSketch(runs=(_run(*self.pooled(), max(run.depth for run in self.runs)),))


def sketch(values: Floats) -> QuantileSketch:
    """Summarise the finite ones of values, shape (n,)."""
    finite = np.abs(values) < np.inf
    return sketch_of_ordered(np.sort(values if finite.all() else values[finite]))


def sketch_of_ordered(ordered: Floats) -> QuantileSketch:
    """Summarise finite values in growing order, shape (n,)."""
    if not ordered.size:
        return QuantileSketch()
    few = _few_different(ordered)
    if few is not None:
        return QuantileSketch(runs=(_stored(*few, 0),))
    # All weigh alike: no need to add weights up for each value.
    places = ((np.arange(SIZE) + 0.5) * (ordered.size / SIZE)).astype(np.int64)
    chosen = _together(ordered[places], np.full(SIZE, ordered.size / SIZE))
    return QuantileSketch(runs=(_stored(*chosen, 1),))


def merge_sketches(a: QuantileSketch, b: QuantileSketch) -> QuantileSketch:
    """Return the sketch of both lots of values together; the order of the two does not matter."""
    waiting = sorted((*a.runs, *b.runs), key=lambda run: run.depth)
    kept: list[Run] = []
    while waiting:
        run = waiting.pop(0)
        if not waiting or waiting[0].depth != run.depth:
            kept.append(run)
            continue
        pair = [run.arrays, waiting.pop(0).arrays]
        merged = _run(*_together(*(np.concatenate(each) for each in zip(*pair, strict=True))), run.depth)
        waiting = sorted([merged, *waiting], key=lambda run: run.depth)
    return QuantileSketch(runs=tuple(kept))


def _few_different(ordered: Floats) -> tuple[Floats, Floats] | None:
    """Return different values and their counts where there are at most `SIZE` of them."""
    changes = np.flatnonzero(ordered[1:] != ordered[:-1])
    if changes.size >= SIZE:
        return None
    starts = np.concatenate([[0], changes + 1])
    return ordered[starts], np.diff(np.append(starts, ordered.size)).astype(np.float64)


def _together(values: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Put values in order, and those that are equal together."""
    order = np.argsort(values, kind="stable")
    values, weights = values[order], weights[order]
    starts = np.flatnonzero(np.append(True, values[1:] != values[:-1])) if values.size else np.empty(0, np.int64)
    return values[starts], np.add.reduceat(weights, starts) if values.size else weights


def _run(values: Floats, weights: Floats, depth: int) -> Run:
    """Make a run of values in growing order, cut down where they are many."""
    if values.size > SIZE:
        reached = np.cumsum(weights)
        # Each of the equal shares of the whole is stood for by the value in its middle.
        middles = (np.arange(SIZE) + 0.5) * (reached[-1] / SIZE)
        places = np.searchsorted(reached, middles, side="left")
        values, weights, depth = values[places], np.full(SIZE, reached[-1] / SIZE), depth + 1
        values, weights = _together(values, weights)
    return _stored(values, weights, depth)


def _stored(values: Floats, weights: Floats, depth: int) -> Run:
    weights = weights[:1] if (weights == weights[0]).all() else weights
    values = values + 0.0  # -0 is 0
    return Run(values=values.astype("<f8").tobytes(), weights=weights.astype("<f8").tobytes(), depth=depth)
