"""The slow way of the row compiler: one generated function that decodes a row and lists every failure.

Values that are plainly of their kind and pass all their tests cost a comparison or two; whatever else there is goes
through the functions that say what a kind and a test are (`decoding.py`, `row_tests.py`).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from holdtrue.contracts.decoding import INVALID
from holdtrue.contracts.media_reader import MediaReader
from holdtrue.contracts.messages import Failure, called_as_in_tables, teller_of
from holdtrue.contracts.plain_values import is_missing, plain_value
from holdtrue.contracts.python_compiler import compiled, to_python, variables_of
from holdtrue.contracts.row_tests import RowTest, breaks, limit_value, rule_test
from holdtrue.contracts.spec import ContractSpec, FieldSpec
from holdtrue.contracts.unread import Unread
from holdtrue.media import MEDIA

BROKEN: Mapping[str, str] = {"ge": "<", "gt": "<=", "le": ">", "lt": ">="}
"""How a value compares with a limit that it breaks."""

Judge: TypeAlias = Callable[[Mapping[str, Any], MediaReader | None], tuple[dict[str, Any], list[Failure]]]

# What is of its kind without a doubt, and is its own logical value.
_PLAIN: Mapping[str, str] = {
    "int": "{0}.__class__ is int and _I <= {0} <= _J",
    "float": "{0}.__class__ is float and -_L <= {0} <= _L",
    "bool": "{0}.__class__ is bool",
    "category": "{0}.__class__ is str and {0}.isascii()",
    "text": "{0}.__class__ is str and {0}.isascii()",
    "key": "{0}.__class__ is str and {0}.isascii()",
    "date": "{0}.__class__ is _date",
}


class FieldTests(NamedTuple):
    """A field, how its values are decoded, and its tests.

    Attributes:
        first: its tests of presence and type, by what they test.
        hard: its other tests. soft: those judged only where the value passed all the others.
    """

    field: FieldSpec
    decode: Callable[[Any], Any]
    first: Mapping[str, RowTest]
    hard: Sequence[RowTest]
    soft: Sequence[RowTest]


def listing_way(spec: ContractSpec, fields: Sequence[FieldTests]) -> Judge:
    """Generate the function that gives, of a row of values as JSON or Python has them and of what reads its media, its
    decoded values with derived ones, and all its failures in the contract's order.
    """
    kinds = spec.kinds
    variables = variables_of(kinds)
    names: dict[str, Any] = {"breaks": breaks, "_date": dt.date}
    lines = ["def judge(raw, media):", "    failures = []", "    get = raw.get"]
    for each in fields:
        column = each.field.column if each.field.column not in variables else ""
        names[f"decode_{variables[each.field.name]}"] = _decoder(each, column)
        lines += _field_lines(each, variables[each.field.name], names)
    for index, derive in enumerate(spec.derives):
        source = to_python(derive.expression, kinds, variables, prefix=f"d{index}_")
        names |= source.names
        lines += [f"    {statement}" for statement in source.statements]
        lines.append(f"    {variables[derive.name]} = {source.text}")
    for index, rule in enumerate(spec.rules):
        source = to_python(rule.expression, kinds, variables, prefix=f"r{index}_")
        names |= source.names
        names[f"rule_{index}"] = teller_of(rule_test(rule))
        lines += [f"    {statement}" for statement in source.statements]
        read = _pairs({name: variables[name] for name in rule.reads})
        lines.append(f"    if {source.text} is False:\n        failures.append(rule_{index}({read}))")
    lines.append(f"    return {_pairs(variables)}, failures")
    judge: Judge = compiled("judge", "\n".join(lines), names)
    return judge


def _pairs(variables: Mapping[str, str]) -> str:
    return "{" + ", ".join(f"{name!r}: {variable}" for name, variable in variables.items()) + "}"


def _field_lines(each: FieldTests, variable: str, names: dict[str, Any]) -> list[str]:
    reader = ", media" if each.field.kind in MEDIA else ""
    decoded = f"{variable} = decode_{variable}(raw, {variable}, failures{reader})"
    plain = _PLAIN.get(each.field.kind)
    lines = [f"    {variable} = get({each.field.name!r})"]
    lines.append(f"    if not ({plain.format(variable)}):\n        {decoded}" if plain else f"    {decoded}")
    conditions = []
    for index, test in enumerate((*each.hard, *each.soft)):
        names[f"t_{variable}_{index}"] = test
        conditions.append(_condition(test, variable, f"t_{variable}_{index}", names))
    if conditions:
        names[f"broken_{variable}"] = _breaking(each.hard, each.soft)
        lines.append(f"    if {variable} is not None and ({' or '.join(conditions)}):")
        lines.append(f"        broken_{variable}({variable}, failures)")
    return lines


def _condition(test: RowTest, variable: str, name: str, names: dict[str, Any]) -> str:
    """Write that a value breaks a test."""
    if test.item:
        return f"breaks({name}, {variable})"
    if test.field is not None and test.field.kind in ("int", "float", "date", "datetime") and test.what in BROKEN:
        names[f"{name}_limit"] = limit_value(test)
        return f"{variable} {BROKEN[test.what]} {name}_limit"
    if test.field is not None and test.field.kind == "category" and test.what == "allowed":
        names[f"{name}_levels"] = frozenset(test.limit)
        return f"{variable} not in {name}_levels"
    return f"breaks({name}, {variable})"


def _decoder(each: FieldTests, column: str) -> Callable[..., Any]:
    """Return the function that decodes a field's value and notes what is wrong with it.

    Args:
        column: what tables call the field, where that is no field's name: a row that says so is told.
    """
    field, decode = each.field, each.decode
    tell = {what: teller_of(test) for what, test in each.first.items()}
    medium = field.kind if field.kind in MEDIA else None

    def decoded_or_none(
        raw: Mapping[str, Any], given: Any, failures: list[Failure], media: MediaReader | None = None
    ) -> Any:
        value = plain_value(given)
        if is_missing(value):
            if not field.null and column and column in raw and field.name not in raw:
                failures.append(called_as_in_tables(each.first["missing"], column))
            elif not field.null:
                failures.append(tell["null" if field.name in raw else "missing"](None))
            return None
        decoded = decode(value) if medium is None or media is None else media.read(medium, value)
        if decoded is INVALID or decoded.__class__ is Unread:
            failures.append(tell["type"](value if decoded is INVALID else decoded))
            return None
        return decoded

    return decoded_or_none


def _breaking(hard: Sequence[RowTest], soft: Sequence[RowTest]) -> Callable[[Any, list[Failure]], None]:
    judged = [[(test, teller_of(test)) for test in tests] for tests in (hard, soft)]

    def broken(value: Any, failures: list[Failure]) -> None:
        for tests in judged:
            found = [tell(value) for test, tell in tests if breaks(test, value)]
            if found:
                failures += found
                return

    return broken
