"""A contract as JSON Schema takes the rows that the contract takes, and comes back as it was."""

from __future__ import annotations

import datetime as dt
import json
import re
from typing import Any

import pytest
import regress
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker, ValidationError, validators
from msgspec import structs

import holdtrue as ht
from holdtrue.contracts import Bounds, Contract, ContractSpec, FieldSpec, LivePolicy, RowChecker, Severity
from holdtrue.contracts.exchange import contract_of_schema, contract_text, read_document, row_schema
from holdtrue.contracts.exchange.patterns import from_ecma, to_ecma
from holdtrue.contracts.row_tests import tests_named as names_of_tests
from holdtrue.foundation import ContractError, DataUnreadable

FORMATS = FormatChecker(["date"])
MOMENTS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?(Z|[+-]\d\d:\d\d)")


@FORMATS.checks("date-time")
def is_moment(value: Any) -> bool:
    """RFC 3339, as far as Python has such a time in UTC."""
    if not isinstance(value, str):
        return True
    try:
        dt.datetime.fromisoformat(value).astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return False
    return True


def _matches(_validator: Any, pattern: str, value: Any, _schema: Any) -> Any:
    if isinstance(value, str) and regress.Regex(pattern, "u").find(value) is None:
        yield ValidationError(f"{value!r} does not match {pattern!r}")


Validator = validators.extend(Draft202012Validator, {"pattern": _matches})
"""A validator whose patterns are those of ECMA 262, as the standard has it; the library's own are Python's."""

PATTERNS = [
    None, "[a-z]+", "[A-Z]+\\-[0-9]{2}", "a|b", "", "x{2,}y?", "(?:ab)*", "[^a]b", "\\.\\/", "(?=a).b", "a$|b$",
    "(?:a$)?.", "a$\n", r"\Aab\Z", ".{1,3}", r"\s?", r"[\S]+", "[a\n]+", r"A\N{HYPHEN-MINUS}1", "(?P<x>a)b",
]  # fmt: skip
DATES = [dt.date(1996, 7, 1), dt.date(1970, 1, 1)]
TEXTS = st.sampled_from(
    ["a\n", "a\n\n", "\n", "\r", "\x1c", "\u2028", "ab\n",
     "", " ", "a", "b", "ab", "abab", "AB-12", "A-1", "./", "cb", "xx", "xxxy", "Ä" * 3, "😀", "1996-07-01",
     "1996-02-30", "0000-01-01", "19960701", "1996-07-01T12:00:00Z", "1996-07-01T12:00:00.123456+02:00",
     "1996-02-30T12:00:00Z", "1996-07-01T12:00:60Z", "1996-07-01T25:00:00Z", "0001-01-01T00:00:00+02:00",
     "1996-07-01T12:00:00.1234567Z"]
)  # fmt: skip
NUMBERS = st.one_of(
    st.integers(-(2**53), 2**53),
    st.sampled_from([2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 1e300, -8, -8.0, 0.1, 3, 3.0, 3.5, 12.5, 20]),
    st.floats(allow_nan=False, allow_infinity=False),
)
ITEMS = st.lists(st.sampled_from([1, -1, 2.5, 3.0, True, "a", "c", None]), max_size=3)
VALUES = st.one_of(st.none(), st.booleans(), NUMBERS, TEXTS, ITEMS, st.just({"a": 1}))


@st.composite
def fields(draw: st.DrawFn, name: str) -> FieldSpec:
    kind: Any = draw(st.sampled_from(["int", "float", "bool", "category", "text", "date", "datetime"]))
    text = kind in ("category", "text")
    limits = {"int": [-8, 0, 3, 20], "float": [-8.0, 0.0, 0.1, 12.5]}.get(kind, [])
    sides = draw(st.sets(st.sampled_from(["ge", "gt", "le", "lt"]), max_size=2)) if limits else set()
    shortest = draw(st.sampled_from([None, 0, 1, 2])) if text else None
    return FieldSpec(
        name=name,
        kind=kind,
        column=draw(st.sampled_from(["", "Of Files ($)"])),
        missing=draw(st.sampled_from([(), ("NA",)])),
        null=draw(st.booleans()),
        unit=draw(st.sampled_from(["", "USD"])),
        doc=draw(st.sampled_from(["", "What it is"])),
        refuse=Bounds(**{side: draw(st.sampled_from(limits)) for side in sorted(sides)}),
        allowed=draw(st.sampled_from([None, ("a", "b"), ("", "Ä" * 3)])) if kind == "category" else None,
        pattern=draw(st.sampled_from(PATTERNS)) if text else None,
        min_length=shortest,
        max_length=draw(st.sampled_from([None, 2, 4])) if text else None,
    )


@st.composite
def lists(draw: st.DrawFn, name: str) -> FieldSpec:
    """A list, an embedding or a key."""
    kind: Any = draw(st.sampled_from(["list[int]", "list[float]", "list[bool]", "list[text]", "embedding", "key"]))
    item: Any = {"list[int]": "int", "list[float]": "float", "list[bool]": "bool", "list[text]": "category"}.get(kind)
    inner = FieldSpec(
        name=f"{name}[]",
        kind=item or "float",
        null=draw(st.booleans()),
        refuse=Bounds(ge=0) if item in ("int", "float") else Bounds(),
        allowed=("a", "b") if item == "category" else None,
    )
    sized = kind not in ("embedding", "key")
    return FieldSpec(
        name=name,
        kind=kind,
        null=draw(st.booleans()),
        min_length=draw(st.sampled_from([None, 1])) if sized else None,
        max_length=draw(st.sampled_from([None, 2])) if sized else None,
        length=2 if kind == "embedding" else None,
        items=inner if item is not None and inner != FieldSpec(name=inner.name, kind=item) else None,
        unique=kind == "key",
    )


def softened(field: FieldSpec, picks: set[str]) -> FieldSpec:
    """Return the field with those of its tests that are picked only warning."""
    found = {test: Severity.WARN for test in names_of_tests(field) if test in picks and test != "unique"}
    return structs.replace(field, severities=found)


SOFT = st.sets(
    st.sampled_from(["missing", "null", "type", "ge", "le", "gt", "allowed", "pattern", "min_length"]), max_size=3
)
ANY = st.builds(softened, st.one_of(fields("y"), lists("y")), SOFT)
CONTRACTS = st.tuples(fields("x"), ANY).map(lambda two: ContractSpec(name="Row", fields=two))
ROWS = st.fixed_dictionaries({}, optional={"x": VALUES, "y": VALUES, "other": VALUES})


@settings(max_examples=600, deadline=None)
@given(CONTRACTS, st.lists(ROWS, min_size=1, max_size=6))
def test_a_row_is_valid_exactly_if_the_contract_takes_it(spec: ContractSpec, rows: list[dict[str, Any]]) -> None:
    schema = json.loads(json.dumps(row_schema(spec).document))
    Draft202012Validator.check_schema(schema)
    validator, checker = Validator(schema, format_checker=FORMATS), RowChecker(spec)
    moments = {field.name for field in spec.fields if field.kind == "datetime"}
    # Of these the notes say what the schema takes besides, or leaves to the contract.
    wider = any("type" in field.severities for field in spec.fields) or "not written is" in json.dumps(schema)
    numbers = {field.name for field in spec.fields if field.kind == "key"}
    for row in rows:
        # Of times the schema takes RFC 3339 alone; the contract takes those without zone or seconds too, and days.
        others = [
            row.get(name) for name in moments if isinstance(row.get(name), str) and not MOMENTS.fullmatch(row[name])
        ]
        keys = [row[name] for name in numbers if isinstance(row.get(name), (int, float))]
        taken, valid = not checker.check_json(json.dumps(row).encode())[0].refused, validator.is_valid(row)
        if keys or (others and wider):
            continue
        if others:
            assert taken or not valid
        elif wider:
            assert valid or not taken
        else:
            assert valid is taken, (row, schema)


HARD = [r"\d+", r"(?i)ab", r"\w\s?", r"a++", r"(?P<x>a)(?P=x)", r"\A[ab]\Z"]


@settings(max_examples=300, deadline=None)
@given(CONTRACTS, st.sampled_from([None, *HARD]), st.sampled_from([None, Bounds(ge=1), Bounds(le=3, gt=0)]))
def test_a_contract_comes_back_as_it_was(spec: ContractSpec, pattern: str | None, warn: Bounds | None) -> None:
    first = spec.fields[0]
    if pattern is not None:
        first = FieldSpec(name="x", kind="text", pattern=pattern)
    elif first.kind == "int":
        first = FieldSpec(name="x", kind="int", warn=warn)
    elif first.kind in ("date", "datetime"):
        first = FieldSpec(name="x", kind=first.kind, refuse=Bounds(ge=DATES[0]), warn=Bounds(lt=DATES[0]))
    spec = ContractSpec(name="Row", fields=(first, spec.fields[1]))
    document = json.loads(json.dumps(row_schema(spec).document))
    if not all(map(can_be_declared, spec.fields)):
        with pytest.raises(ContractError, match=r"row\.json: [xy]: no"):
            contract_of_schema(document, "Row", "row.json")
        return
    found = contract_of_schema(document, "Row", "row.json")
    assert found.fields == spec.fields
    assert declared(contract_text([found], "row.json"), "Row").fields == spec.fields


def can_be_declared(field: FieldSpec) -> bool:
    """Say whether limits and lengths leave any value."""
    low, high = field.refuse.ge, field.refuse.le
    above, below = field.refuse.gt, field.refuse.lt
    if field.kind == "int":
        low = max((each for each in (low, None if above is None else above + 1) if each is not None), default=None)
        high = min((each for each in (high, None if below is None else below - 1) if each is not None), default=None)
        return low is None or high is None or low <= high
    floors, tops = (
        [each for each in (low, above) if each is not None],
        [each for each in (high, below) if each is not None],
    )
    if floors and tops and (max(floors) > min(tops) or (max(floors) == min(tops) and (above, below) != (None, None))):
        return False
    return field.min_length is None or field.max_length is None or field.min_length <= field.max_length


def declared(text: str, name: str) -> ContractSpec:
    """Declare a contract as a person would who pastes the text."""
    scope: dict[str, Any] = {}
    exec(compile(text, "<read>", "exec"), scope)  # noqa: S102
    contract: type[Contract] = scope[name]
    return contract.spec


def test_what_json_schema_cannot_say_is_said() -> None:
    class Sale(ht.Contract):
        """One sale."""

        beds: ht.Int = ht.field(ge=0, warn=ht.bounds(ge=1, le=12), unit="rooms")
        garage: ht.Category
        code: ht.Text = ht.field(pattern="(?i)[a-z]+")
        sdate: ht.Date = ht.field(ge=dt.date(1993, 1, 1))

        @ht.derive
        def year(row):
            return row.sdate.year()

        @ht.rule(severity="warn")
        def a_garage_needs_a_bed(row):
            """No garage without a bed."""
            return (row.garage == "none") | (row.beds > 0)

        @ht.table_test
        def enough(table):
            return table.rows >= 100

    exported = row_schema(Sale.spec)
    assert exported.notes == (
        "code: the pattern '(?i)[a-z]+' has no form in JSON Schema: (?i) is of Python alone",
        "sdate: its limits (from 1993-01-01) are of dates, for which JSON Schema has none",
        "limits that only warn are told: beds from 1 to 12",
        "rules between fields are told and not tested by JSON Schema: a_garage_needs_a_bed",
        "tests of whole tables are told and not tested: enough",
    )
    assert exported.document["properties"]["beds"] == {
        "type": "integer",
        "minimum": 0,
        "maximum": 2**63 - 1,
        "x-holdtrue": {"unit": "rooms", "warn": {"ge": 1, "le": 12}},
    }
    assert exported.document["x-holdtrue"]["rules"][0]["expression"] == '(garage == "none") | (beds > 0)'
    found = contract_of_schema(exported.document, "Sale", "sale.json")
    assert (found.spec, found.notes) == (Sale.spec, ())
    # Without the trees, as another tool may write the words again, they come back as words.
    for told in exported.document["x-holdtrue"].values():
        for entry in told:
            del entry["tree"]
    found = contract_of_schema(exported.document, "Sale", "sale.json")
    assert found.fields == Sale.spec.fields
    assert [note for _, note in found.notes] == [
        "derived field year: sdate.year()",
        'rule a_garage_needs_a_bed: (garage == "none") | (beds > 0)',
        "table test enough: rows >= 100",
    ]


WILD = {
    "$schema": "http://json-schema.org/draft-04/schema#",
    "title": "Order",
    "type": "object",
    "additionalProperties": False,
    "required": ["id", "Total ($)", "class", "gone"],
    "definitions": {
        "money": {"type": "number", "minimum": 0, "exclusiveMinimum": True, "multipleOf": 0.01},
        "state": {"enum": ["open", "paid", None]},
        "tree": {"$ref": "#/definitions/tree"},
    },
    "properties": {
        "id": {"type": "string", "format": "uuid", "pattern": "^[0-9a-f-]{36}$"},
        "Total ($)": {"allOf": [{"$ref": "#/definitions/money"}], "description": "What is owed."},
        "class": {"$ref": "#/definitions/state"},
        "pieces": {
            "anyOf": [{"type": "integer", "exclusiveMinimum": 0, "maximum": 99.5}, {"type": "null"}],
            "default": 1,
        },
        "paid": {"type": ["boolean", "null"]},
        "at": {"type": "string", "format": "date-time"},
        "on": {"oneOf": [{"type": "string", "format": "date"}, {"type": "null"}]},
        "size": {"oneOf": [{"const": "S"}, {"const": "M", "title": "middle"}]},
        "stars": {"type": "integer", "enum": [1, 2, 3, 4, 5]},
        "rate": {"type": ["integer", "number"], "nullable": True},
        "lines": {"type": "array", "items": {"type": "string", "format": "uri"}, "minItems": 1, "uniqueItems": True},
        "parts": {"type": "array", "items": {"type": "object"}},
        "any": {},
        "either": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
        "far": {"$ref": "https://example.com/x.json"},
        "word": {"type": "string", "pattern": "\\p{L}+", "minLength": 2},
    },
    "if": {"properties": {"paid": {"const": True}}},
}


def test_a_schema_from_elsewhere_becomes_a_contract_and_nothing_is_lost_silently() -> None:
    found = contract_of_schema(WILD, "Order", "order.json")
    assert {field.name: (field.kind, field.null) for field in found.fields} == {
        "id": ("text", False),
        "total": ("float", False),
        "class_": ("category", True),
        "pieces": ("int", True),
        "paid": ("bool", True),
        "at": ("datetime", True),
        "on": ("date", True),
        "size": ("category", True),
        "stars": ("int", True),
        "rate": ("float", True),
        "lines": ("list[text]", True),
        "word": ("text", True),
    }
    by_name = {field.name: field for field in found.fields}
    assert by_name["total"].refuse == Bounds(gt=0.0)
    assert (by_name["total"].column, by_name["total"].doc) == ("Total ($)", "What is owed.")
    assert by_name["pieces"].refuse == Bounds(gt=0, le=99)
    assert by_name["stars"].refuse == Bounds(ge=1, le=5)
    assert by_name["size"].allowed == ("S", "M")
    assert by_name["id"].pattern == "[0-9a-f-]{36}"
    said = "\n".join(note for _, note in found.notes)
    for lost in (
        "additionalProperties: false", 'if: {"properties"', "format: uuid", "multipleOf: 0.01", "default: 1",
        "parts: no field holds such a list", "items: format: uri", "uniqueItems: true",
        "any: it does not say its type", "either: anyOf: string | integer",
        "far: $ref: https://example.com/x.json is in another document", 'pattern: \\p{L}+ (',
        "required names gone", "it must be there, though it may be null",
    ):  # fmt: skip
        assert lost in said
    text = contract_text([found], "order.json")
    assert "    # not taken over: multipleOf: 0.01\n    total: ht.Float" in text
    assert declared(text, "Order").fields == found.fields


@pytest.mark.parametrize(
    ("document", "message"),
    [
        ({"type": "object"}, "has no properties"),
        ([], "is no JSON Schema"),
        ({"openapi": "3.1.0", "components": {"schemas": {"Row": {}}}}, "is an OpenAPI document.*it has Row"),
        ({"openapi": "3.1.0", "components": {"schemas": None}}, "is an OpenAPI document.*it has none"),
        ({"properties": {"a": {"type": 5}}}, "a: type: 5"),
        ({"properties": {"a": {"type": "integer", "enum": [1, 2], "minimum": 3}}}, r"a: none of \[1, 2\] is within"),
        ({"properties": {"a": {"$ref": "#/allOf/" + "9" * 5000}}, "allOf": []}, "leads nowhere"),
        ({"properties": {"a": {"$ref": "#/$defs/a"}}, "$defs": {"a": {"$ref": "#/$defs/a"}}}, "lead in a circle"),
        ({"properties": {"a": {"$ref": "#/$defs/b"}}}, "leads nowhere"),
        ({"properties": {"a": {"type": "object"}}}, "no property of it can be a field"),
        ({"properties": {"a": {"type": "integer", "minimum": 3, "maximum": 1}}}, "row.json: a: no value is within"),
        ({"properties": {"a": {"type": "string", "minLength": 3, "maxLength": 1}}}, "row.json: a: nothing is as long"),
    ],
)
def test_what_is_no_row_is_told(document: Any, message: str) -> None:
    with pytest.raises((DataUnreadable, ContractError), match=message):
        contract_of_schema(document, "Row", "row.json")


def test_many_references_to_one_part_end() -> None:
    # Each of thirty parts names the one below twice: a billion, if each were followed.
    defs = {f"d{n}": {"allOf": [{"$ref": f"#/$defs/d{n + 1}"}, {"$ref": f"#/$defs/d{n + 1}"}]} for n in range(30)}
    document = {"properties": {"a": {"$ref": "#/$defs/d0"}}, "$defs": {**defs, "d30": {"type": "integer"}}}
    with pytest.raises(DataUnreadable, match="on and on"):
        contract_of_schema(document, "Row", "row.json")


def test_nothing_of_a_document_becomes_code_or_hides() -> None:
    hostile = '"""\n    import os\\" + os.system("x") # \u202e'
    properties = {
        hostile: {"type": "string", "enum": [hostile, "b"], "description": hostile},
        "n": {"type": "integer", hostile: hostile, "title": hostile},
    }
    found = contract_of_schema({"properties": properties, "description": hostile}, "Row", "row.json")
    text = contract_text([found], f"a{hostile}.json")
    assert "\u202e" not in text
    scope: dict[str, Any] = {}
    exec(compile(text, "<read>", "exec"), scope)  # noqa: S102
    assert scope["Row"].spec.fields == found.fields
    assert "os" not in scope


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        ('{"a": 1, "a": 2}', "x.json", "'a' stands twice"),
        ('{"a": NaN}', "x.json", "NaN is no number of JSON"),
        ("{", "x.json", "is no JSON"),
        ("[" * 100_000, "x.json", "stand in each other|no JSON"),
        ("[" * 70 + "]" * 70, "x.json", "more than 64 parts stand in each other"),
        ('"\\ud800"', "y.json", None),
        ("a: &x [1]\nb: *x\n", "x.yaml", r"line 2: \*x stands for another part"),
        ("a: 1\na: 2\n", "x.yaml", "'a' stands twice"),
        ("a: !!python/object/apply:os.system [x]\n", "x.yaml", None),
        ("a: !!python/name:os.system\n", "x.yml", "is no YAML"),
        ("? [a]\n: 1\n", "x.yaml", "a key is no plain text"),
        ("[" * 100 + "]" * 100, "x.yaml", "more than 64 parts stand in each other"),
        ("a: [\n", "x.yaml", "is no YAML"),
        ("a: 0x_\n", "x.yaml", "line 1: '0x_' is no int"),
        ("b: 1\na: 0b_\n", "x.yaml", "line 2: '0b_' is no int"),
        ("a: !!int x\n", "x.yaml", "'x' is no int"),
        ("a: !!int ''\n", "x.yaml", "'' is no int"),
        ("a: !!float x\n", "x.yaml", "'x' is no float"),
        ("a: " + "1" * 5000, "x.yaml", "is no int"),
        ("a: 0x" + "f" * 5000, "x.yaml", "a number of 5,002 digits"),
        ('{"a": ' + "1" * 5000 + "}", "x.json", "is no JSON"),
        ("x" * 5_000_000, "x.json", "more than 4 million characters"),
    ],
)
def test_hostile_documents_are_told_and_cost_little(text: str, name: str, message: str | None) -> None:
    if message is None:
        assert read_document(text, name) is not None
    else:
        with pytest.raises(DataUnreadable, match=message):
            read_document(text, name)


def taken_over(**schema: Any) -> tuple[FieldSpec, tuple[str, ...]]:
    """Read a schema of one required property, and return the field with what was not taken over."""
    found = contract_of_schema({"properties": {"a": schema}, "required": ["a"]}, "Row", "row.json")
    return found.fields[0], tuple(note for _, note in found.notes)


def test_listed_numbers_cost_their_count_not_their_range() -> None:
    field, notes = taken_over(type="integer", enum=[0, 10**18])
    assert field.refuse == Bounds(ge=0, le=10**18)
    assert "its least and greatest value" in notes[0]
    assert taken_over(type="integer", enum=[3, 1, 2.0, 2.5])[0].refuse == Bounds(ge=1, le=3)
    unread, notes = taken_over(**json.loads('{"type": "integer", "enum": [0, 1e999]}'))
    assert (unread.refuse, notes) == (Bounds(), ("enum: [0, Infinity]",))


@pytest.mark.parametrize("part", [{"type": "null"}, {"type": ["null"]}, {"const": None}, {"enum": [None]}])
def test_what_is_always_null_is_no_field(part: dict[str, Any]) -> None:
    found = contract_of_schema({"properties": {"a": part, "b": {"type": "string"}}, "required": ["b"]}, "R", "r.json")
    assert [field.name for field in found.fields] == ["b"]
    assert found.notes == (("a", "a: it is always null, and no field holds only that"),)


def test_what_may_be_left_out_and_not_be_null_is_said() -> None:
    parts = {"a": {"type": "string"}, "b": {"type": ["string", "null"]}, "c": {"type": "string"}}
    found = contract_of_schema({"properties": parts, "required": ["c"]}, "R", "r.json")
    assert [field.null for field in found.fields] == [True, True, False]
    assert found.notes == (("a", "it may be left out, though not be null: here it may be null too"),)


def test_what_is_said_twice_holds_both_times() -> None:
    field, notes = taken_over(type="integer", enum=[1, 2, 3], minimum=2)
    assert (field.refuse, notes) == (Bounds(ge=2, le=3), ())
    parts = [{"properties": {"a": {"type": "integer", "minimum": 0}}}, {"properties": {"a": {"maximum": 5}}}]
    found = contract_of_schema({"allOf": parts, "required": ["a"]}, "Row", "row.json")
    assert (found.fields[0].refuse, found.notes) == (Bounds(ge=0, le=5), ())
    field, notes = taken_over(allOf=[{"type": ["number", "null"]}, {"type": ["integer", "string"]}])
    assert (field.kind, field.null, notes) == ("int", False, ())


@pytest.mark.parametrize(
    ("schema", "null"),
    [
        ({"type": "integer", "anyOf": [{"type": "null"}, {"minimum": 3}]}, False),
        ({"anyOf": [{"type": "null"}, {"type": "integer", "minimum": 3}]}, True),
        ({"type": ["integer", "null"], "anyOf": [{"type": "null"}, {"minimum": 3}]}, True),
        ({"type": "integer", "nullable": True, "anyOf": [{"type": "null"}, {"minimum": 3}]}, True),
        ({"allOf": [{"type": "integer"}, {"type": ["integer", "null"], "minimum": 3}]}, False),
    ],
)
def test_null_may_be_there_only_if_every_part_takes_it(schema: dict[str, Any], null: bool) -> None:
    field, _ = taken_over(**schema)
    assert (field.null, field.refuse) == (null, Bounds(ge=3))
    assert Draft202012Validator(schema).is_valid(None) == null or "nullable" in schema


def test_rules_that_are_none_are_told() -> None:
    document = {"properties": {"a": {"type": "integer"}}, "required": ["a"], "x-holdtrue": {"rules": 5}}
    assert contract_of_schema(document, "Row", "row.json").notes == (("", "rules: 5"),)


def test_the_end_of_a_text_is_its_end() -> None:
    field, _ = taken_over(type="string", pattern="^a$|^b$")
    checker = RowChecker(ContractSpec(name="Row", fields=(field,)))
    assert [checker.check({"a": text}).refused for text in ("a", "b", "a\n", "ab")] == [False, False, True, True]


def test_a_count_without_its_least_is_letters_in_ecma() -> None:
    assert from_ecma("^a{,3}$").pattern == r"a\{,3\}"
    assert to_ecma("a{,3}").pattern == "^(?:a{0,3})$"
    assert to_ecma("[{,3}]{,}").pattern == "^(?:[{,3}]{0,})$"
    assert to_ecma("a{,3}+").note == "{,3}+ is of Python alone"


def test_a_slow_pattern_is_not_taken_over_but_told() -> None:
    field, notes = taken_over(type="string", pattern="^(a+)+$")
    assert field.pattern is None
    assert notes == ("pattern: ^(a+)+$ (hostile text would take very long to judge: there is more than one way through"
                     " what repeats)",)  # fmt: skip
    # Nor by way of what our own export tells of a field.
    own = {"pattern": "(a+)+", "severities": {"pattern": "warn"}, "live": {"pattern": {"action": "fall_back"}}}
    field, notes = taken_over(type="string", **{"x-holdtrue": own})
    assert (field.pattern, field.severities, field.live, len(notes)) == (None, {}, {}, 1)
    text = contract_text([contract_of_schema({"properties": {"a": {"pattern": "(a|a)*$"}}}, "Row", "row.json")], "x")
    assert "# not taken over: pattern: (a|a)*$ (hostile text" in text
    assert declared(text, "Row").fields[0].pattern is None


def test_dates_of_yaml_stay_text() -> None:
    assert read_document("a: 2026-01-31\nb: 1\nc: on\n", "x.yaml") == {"a": "2026-01-31", "b": 1, "c": "on"}


def test_what_a_live_row_gets_in_place_of_a_refusal_is_told_and_comes_back() -> None:
    class Row(ht.Contract):
        order: ht.Key
        beds: ht.Int = ht.field(ge=0, live=ht.replace(3))
        garage: ht.Category = ht.field(allowed=["a", 'b"'], seen=True, live={"allowed": ht.fall_back()})
        size: ht.Float = ht.field(unique=True, severity={"type": "note"})
        vector: ht.Embedding = ht.field(length=3, items=ht.field(warn=ht.bounds(ge=-1, le=1)))
        tags: ht.List[ht.Category] = ht.field(items=ht.field(allowed=["x", "y"]), min_length=1)
        photo: ht.Image

    exported = row_schema(Row.spec)
    assert "photo is of kind image, of which JSON Schema tests figures alone: any text passes" in exported.notes
    photo = exported.document["properties"]["photo"]
    assert (photo["type"], photo["contentEncoding"]) == (["string", "object"], "base64")
    assert photo["properties"]["width"] == {"type": "integer", "minimum": 0, "maximum": 2**63 - 1}
    assert "brightness" in photo["required"]
    assert photo["x-holdtrue"] == {"kind": "image"}
    assert "told is what a live row gets in place of a refusal: beds, garage" in exported.notes
    assert exported.document["properties"]["vector"]["items"]["x-holdtrue"] == {"warn": {"ge": -1.0, "le": 1.0}}
    document = json.loads(json.dumps(exported.document))
    Draft202012Validator.check_schema(document)
    found = contract_of_schema(document, "Row", "row.json")
    assert found.fields == Row.spec.fields
    assert not any(name == "photo" for name, _ in found.notes)
    assert found.fields[1].live["ge"] == LivePolicy(action="replace", value=3)
    text = contract_text([found], "row.json")
    assert declared(text, "Row").fields == Row.spec.fields
    assert declared(text, "Row").table_tests == Row.spec.table_tests
