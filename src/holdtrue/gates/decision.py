"""Checks' verdicts and thresholds to a decision."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.checks import (
    CheckVerdict,
    Rival,
    Scored,
    Trial,
    compare,
    compare_reasons,
    measure,
    metrics_of,
)
from holdtrue.checks import overfit as overfit_of
from holdtrue.checks import underfit as underfit_of
from holdtrue.foundation import counted, figure
from holdtrue.gates.conditions import (
    GateCondition,
    MetricCondition,
    NoWorseCondition,
    Operator,
    OverfitCondition,
    SameReasonsCondition,
    UnderfitCondition,
)

PRODUCTION = "production"
FEWEST_UNSEEN = 50
"""Fewer held rows than this that a rival has not seen say too little to be compared on alone."""

_HOLDS: dict[Operator, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


class GateResult(Struct, frozen=True, kw_only=True):
    """One condition's outcome, ready for JSON; passed is None where it could not be judged, and `message` says why."""

    condition: str
    passed: bool | None
    value: float | None = None
    threshold: float | None = None
    message: str = ""


class GateDecision(Struct, frozen=True, kw_only=True):
    """Whether a version may be promoted without force, and why.

    A condition that could not be judged keeps the gate shut: it was asked for, and nothing shows that it holds.
    """

    passed: bool
    results: tuple[GateResult, ...] = ()

    @property
    def failed(self) -> tuple[GateResult, ...]:
        """The conditions that keep the gate shut."""
        return tuple(each for each in self.results if each.passed is not True)


def decide_gate(
    conditions: Sequence[GateCondition],
    *,
    trial: Trial,
    rivals: Mapping[str, Rival | None],
    checks: Sequence[CheckVerdict] = (),
) -> GateDecision:
    """Judge every condition and every required check of the user's.

    Args:
        conditions: of the model's gate, in its order.
        trial: the new model's predictions and reasons.
        rivals: for each of `aliases_of(conditions)` its version's predictions of the same rows; None where the alias
            points nowhere. While production points nowhere, comparisons pass: there is nothing to be worse than. Once
            it does, an alias that points nowhere is not judged: it is most likely misspelt.
        checks: verdicts of the user's checks; those not required are left out.

    Returns:
        passed where all passed; a gate without conditions and checks passes.
    """
    results = [_judged(condition, trial, rivals) for condition in conditions]
    for verdict in checks:
        if verdict.required:
            results.append(
                GateResult(
                    condition=f"check {verdict.name}",
                    passed=verdict.passed,
                    value=verdict.value,
                    message=verdict.message,
                )
            )
    return GateDecision(passed=all(each.passed is True for each in results), results=tuple(results))


def _judged(condition: GateCondition, trial: Trial, rivals: Mapping[str, Rival | None]) -> GateResult:
    match condition:
        case MetricCondition():
            return _metric(condition, trial)
        case OverfitCondition():
            found = overfit_of(trial, condition.metric)
            words = f"{found.metric} {shown(found.train)} on training rows, {shown(found.held)} on held rows"
            return _limit(condition, condition.operator, condition.threshold, found.value, words)
        case UnderfitCondition():
            return _underfit(condition, trial)
        case NoWorseCondition() | SameReasonsCondition():
            rival = rivals.get(condition.alias)
            if rival is None:
                return _without_rival(condition, rivals)
            if rival.fault:
                return GateResult(condition=str(condition), passed=None, message=rival.fault)
            if isinstance(condition, NoWorseCondition):
                return _no_worse(condition, trial, rival)
            return _same_reasons(condition, trial, rival)


def _metric(condition: MetricCondition, trial: Trial) -> GateResult:
    held = trial.held
    found = measure(held.truth, held.predicted, metrics=[condition.metric], weight=held.weight)[condition.metric]
    sure = _sure(shown, found.low, found.high, found.rows)
    words = f"{shown(found.value)} on {counted(found.rows, 'held row')} ({sure})"
    return _limit(condition, condition.operator, condition.threshold, found.value, words)


def _underfit(condition: UnderfitCondition, trial: Trial) -> GateResult:
    found = underfit_of(trial, condition.metric)
    words = (
        f"takes away {_share(found.value)} of the loss ({found.metric}) of always predicting {shown(found.dummy)} "
        f"({_sure(_share, found.low, found.high, len(trial.held.truth))})"
    )
    if condition.threshold is None:
        value = _finite(found.value)
        return GateResult(condition=str(condition), passed=found.passed, value=value, threshold=0.0, message=words)
    return _limit(condition, condition.operator, condition.threshold, found.value, words)


def _limit(condition: GateCondition, sign: Operator, threshold: float, value: float | None, words: str) -> GateResult:
    judged = value is not None and not math.isnan(value)
    passed = _HOLDS[sign](value, threshold) if judged and value is not None else None
    return GateResult(condition=str(condition), passed=passed, value=_finite(value), threshold=threshold, message=words)


def _no_worse(condition: NoWorseCondition, trial: Trial, rival: Rival) -> GateResult:
    name = condition.metric or metrics_of(trial.task)[0]
    held, predicted, note = _fair_rows(trial.held, rival)
    found = compare(held, predicted, metric=name, name=rival.name, margin=condition.margin)
    return GateResult(
        condition=str(condition),
        passed=not found.worse if found.judged else None,
        value=_finite(found.change),
        threshold=condition.margin,
        message=f"{found.message}{note}",
    )


def _fair_rows(held: Scored, rival: Rival) -> tuple[Scored, NDArray[np.float64], str]:
    """Return the held rows that neither model was trained on.

    A version in production may have been trained on rows that are held from the new one: on those it would win by
    heart. Where too few others are left, all held rows decide, and the message says whom that favours.
    """
    if rival.unseen is None or rival.unseen.all():
        return held, rival.predicted, ""
    where = rival.unseen
    if where.sum() < FEWEST_UNSEEN:
        return held, rival.predicted, f"; {rival.name} was trained on some of these rows, which favours it"
    weight = None if held.weight is None else held.weight[where]
    return Scored(truth=held.truth[where], predicted=held.predicted[where], weight=weight), rival.predicted[where], ""


def _same_reasons(condition: SameReasonsCondition, trial: Trial, rival: Rival) -> GateResult:
    if trial.reasons is None or rival.reasons is None:
        lacking = "the new version" if trial.reasons is None else rival.name
        return GateResult(condition=str(condition), passed=None, message=f"no attributions of {lacking} could be had")
    found = compare_reasons(trial.reasons, rival.reasons, name=rival.name)
    return GateResult(
        condition=str(condition),
        passed=found.moved <= condition.moved and found.order >= condition.order,
        value=found.moved,
        threshold=condition.moved,
        message=found.message,
    )


def _without_rival(
    condition: NoWorseCondition | SameReasonsCondition, rivals: Mapping[str, Rival | None]
) -> GateResult:
    if rivals.get(PRODUCTION) is None:
        return GateResult(condition=str(condition), passed=True, message="no production version yet")
    known = ", ".join(sorted(alias for alias, rival in rivals.items() if rival is not None))
    message = f'no version has the alias "{condition.alias}" (compared with here: {known})'
    return GateResult(condition=str(condition), passed=None, message=message)


def _sure(written: Callable[[float | None], str], low: float | None, high: float | None, rows: int) -> str:
    """Say between what a figure may lie; of one row nothing can be said of that."""
    if low is not None and high is not None and math.isfinite(low) and math.isfinite(high):
        return f"95%: {written(low)} to {written(high)}"
    few = "one held row does not tell" if rows == 1 else "these rows do not tell"
    return f"{few} how sure that is"


def shown(value: float | None) -> str:
    """Return a figure as messages show it, with four digits: a threshold is judged by them.

    Example:
        >>> shown(21874.4), shown(0.123456), shown(None)
        ('21,874', '0.1235', 'cannot be computed')
    """
    return "cannot be computed" if value is None or not math.isfinite(value) else figure(value, digits=4)


def _share(value: float | None) -> str:
    return f"{value:.0%}" if value is not None and math.isfinite(value) else "cannot be computed"


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None
