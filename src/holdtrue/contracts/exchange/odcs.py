"""A contract as an Open Data Contract Standard document (ODCS v3.1.0): the whole table, target included.

Limits, lengths, patterns, keys and what may be missing have words of their own there; levels and counts of rows are
metrics of its quality library. Rules between fields, limits that only warn and other tests of the table stand as
quality entries of the engine `holdtrue`: others read them as words.
"""

from __future__ import annotations

import uuid
from collections.abc import Container
from typing import Any

import msgspec
from msgspec.structs import replace

from holdtrue.contracts.exchange.extension import given, split, told_limits
from holdtrue.contracts.exchange.json_schema import Exported, told_of
from holdtrue.contracts.exchange.patterns import from_ecma, to_ecma
from holdtrue.contracts.exchange.told import Told, own_tests, told_derive, told_rule, told_test, too_deep
from holdtrue.contracts.expressions import ITEM_KINDS, Binary, Constant, Kind, Statistic
from holdtrue.contracts.plain_values import plain
from holdtrue.contracts.python_text import class_name
from holdtrue.contracts.spec import ContractSpec, FieldSpec, Severity, TableTestSpec

VERSION = "v3.1.0"
ENGINE = "holdtrue"
TYPES: dict[Kind, tuple[str, dict[str, Any]]] = {
    "int": ("integer", {"format": "i64"}),
    "float": ("number", {"format": "f64"}),
    "bool": ("boolean", {}),
    "category": ("string", {}),
    "text": ("string", {}),
    "key": ("string", {}),
    "date": ("date", {"format": "yyyy-MM-dd"}),
    "datetime": ("timestamp", {"timezone": True, "defaultTimezone": "Etc/UTC"}),
}
_SAYING = ("int", "float", "bool", "date", "datetime", "list[int]", "list[float]", "list[bool]", "list[text]")
SIDES = {"ge": "minimum", "gt": "exclusiveMinimum", "le": "maximum", "lt": "exclusiveMaximum"}
MUST = {
    "==": "mustBe",
    "!=": "mustNotBe",
    ">": "mustBeGreaterThan",
    ">=": "mustBeGreaterOrEqualTo",
    "<": "mustBeLessThan",
    "<=": "mustBeLessOrEqualTo",
}
SEVERITIES = {Severity.REFUSE: "error", Severity.WARN: "warning", Severity.NOTE: "info"}


def odcs_contract(spec: ContractSpec, *, name: str = "", key: str | None = None) -> Exported:
    """Return the ODCS document of a contract.

    Args:
        name: what the contract is called there, such as the model's name; by default the class's.
        key: the field that identifies a row.

    Example:
        >>> spec = ContractSpec(name="Sale", fields=(FieldSpec(name="street", kind="text", max_length=80),))
        >>> odcs_contract(spec).document["schema"][0]["properties"][0]["logicalTypeOptions"]
        {'maxLength': 80}
    """
    notes: list[str] = []
    properties = {field.name: _property(field, notes) for field in spec.fields}
    notes += told_of(spec)
    if key in properties:
        properties[key] |= {"primaryKey": True, "primaryKeyPosition": 1}
    quality = [_custom(told_rule(rule), "rule") for rule in spec.rules]
    if quality:
        named = ", ".join(rule.name for rule in spec.rules)
        notes.append(f"rules between fields are told, and no other tool can run them: {named}")
    tests = own_tests(spec)  # others are said by `unique` of their property
    placed: dict[str, list[str]] = {column: [] for column in (*properties, "")}
    for test in tests:
        column, entry = _table_test(test, properties)
        placed[column].append(test.name)
        (properties[column].setdefault("quality", []) if column else quality).append(entry)
    told = [entry["name"] for entry in quality if isinstance(entry.get("implementation"), dict)]
    if told:
        notes.append(f"tests of the table that ODCS has no metric for are told: {', '.join(told)}")
    table: dict[str, Any] = {"name": spec.name, "logicalType": "object", "physicalType": "table"}
    table["properties"] = list(properties.values())
    if quality:
        table["quality"] = quality
    own: dict[str, Any] = {} if class_name(spec.name) == spec.name else {"contract": spec.name}
    order = [test.name for test in tests]
    if order != [test for column in placed.values() for test in column]:
        own["order"] = order
    custom = {ENGINE: own} if own else {}
    if spec.derives:
        custom["derivedFields"] = msgspec.to_builtins([told_derive(derive) for derive in spec.derives])
        notes.append(f"derived fields are told: {', '.join(each.name for each in spec.derives)}")
    if custom:
        table["customProperties"] = [{"property": each, "value": value} for each, value in custom.items()]
    notes += too_deep(spec)
    title = name or spec.name
    document = {
        "apiVersion": VERSION,
        "kind": "DataContract",
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"holdtrue:{title}/{spec.name}")),
        "name": title,
        "version": spec.digest()[:12],
        "status": "active",
        "schema": [table],
    }
    return Exported(document=document, notes=tuple(notes))


def _property(field: FieldSpec, notes: list[str]) -> dict[str, Any]:
    hard, more = split(field)
    logical, options = TYPES.get(field.kind, ("array", {}) if field.kind in ITEM_KINDS else ("string", {}))
    options = options | {SIDES[side]: _limit(field.kind, limit) for side, limit in given(hard.refuse).items()}
    if field.kind not in TYPES and field.kind not in ITEM_KINDS:
        notes.append(f"{field.name} is of kind {field.kind}, which ODCS has no type for: it stands as text")
    size = "Items" if field.kind in ITEM_KINDS else "Length"
    for side, limit in (("min", hard.min_length), ("max", hard.max_length)):
        if limit is not None:
            options[f"{side}{size}"] = limit
    if field.length is not None:
        options |= {"minItems": field.length, "maxItems": field.length}
    if hard.pattern is not None:
        translated = to_ecma(hard.pattern)
        if translated.pattern is None:
            notes.append(f"{field.name}: the pattern {field.pattern!r} has no form there: {translated.note}")
        else:
            options["pattern"] = translated.pattern
        if translated.pattern is None or from_ecma(translated.pattern).pattern != hard.pattern:
            more = replace(more, pattern=hard.pattern)
    written: dict[str, Any] = {"name": field.name}
    if field.column:
        written["physicalName"] = field.column
    written["logicalType"] = logical
    if options:
        written["logicalTypeOptions"] = options
    if field.kind in ITEM_KINDS:
        inner = _property(field.items or FieldSpec(name=f"{field.name}[]", kind=ITEM_KINDS[field.kind]), notes)
        written["items"] = {key: value for key, value in inner.items() if key != "name"}
    written["required"] = not hard.null and "missing" not in field.severities
    if field.unique:
        written["unique"] = True
    if field.doc:
        written["description"] = field.doc
    quality = _field_quality(hard)
    if quality:
        written["quality"] = quality
    said = (*_SAYING, *(("category",) if hard.allowed else ("text",)))
    if field.kind not in said:
        more = replace(more, kind=field.kind)
    # Units have a property of their own, by which other tools may find them; all else is ours alone.
    custom = {"unit": field.unit} if field.unit else {}
    unspoken = "" if field.unit == " ".join(field.unit.split()) else field.unit
    column = field.column if field.column == field.name else ""
    own = msgspec.to_builtins(replace(more, column=column, unit=unspoken, unique=None))
    custom |= {ENGINE: own} if own else {}
    if custom:
        written["customProperties"] = [{"property": name, "value": value} for name, value in custom.items()]
    return written


def _field_quality(field: FieldSpec) -> list[dict[str, Any]]:
    quality: list[dict[str, Any]] = []
    if field.allowed is not None:
        listed = {"metric": "invalidValues", "arguments": {"validValues": list(field.allowed)}, "mustBe": 0}
        quality.append({"name": f"{field.name}.allowed", "type": "library", **listed, "severity": "error"})
    if field.warn is not None:
        told = told_limits(field.warn)
        entry = {"name": f"{field.name}.warn", "type": "custom", "engine": ENGINE, "implementation": f"warn: {told}"}
        quality.append({**entry, "description": f"{field.name} is usually {told}", "severity": "warning"})
    return quality


def _custom(told: Told, what: str) -> dict[str, Any]:
    """Return the quality entry of what ODCS has no metric for: words for others, the tree for ourselves."""
    implementation: Any = told.expression if what == "rule" else {what: told.expression}
    return {
        "name": told.name,
        "type": "custom",
        "engine": ENGINE,
        "implementation": implementation,
        "description": told.message or told.expression,
        "dimension": "consistency" if what == "rule" else "conformity",
        "severity": SEVERITIES[told.severity],
        "customProperties": [{"property": ENGINE, "value": {what: msgspec.to_builtins(told)}}],
    }


def _table_test(test: TableTestSpec, columns: Container[str]) -> tuple[str, dict[str, Any]]:
    """Return the column that a test is of ("": the table), and the quality entry that says it."""
    told = told_test(test)
    found = _metric(test)
    if found is None or (found[0] and found[0] not in columns):  # of a derived field there is no property
        return "", _custom(told, "table_test")
    column, asked = found
    entry = {"name": test.name, "type": "library", **asked, "severity": SEVERITIES[test.severity]}
    if test.message:
        entry["description"] = test.message
    # What the metric says is not said again; the rest only where there is any.
    rest = replace(told, expression="", tree=None)
    if rest != Told(name=test.name, severity=test.severity, message=" ".join(test.message.split())):
        entry["customProperties"] = [{"property": ENGINE, "value": {"table_test": msgspec.to_builtins(rest)}}]
    return column, entry


def _metric(test: TableTestSpec) -> tuple[str, dict[str, Any]] | None:
    """Return the column and metric of ODCS that say a test exactly; None where none does."""
    match test.expression:
        case Binary(op, Statistic("rows", past=""), Constant(_, value)) if op in MUST:
            return "", {"metric": "rowCount", MUST[op]: value, "unit": "rows"}
        case Binary(op, Statistic("duplicates", column, past=""), Constant(_, value)) if op in MUST:
            return column, {"metric": "duplicateValues", MUST[op]: value, "unit": "rows"}
        case Binary(op, Statistic("null_share", column, past=""), Constant(_, float(value))) if op in MUST:
            percent = round(100 * value, 10)
            if round(percent / 100, 12) == value:
                return column, {"metric": "nullValues", MUST[op]: percent, "unit": "percent"}
    return None


def _limit(kind: Kind, limit: Any) -> Any:
    return f"{limit}T00:00:00Z" if kind == "datetime" else plain(limit)
