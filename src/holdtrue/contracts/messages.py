"""The words of a verdict: one place for training files, batches and live requests."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache, partial
from typing import Any, Protocol

from msgspec import Struct

from holdtrue.contracts.decoding import INVALID
from holdtrue.contracts.expression_text import expression_text
from holdtrue.contracts.expressions import ITEM_KINDS, Call, FieldRef, Kind, nodes_of
from holdtrue.contracts.lists import decoded_item, listed_value
from holdtrue.contracts.plain_values import is_missing, plain, plain_value, shown, shown_as
from holdtrue.contracts.row_tests import RowTest, broken_items
from holdtrue.contracts.spec import FieldSpec, RuleSpec, Severity
from holdtrue.contracts.unread import Unread

_NAMED = 8
_NEEDED = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "category": "text",
    "text": "text",
    "key": "a key: text or a whole number",
    "date": "a date such as 2026-01-31",
    "datetime": "a time such as 2026-01-31T12:00:00Z",
    "image": "an image that can be read",
    "audio": "a sound that can be read",
    "video": "a video that can be read",
}
_LISTS = {
    "list[int]": "a list of whole numbers",
    "list[float]": "a list of numbers",
    "list[bool]": "a list of true and false",
    "list[text]": "a list of texts",
}
_COMPARISONS = frozenset(["ge", "gt", "le", "lt", "allowed", "seen", "pattern"])
_COMPARED = {"ge": "less than", "gt": "not greater than", "le": "more than", "lt": "not less than"}


class Failure(Struct, frozen=True, kw_only=True):
    """One test that a row did not pass.

    Attributes:
        field: the field; of a rule, the fields it reads, joined by commas.
        value: what was found there, ready for JSON: text cut at 80 characters, a list after 20 items (`…` stands for
            the others); of a rule, a dict of what it reads.
        test: the test's id, such as `beds.ge`, `garage.allowed`, `price.missing`, `rule.sold_after_built`.
        message: field, value and test in words.
        row_number: 1 is the first row of its table; None for a row that came alone.
    """

    field: str
    value: Any
    test: str
    severity: Severity
    message: str
    row_number: int | None = None


class Teller(Protocol):
    """Says that a value does not pass a test."""

    def __call__(self, value: Any, row_number: int | None = None, /) -> Failure: ...


def failure_of(test: RowTest, value: Any, row_number: int | None = None) -> Failure:
    """Say that a value (of a rule: a mapping of the values it reads) does not pass a test."""
    return teller_of(test)(value, row_number)


def teller_of(test: RowTest) -> Teller:
    """Return the function that says that a value does not pass a test: what is the same for all values is made once."""
    field, name, test_id, severity = test.field, test.name, test.id, test.severity
    if test.what not in _COMPARISONS or field is None or test.item:
        return partial(_told, test)
    after = f" {_compared(test, field)} [{test_id}]"

    def tell(value: Any, row_number: int | None = None) -> Failure:
        simple = plain(value)
        return Failure(
            field=name,
            value=simple,
            test=test_id,
            severity=severity,
            message=f"{name}: {shown_as(value, simple)}{after}",
            row_number=row_number,
        )

    return tell


def _told(test: RowTest, value: Any, row_number: int | None = None) -> Failure:
    place = None if test.rule is not None else wrong_item(test, value)
    name, found = test.name, value
    if place is not None:
        name, found = f"{test.name}[{place}]", _item(value, place)
    return Failure(
        field=name,
        value=plain(found) if test.rule is None else {key: plain(each) for key, each in _read(test.rule, value)},
        test=test.id,
        severity=test.severity,
        message=_message(test, value, place),
        row_number=row_number,
    )


def failure_message(test: RowTest, value: Any) -> str:
    """Say in words that a value (of a rule: a mapping of the values it reads) does not pass a test."""
    return _message(test, value, None if test.rule is not None else wrong_item(test, value))


def _message(test: RowTest, value: Any, place: int | None) -> str:
    if test.rule is not None:
        return _rule_message(test.rule, value)
    if test.field is None:
        return f"{test.name}: [{test.id}]"
    if place is None:
        return f"{test.name}: {_problem(test, test.field, value)} [{test.id}]"
    item = _item(value, place)
    if test.what == "type":
        kind = ITEM_KINDS[test.field.kind]
        return f"{test.name}[{place}]: {shown(item)} is not {_needed(kind, item)} [{test.id}]"
    more = len(broken_items(test, value)) - 1
    others = f", and so {'is 1 item' if more == 1 else f'are {more} items'} more" if more else ""
    return f"{test.name}[{place}]: {_problem(test, test.field, item)}{others} [{test.id}]"


def wrong_item(test: RowTest, value: Any) -> int | None:
    """Return the place of the first item of a list that fails the test; None where it is the list, or no list."""
    if test.item:
        return next(iter(broken_items(test, value)), None)
    field = test.field
    if test.what != "type" or field is None or field.kind not in ITEM_KINDS:
        return None
    listed = listed_value(value)
    if listed is None or (field.length is not None and len(listed) != field.length):
        return None
    return next((place for place, item in enumerate(listed) if decoded_item(field, item) is INVALID), None)


def called_as_in_tables(test: RowTest, column: str) -> Failure:
    """Say that a field is missing from a row that has a value under the name that tables use."""
    message = f"{test.name}: is missing; what tables call {column} is {test.name} in a live row [{test.id}]"
    return Failure(field=test.name, value=None, test=test.id, severity=test.severity, message=message)


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


def _item(values: Any, place: int) -> Any:
    item = plain_value((listed_value(values) or [])[place])
    return None if is_missing(item) else item


def _problem(test: RowTest, field: FieldSpec, value: Any) -> str:
    if test.what == "missing":
        return "is missing"
    if test.what == "null":
        return "null, where a value is needed"
    if isinstance(value, Unread):
        return f"{value.words} is not {_NEEDED[field.kind]}: {value.reason}"
    if test.what == "type":
        listed = listed_value(value) if field.length is not None else None
        if listed is not None:
            return f"has {len(listed):,} numbers, not {field.length:,}"
        return f"{shown(value)} is not {_list_needed(field) or _needed(field.kind, value)}"
    if test.what in ("min_length", "max_length"):
        units = "items" if field.kind in ITEM_KINDS else "characters"
        return f"{shown(value)} has {len(value)} {units}, {_general(test, field)}"
    return f"{shown(value)} {_compared(test, field)}"


def _compared(test: RowTest, field: FieldSpec) -> str:
    general = _general(test, field)
    return general if test.what == "pattern" else f"is {general}"


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
            return f"not {_list_needed(field) or _NEEDED[field.kind]}"
        case "allowed":
            levels = ", ".join(test.limit[:_NAMED]) + (", ..." if len(test.limit) > _NAMED else "")
            return f"not one of {levels}"
        case "pattern":
            return f"does not match {test.limit}"
        case "seen":
            return "not among the levels seen in training"
        case "min_length":
            return f"fewer than {test.limit}"
        case _:
            return f"more than {test.limit}"


def _list_needed(field: FieldSpec) -> str:
    return f"a list of {field.length:,} numbers" if field.length is not None else _LISTS.get(field.kind, "")


def _needed(kind: Kind, value: Any) -> str:
    """What was needed; where a number was given and is no good, why."""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        if kind == "float":
            return "a finite number"
        if kind == "int" and abs(value) >= 2.0**63:
            return "a whole number of 64 bits"
    return _NEEDED[kind]


def _rule_message(rule: RuleSpec, values: Mapping[str, Any]) -> str:
    found = ", ".join(f"{name} {shown(value)}" for name, value in _read(rule, values))
    return f"{found}: {rule.message or _broken(rule)} [rule.{rule.name}]"


def _read(rule: RuleSpec, values: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """Return what a rule read by name: of media the figures that it asked for, as `photo.width()`."""
    found: list[tuple[str, Any]] = []
    for name, value in values.items():
        if not isinstance(value, dict):
            found.append((name, value))
            continue
        calls = [n.function for n in nodes_of(rule.expression) if isinstance(n, Call) and n.operand == FieldRef(name)]
        found += [(f"{name}.{call}()", value[call]) for call in dict.fromkeys(calls) if call in value]
    return found


@lru_cache(maxsize=1024)
def _broken(rule: RuleSpec) -> str:
    return f"breaks {expression_text(rule.expression)}"
