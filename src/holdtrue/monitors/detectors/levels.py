"""Names as indicators: one for each common level, one for all rarer ones, one for the new.

Each indicator is judged in the *bag* of baseline, live rows and the new value itself, by classes that depend on the
bag alone and not on the order of its values: else the test would raise false alarms (a plain "not in the baseline" is
true of every tenth row of a long-tailed column). A level is *common* in a bag if it makes up 1 % of it and occurs 10
times, *single* if it occurs once, else *rare*. A value of a class that makes up a share p of the bag has the ranks
[1 - p, 1], any other the ranks [0, 1 - p]. A level's own indicator begins, from zero evidence, at the row that makes
it common, that row included; while it is not common it stands still.

A bag never has more than `MOST_LEVELS` levels: the value that would add one more has all but the common ones folded
into buckets, baseline and live rows alike, so classes go on to depend on the bag alone and the state stays small.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from holdtrue.profiles import COMMON, FEWEST, MISSING, MOST_LEVELS, NEW, RARE, CategoryReference, fold, level_of

Names = tuple[list[dict[str, int]], list[str], list[str] | None]
"""The stored form of `CategoryLevels`: live counts by season, common levels, and what kept its name in a folding."""


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


class _Bag:
    """Baseline and live values of one season: counts of levels, how many values, how many levels that occur once."""

    def __init__(self, levels: Mapping[str, int], live: Mapping[str, int]) -> None:
        self.counts = dict(levels)
        for level, count in live.items():
            self.counts[level] = self.counts.get(level, 0) + count
        self.n = sum(self.counts.values())
        self.singles = sum(count == 1 for count in self.counts.values())


class CategoryLevels:
    """The bags of one quantity, one for each season.

    Classes are `NEW`, `RARE` and the levels that are or were common in some season, in the order they became so.

    Args:
        references: of the s seasons. state: what `state` gave.
    """

    def __init__(self, references: Sequence[CategoryReference], state: Names | None = None) -> None:
        self._references = references
        self.live: list[dict[str, int]] = [dict(each) for each in state[0]] if state else [{} for _ in references]
        # None: names are counted as the references count them; else all but these are in buckets.
        self._named = frozenset(state[2]) if state and state[2] is not None else None
        self._gather()
        if state is None:
            found = [level for each in references for level, count in each.levels.items() if count >= _needed(each.n)]
            self.common = list(dict.fromkeys(found))
        else:
            self.common = list(state[1])
        self._places = {level: 2 + place for place, level in enumerate(self.common)}

    @property
    def classes(self) -> list[str]:
        """The names of the classes, k of them."""
        return [NEW, RARE, *self.common]

    def state(self) -> Names:
        """Return the stored form."""
        return self.live, self.common, None if self._named is None else sorted(self._named)

    def promote(self, value: object, season: int) -> bool:
        """If the next value makes its level common for the first time, give the level its class, and say so.

        If it would be one level too many, all but the common ones are folded first.
        """
        level, bag = self._level(value), self._bags[season]
        if level not in bag.counts and len(bag.counts) >= MOST_LEVELS and self._may_fold:
            self._fold()
            level, bag = self._level(value), self._bags[season]
        if level in self._places or bag.counts.get(level, 0) + 1 < _needed(bag.n + 1):
            return False
        self._places[level] = 2 + len(self.common)
        self.common.append(level)
        return True

    def propose(self, values: Sequence[object], seasons: NDArray[np.int64]) -> Proposal:
        """Judge values one after the other, up to the one before the next that `promote` would say yes to."""
        own = self._places
        met: list[dict[str, int]] = [{} for _ in self._bags]
        whole, single = [bag.n for bag in self._bags], [bag.singles for bag in self._bags]
        levels: list[str] = []
        singles, codes, alone = [], [], []
        added = [0 for _ in self._bags]
        several = len(self._bags) > 1
        for value, season in zip(values, seasons.tolist(), strict=True):
            level = self._level(value)
            code = own.get(level)
            whole[season] += 1
            if code is None:
                count = (met[season].get(level) or self._bags[season].counts.get(level, 0)) + 1
                if count >= FEWEST and count >= _needed(whole[season]):
                    break
                met[season][level] = count
                code = 1
                if count == 1:
                    code = 0
                    added[season] += 1
                    if len(self._bags[season].counts) + added[season] > MOST_LEVELS and self._may_fold:
                        break
                    single[season] += 1
                elif count == 2:
                    single[season] -= 1
            elif several:
                # Common in another season, it may still be single or rare in this one.
                count = (met[season].get(level) or self._bags[season].counts.get(level, 0)) + 1
                if count <= 2:
                    met[season][level] = count
                    single[season] += 1 if count == 1 else -1
                    alone += [len(levels)] if count == 1 else []
            levels.append(level)
            codes.append(code)
            singles.append(single[season])
        hits = np.array(codes, dtype=np.int64)[:, None] == np.arange(2 + len(self.common))
        return self._judged(levels, hits, singles, alone, seasons[: len(levels)])

    def _judged(
        self,
        levels: list[str],
        hits: NDArray[np.bool_],
        singles: list[int],
        alone: list[int],
        seasons: NDArray[np.int64],
    ) -> Proposal:
        ones, whole = np.empty(hits.shape, dtype=np.int64), np.empty(len(levels), dtype=np.int64)
        for season in np.unique(seasons).tolist():
            rows, bag = np.nonzero(seasons == season)[0], self._bags[season]
            ones[rows] = np.cumsum(hits[rows], axis=0)
            ones[rows, 2:] += np.array([bag.counts.get(level, 0) for level in self.common], dtype=np.int64)
            whole[rows] = np.arange(bag.n + 1, bag.n + 1 + rows.size)
        active = np.ones(hits.shape, dtype=np.bool_)
        active[:, 2:] = ones[:, 2:] >= np.maximum(FEWEST, COMMON * whole)[:, None]
        hits[:, 1] |= (hits[:, 2:] & ~active[:, 2:]).any(axis=1)
        hits[alone, 0], hits[alone, 1] = True, False
        ones[:, 0] = singles
        ones[:, 1] = whole - ones[:, 0] - (ones[:, 2:] * active[:, 2:]).sum(axis=1)
        return Proposal(levels, hits, ones / whole[:, None], active, singles)

    def add(self, proposal: Proposal, rows: int, seasons: NDArray[np.int64]) -> None:
        """Let the first `rows` (at least 1) values of a proposal join their bags."""
        for level, single, season in zip(proposal.levels[:rows], proposal.singles, seasons.tolist(), strict=False):
            bag, live = self._bags[season], self.live[season]
            bag.counts[level] = bag.counts.get(level, 0) + 1
            live[level] = live.get(level, 0) + 1
            bag.n += 1
            bag.singles = single

    def bag(self, season: int, reference: CategoryReference) -> CategoryReference:
        """Return all values of one season as a reference."""
        bag = self._bags[season]
        levels = dict(sorted(bag.counts.items(), key=lambda item: (-item[1], item[0])))
        return replace(folded_to(reference, self.kept), levels=levels, n=bag.n, missing=levels.get(MISSING, 0))

    @property
    def kept(self) -> tuple[str, ...] | None:
        """The levels that are not in buckets, once the others are; None before."""
        return None if self._named is None else tuple(sorted(self._named))

    @property
    def _may_fold(self) -> bool:
        return self._named is None and not self._references[0].folded

    def _fold(self) -> None:
        """Count all but the common levels by buckets from now on, baseline and live values alike."""
        self._named = frozenset(self.common)
        self.live = [_folded(each, self._named) for each in self.live]
        self._gather()

    def _gather(self) -> None:
        named = self._named
        levels = [each.levels if named is None else _folded(each.levels, named) for each in self._references]
        self._bags = [_Bag(each, live) for each, live in zip(levels, self.live, strict=True)]

    def _level(self, value: object) -> str:
        level = value if value.__class__ is str else level_of(value)
        if self._named is not None:
            return level if level in self._named else fold(level)
        return self._references[0].place(level)


def _folded(counts: Mapping[str, int], named: frozenset[str]) -> dict[str, int]:
    folded: dict[str, int] = {}
    for level, count in counts.items():
        place = level if level in named else fold(level)
        folded[place] = folded.get(place, 0) + count
    return folded


def folded_to(reference: CategoryReference, kept: Sequence[str] | None) -> CategoryReference:
    """Return a reference with all levels but those kept in buckets; as it is if None, or if it has buckets already."""
    if kept is None or reference.folded:
        return reference
    levels = _folded(reference.levels, frozenset(kept))
    return replace(reference, levels=levels, folded=True, kept=tuple(kept))


def baseline_share(reference: CategoryReference, name: str, common: Sequence[str]) -> float:
    """Return the share of a class in the whole baseline alone, given the levels that have a class of their own."""
    levels, n = reference.levels, max(1, reference.n)
    if name == NEW:
        return sum(count == 1 for count in levels.values()) / n
    if name == RARE:
        own = set(common)
        return sum(count for level, count in levels.items() if count > 1 and level not in own) / n
    if name not in levels and not reference.folded:  # it may be a bucket, where names were folded later
        own = set(common)
        return sum(count for level, count in levels.items() if level not in own and fold(level) == name) / n
    return levels.get(name, 0) / n


def _needed(n: int) -> float:
    return max(FEWEST, COMMON * n)
