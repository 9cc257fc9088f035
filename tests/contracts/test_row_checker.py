"""One live row: what a body may be, and how fast it is judged."""

from __future__ import annotations

import datetime as dt
from typing import Any, NoReturn

import msgspec
import numpy as np
import pandas as pd
import polars as pl
import pytest

from holdtrue.contracts import (
    BatchChecker,
    Contract,
    ContractSpec,
    FieldSpec,
    Float,
    Int,
    RowChecker,
    derive,
    field,
    rule,
)
from holdtrue.foundation import ContractError, DataUnreadable


class House(Contract):
    price: Float = field(gt=0)
    beds: Int = field(ge=0, le=20)


CHECKER = RowChecker(House.spec)


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"price": NaN, "beds": 1}', b"3", b'"a"', b"null", b"[" * 100_000, b"\xff", b"{} x"]
)
def test_what_is_no_json_or_no_row_is_said_so(body: bytes) -> None:
    with pytest.raises(DataUnreadable) as caught:
        CHECKER.check_json(body)
    assert caught.value.hint


def test_a_list_may_hold_good_rows_bad_rows_and_no_rows() -> None:
    found = CHECKER.check_json(b' [{"price": 1, "beds": 2}, 7, {"price": 1e400, "beds": 3.0, "more": 1}, {"beds": 1}]')
    assert [[failure.message for failure in verdict.failures] for verdict in found] == [
        [],
        ["7 is not a row, an object with named fields [row.type]"],
        ["price: inf is not a finite number [price.type]"],
        ["price: is missing [price.missing]"],
    ]
    assert found[0].row == {"price": 1.0, "beds": 2}


def test_an_empty_list_is_no_rows() -> None:
    assert CHECKER.check_json(b"[]") == []


def test_a_verdict_is_ready_for_json() -> None:
    verdicts = CHECKER.check_json(b'{"price": {"a": [1]}, "beds": "' + b"x" * 300 + b'"}')
    plain = msgspec.json.decode(msgspec.json.encode(verdicts))
    assert plain[0]["failures"][0]["value"] == '{"a": [1]}' and len(plain[0]["failures"][1]["value"]) == 80
    assert plain[0]["failures"][0]["severity"] == "refuse"


def test_a_good_row_goes_the_fast_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """The slow way takes ten times as long; that a good row never needs it is what makes it quick."""
    checker = RowChecker(House.spec)

    def slow(_self: RowChecker, raw: object, _media: object) -> NoReturn:
        raise AssertionError(f"the slow way was taken for {raw}")

    monkeypatch.setattr(RowChecker, "_judged", slow)
    (verdict,) = checker.check_json(b'{"price": 90000, "beds": 3}')
    assert verdict.row == {"price": 90000.0, "beds": 3}
    with pytest.raises(AssertionError, match="slow way"):
        checker.check_json(b'{"price": 90000, "beds": -3}')


def test_names_that_python_takes_for_one_are_two_fields() -> None:
    fields = tuple(FieldSpec(name=name, kind="int") for name in ("\u00b5g", "\u03bcg", "\ufb01eld"))
    checker = RowChecker(ContractSpec(name="Dose", fields=fields))
    row = {"\u00b5g": 1, "\u03bcg": 2, "\ufb01eld": 3}
    assert checker.check(row).row == row
    assert checker.check_json(msgspec.json.encode(row))[0].row == row
    frame = pl.DataFrame([row])
    assert BatchChecker(checker.spec).check(frame).accepted.to_dicts() == [row]


def test_a_contract_of_hundreds_of_columns_compiles_both_ways() -> None:
    names = [f"x{place}" for place in range(180)]

    def total(row: Any) -> Any:
        return sum(row[name] for name in names)

    def some_is_positive(row: Any) -> Any:
        found = row.x0 > 0
        for name in names[1:]:
            found = found | (row[name] > 0)
        return found

    body = {"__annotations__": dict.fromkeys(names, Int), "total": derive(total), "positive": rule(some_is_positive)}
    wide = type("Wide", (Contract,), body).spec  # type: ignore[attr-defined]

    rows = [dict.fromkeys(names, 1), dict.fromkeys(names, -1)]
    good, bad = (RowChecker(wide).check_json(msgspec.json.encode(row))[0] for row in rows)
    assert good.row is not None and good.row["total"] == 180
    assert [failure.test for failure in bad.failures] == ["rule.positive"]
    result = BatchChecker(wide).check(pl.DataFrame(rows))
    assert result.accepted["total"].to_list() == [180] and result.refused.tolist() == [False, True]


def test_what_nests_too_deep_is_refused_with_what_to_do() -> None:
    with pytest.raises(ContractError, match=r"test_row_checker.py:\d+: total: .* nests more than 200 operations"):

        class Deep(Contract):
            x: Int

            @derive
            def total(row: Any) -> Any:
                return sum(row.x for _ in range(300))


class Bought(Contract):
    sqft: Int = field(column="SQFT")
    year: Int = field(column="sqft")  # which is what another field is called


def test_a_row_that_names_a_field_as_tables_do_is_told() -> None:
    checker = RowChecker(Bought.spec)
    told = "sqft: is missing; what tables call SQFT is sqft in a live row [sqft.missing]"
    for verdict in (checker.check({"SQFT": 3, "year": 1}), *checker.check_json(b'[{"SQFT": 3, "year": 1}]')):
        assert [failure.message for failure in verdict.failures] == [told]
    assert not checker.check({"sqft": 3, "SQFT": 4, "year": 1}).refused
    plain = [failure.message for failure in checker.check({"sqft": 3}).failures]
    assert plain == ["year: is missing [year.missing]"]
    (null,) = checker.check({"sqft": None, "SQFT": 4, "year": 1}).failures
    assert null.test == "sqft.null"


@pytest.mark.parametrize("name", ["rule", "table", "row"])
def test_a_field_cannot_take_the_name_that_other_tests_begin_with(name: str) -> None:
    with pytest.raises(ContractError, match="cannot be a name"):
        RowChecker(ContractSpec(name="C", fields=(FieldSpec(name=name, kind="int"),)))


def test_times_of_numpy_and_pandas_are_times() -> None:
    checker = RowChecker(
        ContractSpec(
            name="C",
            fields=(
                FieldSpec(name="at", kind="datetime"),
                FieldSpec(name="day", kind="date", null=True),
                FieldSpec(name="n", kind="int", null=True),
            ),
        )
    )
    noon = dt.datetime(1996, 7, 1, 12, tzinfo=dt.UTC)
    for at in (pd.Timestamp("1996-07-01 12:00:00.000000001"), np.datetime64("1996-07-01T12:00", "ns"), noon):
        row = checker.check({"at": at, "day": np.datetime64("1996-07-01", "D")}).row
        assert row == {"at": noon, "day": dt.date(1996, 7, 1), "n": None}
        assert row is not None and type(row["at"]) is dt.datetime
    for missing in (pd.NaT, np.datetime64("NaT")):
        verdict = checker.check({"at": missing, "day": missing})
        assert [failure.test for failure in verdict.failures] == ["at.null"]
    verdict = checker.check({"at": noon, "n": np.datetime64("1996-07-01", "ns")})
    assert [failure.test for failure in verdict.failures] == ["n.type"]


def test_limits_beyond_64_bits_are_refused_when_the_class_is_made() -> None:
    with pytest.raises(ContractError, match="no value is within these limits"):

        class Huge(Contract):
            n: Int = field(gt=2**63 - 1)
