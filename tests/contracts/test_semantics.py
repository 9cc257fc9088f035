"""What everything means: each line of the page's two tables, judged row by row, as JSON and as a table."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from holdtrue.contracts import (
    BatchChecker,
    Bool,
    Category,
    Contract,
    ContractSpec,
    Date,
    DateTime,
    FieldSpec,
    Float,
    Int,
    RowChecker,
    Text,
    derive,
    field,
    rule,
)
from holdtrue.contracts.polars_compiler import DTYPES
from holdtrue.foundation import DataUnreadable

PAGE = (Path(__file__).parents[2] / "docs" / "contracts.md").read_text()
BIG, SMALL = 2**63 - 1, -(2**63)
NFC, NFD = "\u00e9", "e\u0301"
DAY, NOON = dt.date(1996, 7, 1), dt.datetime(1996, 7, 1, 12, tzinfo=dt.UTC)
MARKERS: dict[str, Any] = {
    "int": Int, "float": Float, "bool": Bool, "category": Category, "text": Text, "date": Date, "datetime": DateTime,
}  # fmt: skip

# A line of "What everything means" -> (kinds of the fields it reads, the expression, values and what comes of them).
Case = tuple[str, Callable[[Any], Any], list[tuple[tuple[Any, ...], Any]]]
MEANINGS: dict[str, list[Case]] = {
    "null in an operand": [
        ("int int", lambda r: r.a + r.b, [((1, None), None), ((None, 1), None)]),
        ("int int", lambda r: r.a < r.b, [((1, None), None)]),
        ("bool bool", lambda r: r.a & r.b, [((False, None), False), ((None, False), False), ((True, None), None)]),
        ("bool bool", lambda r: r.a | r.b, [((True, None), True), ((None, True), True), ((False, None), None)]),
        ("bool", lambda r: ~r.a, [((None,), None)]),
        ("text", lambda r: r.a.is_null(), [((None,), True), (("",), False)]),
        ("int", lambda r: r.a.fill_null(7), [((None,), 7), ((0,), 0)]),
        ("text", lambda r: r.a.is_in(["x"]), [((None,), None), (("x",), True)]),
    ],
    "whole numbers": [
        ("int int", lambda r: r.a + r.b, [((BIG, 1), None), ((BIG, 0), BIG)]),
        ("int int", lambda r: r.a * r.b, [((2**32, 2**31), None), ((2**31, 2**31), 2**62)]),
        ("int", lambda r: -r.a, [((SMALL,), None), ((BIG,), -BIG)]),
        ("int", lambda r: abs(r.a), [((SMALL,), None), ((-3,), 3)]),
        ("int int", lambda r: r.a // r.b, [((SMALL, -1), None)]),
    ],
    "`/`": [("int int", lambda r: r.a / r.b, [((4, 2), 2.0), ((1, 3), 1 / 3), ((1, 0), None), ((0, 0), None)])],
    "`//`, `%` of whole numbers": [
        ("int int", lambda r: r.a // r.b, [((-7, 2), -4), ((7, -2), -4), ((7, 0), None)]),
        ("int int", lambda r: r.a % r.b, [((-7, 2), 1), ((7, -2), -1), ((7, 0), None)]),
    ],
    "`//`, `%` of numbers with a point": [
        ("float float", lambda r: r.a // r.b, [((-7.0, 2.0), -4.0), ((1.0, 0.1), 10.0), ((1.0, 0.0), None)]),
        ("float float", lambda r: r.a % r.b, [((-7.0, 2.0), 1.0), ((1.0, 0.1), 0.0), ((1.0, 0.0), None)]),
    ],
    "a result that is not finite": [
        ("float float", lambda r: r.a * r.b, [((1e300, 1e300), None), ((1e300, 1e8), 1e308)]),
        ("float float", lambda r: r.a - r.b, [((-1.7e308, 1.7e308), None)]),
    ],
    "whole number against number with a point": [
        ("int float", lambda r: r.a == r.b, [((2**53 + 1, 2.0**53), True), ((3, 3.0), True)]),
        ("int float", lambda r: r.a + r.b, [((2**53 + 1, 1.0), 2.0**53)]),
        ("int", lambda r: r.a.is_in([3.0]), [((3,), True)]),
    ],
    "date − date; time − time": [
        ("date date", lambda r: r.a - r.b, [((dt.date(1996, 7, 3), DAY), 2), ((DAY, dt.date(1996, 7, 3)), -2)]),
        ("datetime datetime", lambda r: r.a - r.b, [((NOON, NOON.replace(hour=11, microsecond=500_000)), 3599.5)]),
    ],
    "order of text": [("text text", lambda r: r.a < r.b, [(("Z", "a"), True), (("é", "z"), False)])],
    "Unicode forms": [
        ("text text", lambda r: r.a == r.b, [((NFC, NFD), False), ((NFC, NFC), True)]),
        ("text", lambda r: r.a.length(), [((NFC,), 1), ((NFD,), 2), (("\U0001f469\u200d\U0001f52c",), 3)]),
        ("text", lambda r: r.a.contains(NFC), [((NFD,), False), ((NFC,), True)]),
        ("category", lambda r: r.a.is_in([NFC]), [((NFD,), False), ((NFC,), True)]),
    ],
    "`pattern`, `.lower()`": [
        ("text", lambda r: r.a.lower(), [(("İ",), "i\u0307"), (("ΟΔΟΣ",), "οδος"), (("\ua7dc",), "\ua7dc".lower())])
    ],
}
ELSEWHERE = {
    "a rule's verdict",
    "a value that is missing or not of its kind",
    "a value beyond its limits",
}


def lines_of(heading: str) -> list[str]:
    section = PAGE.split(f"## {heading}\n")[1].split("\n## ")[0]
    cells = [line.split(" | ")[0].removeprefix("| ") for line in section.splitlines() if line.startswith("| ")]
    return [cell for cell in cells if not re.fullmatch(r"[-| ]+|What|Kind", cell)]


def test_every_line_of_both_tables_has_its_test() -> None:
    assert set(lines_of("What everything means")) == set(MEANINGS) | ELSEWHERE
    assert [cell.lower() for cell in lines_of("Decoding is not testing")] == [
        "all", "int", "float", "bool", "category, text", "key", "list, embedding", "image, audio, video", "date",
        "datetime",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("kinds", "expression", "given", "expected"),
    [(kinds, tree, given, out) for cases in MEANINGS.values() for kinds, tree, pairs in cases for given, out in pairs],
)
def test_a_line_of_what_everything_means(
    kinds: str, expression: Callable[[Any], Any], given: tuple[Any, ...], expected: Any
) -> None:
    names = dict(zip("ab", kinds.split(), strict=False))

    def computed(row: Any) -> Any:
        return expression(row)

    body = {"__annotations__": {name: MARKERS[kind] for name, kind in names.items()}, "d": derive(computed)}
    body |= {name: field(null=True) for name in names}
    spec = type("Line", (Contract,), body).spec  # type: ignore[attr-defined]
    row = dict(zip(names, given, strict=True))
    frame = pl.DataFrame(
        {name: pl.Series([row[name]], dtype=DTYPES[kinds]) for name, kinds in spec.kinds.items() if name in row}
    )
    spelled = json.dumps(row, default=lambda moment: moment.isoformat()).encode()
    checker = RowChecker(spec)
    for found in (
        checker.check(row).row,
        checker.check_json(spelled)[0].row,
        BatchChecker(spec).check(frame).accepted.row(0, named=True),
    ):
        assert found is not None and (type(found["d"]), found["d"]) == (type(expected), expected)
        assert json.dumps(found["d"]) == json.dumps(expected)  # -0.0 is not 0.0


class Sale(Contract):
    beds: Int = field(ge=0, null=True)
    price: Float
    name: Text = field(pattern=r"\w+", null=True)

    @derive
    def twice(row):
        return row.beds * 2

    @rule
    def cheap(row):
        return row.twice < 10


@pytest.mark.parametrize(
    ("row", "failed", "twice"),
    [
        ({"beds": 3, "price": 1.0}, [], 6),  # true: holds
        ({"beds": 7, "price": 1.0}, ["rule.cheap"], None),  # false: broken
        ({"beds": None, "price": 1.0}, [], None),  # null: not judged
        ({"price": 1.0}, [], None),  # left out, and may be
        ({"beds": "3", "price": 1.0}, ["beds.type"], None),  # not of its kind: null to the rule, which is not judged
        ({"beds": 7}, ["price.missing", "rule.cheap"], None),  # another field's failure hinders no rule
        ({"beds": -3, "price": None}, ["beds.ge", "price.null"], None),  # beyond its limits: seen as it is (-6 < 10)
        ({"beds": 2, "price": 1.0, "more": "?"}, [], 4),  # what the contract does not name
        ({"beds": 2, "price": 1.0, "name": NFC}, [], 4),  # Python's \w takes é
        ({"beds": 2, "price": 1.0, "name": NFD}, ["name.pattern"], None),  # and no combining accent
    ],
)
def test_verdicts_of_rules_and_values(row: dict[str, Any], failed: list[str], twice: int | None) -> None:
    checker, batch = RowChecker(Sale.spec), BatchChecker(Sale.spec)
    (failures,) = batch.failures(pl.DataFrame([row]))
    for verdict in (checker.check(row), checker.check_json(json.dumps(row).encode())[0]):
        assert [failure.test for failure in verdict.failures] == failed
        assert [failure.message for failure in verdict.failures] == [failure.message for failure in failures]
        assert failed or (verdict.row is not None and verdict.row["twice"] == twice)


WRONG: Any = "wrong"
PARTS: Any = [
    # kind, value, what it is
    ("int", 3, 3), ("int", 3.0, 3), ("int", BIG, BIG), ("int", SMALL, SMALL), ("int", 2**63, WRONG),
    ("int", "3", WRONG), ("int", True, WRONG), ("int", 3.5, WRONG), ("int", 1e22, WRONG), ("int", None, None),
    ("int", float("nan"), None),
    ("int", float("inf"), WRONG), ("int", Decimal("3.00"), 3), ("int", Decimal("3.5"), WRONG), ("int", np.int8(3), 3),
    ("int", np.float32(3), 3), ("int", np.uint64(2**63), WRONG), ("int", np.bool_(True), WRONG),
    ("float", 3, 3.0), ("float", 0.1, 0.1), ("float", Decimal("0.10"), 0.1), ("float", "3", WRONG),
    ("float", True, WRONG), ("float", float("inf"), WRONG), ("float", -float("inf"), WRONG),
    ("float", float("nan"), None), ("float", 2**53 + 1, 2.0**53), ("float", np.float32(0.5), 0.5),
    ("bool", True, True), ("bool", False, False), ("bool", 0, WRONG), ("bool", 1, WRONG), ("bool", "true", WRONG),
    ("bool", np.bool_(False), False),
    ("text", "", ""), ("text", "3", "3"), ("text", 3, WRONG), ("text", NFD, NFD), ("text", np.str_("a"), "a"),
    ("category", "", ""), ("category", 3, WRONG), ("category", " a", " a"),
    ("date", "1996-07-01", DAY), ("date", DAY, DAY), ("date", dt.datetime(1996, 7, 1), DAY), ("date", NOON, WRONG),
    ("date", "1996-07-01T00:00:00Z", WRONG), ("date", "1996-7-1", WRONG), ("date", "1996-02-30", WRONG),
    ("date", "0000-01-01", WRONG), ("date", 9678, WRONG), ("date", np.datetime64("1996-07-01"), DAY),
    ("date", dt.datetime(1996, 7, 1, 2, tzinfo=dt.timezone(dt.timedelta(hours=2))), DAY),  # its midnight in UTC
    ("datetime", NOON, NOON), ("datetime", NOON.replace(tzinfo=None), NOON), ("datetime", DAY, NOON.replace(hour=0)),
    ("datetime", "1996-07-01T14:00:00+02:00", NOON), ("datetime", "1996-07-01 12:00", NOON),
    ("datetime", "1996-07-01T12:00:00.000001Z", NOON.replace(microsecond=1)),
    ("datetime", "1996-07-01T12:00:00.0000001Z", WRONG), ("datetime", "1996-07-01T24:00:00Z", WRONG),
    ("datetime", NOON.astimezone(dt.timezone(dt.timedelta(hours=-7))), NOON),
    ("datetime", pd.Timestamp("1996-07-01 12:00:00.000000999"), NOON), ("datetime", pd.NaT, None),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value", "expected"), PARTS)
def test_a_line_of_decoding(kind: Any, value: Any, expected: Any) -> None:
    checker = RowChecker(ContractSpec(name="Line", fields=(FieldSpec(name="x", kind=kind, null=True),)))
    verdicts = [checker.check({"x": value})]
    plain = value.item() if isinstance(value, np.generic) else value
    if isinstance(plain, (bool, int, float, str, type(None))) and plain == plain:
        verdicts += checker.check_json(json.dumps({"x": plain}).replace("Infinity", "1e999").encode())
    frame = pl.DataFrame({"x": pl.Series([None if plain is pd.NaT else plain])})
    found = [None if verdict.row is None else verdict.row["x"] for verdict in verdicts]
    result = BatchChecker(checker.spec).check(frame)
    if result.accepted.height:
        found.append(result.accepted["x"][0])
    if expected is WRONG:
        assert [failure.test for verdict in verdicts for failure in verdict.failures] == ["x.type"] * len(verdicts)
        assert result.quarantine["reasons"].to_list() == [[verdicts[0].failures[0].message]]
    else:
        assert len(found) == len(verdicts) + 1
        assert all(type(each) is type(expected) and each == expected for each in found)


def test_half_a_surrogate_pair_is_no_text() -> None:
    checker = RowChecker(ContractSpec(name="Line", fields=(FieldSpec(name="x", kind="text"),)))
    for verdict in (checker.check({"x": "\ud800"}), checker.check_json(b'{"x": "\\ud800"}')[0]):
        assert [failure.test for failure in verdict.failures] == ["x.type"]


def test_json_has_no_nan_and_a_name_given_twice_counts_as_its_last() -> None:
    checker = RowChecker(ContractSpec(name="Line", fields=(FieldSpec(name="x", kind="int"),)))
    with pytest.raises(DataUnreadable, match="is not JSON"):
        checker.check_json(b'{"x": NaN}')
    for body in (b'{"x": "a", "x": 2}', b'{"x": 1, "x": 2}'):
        assert checker.check_json(body)[0].row == {"x": 2}
    assert checker.check_json(b'{"x": 2, "x": null}')[0].refused


def test_nanoseconds_before_1970_are_cut_off_alike() -> None:
    checker = RowChecker(ContractSpec(name="Line", fields=(FieldSpec(name="x", kind="datetime"),)))
    moment = np.datetime64("1969-12-31T23:59:59.999999999", "ns")
    column = pl.Series("x", [moment.astype(int)]).cast(pl.Datetime("ns")).to_frame()
    expected = BatchChecker(checker.spec).check(column).accepted["x"][0]
    for value in (moment, pd.Timestamp(moment)):
        row = checker.check({"x": value}).row
        assert row is not None and row["x"] == expected
