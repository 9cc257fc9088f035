"""The decorators of a contract: `@derive`, `@rule`, `@table_test`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, overload

from msgspec import Struct

from holdtrue.contracts.fields import severity_at
from holdtrue.contracts.places import Place, error_at
from holdtrue.contracts.spec import LivePolicy, Severity

WINDOW, FEWEST, MOST = 500, 20, 10_000
"""How many live rows make a window, unless a test says otherwise; the fewest and the most that it may say."""

Function = Callable[[Any], Any]


class Derive(Struct, frozen=True):
    """A function marked as a derived field."""

    function: Function


class Rule(Struct, frozen=True):
    """A function marked as a rule."""

    function: Function
    severity: Severity
    live: LivePolicy | None


class TableTest(Struct, frozen=True):
    """A function marked as a table test; `volume` None: decided by what it reads."""

    function: Function
    severity: Severity
    live: bool
    volume: bool | None
    window: int


def derive(function: Function) -> Any:
    """Make a function of a row a derived field: compiled, tested, watched and given to the model like any other."""
    return Derive(function)


@overload
def rule(function: Function) -> Any: ...
@overload
def rule(*, severity: str = ..., live: LivePolicy | None = ...) -> Callable[[Function], Any]: ...
def rule(function: Function | None = None, *, severity: str = "refuse", live: LivePolicy | None = None) -> Any:
    """Make a function of a row a rule: where it gives false, the row is refused (or warned about, or noted).

    The first line of its docstring is what the person who sent the row reads. `live=fall_back()`: a live row that
    breaks it is answered with the model's fallback.
    """

    def mark(marked: Function) -> Rule:
        place = place_of(marked)
        if live is not None and (live.action != "fall_back" or severity != "refuse"):
            hint = (
                "only a field's value can be replaced" if severity == "refuse" else "only a refusing rule has a policy"
            )
            raise error_at(place, f"a rule of severity {severity} cannot have that live policy", hint=hint)
        return Rule(marked, severity_at(place, severity), live)

    return mark if function is None else mark(function)


@overload
def table_test(function: Function) -> Any: ...
@overload
def table_test(
    *, live: bool = ..., window: int = ..., severity: str = ..., volume: bool | None = ...
) -> Callable[[Function], Any]: ...
def table_test(
    function: Function | None = None,
    *,
    live: bool = False,
    window: int = WINDOW,
    severity: str = "refuse",
    volume: bool | None = None,
) -> Any:
    """Make a function of a table a test of whole tables.

    Args:
        live: judge it on windows of live rows too; a test that looks for drift is then left to the detectors.
        window: how many live rows make a window, 20 to 10,000.
        severity: `refuse` stops a training run, `warn` and `note` do not.
        volume: whether it depends on the number of rows and is left out on a slice; by default it does if it reads
            `table.rows` or a column's `.distinct`.
    """

    def mark(marked: Function) -> TableTest:
        if isinstance(window, bool) or not isinstance(window, int) or not FEWEST <= window <= MOST:
            hint = f"give a number of rows from {FEWEST} to {MOST:,}"
            raise error_at(place_of(marked), f"window={window!r} is no size of a window", hint=hint)
        return TableTest(marked, severity_at(place_of(marked), severity), live, volume, window)

    return mark if function is None else mark(function)


def place_of(function: Function) -> Place:
    """Return where a function is defined."""
    code = getattr(function, "__code__", None)
    return Place("<unknown>", 0) if code is None else Place(code.co_filename, code.co_firstlineno)
