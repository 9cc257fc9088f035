"""Tests of whole tables: how many rows, how many missing, which mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
from msgspec import Struct

from holdtrue.contracts.expression_text import expression_text, statistic_name
from holdtrue.contracts.expressions import Expression, Kind, Statistic, nodes_of
from holdtrue.contracts.plain_values import plain, shown
from holdtrue.contracts.python_compiler import compiled, to_python
from holdtrue.contracts.spec import ContractSpec, Severity, TableTestSpec
from holdtrue.contracts.table_figures import TableFigures
from holdtrue.foundation import figure


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
    now: int | None = None,
) -> tuple[TableResult, ...]:
    """Judge a table of accepted rows (`BatchResult.accepted`) by the contract's table tests.

    Args:
        slice: the table is a slice of the data; tests of volume then say "not judged".
        live: judge only the tests marked `live=True`, as on a window of live rows.
        now: the time of the test, microseconds since 1970; tests of age are not judged without it.

    Raises:
        ContractError: the table lacks a column that a test reads.
    """
    gathered = TableFigures(test.expression for test in _chosen(spec, live))
    gathered.add(frame)
    return judge_table(spec, gathered.values(now), slice=slice, live=live)


def judge_table(
    spec: ContractSpec,
    figures: Mapping[str, Any],
    *,
    slice: bool = False,  # noqa: A002 (as above)
    live: bool = False,
) -> tuple[TableResult, ...]:
    """Judge a table by figures that `TableFigures` gathered; arguments as of `check_table`."""
    return tuple(_judged(test, figures, spec.kinds, slice) for test in _chosen(spec, live))


def _chosen(spec: ContractSpec, live: bool) -> list[TableTestSpec]:
    return [test for test in spec.table_tests if test.live or not live]


def _judged(test: TableTestSpec, figures: Mapping[str, Any], kinds: Mapping[str, Kind], sliced: bool) -> TableResult:
    read = [node for node in nodes_of(test.expression) if isinstance(node, Statistic)]
    value = {name: figures[name] for name in map(statistic_name, read)}
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
    body = "\n    ".join([*source.statements, f"return {source.text}"])
    text = f"def holds({', '.join(variables.values())}):\n    {body}"
    verdict: bool | None = compiled("holds", text, source.names)(*value.values())
    return verdict
