"""Evidence that gathers: Shiryaev-Roberts e-detectors for many streams and bets at once.

Per stream and bet, `M <- (M + s t) e` from 0 (Shin, Ramdas, Rinaldo, "E-detectors", 2022, eq. 8): the sum over all
start times of what a gambler who began then, with the bet's stake s of the tick t, would hold. Stakes add up to 1.
While nothing has changed each bet has mean 1 given the past, so a stream's M, summed over its bets, less the sum of the
ticks is a martingale, and the mean sum of ticks until M reaches A is at least A. A tick is known before the row: 1
where the budget is one of rows, less where time is short of it (`monitors.spending`).

Beside it goes the CUSUM form `W <- max(W, 1) e`, the best start time's fortune (Page 1954); the row after it was last
1 or less is the maximum-likelihood estimate of when the change began, if that bet is the right one. And the last few
extreme rows are kept, for not all of them count (`bets`).
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.monitors.detectors.bets import CLIP, COUNT, EXTREMES, NEAR, PLACES, Bets
from holdtrue.monitors.detectors.packing import Packed, pack, unpack
from holdtrue.profiles import FARTHEST

Floats = NDArray[np.float64]

MOMENTS = 4
"""What is summed since each start: values present, the values, their squares, and the middles of their ranks."""


class EvidenceState(Struct, frozen=True, kw_only=True):
    """The stored form of `Evidence`."""

    row: int
    total: Packed
    best: Packed
    start: Packed
    sums: Packed
    since: Packed
    extremes: Packed


class Run(Struct, frozen=True):
    """Evidence after each of a run of rows, before it is kept: shapes (n, k, COUNT), sums (n + 1, MOMENTS, k).

    Attributes:
        extreme: which rows are, on the low side and on the high one, shape (2, n, k).
    """

    total: Floats
    best: Floats
    sums: Floats
    extreme: NDArray[np.bool_]

    @property
    def begun(self) -> NDArray[np.bool_]:
        """Which streams have been judged at all after each row, shape (n, k)."""
        return np.asarray(self.sums[1:, 0] > 0)


class Evidence:
    """Evidence of k streams.

    Attributes:
        row: rows seen. total: M, best: W, start: row (from 0) at which W's fortune began; shapes (k, COUNT).
        sums: running moments, shape (MOMENTS, k); since: the same as they were at `start`, (MOMENTS, k, COUNT).
        extremes: the last extreme rows, the newest first, on the low side and the high one, shape (2, k, EXTREMES);
            -1: there was none.
    """

    def __init__(self, streams: int) -> None:
        self.row = 0
        self.total: Floats = np.zeros((streams, COUNT))
        self.best: Floats = np.ones((streams, COUNT))
        self.start: NDArray[np.int64] = np.zeros((streams, COUNT), dtype=np.int64)
        self.sums: Floats = np.zeros((MOMENTS, streams))
        self.since: Floats = np.zeros((MOMENTS, streams, COUNT))
        self.extremes: NDArray[np.int64] = np.full((2, streams, EXTREMES), -1, dtype=np.int64)

    def run(self, e: Floats, stakes: Floats, moments: Floats, observed: NDArray[np.bool_], ticks: Floats) -> Run:
        """Work out the evidence after each of n rows.

        Args:
            e: bets, shape (n, k, COUNT). stakes: of the bets, shape (COUNT,).
            moments: what each row adds to the sums, shape (n, MOMENTS, k).
            observed: shape (n, k); a stream that is not judged in a row stays as it is. ticks: shape (n,).
        """
        n = e.shape[0]
        total, best = np.empty_like(e), np.empty_like(e)
        m, w = self.total, self.best
        begins = (observed * ticks[:, None])[:, :, None] * stakes
        e = np.where(observed[:, :, None], e, 1.0)
        for i in range(n):
            row, top, bet = total[i], best[i], e[i]
            np.add(m, begins[i], out=row)
            np.multiply(row, bet, out=row)
            np.maximum(w, 1.0, out=top)
            np.multiply(top, bet, out=top)
            m, w = row, top
        sums = np.cumsum(np.concatenate([self.sums[None], moments]), axis=0)
        middles = moments[:, -1]
        return Run(total, best, sums, np.stack([observed & (middles <= CLIP), observed & (middles >= 1.0 - CLIP)]))

    def keep(self, run: Run, rows: int) -> None:
        """Keep the first `rows` (at least 1) rows of a run."""
        self.total = run.total[rows - 1].copy()
        self.best = run.best[rows - 1].copy()
        self.sums = run.sums[rows].copy()
        under = run.best[:rows] <= 1.0
        last = np.where(under, np.arange(1, rows + 1)[:, None, None], 0).max(axis=0)
        stream, bet = np.nonzero(last)
        after = last[stream, bet]
        self.start[stream, bet] = self.row + after
        self.since[:, stream, bet] = run.sums[after, :, stream].T
        for side, row, place in np.argwhere(run.extreme[:, :rows]).tolist():
            last = self.extremes[side, place]
            last[1:] = last[:-1].copy()
            last[0] = self.row + row
        self.row += rows

    def counted(self, bets: Bets) -> Floats:
        """Return what of M counts, shape (k, COUNT): less where extreme rows have paid for it (see `bets`)."""
        begin = np.maximum(self.start, self.row - NEAR)
        low, high = (self.extremes[:, :, None, :] >= begin[:, :, None]).sum(axis=3)
        count = np.abs(high - low)
        count[:, : len(PLACES)] = np.where(np.array(PLACES) > 0, high[:, : len(PLACES)], low[:, : len(PLACES)])
        return np.asarray(self.total * bets.shares[count, np.arange(COUNT)])

    @property
    def begun(self) -> NDArray[np.bool_]:
        """Which streams have been judged at all, shape (k,)."""
        return np.asarray(self.sums[0] > 0)

    def insert(self, place: int) -> None:
        """Put a new stream, with no evidence, before the stream at `place`."""
        self.total = np.insert(self.total, place, 0.0, axis=0)
        self.best = np.insert(self.best, place, 1.0, axis=0)
        self.start = np.insert(self.start, place, self.row, axis=0)
        self.sums = np.insert(self.sums, place, 0.0, axis=1)
        self.since = np.insert(self.since, place, 0.0, axis=1)
        self.extremes = np.insert(self.extremes, place, -1, axis=1)

    def remove(self, places: slice) -> None:
        """Take streams away."""
        self.total = np.delete(self.total, places, axis=0)
        self.best = np.delete(self.best, places, axis=0)
        self.start = np.delete(self.start, places, axis=0)
        self.sums = np.delete(self.sums, places, axis=1)
        self.since = np.delete(self.since, places, axis=1)
        self.extremes = np.delete(self.extremes, places, axis=1)

    def state(self) -> EvidenceState:
        """Return the stored form."""
        return EvidenceState(
            row=self.row,
            total=pack(self.total),
            best=pack(self.best),
            start=pack(self.start),
            sums=pack(self.sums),
            since=pack(self.since),
            extremes=pack(self.extremes),
        )

    @staticmethod
    def of(state: EvidenceState) -> Evidence:
        """Go on from a stored form."""
        evidence = Evidence(0)
        evidence.row = state.row
        evidence.start = unpack(state.start).astype(np.int64)
        evidence.extremes = unpack(state.extremes).astype(np.int64)
        for name in ("total", "best", "sums", "since"):
            setattr(evidence, name, unpack(getattr(state, name)))
        return evidence


def moments_of(values: Floats, middles: Floats, observed: NDArray[np.bool_]) -> Floats:
    """Return what rows add to the sums, shape (n, MOMENTS, k), from values and middles of ranks, (n, k) each."""
    ones = observed.astype(np.float64)
    safe = np.where(observed, np.clip(values, -FARTHEST, FARTHEST), 0.0)
    return np.stack([ones, safe, safe * safe, ones * middles], axis=1)
