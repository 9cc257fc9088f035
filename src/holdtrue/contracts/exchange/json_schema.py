"""A contract as JSON Schema (draft 2020-12) of one row, as live requests send it.

What JSON Schema has no word for stands under `x-holdtrue`, which validators pass over, and is said in the notes: limits
of dates, limits that only warn, rules between fields, derived fields, tests of whole tables.
"""

from __future__ import annotations

from typing import Any

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from holdtrue.contracts.exchange.extension import (
    FieldExtension,
    Side,
    given,
    plain_limits,
    split,
    told_limits,
)
from holdtrue.contracts.exchange.patterns import from_ecma, to_ecma
from holdtrue.contracts.exchange.told import own_tests, told_derive, told_rule, told_test, too_deep
from holdtrue.contracts.expressions import INT_MAX, INT_MIN, ITEM_KINDS, Kind, described
from holdtrue.contracts.python_text import class_name
from holdtrue.contracts.spec import Bounds, ContractSpec, FieldSpec
from holdtrue.media import FIGURES, MEDIA

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
    "key": {"type": "string"},
    "date": {"type": "string", "format": "date"},
    "datetime": {"type": "string", "format": "date-time", "pattern": MOMENT},
}
WORDS: dict[Side, str] = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
UNWRITTEN = "not written is the pattern "
"""What the comment begins with that stands in place of a pattern."""

_SAYING = ("int", "float", "bool", "category", "text", "date", "datetime", "list[int]", "list[float]", "list[bool]",
           "list[text]")  # fmt: skip
"""Kinds that a schema says by itself."""


class Exported(Struct, frozen=True, kw_only=True):
    """A contract in another form.

    Attributes:
        document: plain values, ready for JSON or YAML.
        notes: what that form cannot say, one sentence each; it stands in the document in words or under a key of ours.
    """

    document: dict[str, Any]
    notes: tuple[str, ...]


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
        "required": [field.name for field in spec.fields if not field.null and "missing" not in field.severities],
    }
    notes += told_of(spec)
    more = _words(spec, notes)
    if more:
        document[EXTENSION] = more
    return Exported(document=document, notes=tuple(notes))


def property_of(field: FieldSpec, notes: list[str]) -> dict[str, Any]:
    """Return the schema of one field's value; what it cannot say is added to the notes."""
    hard, more = split(field)
    written = _typed(hard, notes)
    more = _add_tests(hard, written, more, notes)
    if "type" in field.severities:
        # What is not of the kind is null and passes: the schema is told, and takes anything.
        written = {"anyOf": [written, {}], **({} if hard.null else {"not": {"type": "null"}})}
        notes.append(f"{field.name}: what is not {described(field.kind)} does not refuse a row, so anything is valid")
    if field.doc:
        written["description"] = field.doc
    if field.kind not in _SAYING or (field.kind == "category") != (hard.allowed is not None):
        more = replace(more, kind=field.kind)
    extension = msgspec.to_builtins(more)
    return written | {EXTENSION: extension} if extension else written


def _typed(field: FieldSpec, notes: list[str]) -> dict[str, Any]:
    """Return the type of a field, of lists with that of their items."""
    written: dict[str, Any] = dict(TYPES.get(field.kind, {}))
    if field.kind in ITEM_KINDS:
        inner = field.items or FieldSpec(name=f"{field.name}[]", kind=ITEM_KINDS[field.kind])
        written = {"type": "array", "items": property_of(inner, notes)}
    elif field.kind == "key":
        plain_text = field.pattern is not None or field.min_length is not None or field.max_length is not None
        written["type"] = "string" if plain_text else ["string", "integer"]
        if plain_text:
            notes.append(f"{field.name}: whole numbers are taken too, as their digits")
    elif field.kind in MEDIA:
        written = {"type": ["string", "object"], "contentEncoding": "base64", **figures_of(field.kind)}
        notes.append(f"{field.name} is of kind {field.kind}, of which JSON Schema tests figures alone: any text passes")
    if field.null:
        types = written["type"]
        written["type"] = [*([types] if isinstance(types, str) else types), "null"]
    return written


def figures_of(kind: Kind) -> dict[str, Any]:
    """Return what a schema says of the figures that may stand for a picture, sound or film."""
    model = FIGURES[kind]  # type: ignore[index]
    schema: dict[str, Any] = msgspec.json.schema(model)["$defs"][model.__name__]
    return {"properties": schema["properties"], "required": schema["required"]}


def _add_tests(field: FieldSpec, written: dict[str, Any], more: FieldExtension, notes: list[str]) -> FieldExtension:
    """Write the tests that refuse; return what is left to tell."""
    if field.allowed is not None:
        written["enum"] = [*field.allowed, *([None] if field.null else [])]
    if field.kind in ("int", "float"):
        written |= {WORDS[side]: limit for side, limit in given(field.refuse).items()}
    elif field.refuse != Bounds():
        more = replace(more, limits={**plain_limits(field.refuse), **(more.limits or {})})
        told = told_limits(field.refuse)
        notes.append(f"{field.name}: its limits ({told}) are of dates, for which JSON Schema has none")
    if field.kind == "int":
        written |= _within_64_bits(written)
    counted = "Items" if field.kind in ITEM_KINDS else "Length"
    if field.length is not None:
        written |= {"minItems": field.length, "maxItems": field.length}
    for side, limit in (("min", field.min_length), ("max", field.max_length)):
        if limit is not None:
            written[f"{side}{counted}"] = limit
    if field.pattern is None:
        return more
    translated = to_ecma(field.pattern)
    if translated.pattern is None:
        notes.append(f"{field.name}: the pattern {field.pattern!r} has no form in JSON Schema: {translated.note}")
        written["$comment"] = f"{UNWRITTEN}{field.pattern}: {translated.note}"
        return replace(more, pattern=field.pattern)
    written["pattern"] = translated.pattern
    return more if from_ecma(translated.pattern).pattern == field.pattern else replace(more, pattern=field.pattern)


def _within_64_bits(written: dict[str, Any]) -> dict[str, Any]:
    low = {} if {"minimum", "exclusiveMinimum"} & written.keys() else {"minimum": INT_MIN}
    high = {} if {"maximum", "exclusiveMaximum"} & written.keys() else {"maximum": INT_MAX}
    return low | high


def told_of(spec: ContractSpec) -> list[str]:
    """Return notes on what refuses no row, and on what live rows get in place of a refusal."""
    fields = [each for field in spec.fields for each in (field, field.items) if each is not None]
    notes = []
    warned = [f"{field.name} {told_limits(field.warn)}" for field in fields if field.warn is not None]
    if warned:
        notes.append(f"limits that only warn are told: {', '.join(warned)}")
    soft = [f"{field.name}.{test}" for field in fields for test in field.severities]
    if soft:
        notes.append(f"tests that do not refuse are told: {', '.join(soft)}")
    answered = [field.name for field in fields if field.live]
    if answered:
        notes.append(f"told is what a live row gets in place of a refusal: {', '.join(answered)}")
    return notes


def _words(spec: ContractSpec, notes: list[str]) -> dict[str, Any]:
    """Return what goes beyond single values, in words and as the expression it is."""
    found: dict[str, Any] = {} if class_name(spec.name) == spec.name else {"contract": spec.name}
    if spec.rules:
        found["rules"] = [told_rule(rule) for rule in spec.rules]
        named = ", ".join(rule.name for rule in spec.rules)
        notes.append(f"rules between fields are told and not tested by JSON Schema: {named}")
    if spec.derives:
        found["derived"] = [told_derive(derive) for derive in spec.derives]
    tests = own_tests(spec)
    if tests:
        found["table_tests"] = [told_test(test) for test in tests]
        notes.append(f"tests of whole tables are told and not tested: {', '.join(test.name for test in tests)}")
    notes += too_deep(spec)
    words: dict[str, Any] = msgspec.to_builtins(found)
    return words
