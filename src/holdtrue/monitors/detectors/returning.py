"""The way back: evidence that an alarmed quantity is the old one again.

An alarm's winning bet is a density q of ranks: what they would be like after a change of so much. Half as much is the
density h. If the quantity is still at least half as far from its baseline as the bet says, `1 / h` has mean 1 or less
(it is 1 under h itself, and falls as ranks move on), so its Shiryaev-Roberts e-detector says "it is back" no more often
than once in A rows. Of a level, or of missing values, h is the share half way. Ranks and shares are the baseline's
alone: none of these rows joins.

Where nine in ten values of a baseline are one and the same (rows that fail no test, a latency within its limits), ranks
say little of what is that value again: there h is the share half way of values beyond it.

What has gone to the other side is not back either: the same is asked of a change the other way, from when the way back
began. Not so of a level with under 10 % of the baseline, or over 90 %, which can go only a little farther.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.monitors.detectors.bets import PLACES, SPREADS, change_and_mirror
from holdtrue.monitors.detectors.gathering import Part
from holdtrue.monitors.detectors.layout import RANK, Watched, columns_in
from holdtrue.monitors.detectors.levels import CategoryLevels, folded_to
from holdtrue.monitors.detectors.ranks import NumericRanks
from holdtrue.monitors.detectors.verdicts import Landmark
from holdtrue.profiles import (
    NEW,
    RANKS,
    RARE,
    BlockReference,
    CategoryReference,
    NumericReference,
    level_of,
)

Floats = NDArray[np.float64]


LEAST_SHARE = 0.1
"""A class with less of the baseline cannot go far the other way."""

LENT = 20
"""Rows like all rows that the share of a season is mixed with."""

MOST_OVER = 0.9
"""The largest part of the rows that half a change can have moved."""

ONE = 0.9
"""So large a part of a baseline's values is one and the same that its ranks say little."""

LEAST_MORE = 0.02
"""Of what is beyond that one value there is so much more since a change, at least."""

Pays = list[tuple[float, float]]


class ReturnState(Struct, frozen=True, kw_only=True):
    """The stored form of `Return`.

    Attributes:
        label: of the winner of its alarm. change: half as large as it said, see `half_change`.
        hits: where that is a level, how many of the rows since the change were of it, and how many there were.
        kept: where its names were in buckets, those that were not. common: the levels with a class of their own then.
        total, best, other, began: evidence so far, and the row that its fortune began at.
    """

    label: str | None
    change: tuple[float, float]
    hits: tuple[int, int]
    kept: tuple[str, ...] | None = None
    common: tuple[str, ...] = ()
    total: float = 0.0
    other: float = 0.0
    best: float = 1.0
    began: Landmark | None = None


class Return:
    """Whether one quantity is back.

    Args:
        references: what it was held against, season by season.
    """

    def __init__(self, references: Sequence[Watched], state: ReturnState) -> None:
        self._label, self._kept = state.label, state.kept
        self._references = [
            folded_to(each, state.kept) if isinstance(each, CategoryReference) else each for each in references
        ]
        names = [each for each in self._references if isinstance(each, CategoryReference)]
        # Where there are more rare ones, a level that has become common since is one of them; where fewer, it is not.
        fewer = state.change[0] < 0 or (not state.change[0] and not state.hits[0])
        self._common = state.common
        self._classes = set(state.common) if fewer or not names else set(CategoryLevels(names).common)
        self._change = state.change
        self._total, self._other, self._best, self.began = state.total, state.other, state.best, state.began
        # Of a baseline of one value, nearly: what is beyond it is a class.
        self._one = one_value(references) if state.label is RANK else None
        lane = "" if self._one is not None else RANKS if state.label is RANK else state.label
        # What is ranked; all else is an indicator. (A level may be the empty text.)
        lanes = [name for _, name in columns_in({"": references[0]})]
        self._column = lanes.index(lane) if lane in lanes and self._one is None else None
        tables = [columns_in({"": each})["", str(lane)] for each in references] if self._column is not None else []
        self._ranks = NumericRanks([[table] for table in tables]) if tables else None
        counts = [(0, 0)] if tables else [self._class(each) for each in self._references]
        self._before = _share((sum(count for count, _ in counts), sum(n for _, n in counts)))
        hits, n = state.hits
        self._hits_then, self._half = state.hits, 0.5 if tables else half_way(self._before, hits, n)

    def until(self, pays: Pays, threshold: float) -> tuple[int, bool]:
        """Return how many rows there are up to the first at which the quantity is back, and whether it is."""
        total, best, other = self._total, self._best, self._other
        for row, (way, opposite) in enumerate(pays):
            if way == way:  # what is missing tells nothing
                total, best, other = _step(total, best, other, way, opposite)
                if total >= threshold and (other >= threshold or not self._both):
                    return row + 1, True
        return len(pays), False

    def keep(self, pays: Pays, firsts: Sequence[Landmark]) -> None:
        """Take in rows, by what they pay."""
        for (way, opposite), row in zip(pays, firsts, strict=False):
            if way == way:
                self._total, self._best, self._other = _step(self._total, self._best, self._other, way, opposite)
                if self._best <= 1.0:
                    self.began = None
                elif self.began is None:
                    self.began = row

    def state(self) -> ReturnState:
        """Return the stored form."""
        return ReturnState(
            label=self._label,
            change=self._change,
            kept=self._kept,
            common=self._common,
            hits=self._hits_then,
            total=self._total,
            other=self._other,
            best=self._best,
            began=self.began,
        )

    def pays(self, part: Part) -> Pays:
        """Return what each row pays against a change the alarm's way, and the other way; NaN where it tells nothing."""
        if self._column is None:
            return self._levels(part)
        assert self._ranks is not None
        low, high = self._ranks.fixed(part.numbers[:, [self._column]], part.seasons)
        told = (high - low < 1.0)[:, 0]
        found = np.full((len(part), 2), np.nan)
        found[told] = 1.0 / change_and_mirror(*self._change).average(low[told, 0], high[told, 0])
        return list(zip(*found.T.tolist(), strict=True))

    @property
    def _side(self) -> int:
        """Where a value lies that is beyond the one of the baseline: 1 above, -1 below, 0 either."""
        return int(np.sign(self._change[0]))

    @property
    def _both(self) -> bool:
        """Whether the quantity could be as far away on the other side."""
        return self._column is not None or LEAST_SHARE <= self._before <= 1 - LEAST_SHARE

    def _levels(self, part: Part) -> Pays:
        """Return what rows pay that are of a class or are not: the old share over the one half way."""
        found = np.empty((len(part), 2))
        way = self._half - self._before
        for season in np.unique(part.seasons).tolist():
            rows = np.nonzero(part.seasons == season)[0]
            hits = self._hits(part, rows, self._references[season])
            count, n = self._class(self._references[season])
            # A season of few rows is taken to be more like all.
            before = (count + LENT * self._before) / (n + LENT)
            for place, half in enumerate((moved(before, way, self._before), moved(before, -way, self._before))):
                found[rows, place] = np.where(hits, before / half, (1 - before) / (1 - half))
        if self._one is not None:
            found[np.isnan(part.numbers[:, 0])] = np.nan
        return list(zip(*found.T.tolist(), strict=True))

    def _class(self, reference: Watched) -> tuple[int, int]:
        """Return how many values of a reference are of the class, and how many it has."""
        if not isinstance(reference, CategoryReference):
            assert not isinstance(reference, BlockReference)
            if self._one is not None:
                return beyond(reference, self._one, self._side), reference.n
            return reference.missing, reference.n + reference.missing
        if self._label == NEW:
            # Of levels not seen so far there will be about as many as were seen once (Good 1953).
            return sum(n == 1 for n in reference.levels.values()), reference.n
        if self._label == RARE:
            return sum(n for level, n in reference.levels.items() if level not in self._classes), reference.n
        return reference.levels.get(str(self._label), 0), reference.n

    def _hits(self, part: Part, rows: NDArray[np.int64], reference: Watched) -> NDArray[np.bool_]:
        """Return which rows are of the class."""
        if self._one is not None:
            values = part.numbers[rows, 0]
            return np.asarray((values > self._one) & (self._side >= 0) | (values < self._one) & (self._side <= 0))
        if not isinstance(reference, CategoryReference) or part.names is None:
            return np.asarray(np.isnan(part.numbers[rows, 0]))
        levels = [level_of(part.names[row]) for row in rows.tolist()]
        levels = [reference.place(level) for level in levels]
        if self._label == NEW:
            return np.array([level not in reference.levels for level in levels])
        if self._label == RARE:
            return np.array([level not in self._classes for level in levels])
        return np.array([level == self._label for level in levels])


def one_value(references: Sequence[Watched]) -> float | None:
    """Return the value that `ONE` of the values of each reference are; None where there is none.

    Example:
        >>> from holdtrue.profiles import numeric_reference
        >>> one_value([numeric_reference(np.array([0.0] * 19 + [1.0]))])
        0.0
        >>> one_value([numeric_reference(np.arange(20.0))])
    """
    found: set[float] = set()
    for reference in references:
        if not isinstance(reference, NumericReference) or not reference.n:
            return None
        equal = reference.equal_to_cuts()
        if equal.max() < ONE * reference.n:
            return None
        found.add(float(reference.cut_values()[equal.argmax()]))
    return found.pop() if len(found) == 1 else None


def beyond(reference: NumericReference, value: float, side: int) -> int:
    """Return how many values of a reference lie above one of its cuts (side 1), below it (-1), or either (0)."""
    cuts, equal = reference.cut_values(), reference.equal_to_cuts()
    place = int(np.searchsorted(cuts, value))
    below = int(reference.below_cuts()[: place + 1].sum() + equal[:place].sum())
    above = reference.n - below - int(equal[place])
    return above * (side >= 0) + below * (side <= 0)


def hits_beyond(references: Sequence[Watched], bet: int, moments: Sequence[float]) -> tuple[int, int]:
    """Return how many of the rows since a change lie beyond the one value of the baseline, and how many there were.

    Their mean rank tells. With a share a of the baseline below that value, b up to it, and s of the rows above it,
    it is `a^2 / 2 + (1 - a - s)(a + b) / 2 + s (1 + b) / 2`, as long as a share a of the rows lies below. More of both,
    as where the spread has grown, is taken for less than it is: then a quantity is the later said to be back.
    """
    n = int(moments[0])
    reference, value = references[0], one_value(references)
    assert value is not None and isinstance(reference, NumericReference)
    if bet >= len(PLACES) and SPREADS[bet - len(PLACES)] < 1:
        return 0, n
    below, above = (beyond(reference, value, side) / reference.n for side in (-1, 1))
    rank = moments[3] / n if n else 0.5
    up = PLACES[bet] > 0 if bet < len(PLACES) else (below, 0.5) <= (above, rank)
    if not up:
        below, above, rank = above, below, 1 - rank
    share = (2 * rank - below**2 - (1 - below) * (1 - above + below)) / (1 - below)
    return math.ceil(n * min(max(share, above + LEAST_MORE), 1.0)), n


def half_change(bet: int, moments: Sequence[float]) -> tuple[float, float]:
    """Return the shift and the spread, in normal scores, of a change half as large as an alarm's winning bet says.

    Never less than the smallest bet's, or no return would ever be found. A change may be larger than the largest shift
    that is bet on; then the mean rank since it tells how large it is at least (less 1.64 standard errors).

    Args:
        bet: its place. moments: of the rows since the change, see `evidence.MOMENTS`.

    Example:
        >>> half_change(4, (50.0, 0.0, 0.0, 32.0)), half_change(6, (30.0, 0.0, 0.0, 29.5))
        ((0.25, 1.0), (0.875, 1.0))
    """
    if bet >= len(PLACES):
        spread = SPREADS[bet - len(PLACES)]
        same = [each for each in SPREADS if (each > 1) == (spread > 1)]
        least = min(abs(math.log(each)) for each in same)
        return 0.0, math.exp(math.copysign(max(abs(math.log(spread)) / 2, least), math.log(spread)))
    shift, largest = PLACES[bet], max(PLACES)
    half = max(abs(shift) / 2, min(abs(each) for each in PLACES))
    if abs(shift) == largest and moments[0]:
        rank = abs(moments[3] / moments[0] - 0.5) - 1.64 / (12 * moments[0]) ** 0.5
        least = 2**0.5 * _NORMAL.inv_cdf(min(max(rank, 0.0) + 0.5, 0.999)) / 2
        half = min(max(half, round(16 * least) / 16), largest)
    return math.copysign(half, shift), 1.0


def half_way(before: float, hits: int, n: int) -> float:
    """Return the share half way from `before` to what it is now, of which `hits` of `n` rows tell.

    The rows that raised an alarm look more changed than what comes, so what they say is taken less 1.64 standard
    errors; but half way is at least a sixth of the way they say.

    Example:
        >>> round(half_way(0.1, 50, 100), 3), round(half_way(0.0005, 5, 5), 3)
        (0.259, 0.32)
    """
    now = (hits + 1) / (n + 2)
    error = 1.64 * (now * (1 - now) / (n + 2)) ** 0.5
    way = max(abs(now - before) - error, abs(now - before) / 3)
    return before + math.copysign(way, now - before) / 2


def moved(share: float, way: float, of: float) -> float:
    """Return a season's share after a change as large as that from a share `of` all rows by `way`, or as it can be.

    What is not of the class goes over to it, or what is leaves it, in the same part.

    Example:
        >>> round(moved(0.1, 0.2, 0.2), 3), round(moved(0.1, -0.1, 0.2), 3)
        (0.325, 0.05)
    """
    if way > 0:
        return share + (1 - share) * min(way / (1 - of), MOST_OVER)
    return share * (1 - min(-way / of, MOST_OVER))


def _step(total: float, best: float, other: float, way: float, opposite: float) -> tuple[float, float, float]:
    """Take in a row: evidence, its best fortune, and the evidence against the other side since that began."""
    total, best, other = (total + 1.0) * way, max(best, 1.0) * way, (other + 1.0) * opposite
    return total, best, other if best > 1.0 else 0.0


_NORMAL = NormalDist()


def _share(count_of: tuple[int, int]) -> float:
    return (count_of[0] + 0.5) / (count_of[1] + 1)
