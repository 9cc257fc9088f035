"""Metrics of a model on rows, each with a 95 % interval."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Literal

import numpy as np
from msgspec import Struct

from holdtrue.checks.estimates import Vector, mean, median, ranked, ratio
from holdtrue.foundation import WrongUse

Task = Literal["regression", "binary"]
_CLIP = 1e-15  # a probability of 0 that turns out wrong costs 34.5, not infinity


class Metric(Struct, frozen=True, kw_only=True):
    """A metric: what it is called, which way is better, and its loss of each row where it is a mean of losses.

    Attributes:
        ratio: of two-class models, what is counted (over, under) where it is a ratio of two counts of rows.
        by_row: whether two models can be compared on it row by row.
    """

    name: str
    task: Task
    better: Literal["lower", "higher"]
    doc: str
    losses: Callable[[Vector, Vector], Vector] | None
    root: bool = False
    ratio: Callable[[Vector, Vector], tuple[Vector, Vector]] | None = None
    by_row: bool = True


class Measured(Struct, frozen=True, kw_only=True):
    """A metric's value on rows with its 95 % interval, ready for JSON; None is what could not be computed.

    Nothing can be where a truth or a prediction is not finite.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    rows: int
    better: Literal["lower", "higher"] = "lower"


def _absolute(truth: Vector, predicted: Vector) -> Vector:
    return np.asarray(np.abs(predicted - truth))


def _squared(truth: Vector, predicted: Vector) -> Vector:
    return np.asarray((predicted - truth) ** 2)


def _relative(truth: Vector, predicted: Vector) -> Vector:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.abs((predicted - truth) / truth))


def _right(truth: Vector, predicted: Vector) -> Vector:
    return np.asarray((predicted >= 0.5) == (truth >= 0.5), dtype=np.float64)


def _yes(truth: Vector, predicted: Vector) -> tuple[Vector, Vector, Vector]:
    """Return, as 0 and 1, which rows are of the class, which are said to be, and which are both."""
    true, said = (truth >= 0.5).astype(np.float64), (predicted >= 0.5).astype(np.float64)
    return true, said, true * said


def _precision(truth: Vector, predicted: Vector) -> tuple[Vector, Vector]:
    _, said, both = _yes(truth, predicted)
    return both, said


def _recall(truth: Vector, predicted: Vector) -> tuple[Vector, Vector]:
    true, _, both = _yes(truth, predicted)
    return both, true


def _f1(truth: Vector, predicted: Vector) -> tuple[Vector, Vector]:
    true, said, both = _yes(truth, predicted)
    return 2 * both, true + said


def _surprise(truth: Vector, predicted: Vector) -> Vector:
    sure = np.clip(predicted, _CLIP, 1 - _CLIP)
    return np.asarray(-(truth * np.log(sure) + (1 - truth) * np.log1p(-sure)))


METRICS: dict[str, Metric] = {
    metric.name: metric
    for metric in (
        Metric(name="mae", task="regression", better="lower", doc="mean absolute error", losses=_absolute),
        Metric(
            name="rmse", task="regression", better="lower", doc="root of mean squared error", losses=_squared, root=True
        ),
        Metric(name="mape", task="regression", better="lower", doc="mean absolute error over truth", losses=_relative),
        Metric(name="median_ae", task="regression", better="lower", doc="median absolute error", losses=None),
        Metric(name="r2", task="regression", better="higher", doc="share of the variance explained", losses=None),
        Metric(name="log_loss", task="binary", better="lower", doc="mean surprise in nats", losses=_surprise),
        Metric(name="brier", task="binary", better="lower", doc="mean squared error of probability", losses=_squared),
        Metric(name="accuracy", task="binary", better="higher", doc="share on the right side of 1/2", losses=_right),
        Metric(
            name="auc",
            task="binary",
            better="higher",
            doc="area under the ROC curve: how often a row of the class has the higher probability, ties half",
            losses=None,
            by_row=False,
        ),
        *(
            Metric(name=name, task="binary", better="higher", doc=doc, losses=None, ratio=counted, by_row=False)
            for name, doc, counted in (
                ("f1", "harmonic mean of precision and recall, at 1/2", _f1),
                ("precision", "share of the rows said to be of the class that are, at 1/2", _precision),
                ("recall", "share of the rows of the class that are said to be, at 1/2", _recall),
            )
        ),
    )
}


def metric_named(name: str) -> Metric:
    """Return the metric of that name.

    Raises:
        WrongUse: there is none; lists those there are.
    """
    try:
        return METRICS[name]
    except KeyError:
        raise WrongUse(f'no metric is called "{name}"', hint=f"there are {', '.join(METRICS)}") from None


def require_by_row(name: str) -> Metric:
    """Return the metric of that name, on which two models can be compared row by row.

    Raises:
        WrongUse: there is none, or it belongs to all rows together.
    """
    metric = metric_named(name)
    if not metric.by_row:
        known = ", ".join(each.name for each in METRICS.values() if each.by_row and each.task == metric.task)
        raise WrongUse(f"{name} has no value for a single row to compare two models by", hint=f"use one of {known}")
    return metric


def metrics_of(task: Task) -> tuple[str, ...]:
    """Return the names of a task's metrics, the main one first.

    Example:
        >>> metrics_of("binary")
        ('log_loss', 'brier', 'accuracy', 'auc', 'f1', 'precision', 'recall')
    """
    return tuple(metric.name for metric in METRICS.values() if metric.task == task)


def measure(
    truth: Vector, predicted: Vector, *, metrics: Iterable[str], weight: Vector | None = None
) -> dict[str, Measured]:
    """Return each metric with its 95 % interval.

    Args:
        truth, predicted: (n,), in the unit of the target; of a two-class model 0/1 and probabilities.
        metrics: names, as in METRICS.
        weight: (n,), not negative.

    Raises:
        WrongUse: an unknown metric.

    Example:
        >>> measure(np.array([1.0, 2.0, 4.0]), np.array([2.0, 2.0, 2.0]), metrics=["mae"])["mae"].value
        1.0
    """
    return {name: _measured(metric_named(name), truth, predicted, weight) for name in metrics}


def row_losses(name: str, truth: Vector, predicted: Vector) -> Vector:
    """Return each row's part in a metric, (n,), lower being better; for r2 and rmse the squared error.

    Comparisons of two models on the same rows are made on these.

    Raises:
        WrongUse: the metric has no losses of single rows: auc, f1, precision, recall.
    """
    metric = require_by_row(name)
    if name == "r2":
        return _squared(truth, predicted)
    losses = (metric.losses or _absolute)(truth, predicted)
    return -losses if metric.better == "higher" else losses


def _measured(metric: Metric, truth: Vector, predicted: Vector, weight: Vector | None) -> Measured:
    # One prediction that is no number spoils every figure: NaN would count as class 0, and sort last in a median.
    judged = bool(np.isfinite(truth).all() and np.isfinite(predicted).all())
    figures = _interval(metric, truth, predicted, weight) if judged else (math.nan,) * 3
    value, low, high = (each if math.isfinite(each) else None for each in figures)
    return Measured(name=metric.name, value=value, low=low, high=high, rows=len(truth), better=metric.better)


def _interval(metric: Metric, truth: Vector, predicted: Vector, weight: Vector | None) -> tuple[float, float, float]:
    if metric.name == "median_ae":
        return median(_absolute(truth, predicted), weight)
    if metric.name == "auc":
        return ranked(truth, predicted, weight)
    if metric.ratio is not None:
        part = ratio(*metric.ratio(truth, predicted), weight)
        low, high = part.interval()
        return part.value, max(low, 0.0), min(high, 1.0)
    if metric.losses is None:
        centre = mean(truth, weight).value
        unexplained = ratio(_squared(truth, predicted), (truth - centre) ** 2, weight)
        low, high = unexplained.interval()
        return 1 - unexplained.value, 1 - high, 1 - low
    estimate = mean(metric.losses(truth, predicted), weight)
    low, high = estimate.interval()
    if metric.root:
        value, low, high = np.sqrt(np.maximum([estimate.value, low, high], 0.0)).tolist()
        return value, low, high
    return estimate.value, max(low, 0.0), min(high, 1.0) if metric.name in ("accuracy", "brier") else high
