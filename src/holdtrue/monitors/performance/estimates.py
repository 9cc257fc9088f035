"""What estimates of performance have in common: figures that add up over rows, and intervals around what they say."""

from __future__ import annotations

import math
from typing import Protocol

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

Z95 = 1.959963984540054  # Φ⁻¹(0.975)

Matrix = NDArray[np.float64]


class Estimate(Struct, frozen=True, kw_only=True):
    """A metric of rows whose labels are not known.

    Attributes:
        name: as `checks.METRICS` names it: `mae`, `rmse`, `mape`; `accuracy`, `auc`, `f1`, `precision`, `recall`,
            `log_loss`, `brier`; and `specificity`. value: what the labels are expected to make of it.
        low, high: what these very labels will make of it lies between them in 95 % of cases, as long as rows that look
            alike have errors as on held rows.
        rows: that it is of.
    """

    name: str
    value: float
    low: float
    high: float
    rows: int


class Figures(Struct, frozen=True, eq=False):
    """What `Sums` add up: of n rows the figures (n, m), and the cell of each (n,) among `width`; 0: there are none."""

    values: Matrix
    cells: NDArray[np.intp]
    width: int = 0

    def part(self, begin: int, end: int) -> Figures:
        """Return those of some rows on end."""
        return Figures(self.values[begin:end], self.cells[begin:end], self.width)


class Sums(Struct, kw_only=True):
    """Figures of rows that add up: of any number of rows they take the same room, and of two lots they are the sum.

    Attributes:
        rows: how many. counts: of rows, by cell. sums: of the rows' figures.
    """

    rows: int = 0
    counts: list[int] = field(default_factory=list)
    sums: list[float] = field(default_factory=list)

    def add(self, figures: Figures) -> None:
        """Add rows, one by one in their order: a sum in another order may differ in its last bit."""
        values = figures.values
        if not len(values):
            return
        self.rows += len(values)
        if figures.width:
            counts = np.bincount(figures.cells, minlength=figures.width)
            self.counts = counts.tolist() if not self.counts else (counts + np.array(self.counts)).tolist()
        before = np.zeros((1, values.shape[1])) if not self.sums else np.array([self.sums])
        self.sums = np.cumsum(np.concatenate([before, values]), axis=0)[-1].tolist()

    def plus(self, other: Sums) -> Sums:
        """Return the figures of both lots of rows.

        Example:
            >>> (Sums(rows=2, sums=[1.0]).plus(Sums()).plus(Sums(rows=1, sums=[0.5]))).sums
            [1.5]
        """
        if not self.rows or not other.rows:
            return other if not self.rows else self
        return Sums(
            rows=self.rows + other.rows,
            counts=[a + b for a, b in zip(self.counts, other.counts, strict=True)],
            sums=[a + b for a, b in zip(self.sums, other.sums, strict=True)],
        )


class PerformanceEstimator(Protocol):
    """What estimates performance without labels, fitted to rows whose labels are known.

    Obligations:
        - a row's figures do not depend on the rows beside it, to the bit.
        - what it says of rows follows from their `Sums` alone.
    """

    @property
    def rows(self) -> int:
        """How many held rows it was fitted to."""
        ...

    def expected(self, matrix: Matrix, predictions: Matrix) -> Matrix:
        """Return the expected loss of rows (n, parts): by each of the fits that left one part of the held rows out."""
        ...

    def figures(self, matrix: Matrix, predictions: Matrix) -> Figures:
        """Return the figures of rows: of what the model was given (n, k), encoded, and what it answered (n,)."""
        ...

    def estimates(self, sums: Sums) -> tuple[Estimate, ...]:
        """Return the metrics expected of the rows; left out is what cannot be told of them."""
        ...

    def label_figures(self, predictions: Matrix, labels: Matrix) -> Figures:
        """Return the figures of rows whose labels are known: of answers and labels, (n,) each."""
        ...

    def realised(self, sums: Sums) -> dict[str, float]:
        """Return the metrics of rows whose labels are known, by name; left out is what has no value."""
        ...


def positive(name: str, value: float, error: float, rows: int) -> Estimate:
    """Return an estimate of a figure above 0: its interval is one of ratios, as losses are skewed to the right.

    Args:
        error: standard error of the value.

    Example:
        >>> found = positive("mae", 100.0, 10.0, 50)
        >>> round(found.low, 1), round(found.high, 1)
        (82.2, 121.7)
    """
    factor = math.exp(Z95 * error / value) if value > 0 else 1.0
    return Estimate(name=name, value=value, low=value / factor, high=value * factor, rows=rows)


def share(name: str, value: float, error: float, rows: int) -> Estimate:
    """Return an estimate of a figure between 0 and 1, with its standard error."""
    low, high = max(value - Z95 * error, 0.0), min(value + Z95 * error, 1.0)
    return Estimate(name=name, value=value, low=low, high=high, rows=rows)


def spread(parts: Matrix) -> Matrix:
    """Return the variance of a figure that was taken with each of k parts of the data left out: the jackknife's.

    (Quenouille, "Notes on bias in estimation", 1956; with groups left out.)

    Args:
        parts: (k, ...): the figure without each part.
    """
    k = len(parts)
    return np.asarray((k - 1) / k * ((parts - parts.mean(axis=0)) ** 2).sum(axis=0))


def folds_of(rows: int, parts: int, seed: int) -> NDArray[np.intp]:
    """Return which of so many parts each row is of, (n,): drawn, and as even as can be."""
    return np.random.default_rng(seed).permutation(rows) % parts
