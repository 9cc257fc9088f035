"""From rows to blocks: what is judged of rows that depend on each other is one figure a block."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.monitors.detectors.packing import Packed, pack, unpack
from holdtrue.monitors.detectors.verdicts import Landmark
from holdtrue.profiles import Block, BlockReference, block_figures, expected, lane_values

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class BlockState(Struct, frozen=True, kw_only=True):
    """The stored form of `Blocks`: the block under way, and the rows seen."""

    rows: int
    place: int | None
    first: Landmark | None
    last: Landmark | None
    sums: Packed
    ticks: float
    season: int = 0


class Ended(Struct, frozen=True):
    """Blocks that have ended, b of them.

    Attributes:
        figures: of each lane, shape (b, lanes), NaN where a block had no value of it: how far the mean rank of its
            rows, or the share of a level, is from what its seasons make one expect. means: of the values themselves.
        ticks: what begins with each, shape (b,): the sum of its rows'. firsts, lasts: first and last row of each.
        seasons: of its first row, shape (b,).
    """

    figures: Floats
    means: Floats
    ticks: Floats
    firsts: list[Landmark]
    lasts: list[Landmark]
    seasons: Ints


class Blocks:
    """Gathers one group's rows into blocks.

    A block ends with the first row of a later one. A row that comes late, of a block that has ended, is taken into the
    one under way.
    """

    def __init__(self, block: Block, references: Mapping[str, BlockReference], state: BlockState | None = None) -> None:
        self._block, self._references = block, references
        self._lanes = {quantity: tuple(reference.lanes) for quantity, reference in references.items()}
        self.lanes = [(quantity, lane) for quantity, lanes in self._lanes.items() for lane in lanes]
        width = len(self.lanes)
        self.rows = state.rows if state else 0
        self._place = state.place if state else None
        self._first, self._last = (state.first, state.last) if state else (None, None)
        self._season = state.season if state else 0
        # Of each lane: how far the rows were from what was expected, how many, and their values.
        self._sums: Floats = unpack(state.sums) if state else np.zeros((3, width))
        self._ticks = state.ticks if state else 0.0

    def take(
        self,
        columns: Mapping[str, Floats | Sequence[object]],
        seasons: Ints,
        times: Ints,
        ticks: Floats,
        landmarks: list[Landmark],
    ) -> Ended:
        """Take in rows in the order they come; return the blocks they have ended.

        Args:
            columns: of the n rows, each quantity's. seasons, times, ticks: shape (n,). landmarks: of the n rows.
        """
        n = len(landmarks)
        added = np.stack(self._added(columns, seasons), axis=1)
        places = self._block.places(times, self.rows)
        places = np.maximum.accumulate(np.append(places[:1] if self._place is None else self._place, places))
        figures, means, spent, firsts, lasts, of = [], [], [], [], [], []
        ends = [*(np.nonzero(np.diff(places) > 0)[0].tolist() if n else []), n]
        begin = 0
        for end in ends:
            if end > begin:
                # Sums go row by row, so that batches of any sizes give the same bits.
                self._sums = np.cumsum(np.concatenate([self._sums[None], added[begin:end]]), axis=0)[-1]
                self._ticks = float(np.cumsum(np.append(self._ticks, ticks[begin:end]))[-1])
                if self._first is None:
                    self._first, self._season = landmarks[begin], int(seasons[begin])
                self._last = landmarks[end - 1]
            if end < n and self._first is not None and self._last is not None:
                distances, counts, values = self._sums
                figures.append(block_figures(distances, counts))
                means.append(block_figures(values, counts))
                spent.append(self._ticks)
                firsts.append(self._first)
                lasts.append(self._last)
                of.append(self._season)
                self._sums, self._ticks, self._first = np.zeros_like(self._sums), 0.0, None
            begin = end
        self.rows += n
        self._place = int(places[-1]) if n else self._place
        width = self._sums.shape[1]
        return Ended(
            np.array(figures).reshape(-1, width),
            np.array(means).reshape(-1, width),
            np.array(spent, dtype=np.float64),
            firsts,
            lasts,
            np.array(of, dtype=np.int64),
        )

    def _added(self, columns: Mapping[str, Floats | Sequence[object]], seasons: Ints) -> list[Floats]:
        """Return what rows add to the sums, each of shape (n, lanes): distances, presence, values."""
        distances, present, values = [], [], []
        for quantity, reference in self._references.items():
            column, lanes = columns[quantity], self._lanes[quantity]
            found = np.empty((seasons.size, len(lanes)))
            for season in np.unique(seasons).tolist():
                rows = np.nonzero(seasons == season)[0]
                own = reference.seasons[season]
                part = column[rows] if isinstance(column, np.ndarray) else [column[row] for row in rows.tolist()]
                found[rows] = lane_values(own, lanes, part) - expected(own, lanes)
            raw = lane_values(reference.whole, lanes, column)
            if isinstance(column, np.ndarray):
                raw[:, 0] = column
            there = ~np.isnan(found)
            distances.append(np.where(there, found, 0.0))
            present.append(there.astype(np.float64))
            values.append(np.where(there, raw, 0.0))
        return [np.concatenate(each, axis=1) for each in (distances, present, values)]

    def state(self) -> BlockState:
        """Return the stored form."""
        return BlockState(
            rows=self.rows,
            place=self._place,
            first=self._first,
            last=self._last,
            sums=pack(self._sums),
            ticks=self._ticks,
            season=self._season,
        )
