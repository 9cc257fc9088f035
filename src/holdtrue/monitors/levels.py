"""Names as indicators: one for each common level, one for all rarer ones, one for the new.

Each indicator is judged in the *bag* of baseline, live rows and the new value itself, by classes that depend on the
bag alone and not on the order of its values: else the test would raise false alarms (a plain "not in the baseline" is
true of every tenth row of a long-tailed column). A level is *single* if it occurs once in the bag, *rare* if it occurs
more often and is not common. A value of a class that makes up a share p of the bag has the ranks [1 - p, 1], any other
the ranks [0, 1 - p].
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


class Proposal(Struct, frozen=True):
    """What a run of values would do, before any of them joins.

    Attributes:
        levels: the values' levels, n of them; hits: shape (n, k), whether the value is in the class; shares: shape
            (n, k), the class's share of the bag with the value in it.
        singles, rest: after each value, how many levels are single and how many values rare; n each.
        promoted: whether the last value's level has just become common (the run is cut short at it).
    """

    levels: list[str]
    hits: NDArray[np.bool_]
    shares: NDArray[np.float64]
    singles: list[int]
    rest: list[int]
    promoted: bool


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
        if common is None:
            common = [level for level, count in reference.levels.items() if count >= max(2, COMMON * reference.n)]
        self.common: list[str] = []
        self._places: dict[str, int] = {}
        self._singles = sum(count == 1 for count in self._counts.values())
        self._rest = sum(count for count in self._counts.values() if count > 1)
        for level in common:
            self.promote(level)

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

    def propose(self, values: Sequence[object]) -> Proposal:
        """Judge values one after the other; stops after the first whose level becomes common by it."""
        own, counts = self._places, self._counts
        met: dict[str, int] = {}
        levels: list[str] = []
        singles, rest, codes = [], [], []
        single, rare, promoted = self._singles, self._rest, False
        for row, value in enumerate(values):
            level = level_of(value)
            if self.reference.folded:
                level = fold(level)
            levels.append(level)
            code = own.get(level, -1)
            if code < 0:
                count = met.get(level) or counts.get(level, 0)
                count += 1
                met[level] = count
                if count == 1:
                    single, code = single + 1, 0
                else:
                    single, rare = (single - 1, rare + 2) if count == 2 else (single, rare + 1)
                    code = 1
                    promoted = count >= COMMON * (self._n + row + 1)
            codes.append(code)
            singles.append(single)
            rest.append(rare)
            if promoted:
                break
        hits = np.array(codes)[:, None] == np.arange(2 + len(self.common))
        return Proposal(levels, hits, self._shares(hits, singles, rest), singles, rest, promoted)

    def _shares(self, hits: NDArray[np.bool_], singles: list[int], rest: list[int]) -> NDArray[np.float64]:
        ones = np.cumsum(hits, axis=0, dtype=np.int64)
        ones += np.array([0, 0, *(self._counts.get(level, 0) for level in self.common)], dtype=np.int64)
        ones[:, 0] = singles
        ones[:, 1] = rest
        whole = np.arange(self._n + 1, self._n + 1 + len(singles), dtype=np.float64)
        return np.asarray(ones / whole[:, None])

    def add(self, proposal: Proposal, rows: int) -> None:
        """Let the first `rows` (at least 1) values of a proposal join the bag."""
        for level in proposal.levels[:rows]:
            self._counts[level] = self._counts.get(level, 0) + 1
            self.live[level] = self.live.get(level, 0) + 1
        self._n += rows
        self._singles = proposal.singles[rows - 1]
        self._rest = proposal.rest[rows - 1]

    def promote(self, level: str) -> None:
        """Make a rare level a class of its own."""
        self._places[level] = 2 + len(self.common)
        self.common.append(level)
        count = self._counts.get(level, 0)
        if count == 1:
            self._singles -= 1
        else:
            self._rest -= count
