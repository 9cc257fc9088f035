"""Severity of each test, and what a live row gets in place of a refusal: the same for one row and for a table."""

from __future__ import annotations

import datetime as dt
from typing import Any

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdtrue.contracts import (
    BatchChecker,
    Category,
    Contract,
    ContractSpec,
    Date,
    Float,
    Int,
    RowChecker,
    Severity,
    Text,
    bounds,
    derive,
    fall_back,
    field,
    replace,
    rule,
    settle,
)
from holdtrue.foundation import ContractError


class House(Contract):
    beds: Int = field(ge=0, le=20, warn=bounds(ge=1), live=replace(3))
    area: Float = field(gt=0, live={"gt": fall_back(), "type": replace(900.0)})
    garage: Category = field(allowed=["none", "attached"], severity={"allowed": "warn", "missing": "note"})
    remark: Text = field(max_length=5, severity="note")
    sold: Date = field(ge=dt.date(1990, 1, 1), live=replace(dt.date(1996, 7, 1)))

    @derive
    def year(row):
        return row.sold.year()

    @rule(live=fall_back())
    def roomy(row):
        """A bedroom has 50 square feet."""
        return row.area >= row.beds * 50

    @rule
    def not_too_new(row):
        return row.year < 2000


GOOD = {"beds": 3, "area": 900.0, "garage": "none", "remark": "fine", "sold": "1996-07-01"}
LIVE = RowChecker(House.spec, live=True)


def ids(row: dict[str, Any], checker: RowChecker = LIVE) -> list[str]:
    return [failure.test for failure in checker.check(row).failures]


def test_a_test_that_only_warns_lets_the_row_through_and_what_is_no_value_becomes_null() -> None:
    verdict = RowChecker(House.spec).check(GOOD | {"garage": "boathouse", "remark": 7})
    assert verdict.row is not None
    assert (verdict.row["garage"], verdict.row["remark"]) == ("boathouse", None)
    assert [(each.test, each.severity) for each in verdict.warnings] == [
        ("garage.allowed", Severity.WARN),
        ("remark.type", Severity.NOTE),
    ]
    missing = RowChecker(House.spec).check({name: value for name, value in GOOD.items() if name != "garage"})
    assert missing.row is not None
    assert missing.row["garage"] is None
    assert [(each.test, each.severity) for each in missing.failures] == [("garage.missing", Severity.NOTE)]


def test_a_replaced_value_is_what_rules_and_derived_fields_see_and_the_answer_says_so() -> None:
    verdict = LIVE.check(GOOD | {"beds": -8, "sold": "1066-01-01"})
    assert verdict.row == {**RowChecker(House.spec).check(GOOD).row, "beds": 3, "year": 1996}  # type: ignore[dict-item]
    assert verdict.replaced == ("beds", "sold")
    assert not verdict.fall_back
    assert [failure.message for failure in verdict.failures] == [
        "beds: -8 is less than 0 [beds.ge]",
        "sold: 1066-01-01 is less than 1990-01-01 [sold.ge]",
    ]
    assert verdict.warnings == verdict.failures


def test_a_row_falls_back_only_if_every_failure_that_is_left_says_so() -> None:
    small = LIVE.check(GOOD | {"area": 20.0})
    assert (small.fall_back, small.replaced, [each.test for each in small.failures]) == (True, (), ["rule.roomy"])
    assert small.row is not None
    negative = LIVE.check(GOOD | {"area": -1.0, "beds": "many"})
    assert (negative.fall_back, negative.replaced) == (True, ("beds",))
    late = LIVE.check(GOOD | {"area": -1.0, "sold": "2001-01-01"})
    assert late.row is None
    assert [each.test for each in late.failures] == ["area.gt", "rule.roomy", "rule.not_too_new"]


def test_without_live_every_policy_is_a_refusal() -> None:
    plain = RowChecker(House.spec)
    assert not plain.has_policies
    assert plain.check(GOOD | {"beds": -8}).row is None
    assert BatchChecker(House.spec).check(pl.DataFrame([GOOD | {"beds": -8}])).refused.tolist() == [True]


def test_policies_travel_with_the_stored_contract() -> None:
    stored = msgspec.json.decode(msgspec.json.encode(House.spec), type=ContractSpec)
    assert stored == House.spec
    assert RowChecker(stored, live=True).check(GOOD | {"beds": -8}).replaced == ("beds",)


ROWS = st.fixed_dictionaries(
    {
        "beds": st.sampled_from([3, 0, -8, 21, 12]),
        "area": st.sampled_from([900.0, 20.0, -1.0]),
        "garage": st.sampled_from(["none", "boathouse"]),
        "remark": st.sampled_from(["fine", "much too long"]),
        "sold": st.sampled_from(["1996-07-01", "1066-01-01", "2001-01-01", "soon"]),
    }
)


@settings(max_examples=60, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=8))
def test_a_table_is_settled_row_for_row_as_live_rows_are(rows: list[dict[str, Any]]) -> None:
    frame = pl.DataFrame(rows)
    settled = settle(BatchChecker(House.spec).check(frame), LIVE, frame)
    verdicts = [LIVE.check(row) for row in rows]
    assert settled.result.refused.tolist() == [verdict.row is None for verdict in verdicts]
    assert settled.result.accepted.to_dicts() == [verdict.row for verdict in verdicts if verdict.row is not None]
    assert settled.result.quarantine.height == sum(verdict.row is None for verdict in verdicts)
    for place, verdict in settled.verdicts.items():
        assert verdict == verdicts[place]
        assert verdict.replaced or verdict.fall_back


def test_what_cannot_be_says_where_and_what_to_write() -> None:
    with pytest.raises(ContractError, match=r"beds: severity names the test 'pattern', which it does not have"):

        class Odd(Contract):
            beds: Int = field(severity={"pattern": "warn"})

    with pytest.raises(ContractError, match=r"cannot be replaced by 30: it fails beds.le"):

        class Wide(Contract):
            beds: Int = field(le=20, live=replace(30))

    with pytest.raises(ContractError, match=r"cannot be replaced by 'many', which is of another kind"):

        class Many(Contract):
            beds: Int = field(live=replace("many"))

    with pytest.raises(ContractError, match=r"live names the test 'le', which it does not have") as wrong:

        class Soft(Contract):
            beds: Int = field(le=20, severity="warn", live={"le": fall_back()})

    assert wrong.value.hint == "all its tests only warn"
    with pytest.raises(ContractError, match=r"there is no severity 'loud'"):

        class Loud(Contract):
            beds: Int = field(severity="loud")

    with pytest.raises(ContractError, match=r"cannot have that live policy"):

        class Ruled(Contract):
            beds: Int

            @rule(live=replace(3))
            def some(row):
                return row.beds > 0


def test_a_replacement_is_judged_by_the_rules_and_warnings_of_its_field() -> None:
    class Even(Contract):
        beds: Int = field(ge=0, warn=bounds(ge=5), live=replace(3))

        @rule
        def even(row):
            return row.beds % 2 == 0

    checker = RowChecker(Even.spec, live=True)
    verdict = checker.check({"beds": -1})
    assert verdict.row is None
    assert [failure.message for failure in verdict.failures] == [
        "beds: -1 is less than 0 [beds.ge]",
        "beds -1: breaks (beds % 2) == 0 [rule.even]",
    ]

    class Few(Contract):
        beds: Int = field(ge=0, warn=bounds(ge=5), live=replace(3))

    told = RowChecker(Few.spec, live=True).check({"beds": -1})
    assert [failure.message for failure in told.failures] == [
        "beds: -1 is less than 0 [beds.ge]",
        "beds: 3 is less than 5 [beds.warn.ge]",
    ]
    assert told.replaced == ("beds",)


def test_a_field_is_replaced_only_if_all_that_refuses_it_says_so() -> None:
    class Code(Contract):
        code: Text = field(pattern="[a-z]+", min_length=3, live={"min_length": replace("abc")})

    checker = RowChecker(Code.spec, live=True)
    assert checker.check({"code": "ab"}).replaced == ("code",)
    both = checker.check({"code": "1"})
    assert both.row is None
    assert [failure.test for failure in both.failures] == ["code.pattern", "code.min_length"]


def test_a_table_is_settled_under_its_own_names_and_with_far_dates() -> None:
    class Named(Contract):
        beds: Int = field(column="Beds #", ge=0, live=replace(3))
        area: Float = field(column="Area m2", null=True)

    frame = pl.DataFrame({"Beds #": [3, -1], "Area m2": [190.0, 180.0]})
    live = RowChecker(Named.spec, live=True)
    settled = settle(BatchChecker(Named.spec).check(frame), live, frame)
    assert settled.result.accepted.rows() == [(3, 190.0), (3, 180.0)]
    assert [failure.message for failure in settled.verdicts[1].failures] == ["beds: -1 is less than 0 [beds.ge]"]

    far = pl.DataFrame({"sold": pl.Series([-1_000_000], dtype=pl.Int32).cast(pl.Date)})
    found = settle(BatchChecker(House.spec).check(far), LIVE, far)
    assert found.result.refused.tolist() == [True]
