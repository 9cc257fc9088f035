"""What a user writes: contracts that work, and errors that name file, line and the form to write."""

from __future__ import annotations

import textwrap
from pathlib import Path

import msgspec
import polars as pl
import pytest

from holdtrue.contracts import (
    BatchChecker,
    Category,
    Contract,
    ContractSpec,
    Date,
    FieldSpec,
    Float,
    Int,
    RowChecker,
    Severity,
    bounds,
    derive,
    expression_text,
    field,
    rule,
    table_test,
)
from holdtrue.foundation import ContractError, EnvironmentFailed


class Sale(Contract):
    price: Float = field(gt=0, unit="USD")
    beds: Int = field(ge=0, le=20, warn=bounds(ge=1, le=12))
    yrbuilt: Int = field(ge=1700, le=2100)
    garage: Category = field(allowed=["attached", "detached", "no garage"])
    garagesqft: Int = field(ge=0, le=10_000, warn=bounds(le=3_000), unit="sq ft")
    sdate: Date

    @derive
    def age(row):
        return row.sdate.year() - row.yrbuilt

    @derive
    def per_bed(row):
        return row.price / row.beds

    @rule(severity="warn")
    def sold_after_built(row):
        """A house is sold after it was built."""
        return row.age >= 0

    @rule
    def no_garage_no_area(row):
        return (row.garage != "no garage") | (row.garagesqft == 0)

    @table_test
    def enough_rows(table):
        return table.rows >= 1000

    @table_test(live=True, severity="warn")
    def beds_known(table):
        return table.column("beds").null_share <= 0.01


GOOD = {"price": 1e5, "beds": 3, "yrbuilt": 1978, "garage": "attached", "garagesqft": 400, "sdate": "1996-04-23"}


def test_a_class_becomes_a_spec() -> None:
    spec = Sale.spec
    assert spec.name == "Sale" and list(spec.kinds)[-2:] == ["age", "per_bed"]
    assert spec.kinds["age"] == "int" and spec.kinds["per_bed"] == "float"
    assert spec.rules[0].severity is Severity.WARN and spec.rules[0].message == "A house is sold after it was built"
    assert expression_text(spec.rules[1].expression) == '(garage != "no garage") | (garagesqft == 0)'
    assert spec.rules[1].reads == ("garage", "garagesqft")
    assert [(test.volume, test.live) for test in spec.table_tests] == [(True, False), (False, True)]


def test_the_live_form_is_less_the_target_and_all_that_reads_it() -> None:
    live = Sale.spec.live("price")
    assert "price" not in live.kinds and "per_bed" not in live.kinds and "age" in live.kinds
    assert [each.name for each in live.rules] == ["sold_after_built", "no_garage_no_area"]
    without_built = Sale.spec.live("yrbuilt")
    assert [each.name for each in without_built.rules] == ["no_garage_no_area"]  # by way of the derived age
    assert Sale.spec.live(None) == Sale.spec != live
    assert Sale.spec.digest() != live.digest()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"beds": -8}, "beds: -8 is less than 0 [beds.ge]"),
        ({"beds": 0}, "beds: 0 is less than 1 [beds.warn.ge]"),
        ({"beds": "three"}, 'beds: "three" is not a whole number [beds.type]'),
        ({"beds": 2**63}, "beds: 9223372036854775808 is not a whole number of 64 bits [beds.type]"),
        ({"beds": None}, "beds: null, where a value is needed [beds.null]"),
        ({"price": float("inf")}, "price: inf is not a finite number [price.type]"),
        ({"price": 0}, "price: 0 is not greater than 0 USD [price.gt]"),
        ({"garage": "boathouse"}, 'garage: "boathouse" is not one of attached, detached, no garage [garage.allowed]'),
        ({"garage": 7}, "garage: 7 is not text [garage.type]"),
        ({"sdate": "23/04/96"}, 'sdate: "23/04/96" is not a date such as 2026-01-31 [sdate.type]'),
        ({"garagesqft": 5755}, "garagesqft: 5755 is more than 3000 sq ft [garagesqft.warn.le]"),
        ({"yrbuilt": 1997}, "age -1: A house is sold after it was built [rule.sold_after_built]"),
        (
            {"garage": "no garage"},
            'garage "no garage", garagesqft 400: breaks (garage != "no garage") | (garagesqft == 0) '
            "[rule.no_garage_no_area]",
        ),
    ],
)
def test_messages_name_field_value_and_test(change: dict[str, object], message: str) -> None:
    assert [failure.message for failure in RowChecker(Sale.spec).check(GOOD | change).failures] == [message]


def test_all_failures_are_listed_and_a_missing_field_is_named() -> None:
    verdict = RowChecker(Sale.spec).check(
        {**{k: v for k, v in GOOD.items() if k != "price"}, "beds": -8, "garage": "x"}
    )
    assert [failure.test for failure in verdict.failures] == ["price.missing", "beds.ge", "garage.allowed"]
    assert verdict.refused and verdict.row is None


def test_a_warning_lets_the_row_through() -> None:
    verdict = RowChecker(Sale.spec).check(GOOD | {"beds": 13})
    assert not verdict.refused and verdict.row is not None and verdict.row["age"] == 18
    assert [failure.test for failure in verdict.warnings] == ["beds.warn.le"]


def test_a_subclass_has_its_parents_tests_and_may_replace_them() -> None:
    class Strict(Sale):
        beds: Int = field(ge=1)
        rooms: Int

        @rule
        def sold_after_built(row):
            return row.age > 0

    assert list(Strict.spec.kinds)[:7] == ["price", "beds", "yrbuilt", "garage", "garagesqft", "sdate", "rooms"]
    assert expression_text(Strict.spec.rules[0].expression) == "age > 0"
    assert len(Sale.spec.fields) == 6


# (the body of a class, the line that is wrong, what the error must say)
BROKEN = [
    ("@rule\ndef r(row): return row.x > 0 and row.y > 0", 2, "write `(row.x > 0) & (row.y > 0)` in place of"),
    ("@rule\ndef r(row): return row.x > 0 or not row.y > 0", 2, "write `(row.x > 0) | ~(row.y > 0)` in place of"),
    ("@rule\ndef r(row):\n    return 0 <= row.x <= 5", 3, "write `(0 <= row.x) & (row.x <= 5)` in place of"),
    ('@rule\ndef r(row): return row.c in ("a", "b")', 2, "write `row.c.is_in(('a', 'b'))` in place of"),
    ('@rule\ndef r(row): return "a" in row.c', 2, "write `row.c.contains('a')` in place of"),
    (
        '@rule\ndef r(row):\n    if row.c == "a":\n        return row.x > 1',
        3,
        "write `return ~(row.c == 'a') | (what",
    ),
    ("@rule\ndef r(row): return row.x > 1 if row.y > 2 else row.x > 3", 2, "(row.y > 2) & (row.x > 1) | ~(row.y > 2)"),
    ("@rule\ndef r(row): return row.z > 0", 2, 'Broken has no field "z"'),
    (
        '@rule\ndef r(row): return row.a == "woood"',
        2,
        'not one of the levels this field allows (write "wood")',
    ),
    ('@rule\ndef r(row): return row.x == "a"', 2, "== does not work between a whole number and text"),
    ("@rule\ndef r(row): return row.x == None", 2, "write .is_null()"),
    ("@rule\ndef r(row): return len(row.c) > 1", 2, "write row.field.length()"),
    ("@rule\ndef r(row): return row.x ** 2 > 1", 2, "write row.a * row.a"),
    ("@rule\ndef r(row): return row.c.lowered() == 'a'", 2, "write .lower(...)"),
    ("@rule\ndef r(row): return row.x + 1", 1, "r gives int, not a yes or no"),
    ("@rule\ndef r(row): row.x > 1", 1, "r returned nothing (return a comparison"),
    ("@rule\ndef r(row):\n    return 1 / 0 > row.x", 3, "ZeroDivisionError"),
    ("@rule(severity='stop')\ndef r(row): return row.x > 1", 1, 'write "refuse", "warn" or "note"'),
    ("@derive\ndef x(row): return row.y + 1", 1, "x is both a field and a function"),
    ("@derive\ndef d(row): return 3", 1, "d returned 3"),
    ("@table_test\ndef t(table): return table.column('w').mean > 0", 2, 'Broken has no field "w"'),
    ("@table_test\ndef t(table): return table.column('c').mean > 0", 2, "a category has no .mean"),
    ("u: int", 1, "write u: ht.Int"),
    ("u: Int = 3", 1, "u = 3 is no field"),
    ("u = field(ge=0)", 1, "write u: ht.Int = ht.field(...)"),
    ("u: Int = field(ge=2, le=1)", 1, "no value is within these limits"),
    ("u: Int = field(gt=1, lt=2)", 1, "no value is within these limits"),
    ("u: Int = field(ge=0.5)", 1, "the limit 0.5 is not a whole number"),
    ("u: Category = field(ge=1)", 1, "u is category and has no limits"),
    ("u: Category = field(allowed='ab')", 1, 'write allowed=["a", "b"]'),
    ("u: Int = field(allowed=['a'])", 1, "write u: Category"),
    ("u: Int = field(pattern='a')", 1, "u is no text"),
    ("u: Text = field(pattern='(')", 1, "is no regular expression"),
    ("u: Text = field(min_length=3, max_length=2)", 1, "nothing is as long"),
    ("spec: Int", 1, "cannot be called spec"),
    ("_u: Int", 1, "cannot be a name in a contract"),
]


@pytest.mark.parametrize(("body", "line", "words"), BROKEN, ids=[body.replace("\n", " ")[:60] for body, _, _ in BROKEN])
@pytest.mark.parametrize("future", [True, False])
def test_a_broken_contract_names_file_line_and_the_form_to_write(
    body: str, line: int, words: str, future: bool, tmp_path: Path
) -> None:
    head = "from __future__ import annotations\n" if future else "\n"
    head += "from holdtrue.contracts import *\n\nclass Broken(Contract):\n    x: Int\n    y: Int\n    c: Category\n"
    head += "    a: Category = field(allowed=['wood', 'brick'])\n"
    source = head + textwrap.indent(body, "    ") + "\n"
    file = tmp_path / "model.py"
    file.write_text(source)
    with pytest.raises(ContractError) as caught:
        exec(compile(source, str(file), "exec"), {"__name__": "model"})  # noqa: S102
    assert words in str(caught.value)
    if "both a field" not in words:
        assert caught.value.message.startswith(f"{file}:{head.count(chr(10)) + line}: ")


def test_a_kind_that_is_not_imported_is_named(tmp_path: Path) -> None:
    file = tmp_path / "model.py"
    file.write_text(
        "from __future__ import annotations\nfrom holdtrue.contracts import *\nclass A(Contract):\n  u: Itn\n"
    )
    with pytest.raises(ContractError, match=r"model.py:4: u: Itn: name 'Itn' is not defined"):
        exec(compile(file.read_text(), str(file), "exec"), {"__name__": "model"})  # noqa: S102


def test_a_contract_without_fields_is_refused() -> None:
    with pytest.raises(ContractError, match="has no fields"):

        class Empty(Contract):
            pass


def test_a_form_of_a_later_release_is_not_guessed_at() -> None:
    later = msgspec.structs.replace(Sale.spec, format=2)
    for compile_it in (RowChecker, BatchChecker):
        with pytest.raises(EnvironmentFailed, match=r"format 2.*format 1"):
            compile_it(later)


def test_a_spec_from_elsewhere_is_checked_before_code_is_made_of_it() -> None:
    bad = ContractSpec(name="Bad", fields=(Sale.spec.fields[0], Sale.spec.fields[0]))
    with pytest.raises(ContractError, match="defined twice"):
        RowChecker(bad)
    evil = msgspec.structs.replace(Sale.spec.fields[0], name="x; import os")
    with pytest.raises(ContractError, match="cannot be a name"):
        RowChecker(ContractSpec(name="Bad", fields=(evil,)))


def test_an_empty_cell_in_quotes_is_no_value_of_a_text_either() -> None:
    spec = ContractSpec(name="S", fields=(FieldSpec(name="a", kind="category"), FieldSpec(name="b", kind="text")))
    frame = pl.read_csv(b'a,b\n"",x\ny,""\nNA,z\n', infer_schema=False)
    result = BatchChecker(spec).check(frame, spelling="csv")
    assert [(test.test, test.failed) for test in result.failed] == [("a.null", 1), ("b.null", 1)]
    marked = ContractSpec(name="S", fields=(FieldSpec(name="a", kind="category", missing=("NA",)), spec.fields[1]))
    assert BatchChecker(marked).check(frame, spelling="csv").refused.all()
