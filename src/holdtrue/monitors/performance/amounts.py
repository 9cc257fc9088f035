"""The error of a regression without labels: how large errors were on held rows that looked alike.

What is known of a row before its label comes, its inputs and its prediction, says how large its error is to be
expected: trees are fitted to the losses of held rows (direct loss estimation, as NannyML calls it). There are more of
them than predict single losses best: what is asked for is a mean over many rows, in which what is too much of one row
goes under and what all lack does not.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.monitors.performance.estimates import Estimate, Figures, Matrix, Sums, folds_of, positive, spread
from holdtrue.monitors.performance.trees import Trees, fit_trees

PARTS, FEWER_PARTS, MANY = 4, 2, 20_000
"""Parts of the held rows: each fit leaves one out, and is held against it. Of many rows half are enough for a fit."""
TREES = 48


class AmountEstimator(Struct, frozen=True, kw_only=True, tag="amounts"):
    """Estimates mean absolute, root mean squared and mean relative error.

    Attributes:
        rows: held rows it was fitted to.
        metrics: those it estimates: `mae`, `rmse` and, unless a truth was 0, `mape`.
        fits: trees for the losses of each metric, one fit for each part of the rows left out.
        scatter: for each metric the standard deviation of a loss, over what is expected of it.
    """

    rows: int
    metrics: tuple[str, ...]
    fits: tuple[Trees, ...]
    scatter: tuple[float, ...]

    def expected(self, matrix: Matrix, predictions: Matrix) -> Matrix:
        """Return the expected size of the error of rows, in the unit of the target, (n, parts)."""
        return np.ascontiguousarray(self._losses(matrix, predictions)[:, 0].T)

    def figures(self, matrix: Matrix, predictions: Matrix) -> Figures:
        """Return of each row the loss expected by each fit for each metric, then for each metric its variance."""
        losses = self._losses(matrix, predictions)
        parts, metrics, rows = losses.shape
        mean = sum(losses[1:], losses[0]) / parts
        variance = (np.maximum(mean, 0.0) * np.array(self.scatter)[:, None]) ** 2
        return _figures(np.concatenate([losses.reshape(parts * metrics, rows), variance]))

    def estimates(self, sums: Sums) -> tuple[Estimate, ...]:
        """Return the metrics expected of the rows."""
        if not sums.rows:
            return ()
        many = len(self.metrics)
        parts = np.array(sums.sums[:-many]).reshape(-1, many) / sums.rows
        doubts = np.array(sums.sums[-many:]) / sums.rows**2 + spread(parts)
        found = []
        for name, value, doubt in zip(self.metrics, parts.mean(axis=0).tolist(), doubts.tolist(), strict=True):
            each = positive(name, max(value, 0.0), math.sqrt(doubt), sums.rows)
            if name == "rmse":
                root, low, high = (math.sqrt(figure) for figure in (each.value, each.low, each.high))
                each = Estimate(name=name, value=root, low=low, high=high, rows=sums.rows)
            found.append(each)
        return tuple(found)

    def label_figures(self, predictions: Matrix, labels: Matrix) -> Figures:
        """Return the losses of rows whose labels are known."""
        return _figures(_losses_of(predictions, labels))

    def realised(self, sums: Sums) -> dict[str, float]:
        """Return the same metrics of rows whose labels are known."""
        if not sums.rows:
            return {}
        absolute, squared, relative = (each / sums.rows for each in sums.sums)
        found = {"mae": absolute, "rmse": math.sqrt(squared), "mape": relative}
        return {name: found[name] for name in self.metrics if math.isfinite(found[name])}

    def _losses(self, matrix: Matrix, predictions: Matrix) -> Matrix:
        """Return the losses expected of rows, (parts, metrics, n)."""
        rows = np.column_stack([matrix, predictions])
        return np.stack([each.predict(rows) for each in self.fits])


def fit_amounts(
    matrix: Matrix, predictions: Matrix, truth: Matrix, *, categorical: Sequence[int] = (), seed: int = 0
) -> tuple[AmountEstimator, Matrix]:
    """Fit an estimator to held rows.

    Args:
        matrix: (n, k), what the model was given. predictions, truth: (n,), finite.
        categorical: columns that hold codes. seed: draws the parts.

    Returns:
        It, and the expected size of each held row's error by the fit that left the row out, (n,).
    """
    rows = np.column_stack([matrix, predictions])
    parts = PARTS if len(rows) <= MANY else FEWER_PARTS
    folds = folds_of(len(rows), parts, seed)
    losses = _losses_of(predictions, truth)
    metrics = ("mae", "rmse", "mape") if np.isfinite(losses).all() else ("mae", "rmse")
    losses = losses[: len(metrics)]
    fits, stages = [], []
    for part in range(parts):
        own = folds != part
        trees = fit_trees(rows[own], losses[:, own], categorical=categorical, trees=TREES, seed=part)
        fits.append(trees)
        stages.append(list(trees.staged(rows[~own])))
    count = _enough(stages, losses, folds)
    said = np.empty(losses.shape)
    for part, found in enumerate(stages):
        said[:, folds == part] = found[count]
    scatter = np.sqrt(((losses - said) ** 2).sum(axis=1) / np.maximum((said**2).sum(axis=1), 1e-300))
    estimator = AmountEstimator(
        rows=len(rows),
        metrics=metrics,
        fits=tuple(each.first(count) for each in fits),
        scatter=tuple(scatter.tolist()),
    )
    return estimator, said[0]


def _enough(stages: list[list[Matrix]], losses: Matrix, folds: NDArray[np.intp]) -> int:
    """Return twice the number of trees that predict the losses of the rows left out best, if there are so many."""
    scale = losses.std(axis=1, keepdims=True)
    weight = np.divide(1.0, scale, out=np.zeros(scale.shape), where=scale > 0)
    most = min(len(each) for each in stages)
    curve = np.zeros(most)
    for part, found in enumerate(stages):
        own = losses[:, folds == part]
        curve += [float((((each - own) * weight) ** 2).sum()) for each in found[:most]]
    return min(2 * int(np.argmin(curve)), most - 1)


def _figures(columns: Matrix) -> Figures:
    return Figures(np.ascontiguousarray(columns.T), np.zeros(columns.shape[1], dtype=np.intp))


def _losses_of(predictions: Matrix, truth: Matrix) -> Matrix:
    """Return the absolute, squared and relative errors, (3, n); a relative one is infinite where the truth is 0."""
    size = np.abs(predictions - truth)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.stack([size, size**2, size / np.abs(truth)])
