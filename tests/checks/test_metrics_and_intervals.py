"""Metrics against scikit-learn's, and intervals against what they promise."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
import sklearn.metrics as reference
from hypothesis import given, settings
from hypothesis import strategies as st

from holdtrue.checks import METRICS, Measured, Scored, mean, measure, median, ratio, row_losses
from holdtrue.foundation import WrongUse
from holdtrue.gates import no_worse_than

REFERENCES = {
    "mae": reference.mean_absolute_error,
    "rmse": reference.root_mean_squared_error,
    "mape": reference.mean_absolute_percentage_error,
    "r2": reference.r2_score,
    "log_loss": reference.log_loss,
    "brier": lambda y, p, sample_weight=None: np.average((y - p) ** 2, weights=sample_weight),
    "auc": reference.roc_auc_score,
    "f1": lambda y, p, sample_weight=None: reference.f1_score(y, p >= 0.5, sample_weight=sample_weight),
    "precision": lambda y, p, sample_weight=None: reference.precision_score(y, p >= 0.5, sample_weight=sample_weight),
    "recall": lambda y, p, sample_weight=None: reference.recall_score(y, p >= 0.5, sample_weight=sample_weight),
    "accuracy": lambda y, p, sample_weight=None: reference.accuracy_score(y, p >= 0.5, sample_weight=sample_weight),
}


def rows(task: str, seed: int, n: int = 60) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(seed)
    if task == "binary":
        predicted = generator.uniform(0.02, 0.98, n).round(2)  # with ties
        return (generator.random(n) < predicted).astype(float), predicted, generator.uniform(0.1, 3, n)
    truth = generator.lognormal(size=n)
    return truth, truth * generator.lognormal(0, 0.3, n), generator.uniform(0.1, 3, n)


@given(st.integers(0, 10_000), st.sampled_from(sorted(REFERENCES)), st.booleans())
@settings(max_examples=80, deadline=None)
def test_values_are_those_of_scikit_learn(seed: int, name: str, weighted: bool) -> None:
    truth, predicted, weight = rows(METRICS[name].task, seed)
    if METRICS[name].task == "binary":
        truth[:2] = [0, 1]  # scikit-learn wants both classes
    used = weight if weighted else None
    found = measure(truth, predicted, metrics=[name], weight=used)[name]
    assert found.value == pytest.approx(REFERENCES[name](truth, predicted, sample_weight=used), rel=1e-9)
    assert found.low is not None and found.high is not None
    assert found.low <= found.value <= found.high


def test_the_area_under_the_curve_counts_ties_half_and_needs_both_classes() -> None:
    truth, score = np.array([0.0, 1.0, 0.0, 1.0]), np.array([0.3, 0.3, 0.3, 0.3])
    assert measure(truth, score, metrics=["auc"])["auc"].value == 0.5
    doubled = measure(np.tile(truth, 2), np.tile(np.arange(4.0), 2), metrics=["auc"])["auc"]
    weighted = measure(truth, np.arange(4.0), metrics=["auc"], weight=np.full(4, 2.0))["auc"]
    assert doubled.value == weighted.value == 0.75
    assert measure(np.ones(4), score, metrics=["auc"])["auc"].value is None
    assert measure(np.zeros(4), score, metrics=["recall"])["recall"].value is None


@pytest.mark.parametrize("name", ["auc", "f1", "precision", "recall"])
def test_what_belongs_to_all_rows_together_is_not_compared_by_rows(name: str) -> None:
    with pytest.raises(WrongUse, match=f"{name} has no value for a single row"):
        row_losses(name, np.zeros(3), np.zeros(3))
    with pytest.raises(WrongUse, match="use one of log_loss, brier, accuracy"):
        no_worse_than("production", metric=name)


def test_the_median_error_is_the_middle_one() -> None:
    truth, predicted = np.zeros(101), np.arange(101.0)
    assert measure(truth, predicted, metrics=["median_ae"])["median_ae"].value == 50.0
    heavy = np.where(np.arange(101) == 90, 1000.0, 1.0)
    assert measure(truth, predicted, metrics=["median_ae"], weight=heavy)["median_ae"].value == 90.0


def inside(name: str, truth: np.ndarray, predicted: np.ndarray, weight: np.ndarray | None) -> float:
    """Return how often the interval of 400 drawn rows holds the value of all 200,000."""
    whole = measure(truth, predicted, metrics=[name], weight=weight)[name].value
    assert whole is not None
    generator = np.random.default_rng(2)
    held = 0
    for _ in range(400):
        drawn = generator.integers(0, len(truth), 400)
        part = None if weight is None else weight[drawn]
        found = measure(truth[drawn], predicted[drawn], metrics=[name], weight=part)[name]
        assert found.low is not None and found.high is not None
        held += found.low <= whole <= found.high
    return held / 400


@pytest.mark.parametrize("name", sorted(METRICS))
@pytest.mark.parametrize("weighted", [False, True])
def test_95_percent_intervals_hold_the_truth_about_95_times_in_100(name: str, weighted: bool) -> None:
    truth, predicted, weight = rows(METRICS[name].task, 1, n=200_000)
    if METRICS[name].task == "regression":
        generator = np.random.default_rng(3)
        truth = generator.normal(100, 20, len(truth))
        predicted = truth + generator.normal(2, 10, len(truth))
    assert 0.92 <= inside(name, truth, predicted, weight if weighted else None) <= 0.98


def test_heavy_tails_make_intervals_of_squared_errors_too_short_and_leave_the_median_s_alone() -> None:
    """The limit that the documentation states: one row in thousands decides a mean of squares."""
    truth, predicted, _ = rows("regression", 1, n=200_000)
    assert inside("rmse", truth, predicted, None) < 0.9
    assert 0.92 <= inside("median_ae", truth, predicted, None) <= 0.98


def test_means_and_ratios_of_nothing_are_unknown_not_zero() -> None:
    empty = np.empty(0)
    assert np.isnan(mean(empty).value)
    assert np.isnan(mean(np.ones(3), np.zeros(3)).value)
    assert np.isnan(ratio(np.ones(3), np.zeros(3)).value)
    assert np.isnan(median(empty)[0])
    assert np.isinf(mean(np.ones(1)).error)


def test_what_cannot_be_computed_is_none_and_survives_json() -> None:
    found = measure(np.zeros(3), np.ones(3), metrics=["mape", "mae"])
    assert found["mape"].value is None
    assert msgspec.json.decode(msgspec.json.encode(found), type=dict[str, Measured]) == found


def test_losses_of_rows_average_to_the_metric_where_lower_is_better() -> None:
    truth, predicted, _ = rows("binary", 3)
    for name in ("log_loss", "brier", "accuracy"):
        sign = -1 if METRICS[name].better == "higher" else 1
        value = measure(truth, predicted, metrics=[name])[name].value
        assert sign * row_losses(name, truth, predicted).mean() == pytest.approx(value)


def test_an_unknown_metric_is_answered_with_the_list() -> None:
    with pytest.raises(WrongUse, match=r'no metric is called "mea".*there are mae'):
        measure(np.ones(2), np.ones(2), metrics=["mea"])


def test_scored_rows_may_be_weighted() -> None:
    assert Scored(truth=np.ones(2), predicted=np.ones(2)).weight is None
