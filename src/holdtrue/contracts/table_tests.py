"""Tests of whole tables: how many rows, how many missing, which mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
from msgspec import Struct

from holdtrue.contracts.expression_text import expression_text, statistic_name
from holdtrue.contracts.expressions import Expression, Kind, Statistic, nodes_of
from holdtrue.contracts.messages import plain, shown
from holdtrue.contracts.python_compiler import compiled, to_python
from holdtrue.contracts.spec import ContractSpec, Severity, TableTestSpec
from holdtrue.foundation import ContractError, figure


class TableResult(Struct, frozen=True, kw_only=True):
    """What one table test says.

    Attributes:
        passed: None if it was not judged: on a slice, or where a figure it needs has no value.
        value: the figures it read, ready for JSON.
    """

    test: str
    passed: bool | None
    value: dict[str, Any]
    message: str
    severity: Severity


def check_table(
    spec: ContractSpec,
    frame: pl.DataFrame,
    *,
    slice: bool = False,  # noqa: A002 (the command line's own word)
    live: bool = False,
) -> tuple[TableResult, ...]:
    """Judge a table of accepted rows (`BatchResult.accepted`) by the contract's table tests.

    Args:
        slice: the table is a slice of the data; tests of volume then say "not judged".
        live: judge only the tests marked `live=True`, as on a window of live rows.

    Raises:
        ContractError: the table lacks a column that a test reads.
    """
    tests = [test for test in spec.table_tests if test.live or not live]
    figures = table_figures([test.expression for test in tests], frame)
    return tuple(_judged(test, figures, spec.kinds, slice) for test in tests)


def table_figures(expressions: list[Expression], frame: pl.DataFrame) -> dict[str, Any]:
    """Compute all figures those expressions read, by name, in one pass."""
    wanted = {
        statistic_name(node.statistic, node.column, node.level): node
        for expression in expressions
        for node in nodes_of(expression)
        if isinstance(node, Statistic)
    }
    for node in wanted.values():
        if node.column and node.column not in frame.columns:
            hint = "check the rows with BatchChecker first and give its accepted rows"
            raise ContractError(f'the table has no column "{node.column}"', hint=hint)
    if not wanted:
        return {}
    row = frame.lazy().select(_figure(node).alias(name) for name, node in wanted.items()).collect().row(0, named=True)
    return {name: _figure_value(wanted[name].statistic, value) for name, value in row.items()}


def _figure_value(statistic: str, value: Any) -> Any:
    if isinstance(value, (bool, int)) and statistic not in ("rows", "distinct"):
        return float(value)
    return None if isinstance(value, float) and value - value != 0 else value


def _figure(node: Statistic) -> pl.Expr:
    column = pl.col(node.column)
    match node.statistic:
        case "rows":
            return pl.len().cast(pl.Int64)
        case "null_share":
            return column.is_null().mean()
        case "distinct":
            return column.drop_nulls().n_unique().cast(pl.Int64)
        case "mean":
            return column.cast(pl.Float64).mean()
        case "sd":
            return column.cast(pl.Float64).std()
        case "share":
            return (column == pl.lit(node.level)).mean()
        case "min":
            return column.min()
        case _:
            return column.max()


def _judged(test: TableTestSpec, figures: Mapping[str, Any], kinds: Mapping[str, Kind], sliced: bool) -> TableResult:
    read = [node for node in nodes_of(test.expression) if isinstance(node, Statistic)]
    value = {name: figures[name] for name in (statistic_name(n.statistic, n.column, n.level) for n in read)}
    passed: bool | None = None
    words = "not judged on a slice"
    if not (sliced and test.volume):
        passed = _holds(test.expression, value, kinds)
        words = {True: "holds", False: "does not hold", None: "not judged, for want of a figure"}[passed]
    found = ", ".join(f"{name} is {_told(each)}" for name, each in value.items())
    sentence = test.message or expression_text(test.expression)
    return TableResult(
        test=f"table.{test.name}",
        passed=passed,
        value={name: plain(each) for name, each in value.items()},
        message=f"{sentence}: {words}, {found} [table.{test.name}]",
        severity=test.severity,
    )


def _told(value: Any) -> str:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return figure(value, digits=4) if number else shown(value)


def _holds(expression: Expression, value: Mapping[str, Any], kinds: Mapping[str, Kind]) -> bool | None:
    variables = {name: f"f{index}" for index, name in enumerate(value)}
    source = to_python(expression, kinds, variables)
    text = f"def holds({', '.join(variables.values())}):\n    return {source.text}"
    verdict: bool | None = compiled("holds", text, source.names)(*value.values())
    return verdict
