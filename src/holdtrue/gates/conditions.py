"""What must hold before a version may be promoted: conditions written with operators, kept as data."""

from __future__ import annotations

from typing import Any, Literal, NoReturn

from msgspec import Struct

from holdtrue.checks import ORDER_KEPT, SHARE_MOVED, metric_named, require_by_row
from holdtrue.foundation import WrongUse

Operator = Literal["<", "<=", ">", ">="]


class _Condition(Struct, frozen=True, kw_only=True, tag_field="kind"):
    """Any condition. It has no truth of its own: a chain such as `0 < ht.metric("r2") < 1` would lose one half."""

    def __bool__(self) -> bool:
        raise WrongUse(
            f"a condition ({self}) is judged when a version is tested, not where it is written",
            hint="give two conditions to gate(...) in place of a chain, `and`, `or` or `not`",
        )


class MetricCondition(_Condition, frozen=True, kw_only=True, tag="metric"):
    """A metric on held rows against a threshold, in the metric's own unit."""

    metric: str
    operator: Operator
    threshold: float

    def __str__(self) -> str:
        return f"{self.metric} {self.operator} {self.threshold:,}"


class OverfitCondition(_Condition, frozen=True, kw_only=True, tag="overfit"):
    """The gap between held and training error, (held - train) / held, against a threshold."""

    metric: str
    operator: Operator
    threshold: float

    def __str__(self) -> str:
        return f"overfit({_named(self.metric)}) {self.operator} {self.threshold:,}"


class UnderfitCondition(_Condition, frozen=True, kw_only=True, tag="underfit"):
    """The part of a dummy's loss that the model takes away on held rows: by default more than none, beyond chance.

    `ht.underfit() > 0.3` asks for a third of it.
    """

    metric: str = ""
    operator: Operator = ">"
    threshold: float | None = None

    def __gt__(self, threshold: float) -> UnderfitCondition:
        return UnderfitCondition(metric=self.metric, operator=">", threshold=_number(threshold))

    def __ge__(self, threshold: float) -> UnderfitCondition:
        return UnderfitCondition(metric=self.metric, operator=">=", threshold=_number(threshold))

    def __lt__(self, threshold: float) -> NoReturn:
        message = "underfit() is the part of a dummy's loss taken away: more is better"
        raise WrongUse(message, hint="write underfit() > 0.3")

    def __str__(self) -> str:
        limit = "" if self.threshold is None else f" {self.operator} {self.threshold:,}"
        return f"underfit({_named(self.metric)}){limit}"


class NoWorseCondition(_Condition, frozen=True, kw_only=True, tag="no_worse"):
    """Not worse than the version of an alias on the same held rows, beyond chance and by more than the margin."""

    alias: str
    metric: str = ""
    margin: float = 0.01

    def __str__(self) -> str:
        return f'no_worse_than("{self.alias}"{_named(self.metric, ", ")})'


class SameReasonsCondition(_Condition, frozen=True, kw_only=True, tag="same_reasons"):
    """Decides for the same reasons as the version of an alias, on the same held rows.

    Attributes:
        moved: the most of the shares of mean |attribution| that may move to other features.
        order: the least NDCG of the features' order.
    """

    alias: str
    moved: float = SHARE_MOVED
    order: float = ORDER_KEPT

    def __str__(self) -> str:
        return f'same_reasons_as("{self.alias}")'


GateCondition = MetricCondition | OverfitCondition | UnderfitCondition | NoWorseCondition | SameReasonsCondition


class _Quantity:
    """A figure that becomes a condition when it is compared with a number."""

    def __init__(self, name: str, condition: type[MetricCondition] | type[OverfitCondition], metric: str) -> None:
        self._name = name
        self._condition = condition
        self._metric = metric

    def _compared(self, operator: Operator, threshold: Any) -> Any:
        return self._condition(metric=self._metric, operator=operator, threshold=_number(threshold))

    def __bool__(self) -> bool:
        raise WrongUse(f"{self} is no condition by itself", hint=f"compare it with a number: {self} < 0.25")

    def __str__(self) -> str:
        return self._name


class MetricQuantity(_Quantity):
    """A metric of held rows, to be compared with a number."""

    def __lt__(self, threshold: float) -> MetricCondition:
        return self._compared("<", threshold)  # type: ignore[no-any-return]

    def __le__(self, threshold: float) -> MetricCondition:
        return self._compared("<=", threshold)  # type: ignore[no-any-return]

    def __gt__(self, threshold: float) -> MetricCondition:
        return self._compared(">", threshold)  # type: ignore[no-any-return]

    def __ge__(self, threshold: float) -> MetricCondition:
        return self._compared(">=", threshold)  # type: ignore[no-any-return]


class OverfitQuantity(_Quantity):
    """The gap between held and training error, to be compared with a number."""

    def __lt__(self, threshold: float) -> OverfitCondition:
        return self._compared("<", threshold)  # type: ignore[no-any-return]

    def __le__(self, threshold: float) -> OverfitCondition:
        return self._compared("<=", threshold)  # type: ignore[no-any-return]


def metric(name: str) -> MetricQuantity:
    """Return a metric on held rows, to be compared with a number.

    Args:
        name: mae, rmse, mape, median_ae, r2; of two-class models log_loss, brier, accuracy, auc, f1, precision, recall.

    Raises:
        WrongUse: no such metric; lists those there are.

    Example:
        >>> print(metric("mae") < 25_000)
        mae < 25,000
    """
    return MetricQuantity(f'metric("{metric_named(name).name}")', MetricCondition, name)


def overfit(metric: str = "") -> OverfitQuantity:
    """Return the gap between held and training error, (held - train) / held, to be compared with a number.

    Example:
        >>> print(overfit() < 0.25)
        overfit() < 0.25
    """
    return OverfitQuantity(f"overfit({_checked(metric)})", OverfitCondition, metric)


def underfit(metric: str = "") -> UnderfitCondition:
    """Ask for a model that is better than a dummy beyond chance; `underfit() > 0.3`: by that part of its loss.

    Example:
        >>> print(underfit(), "|", underfit() > 0.3)
        underfit() | underfit() > 0.3
    """
    return UnderfitCondition(metric=_checked(metric))


def no_worse_than(alias: str, *, metric: str = "", margin: float = 0.01) -> NoWorseCondition:
    """Ask for a model that is not worse than the version of an alias on the same held rows.

    Worse is: beyond chance (one-sided 5 %), and by more than the margin. Passes while no version is in production.

    Args:
        alias: such as "production".
        metric: whose losses of rows are compared; the task's main one by default.
        margin: the relative rise of the loss that is tolerated.
    """
    if metric:
        require_by_row(metric)
    if not 0 <= margin < 1:
        raise WrongUse(f"margin is {margin}", hint="give a share from 0 to 1, such as 0.01 for 1 %")
    return NoWorseCondition(alias=alias, metric=_checked(metric), margin=margin)


def same_reasons_as(alias: str, *, moved: float = SHARE_MOVED, order: float = ORDER_KEPT) -> SameReasonsCondition:
    """Ask for a model that decides for the same reasons as the version of an alias, on the same held rows.

    Args:
        alias: such as "production".
        moved: the most of what decides that may move to other features (total variation distance of the shares).
        order: the least agreement of the features' order (NDCG).
    """
    for name, value in (("moved", moved), ("order", order)):
        if not 0 <= value <= 1:
            raise WrongUse(f"{name} is {value}", hint="give a number from 0 to 1")
    return SameReasonsCondition(alias=alias, moved=moved, order=order)


def aliases_of(conditions: tuple[GateCondition, ...]) -> tuple[str, ...]:
    """Return the aliases whose versions a gate compares with, production first where there are any.

    Example:
        >>> aliases_of((no_worse_than("champion"), same_reasons_as("champion")))
        ('production', 'champion')
    """
    named = [each.alias for each in conditions if isinstance(each, (NoWorseCondition, SameReasonsCondition))]
    return tuple(dict.fromkeys(["production", *named])) if named else ()


def _checked(metric: str) -> str:
    return metric_named(metric).name if metric else ""


def _named(metric: str, before: str = "") -> str:
    return f'{before}"{metric}"' if metric else ""


def _number(threshold: Any) -> float:
    if isinstance(threshold, bool) or not isinstance(threshold, (int, float)):
        raise WrongUse(f"a threshold is a number, not {threshold!r}", hint='write such as ht.metric("mae") < 25_000')
    return threshold
