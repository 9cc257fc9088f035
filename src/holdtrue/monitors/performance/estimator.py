"""Performance without labels: the estimator of a model's task, and the form it is stored in with a version."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec
import numpy as np
from msgspec import Struct

from holdtrue.foundation import WrongUse, counted
from holdtrue.monitors.performance.amounts import AmountEstimator, fit_amounts
from holdtrue.monitors.performance.classes import METRICS, ClassEstimator, fit_classes
from holdtrue.monitors.performance.estimates import Estimate, Matrix, PerformanceEstimator, Sums

FORMAT = 1
FEWEST = 200
"""Held rows that it takes: with fewer an estimate says little more than the average."""
FEWEST_OF_A_CLASS = 20

Estimator = AmountEstimator | ClassEstimator


class Fitted(Struct, frozen=True, eq=False):
    """What came of fitting.

    Attributes:
        estimator: None where the rows do not do; why: then the reason, in words.
        expected: the loss expected of each row by a fit that left it out, (n,): what live rows' are ranked among.
    """

    estimator: Estimator | None
    expected: Matrix
    why: str = ""


def fit_estimator(
    task: Literal["regression", "binary"],
    matrix: Matrix,
    predictions: Matrix,
    truth: Matrix,
    *,
    categorical: Sequence[int] = (),
    seed: int = 0,
) -> Fitted:
    """Fit the estimator of a task to held rows: rows that the model was not fitted to.

    Args:
        matrix: (n, k), what the model was given, missing values NaN. predictions: (n,), what it answered: of two
            classes the probability. truth: (n,), the labels.
        categorical: columns of the matrix that hold codes. seed: draws the parts that are left out in turn.

    Example:
        >>> draw = np.random.default_rng(0)
        >>> size = draw.uniform(1, 10, 2000)
        >>> truth = 5 * size + draw.normal(0, size)
        >>> estimator = fit_estimator("regression", size[:, None], 5 * size, truth).estimator
        >>> small = estimate(estimator, np.full((500, 1), 2.0), np.full(500, 10.0))[0]
        >>> small.name, bool(small.low < 2 * 0.798 < small.high)
        ('mae', True)
    """
    if not (len(matrix) == len(predictions) == len(truth)):
        raise WrongUse(f"{len(matrix)} rows do not fit {len(predictions)} predictions and {len(truth)} labels")
    why = _lacking(task, predictions, truth)
    if why:
        return Fitted(None, np.empty(0), why)
    if task == "binary":
        return Fitted(*fit_classes(predictions, truth, seed=seed))
    return Fitted(*fit_amounts(matrix, predictions, truth, categorical=categorical, seed=seed))


def estimate(estimator: PerformanceEstimator, matrix: Matrix, predictions: Matrix) -> tuple[Estimate, ...]:
    """Return the metrics expected of rows: what the model was given (n, k), encoded, and what it answered (n,)."""
    sums = Sums()
    sums.add(estimator.figures(matrix, predictions))
    return estimator.estimates(sums)


def _lacking(task: str, predictions: Matrix, truth: Matrix) -> str:
    rows = len(truth)
    if rows < FEWEST:
        return f"errors cannot be estimated without labels: that takes {FEWEST} held rows, and there are {rows}"
    if not (np.isfinite(predictions).all() and np.isfinite(truth).all()):
        return "errors cannot be estimated without labels: a held row has no number for a prediction or label"
    if task == "binary":
        rarer = int(min((truth >= 0.5).sum(), (truth < 0.5).sum()))
        if rarer < FEWEST_OF_A_CLASS:
            return (
                f"performance cannot be estimated without labels: that takes {FEWEST_OF_A_CLASS} held rows of each "
                f"class, and of one there are {rarer}"
            )
        if predictions.min() < 0 or predictions.max() > 1:
            return "performance cannot be estimated without labels: predictions are no probabilities"
    return ""


def estimator_in_words(estimator: Estimator) -> str:
    """Say what an estimator makes its estimates from.

    Example:
        >>> from holdtrue.monitors.performance.classes import ClassEstimator
        >>> found = ClassEstimator(rows=2_217, threshold=0.5, cuts=b"", shares=b"", calibrated=False)
        >>> estimator_in_words(found)
        'from the probabilities themselves, which 2,217 held rows do not speak against'
    """
    rows = f"{counted(estimator.rows, 'held row')}"
    if isinstance(estimator, AmountEstimator):
        return f"by trees fitted to the errors of {rows}, in {len(estimator.fits)} fits that each leave a part out"
    if estimator.calibrated:
        return f"from the probabilities, calibrated on {rows}"
    return f"from the probabilities themselves, which {rows} do not speak against"


def metrics_estimated(estimator: Estimator) -> tuple[str, ...]:
    """Return the names of the metrics that an estimator estimates."""
    return estimator.metrics if isinstance(estimator, AmountEstimator) else METRICS


def estimator_bytes(estimator: Estimator) -> bytes:
    """Return the stored form (MessagePack)."""
    return msgspec.msgpack.encode(_Stored(FORMAT, estimator))


def estimator_from(data: bytes) -> Estimator:
    """Read the stored form: numbers alone, no code.

    Raises:
        WrongUse: these bytes are no estimator of a known format.
    """
    try:
        found = msgspec.msgpack.decode(data, type=_Format).format
        if found != FORMAT:
            raise WrongUse(f"an estimator of format {found} cannot be read", hint="use the release that wrote it")
        return msgspec.msgpack.decode(data, type=_Stored).estimator
    except msgspec.DecodeError as broken:
        raise WrongUse(f"these bytes are no estimator of performance: {broken}") from broken


class _Format(Struct):
    format: int


class _Stored(Struct, frozen=True):
    format: int
    estimator: Estimator
