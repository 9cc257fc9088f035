"""Pairs of fields that move together, and a score of each row that tells whether they still do.

Two fields are cut into few cells each (quantiles, common levels). How often two cells meet, over how often they would
if the fields had nothing to do with each other, is the score of a row that lies there, as a logarithm: the pointwise
mutual information. It is the likelihood ratio of rows as they are against rows with one of the two shuffled, so by
Neyman and Pearson no other figure of the two tells those apart better; its mean is their mutual information.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from statistics import NormalDist
from typing import TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.profiles.references import level_of

Floats: TypeAlias = NDArray[np.float64]
Ints: TypeAlias = NDArray[np.int64]
Column: TypeAlias = Floats | Sequence[object]

CELLS = 8
"""Cells a field is cut into at most, besides that of missing values."""
PER_CELL = 25
"""Rows for each cell of the two fields' table: of fewer rows fewer cells are made."""
MOST_PAIRS = 50
MOST_ROWS = 20_000
"""Rows that the pairs are found by, at most."""
FEWEST_ROWS, MOST_MET = 2_000, 2_000_000_000
"""To find the pairs that go together so many rows are looked at, at least, and so many over all pairs, at most."""
BY_CHANCE = 1e-3
"""The chance that a pair is taken although no two fields have anything to do with each other."""


class Cells(Struct, frozen=True, kw_only=True, dict=True):
    """How a field is cut into cells.

    Attributes:
        cuts: of numbers: float64 bytes, little-endian; a value belongs to the cell of the cuts that are at most it.
        levels: of names: each is a cell, all others are one more.
    """

    cuts: bytes = b""
    levels: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        """How many cells there are, that of missing values included."""
        return (len(self.levels) if self.levels else len(self.cuts) // 8) + 2

    @cached_property
    def _codes(self) -> dict[str, int]:
        return {level: code for code, level in enumerate(self.levels)}

    def codes(self, values: Column) -> Ints:
        """Return the cell of each of n values, numbers as float64 or as Python has them; the last is of the missing."""
        absent = self.count - 1
        if self.levels:
            own = self._codes
            found = [absent if value is None else own.get(level_of(value), absent - 1) for value in values]
            return np.array(found, dtype=np.int64)
        if isinstance(values, np.ndarray):
            numbers = values
        else:
            numbers = np.array([np.nan if value is None else value for value in values], dtype=np.float64)
        cells = np.searchsorted(np.frombuffer(self.cuts, dtype="<f8"), numbers, side="right")
        return np.where(np.isnan(numbers), absent, cells).astype(np.int64)


class Pair(Struct, frozen=True, kw_only=True, dict=True):
    """Two fields that move together: `first` and `second`, and the score of each of their cells, float32 bytes."""

    first: str
    second: str
    scores: bytes

    def values(self, first: Ints, second: Ints, width: int) -> Floats:
        """Return the score of each row in bits, shape (n,), from the cells it lies in; width: of the second's cells."""
        return np.take(self._scores, first * width + second)

    @cached_property
    def _scores(self) -> Floats:
        return np.frombuffer(self.scores, dtype="<f4").astype(np.float64)


def cells_of(values: Column, rows: int) -> Cells | None:
    """Cut a field into cells that some values fill evenly; None where it cannot be cut in two.

    Args:
        rows: of the table that the cells are for.

    Example:
        >>> cells_of(np.arange(100.0), 100).codes(np.array([0.0, 99.0, np.nan])).tolist()
        [0, 1, 2]
    """
    most = max(2, min(CELLS, int(math.sqrt(rows / PER_CELL))))
    if isinstance(values, np.ndarray):
        present = np.sort(values[~np.isnan(values)])
        if not present.size:
            return None
        cuts = np.unique(present[[present.size * cell // most for cell in range(1, most)]])
        cuts = cuts[cuts > present[0]]
        return Cells(cuts=cuts.astype("<f8").tobytes()) if cuts.size else None
    counts: dict[str, int] = {}
    for value in values:
        if value is not None:
            level = level_of(value)
            counts[level] = counts.get(level, 0) + 1
    ordered = sorted(counts, key=lambda level: (-counts[level], level))[:most]
    return Cells(levels=tuple(ordered)) if len(counts) > 1 and counts[ordered[0]] > 1 else None


def pairs_of(columns: Mapping[str, Column]) -> tuple[dict[str, Cells], dict[str, Pair]]:
    """Find the pairs of fields that move together beyond chance, and no more of them than it takes to tell of all.

    Of all pairs the tree with the greatest mutual information is kept (Chow and Liu 1968: no other choice of so many
    pairs tells more of how all fields go together): a field that says what another says already adds no pair. So there
    are fewer pairs than fields, and at most `MOST_PAIRS`.

    Args:
        columns: of the fields, n rows each.

    Returns:
        The cells of the fields in some pair, and the pairs by name, the strongest first.

    Example:
        >>> x = np.random.default_rng(0).normal(size=(2, 1000))
        >>> list(pairs_of({"a": x[0], "b": x[0] + x[1], "c": x[1] ** 2})[1])
        ['a & b', 'b & c']
    """
    rows = len(next(iter(columns.values()), ()))
    found = {name: cells_of(values, rows) for name, values in columns.items()}
    cells = {name: each for name, each in found.items() if each is not None}
    codes = {name: each.codes(columns[name]) for name, each in cells.items()}
    names = list(cells)
    tests = len(names) * (len(names) - 1) // 2
    if not tests:
        return {}, {}
    limit = NormalDist().inv_cdf(1 - BY_CHANCE / tests)
    # Which pairs there are is asked of fewer rows where there are very many; how each goes together, of all.
    asked = slice(0, max(FEWEST_ROWS, MOST_MET // max(1, tests)))
    every, counts = np.stack([codes[name][asked] for name in names]), np.array([cells[name].count for name in names])
    told: list[tuple[float, str, str]] = []
    for place, first in enumerate(names[:-1]):
        information, unusual = _information(every[place], every[place + 1 :], counts[place], counts[place + 1 :])
        for other in np.nonzero(unusual > limit)[0].tolist():
            told.append((float(information[other]), first, names[place + 1 + other]))
    chosen = _tree(sorted(told, key=lambda each: (-each[0], each[1], each[2])), names)[:MOST_PAIRS]
    pairs = {}
    for first, second in chosen:
        table = _met(codes[first], cells[first].count, codes[second], cells[second].count)
        pairs[f"{first} & {second}"] = Pair(first=first, second=second, scores=_scores(table))
    own = {name: cells[name] for pair in pairs.values() for name in (pair.first, pair.second)}
    return own, pairs


def _met(first: Ints, rows: int, second: Ints, columns: int) -> Floats:
    return np.bincount(first * columns + second, minlength=rows * columns).reshape(rows, columns).astype(np.float64)


def _information(first: Ints, others: Ints, rows: int, counts: Ints) -> tuple[Floats, Floats]:
    """Return the mutual information of a field and each of k others, less what chance gives it, in bits; and how
    unusual that much is.

    The second is the normal score of the likelihood ratio statistic, by Wilson and Hilferty's cube root.

    Args:
        first: cells of the field, shape (n,), below `rows`. others: of the others, shape (k, n), below `counts`, (k,).
    """
    n, starts, width = first.size, np.cumsum(counts) - counts, int(counts.sum())
    met = np.bincount((first * width + others + starts[:, None]).ravel(), minlength=rows * width)
    table = met.reshape(rows, width).astype(np.float64)
    own, alone = np.bincount(first, minlength=rows), table.sum(axis=0)
    expected = np.outer(own, alone) / n
    told = np.where(
        table > 0, table * np.log(np.where(table > 0, table, 1.0) / np.where(table > 0, expected, 1.0)), 0.0
    )
    statistic = 2 * np.add.reduceat(told.sum(axis=0), starts)
    freedom = ((own > 0).sum() - 1) * (np.add.reduceat(alone > 0, starts, dtype=np.int64) - 1)
    whole = np.maximum(freedom, 1)
    spread = 2 / (9 * whole)
    unusual = (np.cbrt(np.maximum(statistic, 0.0) / whole) - 1 + spread) / np.sqrt(spread)
    return (statistic - freedom) / (2 * n * math.log(2)), np.where(freedom > 0, unusual, -np.inf)


def _scores(table: Floats) -> bytes:
    """Return the pointwise mutual information of each cell, drawn towards 0 where there are few rows."""
    n = table.sum()
    alone = np.outer(table.sum(axis=1), table.sum(axis=0)) / n
    seen = alone > 0
    prior = math.sqrt(table.size)  # so many rows are added, in which the two have nothing to do with each other
    together = (table + prior * alone / n) / (1 + prior / n)
    scores = np.log2(np.where(seen, together, 1.0) / np.where(seen, alone, 1.0))
    return np.asarray(scores, dtype="<f4").tobytes()


def _tree(edges: Sequence[tuple[float, str, str]], names: Sequence[str]) -> list[tuple[str, str]]:
    """Return the edges, heaviest first, that join what was not joined before (Kruskal 1956)."""
    root = {name: name for name in names}

    def top(name: str) -> str:
        while root[name] != name:
            name = root[name]
        return name

    kept = []
    for _, first, second in edges:
        a, b = top(first), top(second)
        if a != b:
            root[a] = b
            kept.append((first, second))
    return kept
