"""Conformal ranks of numbers: where a new value lies among the baseline's values and all live ones so far.

For a value in bin j the rank is spread evenly over `[L, L + C] / (N + 1)`, L values lying in bins below and C in its
own; then it joins. The one extra place that makes `N + 1` lies in the bin above the largest cut. As the cuts are order
statistics of ranks chosen beforehand, the true shares of the bins are Dirichlet(counts) whatever the distribution, and
a value that follows the same distribution falls into bin j with probability exactly `C / (N + 1)` given the past: ranks
are valid forward in time however small the baseline. A cut that occurs twice or more in the baseline (3 bedrooms) is a
bin of its own, and what lies between it and the cut before is another: both are ties, whose ranks spread over
`[L, L + C + 1] / (N + 1)`, the value itself counted, which is exact for the bag of values at each moment and forward up
to O(1/N). (Vovk, "Testing randomness online", 2021; smoothed conformal p-values, eq. 4.)
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.profiles import NumericReference

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ABSENT = np.int64(1 << 40)
"""The bin of a missing value: above and equal to none."""


class Cuts(Struct, frozen=True):
    """The cuts of c quantities, one after the other, each with one more entry for what lies above its last cut.

    Attributes:
        values: the cuts; of the last entry infinity. starts: where each quantity's begin, shape (c + 1,).
        tied: whether the cut's value is a tie. first: the bin that ends below it; that of a tie is the next one.
    """

    values: Floats
    starts: Ints
    tied: NDArray[np.bool_]
    first: Ints

    @staticmethod
    def of(references: Sequence[NumericReference]) -> Cuts:
        """Put the cuts of references side by side."""
        values = [np.append(reference.cut_values(), np.inf) for reference in references]
        tied = [np.append(reference.equal_to_cuts() > 1, False) for reference in references]
        nothing = np.zeros(0)
        return Cuts(
            np.concatenate([*values, nothing]),
            np.cumsum([0, *(each.size for each in values)], dtype=np.int64),
            np.concatenate([*tied, nothing.astype(np.bool_)]),
            np.concatenate([*map(_first_bins, tied), nothing.astype(np.int64)]),
        )

    def spans(self) -> list[slice]:
        """Return where each quantity's entries stand."""
        return [slice(int(a), int(b)) for a, b in zip(self.starts[:-1], self.starts[1:], strict=True)]


class NumericRanks:
    """Ranks of c quantities at once, in each of s seasons apart: counts per bin in Fenwick trees (Fenwick 1994).

    Each season of each quantity has a table, that of quantity j in season i the (i c + j)-th.

    Args:
        references: of the s seasons, of c quantities each.
        live: counts of live values so far, shape (s c, bins), or None at the beginning of an epoch.

    Attributes:
        live, counts: live values, and all there are, by bin, shape (s c, bins). tree: Fenwick trees of `counts`.
        totals: how many values there are in each table, shape (s c,).
    """

    def __init__(self, references: Sequence[Sequence[NumericReference]], live: Ints | None = None) -> None:
        self.references = [list(season) for season in references]
        self.width = len(self.references[0])
        tables = [reference for season in self.references for reference in season]
        self.cuts = Cuts.of(tables)
        shape = (len(tables), bins_of(tables))
        self.live: Ints = np.zeros(shape, dtype=np.int64) if live is None else live
        self.counts = self.live.copy()
        for row, (reference, span) in enumerate(zip(tables, self.cuts.spans(), strict=True)):
            tied, first = self.cuts.tied[span], self.cuts.first[span]
            below, equal = reference.below_cuts(), reference.equal_to_cuts()
            self.counts[row, first[:-1]] += below
            self.counts[row, first[:-1] + tied[:-1]] += equal
            self.counts[row, first[-1]] += 1
        self.totals: Ints = self.counts.sum(axis=1)
        self.tree = _tree_of(self.counts)

    def locate(self, values: Floats, seasons: Ints) -> tuple[Ints, NDArray[np.bool_]]:
        """Return the bin of each value and whether it is a tie there; both of the shape of values, (n, c)."""
        bins = np.empty(values.shape, dtype=np.int64)
        ties = np.empty(values.shape, dtype=np.bool_)
        spans = self.cuts.spans()
        for season in np.unique(seasons).tolist():
            rows = slice(None) if len(self.references) == 1 else np.nonzero(seasons == season)[0]
            for c in range(self.width):
                span = spans[season * self.width + c]
                cuts, tied, first = self.cuts.values[span], self.cuts.tied[span], self.cuts.first[span]
                column = np.ascontiguousarray(values[rows, c])
                found = np.searchsorted(cuts[:-1], column, side="left")
                # What stands above the last cut is no tie, so infinity equal to its bound is none either.
                ties[rows, c] = tied[found]
                bins[rows, c] = first[found] + (tied[found] & (cuts[found] == column))
        bins[np.isnan(values)] = ABSENT
        return bins, ties

    def intervals(self, bins: Ints, ties: NDArray[np.bool_], seasons: Ints) -> tuple[Floats, Floats]:
        """Return lower and upper ends of the ranks of rows that come one after the other; shapes (n, c).

        Rows join the reference as they come, each after it has been judged; nothing is kept (see `add`). Ends of
        missing values are 0 and 1.
        """
        n = bins.shape[0]
        present = bins < ABSENT
        found, tables = np.where(present, bins, 0), self._tables(seasons)
        less = self._below(tables, found)
        same = self.counts[tables, found]
        totals = self.totals[tables]
        if n > 1:
            earlier = np.tri(n, k=-1, dtype=np.bool_) & (seasons[:, None] == seasons)
            mine, others = bins.T[:, :, None], bins.T[:, None, :]
            less = less + ((others < mine) & earlier).sum(axis=2).T
            same = same + ((others == mine) & earlier).sum(axis=2).T
            totals = totals + earlier.astype(np.int64) @ present
        whole = totals.astype(np.float64)
        low = less / whole
        high = (less + same + ties) / whole
        return np.where(present, low, 0.0), np.where(present, np.minimum(high, 1.0), 1.0)

    def add(self, bins: Ints, seasons: Ints) -> None:
        """Let rows join the reference; bins of shape (n, c)."""
        rows, columns = np.nonzero(bins < ABSENT)
        if rows.size == 0:
            return
        found, tables = bins[rows, columns], self._tables(seasons)[rows, columns]
        np.add.at(self.live, (tables, found), 1)
        np.add.at(self.counts, (tables, found), 1)
        np.add.at(self.totals, tables, 1)
        place = found + 1
        while place.size:
            np.add.at(self.tree, (tables, place), 1)
            place = place + (place & -place)
            inside = place < self.tree.shape[1]
            place, tables = place[inside], tables[inside]

    def without(self, columns: Collection[int]) -> NumericRanks:
        """Return the ranks of the other quantities."""
        rest = [c for c in range(self.width) if c not in columns]
        references = [[season[c] for c in rest] for season in self.references]
        kept = self.live.reshape(len(references), self.width, -1)[:, rest].reshape(-1, self.live.shape[1])
        return NumericRanks(
            references, np.ascontiguousarray(kept[:, : bins_of([each for season in references for each in season])])
        )

    def arranged(
        self,
        before: Sequence[Hashable],
        after: Sequence[Hashable],
        tables: Sequence[Mapping[Any, NumericReference]],
        fresh: int | None = None,
    ) -> NumericRanks:
        """Return ranks of other quantities, with the live values of those that there were before.

        Args:
            before, after: the names of the c quantities there are, and that there shall be. tables: of each season,
                name to reference. fresh: a season whose live values are not taken over.
        """
        references = [[season[name] for name in after] for season in tables]
        live = np.zeros(
            (len(tables) * len(after), bins_of([each for season in references for each in season])), np.int64
        )
        width = min(live.shape[1], self.live.shape[1])
        for season in range(len(tables)):
            for place, name in enumerate(after):
                if name in before and season != fresh:
                    known = self.live[season * self.width + before.index(name), :width]
                    live[season * len(after) + place, :width] = known
        return NumericRanks(references, live)

    def bag(self, season: int, column: int, missing: int) -> NumericReference:
        """Return all values of one table as a reference.

        Those above the largest cut are counted below a cut at infinity; means are the old reference's.

        Args:
            missing: live values that were missing.
        """
        reference, table = self.references[season][column], season * self.width + column
        span = self.cuts.spans()[table]
        cuts, tied, first = self.cuts.values[span], self.cuts.tied[span], self.cuts.first[span]
        counts = self.counts[table]
        equal = np.where(tied, counts[np.minimum(first + 1, counts.size - 1)], 1)
        below = np.where(tied, counts[first], counts[first] - 1)
        # Less the place that makes N + 1.
        above = int(below[-1])
        below[-1] = above - 1
        if not above:
            cuts, below, equal = cuts[:-1], below[:-1], equal[:-1]
        return msgspec.structs.replace(
            reference,
            cuts=cuts.astype("<f8").tobytes(),
            below=below.astype("<u4").tobytes(),
            equal=equal.astype("<u4").tobytes(),
            n=int(below.sum() + equal.sum()),
            missing=reference.missing + missing,
        )

    def fixed(self, values: Floats, seasons: Ints) -> tuple[Floats, Floats]:
        """Return lower and upper ends of the ranks of values, none of which joins; shapes (n, c)."""
        bins, ties = self.locate(values, seasons)
        present = bins < ABSENT
        found, tables = np.where(present, bins, 0), self._tables(seasons)
        less, whole = self._below(tables, found), self.totals[tables].astype(np.float64)
        high = (less + self.counts[tables, found] + ties) / whole
        return np.where(present, less / whole, 0.0), np.where(present, np.minimum(high, 1.0), 1.0)

    def _tables(self, seasons: Ints) -> Ints:
        return seasons[:, None] * self.width + np.arange(self.width)

    def _below(self, tables: Ints, bins: Ints) -> Ints:
        total = self.tree[tables, bins]
        place = bins & (bins - 1)
        while place.any():
            total = total + self.tree[tables, place]
            place &= place - 1
        return total


def bins_of(references: Sequence[NumericReference]) -> int:
    """Return how many bins the widest of references has, the one above its largest cut included."""
    return max((r.cut_values().size + int((r.equal_to_cuts() > 1).sum()) for r in references), default=0) + 1


def _first_bins(tied: NDArray[np.bool_]) -> Ints:
    """Return the bin of what lies below each cut; that of a tied cut's own value is the next one."""
    return np.arange(tied.size) + np.cumsum(tied) - tied


def _tree_of(counts: Ints) -> Ints:
    """Return Fenwick trees, shape (c, bins + 1): entry i holds the sum of the `i & -i` bins before bin i."""
    sums = np.concatenate([np.zeros((counts.shape[0], 1), np.int64), np.cumsum(counts, axis=1)], axis=1)
    places = np.arange(sums.shape[1])
    return np.ascontiguousarray(sums - sums[:, places & (places - 1)])
