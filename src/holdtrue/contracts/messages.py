"""The words of a verdict: one place for training files, batches and live requests."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from holdtrue.contracts.expression_text import expression_text
from holdtrue.contracts.expressions import INT_MAX, INT_MIN
from holdtrue.contracts.row_tests import RowTest
from holdtrue.contracts.spec import FieldSpec, RuleSpec, Severity

CUT = 80
_written = json.JSONEncoder(ensure_ascii=False).encode
_NAMED = 8
_NEEDED = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "category": "text",
    "text": "text",
    "date": "a date such as 2026-01-31",
    "datetime": "a time such as 2026-01-31T12:00:00Z",
}
_COMPARED = {"ge": "less than", "gt": "not greater than", "le": "more than", "lt": "not less than"}


class Failure(Struct, frozen=True, kw_only=True):
    """One test that a row did not pass.

    Attributes:
        field: the field; of a rule, the fields it reads, joined by commas.
        value: what was found there, ready for JSON, text cut at 80 characters; of a rule, a dict of what it reads.
        test: the test's id, such as `beds.ge`, `garage.allowed`, `price.missing`, `rule.sold_after_built`.
        message: field, value and test in words.
        row_number: the row's place in its table, from 0; None for a row that came alone.
    """

    field: str
    value: Any
    test: str
    severity: Severity
    message: str
    row_number: int | None = None


def failure_of(test: RowTest, value: Any, row_number: int | None = None) -> Failure:
    """Say that a value (of a rule: a mapping of the values it reads) does not pass a test."""
    return Failure(
        field=test.name,
        value=plain(value) if test.rule is None else {name: plain(each) for name, each in value.items()},
        test=test.id,
        severity=test.severity,
        message=failure_message(test, value),
        row_number=row_number,
    )


def failure_message(test: RowTest, value: Any) -> str:
    """Say in words that a value (of a rule: a mapping of the values it reads) does not pass a test."""
    if test.rule is not None:
        return _rule_message(test.rule, value)
    problem = "" if test.field is None else _problem(test, test.field, value)
    return f"{test.name}: {problem} [{test.id}]"


def no_row(value: Any) -> Failure:
    """Say that what stands in a list of rows is no row at all."""
    message = f"{shown(value)} is not a row, an object with named fields [row.type]"
    return Failure(field="", value=plain(value), test="row.type", severity=Severity.REFUSE, message=message)


def general_message(test: RowTest) -> str:
    """Say what fails a test in general, for the report of a whole table.

    Example:
        >>> general_message(RowTest(id="a.ge", name="a", what="ge", severity=Severity.REFUSE, limit=0,
        ...                         field=FieldSpec(name="a", kind="int")))
        'a: less than 0 [a.ge]'
    """
    if test.rule is not None:
        return f"{test.rule.message or _broken(test.rule)} [{test.id}]"
    words = "" if test.field is None else _general(test, test.field)
    return f"{test.name}: {words} [{test.id}]"


def shown(value: Any) -> str:
    """Write a value for a message: text in quotes and cut at 80 characters, whole numbers without a point.

    Example:
        >>> shown("boathouse"), shown(-8.0), shown(None), shown(True), shown(dt.date(1996, 7, 1))
        ('"boathouse"', '-8', 'null', 'true', '1996-07-01')
    """
    simple = plain(value)
    if isinstance(simple, float):
        return str(int(simple)) if simple.is_integer() and abs(simple) < 1e15 else repr(simple)
    if isinstance(value, str):
        return _written(simple)
    if isinstance(simple, int) and not isinstance(simple, bool):
        return str(simple)
    return simple if isinstance(simple, str) else _written(simple)


def plain(value: Any) -> Any:
    """Make a value ready for JSON; what JSON has no form for becomes text.

    Example:
        >>> plain(float("inf")), plain(2**70), plain(dt.date(1996, 7, 1)), len(plain("x" * 200))
        ('inf', '1180591620717411303424', '1996-07-01', 80)
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if INT_MIN <= value <= INT_MAX else _cut(str(value)) if abs(value) < 10**1000 else "huge"
    if isinstance(value, float):
        return float(value) if value - value == 0 else str(float(value))
    if isinstance(value, str):
        return _cut(value.encode("utf-8", "replace").decode())
    if isinstance(value, dt.datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, (list, tuple, dict)):
        try:
            return _cut(json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "replace").decode())
        except RecursionError:
            return "deeply nested"
    return _cut(str(value))


def _cut(text: str) -> str:
    return text if len(text) <= CUT else text[: CUT - 1] + "…"


def _problem(test: RowTest, field: FieldSpec, value: Any) -> str:
    if test.what == "missing":
        return "is missing"
    if test.what == "null":
        return "null, where a value is needed"
    if test.what == "type":
        return f"{shown(value)} is not {_needed(field, value)}"
    if test.what in ("min_length", "max_length"):
        return f"{shown(value)} has {len(value)} characters, {_general(test, field)}"
    if test.what == "pattern":
        return f"{shown(value)} {_general(test, field)}"
    return f"{shown(value)} is {_general(test, field)}"


def _general(test: RowTest, field: FieldSpec) -> str:
    if test.what in _COMPARED:
        unit = f" {field.unit}" if field.unit else ""
        return f"{_COMPARED[test.what]} {shown(test.limit)}{unit}"
    match test.what:
        case "missing":
            return "missing"
        case "null":
            return "null"
        case "type":
            return f"not {_NEEDED[field.kind]}"
        case "allowed":
            levels = ", ".join(test.limit[:_NAMED]) + (", ..." if len(test.limit) > _NAMED else "")
            return f"not one of {levels}"
        case "pattern":
            return f"does not match {test.limit}"
        case "min_length":
            return f"fewer than {test.limit}"
        case _:
            return f"more than {test.limit}"


def _needed(field: FieldSpec, value: Any) -> str:
    """What was needed; where a number was given and is no good, why."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if field.kind == "float":
            return "a finite number"
        if field.kind == "int" and abs(value) >= 2.0**63:
            return "a whole number of 64 bits"
    return _NEEDED[field.kind]


def _rule_message(rule: RuleSpec, values: Mapping[str, Any]) -> str:
    found = ", ".join(f"{name} {shown(value)}" for name, value in values.items())
    return f"{found}: {rule.message or _broken(rule)} [rule.{rule.name}]"


def _broken(rule: RuleSpec) -> str:
    return f"breaks {expression_text(rule.expression)}"
