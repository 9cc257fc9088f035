"""Tests of whole tables: how many rows, how many missing, which mean."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import polars as pl
from msgspec import Struct

from holdtrue.contracts.expression_text import expression_text, statistic_name
from holdtrue.contracts.expressions import Expression, Kind, Statistic, nodes_of
from holdtrue.contracts.past import Past
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
        examples: where it does not hold, the first values that count against it, in words.
    """

    test: str
    passed: bool | None
    value: dict[str, Any]
    message: str
    severity: Severity
    examples: tuple[str, ...] = ()


def check_table(
    spec: ContractSpec,
    frame: pl.DataFrame,
    *,
    slice: bool = False,  # noqa: A002 (the command line's own word)
    live: bool = False,
    now: int | None = None,
    pasts: Mapping[str, Past] | None = None,
    keys: Mapping[str, pl.Series] | None = None,
) -> tuple[TableResult, ...]:
    """Judge a table of accepted rows (`BatchResult.accepted`) by the contract's table tests.

    Args:
        slice: the table is a slice of the data; tests of volume then say "not judged".
        live: judge only the tests marked `live=True`, as on a window of live rows.
        now: the time of the test, microseconds since 1970; tests of age are not judged without it.
        pasts, keys: earlier data and other tables, as `TableFigures` takes them.

    Raises:
        ContractError: the table lacks a column that a test reads.
    """
    tests = (test.expression for test in _chosen(spec, live))
    gathered = TableFigures(tests, kinds=spec.kinds, pasts=pasts, keys=keys)
    gathered.add(frame)
    return judge_table(spec, gathered, now=now, slice=slice, live=live)


def judge_table(
    spec: ContractSpec,
    gathered: TableFigures,
    *,
    now: int | None = None,
    slice: bool = False,  # noqa: A002 (as above)
    live: bool = False,
) -> tuple[TableResult, ...]:
    """Judge a table by the figures that were gathered of its parts; arguments as of `check_table`."""
    found = _Found(gathered.values(now), gathered.remarks(), gathered.examples())
    return tuple(_judged(test, found, spec.kinds, slice) for test in _chosen(spec, live))


class _Found(Struct, frozen=True):
    values: Mapping[str, Any]
    remarks: Mapping[str, str]
    examples: Mapping[str, tuple[str, ...]]


def _chosen(spec: ContractSpec, live: bool) -> list[TableTestSpec]:
    return [test for test in spec.table_tests if test.live or not live]


def _judged(test: TableTestSpec, found: _Found, kinds: Mapping[str, Kind], sliced: bool) -> TableResult:
    read = [node for node in nodes_of(test.expression) if isinstance(node, Statistic)]
    value = {name: found.values[name] for name in map(statistic_name, read)}
    passed: bool | None = None
    words = "not judged on a slice"
    if not (sliced and test.volume):
        passed = _holds(test.expression, value, kinds)
        words = {True: "holds", False: "does not hold", None: _unjudged(value, found.remarks)}[passed]
    told = ", ".join(_told(name, each, found.remarks) for name, each in value.items())
    sentence = test.message or expression_text(test.expression)
    return TableResult(
        test=f"table.{test.name}",
        passed=passed,
        value={name: plain(each) for name, each in value.items()},
        message=f"{sentence}: {words}, {told} [table.{test.name}]",
        severity=test.severity,
        examples=tuple(each for name in value for each in found.examples.get(name, ())) if passed is False else (),
    )


def _unjudged(value: Mapping[str, Any], remarks: Mapping[str, str]) -> str:
    why = next((remarks[name] for name, each in value.items() if each is None and name in remarks), "")
    return f"not judged: {why}" if why else "not judged, for want of a figure"


def _told(name: str, value: Any, remarks: Mapping[str, str]) -> str:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    words = f"{name} is {figure(value, digits=4) if number else shown(value)}"
    # Why there is none is said before.
    return f"{words} ({remarks[name]})" if name in remarks and value is not None else words


def _holds(expression: Expression, value: Mapping[str, Any], kinds: Mapping[str, Kind]) -> bool | None:
    variables = {name: f"f{index}" for index, name in enumerate(value)}
    source = to_python(expression, kinds, variables)
    body = "\n    ".join([*source.statements, f"return {source.text}"])
    text = f"def holds({', '.join(variables.values())}):\n    {body}"
    verdict: bool | None = compiled("holds", text, source.names)(*value.values())
    return verdict
