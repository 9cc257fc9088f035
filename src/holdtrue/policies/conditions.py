"""When: what a policy waits for."""

from __future__ import annotations

from typing import Literal, get_args

from msgspec import Struct

from holdtrue.foundation import WrongUse
from holdtrue.policies.durations import micros_in, micros_of_promotion

Watched = Literal["inputs", "pairs", "predictions", "tests", "labels", "service", "load"]


class _Condition(Struct, frozen=True, tag_field="kind"):
    """Any condition; it has no truth of its own, so that `and` and `or` between two cannot lose one."""

    def __bool__(self) -> bool:
        raise WrongUse(
            "a policy's condition is judged when something happens, not where it is written",
            hint="list conditions with commas: on(A, B) reacts to either",
        )


class Drift(_Condition, frozen=True, tag="drift"):
    """An alarm: the inputs, or the predictions, are no longer distributed as in the reference.

    Or, of `tests`: another share of the rows is refused by the contract, or fails a test of it; of `pairs`: fields that
    went together do so no more; of `labels`: they have other values, come later, or fewer come in time; of `service`:
    it is slower, fails more often or holds more memory; of `load`: it is asked more or less, or works harder.
    """

    of: Watched = "inputs"

    def __post_init__(self) -> None:
        if self.of not in get_args(Watched):
            known = ", ".join(f'ht.Drift("{each}")' for each in get_args(Watched))
            raise WrongUse(f"nothing watches {self.of!r}", hint=f"write one of {known}")


class ReasonsChanged(_Condition, frozen=True, tag="reasons"):
    """An alarm: predictions are made for other reasons (attributions) than in the reference."""


class Degraded(_Condition, frozen=True, tag="degraded"):
    """An alarm: the error against labels is no longer as in the reference; `within` so long of a promotion only.

    Or, `estimated`, before labels come: the error that is to be expected of the rows has grown.
    """

    within: str | None = None
    estimated: bool = False

    def __post_init__(self) -> None:
        if self.within is not None:
            micros_of_promotion(self.within)


class TableTestFails(_Condition, frozen=True, tag="table-test"):
    """A table test that is judged live begins to fail in a window: that of this name, or any.

    Such alarms come as often as the test is written to fail; no rate of them is stated.
    """

    name: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.name, str):
            raise WrongUse(f"TableTestFails({self.name!r})", hint='give the name of a table test, such as "few_new"')


class NewData(_Condition, frozen=True, tag="new-data"):
    """At least so many labelled rows that the version in production has not been trained with."""

    rows: int

    def __post_init__(self) -> None:
        if isinstance(self.rows, bool) or not isinstance(self.rows, int) or self.rows < 1:
            raise WrongUse(f"NewData(rows={self.rows!r})", hint="give a number of rows from 1, such as 500")


class Every(_Condition, frozen=True, tag="every"):
    """So long since the last training."""

    period: str

    def __post_init__(self) -> None:
        if micros_in(self.period) < 1:
            raise WrongUse("Every() of no time at all", hint='write such as ht.Every("7d")')


Condition = Drift | ReasonsChanged | Degraded | TableTestFails | NewData | Every


def condition_text(condition: Condition) -> str:
    """Say when a condition holds.

    Example:
        >>> condition_text(Degraded(within="7d of promotion"))
        'the error degrades within 7d of a promotion'
    """
    match condition:
        case Drift("tests"):
            return "another share of the rows is refused"
        case Drift("pairs"):
            return "fields go together otherwise"
        case Drift("labels"):
            return "labels are others, or come otherwise"
        case Drift("service"):
            return "the service is slower, fails or grows"
        case Drift("load"):
            return "the load is another"
        case Drift(of):
            return f"the {of} drift"
        case ReasonsChanged():
            return "the reasons of predictions change"
        case Degraded(within, estimated):
            text = "the error to be expected without labels grows" if estimated else "the error degrades"
            long = str(within).removesuffix("of promotion").strip()
            return text if within is None else f"{text} within {long} of a promotion"
        case TableTestFails(name):
            return f"the table test {name} fails live" if name else "a table test fails live"
        case NewData(rows):
            return f"{rows:,} new labelled rows are there"
        case Every(period):
            return f"{period} have passed since the last training"
