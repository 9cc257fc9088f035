"""What is expected of rows without labels: right on average, intervals as wide as stated, the same in any batches."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import LogisticRegression

from holdtrue.checks import measure
from holdtrue.foundation import WrongUse
from holdtrue.monitors import Estimator, Sums, estimate, estimator_bytes, estimator_from, fit_estimator

Matrix = np.ndarray


def houses(draw: np.random.Generator, rows: int, *, large: float = 1.0) -> tuple[Matrix, Matrix]:
    """Draw houses: the larger, the dearer, and the less sure; `large` says how many large ones there are."""
    size = 1 + 9 * draw.beta(2 * large, 2, rows)
    kind = draw.integers(0, 4, rows).astype(float)
    matrix = np.column_stack([size, kind, np.where(draw.random(rows) < 0.1, np.nan, draw.normal(size=rows))])
    return matrix, 50 + 20 * size + 10 * kind + draw.normal(0, 2 + size * (1 + (kind == 3)))


def visits(draw: np.random.Generator, rows: int, *, sure: float = 1.0) -> tuple[Matrix, Matrix]:
    """Draw visits of two classes; `sure` says how far their age lies from the middle."""
    matrix = draw.normal(0, sure, (rows, 2))
    return matrix, (draw.random(rows) < 1 / (1 + np.exp(-1.5 * matrix[:, 0] + 0.5))).astype(float)


def amounts() -> tuple[Estimator, HistGradientBoostingRegressor]:
    """A real regression and what estimates its error."""
    draw = np.random.default_rng(1)
    model = HistGradientBoostingRegressor(max_iter=60).fit(*houses(draw, 4000))
    held, truth = houses(draw, 4000)
    found = fit_estimator("regression", held, model.predict(held), truth, categorical=(1,)).estimator
    assert found is not None
    return found, model


def classes(rows: int = 4000, power: float = 1.0) -> tuple[Estimator, LogisticRegression]:
    """A real classifier, whose probabilities are taken to a power, and what estimates its performance."""
    draw = np.random.default_rng(2)
    model = LogisticRegression().fit(*visits(draw, 4000))
    held, truth = visits(draw, rows)
    found = fit_estimator("binary", held, model.predict_proba(held)[:, 1] ** power, truth).estimator
    assert found is not None
    return found, model


@pytest.mark.parametrize("large", [1.0, 3.0])
def test_intervals_of_a_regression_hold_the_truth_as_often_as_stated_though_inputs_shift(large: float) -> None:
    estimator, model = amounts()
    draw = np.random.default_rng(10)
    held = dict.fromkeys(("mae", "rmse", "mape"), 0)
    off = dict.fromkeys(held, 0.0)
    for _ in range(200):
        matrix, truth = houses(draw, 250, large=large)
        predicted = model.predict(matrix)
        known = measure(truth, predicted, metrics=held)
        for each in estimate(estimator, matrix, predicted):
            value = known[each.name].value or 0.0
            held[each.name] += each.low <= value <= each.high
            off[each.name] += (each.value / value - 1) / 200
    # At 95 % fewer than 181 of 200 come by chance once in 100: the estimate's own error is common to all.
    assert all(count >= 176 for count in held.values()), held
    assert all(abs(each) < 0.03 for each in off.values()), off


@pytest.mark.parametrize(("power", "sure"), [(1.0, 1.0), (1.0, 1.6), (2.0, 1.0), (2.0, 0.6)])
def test_intervals_of_two_classes_hold_the_truth_as_often_as_stated(power: float, sure: float) -> None:
    estimator, model = classes(power=power)
    draw = np.random.default_rng(11)
    names = ("accuracy", "auc", "f1", "precision", "recall", "log_loss", "brier")
    held, rounds = dict.fromkeys(names, 0), 200
    for _ in range(rounds):
        matrix, truth = visits(draw, 250, sure=sure)
        predicted = model.predict_proba(matrix)[:, 1] ** power
        known = measure(truth, predicted, metrics=names)
        for each in estimate(estimator, matrix, predicted):
            if each.name in held:
                held[each.name] += each.low <= (known[each.name].value or 0.0) <= each.high
    assert all(count >= 176 for count in held.values()), held


def test_probabilities_that_labels_bear_out_are_taken_as_they_are_and_others_are_calibrated() -> None:
    assert not msgspec.to_builtins(classes()[0])["calibrated"]
    assert msgspec.to_builtins(classes(power=2.0)[0])["calibrated"]


def test_a_change_of_what_is_true_is_not_seen_and_one_of_the_inputs_is() -> None:
    estimator, model = amounts()
    draw = np.random.default_rng(12)
    usual, truth = houses(draw, 2000)
    larger, _ = houses(draw, 2000, large=3.0)
    before = estimate(estimator, usual, model.predict(usual))[0]
    after = estimate(estimator, larger, model.predict(larger))[0]
    assert after.low > before.high
    dearer = measure(truth * 1.2, model.predict(usual), metrics=["mae"])["mae"].value or 0.0
    assert dearer > 2 * before.high  # prices rise, and nothing of a row tells


@settings(max_examples=15, deadline=None)
@given(st.lists(st.integers(1, 60), min_size=1, max_size=6), st.booleans())
def test_rows_in_batches_of_any_size_give_the_same_sums_to_the_bit(cuts: list[int], binary: bool) -> None:
    draw = np.random.default_rng(3)
    estimator, model = _BINARY if binary else _AMOUNTS
    matrix, truth = (visits if binary else houses)(draw, sum(cuts))
    predicted = model.predict_proba(matrix)[:, 1] if binary else model.predict(matrix)
    whole, parts, labelled, known = Sums(), Sums(), Sums(), Sums()
    whole.add(estimator.figures(matrix, predicted))
    labelled.add(estimator.label_figures(predicted, truth))
    done = 0
    for cut in cuts:
        part = slice(done, done + cut)
        parts.add(estimator.figures(matrix[part], predicted[part]))
        known.add(estimator.label_figures(predicted[part], truth[part]))
        done += cut
    assert (parts, known) == (whole, labelled)


def test_truths_of_labels_are_those_of_the_checks() -> None:
    draw = np.random.default_rng(4)
    for (estimator, model), make in ((_AMOUNTS, houses), (_BINARY, visits)):
        matrix, truth = make(draw, 3000)
        predicted = model.predict_proba(matrix)[:, 1] if make is visits else model.predict(matrix)
        sums = Sums()
        sums.add(estimator.label_figures(predicted, truth))
        found = estimator.realised(sums)
        known = measure(truth, predicted, metrics=[name for name in found if name != "specificity"])
        for name, each in known.items():
            # Ranks within a cell count as ties.
            assert found[name] == pytest.approx(each.value, abs=1e-3 if name == "auc" else 1e-9), name
    assert found["specificity"] == pytest.approx(((predicted < 0.5) & (truth == 0)).sum() / (truth == 0).sum())


def test_what_was_stored_estimates_the_same() -> None:
    draw = np.random.default_rng(5)
    matrix, _ = houses(draw, 300)
    estimator, model = _AMOUNTS
    again = estimator_from(estimator_bytes(estimator))
    assert estimate(again, matrix, model.predict(matrix)) == estimate(estimator, matrix, model.predict(matrix))
    with pytest.raises(WrongUse, match="format 9"):
        estimator_from(msgspec.msgpack.encode({"format": 9}))
    with pytest.raises(WrongUse, match="no estimator"):
        estimator_from(b"nothing of the kind")


def test_the_same_rows_give_the_same_estimator_to_the_byte() -> None:
    assert estimator_bytes(amounts()[0]) == estimator_bytes(_AMOUNTS[0])


def test_too_little_to_go_by_is_said_in_words() -> None:
    few = fit_estimator("regression", np.zeros((50, 1)), np.ones(50), np.ones(50))
    assert few.estimator is None and few.why.endswith("that takes 200 held rows, and there are 50")
    labels = np.zeros(500)
    labels[:3] = 1
    rare = fit_estimator("binary", np.zeros((500, 1)), np.full(500, 0.1), labels)
    assert rare.estimator is None and "of one there are 3" in rare.why
    scores = fit_estimator("binary", np.zeros((500, 1)), np.linspace(-3, 3, 500), np.arange(500) % 2.0)
    assert scores.estimator is None and "no probabilities" in scores.why
    with pytest.raises(WrongUse, match="2 predictions"):
        fit_estimator("regression", np.zeros((3, 1)), np.zeros(2), np.zeros(3))


def test_awkward_rows_are_estimated_all_the_same() -> None:
    draw = np.random.default_rng(6)
    constant = fit_estimator("regression", np.full((300, 2), np.nan), np.zeros(300), draw.normal(size=300)).estimator
    assert constant is not None
    found = {each.name: each for each in estimate(constant, np.full((10, 2), np.nan), np.zeros(10))}
    assert found["mae"].value == pytest.approx(0.8, abs=0.15)
    truth = np.arange(300) % 3.0
    zeros = fit_estimator(
        "regression", draw.integers(0, 9, (300, 1)) * 1.0, truth + 0.1, truth, categorical=(0,)
    ).estimator
    assert zeros is not None
    assert [each.name for each in estimate(zeros, np.array([[99.0]]), np.zeros(1))] == ["mae", "rmse"]
    assert estimate(_BINARY[0], np.zeros((0, 2)), np.zeros(0)) == ()
    sure = {each.name for each in estimate(_BINARY[0], np.zeros((5, 2)), np.full(5, 0.01))}
    assert "precision" not in sure and {"accuracy", "recall"} <= sure


_AMOUNTS, _BINARY = amounts(), classes()


def test_a_corner_without_errors_is_told_from_the_rest_and_predictions_without_any_are_estimated_so() -> None:
    draw = np.random.default_rng(7)
    size = draw.uniform(1, 10, 4000)
    truth = size + np.where(size < 2, 0.0, draw.normal(0, 5, 4000))
    corner = np.full(300, 1.4)
    for labels, most in ((truth, 0.4), (size, 0.0)):
        estimator = fit_estimator("regression", size[:, None], size, labels).estimator
        assert estimator is not None
        assert estimate(estimator, corner[:, None], corner)[0].value <= most
