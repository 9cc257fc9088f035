"""Boosted trees of the simplest kind, kept as arrays: each asks the same few questions of every row, for all targets.

Gradient boosting of symmetric trees for squared error (Friedman, "Greedy function approximation", 2001, algorithm 2;
symmetric trees as in Prokhorenkova et al., "CatBoost", 2018). Trees take turns: the questions of each are chosen for
one of the targets, its leaves are filled for all. Targets are sizes, which scatter the more the greater they are: so
questions are chosen by what is left over what is expected (Pearson's residuals), and rows with small ones have their
say. Leaves are filled with what is left as it is, for means are to stay means. They are fitted and read by NumPy alone,
so a version needs no further library for them, and loading them runs no code.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

DEPTH = 5
RATE = 0.3
BINS = 64
SHRINK = 5.0
"""A leaf's mean counts as if so many rows of 0 were among its own."""
SEARCHED = 4_000
"""Rows that each tree's questions are chosen by, drawn anew for each tree; its leaves are filled by all rows."""
LEAST = 0.3
"""Share of the mean that is expected of a row at least, where what is left is weighed: no row outshouts all others."""

Matrix = NDArray[np.float64]


class Trees(Struct, frozen=True, kw_only=True):
    """A sum of t symmetric trees of depth `DEPTH` for m targets: `base` and what one leaf of each tree adds.

    Attributes:
        base: what is predicted before the first tree, m figures.
        columns: int32 bytes, shape (t, depth): the column each question is about. cuts: float64 bytes, the same shape:
            whether its value is greater than this; a missing value (NaN) is not.
        leaves: float32 bytes, shape (t, m, 2^depth): what is added; the first question decides the highest bit.
        ranks: for a column of codes, the rank that each code has for the trees.
    """

    base: tuple[float, ...]
    columns: bytes
    cuts: bytes
    leaves: bytes
    ranks: dict[int, tuple[float, ...]] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """How many trees there are."""
        return len(self.columns) // (4 * DEPTH)

    def first(self, count: int) -> Trees:
        """Return the first trees alone."""
        questions = count * DEPTH
        return Trees(
            base=self.base,
            columns=self.columns[: 4 * questions],
            cuts=self.cuts[: 8 * questions],
            leaves=self.leaves[: 4 * (count * len(self.base) << DEPTH)],
            ranks=self.ranks,
        )

    def staged(self, matrix: Matrix) -> Iterator[Matrix]:
        """Yield the predictions (m, n) of no tree, of the first, of the first two, and so on."""
        found = self._start(len(matrix))
        yield found
        for added in self._added(matrix):
            found = found + added
            yield found

    def predict(self, matrix: Matrix) -> Matrix:
        """Return predictions (m, n) of rows (n, k); a row's does not depend on the others.

        Example:
            >>> rows = np.arange(400.0).reshape(-1, 1)
            >>> trees = fit_trees(rows, np.where(rows[:, 0] < 200, 1.0, 3.0)[None, :], trees=30)
            >>> trees.predict(np.array([[5.0], [350.0]])).round(1)
            array([[1., 3.]])
        """
        found = self._start(len(matrix))
        for added in self._added(matrix):
            found += added
        return found

    def _start(self, rows: int) -> Matrix:
        return np.asarray(np.repeat(np.array(self.base)[:, None], rows, axis=1))

    def _added(self, matrix: Matrix) -> Iterator[Matrix]:
        """Yield what each tree adds for rows, (m, n)."""
        ranked = _ranked(matrix, self.ranks)
        columns = np.frombuffer(self.columns, dtype="<i4").reshape(-1, DEPTH)
        cuts = np.frombuffer(self.cuts, dtype="<f8").reshape(-1, DEPTH)
        leaves = np.frombuffer(self.leaves, dtype="<f4").reshape(-1, len(self.base), 1 << DEPTH).astype(np.float64)
        for asked, limits, values in zip(columns, cuts, leaves, strict=True):
            place = _places(ranked[column] > cut for column, cut in zip(asked.tolist(), limits.tolist(), strict=True))
            yield values[:, place]


def fit_trees(matrix: Matrix, targets: Matrix, *, trees: int, categorical: Sequence[int] = (), seed: int = 0) -> Trees:
    """Fit trees for the means of targets.

    Args:
        matrix: (n, k), missing values NaN. targets: (m, n), finite, none below 0.
        trees: how many; none where no question can be asked.
        categorical: columns that hold codes 0, 1, 2, ...: for the trees they are put in the order of the mean of the
            first target. seed: draws the rows searched.
    """
    ranks = {column: _ranks(matrix[:, column], targets[0]) for column in categorical}
    grid = _Grid.of(_ranked(matrix, ranks))
    draw = np.random.default_rng(seed)
    base, scale = targets.mean(axis=1, keepdims=True), targets.std(axis=1, keepdims=True)
    rest = np.divide(targets - base, scale, out=np.zeros(targets.shape), where=scale > 0)
    rows, leaves = targets.shape[1], 1 << DEPTH
    columns: list[int] = []
    cuts: list[float] = []
    values: list[Matrix] = []
    for turn in range(trees if grid.cuts.size else 0):
        some = draw.choice(rows, SEARCHED, replace=False) if rows > SEARCHED else None
        questions = grid.questions(_weighed(turn % len(rest), targets, rest, base, scale), some)
        place = _places(grid.bins[column] > cut for column, cut in questions)
        counts = np.bincount(place, minlength=leaves) + SHRINK
        added = np.stack([RATE * np.bincount(place, weights=each, minlength=leaves) / counts for each in rest])
        for each, values_of in zip(rest, added, strict=True):
            each -= values_of[place]
        columns += [column for column, _ in questions]
        cuts += [float(grid.cuts[column, cut]) for column, cut in questions]
        values.append(added * scale)
    return Trees(
        base=tuple(base[:, 0].tolist()),
        columns=np.array(columns, dtype="<i4").tobytes(),
        cuts=np.array(cuts, dtype="<f8").tobytes(),
        leaves=np.array(values, dtype="<f4").tobytes(),
        ranks=ranks,
    )


def _weighed(one: int, targets: Matrix, rest: Matrix, base: Matrix, scale: Matrix) -> Matrix:
    """Return what is left of a target over what is expected, which counts as `LEAST` of the mean at least, (n,)."""
    if not base[one, 0] > 0:
        return np.asarray(rest[one])
    expected = (targets[one] - rest[one] * scale[one]) / base[one]
    return np.asarray(rest[one] / np.maximum(expected, LEAST))


class _Grid(Struct, frozen=True):
    """Rows by bins: bin b of a column is above its first b cuts.

    Attributes:
        bins: (k, n). cuts: (k, b), NaN where a column has fewer. cells: (k, n), each bin's place among all of them.
    """

    bins: NDArray[np.uint8]
    cuts: Matrix

    @staticmethod
    def of(columns: Matrix) -> _Grid:
        found = [_cuts(values) for values in columns]
        width = max((len(each) for each in found), default=0)
        cuts = np.full((len(found), width), np.nan)
        bins = np.zeros(columns.shape, dtype=np.uint8)
        for place, (values, own) in enumerate(zip(columns, found, strict=True)):
            cuts[place, : len(own)] = own
            bins[place] = np.where(np.isnan(values), 0, np.searchsorted(own, values, side="left"))
        return _Grid(bins, cuts)

    def questions(self, rest: Matrix, some: NDArray[np.int64] | None) -> list[tuple[int, int]]:
        """Choose the column and cut of each level: what tells most, given the levels above it."""
        bins = self.bins if some is None else self.bins[:, some]
        weights = rest if some is None else rest[some]
        many, rows = bins.shape
        width = self.cuts.shape[1] + 1
        cells = bins + (np.arange(many) * width)[:, None]
        repeated = np.tile(weights, many)
        usable = ~np.isnan(self.cuts)
        place = np.zeros(rows, dtype=np.intp)
        chosen: list[tuple[int, int]] = []
        for level in range(DEPTH):
            leaves = 1 << level
            each = (cells + place * (many * width)).ravel()
            shape = (leaves, many, width)
            sums = np.bincount(each, weights=repeated, minlength=leaves * many * width).reshape(shape)
            counts = np.bincount(each, minlength=leaves * many * width).reshape(shape)
            low, low_count = np.cumsum(sums, axis=2)[:, :, :-1], np.cumsum(counts, axis=2)[:, :, :-1]
            whole, whole_count = sums.sum(axis=2)[:, :, None], counts.sum(axis=2)[:, :, None]
            gain = (low**2 / (low_count + SHRINK) + (whole - low) ** 2 / (whole_count - low_count + SHRINK)).sum(axis=0)
            best = int(np.argmax(np.where(usable, gain, -np.inf)))
            column, cut = divmod(best, width - 1)
            chosen.append((column, cut))
            place = (place << 1) | (bins[column] > cut)
        return chosen


def _places(answers: Iterable[NDArray[np.bool_]]) -> NDArray[np.intp]:
    """Return the leaf of each row: the answers to the questions in turn, as bits, the first the highest."""
    place: NDArray[np.uint8] | None = None
    for answer in answers:
        bit = answer.view(np.uint8)
        place = bit if place is None else (place << np.uint8(1)) | bit
    assert place is not None
    return place.astype(np.intp)


def _cuts(values: Matrix) -> Matrix:
    """Return the values that a column is cut at, at most `BINS`; what is missing is below all of them."""
    present = np.unique(values[~np.isnan(values)])
    if present.size > BINS:
        ordered = np.sort(values[~np.isnan(values)])
        present = np.unique(ordered[(np.arange(1, BINS + 1) * ordered.size // (BINS + 1))])
    else:
        present = present[:-1]
    missing = bool(np.isnan(values).any()) and present.size
    return np.concatenate([[-np.inf], present]) if missing else present


def _ranks(codes: Matrix, target: Matrix) -> tuple[float, ...]:
    """Return the rank of each code by its mean target, which counts as if `SHRINK` average rows were among its own."""
    known = ~np.isnan(codes)
    if not known.any():
        return ()
    whole = codes[known].astype(np.int64)
    counts = np.bincount(whole)
    means = (np.bincount(whole, weights=target[known]) + SHRINK * target.mean()) / (counts + SHRINK)
    ranks = np.empty(counts.size)
    ranks[np.argsort(means, kind="stable")] = np.arange(counts.size)
    return tuple(ranks.tolist())


def _ranked(matrix: Matrix, ranks: dict[int, tuple[float, ...]]) -> Matrix:
    """Return the columns (k, n) as trees see them: codes as ranks, those never seen as missing."""
    columns = np.array(matrix.T, order="C")  # a copy: codes are replaced in it
    for column, known in ranks.items():
        codes = columns[column]
        table = np.array([*known, np.nan])
        inside = (codes >= 0) & (codes < len(known))
        columns[column] = table[np.where(inside, codes, len(known)).astype(np.intp)]
    return columns
