"""An Open Data Contract Standard document (v3) as contracts, one for each table: what has no test here is named."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from holdtrue.contracts.decoding import parse_datetime
from holdtrue.contracts.exchange.extension import FieldExtension, joined, without_slow_pattern
from holdtrue.contracts.exchange.foreign_values import is_number, short
from holdtrue.contracts.exchange.imported import Imported, checked
from holdtrue.contracts.exchange.odcs import ENGINE, MUST, SIDES
from holdtrue.contracts.exchange.patterns import from_ecma
from holdtrue.contracts.exchange.told import Reader, own_class_name
from holdtrue.contracts.expression_source import value_of
from holdtrue.contracts.expressions import INT_MAX, INT_MIN, ITEM_KINDS, Kind
from holdtrue.contracts.inference import LIST_OF, field_name
from holdtrue.contracts.spec import Bounds, FieldSpec, Severity
from holdtrue.foundation import ContractError, DataUnreadable, free_name

_LOGICAL: Mapping[str, Kind] = {
    "string": "text", "integer": "int", "number": "float", "boolean": "bool", "date": "date", "timestamp": "datetime",
}  # fmt: skip
_PHYSICAL: tuple[tuple[str, Kind], ...] = (
    ("timestamp", "datetime"), ("datetime", "datetime"), ("date", "date"), ("bool", "bool"), ("double", "float"),
    ("float", "float"), ("real", "float"), ("decimal", "float"), ("numeric", "float"), ("number", "float"),
    ("bigint", "int"), ("smallint", "int"), ("tinyint", "int"), ("int", "int"), ("long", "int"), ("varchar", "text"),
    ("nvarchar", "text"), ("char", "text"), ("text", "text"), ("string", "text"),
)  # fmt: skip
_COMPARED = {word: op for op, word in MUST.items()}
_RANGES = ("mustBeBetween", "mustNotBeBetween")
_WARNING = ("warning", "warn", "info", "low", "minor")
_USED_OF_PROPERTY = frozenset(
    {"name", "id", "physicalName", "logicalType", "logicalTypeOptions", "physicalType", "required", "description"}
) | {"quality", "customProperties", "unique", "primaryKey", "primaryKeyPosition", "items"}
_USED_OF_TABLE = frozenset(
    {"name", "id", "physicalName", "physicalType", "logicalType", "description", "properties", "quality"}
    | {"customProperties"}
)
_USED_OF_ENTRY = frozenset(
    {"id", "name", "type", "metric", "rule", "arguments", "unit", "severity", "description", "dimension", *_COMPARED}
    | {*_RANGES}
    | {"customProperties"}
)
_USED_OF_DOCUMENT = frozenset({"apiVersion", "kind", "id", "name", "version", "status", "schema"})
_FORMATS = ("i64", "f64", "yyyy-MM-dd")


class _Asked(Struct, frozen=True):
    """What a quality entry asks of a figure: a comparison with one number, or a range, limits included."""

    op: str
    numbers: tuple[int | float, ...]

    def of(self, figure: str, per: float = 1, times: str = "") -> str:
        """Write it as Python; `per` divides its numbers, and `times` is a figure that they are shares of."""
        limits = [str(number if per == 1 else round(number / per, 12)) for number in self.numbers]
        limits = [f"{limit} * {times}" if times else limit for limit in limits]
        if self.op == "mustNotBeBetween":
            return f"({figure} < {limits[0]}) | ({figure} > {limits[1]})"
        if self.op == "mustBeBetween" and times:
            return f"({figure} >= {limits[0]}) & ({figure} <= {limits[1]})"
        if self.op == "mustBeBetween":
            return f"({figure}).is_between({', '.join(limits)})"
        return f"{figure} {self.op} {limits[0]}"


class _Test(Struct, frozen=True):
    """A table test that a quality entry asks for: its Python, and what our own export told besides."""

    name: str
    source: str
    severity: Severity
    message: str
    told: Any


class _Table(Struct):
    """A table in the making."""

    file: str
    notes: list[tuple[str, str]]
    tests: list[_Test]
    taken: set[str]

    def say(self, name: str, note: str) -> None:
        self.notes.append((name, note))

    def test(self, name: str, source: str, entry: Mapping[str, Any] | None = None) -> None:
        """Keep a test that an entry asks for, under the entry's own name where it has one."""
        named = str((entry or {}).get("name") or "")
        plain = free_name(field_name(named, set()) if named else name, self.taken)
        self.taken.add(plain)
        told = _own_of(entry or {}).get("table_test", {})
        self.tests.append(_Test(plain, source, _severity(entry or {}), _words((entry or {}).get("description")), told))


def _severity(entry: Mapping[str, Any]) -> Severity:
    said = str(entry.get("severity", "")).lower()
    return Severity.NOTE if said == "info" else Severity.WARN if said in _WARNING else Severity.REFUSE


def _own_of(given: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what our own export wrote into a part's custom properties."""
    for each in _list_of(given.get("customProperties")):
        if isinstance(each, dict) and each.get("property") == ENGINE and isinstance(each.get("value"), dict):
            own: Mapping[str, Any] = each["value"]
            return own
    return {}


def contracts_of_odcs(document: Any, name: str, file: str) -> tuple[Imported, ...]:
    """Read an ODCS document as contracts.

    Args:
        name: of the class where the document has one table; "": made of the table's name.
        file: how messages name the document.

    Raises:
        DataUnreadable: it is no ODCS document of version 3, or has no table with properties.
    """
    if not isinstance(document, dict) or document.get("kind") != "DataContract":
        raise DataUnreadable(f"{file} is no ODCS contract: kind is not DataContract", hint="name one, or a JSON Schema")
    version = str(document.get("apiVersion", ""))
    if not version.startswith("v3."):
        hint = "bring it to version 3 first"
        raise DataUnreadable(f"{file} is of ODCS {version or 'without apiVersion'}, and v3.x can be read", hint=hint)
    tables = [
        each for each in _list_of(document.get("schema")) if isinstance(each, dict) and _list_of(each.get("properties"))
    ]
    if not tables:
        raise DataUnreadable(f"{file} has no schema with properties", hint="describe a table in it first")
    whole = _lost(document, _USED_OF_DOCUMENT)
    notes = [("", whole)] if whole else []
    classes: set[str] = set()
    found: list[Imported] = []
    for each in tables:
        title = name if name and len(tables) == 1 else own_class_name(_own_of(each), str(each.get("name", "")))
        title = free_name(title, classes)
        table = _Table(file, [], [], set())
        fields = _fields(table, each)
        if not fields:
            said = "; ".join(note for _, note in table.notes)
            notes.append(("", f"{each.get('name')}: no property of it can be a field: {said}"))
            continue
        classes.add(title)
        found.append(_contract(table, each, title, fields))
    if not found:
        raise DataUnreadable(
            f"{file}: {'; '.join(note for _, note in notes)}"[:400], hint="describe single values in it"
        )
    found[0] = msgspec.structs.replace(found[0], notes=(*notes, *found[0].notes))
    return tuple(found)


def _contract(table: _Table, given: Mapping[str, Any], title: str, fields: list[FieldSpec]) -> Imported:
    reader = Reader(title, fields)
    quality = _list_of(given.get("quality"))
    _derived(table, reader, given)
    for entry in quality:
        _table_quality(table, reader, entry)
    lost = _lost(given, _USED_OF_TABLE)
    notes = [("", lost)] if lost else []
    for test in table.tests:
        _take(table, reader, test)
    order = _own_of(given).get("order")
    places = {name: place for place, name in enumerate(_list_of(order)) if isinstance(name, str)}
    found = reader.found
    return Imported(
        name=title,
        doc=_words(given.get("description")),
        fields=tuple(fields),
        derives=found.derives,
        rules=found.rules,
        tests=tuple(sorted(found.tests, key=lambda test: places.get(test.name, len(places)))),
        notes=(*notes, *table.notes, *(("", note) for note in found.notes)),
    )


def _derived(table: _Table, reader: Reader, given: Mapping[str, Any]) -> None:
    for each in _list_of(given.get("customProperties")):
        if not isinstance(each, dict) or each.get("property") == ENGINE:
            continue
        if each.get("property") != "derivedFields" or not isinstance(each.get("value"), list):
            table.say("", f"customProperties: {short(each)}")
            continue
        for derived in each["value"]:
            reader.derive(derived)


def _take(table: _Table, reader: Reader, test: _Test) -> None:
    """Read a kept test against the fields that there are, in the order in which the document has them."""
    told = {"name": test.name, "severity": test.severity.value, "message": test.message, "expression": test.source}
    if not test.source:
        reader.test(test.told)
        return
    try:
        tree = value_of(test.source, reader.table).node
    except ContractError as wrong:
        table.say("", f"table test {test.name}: {test.source} ({wrong.message})")
        return
    own = {key: value for key, value in test.told.items() if key != "tree"} if isinstance(test.told, dict) else {}
    reader.test({**told, **own, "name": test.name}, tree)


def _fields(table: _Table, given: Mapping[str, Any]) -> list[FieldSpec]:
    parts = [part for part in _list_of(given["properties"]) if isinstance(part, dict) and part.get("name")]
    names = [str(part["name"]) for part in parts]
    keys = [str(part["name"]) for part in parts if part.get("primaryKey") is True]
    if len(keys) > 1:
        table.say("", f"the primary key of several columns: {', '.join(keys)}")
    fields: list[FieldSpec] = []
    for part, column in zip(parts, names, strict=True):
        plain = field_name(column, table.taken | (set(names) - {column}))
        table.taken.add(plain)
        found = _field(table, part, plain, column)
        if found is None:
            continue
        if keys == [column] and not found.unique:
            table.test(f"{plain}_is_unique", f'table.column("{plain}").duplicates == 0')
        fields.append(checked(found, table.file))
    return fields


def _field(table: _Table, part: Mapping[str, Any], name: str, column: str) -> FieldSpec | None:
    custom = {
        str(each.get("property")): each.get("value")
        for each in _list_of(part.get("customProperties"))
        if isinstance(each, dict)
    }
    more = _extension(table, name, custom.pop(ENGINE, {}))
    kind = more.kind
    items: FieldSpec | None = None
    if part.get("logicalType") == "array":
        kind, items = _list(table, part, name, column, more.kind)
    elif kind is None:
        kind = _kind(table, part, name, column)
    if kind is None:
        return None
    options = part.get("logicalTypeOptions")
    options = dict(options) if isinstance(options, dict) else {}
    physical, size = str(part.get("physicalName") or column), "Items" if kind in ITEM_KINDS else "Length"
    low, high = _length(options.pop(f"min{size}", None)), _length(options.pop(f"max{size}", None))
    embedded = kind == "embedding"
    field = FieldSpec(
        name=name,
        kind=kind,
        column="" if physical == name else physical,
        null=part.get("required") is not True and part.get("primaryKey") is not True,
        doc=_words(part.get("description")),
        refuse=_bounds(table, name, kind, options),
        pattern=None if more.pattern else _pattern(table, name, options.pop("pattern", None)),
        min_length=None if embedded else low,
        max_length=None if embedded else high,
        length=low if embedded else None,
        items=items,
    )
    if more.pattern:
        options.pop("pattern", None)
    for entry in _list_of(part.get("quality")):
        field = _field_quality(table, field, entry)
    unit = more.unit or _words(custom.pop("unit", ""))
    custom.pop("unit", None)
    unique = part.get("unique") is True and kind not in ITEM_KINDS and kind != "bool"
    try:
        field = joined(field, msgspec.structs.replace(more, unit=unit, unique=unique))
    except (ValueError, OverflowError):
        table.say(name, f"customProperties {ENGINE}: {short(msgspec.to_builtins(more))}")
    options = {key: value for key, value in options.items() if not _is_said(key, value)}
    for lost in (_lost(part, _USED_OF_PROPERTY), _lost(options), _lost(custom)):
        if lost:
            table.say(name, lost)
    return field


def _extension(table: _Table, name: str, own: Any) -> FieldExtension:
    try:
        more, slow = without_slow_pattern(msgspec.convert(own, FieldExtension))
    except msgspec.ValidationError as wrong:
        table.say(name, f"customProperties {ENGINE}: {wrong}")
        return FieldExtension()
    if slow:
        table.say(name, slow)
    return more


def _list(
    table: _Table, part: Mapping[str, Any], name: str, column: str, own: Kind | None
) -> tuple[Kind | None, FieldSpec | None]:
    """Return the kind of a list, and the tests of its items where there are any."""
    given = part.get("items")
    within = _Table(table.file, [], [], set())
    inner = None
    if isinstance(given, dict):
        # Unless it says otherwise an item is there.
        inner = _field(within, {"required": True, **given}, f"{name}[]", f"{name}[]")
    kind = None if inner is None else LIST_OF.get(inner.kind)
    if inner is None or kind is None or within.tests:
        table.say("", f"{column}: no field holds such an array")
        return None, None
    for _, note in within.notes:
        table.say(name, f"items: {note}")
    if own == "embedding" and kind == "list[float]":
        kind = own
    plain = FieldSpec(name=inner.name, kind=ITEM_KINDS[kind])
    return kind, None if inner == plain else inner


def _kind(table: _Table, part: Mapping[str, Any], name: str, column: str) -> Kind | None:
    logical, physical = part.get("logicalType"), str(part.get("physicalType", ""))
    if logical == "time":
        table.say(name, "logicalType time: a time of day is text here")
        return "text"
    if logical is not None:
        kind = _LOGICAL.get(str(logical))
        if kind is None:
            table.say("", f"{column}: no field holds an {logical}")
        return kind
    guess = next((kind for word, kind in _PHYSICAL if physical.lower().startswith(word)), None)
    if guess is None:
        table.say("", f"{column}: it names no logicalType, and its physicalType {physical or 'neither'} is not known")
    return guess


def _bounds(table: _Table, name: str, kind: Kind, options: dict[str, Any]) -> Bounds:
    """Take the limits out of a property's options."""
    fitted: dict[str, Any] = {}
    for side, option in SIDES.items():
        limit = options.pop(option, None)
        if limit is None:
            continue
        value = _limit(kind, side, limit)
        if value is None:
            table.say(name, f"{option}: {short(limit)}")
        else:
            fitted[value[0]] = value[1]
    return Bounds(**fitted)


def _limit(kind: Kind, side: str, limit: Any) -> tuple[str, Any] | None:
    """Return a limit as a side and a value of the field's kind; None where it is none."""
    number = is_number(limit)
    if kind == "float" and number and abs(limit) < 1e308:
        return side, float(limit)
    if kind == "int" and number and INT_MIN <= limit <= INT_MAX:
        if limit == math.floor(limit):
            return side, int(limit)
        return ("ge", math.ceil(limit)) if side[0] == "g" else ("le", math.floor(limit))
    if kind in ("date", "datetime") and isinstance(limit, str):
        moment = parse_datetime(limit.strip())
        # Limits here are days: of times, their midnight in UTC.
        if moment is not None and moment.time() == dt.time():
            return side, moment.date()
    return None


def _pattern(table: _Table, name: str, pattern: Any) -> str | None:
    if not isinstance(pattern, str):
        return None
    translated = from_ecma(pattern)
    if translated.note:
        table.say(name, f"pattern: {short(pattern)} ({translated.note})")
    return translated.pattern


def _field_quality(table: _Table, field: FieldSpec, entry: Any) -> FieldSpec:
    """Take one quality entry of a property over: into the field, as a table test, or as a note."""
    if not isinstance(entry, dict):
        table.say(field.name, f"quality: {short(entry)}")
        return field
    metric, asked = entry.get("metric", entry.get("rule")), _asked(entry)
    warns = str(entry.get("severity", "")).lower() in _WARNING
    arguments = entry.get("arguments") if isinstance(entry.get("arguments"), dict) else {}
    column = f'table.column("{field.name}")'
    if entry.get("engine") == ENGINE and entry.get("name") == f"{field.name}.warn":
        return field  # told in full beside it
    levels = arguments.get("validValues") if arguments else None
    strict = asked == _Asked("==", (0,)) and not warns
    if metric == "invalidValues" and strict and field.kind in ("category", "text") and _are_levels(levels):
        _rest(table, field.name, entry)
        return msgspec.structs.replace(field, kind="category", allowed=tuple(dict.fromkeys(levels or ())))
    if metric in ("nullValues", "missingValues") and strict and not arguments:
        _rest(table, field.name, entry)
        return msgspec.structs.replace(field, null=False)
    if asked is not None and metric in ("nullValues", "duplicateValues") and not arguments:
        percent = entry.get("unit") == "percent"
        if metric == "nullValues" and percent:
            table.test(f"{field.name}_is_there", asked.of(f"{column}.null_share", per=100), entry)
        elif metric == "nullValues":
            table.test(f"{field.name}_is_there", asked.of(f"{column}.null_share * table.rows"), entry)
        else:
            figure = f"{column}.duplicates"
            source = asked.of(figure, per=100, times="table.rows") if percent else asked.of(figure)
            table.test(f"{field.name}_is_unique", source, entry)
        _rest(table, field.name, entry)
        return field
    table.say(field.name, f"quality {_named(entry)}")
    return field


def _table_quality(table: _Table, reader: Reader, entry: Any) -> None:
    asked = _asked(entry) if isinstance(entry, dict) else None
    if asked is not None and entry.get("metric", entry.get("rule")) == "rowCount" and not entry.get("arguments"):
        table.test("enough_rows", asked.of("table.rows"), entry)
        _rest(table, "", entry)
        return
    own = _own_of(entry) if isinstance(entry, dict) and entry.get("engine") == ENGINE else {}
    if "rule" in own:
        reader.rule(own["rule"])
    elif "table_test" in own:
        # Read with the others, in the document's order.
        table.tests.append(_Test("", "", Severity.REFUSE, "", own["table_test"]))
    else:
        table.say("", f"quality {_named(entry)}")


def _asked(entry: Mapping[str, Any]) -> _Asked | None:
    """Return what an entry asks for, where it is one comparison with a number, or one range."""
    found = [_Asked(op, (entry[word],)) for word, op in _COMPARED.items() if word in entry]
    found += [_Asked(word, tuple(_list_of(entry[word]))) for word in _RANGES if word in entry]
    if len(found) != 1:
        return None
    asked = found[0]
    count = 2 if asked.op in _RANGES else 1
    if len(asked.numbers) != count or not all(map(is_number, asked.numbers)):
        return None
    if asked.numbers[0] > asked.numbers[-1]:  # a range that holds nothing
        return None
    # Whole numbers of more than 64 bits have no place in a test.
    fit = all(isinstance(number, float) or INT_MIN <= number <= INT_MAX for number in asked.numbers)
    return asked if fit else None


def _rest(table: _Table, name: str, entry: Mapping[str, Any]) -> None:
    """Name what else a quality entry says."""
    lost = _lost(entry, _USED_OF_ENTRY)
    if lost:
        table.say(name, f"of quality {entry.get('metric')}: {lost}")


def _named(entry: Any) -> str:
    if not isinstance(entry, dict):
        return short(entry)
    told = entry.get("implementation")
    if entry.get("engine") == ENGINE and told is not None:
        told = told.get("table_test", told) if isinstance(told, dict) else told
        return f"{entry.get('name')}: {told if isinstance(told, str) else short(told)}"
    words = [str(entry.get("name") or ""), str(entry.get("description") or "")]
    what = {key: value for key, value in entry.items() if key not in ("name", "description", "id")}
    return ": ".join(filter(None, [*words, short(what)]))


def _are_levels(levels: Any) -> bool:
    return isinstance(levels, list) and bool(levels) and all(isinstance(level, str) for level in levels)


def _lost(given: Mapping[str, Any], used: frozenset[str] = frozenset()) -> str:
    """Name the keys that say something and are not taken over; most tools write out every default."""
    said = {key: value for key, value in given.items() if key not in used and not _is_empty(value)}
    return "; ".join(f"{key}: {short(value)}" for key, value in said.items())


def _is_empty(value: Any) -> bool:
    return value is None or value is False or value in ([], {}, "") or (type(value) is int and value == -1)


def _is_said(key: str, value: Any) -> bool:
    return (key == "format" and value in _FORMATS) or (key, value) in (
        ("timezone", True),
        ("defaultTimezone", "Etc/UTC"),
    )


def _length(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**63 else None


def _list_of(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []


def _words(value: Any) -> str:
    return " ".join(value.split()) if isinstance(value, str) else ""
