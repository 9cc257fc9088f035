"""A contract as an ODCS document keeps its tests of fields, and comes back; documents from elsewhere are taken over."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import holdtrue as ht
from holdtrue.contracts import Bounds, Contract, ContractSpec, FieldSpec
from holdtrue.contracts.exchange import Imported, contract_text, contracts_of_odcs, odcs_contract, read_document
from holdtrue.contracts.expression_source import source_of
from holdtrue.foundation import DataUnreadable

LIMITS: dict[str, list[Any]] = {
    "int": [-8, 0, 3],
    "float": [-8.0, 0.1],
    "date": [dt.date(1996, 7, 1)],
    "datetime": [dt.date(1996, 7, 1)],
}


@st.composite
def fields(draw: st.DrawFn, name: str) -> FieldSpec:
    kind: Any = draw(st.sampled_from(["int", "float", "bool", "category", "text", "date", "datetime"]))
    text = kind in ("category", "text")
    limits = st.sampled_from(LIMITS.get(kind, [None]))
    low, high = draw(st.sampled_from(["ge", "gt"])), draw(st.sampled_from(["le", "lt"]))
    side = draw(st.sampled_from([low, high])) if kind in LIMITS else ""
    return FieldSpec(
        name=name,
        kind=kind,
        column=draw(st.sampled_from(["", "Of Files ($)"])),
        missing=draw(st.sampled_from([(), ("NA", "?")])),
        null=draw(st.booleans()),
        unit=draw(st.sampled_from(["", "USD"])),
        doc=draw(st.sampled_from(["", "What it is"])),
        refuse=Bounds(**{side: draw(limits)}) if side else Bounds(),
        warn=draw(st.none() | limits.map(lambda limit: Bounds(le=limit))) if kind in LIMITS else None,
        allowed=draw(st.sampled_from([None, ("a", "b"), ("yes", "no", "1996-07-01")])) if kind == "category" else None,
        pattern=draw(st.sampled_from([None, "[a-z]+", r"\d{2}\-x", "(?i)a", "a|b", r"\w+"])) if text else None,
        min_length=draw(st.sampled_from([None, 0, 1])) if text else None,
        max_length=draw(st.sampled_from([None, 2])) if text else None,
    )


@settings(max_examples=300, deadline=None)
@given(st.tuples(fields("x"), fields("y")))
def test_a_contract_comes_back_as_it_was(two: tuple[FieldSpec, FieldSpec]) -> None:
    text = yaml.safe_dump(odcs_contract(ContractSpec(name="Row", fields=two)).document, sort_keys=False)
    (found,) = contracts_of_odcs(read_document(text, "row.yaml"), "", "row.yaml")
    assert (found.name, found.fields, found.tests, found.notes) == ("Row", two, (), ())
    assert declared(contract_text([found], "row.yaml"), "Row").fields == two


def declared(text: str, name: str) -> ContractSpec:
    scope: dict[str, Any] = {}
    exec(compile(text, "<read>", "exec"), scope)  # noqa: S102 (as a person would paste it)
    contract: type[Contract] = scope[name]
    return contract.spec


class Sale(ht.Contract):
    id: ht.Text
    price: ht.Float = ht.field(gt=0, unit="USD")
    beds: ht.Int = ht.field(ge=0, warn=ht.bounds(le=12), null=True)

    @ht.derive
    def per_bed(row):
        return row.price / row.beds

    @ht.rule(severity="warn")
    def cheap(row):
        """A house is not for nothing."""
        return row.price > 100

    @ht.table_test
    def enough(table):
        return table.rows >= 1000

    @ht.table_test(severity="warn")
    def beds_are_there(table):
        return table.column("beds").null_share < 0.07

    @ht.table_test
    def once(table):
        return table.column("id").duplicates == 0

    @ht.table_test
    def usual(table):
        return table.column("price").mean < 1e6

    @ht.table_test(severity="warn")
    def there_were_enough(table):
        return table.last.rows >= 10


def test_what_odcs_has_words_for_is_said_in_them_and_the_rest_is_told() -> None:
    exported = odcs_contract(Sale.spec, name="house-price", key="id")
    (table,) = exported.document["schema"]
    by_name = {each["name"]: each for each in table["properties"]}
    assert by_name["id"]["primaryKey"] is True
    assert by_name["id"]["quality"][0]["metric"] == "duplicateValues"
    assert by_name["beds"]["quality"][1] | {"name": ""} == {
        "name": "", "type": "library", "metric": "nullValues", "mustBeLessThan": 7.0, "unit": "percent",
        "severity": "warning",
    }  # fmt: skip
    assert [entry["name"] for entry in table["quality"]] == ["cheap", "enough", "usual", "there_were_enough"]
    assert table["quality"][0]["description"] == "A house is not for nothing"
    assert exported.notes == (
        "limits that only warn are told: beds to 12",
        "rules between fields are told, and no other tool can run them: cheap",
        "tests of the table that ODCS has no metric for are told: usual, there_were_enough",
        "derived fields are told: per_bed",
    )
    (found,) = contracts_of_odcs(exported.document, "Sale", "sale.yaml")
    spec = declared(contract_text([found], "sale.yaml"), "Sale")
    assert spec.fields == Sale.spec.fields
    assert found.notes == ()
    # The document has a key, of which it is said that it is there once.
    assert {test.name for test in spec.table_tests} - {test.name for test in Sale.spec.table_tests} == {"id_is_unique"}
    (found,) = contracts_of_odcs(odcs_contract(Sale.spec).document, "Sale", "sale.yaml")
    assert found.spec == Sale.spec


def test_words_of_ours_without_their_tree_are_told() -> None:
    document = odcs_contract(Sale.spec).document
    (table,) = document["schema"]
    for entry in table["quality"]:
        entry.pop("customProperties", None)
    table.pop("customProperties")
    (found,) = contracts_of_odcs(document, "Sale", "sale.yaml")
    assert [note for _, note in found.notes] == [
        "quality cheap: price > 100",
        "quality usual: price.mean < 1000000.0",
        "quality there_were_enough: last.rows >= 10",
    ]
    assert [test.name for test in found.tests] == ["once", "beds_are_there", "enough"]


def test_a_test_of_what_cannot_have_it_is_told_and_not_written() -> None:
    quality = [{"metric": "duplicateValues", "mustBe": 0}]
    part = {"name": "tags", "logicalType": "array", "items": {"logicalType": "string"}, "quality": quality}
    document = {"kind": "DataContract", "apiVersion": "v3.1.0", "schema": [{"name": "t", "properties": [part]}]}
    (found,) = contracts_of_odcs(document, "", "x.yaml")
    assert found.tests == ()
    assert "a list of texts has no .duplicates" in found.notes[0][1]
    declared(contract_text([found], "x.yaml"), "T")


ELSEWHERE = """
apiVersion: v3.0.2
kind: DataContract
id: 1
version: 1.0.0
status: active
team: [{username: ada}]
schema:
  - name: orders-2026
    description: All orders
    tags: [sales]
    properties:
      - {name: order id, physicalName: ORD_ID, logicalType: string, primaryKey: true, physicalType: varchar(18)}
      - {name: amount, physicalType: "decimal(10,2)", required: true, logicalTypeOptions: {multipleOf: 0.01}}
      - {name: pieces, logicalType: integer, logicalTypeOptions: {exclusiveMinimum: 0.5, maximum: 9.5}, unique: true}
      - {name: on, logicalType: date, logicalTypeOptions: {minimum: 2020-01-01, format: dd.MM.yyyy}}
      - name: at
        logicalType: timestamp
        logicalTypeOptions: {minimum: "2020-01-01T10:00:00Z", maximum: "2030-01-01 00:00:00"}
      - {name: time, logicalType: time}
      - {name: lines, logicalType: array}
      - {name: tags, logicalType: array, items: {logicalType: string, examples: [a]}, logicalTypeOptions: {maxItems: 3}}
      - {name: odd, physicalType: geography}
      - name: state
        logicalType: string
        classification: public
        quality:
          - {metric: invalidValues, arguments: {validValues: [open, paid]}, mustBe: 0, schedule: daily}
          - {rule: nullValues, mustBe: 0, type: library}
          - {metric: duplicateValues, mustBeLessThan: 5, unit: percent, severity: warning, type: library}
          - {type: sql, query: "SELECT 1", mustBe: 1}
    quality:
      - {metric: rowCount, mustBeGreaterThan: 1000, type: library}
      - {type: text, description: It should be nice}
  - name: nothing
    properties: [{name: a, logicalType: object}]
  - name: orders_2026
    properties: [{name: a, logicalType: boolean, required: true}]
"""


def test_a_document_from_elsewhere_becomes_contracts_and_nothing_is_lost_silently() -> None:
    orders, second = contracts_of_odcs(read_document(ELSEWHERE, "o.yaml"), "Ignored", "o.yaml")
    assert (orders.name, second.name, orders.doc) == ("Orders2026", "Orders2026_", "All orders")
    by_name = {field.name: field for field in orders.fields}
    assert {name: (field.kind, field.null) for name, field in by_name.items()} == {
        "order_id": ("text", False),
        "amount": ("float", False),
        "pieces": ("int", True),
        "on": ("date", True),
        "at": ("datetime", True),
        "time": ("text", True),
        "tags": ("list[text]", True),
        "state": ("category", False),
    }
    assert by_name["order_id"].column == "ORD_ID"
    assert by_name["pieces"].refuse == Bounds(ge=1, le=9)
    assert by_name["on"].refuse == Bounds(ge=dt.date(2020, 1, 1))
    assert by_name["at"].refuse == Bounds(le=dt.date(2030, 1, 1))
    assert by_name["state"].allowed == ("open", "paid")
    spec = declared(contract_text([orders, second], "o.yaml"), "Orders2026")
    assert {test.name: str(test.severity) for test in spec.table_tests} == {
        "order_id_is_unique": "refuse",
        "pieces_unique": "refuse",
        "state_is_unique": "warn",
        "enough_rows": "refuse",
    }
    said = "\n".join(f"{name}/{note}" for name, note in orders.notes)
    for lost in (
        "/team: ", "/tags: ", "amount/multipleOf: 0.01", "on/format: dd.MM.yyyy", "at/minimum: 2020-01-01T10:00:00Z",
        "time/logicalType time", "/lines: no field holds such an array", "/odd: it names no logicalType",
        "state/classification: public", 'tags/items: examples: ["a"]',
        "state/of quality invalidValues: schedule: daily",
        'state/quality {"type": "sql"', "/quality It should be nice", "/nothing: no property of it can be a field",
    ):  # fmt: skip
        assert lost in said


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("kind: Other\n", "is no ODCS contract"),
        ("kind: DataContract\napiVersion: v2.2.2\n", "of ODCS v2.2.2, and v3.x can be read"),
        ("kind: DataContract\napiVersion: v3.1.0\nschema: []\n", "has no schema with properties"),
        (
            "kind: DataContract\napiVersion: v3.1.0\n"
            "schema: [{name: t, properties: [{name: a, logicalType: array}]}]\n",
            "t: no property of it can be a field: a: no field holds such an array",
        ),
    ],
)
def test_what_is_no_contract_is_told(text: str, message: str) -> None:
    with pytest.raises(DataUnreadable, match=message):
        contracts_of_odcs(read_document(text, "x.yaml"), "", "x.yaml")


def test_keys_lists_severities_and_live_policies_come_back() -> None:
    class Row(ht.Contract):
        order: ht.Key
        beds: ht.Int = ht.field(ge=0, live=ht.replace(3))
        garage: ht.Category = ht.field(allowed=["a", "b"], seen=True, severity={"allowed": "note", "seen": "warn"})
        size: ht.Float = ht.field(ge=0, unique=True, severity={"ge": "warn", "null": "note"})
        vector: ht.Embedding = ht.field(length=3, items=ht.field(warn=ht.bounds(ge=-1, le=1)))
        tags: ht.List[ht.Category] = ht.field(items=ht.field(allowed=["x", "y"], null=True), min_length=1)

    exported = odcs_contract(Row.spec, key="order")
    text = yaml.safe_dump(exported.document, sort_keys=False)
    (found,) = contracts_of_odcs(read_document(text, "row.yaml"), "", "row.yaml")
    assert (found.fields, found.notes) == (Row.spec.fields, ())
    spec = declared(contract_text([found], "row.yaml"), "Row")
    assert (spec.fields, spec.table_tests) == (Row.spec.fields, Row.spec.table_tests)


def test_what_is_asked_of_earlier_data_is_not_said_of_the_table_itself() -> None:
    class Grown(ht.Contract):
        beds: ht.Int = ht.field(null=True)

        @ht.table_test
        def many_then(table):
            return table.last.rows > 1000

        @ht.table_test
        def filled_then(table):
            return table.last.column("beds").null_share < 0.1

    text = str(odcs_contract(Grown.spec).document)
    assert "rowCount" not in text and "nullValues" not in text
    assert "last.rows > 1000" in text and "last.beds.null_share < 0.1" in text


@pytest.mark.parametrize("number", [10**400, -(10**400), 10**20, 10**300])
def test_numbers_beyond_all_bounds_are_told(number: int) -> None:
    quality = [
        {"metric": "nullValues", "mustBeLessThan": number},
        {"metric": "duplicateValues", "unit": "percent", "mustBeLessThan": number},
    ]
    part = {"name": "a", "logicalType": "integer", "logicalTypeOptions": {"minimum": number}, "quality": quality}
    table = {"name": "t", "properties": [part], "quality": [{"metric": "rowCount", "mustBeGreaterThan": number}]}
    document = {"kind": "DataContract", "apiVersion": "v3.1.0", "schema": [table]}
    (found,) = contracts_of_odcs(document, "", "x.yaml")
    assert found.tests == ()
    assert found.fields[0].refuse == Bounds()
    assert len(found.notes) == 4


@pytest.mark.parametrize(
    ("asked", "source"),
    [
        ({"mustBeBetween": [10, 20]}, "table.rows.is_between(10, 20)"),
        ({"mustNotBeBetween": [10, 20]}, "(table.rows < 10) | (table.rows > 20)"),
        ({"mustBeBetween": [20, 10]}, None),
        ({"mustBeBetween": [10]}, None),
        ({"mustBeBetween": 10}, None),
        ({"mustBeBetween": [10, 10**20]}, None),
        ({"mustBeBetween": [10, 20], "mustBe": 12}, None),
    ],
)
def test_a_range_of_rows_is_a_test_of_the_table(asked: dict[str, Any], source: str | None) -> None:
    found = of_quality([{"metric": "rowCount", **asked}], [])
    assert [source_of(test.expression) for test in found.tests] == ([source] if source else [])
    assert bool(found.notes) == (source is None)


@pytest.mark.parametrize(
    ("asked", "source"),
    [
        ({"metric": "nullValues", "mustBeBetween": [0, 3]}, "null_share * table.rows).is_between(0, 3)"),
        ({"metric": "nullValues", "unit": "percent", "mustBeBetween": [0, 5]}, "null_share.is_between(0.0, 0.05)"),
        ({"metric": "duplicateValues", "mustBeBetween": [1, 5]}, "duplicates.is_between(1, 5)"),
        (
            {"metric": "duplicateValues", "unit": "percent", "mustBeBetween": [1, 5]},
            'duplicates >= 0.01 * table.rows) & (table.column("a").duplicates <= 0.05 * table.rows)',
        ),
    ],
)
def test_a_range_of_a_column_s_figure_is_a_test_of_the_table(asked: dict[str, Any], source: str) -> None:
    found = of_quality([], [asked])
    (test,) = found.tests
    assert source_of(test.expression).endswith(source)
    assert found.notes == ()
    assert declared(contract_text([found], "x.yaml"), found.name).table_tests == found.tests


def of_quality(table: list[dict[str, Any]], column: list[dict[str, Any]]) -> Imported:
    part = {"name": "a", "logicalType": "integer", "quality": column}
    document = {"kind": "DataContract", "apiVersion": "v3.1.0"}
    (found,) = contracts_of_odcs(
        {**document, "schema": [{"name": "t", "properties": [part], "quality": table}]}, "", "x"
    )
    return found
