"""Performance without labels, live: estimated over windows of answered rows, the truth beside it as labels come.

A window is so many rows that the model itself answered, counted from the beginning of the epoch in the log's order.
Once there are `MOST` windows, each two become one, of twice the rows: so they always reach over the whole epoch,
however long, and the same log gives the same windows, whatever was stopped when.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

from holdtrue.monitors import Figures, PerformanceEstimator, Sums

ROWS = 250
"""Rows of a window at first."""
MOST = 120

Matrix = NDArray[np.float64]


class EstimatedWindow(Struct, kw_only=True):
    """One window: what its rows make one expect, and what those of them say whose label has come.

    Attributes:
        first_time, last_time: data time (microseconds UTC) of its first and its last row.
    """

    first_time: int
    last_time: int
    expected: Sums = field(default_factory=Sums)
    labelled: Sums = field(default_factory=Sums)


class LiveEstimates(Struct, kw_only=True):
    """What is kept of an epoch: windows of `size` rows each, oldest first, the last perhaps under way.

    Attributes:
        rows: counted so far. taken: of them, those that are in a window.
    """

    rows: int = 0
    taken: int = 0
    size: int = ROWS
    windows: list[EstimatedWindow] = field(default_factory=list)

    def take(self, figures: Figures, moments: Sequence[int]) -> None:
        """Put further rows into windows, with the time of each."""
        done = 0
        while done < len(moments):
            if self.taken == self.size * len(self.windows):
                self._open(moments[done])
            count = min(len(moments) - done, self.size * len(self.windows) - self.taken)
            window = self.windows[-1]
            window.expected.add(figures.part(done, done + count))
            window.last_time = moments[done + count - 1]
            self.taken += count
            done += count

    def label(self, row: int, figures: Figures) -> None:
        """Put the label of a row into the row's window."""
        self.windows[row // self.size].labelled.add(figures)

    def _open(self, moment: int) -> None:
        if len(self.windows) == MOST:
            pairs = zip(self.windows[::2], self.windows[1::2], strict=True)
            self.windows = [_together(first, second) for first, second in pairs]
            self.size *= 2
        self.windows.append(EstimatedWindow(first_time=moment, last_time=moment))


class LabelledRow(Struct, frozen=True):
    """A label that came: of which row (from 0), when so many rows had been counted, what was answered, and it."""

    row: int
    counted: int
    predicted: float
    label: float


def take_estimates(
    state: LiveEstimates,
    estimator: PerformanceEstimator,
    matrix: Matrix,
    predictions: Matrix,
    moments: Sequence[int],
    labels: Sequence[LabelledRow],
) -> None:
    """Take rows and labels in the order in which they came: in another, sums might differ in their last bit.

    Args:
        matrix: (n, k), encoded rows. predictions: (n,). moments: n, their data time.
    """
    figures = estimator.figures(matrix, predictions)
    first = state.taken
    for each in labels:
        _take_to(state, each.counted, first, figures, moments)
        if each.row >= 0:
            state.label(each.row, estimator.label_figures(np.array([each.predicted]), np.array([each.label])))
    _take_to(state, first + len(moments), first, figures, moments)


def expected_losses(estimator: PerformanceEstimator, matrix: Matrix, predictions: Matrix, ids: Sequence[str]) -> Matrix:
    """Return the loss expected of each row by one of the fits, (n,): which one, its id says.

    The baseline's rows were each judged by the fit that left them out, and so live rows are by one as well: the mean of
    all fits is less spread out than one, and would look like a change.
    """
    losses = estimator.expected(matrix, predictions)
    parts = [zlib.crc32(b"part of " + name.encode()) % losses.shape[1] for name in ids]
    return losses[np.arange(len(ids)), parts]


def _take_to(state: LiveEstimates, row: int, first: int, figures: Figures, moments: Sequence[int]) -> None:
    begin, end = state.taken - first, row - first
    if end > begin:
        state.take(figures.part(begin, end), moments[begin:end])


def _together(first: EstimatedWindow, second: EstimatedWindow) -> EstimatedWindow:
    return EstimatedWindow(
        first_time=first.first_time,
        last_time=second.last_time,
        expected=first.expected.plus(second.expected),
        labelled=first.labelled.plus(second.labelled),
    )
