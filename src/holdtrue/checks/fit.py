"""Under-fit and over-fit: has it learnt anything, and does that hold on rows it never saw?"""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct

from holdtrue.checks.estimates import Z95, mean, median, ratio
from holdtrue.checks.metrics import Task, measure, metric_named, metrics_of, row_losses
from holdtrue.checks.trial import Scored, Trial
from holdtrue.foundation import WrongUse


class Underfit(Struct, frozen=True, kw_only=True):
    """How much of a dummy's loss on held rows the model takes away.

    Attributes:
        metric: whose losses of rows were compared.
        value: 1 - loss of the model / loss of the dummy: 1 is no error at all, 0 as good as the dummy, below it worse.
        low, high: 95 % interval, paired on the same rows; not finite under two rows.
        dummy: what the dummy always predicts: median, mean or share of the training rows.
    """

    metric: str
    value: float
    low: float
    high: float
    dummy: float

    @property
    def passed(self) -> bool | None:
        """Whether the model is better than the dummy beyond chance (97.5 % one-sided); None if it cannot be told."""
        return self.low > 0 if math.isfinite(self.low) else None


class Overfit(Struct, frozen=True, kw_only=True):
    """The part of the held error that the training rows do not show.

    Attributes:
        value: (held - train) / held: 0 where both errors are alike, 1 where training rows are learnt by heart.
        train, held: the errors themselves.
    """

    metric: str
    value: float
    train: float
    held: float


def underfit(trial: Trial, metric: str = "") -> Underfit:
    """Compare the model with the best constant guess, on the held rows.

    The dummy predicts the training rows' (weighted) median for losses in absolute value, else their mean.

    Args:
        trial: the model's predictions.
        metric: a mean of losses that are better lower; the task's main one by default.
    """
    name = error_metric(metric, trial.task)
    level = dummy_value(trial.train, name)
    held = trial.held
    own = row_losses(name, held.truth, held.predicted)
    theirs = row_losses(name, held.truth, np.full_like(held.truth, level))
    left = ratio(own, theirs, held.weight)
    low, high = left.interval(Z95)
    return Underfit(metric=name, value=1 - left.value, low=1 - high, high=1 - low, dummy=level)


def overfit(trial: Trial, metric: str = "") -> Overfit:
    """Compare the error on held rows with that on training rows.

    The gap is taken relative to the held error: it is then at most 1, and a model that has learnt its training rows by
    heart (error 0) gets 1 instead of a division by zero.
    """
    name = error_metric(metric, trial.task)
    seen, new = _value(name, trial.train), _value(name, trial.held)
    gap = (new - seen) / new if new else (0.0 if not seen else -math.inf)
    return Overfit(metric=name, value=gap, train=seen, held=new)


def _value(name: str, scored: Scored) -> float:
    value = measure(scored.truth, scored.predicted, metrics=[name], weight=scored.weight)[name].value
    return math.nan if value is None else value


def error_metric(name: str, task: Task) -> str:
    """Return the name of an error (lower is better), the task's main one where the name is empty.

    Raises:
        WrongUse: no such metric, or one where higher is better.
    """
    metric = metric_named(name or metrics_of(task)[0])
    if metric.better == "higher":
        raise WrongUse(f"{metric.name} is no error: higher is better", hint=f"use {metrics_of(task)[0]}")
    return metric.name


def dummy_value(train: Scored, metric: str) -> float:
    """Return the constant that a dummy predicts, from training rows alone; NaN if no row has any weight."""
    if metric in ("mae", "median_ae", "mape"):
        return median(train.truth, train.weight)[0]
    return mean(train.truth, train.weight).value
