"""The way back: evidence that an alarmed quantity is the old one again.

An alarm's winning bet is a density q of ranks: what they would be like after a change of so much. Half as much is the
density h. If the quantity is still at least half as far from its baseline as the bet says, `1 / h` has mean 1 or less
(it is 1 under h itself, and falls as ranks move on), so its Shiryaev-Roberts e-detector says "it is back" no more often
than once in A rows. Ranks are among the baseline alone: none of these rows joins.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.monitors.detectors.bets import PLACES, SPREADS, bets
from holdtrue.monitors.detectors.gathering import Part
from holdtrue.monitors.detectors.layout import RANK, Watched, columns_in
from holdtrue.monitors.detectors.ranks import NumericRanks
from holdtrue.monitors.detectors.verdicts import Landmark
from holdtrue.profiles import MISSING, NEW, RANKS, RARE, BlockReference, CategoryReference, fold, level_of

Floats = NDArray[np.float64]

ABOUT_HALF = 0.58
"""The largest part of a bet's size that counts as half of it: 1 sd of 1.75."""


class ReturnState(Struct, frozen=True, kw_only=True):
    """The stored form of `Return`."""

    label: str | None
    bet: int
    classes: tuple[str, ...]
    total: float = 0.0
    best: float = 1.0
    began: Landmark | None = None


class Return:
    """Whether one quantity is back.

    Args:
        references: what it was held against, season by season.
        classes: of a name, the levels that had a class of their own.
    """

    def __init__(self, references: Sequence[Watched], state: ReturnState) -> None:
        self._references, self._label, self._classes = references, state.label, state.classes
        self._bet = state.bet
        self._total, self._best, self.began = state.total, state.best, state.began
        lane = RANKS if state.label is RANK else state.label
        # What is ranked; all else is an indicator. (A level may be the empty text.)
        lanes = [name for _, name in columns_in({"": references[0]})]
        self._column = lanes.index(lane) if lane in lanes else None
        tables = [columns_in({"": each})["", str(lane)] for each in references] if lane in lanes else []
        self._ranks = NumericRanks([[table] for table in tables]) if tables else None

    def until(self, pays: Sequence[float], threshold: float) -> tuple[int, bool]:
        """Return how many rows there are up to the first at which the quantity is back, and whether it is."""
        total = self._total
        for row, bet in enumerate(pays):
            if bet == bet:  # what is missing tells nothing
                total = (total + 1.0) * bet
                if total >= threshold:
                    return row + 1, True
        return len(pays), False

    def keep(self, pays: Sequence[float], firsts: Sequence[Landmark]) -> None:
        """Take in rows, by what they pay."""
        for bet, row in zip(pays, firsts, strict=False):
            if bet == bet:
                self._total = (self._total + 1.0) * bet
                self._best = max(self._best, 1.0) * bet
                if self._best <= 1.0:
                    self.began = None
                elif self.began is None:
                    self.began = row

    def state(self) -> ReturnState:
        """Return the stored form."""
        return ReturnState(
            label=self._label,
            bet=self._bet,
            classes=self._classes,
            total=self._total,
            best=self._best,
            began=self.began,
        )

    def pays(self, part: Part) -> list[float]:
        """Return what each row pays on the way back, NaN where it tells nothing."""
        low, high = self._numbers(part) if self._column is not None else self._indicator(part)
        told = high - low < 1.0
        found = np.full(len(part), np.nan)
        found[told] = 1.0 / bets().average(low[told], high[told])[:, half_of(self._bet)]
        return found.tolist()

    def _numbers(self, part: Part) -> tuple[Floats, Floats]:
        assert self._ranks is not None and self._column is not None
        low, high = self._ranks.fixed(part.numbers[:, [self._column]], part.seasons)
        return low[:, 0], high[:, 0]

    def _indicator(self, part: Part) -> tuple[Floats, Floats]:
        low, high = np.zeros(len(part)), np.ones(len(part))
        for season in np.unique(part.seasons).tolist():
            rows = np.nonzero(part.seasons == season)[0]
            hits, count, n = self._hits(part, rows, self._references[season])
            # The value counts, as it does in its rank.
            low[rows] = np.where(hits, 1.0 - (count + 1) / (n + 1), 0.0)
            high[rows] = np.where(hits, 1.0, 1.0 - count / (n + 1))
        return low, high

    def _hits(self, part: Part, rows: NDArray[np.int64], reference: Watched) -> tuple[NDArray[np.bool_], int, int]:
        """Return which rows are of the class, how many of the reference are, and how many it has."""
        if not isinstance(reference, CategoryReference):
            assert self._label == MISSING and not isinstance(reference, BlockReference)
            return np.isnan(part.numbers[rows, 0]), reference.missing, reference.n + reference.missing
        known, own = reference.levels, set(self._classes)
        assert part.names is not None
        levels = [level_of(part.names[row]) for row in rows.tolist()]
        levels = [fold(level) for level in levels] if reference.folded else levels
        if self._label == NEW:
            # Of levels not seen so far there will be about as many as were seen once (Good 1953).
            return np.array([level not in known for level in levels]), sum(n == 1 for n in known.values()), reference.n
        if self._label == RARE:
            count = sum(n for level, n in known.items() if level not in own)
            return np.array([level not in own for level in levels]), count, reference.n
        return np.array([level == self._label for level in levels]), known.get(str(self._label), 0), reference.n


def half_of(bet: int) -> int:
    """Return the place of the bet that is about half of another, the same way; of the smallest, its own.

    Example:
        >>> [PLACES[half_of(place)] for place in (8, 6, 4, 0)], SPREADS[half_of(len(PLACES) + 4) - len(PLACES)]
        ([1.0, 0.5, 0.25, 0.125], 1.3)
    """
    sizes = [*PLACES, *(math.log(spread) for spread in SPREADS)]
    kind = range(len(PLACES)) if bet < len(PLACES) else range(len(PLACES), len(sizes))
    alike = [each for each in kind if sizes[each] * sizes[bet] > 0]
    halves = [each for each in alike if abs(sizes[each]) <= ABOUT_HALF * abs(sizes[bet])]
    return max(halves, key=lambda each: abs(sizes[each])) if halves else min(alike, key=lambda each: abs(sizes[each]))
