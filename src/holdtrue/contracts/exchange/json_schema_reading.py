"""A JSON Schema of a row as a contract: what has a test here becomes one, everything else is named."""

from __future__ import annotations

import math
import operator
from collections.abc import Mapping
from typing import Any

import msgspec

from holdtrue.contracts.exchange.extension import FieldExtension, given, joined, without_slow_pattern
from holdtrue.contracts.exchange.foreign_values import is_number, short
from holdtrue.contracts.exchange.imported import Imported, checked
from holdtrue.contracts.exchange.json_schema import EXTENSION, MOMENT, UNWRITTEN, figures_of
from holdtrue.contracts.exchange.patterns import from_ecma
from holdtrue.contracts.exchange.references import Resolver
from holdtrue.contracts.exchange.told import Found, Reader
from holdtrue.contracts.expressions import INT_MAX, INT_MIN, ITEM_KINDS, STRINGS, Kind
from holdtrue.contracts.inference import LIST_OF, field_name
from holdtrue.contracts.spec import Bounds, FieldSpec
from holdtrue.foundation import ContractError, DataUnreadable
from holdtrue.media import MEDIA

_KNOWN_OF_ROW = frozenset(
    {"$schema", "$id", "$defs", "definitions", "$anchor", "title", "description", "type", "properties", "required"}
)
_USED = frozenset(
    {"type", "enum", "const", "nullable", "description", "title", "format", EXTENSION, "$defs", "definitions"}
)
_OF_NUMBERS = frozenset({"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"})
_OF_TEXT = frozenset({"minLength", "maxLength", "pattern"})
_OF_LISTS = frozenset({"items", "minItems", "maxItems"})
_PLAIN_FORMATS = {"integer": ("int64", "i64"), "number": ("double", "float", "f64")}


def contract_of_schema(document: Any, name: str, file: str) -> Imported:
    """Read a JSON Schema of an object (or of a list of objects) as a contract.

    Args:
        name: of the class. file: how messages name the document.

    Raises:
        DataUnreadable: it describes no object with named properties. ContractError: a property that no value can pass.
    """
    resolver = Resolver(document, file)
    notes: list[tuple[str, str]] = []
    schema = resolver.resolved(_root(document, file), lambda note: notes.append(("", note)))
    if schema.get("type") == "array" and isinstance(schema.get("items"), dict):
        schema = resolver.resolved(schema["items"], lambda note: notes.append(("", note)))
    properties = schema.get("properties")
    if not isinstance(properties, dict) or not properties:
        raise DataUnreadable(f"{file} describes no row: it has no properties", hint=_WANTED)
    required = schema.get("required", [])
    required = set(filter(lambda each: isinstance(each, str), required)) if isinstance(required, list) else set()
    notes += [("", f"{key}: {short(value)}") for key, value in schema.items() if key not in _KNOWN_OF_ROW | {EXTENSION}]
    fields: list[FieldSpec] = []
    taken: set[str] = set()
    for title, part in properties.items():
        plain = field_name(title, taken | (set(properties) - {title}))
        taken.add(plain)
        said: list[str] = []
        found = _field(plain, title, resolver.resolved(_plain(part), said.append), title in required, said, resolver)
        if found is not None:
            fields.append(checked(found, file))
        notes += [(plain, note if found is not None else f"{title}: {note}") for note in said]
    if not fields:
        raise DataUnreadable(f"{file}: no property of it can be a field: {'; '.join(note for _, note in notes[:3])}")
    lost = required - set(properties)
    notes += [("", f"required names {each}, which is no property") for each in sorted(lost)]
    told = _told(name, fields, schema.get(EXTENSION))
    return Imported(
        name=name,
        doc=_text(schema, "description"),
        fields=tuple(fields),
        derives=told.derives,
        rules=told.rules,
        tests=told.tests,
        notes=(*notes, *(("", note) for note in told.notes)),
    )


_WANTED = "name a JSON Schema of an object with properties, or an ODCS contract"


def _root(document: Any, file: str) -> Any:
    if isinstance(document, dict) and ("openapi" in document or "swagger" in document):
        components = document.get("components")
        schemas = components.get("schemas") if isinstance(components, dict) else None
        names = ", ".join(list(schemas)[:10] if isinstance(schemas, dict) else []) or "none"
        raise DataUnreadable(
            f"{file} is an OpenAPI document, not a schema", hint=f"write one of its schemas to a file; it has {names}"
        )
    if not isinstance(document, dict):
        raise DataUnreadable(f"{file} is no JSON Schema", hint=_WANTED)
    return document


def _field(
    name: str, title: str, schema: Mapping[str, Any], required: bool, notes: list[str], resolver: Resolver
) -> FieldSpec | None:
    """Return a property as a field; None where no field can hold it. What is not taken over goes to the notes."""
    more = _extension(schema, notes)
    types, null = _types(schema, notes)
    levels, null_level = _levels(schema)
    kind = more.kind
    items: FieldSpec | None = None
    if types == ["array"]:
        kind, items = _list(name, schema, more.kind, notes, resolver)
    elif kind is None:
        kind = _kind(types, levels, schema, notes)
    if kind is None:
        return None
    text, listed = kind in STRINGS, kind in ITEM_KINDS
    if required and (null or null_level) and not more.severities and not name.endswith("[]"):
        notes.append("it must be there, though it may be null: here it may be left out too")
    if not (required or null or null_level or more.severities):
        notes.append("it may be left out, though not be null: here it may be null too")
    used = _OF_NUMBERS if kind in ("int", "float") else _OF_TEXT if text else _OF_LISTS if listed else frozenset()
    bounds, kept_levels = _enumerated(f"{resolver.file}: {name}", kind, levels, _bounds(kind, schema, notes), notes)
    pattern = None
    if text and more.pattern is None and isinstance(schema.get("pattern"), str):
        pattern = _pattern(schema["pattern"], notes)
    lost = {key: value for key, value in schema.items() if key not in _USED | used and not _ours(kind, key, value)}
    if lost:
        notes.append("; ".join(f"{key}: {short(value)}" for key, value in lost.items()))
    low, high = ("minItems", "maxItems") if listed else ("minLength", "maxLength")
    length = _length(schema, low, notes) if kind == "embedding" else None
    sized = (text or listed) and kind != "embedding"
    field = FieldSpec(
        name=name,
        kind=kind,
        column="" if name == title else title,
        null=null or null_level or not required,
        doc=_text(schema, "description") or _title(schema, title),
        refuse=bounds,
        allowed=kept_levels,
        pattern=pattern,
        min_length=_length(schema, low, notes) if sized else None,
        max_length=_length(schema, high, notes) if sized else None,
        length=length,
        items=items,
    )
    try:
        return joined(field, more)
    except (ValueError, OverflowError):
        notes.append(f"{EXTENSION}: {short(schema.get(EXTENSION))}")
        return field


def _list(
    name: str, schema: Mapping[str, Any], own: Kind | None, notes: list[str], resolver: Resolver
) -> tuple[Kind | None, FieldSpec | None]:
    """Return the kind of a list, and the tests of its items where there are any."""
    said: list[str] = []
    inner = _field(
        f"{name}[]",
        f"{name}[]",
        resolver.resolved(_plain(schema.get("items", True)), said.append),
        True,
        said,
        resolver,
    )
    notes += [f"items: {note}" for note in said]
    kind = None if inner is None else LIST_OF.get(inner.kind)
    if inner is None or kind is None:
        notes.append("no field holds such a list")
        return None, None
    if own == "embedding" and kind == "list[float]":
        kind = own
    plain = FieldSpec(name=inner.name, kind=ITEM_KINDS[kind])
    return kind, None if inner == plain else inner


def _plain(part: Any) -> Any:
    """Return the schema of a field whose kind only warns, which our own export writes as it or anything."""
    if not isinstance(part, dict) or not isinstance(part.get("anyOf"), list) or EXTENSION not in part:
        return part
    if len(part["anyOf"]) != 2 or part["anyOf"][1] != {} or not isinstance(part["anyOf"][0], dict):
        return part
    return {**part["anyOf"][0], **{key: value for key, value in part.items() if key not in ("anyOf", "not")}}


def _extension(schema: Mapping[str, Any], notes: list[str]) -> FieldExtension:
    try:
        more, slow = without_slow_pattern(msgspec.convert(schema.get(EXTENSION, {}), FieldExtension))
    except msgspec.ValidationError as wrong:
        notes.append(f"{EXTENSION}: {wrong}")
        return FieldExtension()
    notes += [slow] if slow else []
    return more


def _types(schema: Mapping[str, Any], notes: list[str]) -> tuple[list[str], bool]:
    kinds = schema.get("type", [])
    listed = kinds if isinstance(kinds, list) else [kinds]
    types = [each for each in listed if isinstance(each, str)]
    if len(types) < len(listed):
        notes.append(f"type: {short(kinds)}")
    return [each for each in types if each != "null"], "null" in types or schema.get("nullable") is True


def _levels(schema: Mapping[str, Any]) -> tuple[list[Any] | None, bool]:
    levels = schema.get("enum")
    if "const" in schema:
        levels = [schema["const"]]
    if not isinstance(levels, list):
        return None, False
    return [each for each in levels if each is not None], None in levels


def _kind(types: list[str], levels: list[Any] | None, schema: Mapping[str, Any], notes: list[str]) -> Kind | None:
    if not types:
        types = _guessed(levels, schema)
    if set(types) == {"integer", "number"}:
        types = ["number"]
    if schema.get("type") in ("null", ["null"]) or (levels == [] and not types):
        notes.append("it is always null, and no field holds only that")
        return None
    if len(types) != 1:
        notes.append(f"no field can be {' or '.join(types)}" if types else "it does not say its type")
        return None
    said, form = types[0], schema.get("format")
    simple: dict[str, Kind] = {"integer": "int", "number": "float", "boolean": "bool"}
    if said in simple:
        if form is not None and form not in _PLAIN_FORMATS.get(said, ()):
            notes.append(f"format: {form}")
        return simple[said]
    if said != "string":
        notes.append(f"no field holds an {said}")
        return None
    if form in ("date", "date-time"):
        return "date" if form == "date" else "datetime"
    if form is not None:
        notes.append(f"format: {form}")
    return "text" if levels is None else "category"


def _guessed(levels: list[Any] | None, schema: Mapping[str, Any]) -> list[str]:
    """Return the type that the other keywords speak of, where none is named."""
    names: dict[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}
    if levels:
        return sorted({names.get(type(each), "object") for each in levels})
    if _OF_TEXT & schema.keys() or schema.get("format") in ("date", "date-time"):
        return ["string"]
    return ["number"] if _OF_NUMBERS & schema.keys() else []


def _enumerated(
    where: str, kind: Kind, levels: list[Any] | None, bounds: Bounds, notes: list[str]
) -> tuple[Bounds, tuple[str, ...] | None]:
    """Return limits and levels of a field whose values are listed.

    Raises:
        ContractError: none of them is within the limits.
    """
    if levels is None:
        return bounds, None
    if kind == "category":
        texts = tuple(dict.fromkeys(each for each in levels if isinstance(each, str)))
        if len(texts) < len(levels):
            notes.append(f"enum: {short([each for each in levels if not isinstance(each, str)])}")
        return bounds, texts or None
    numbers = [each for each in levels if is_number(each)]
    if kind in ("int", "float") and numbers and len(numbers) == len(levels):
        whole = int if kind == "int" else float
        kept = {whole(each) for each in numbers if whole(each) == each and _is_within(each, bounds)}
        if not kept:
            raise ContractError(f"{where}: none of {short(levels)} is within the limits", hint="mend it there first")
        low, high = min(kept), max(kept)
        if kind == "float" or len(kept) <= high - low:
            notes.append(f"enum: {short(levels)}; its least and greatest value are taken as limits")
        return Bounds(ge=low, le=high), None
    if kind != "bool" or set(map(str, levels)) != {"True", "False"}:
        notes.append(f"enum: {short(levels)}")
    return bounds, None


def _is_within(number: float, bounds: Bounds) -> bool:
    compared = {"ge": operator.ge, "gt": operator.gt, "le": operator.le, "lt": operator.lt}
    return all(compared[side](number, limit) for side, limit in given(bounds).items())


def _bounds(kind: Kind, schema: Mapping[str, Any], notes: list[str]) -> Bounds:
    """Return the limits of a number; of whole numbers those that a limit between two of them means."""
    if kind not in ("int", "float"):
        return Bounds()
    found: dict[str, Any] = {}
    for key, open_key, closed, opened in (
        ("minimum", "exclusiveMinimum", "ge", "gt"),
        ("maximum", "exclusiveMaximum", "le", "lt"),
    ):
        limit, exclusive = schema.get(key), schema.get(open_key)
        if isinstance(exclusive, bool):  # as drafts before 6 say it
            found[opened if exclusive else closed], exclusive = limit, None
        else:
            found[closed] = limit
        if exclusive is not None:
            found[opened] = exclusive
    fitted = {}
    for side, limit in found.items():
        if limit is None:
            continue
        if not is_number(limit):
            notes.append(f"the limit {short(limit)} is no number")
        elif kind == "float":
            fitted[side] = float(limit)
        else:
            _add_whole(fitted, side, limit)
    if fitted.get("ge") == INT_MIN and kind == "int":
        del fitted["ge"]  # every whole number here has 64 bits
    if fitted.get("le") == INT_MAX and kind == "int":
        del fitted["le"]
    return Bounds(**fitted)


def _add_whole(fitted: dict[str, Any], side: str, limit: float) -> None:
    if limit != math.floor(limit):
        side, limit = ("ge", math.ceil(limit)) if side[0] == "g" else ("le", math.floor(limit))
        if side in fitted:
            limit = max(limit, fitted[side]) if side == "ge" else min(limit, fitted[side])
    fitted[side] = min(max(int(limit), INT_MIN), INT_MAX)


def _pattern(pattern: str, notes: list[str]) -> str | None:
    translated = from_ecma(pattern)
    if translated.note:
        notes.append(f"pattern: {short(pattern)} ({translated.note})")
    return translated.pattern


def _length(schema: Mapping[str, Any], key: str, notes: list[str]) -> int | None:
    value = schema.get(key)
    if value is None:
        return None
    if isinstance(value, (int, float)) and not isinstance(value, bool) and value == value // 1 and 0 <= value < 2**63:
        return int(value)
    notes.append(f"{key}: {short(value)}")
    return None


def _ours(kind: Kind, key: str, value: Any) -> bool:
    if key == "$comment":
        return isinstance(value, str) and value.startswith(UNWRITTEN)
    if kind in MEDIA:
        return bool(value == {"contentEncoding": "base64", **figures_of(kind)}.get(key))
    return key == "pattern" and value == MOMENT


def _told(name: str, fields: list[FieldSpec], extension: Any) -> Found:
    """Read what our own export told of rules, derived fields and table tests."""
    reader = Reader(name, fields)
    if isinstance(extension, dict):
        for key, read in (("derived", reader.derive), ("rules", reader.rule), ("table_tests", reader.test)):
            given = extension.get(key, [])
            if not isinstance(given, list):
                reader.notes.append(f"{key}: {short(given)}")
                continue
            for each in given:
                read(each)
    return reader.found


def _text(schema: Mapping[str, Any], key: str) -> str:
    value = schema.get(key)
    return " ".join(value.split()) if isinstance(value, str) else ""


def _title(schema: Mapping[str, Any], name: str) -> str:
    """Return a property's title, unless it only says the name again."""
    title = _text(schema, "title")
    return "" if "".join(filter(str.isalnum, title)).lower() == "".join(filter(str.isalnum, name)).lower() else title
