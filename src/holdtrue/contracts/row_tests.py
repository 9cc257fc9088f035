"""The tests of one row, listed once: both compilers go through this list in this order."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from holdtrue.contracts.spec import Bounds, ContractSpec, FieldSpec, LivePolicy, RuleSpec, Severity


class RowTest(Struct, frozen=True, kw_only=True):
    """One test of a value or of a row.

    Attributes:
        id: as messages name it: `beds.ge`, `beds.warn.le`, `garage.allowed`, `rule.sold_after_built`.
        name: the field; of a rule, the fields it reads, joined by commas.
        what: missing, null, type, ge, gt, le, lt, allowed, pattern, min_length, max_length, seen or rule.
        limit: what the value is held against.
        soft: whether it is judged only where the field's value passed all its other tests.
        live: what a live row gets in place of a refusal.
        item: whether it is a test of each item of the list that the field is; `field` is then the item's.
    """

    id: str
    name: str
    what: str
    severity: Severity
    limit: Any = None
    field: FieldSpec | None = None
    rule: RuleSpec | None = None
    soft: bool = False
    live: LivePolicy | None = None
    item: bool = False


def field_tests(field: FieldSpec) -> tuple[RowTest, ...]:
    """Return the tests of one field's value in the order they are reported."""
    tests = [
        RowTest(
            id=f"{field.name}.{what}",
            name=field.name,
            what=what,
            severity=field.severities.get(what, Severity.REFUSE),
            limit=limit,
            field=field,
            live=field.live.get(what),
        )
        for what, limit in _whats(field)
    ]
    if field.items is not None:
        # Whether an item is there and of its kind is part of the list's own type.
        inner = [test for test in field_tests(field.items) if test.what not in ("missing", "null", "type")]
        tests += [replace(test, name=field.name, item=True) for test in inner]
    for what, limit in _limits(field.warn) if field.warn else ():
        warning = RowTest(
            id=f"{field.name}.warn.{what}",
            name=field.name,
            what=what,
            severity=Severity.WARN,
            limit=limit,
            field=field,
            soft=True,
        )
        tests.append(warning)
    return tuple(tests)


def tests_named(field: FieldSpec) -> tuple[str, ...]:
    """Return the names of a field's tests, less its warnings': those that `severity` and `live` may name."""
    return (*(what for what, _ in _whats(field)), *(("unique",) if field.unique else ()))


def row_tests(spec: ContractSpec) -> tuple[RowTest, ...]:
    """Return all tests of a row: field by field in the contract's order, then the rules."""
    tests = [test for field in spec.fields for test in field_tests(field)]
    return (*tests, *(rule_test(rule) for rule in spec.rules))


def rule_test(rule: RuleSpec) -> RowTest:
    """Return the test that a rule is."""
    return RowTest(
        id=f"rule.{rule.name}",
        name=", ".join(rule.reads),
        what="rule",
        severity=rule.severity,
        rule=rule,
        live=rule.live,
    )


def limit_value(test: RowTest) -> Any:
    """Return a limit as a value of the field's own kind: for datetimes, a date's midnight in UTC."""
    if test.field is not None and test.field.kind == "datetime" and isinstance(test.limit, dt.date):
        return dt.datetime(test.limit.year, test.limit.month, test.limit.day, tzinfo=dt.UTC)
    return test.limit


def breaks(test: RowTest, value: Any) -> bool:
    """Whether a decoded value, not null, breaks a field's test; a list breaks that of its items if one of them does."""
    if test.item:
        return any(item is not None and _breaks(test, item) for item in value)
    return _breaks(test, value)


def broken_items(test: RowTest, values: Sequence[Any]) -> list[int]:
    """Return the places of the items, not null, that break a test of items."""
    return [place for place, item in enumerate(values) if item is not None and _breaks(test, item)]


def _breaks(test: RowTest, value: Any) -> bool:
    match test.what:
        case "ge":
            return bool(value < limit_value(test))
        case "gt":
            return bool(value <= limit_value(test))
        case "le":
            return bool(value > limit_value(test))
        case "lt":
            return bool(value >= limit_value(test))
        case "allowed":
            return value not in test.limit
        case "seen":
            return test.limit is not None and value not in test.limit
        case "pattern":
            return not matches(test.limit, value)
        case "min_length":
            return len(value) < int(test.limit)
        case "max_length":
            return len(value) > int(test.limit)
        case _:
            return False


def matches(pattern: str, text: str) -> bool:
    """Whether the whole text matches the pattern, as Python's `re` understands it."""
    return _regex(pattern).fullmatch(text) is not None


@lru_cache(maxsize=256)
def _regex(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)


def _whats(field: FieldSpec) -> list[tuple[str, Any]]:
    """Return what a value is tested for, and against what, in the order of reports."""
    whats: list[tuple[str, Any]] = [] if field.null else [("missing", None), ("null", None)]
    whats += [("type", None), *_limits(field.refuse)]
    for what in ("allowed", "pattern", "min_length", "max_length"):
        limit = getattr(field, what)
        if limit is not None:
            whats.append((what, limit))
    return [*whats, ("seen", field.levels)] if field.seen else whats


def _limits(limits: Bounds) -> list[tuple[str, Any]]:
    return [(side, limit) for side in ("ge", "gt", "le", "lt") if (limit := getattr(limits, side)) is not None]
