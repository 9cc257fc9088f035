"""From rows to evidence, in one of two ways that agree to the bit: NumPy, or the kernel where its compiler is there."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.monitors.detectors.bets import Bets
from holdtrue.monitors.detectors.evidence import Evidence, Run, moments_of
from holdtrue.monitors.detectors.kernel import advance as kernel
from holdtrue.monitors.detectors.layout import Layout
from holdtrue.monitors.detectors.ranks import NumericRanks

Floats = NDArray[np.float64]

RUN = 32
"""Rows that NumPy works out at once: more make comparisons within the run dear, fewer let each call's cost weigh."""


class Rows(Struct, frozen=True):
    """n rows of the c numbers, and what indicators make of them, of the k streams.

    Attributes:
        numbers: shape (n, c), NaN for missing. seasons: places of the rows' seasons, shape (n,).
        low, high: the ends of ranks, values: what is summed up, active: whether a stream is judged; shapes (n, k). Of
            ranks only those of indicators are given, the others' are worked out.
        ticks: what begins with each row, shape (n,); see `Evidence`.
    """

    numbers: Floats
    seasons: NDArray[np.int64]
    low: Floats
    high: Floats
    values: Floats
    active: NDArray[np.bool_]
    ticks: Floats


class Stepper(Struct, frozen=True):
    """What judges rows: it changes the ranks and the evidence it holds.

    Attributes:
        factors: what tolerances of single quantities take off, of the k streams and bets, shape (k, COUNT).
        closed: quantities that count in the group's mean with no evidence. threshold: the mean that is an alarm.
    """

    ranks: NumericRanks
    evidence: Evidence
    layout: Layout
    bets: Bets
    factors: Floats
    closed: int
    threshold: float

    def advance(self, rows: Rows, most: int) -> tuple[int, bool]:
        """Judge up to `most` rows one after the other, up to and with the first that is an alarm.

        Returns:
            How many rows were judged, and whether the last of them is an alarm.
        """
        compiled = compiled_kernel()
        return self._by_arrays(rows, most) if compiled is None else self._by_kernel(compiled, rows, most)

    def _by_kernel(self, compiled: Any, rows: Rows, most: int) -> tuple[int, bool]:
        ranks, evidence, layout = self.ranks, self.evidence, self.layout
        done, alarming = compiled(
            rows.numbers,
            rows.seasons,
            rows.low,
            rows.high,
            rows.values,
            rows.active,
            rows.ticks,
            layout.ranks,
            ranks.cuts.values,
            ranks.cuts.starts,
            ranks.cuts.tied,
            ranks.cuts.first,
            ranks.counts,
            ranks.live,
            ranks.tree,
            ranks.totals,
            self.bets.area,
            self.bets.step,
            self.bets.stakes,
            self.bets.shares,
            self.factors,
            evidence.total,
            evidence.best,
            evidence.start,
            evidence.sums,
            evidence.since,
            evidence.extremes,
            evidence.row,
            layout.starts,
            self.closed,
            self.threshold,
            most,
        )
        evidence.row += done
        return done, alarming

    def _by_arrays(self, rows: Rows, most: int) -> tuple[int, bool]:
        bins, ties = self.ranks.locate(rows.numbers[:most], rows.seasons[:most])
        done = 0
        while done < most:
            span = slice(done, min(done + RUN, most))
            run = self._run(rows, bins[span], ties[span], span)
            _, mean = group_evidence(self.layout, run.total, run.begun, self.closed)
            enough = mean >= self.threshold
            kept = int(enough.argmax()) + 1 if enough.any() else mean.size
            self.evidence.keep(run, kept)
            self.ranks.add(bins[span][:kept], rows.seasons[span][:kept])
            done += kept
            if enough[kept - 1] and self._counts():
                return done, True
        return done, False

    def _counts(self) -> bool:
        """Return whether what counts of the evidence is an alarm: not all of what extreme rows have paid does."""
        total, begun = self.evidence.counted(self.bets), self.evidence.begun
        _, mean = group_evidence(self.layout, total[None], begun[None], self.closed)
        return bool(mean[0] >= self.threshold)

    def _run(self, rows: Rows, bins: NDArray[np.int64], ties: NDArray[np.bool_], span: slice) -> Run:
        low, high, values, places = rows.low[span], rows.high[span], rows.values[span], self.layout.ranks
        low[:, places], high[:, places] = self.ranks.intervals(bins, ties, rows.seasons[span])
        # A rank anywhere in [0, 1] tells nothing: the value is missing, or all values there are are alike. Not judged
        # rather than judged to pay 1, for evidence that grows by 1 a row would in time be an alarm about nothing.
        observed = rows.active[span] & (high - low < 1.0)
        e, moments = self.bets.average(low, high) * self.factors, moments_of(values, (low + high) / 2, observed)
        return self.evidence.run(e, self.bets.stakes, moments, observed, rows.ticks[span])


def group_evidence(layout: Layout, total: Floats, begun: NDArray[np.bool_], closed: int) -> tuple[Floats, Floats]:
    """Return the evidence of each quantity, shape (n, c), and of the group, shape (n,).

    Means are over what has been judged at all: streams of a quantity, quantities of the group (those closed by an
    alarm among them, with no evidence). Their number can only grow, so a mean grows by no more than a row's tick
    on average, but for the one row that begins a stream: a bounded addition, small beside any A in use. Sums go from
    left to right, as the kernel's do.

    Args:
        total: of streams and bets, shape (n, k, COUNT). begun: which streams have been judged, shape (n, k).
        closed: how many quantities were closed.
    """
    n = total.shape[0]
    if not layout.quantities:
        return np.zeros((n, 0)), np.zeros(n)
    streams = np.cumsum(total, axis=2)[:, :, -1]
    columns, sizes = np.zeros((n, len(layout.quantities))), np.zeros((n, len(layout.quantities)), dtype=np.int64)
    for offset in range(int(layout.sizes.max())):
        longer = layout.sizes > offset
        places = layout.starts[longer] + offset
        columns[:, longer] += streams[:, places]
        sizes[:, longer] += begun[:, places]
    columns /= np.maximum(sizes, 1)
    quantities = (sizes > 0).sum(axis=1) + closed
    return columns, np.cumsum(columns, axis=1)[:, -1] / np.maximum(quantities, 1)


@cache
def compiled_kernel() -> Any:
    """Return the kernel as machine code, or None where Numba is not installed (`pip install 'holdtrue[fast]'`).

    What was compiled is kept beside the package, or in the user's cache folder, for the next process.
    """
    try:
        import numba
    except ImportError:  # also what a Numba raises that does not fit the installed NumPy
        return None
    options: dict[str, Any] = {"nogil": True, "error_model": "numpy", "boundscheck": False}
    try:
        return numba.njit(kernel, cache=True, **options)
    except RuntimeError:  # there is no folder to keep it in
        return numba.njit(kernel, **options)
