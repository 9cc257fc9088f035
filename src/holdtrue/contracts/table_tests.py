"""Tests of whole tables: how many rows, how many missing, which mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl
from msgspec import Struct

from holdtrue.contracts.compared_figures import Unsure
from holdtrue.contracts.expression_text import statistic_name
from holdtrue.contracts.expression_words import expression_words
from holdtrue.contracts.expressions import Binary, Constant, Expression, Kind, Statistic, nodes_of
from holdtrue.contracts.past import Past
from holdtrue.contracts.plain_values import plain, shown
from holdtrue.contracts.python_compiler import compiled, to_python
from holdtrue.contracts.spec import ContractSpec, Severity, TableTestSpec
from holdtrue.contracts.table_figures import TableFigures
from holdtrue.foundation import figure

USUAL_LIMIT = 0.1
"""How far a column may have moved, where a test does not say it in a number: of less, a model seldom takes harm."""


class TableResult(Struct, frozen=True, kw_only=True):
    """What one table test says.

    Attributes:
        passed: None if it was not judged: on a slice, or where a figure it needs has no value.
        value: the figures it read, ready for JSON.
        message: what is tested, in the words of the test's docstring or else of its expression; how it came out; the
            figures; and the test's id in brackets.
        examples: where it does not hold, the first values that count against it, in words.
    """

    test: str
    passed: bool | None
    value: dict[str, Any]
    message: str
    severity: Severity
    examples: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        """The message without the test's id, for where the id stands beside it."""
        return self.message.removesuffix(f" [{self.test}]")


def check_table(
    spec: ContractSpec,
    frame: pl.DataFrame,
    *,
    slice: bool = False,  # noqa: A002 (the command line's own word)
    live: bool = False,
    now: int | None = None,
    refused: int = 0,
    pasts: Mapping[str, Past] | None = None,
    keys: Mapping[str, pl.Series] | None = None,
) -> tuple[TableResult, ...]:
    """Judge a table of accepted rows (`BatchResult.accepted`) by the contract's table tests.

    Args:
        slice: the table is a slice of the data; tests of volume then say "not judged".
        live: judge only the tests marked `live=True`, as on a window of live rows.
        now: the time of the test, microseconds since 1970; tests of age are not judged without it.
        refused: how many rows were refused. Where those were all there are, nothing is judged.
        pasts, keys: earlier data and other tables, as `TableFigures` takes them.

    Raises:
        ContractError: the table lacks a column that a test reads.
    """
    tests = (test.expression for test in _chosen(spec, live))
    gathered = TableFigures(tests, kinds=spec.kinds, pasts=pasts, keys=keys)
    gathered.add(frame)
    return judge_table(spec, gathered, now=now, refused=refused, slice=slice, live=live)


def judge_table(
    spec: ContractSpec,
    gathered: TableFigures,
    *,
    now: int | None = None,
    refused: int = 0,
    slice: bool = False,  # noqa: A002 (as above)
    live: bool = False,
) -> tuple[TableResult, ...]:
    """Judge a table by the figures that were gathered of its parts; arguments as of `check_table`."""
    found = _Found(
        values=gathered.values(now),
        remarks=gathered.remarks(),
        examples=gathered.examples(),
        unsure=gathered.unsure(),
        rows=gathered.rows,
        refused=refused,
    )
    return tuple(_judged(test, found, spec.kinds, slice) for test in _chosen(spec, live))


def judged_live(spec: ContractSpec) -> tuple[TableTestSpec, ...]:
    """Return the tests that are judged over windows: those marked so, less those that look for drift."""
    return tuple(test for test in spec.table_tests if test.live and not _looks_for_drift(test))


def left_to_detectors(spec: ContractSpec) -> tuple[TableTestSpec, ...]:
    """Return the tests marked live that look for drift: the detectors' matter."""
    return tuple(test for test in spec.table_tests if test.live and _looks_for_drift(test))


def _looks_for_drift(test: TableTestSpec) -> bool:
    return any(isinstance(node, Statistic) and node.statistic == "drift" for node in nodes_of(test.expression))


class _Found(Struct, frozen=True, kw_only=True):
    values: Mapping[str, Any]
    remarks: Mapping[str, str]
    examples: Mapping[str, tuple[str, ...]]
    unsure: Mapping[str, Unsure]
    rows: int
    refused: int


def _chosen(spec: ContractSpec, live: bool) -> list[TableTestSpec]:
    return [test for test in spec.table_tests if test.live or not live]


def _judged(test: TableTestSpec, found: _Found, kinds: Mapping[str, Kind], sliced: bool) -> TableResult:
    read = [node for node in nodes_of(test.expression) if isinstance(node, Statistic)]
    value = {name: found.values[name] for name in map(statistic_name, read)}
    passed: bool | None = None
    why_not = _why_not(test, read, found, sliced)
    if not why_not:
        passed = _holds(test.expression, value, kinds)
        why_not = _unknown(value, found.remarks)
    words = {True: "holds", False: "does not hold", None: f"not judged{why_not}"}[passed]
    # Why a figure has no value is said before; of no row there is nothing to say.
    known = [name for name, each in value.items() if passed is not None or (each is not None and found.rows)]
    told = ", ".join([words, *(_told(name, value[name], found.remarks) for name in known)])
    sentence = test.message or expression_words(test.expression)
    return TableResult(
        test=f"table.{test.name}",
        passed=passed,
        value={name: plain(each) for name, each in value.items()},
        message=f"{sentence}: {told} [table.{test.name}]",
        severity=test.severity,
        examples=tuple(each for name in value for each in found.examples.get(name, ())) if passed is False else (),
    )


def _why_not(test: TableTestSpec, read: Sequence[Statistic], found: _Found, sliced: bool) -> str:
    """Say why a test is not judged whatever its figures are; "" where it is."""
    if not found.rows and found.refused:
        return ": no row was accepted"
    if not found.rows and not any(node.statistic == "rows" and not node.past for node in read):
        return ": there is no row"
    if sliced and test.volume:
        return " on a slice"
    for node in read:
        unsure = found.unsure.get(statistic_name(node))
        few = unsure.too_few(_limit_of(node, test.expression)) if unsure is not None else ""
        if few:
            return f": {few}"
    return ""


def _limit_of(read: Statistic, expression: Expression) -> float:
    """Return the least limit above 0 that a figure is compared with; a tenth where it is compared with no number."""
    limits = []
    for node in nodes_of(expression):
        if isinstance(node, Binary) and read in (node.left, node.right):
            other = node.right if node.left == read else node.left
            if isinstance(other, Constant) and isinstance(other.value, (int, float)):
                limits.append(float(other.value))
    # Held to 0, it is asked whether the two are the very same: no number of rows would be enough.
    return min(limits) or 1.0 if limits else USUAL_LIMIT


def _unknown(value: Mapping[str, Any], remarks: Mapping[str, str]) -> str:
    missing = [name for name, each in value.items() if each is None]
    why = next((remarks[name] for name in missing if name in remarks), "")
    return f": {why or ' and '.join(missing) + (' has' if len(missing) == 1 else ' have') + ' no value'}"


def _told(name: str, value: Any, remarks: Mapping[str, str]) -> str:
    if value is None:
        return f"{name} has no value"
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    words = f"{name} is {figure(value, digits=4) if number else shown(value)}"
    return f"{words} ({remarks[name]})" if name in remarks else words


def _holds(expression: Expression, value: Mapping[str, Any], kinds: Mapping[str, Kind]) -> bool | None:
    variables = {name: f"f{index}" for index, name in enumerate(value)}
    source = to_python(expression, kinds, variables)
    body = "\n    ".join([*source.statements, f"return {source.text}"])
    text = f"def holds({', '.join(variables.values())}):\n    {body}"
    verdict: bool | None = compiled("holds", text, source.names)(*value.values())
    return verdict
