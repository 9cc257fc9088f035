"""The performance of a two-class model without labels: what its probabilities, once calibrated, make one expect.

If of the rows that a model gives 0.8 eight in ten are of the class, then of a hundred such rows eighty are expected to
be, and so every count of hits and misses follows from the probabilities alone (confidence-based performance estimation,
as NannyML calls it). Whether it is so is seen on held rows: there the probabilities are calibrated by isotonic
regression (Ayer et al., "An empirical distribution function for sampling with incomplete information", 1955), or left
as they are where the labels of held rows do not speak against them.

Probabilities are counted in cells, some hundred of them, so that all rows of a window take the room of one count a
cell.
"""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.monitors.performance.estimates import Estimate, Figures, Matrix, Sums, folds_of, positive, share, spread

PARTS = 10
"""Parts of the held rows: each fit leaves one out."""
CELLS = 64
"""Cells by quantiles of each class; so ranks within a cell hardly matter, wherever the rarer class lies."""
METRICS = ("accuracy", "auc", "f1", "precision", "recall", "specificity", "log_loss", "brier")
_CLIP = 1e-15  # a probability of 0 that turns out wrong costs 34.5, not infinity
_GROUPS, _CHANCE = 10, 18.307  # the 95 % quantile of chi squared with 10 degrees of freedom
_OWN = 4  # figures of a row that do not depend on the calibration


class ClassEstimator(Struct, frozen=True, kw_only=True, tag="classes"):
    """Estimates accuracy, area under the ROC curve, F1, precision, recall, specificity, log loss and Brier score.

    Attributes:
        rows: held rows it was fitted to.
        threshold: from this probability on a row is said to be of the class.
        cuts: float64 bytes, shape (g - 1,): a probability from cut j on, and below the next, lies in cell j + 1.
        shares: float64 bytes, shape (parts + 1, g): of the rows of each cell, the share that is of the class: as
            estimates take it, then by each fit that left one part out.
        calibrated: whether that is by isotonic regression; else the probabilities are taken as they are.
    """

    rows: int
    threshold: float
    cuts: bytes
    shares: bytes
    calibrated: bool

    def expected(self, matrix: Matrix, predictions: Matrix) -> Matrix:
        """Return the expected squared error of probabilities, (n, parts)."""
        shares = self._shares_of(predictions)[1:]
        return np.asarray((predictions**2 + shares * (1 - 2 * predictions)).T)

    def figures(self, matrix: Matrix, predictions: Matrix) -> Figures:
        """Return of each row its cell, and what follows from its probability and the shares of that cell."""
        shares = self._shares_of(predictions)
        sure, logit = np.clip(predictions, _CLIP, 1 - _CLIP), _logit(predictions)
        doubt = shares[0] * (1 - shares[0])
        own = np.stack([predictions**2, np.log1p(-sure), (1 - 2 * predictions) ** 2 * doubt, logit**2 * doubt])
        figures = np.concatenate([own, shares * predictions, shares * logit])
        return Figures(np.ascontiguousarray(figures.T), self._cells(predictions), self._width)

    def estimates(self, sums: Sums) -> tuple[Estimate, ...]:
        """Return the metrics expected of the rows; those that a class or an answer is lacking for are left out."""
        if not sums.rows:
            return ()
        shares, counts = self._table(), np.array(sums.counts, dtype=np.float64)
        figures = np.array(sums.sums[_OWN:]).reshape(2, -1)
        squares, surprise, square_doubt, log_doubt = sums.sums[:_OWN]
        found = []
        with np.errstate(divide="ignore", invalid="ignore"):
            for name, (values, slopes) in _ratios(shares, counts, self._said()).items():
                doubt = float((counts * slopes**2 * shares[0] * (1 - shares[0])).sum())
                found.append(share(name, float(values[0]), math.sqrt(doubt + float(spread(values[1:]))), sums.rows))
        classed = shares @ counts
        logs = (-figures[1] - surprise) / sums.rows
        brier = (squares + classed - 2 * figures[0]) / sums.rows
        for make, name, values, doubt in (
            (positive, "log_loss", logs, log_doubt),
            (share, "brier", brier, square_doubt),
        ):
            error = math.sqrt(doubt / sums.rows**2 + float(spread(values[1:])))
            found.append(make(name, float(values[0]), error, sums.rows))
        return tuple(each for each in found if math.isfinite(each.value))

    def label_figures(self, predictions: Matrix, labels: Matrix) -> Figures:
        """Return of rows whose label is known, 1 or 0, the cell (for 1 in a second half) and the losses."""
        true = labels >= 0.5
        cells = self._cells(predictions)
        sure = np.clip(predictions, _CLIP, 1 - _CLIP)
        figures = np.stack([(predictions - true) ** 2, -np.where(true, np.log(sure), np.log1p(-sure))], axis=1)
        return Figures(figures, cells + self._width * true, 2 * self._width)

    def realised(self, sums: Sums) -> dict[str, float]:
        """Return the same metrics of rows whose labels are known; ranks within a cell count as ties."""
        if not sums.rows:
            return {}
        counts = np.array(sums.counts, dtype=np.float64).reshape(2, -1)
        whole = counts.sum(axis=0)
        with np.errstate(divide="ignore", invalid="ignore"):
            shares = np.where(whole > 0, counts[1] / whole, 0.0)
            found = {
                name: float(values[0])
                for name, (values, _) in _ratios(shares[None, :], whole, self._said(), drawn=True).items()
            }
        found |= {"log_loss": sums.sums[1] / sums.rows, "brier": sums.sums[0] / sums.rows}
        return {name: value for name, value in found.items() if math.isfinite(value)}

    @property
    def _width(self) -> int:
        return len(self.cuts) // 8 + 1

    def _cells(self, predictions: Matrix) -> NDArray[np.intp]:
        return np.searchsorted(np.frombuffer(self.cuts, dtype="<f8"), predictions, side="right")

    def _table(self) -> Matrix:
        return np.frombuffer(self.shares, dtype="<f8").reshape(-1, self._width)

    def _shares_of(self, predictions: Matrix) -> Matrix:
        """Return the shares that rows are of the class with, (parts + 1, n)."""
        return np.asarray(self._table()[:, self._cells(predictions)])

    def _said(self) -> NDArray[np.bool_]:
        """Return of which cells the rows are said to be of the class."""
        return np.concatenate([[-math.inf], np.frombuffer(self.cuts, dtype="<f8")]) >= self.threshold


def fit_classes(
    predictions: Matrix, truth: Matrix, *, threshold: float = 0.5, seed: int = 0
) -> tuple[ClassEstimator, Matrix]:
    """Fit an estimator to held rows.

    Args:
        predictions: (n,), probabilities. truth: (n,), 0 or 1, some of each.
        threshold: from this probability on a row is said to be of the class. seed: draws the parts.

    Returns:
        It, and the expected squared error of each held row's probability by the fit that left the row out, (n,).
    """
    true = truth >= 0.5
    values = np.unique(predictions)
    few = values.size <= 2 * CELLS
    cuts = values[1:] if few else np.concatenate([_quantiles(predictions[true]), _quantiles(predictions[~true])])
    cuts = np.unique(np.append(cuts, threshold))
    cells = np.searchsorted(cuts, predictions, side="right")
    folds = folds_of(len(truth), PARTS, seed)
    width = len(cuts) + 1
    counts = np.zeros((PARTS, 2, width))
    np.add.at(counts, (folds, true.astype(int), cells), 1)
    whole = counts.sum(axis=0)
    fits = np.stack([_isotonic(whole - counts[part]) for part in range(PARTS)])
    calibrated = not _borne_out(predictions, true)
    own = _isotonic(whole) if calibrated else _means(predictions, cells, cuts)
    made = ClassEstimator(
        rows=len(truth),
        threshold=threshold,
        cuts=cuts.astype("<f8").tobytes(),
        shares=np.concatenate([own[None, :], fits]).astype("<f8").tobytes(),
        calibrated=calibrated,
    )
    return made, predictions**2 + fits[folds, cells] * (1 - 2 * predictions)


def _ratios(
    shares: Matrix, counts: Matrix, said: NDArray[np.bool_], *, drawn: bool = False
) -> dict[str, tuple[Matrix, Matrix]]:
    """Return metrics that are ratios of counts: values (m,) for shares (m, g), and for the first of them the slopes.

    Args:
        shares: of each cell's rows, the share of the class. counts: (g,), rows. said: (g,), said to be of the class.
        drawn: the shares are counted, not expected.

    Returns:
        Name to values, and how much each row of a cell adds for each unit that its own share is greater, (g,).
    """
    ones, noughts = shares * counts, (1 - shares) * counts
    rows, yes = counts.sum(), (counts * said).sum()
    hits, of_class = ones @ said, ones.sum(axis=1)
    others, spared = noughts.sum(axis=1), noughts @ ~said
    f1, recall, specificity = 2 * hits / (of_class + yes), hits / of_class, spared / others
    below = np.cumsum(noughts, axis=1) - noughts / 2
    above = of_class[:, None] - np.cumsum(ones, axis=1) + ones / 2
    # A row is not compared with itself: where shares are expected, not counted, it would be.
    itself = 0.0 if drawn else (counts * shares * (1 - shares)).sum(axis=1)
    pairs = of_class * others - itself
    area = ((ones * below).sum(axis=1) - itself / 2) / pairs
    slopes = (below[0] - above[0] - area[0] * (others[0] - of_class[0])) / pairs[0]
    return {
        "accuracy": ((hits + spared) / rows, np.where(said, 1, -1) / rows),
        "auc": (area, slopes),
        "f1": (f1, (2 * said - f1[0]) / (of_class[0] + yes)),
        "precision": (hits / yes, said / yes),
        "recall": (recall, (said - recall[0]) / of_class[0]),
        "specificity": (specificity, (specificity[0] - ~said) / others[0]),
    }


def _isotonic(counts: Matrix) -> Matrix:
    """Return for cells in growing order the shares of the class that only rise, (g,), from counts (2, g)."""
    pooled: list[tuple[float, float, int]] = []  # of the class, rows, cells
    for others, ones in counts.T.tolist():
        each = (ones, ones + others, 1)
        while pooled and pooled[-1][0] * each[1] >= each[0] * pooled[-1][1]:
            before = pooled.pop()
            each = (each[0] + before[0], each[1] + before[1], each[2] + before[2])
        pooled.append(each)
    # A cell without rows was taken together with its neighbour.
    return np.repeat([ones / rows for ones, rows, _ in pooled], [cells for *_, cells in pooled])


def _borne_out(predictions: Matrix, true: NDArray[np.bool_]) -> bool:
    """Return whether labels agree with probabilities, in ten groups of as many rows, the least probable first.

    (Hosmer and Lemeshow, "Goodness of fit tests for the multiple logistic regression model", 1980, for rows that the
    model was not fitted to.) What is asked for is a mean over many rows: so it is not whether single rows are predicted
    better.
    """
    statistic = 0.0
    for group in np.array_split(np.argsort(predictions, kind="stable"), _GROUPS):
        expected, rows = float(predictions[group].sum()), len(group)
        doubt = expected * (1 - expected / rows)
        difference = float(true[group].sum()) - expected
        statistic += difference**2 / doubt if doubt > 0 else (math.inf if difference else 0.0)
    return statistic <= _CHANCE


def _means(predictions: Matrix, cells: NDArray[np.intp], cuts: Matrix) -> Matrix:
    """Return the mean probability of each cell; of an empty one the middle between its cuts."""
    counts = np.bincount(cells, minlength=len(cuts) + 1)
    sums = np.bincount(cells, weights=predictions, minlength=len(cuts) + 1)
    ends = np.clip(np.concatenate([[0.0], cuts, [1.0]]), 0.0, 1.0)
    return np.where(counts > 0, sums / np.maximum(counts, 1), (ends[1:] + ends[:-1]) / 2)


def _quantiles(values: Matrix) -> Matrix:
    ordered = np.sort(values)
    return ordered[np.arange(1, CELLS) * len(ordered) // CELLS]


def _logit(predictions: Matrix) -> Matrix:
    sure = np.clip(predictions, _CLIP, 1 - _CLIP)
    return np.log(sure) - np.log1p(-sure)
