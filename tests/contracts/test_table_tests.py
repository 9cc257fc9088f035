"""Tests of whole tables."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest

from holdtrue.contracts import Bool, Category, Contract, Date, Float, Int, check_table, encode_frame, field, fit_encoder
from holdtrue.contracts import table_test as table
from holdtrue.foundation import ContractError


class Sales(Contract):
    price: Float = field(null=True)
    beds: Int = field(null=True)
    wall: Category = field(null=True)
    pool: Bool
    sdate: Date

    @table
    def enough_rows(t):
        return t.rows >= 3

    @table(severity="warn")
    def walls(t):
        """Wood is common"""
        return (t.column("wall").share("wood") > 0.5) & (t.column("wall").distinct == 2)

    @table(live=True)
    def prices(t):
        return (t.column("price").mean == 2) & (t.column("price").sd > 0.9) & (t.column("price").null_share == 0.25)

    @table
    def span(t):
        return (t.column("sdate").min >= dt.date(1996, 1, 1)) & (t.column("beds").max - t.column("beds").min < 3)

    @table
    def pools(t):
        return t.column("pool").mean < 0.5


FRAME = pl.DataFrame(
    {
        "price": [1.0, 2.0, 3.0, None],
        "beds": [1, 2, 3, None],
        "wall": ["wood", "wood", "brick", None],
        "pool": [True, False, False, False],
        "sdate": [dt.date(1996, 1, day) for day in (1, 2, 3, 4)],
    }
)


def test_every_figure_is_judged() -> None:
    assert [result.passed for result in check_table(Sales.spec, FRAME)] == [True] * 5
    assert [result.passed for result in check_table(Sales.spec, FRAME[:2])] == [False, False, False, True, False]


def test_a_result_says_what_was_found() -> None:
    first, second, *_ = check_table(Sales.spec, FRAME[:2])
    assert first.message == "rows >= 3: does not hold, rows is 2 [table.enough_rows]"
    assert first.test == "table.enough_rows" and first.value == {"rows": 2} and first.severity == "refuse"
    found = 'Wood is common: does not hold, wall.share("wood") is 1, wall.distinct is 1 [table.walls]'
    assert second.message == found and second.severity == "warn"


def test_figures_are_rounded_with_their_thousands_apart() -> None:
    prices = pl.Series("price", [81_034.567, 81_034.567, 81_034.568, None])
    found = {each.test: each.message for each in check_table(Sales.spec, FRAME.with_columns(prices))}
    assert "price.mean is 81,035, price.sd is 0.0005774, price.null_share is 0.25 " in found["table.prices"]


def test_tests_of_volume_are_not_judged_on_a_slice() -> None:
    results = check_table(Sales.spec, FRAME[:2], slice=True)
    assert [result.passed for result in results] == [None, None, False, True, False]
    assert "not judged on a slice" in results[0].message


def test_an_empty_table_is_judged_only_by_its_volume() -> None:
    results = check_table(Sales.spec, FRAME.clear())
    assert [result.passed for result in results] == [False, None, None, None, None]
    assert results[0].words == "rows >= 3: does not hold, rows is 0"
    assert {result.words.partition(": ")[2] for result in results[1:]} == {"not judged: there is no row"}


def test_where_every_row_was_refused_nothing_is_judged() -> None:
    results = check_table(Sales.spec, FRAME.clear(), refused=4)
    assert {result.passed for result in results} == {None}
    assert results[0].message == "rows >= 3: not judged: no row was accepted [table.enough_rows]"
    assert check_table(Sales.spec, FRAME, refused=4) == check_table(Sales.spec, FRAME)


def test_a_figure_without_a_value_is_named() -> None:
    class Spread(Contract):
        price: Float

        @table
        def varies(t):
            return (t.column("price").mean > 0) & (t.column("price").sd > 0)

        @table
        def dear(t):
            return (t.column("price").mean > 9) & (t.column("price").sd > 0)

    varies, dear = check_table(Spread.spec, FRAME[:1])
    assert varies.passed is None
    assert varies.words == "price.mean > 0, and price.sd > 0: not judged: price.sd has no value, price.mean is 1"
    assert dear.passed is False and dear.words.endswith("does not hold, price.mean is 1, price.sd has no value")


def test_live_windows_are_judged_by_live_tests_alone() -> None:
    assert [result.test for result in check_table(Sales.spec, FRAME, live=True)] == ["table.prices"]


def test_a_missing_column_is_named() -> None:
    with pytest.raises(ContractError, match="wall"):
        check_table(Sales.spec, FRAME.drop("wall"))


def test_an_encoder_names_what_it_cannot_encode() -> None:
    with pytest.raises(ContractError, match='"price" is no field of the live rows'):
        fit_encoder(Sales.spec.live("price"), ["price"], FRAME)
    with pytest.raises(ContractError, match="named twice"):
        fit_encoder(Sales.spec, ["beds", "beds"], FRAME)


def test_codes_follow_the_training_rows_and_keep_unseen_and_missing_apart() -> None:
    encoder = fit_encoder(Sales.spec, ["pool", "wall", "sdate"], FRAME)
    assert encoder.categorical == (1,) and encoder.features[1].levels == ("brick", "wood")
    new = FRAME.with_columns(wall=pl.Series(["wood", "straw", None, "brick"]))
    matrix = encode_frame(encoder, new)
    assert matrix[:, 1].tolist()[:2] == [1.0, 2.0] and str(matrix[2, 1]) == "nan" and matrix[3, 1] == 0.0
    assert matrix[0].tolist() == [1.0, 1.0, 9496.0]
