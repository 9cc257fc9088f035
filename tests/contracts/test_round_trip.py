"""A contract that goes out in either form and comes back is the very same, rules and tests of tables included."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from pairs import contract_of
from pairs_kinds import Draw

import holdtrue as ht
from holdtrue.contracts import Contract, ContractSpec, FieldSpec, Severity, TableTestSpec
from holdtrue.contracts.contract import counts_rows
from holdtrue.contracts.exchange import (
    Imported,
    contract_of_schema,
    contract_text,
    contracts_of_odcs,
    odcs_contract,
    own_class_name,
    read_document,
    row_schema,
)
from holdtrue.contracts.exchange.imported import checked
from holdtrue.contracts.exchange.slow_patterns import why_slow
from holdtrue.contracts.exchange.told import Reader, less_brought, told_derive, told_rule
from holdtrue.contracts.expression_source import read_back, source_of, value_of
from holdtrue.contracts.expressions import Kind, nodes_of
from holdtrue.contracts.symbols import SymbolicRow, SymbolicTable
from holdtrue.foundation import ContractError

MESSAGES = (
    "",
    "A house is sold",
    'It says "so"',
    "A back\\slash",
    "two  spaces",
    "Größe, 価格 and 'more'",
    "\u202e hidden",
)
NAMES = ("Pairs", "sale_v2", "Größe")


def declared(text: str, name: str) -> ContractSpec:
    """Declare a contract as a person would who pastes the text."""
    scope: dict[str, Any] = {}
    exec(compile(text, "<read>", "exec"), scope)  # noqa: S102
    contract: type[Contract] = scope[name]
    return contract.spec


FIGURES: list[Callable[[Any, str, Draw], Any]] = [
    lambda t, n, d: t.rows >= d.randint(0, 10_000),
    lambda t, n, d: t.duplicate_rows <= 0.01 * t.rows,
    lambda t, n, d: t.last.rows < t.rows * 2,
    lambda t, n, d: t.column(n).null_share < d.one((0.07, 0.5, 0.1234567890123)),
    lambda t, n, d: t.column(n).duplicates == 0,
    lambda t, n, d: t.column(n).distinct > d.randint(0, 5),
    lambda t, n, d: t.column(n).mean.is_between(-d.random(), 1e300),
    lambda t, n, d: (t.column(n).sd > 0) | ~(t.column(n).quantile(0.9) < 7),
    lambda t, n, d: t.column(n).min < t.baseline.column(n).max,
    lambda t, n, d: t.column(n).max >= dt.date(2026, 1, 31),
    lambda t, n, d: t.column(n).share('a"b') > 0.25,
    lambda t, n, d: t.column(n).word_rank("the") <= 20,
    lambda t, n, d: t.column(n).language_share("en") > 0.9,
    lambda t, n, d: t.column(n).drift_from(t.last) < 0.1,
    lambda t, n, d: t.column(n).unseen_share(t.baseline) == 0,
    lambda t, n, d: t.column(n).orphans("stores", "the id") == 0,
    lambda t, n, d: t.column(n).age_days < 45,
    lambda t, n, d: abs(t.correlation(n, n)) < 0.9,
    lambda t, n, d: t.column(n).near_duplicates <= 3,
]


def drawn_tests(draw: Draw, kinds: dict[str, Kind]) -> list[TableTestSpec]:
    """Draw table tests that such a contract may have."""
    found = []
    for place in range(draw.randint(0, 5)):
        try:
            node = draw.one(FIGURES)(SymbolicTable("Pairs", kinds), draw.one(list(kinds)), draw).node
        except ContractError:
            continue
        orphans = any(getattr(each, "statistic", "") == "orphans" for each in nodes_of(node))
        test = TableTestSpec(
            name=f"t{place}",
            expression=node,
            severity=draw.one(tuple(Severity)),
            message=draw.one(MESSAGES),
            live=draw.chance(0.3) and not orphans,
            volume=draw.chance(0.5) if draw.chance(0.2) else counts_rows(node),
            window=draw.one((500, 20, 10_000)),
            reads=tuple(dict.fromkeys(each.column for each in nodes_of(node) if getattr(each, "column", ""))),
        )
        found.append(test)
    return found


def contract(seed: int) -> ContractSpec:
    """Draw a contract that a person has declared: what Python gives when the class is made."""
    draw = Draw(seed)
    drawn = contract_of(draw)
    fields: list[FieldSpec] = []
    for field in drawn.fields:
        doc = draw.one(("", "What it is", "two  spaces\nand lines"))
        unit = draw.one(("", "USD", "sq  ft"))
        try:
            fields.append(checked(structs.replace(field, doc=doc, unit=unit), "x"))
        except ContractError:
            continue
    if not fields:
        fields = [FieldSpec(name="x", kind="int")]
    reader = Reader("Pairs", fields)
    for derive in drawn.derives:
        reader.derive(msgspec.to_builtins(told_derive(structs.replace(derive, doc=draw.one(MESSAGES)))))
    for rule in drawn.rules:
        reader.rule(msgspec.to_builtins(told_rule(structs.replace(rule, message=draw.one(MESSAGES).rstrip(".")))))
    made = Imported(
        name=draw.one(NAMES),
        fields=tuple(fields),
        derives=reader.found.derives,
        rules=reader.found.rules,
        tests=less_brought(drawn_tests(draw, reader.kinds), fields),
    )
    spec = declared(contract_text([made], "x"), made.name)
    assert spec == made.spec
    assert spec.digest() == made.spec.digest()
    return spec


def is_slow(spec: ContractSpec) -> bool:
    return any(
        each.pattern is not None and why_slow(each.pattern)
        for field in spec.fields
        for each in (field, field.items)
        if each is not None
    )


def same(found: Imported, spec: ContractSpec) -> None:
    assert found.notes == ()
    assert found.spec == spec
    assert found.spec.digest() == spec.digest()
    again = declared(contract_text([found], "x.json"), spec.name)
    assert again == spec
    assert again.digest() == spec.digest()


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**32))
def test_a_contract_comes_back_from_json_schema_the_very_same(seed: int) -> None:
    spec = contract(seed)
    text = json.dumps(row_schema(spec).document)
    document = read_document(text, "x.json")
    if is_slow(spec):
        return
    name = own_class_name(document.get("x-holdtrue"), document["title"])
    same(contract_of_schema(document, name, "x.json"), spec)


@settings(max_examples=400, deadline=None)
@given(st.integers(0, 2**32))
def test_a_contract_comes_back_from_odcs_the_very_same(seed: int) -> None:
    spec = contract(seed)
    text = yaml.safe_dump(odcs_contract(spec, name="pairs").document, sort_keys=False, allow_unicode=True)
    if is_slow(spec):
        return
    (found,) = contracts_of_odcs(read_document(text, "x.yaml"), "", "x.yaml")
    same(found, spec)


def test_most_rules_that_are_drawn_take_part() -> None:
    drawn = kept = tests = 0
    for seed in range(150):
        drawn += len(contract_of(Draw(seed)).rules)
        spec = contract(seed)
        kept += len(spec.rules)
        tests += len(spec.table_tests)
    assert drawn > 100 and kept > 0.3 * drawn and tests > 50


class Sale(ht.Contract):
    """One sale."""

    order: ht.Key
    price: ht.Float = ht.field(gt=0, unit="USD")
    beds: ht.Int = ht.field(ge=0, null=True)
    garage: ht.Category = ht.field(allowed=["none", "one"], seen=True, severity={"seen": "refuse"})
    sold: ht.DateTime
    tags: ht.List[ht.Int] = ht.field(items=ht.field())

    @ht.derive
    def per_bed(row):
        """Price of a bed."""
        return row.price / (row.beds + 1)

    @ht.derive
    def odd(row):
        return -(row.beds - 3) * 2 - (row.beds - (row.beds - 10_000))

    @ht.rule(live=ht.fall_back())
    def no_garage(row):
        """A house has a "garage" or a bed."""
        return (row.garage != "none") | (row.beds > 0) & ~row.tags.contains(-3)

    @ht.rule(severity="note")
    def later(row):
        return (row.sold >= dt.datetime(1996, 7, 1, 12)) | row.garage.is_in(["one", "two"])

    @ht.table_test(live=True, window=100, severity="warn")
    def usual(table):
        """Prices are as they were."""
        return table.column("price").drift_from(table.last) < 0.1

    @ht.table_test(volume=False)
    def enough(table):
        return table.rows >= 1000


def test_what_comes_back_is_python_that_a_person_would_write() -> None:
    found = contract_of_schema(json.loads(json.dumps(row_schema(Sale.spec).document)), "Sale", "sale.json")
    assert found.spec.digest() == Sale.spec.digest()
    text = contract_text([found], "sale.json")
    for lines in (
        '    @ht.derive\n    def per_bed(row):\n        """Price of a bed."""\n'
        "        return row.price / (row.beds + 1)\n",
        "        return -(row.beds - 3) * 2 - (row.beds - (row.beds - 10_000))\n",
        "    @ht.rule(live=ht.fall_back())\n    def no_garage(row):\n"
        '        """A house has a \\"garage\\" or a bed."""\n'
        '        return (row.garage != "none") | (row.beds > 0) & ~row.tags.contains(-3)\n',
        '        return (row.sold >= dt.datetime(1996, 7, 1, 12, tzinfo=dt.UTC)) | row.garage.is_in(["one", "two"])\n',
        '    @ht.table_test(severity="warn", live=True, window=100)\n',
        '        return table.column("price").drift_from(table.last) < 0.1\n',
        "    @ht.table_test(volume=False)\n    def enough(table):\n        return table.rows >= 1000\n",
    ):
        assert lines in text, text
    assert "order_unique" not in text  # a key brings it along


def told(**entry: Any) -> Any:
    """Read a schema of one whole number, with an entry of rules as it may have been written by anyone."""
    entry = {"name": "odd", "expression": "in words", **entry}
    document = {
        "properties": {"a": {"type": "integer"}, "c": {"enum": ["x", "y"], "type": "string"}},
        "required": ["a", "c"],
        "x-holdtrue": {"rules": [entry]},
    }
    return contract_of_schema(document, "Row", "row.json")


A: Any = {"type": "field", "name": "a"}
ONE: Any = {"type": "constant", "kind": "int", "value": 1}


def more_than(left: Any, right: Any = ONE, op: str = ">") -> Any:
    return {"type": "binary", "op": op, "left": left, "right": right}


def nested(depth: int) -> Any:
    tree = A
    for _ in range(depth):
        tree = {"type": "binary", "op": "+", "left": tree, "right": ONE}
    return more_than(tree)


@pytest.mark.parametrize(
    "entry",
    [
        {"tree": more_than({"type": "field", "name": "b"})},
        {"tree": more_than({"type": "field", "name": "__class__"})},
        {"tree": more_than({"type": "call", "function": "__class__", "operand": A})},
        {"tree": more_than({"type": "call", "function": "norm", "operand": A})},
        {"tree": more_than(A, {"type": "constant", "kind": "int", "value": "__import__('os')"})},
        {"tree": more_than(A, {"type": "constant", "kind": "date", "value": "never"})},
        {"tree": more_than(A, {"type": "constant", "kind": "text", "value": "1"})},
        {"tree": more_than(ONE, A)},
        {"tree": more_than(ONE, ONE)},
        {"tree": more_than({"type": "binary", "op": "/", "left": ONE, "right": {**ONE, "value": 0}})},
        {"tree": more_than({"type": "call", "function": "is_null", "operand": ONE})},
        {"tree": more_than(A, op="; import os")},
        {"tree": more_than({"type": "field", "name": "c"}, {"type": "constant", "kind": "text", "value": "z"}, "==")},
        {"tree": {"type": "statistic", "statistic": "rows"}},
        {"tree": A},
        {"tree": {"type": "unary", "op": "+", "operand": A}},
        {"tree": {"type": "lambda"}},
        {"tree": 7},
        {"tree": nested(300)},
        {"tree": more_than(A), "name": "a"},
        {"tree": more_than(A), "name": "ht"},
        {"tree": more_than(A), "name": "x(): pass\nimport os\ndef y"},
        {"tree": more_than(A), "severity": "refuse", "live": {"action": "replace", "value": 3}},
        {"tree": more_than(A), "severity": "warn", "live": {"action": "fall_back"}},
        {"tree": more_than(A), "severity": "fatal"},
        {},
    ],
)
def test_a_tree_that_is_no_rule_here_is_told_in_words(entry: Any) -> None:
    found = told(**entry)
    assert found.rules == ()
    assert len(found.notes) == 1
    assert "in words" in found.notes[0][1]
    assert declared(contract_text([found], "row.json"), "Row").rules == ()


def test_nothing_that_a_rule_says_becomes_code() -> None:
    hostile = '"""\n    import os; os.system("x") # \u202e'
    tree = more_than({"type": "field", "name": "c"}, {"type": "constant", "kind": "text", "value": hostile}, "<")
    found = told(tree=tree, message=hostile, expression=hostile)
    text = contract_text([found], "row.json")
    assert "\u202e" not in text
    scope: dict[str, Any] = {}
    exec(compile(text, "<read>", "exec"), scope)  # noqa: S102
    (rule,) = scope["Row"].spec.rules
    assert rule.expression.right.value == hostile
    assert "os" not in scope


def test_what_nests_too_deep_for_a_document_is_told_in_words() -> None:
    class Deep(ht.Contract):
        a: ht.Int

        @ht.rule
        def deep(row):
            total = row.a
            for _ in range(60):
                total = total + row.a
            return total > 0

    exported = row_schema(Deep.spec)
    assert "told in words alone, for they nest too deep: deep" in exported.notes
    found = contract_of_schema(read_document(json.dumps(exported.document), "x.json"), "Deep", "x.json")
    assert found.rules == ()
    assert found.notes[0][1].startswith("rule deep: ((((")


@settings(max_examples=500, deadline=None)
@given(st.integers(0, 2**32))
def test_python_of_a_rule_reads_back_as_the_rule(seed: int) -> None:
    spec = contract(seed)
    row = SymbolicRow("Pairs", spec.kinds, {field.name: field.allowed for field in spec.fields})
    table = SymbolicTable("Pairs", spec.kinds)
    for part in (*spec.derives, *spec.rules):
        assert value_of(source_of(part.expression), row).node == part.expression
    for test in spec.table_tests:
        found = read_back(test.expression, table)
        assert found is not None
        assert found.node == test.expression


def test_what_no_other_tool_may_ask_for_is_said_with_the_contract() -> None:
    with pytest.raises(ContractError, match="is no part of a rule"):
        value_of("row.a if row.a else 1", SymbolicRow("Row", {"a": "int"}))
    with pytest.raises(ContractError, match="is no part of a rule"):
        value_of("__import__('os')", SymbolicRow("Row", {"a": "int"}))
    with pytest.raises(ContractError, match="is no part of a row or table"):
        value_of('"x".format()', SymbolicRow("Row", {"a": "int"}))
