"""Under-fit, over-fit, no worse than, same reasons: each verdict where it must and must not come."""

from __future__ import annotations

import numpy as np
import pytest

from holdtrue.attributions import Attributions
from holdtrue.checks import Reasons, Scored, Trial, compare, compare_reasons, overfit, underfit
from holdtrue.foundation import WrongUse

GENERATOR = np.random.default_rng(0)
TRUTH = GENERATOR.lognormal(size=2_000)
NOISE = GENERATOR.normal(size=2_000)


def trial(predicted: np.ndarray, train: np.ndarray | None = None) -> Trial:
    seen = Scored(truth=TRUTH, predicted=TRUTH if train is None else train)
    return Trial(train=seen, held=Scored(truth=TRUTH, predicted=predicted))


def test_a_model_that_has_learnt_beats_the_dummy_and_one_that_guesses_does_not() -> None:
    good = underfit(trial(TRUTH + 0.1 * NOISE))
    assert good.passed and 0.8 < good.value < 1 and good.low < good.value < good.high
    assert good.dummy == np.median(TRUTH)
    guess = underfit(trial(np.full(2_000, np.median(TRUTH))))
    assert not guess.passed and guess.value == 0
    worse = underfit(trial(np.median(TRUTH) + NOISE))
    assert not worse.passed and worse.value < 0


def test_a_dummy_for_squared_losses_is_the_mean() -> None:
    assert underfit(trial(TRUTH), "rmse").dummy == pytest.approx(TRUTH.mean())


def test_chance_does_not_beat_the_dummy() -> None:
    """Guesses that have learnt nothing pass by luck as seldom as 97.5 % one-sided says."""
    generator = np.random.default_rng(5)
    passed = 0
    for _ in range(400):
        truth = generator.normal(size=200)
        guess = np.median(TRUTH) + 0.1 * generator.normal(size=200)
        found = underfit(Trial(train=Scored(truth=TRUTH, predicted=TRUTH), held=Scored(truth=truth, predicted=guess)))
        passed += bool(found.passed)
    assert passed <= 20  # 10 are expected at most; 20 or more would come in 1 of 300 such tests


def test_a_dummy_counts_rows_as_they_weigh() -> None:
    train = Scored(truth=np.array([0.0, 0.0, 10.0]), predicted=np.zeros(3), weight=np.array([1.0, 1.0, 100.0]))
    assert underfit(Trial(train=train, held=train)).dummy == 10.0
    nothing = Scored(truth=TRUTH[:3], predicted=TRUTH[:3], weight=np.zeros(3))
    found = underfit(Trial(train=nothing, held=nothing), "rmse")
    assert found.passed is None and np.isnan(found.dummy)


def test_a_handful_of_rows_or_a_loss_that_is_no_number_is_no_comparison() -> None:
    few = compare(Scored(truth=np.zeros(9), predicted=np.full(9, 100.0)), np.ones(9))
    assert not few.judged and not few.worse and "9 rows are too few" in few.message
    truth = np.zeros(50)
    unknown = compare(Scored(truth=truth, predicted=np.full(50, np.nan)), truth + 1)
    assert not unknown.judged and "not all numbers" in unknown.message


def test_the_gap_is_one_for_what_was_learnt_by_heart_and_none_for_equal_errors() -> None:
    assert overfit(trial(TRUTH + NOISE, train=TRUTH)).value == 1.0
    assert overfit(trial(TRUTH + NOISE, train=TRUTH + NOISE)).value == 0.0
    assert overfit(trial(TRUTH + 2 * NOISE, train=TRUTH + NOISE)).value == pytest.approx(0.5)
    assert overfit(trial(TRUTH, train=TRUTH)).value == 0.0
    assert overfit(trial(TRUTH, train=TRUTH + NOISE)).value == -np.inf


def test_higher_is_better_is_no_error() -> None:
    with pytest.raises(WrongUse, match="r2 is no error"):
        overfit(trial(TRUTH), "r2")


def test_an_equal_model_is_never_worse() -> None:
    found = compare(Scored(truth=TRUTH, predicted=TRUTH + NOISE), TRUTH + NOISE)
    assert not found.worse
    assert found.change == 0
    assert "equal to production's" in found.message


def test_pairing_sees_what_two_intervals_would_not() -> None:
    """2 % more error on every row: hidden in the spread of rows, plain when each is compared with itself."""
    found = compare(Scored(truth=TRUTH, predicted=TRUTH + 1.02 * NOISE), TRUTH + NOISE, name="house-price:v1")
    assert found.worse
    assert found.change == pytest.approx(0.02, abs=1e-6)
    assert "2.0% higher than house-price:v1's on the same 2,000 rows" in found.message


def test_a_real_but_small_rise_is_within_the_margin() -> None:
    found = compare(Scored(truth=TRUTH, predicted=TRUTH + 1.005 * NOISE), TRUTH + NOISE)
    assert found.low > 0
    assert not found.worse
    assert compare(Scored(truth=TRUTH, predicted=TRUTH + 1.005 * NOISE), TRUTH + NOISE, margin=0.004).worse


def test_a_large_rise_on_few_rows_may_be_chance() -> None:
    own, theirs = np.array([1.0, 5.0, 0.5, 0.2]), np.array([1.2, 1.0, 0.6, 0.3])
    found = compare(Scored(truth=np.zeros(4), predicted=own), theirs)
    assert found.change > 1
    assert not found.worse


def test_of_two_equally_good_models_the_new_one_is_called_worse_at_most_one_time_in_twenty() -> None:
    generator = np.random.default_rng(5)
    zero, called = np.zeros(100), 0
    for _ in range(1_000):
        own, theirs = generator.normal(size=(2, 100))
        called += compare(Scored(truth=zero, predicted=own), theirs, margin=0.0).worse
    assert 25 <= called <= 75


def test_a_rival_without_error_is_beaten_by_nobody() -> None:
    found = compare(Scored(truth=TRUTH, predicted=TRUTH + 1), TRUTH)
    assert found.worse and found.change == 1.0


def test_metrics_where_higher_is_better_are_compared_the_right_way_round() -> None:
    labels = (GENERATOR.random(500) < 0.5).astype(float)
    right, wrong = np.where(labels > 0, 0.9, 0.1), np.where(NOISE[:500] > 0, 0.9, 0.1)
    assert compare(Scored(truth=labels, predicted=wrong), right, metric="accuracy").worse
    assert not compare(Scored(truth=labels, predicted=right), wrong, metric="accuracy").worse


def test_other_rows_are_refused() -> None:
    with pytest.raises(WrongUse, match="predicted 3 rows where 2,000"):
        compare(Scored(truth=TRUTH, predicted=TRUTH), np.zeros(3))


def reasons(**means: float) -> Reasons:
    values = np.array([list(means.values())] * 10) * np.where(np.arange(10) % 2, 1, -1)[:, np.newaxis]
    return Reasons(names=tuple(means), attributions=Attributions(values=values, base=np.zeros(10)), explainer="x")


def test_the_same_shares_are_the_same_reasons_in_any_unit() -> None:
    found = compare_reasons(reasons(beds=3, garage=1), reasons(garage=1000, beds=3000))
    assert found.moved == pytest.approx(0)
    assert found.order == 1
    assert not found.note


def test_a_garage_that_takes_over_is_named_with_its_shares() -> None:
    found = compare_reasons(reasons(beds=1, baths=1, garage=8), reasons(beds=6, baths=3, garage=1), name="v1")
    assert found.moved == pytest.approx(0.7)
    assert found.order < 0.8
    assert found.gained(1) == (("garage", pytest.approx(0.1), pytest.approx(0.8)),)
    assert "70% of what decides has moved against v1" in found.message
    assert "garage 10% -> 80%" in found.message


def test_features_that_only_one_has_count_as_nothing_in_the_other() -> None:
    found = compare_reasons(reasons(beds=1, age=1), reasons(beds=1))
    assert found.moved == pytest.approx(0.5)
    assert "features differ: age" in found.note
    other = Reasons(names=("beds",), attributions=reasons(beds=1).attributions, explainer="y")
    assert "explained by y and by x" in compare_reasons(other, reasons(beds=1)).note
