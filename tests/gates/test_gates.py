"""Conditions as they are written, stored and judged."""

from __future__ import annotations

import msgspec
import numpy as np
import pytest

import holdtrue as ht
from holdtrue.attributions import Attributions
from holdtrue.checks import CheckVerdict, Reasons, Rival, Scored, Trial
from holdtrue.foundation import WrongUse
from holdtrue.gates import GateCondition, GateDecision, aliases_of, decide_gate, underfit

GENERATOR = np.random.default_rng(0)
TRUTH = GENERATOR.normal(100, 20, size=500)
NOISE = GENERATOR.normal(size=500)


def reasons(*means: float) -> Reasons:
    values = np.tile(np.array(means), (5, 1))
    return Reasons(names=("a", "b", "c"), attributions=Attributions(values=values, base=np.zeros(5)), explainer="x")


TRIAL = Trial(
    train=Scored(truth=TRUTH, predicted=TRUTH + 0.8 * NOISE),
    held=Scored(truth=TRUTH, predicted=TRUTH + NOISE),
    reasons=reasons(6, 3, 1),
)
ALIKE = Rival(name="m:v1", predicted=TRUTH + NOISE, reasons=reasons(6, 3, 1))

CONDITIONS: tuple[GateCondition, ...] = (
    ht.metric("mae") < 25_000,
    ht.metric("r2") >= 0.5,
    ht.overfit() < 0.25,
    ht.overfit("rmse") <= 0.25,
    ht.underfit(),
    ht.underfit("rmse") > 0.3,
    ht.no_worse_than("production"),
    ht.no_worse_than("production", metric="rmse", margin=0.02),
    ht.same_reasons_as("production"),
)


def decided(*conditions: GateCondition, rival: Rival | None = ALIKE, trial: Trial = TRIAL) -> GateDecision:
    return decide_gate(conditions, trial=trial, rivals={"production": rival})


def test_conditions_read_as_they_were_written() -> None:
    assert [str(each) for each in CONDITIONS] == [
        "mae < 25,000",
        "r2 >= 0.5",
        "overfit() < 0.25",
        'overfit("rmse") <= 0.25',
        "underfit()",
        'underfit("rmse") > 0.3',
        'no_worse_than("production")',
        'no_worse_than("production", "rmse")',
        'same_reasons_as("production")',
    ]


def test_conditions_and_decisions_come_back_from_json_equal() -> None:
    stored = msgspec.json.encode(CONDITIONS)
    assert msgspec.json.decode(stored, type=tuple[GateCondition, ...]) == CONDITIONS
    decision = decided(*CONDITIONS)
    assert msgspec.json.decode(msgspec.json.encode(decision), type=GateDecision) == decision
    assert decision.passed and not decision.failed


def test_a_number_on_the_left_works_too() -> None:
    assert str(25_000 > ht.metric("mae")) == "mae < 25,000"  # noqa: SIM300


@pytest.mark.parametrize(
    "write",
    [
        lambda: 0 < ht.metric("r2") < 1,
        lambda: (ht.metric("mae") < 3) and ht.underfit(),
        lambda: not ht.no_worse_than("production"),
        lambda: bool(ht.overfit()),
        lambda: ht.metric("mae") < "25,000",
        lambda: ht.overfit() < True,
        lambda: ht.underfit() < 0.5,
        lambda: ht.metric("mea") < 3,
        lambda: ht.overfit("mea"),
        lambda: ht.no_worse_than("production", margin=-0.1),
        lambda: ht.same_reasons_as("production", moved=2),
    ],
)
def test_what_would_not_mean_what_it_says_is_refused(write: object) -> None:
    with pytest.raises(WrongUse):
        write()  # type: ignore[operator]


@pytest.mark.parametrize(
    ("condition", "passed", "words"),
    [
        (ht.metric("mae") < 2, True, "on 500 held rows (95%: "),
        (ht.metric("mae") < 0.1, False, "on 500 held rows"),
        (ht.metric("mae") > 0.1, True, "on 500"),
        (ht.metric("r2") > 0.9, True, "0.99"),
        (ht.overfit() < 0.25, True, "on training rows"),
        (ht.overfit() < 0.1, False, "on held rows"),
        (ht.underfit(), True, "of the loss (mae) of always predicting"),
        (ht.underfit() > 0.99, False, "takes away 9"),
        (ht.underfit() >= 0.5, True, "takes away 9"),
    ],
)
def test_thresholds_are_judged_on_held_rows(condition: GateCondition, passed: bool, words: str) -> None:
    decision = decided(condition)
    assert decision.passed is passed
    assert words in decision.results[0].message
    assert decision.results[0].value is not None


def test_one_held_row_does_not_tell_how_sure_a_figure_is() -> None:
    one = Scored(truth=TRUTH[:1], predicted=TRUTH[:1] + 1)
    trial = Trial(train=TRIAL.train, held=one, reasons=TRIAL.reasons)
    metric, fit = decided(ht.metric("mae") < 2, ht.underfit(), trial=trial).results
    assert metric.passed and metric.message == "1 on 1 held row (one held row does not tell how sure that is)"
    assert fit.passed is None and fit.message.endswith(" (one held row does not tell how sure that is)")
    unknown = Trial(train=TRIAL.train, held=Scored(truth=TRUTH[:9], predicted=np.full(9, np.nan)))
    (broken,) = decided(ht.metric("mae") < 2, trial=unknown).results
    assert broken.passed is None
    assert broken.message == "cannot be computed on 9 held rows (these rows do not tell how sure that is)"


def test_a_worse_version_and_one_with_other_reasons_do_not_pass() -> None:
    better = Rival(name="m:v1", predicted=TRUTH + 0.5 * NOISE, reasons=reasons(1, 3, 6))
    decision = decided(ht.no_worse_than("production"), ht.same_reasons_as("production"), rival=better)
    assert [each.passed for each in decision.results] == [False, False]
    assert "100.0% higher than m:v1's" in decision.results[0].message
    assert "c 60% -> 10%" in decision.results[1].message
    assert decision.failed == decision.results


def test_the_first_version_has_nothing_to_be_worse_than() -> None:
    decision = decided(*CONDITIONS, ht.no_worse_than("champion"), rival=None)
    assert decision.passed
    assert [each.message for each in decision.results[-4:]] == ["no production version yet"] * 4


def test_a_misspelt_alias_keeps_the_gate_shut_once_there_is_a_production() -> None:
    decision = decided(ht.no_worse_than("prodction"))
    assert not decision.passed
    assert decision.results[0].passed is None
    assert 'no version has the alias "prodction" (compared with here: production)' in decision.results[0].message


def test_what_was_asked_for_and_cannot_be_judged_keeps_the_gate_shut() -> None:
    silent = Rival(name="m:v1", predicted=TRUTH + NOISE)
    assert decided(ht.same_reasons_as("production"), rival=silent).results[0].passed is None
    assert not decided(ht.same_reasons_as("production"), rival=silent).passed
    unknown = Trial(train=TRIAL.train, held=Scored(truth=TRUTH, predicted=np.full(500, np.nan)))
    few = np.where(np.arange(500) < 200, np.nan, TRUTH)
    partly = Trial(train=TRIAL.train, held=Scored(truth=TRUTH, predicted=few))
    conditions = (
        ht.metric("mae") < 3,
        ht.metric("median_ae") < 3,
        ht.overfit() < 0.5,
        ht.underfit(),
        ht.no_worse_than("production"),
    )
    for trial in (unknown, partly):
        for condition in conditions:
            decision = decided(condition, trial=trial)
            assert not decision.passed
            assert decision.results[0].passed is None
            assert decision.results[0].value is None
            assert "nan" not in decision.results[0].message.lower()


def test_a_probability_that_is_no_number_is_not_counted_as_a_no() -> None:
    zeros = np.zeros(500)
    silent = Scored(truth=zeros, predicted=np.full(500, np.nan))
    trial = Trial(train=silent, held=silent, task="binary")
    assert not decide_gate((ht.metric("accuracy") > 0.9,), trial=trial, rivals={}, checks=()).passed


def test_one_held_row_does_not_say_that_a_model_is_no_worse() -> None:
    one = Trial(train=TRIAL.train, held=Scored(truth=TRUTH[:1], predicted=TRUTH[:1] + 100))
    rival = Rival(name="m:v1", predicted=TRUTH[:1] + 1)
    result = decided(ht.no_worse_than("production"), trial=one, rival=rival).results[0]
    assert result.passed is None and "too few" in result.message


def test_required_checks_belong_to_the_gate_and_others_do_not() -> None:
    wrong = CheckVerdict(name="baths", passed=False, message="a bath costs money off")
    told = CheckVerdict(name="garages", passed=False, message="hm", required=False)
    decision = decide_gate((), trial=TRIAL, rivals={}, checks=(wrong, told))
    assert not decision.passed
    assert [(each.condition, each.message) for each in decision.results] == [("check baths", "a bath costs money off")]
    assert decide_gate((), trial=TRIAL, rivals={}, checks=(told,)).passed


def test_the_aliases_to_compare_with_are_known_beforehand() -> None:
    assert aliases_of(CONDITIONS) == ("production",)
    assert aliases_of((underfit(),)) == ()
