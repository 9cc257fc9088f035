"""A contract as JSON Schema (draft 2020-12) of one row, as live requests send it.

What JSON Schema has no word for stands under `x-holdtrue`, which validators pass over, and is said in the notes: limits
of dates, limits that only warn, rules between fields, derived fields, tests of whole tables.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import Struct

from holdtrue.contracts.exchange.patterns import from_ecma, to_ecma
from holdtrue.contracts.expression_text import expression_text
from holdtrue.contracts.expressions import INT_MAX, INT_MIN, Kind
from holdtrue.contracts.messages import plain
from holdtrue.contracts.spec import Bounds, ContractSpec, FieldSpec

DIALECT = "https://json-schema.org/draft/2020-12/schema"
EXTENSION = "x-holdtrue"

_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_CLOCK = r"(?:[01][0-9]|2[0-3]):[0-5][0-9]"
MOMENT = rf"^{_DAY}T{_CLOCK}:[0-5][0-9](?:\.[0-9]{{1,6}})?(?:Z|[+-]{_CLOCK})$"
"""Times of RFC 3339 that a contract takes: to the microsecond, and no sixty-first second."""

TYPES: dict[Kind, dict[str, Any]] = {
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "category": {"type": "string"},
    "text": {"type": "string"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time", "pattern": MOMENT},
}
Side: TypeAlias = Literal["ge", "gt", "le", "lt"]
_SIDES: dict[Side, str] = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}


class Exported(Struct, frozen=True, kw_only=True):
    """A contract in another form.

    Attributes:
        document: plain values, ready for JSON or YAML.
        notes: what that form cannot say, one sentence each; it stands in the document in words or under a key of ours.
    """

    document: dict[str, Any]
    notes: tuple[str, ...]


class FieldExtension(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is said of a field under `x-holdtrue`."""

    kind: Kind | None = None
    column: str = ""
    missing: tuple[str, ...] = ()
    unit: str = ""
    limits: dict[Side, int | float | str] | None = None
    warn: dict[Side, int | float | str] | None = None
    pattern: str | None = None


def row_schema(spec: ContractSpec) -> Exported:
    """Return the JSON Schema of one row of a contract; for live rows give `spec.live(target)`.

    A row of JSON passes the contract's tests of fields exactly if it is valid, formats asserted, but for what the notes
    and `docs/contracts.md` name.

    Example:
        >>> spec = ContractSpec(name="Sale", fields=(FieldSpec(name="beds", kind="int", refuse=Bounds(ge=0, le=20)),))
        >>> row_schema(spec).document["properties"]["beds"]
        {'type': 'integer', 'minimum': 0, 'maximum': 20}
    """
    notes: list[str] = []
    document: dict[str, Any] = {
        "$schema": DIALECT,
        "title": spec.name,
        "type": "object",
        "properties": {field.name: property_of(field, notes) for field in spec.fields},
        "required": [field.name for field in spec.fields if not field.null],
    }
    warned = [f"{field.name} {_told(field.warn)}" for field in spec.fields if field.warn is not None]
    if warned:
        notes.append(f"limits that only warn, which JSON Schema knows nothing of: {', '.join(warned)}")
    more = _words(spec, notes)
    if more:
        document[EXTENSION] = more
    return Exported(document=document, notes=tuple(notes))


def property_of(field: FieldSpec, notes: list[str]) -> dict[str, Any]:
    """Return the schema of one field's value; what it cannot say is added to the notes."""
    written: dict[str, Any] = dict(TYPES.get(field.kind, {}))
    more: dict[str, Any] = {}
    if not written:
        notes.append(f"{field.name} is of kind {field.kind}, which has no form in JSON Schema: anything passes")
    if field.null and written:
        written["type"] = [written["type"], "null"]
    if field.doc:
        written["description"] = field.doc
    if field.allowed is not None:
        written["enum"] = [*field.allowed, *([None] if field.null else [])]
    if field.kind in ("int", "float"):
        written |= {_SIDES[side]: limit for side, limit in _given(field.refuse).items()}
    elif field.refuse != Bounds():
        more["limits"] = _plain(field.refuse)
        notes.append(f"{field.name}: its limits ({_told(field.refuse)}) are of dates, for which JSON Schema has none")
    if field.kind == "int":
        written = _within_64_bits(written)
    for name, limit in (("minLength", field.min_length), ("maxLength", field.max_length)):
        if limit is not None:
            written[name] = limit
    if field.pattern is not None:
        _add_pattern(field, field.pattern, written, more, notes)
    if field.warn is not None:
        more["warn"] = _plain(field.warn)
    if not written or (field.kind == "category") != (field.allowed is not None):
        more["kind"] = field.kind
    extension = msgspec.to_builtins(FieldExtension(column=field.column, missing=field.missing, unit=field.unit, **more))
    return written | {EXTENSION: extension} if extension else written


def _add_pattern(
    field: FieldSpec, pattern: str, written: dict[str, Any], more: dict[str, Any], notes: list[str]
) -> None:
    translated = to_ecma(pattern)
    if translated.pattern is not None:
        written["pattern"] = translated.pattern
    if translated.note or translated.pattern is None or from_ecma(translated.pattern).pattern != pattern:
        more["pattern"] = pattern
    if translated.pattern is None:
        notes.append(f"{field.name}: the pattern {pattern!r} has no form in JSON Schema: {translated.note}")
    elif translated.note:
        notes.append(f"{field.name}: the pattern {pattern!r} is not quite the same: {translated.note}")


def _within_64_bits(written: dict[str, Any]) -> dict[str, Any]:
    low = {} if {"minimum", "exclusiveMinimum"} & written.keys() else {"minimum": INT_MIN}
    high = {} if {"maximum", "exclusiveMaximum"} & written.keys() else {"maximum": INT_MAX}
    return written | low | high


def _words(spec: ContractSpec, notes: list[str]) -> dict[str, Any]:
    """Return what goes beyond single values, in words and as the expression it is."""
    found: dict[str, Any] = {}
    if spec.rules:
        found["rules"] = [
            {
                "name": rule.name,
                "severity": rule.severity.value,
                "expression": expression_text(rule.expression),
                **({"message": rule.message} if rule.message else {}),
            }
            for rule in spec.rules
        ]
        named = ", ".join(rule.name for rule in spec.rules)
        notes.append(f"rules between fields are told and not tested by JSON Schema: {named}")
    if spec.derives:
        found["derived"] = {derive.name: expression_text(derive.expression) for derive in spec.derives}
    if spec.table_tests:
        found["table_tests"] = {test.name: expression_text(test.expression) for test in spec.table_tests}
        notes.append(f"tests of whole tables are told and not tested: {', '.join(found['table_tests'])}")
    return found


def _given(limits: Bounds) -> dict[Side, Any]:
    return {side: limit for side in _SIDES if (limit := getattr(limits, side)) is not None}


def _told(limits: Bounds) -> str:
    words = {"ge": "from", "gt": "above", "le": "to", "lt": "below"}
    return " ".join(f"{words[side]} {plain(limit)}" for side, limit in _given(limits).items())


def _plain(limits: Bounds) -> dict[Side, Any]:
    return {side: plain(limit) for side, limit in _given(limits).items()}


def limits_of(limits: Mapping[Side, int | float | str] | None, kind: Kind) -> Bounds:
    """Return limits, read back from JSON, as values of a field's kind.

    Raises:
        ValueError: one is no such value.
    """
    fitted: dict[Side, Any] = {}
    for side, limit in (limits or {}).items():
        if kind in ("date", "datetime"):
            fitted[side] = dt.date.fromisoformat(str(limit))
        else:
            fitted[side] = float(limit) if kind == "float" else int(limit)
    return Bounds(**fitted)
