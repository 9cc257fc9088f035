"""Names as indicators: one for each common level, one for all rarer ones, one for the new.

Each indicator is judged in the *bag* of baseline, live rows and the new value itself, by classes that depend on the
bag alone and not on the order of its values: else the test would raise false alarms (a plain "not in the baseline" is
true of every tenth row of a long-tailed column). A level is *common* in a bag if it makes up 1 % of it and occurs 10
times, *single* if it occurs once, else *rare*. A value of a class that makes up a share p of the bag has the ranks
[1 - p, 1], any other the ranks [0, 1 - p]. A level's own indicator begins, from zero evidence, at the row that makes
it common, that row included; while it is not common it stands still.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.profiles import CategoryReference, fold, level_of

NEW = "(new)"
RARE = "(rare)"
COMMON = 0.01
"""The share of the bag from which a level is watched by itself."""
FEWEST = 10
"""The occurrences in the bag that it needs besides."""


class Proposal(Struct, frozen=True):
    """What a run of n values would do, before any of them joins.

    Attributes:
        levels: the values' levels. hits: shape (n, k), whether the value is in the class; shares: shape (n, k), the
            class's share of the bag with the value in it; active: shape (n, k), whether the class is judged.
        singles: after each value, how many levels are single.
    """

    levels: list[str]
    hits: NDArray[np.bool_]
    shares: NDArray[np.float64]
    active: NDArray[np.bool_]
    singles: list[int]


class CategoryLevels:
    """The bag of one quantity. Classes are `NEW`, `RARE` and the common levels in the order they became common."""

    def __init__(
        self, reference: CategoryReference, *, live: dict[str, int] | None = None, common: Sequence[str] | None = None
    ) -> None:
        self.reference = reference
        self.live: dict[str, int] = dict(live or {})
        self._counts = dict(reference.levels)
        for level, count in self.live.items():
            self._counts[level] = self._counts.get(level, 0) + count
        self._n = reference.n + sum(self.live.values())
        self._singles = sum(count == 1 for count in self._counts.values())
        if common is None:
            common = [level for level, count in reference.levels.items() if count >= _needed(reference.n)]
        self.common: list[str] = list(common)
        self._places = {level: 2 + place for place, level in enumerate(self.common)}

    @property
    def classes(self) -> list[str]:
        """The names of the classes, k of them."""
        return [NEW, RARE, *self.common]

    def baseline_share(self, name: str) -> float:
        """Return the share of a class in the baseline alone."""
        levels, n = self.reference.levels, max(1, self.reference.n)
        if name == NEW:
            return sum(count == 1 for count in levels.values()) / n
        if name == RARE:
            return sum(count for level, count in levels.items() if count > 1 and level not in self._places) / n
        return levels.get(name, 0) / n

    def promote(self, value: object) -> bool:
        """If the next value makes its level common for the first time, give the level its class, and say so."""
        level = self._level(value)
        if level in self._places or self._counts.get(level, 0) + 1 < _needed(self._n + 1):
            return False
        self._places[level] = 2 + len(self.common)
        self.common.append(level)
        return True

    def propose(self, values: Sequence[object]) -> Proposal:
        """Judge values one after the other, up to the one before the next that `promote` would say yes to."""
        own, counts, n = self._places, self._counts, self._n
        met: dict[str, int] = {}
        levels: list[str] = []
        singles, codes = [], []
        single = self._singles
        for row, value in enumerate(values, start=1):
            level = self._level(value)
            code = own.get(level)
            if code is None:
                count = (met.get(level) or counts.get(level, 0)) + 1
                if count >= FEWEST and count >= _needed(n + row):
                    break
                met[level] = count
                code = 1
                if count == 1:
                    single, code = single + 1, 0
                elif count == 2:
                    single -= 1
            levels.append(level)
            codes.append(code)
            singles.append(single)
        hits = np.array(codes, dtype=np.int64)[:, None] == np.arange(2 + len(self.common))
        return self._judged(levels, hits, singles)

    def _judged(self, levels: list[str], hits: NDArray[np.bool_], singles: list[int]) -> Proposal:
        ones = np.cumsum(hits, axis=0, dtype=np.int64)
        ones[:, 2:] += np.array([self._counts.get(level, 0) for level in self.common], dtype=np.int64)
        whole = np.arange(self._n + 1, self._n + 1 + len(singles))
        active = np.ones(hits.shape, dtype=np.bool_)
        active[:, 2:] = ones[:, 2:] >= np.maximum(FEWEST, COMMON * whole)[:, None]
        hits[:, 1] |= (hits[:, 2:] & ~active[:, 2:]).any(axis=1)
        ones[:, 0] = singles
        ones[:, 1] = whole - ones[:, 0] - (ones[:, 2:] * active[:, 2:]).sum(axis=1)
        return Proposal(levels, hits, ones / whole[:, None], active, singles)

    def add(self, proposal: Proposal, rows: int) -> None:
        """Let the first `rows` (at least 1) values of a proposal join the bag."""
        for level in proposal.levels[:rows]:
            self._counts[level] = self._counts.get(level, 0) + 1
            self.live[level] = self.live.get(level, 0) + 1
        self._n += rows
        self._singles = proposal.singles[rows - 1]

    def _level(self, value: object) -> str:
        level = value if value.__class__ is str else level_of(value)
        return fold(level) if self.reference.folded else level


def _needed(n: int) -> float:
    return max(FEWEST, COMMON * n)
