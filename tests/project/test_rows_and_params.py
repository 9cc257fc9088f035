"""Rows and parameters as training functions and checks get them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest

import holdtrue as ht
from holdtrue.contracts import BatchChecker, fit_encoder
from holdtrue.foundation import WrongUse
from holdtrue.project import Params, ParamSpec, Rows, rows_of


class Sale(ht.Contract):
    """One house sale."""

    price: ht.Float
    beds: ht.Int = ht.field(null=True)
    yrbuilt: ht.Int
    garage: ht.Category
    sold: ht.Date
    weight: ht.Float
    street: ht.Category

    @ht.derive
    def age(row):  # type: ignore[no-untyped-def]
        return row.sold.year() - row.yrbuilt


FRAME = pl.DataFrame(
    {
        "price": [1.0, 2.0, 3.0],
        "beds": [3, None, 2],
        "yrbuilt": [1950, 1960, 1970],
        "garage": ["none", "attached", "none"],
        "sold": [dt.date(1996, 7, day) for day in (1, 2, 3)],
        "weight": [1.0, 0.5, 2.0],
        "street": ["a", "b", "a"],
    }
)


@pytest.fixture
def rows() -> Rows:
    accepted = BatchChecker(Sale.spec).check(FRAME).accepted
    encoder = fit_encoder(Sale.spec.live("price"), ["beds", "garage", "age"], accepted)
    return rows_of(accepted, encoder, Sale.spec, target="price", weight="weight", group="street")


def test_rows_are_the_matrix_and_the_frame(rows: Rows) -> None:
    assert len(rows) == 3
    assert rows.names == ["beds", "garage", "age"]
    assert rows.categorical == [1]
    assert rows.X.dtype == np.float64 and rows.X.flags.c_contiguous
    assert np.array_equal(rows.X, [[3, 1, 46], [np.nan, 0, 36], [2, 1, 26]], equal_nan=True)
    assert rows.y.tolist() == [1.0, 2.0, 3.0]
    assert rows.weight is not None and rows.weight.tolist() == [1.0, 0.5, 2.0]
    assert rows.group is not None and rows.group.tolist() == ["a", "b", "a"]
    assert rows.pandas().columns.tolist() == rows.names


def test_taking_rows_keeps_all_their_parts_together(rows: Rows) -> None:
    taken = rows.take([2, 0])
    assert taken.frame["yrbuilt"].to_list() == [1970, 1950]
    assert taken.y.tolist() == [3.0, 1.0]
    assert taken.X[:, 2].tolist() == [26, 46]
    assert taken.weight is not None and taken.weight.tolist() == [2.0, 1.0]
    assert taken.group is not None and taken.group.tolist() == ["a", "a"]


@pytest.mark.parametrize("beds", [5, [5, 5, 5], np.array([5, 5, 5]), pl.Series([5, 5, 5]), pl.lit(5), np.int64(5), 5.0])
def test_other_values_reach_the_matrix(rows: Rows, beds: object) -> None:
    changed = rows.with_values(beds=beds)
    assert changed.X[:, 0].tolist() == [5, 5, 5]
    assert changed.frame.schema == rows.frame.schema
    assert np.array_equal(rows.X[:, 0], [3, np.nan, 2], equal_nan=True)


def test_derived_fields_follow_the_fields_they_read(rows: Rows) -> None:
    changed = rows.with_values(yrbuilt=rows.frame["yrbuilt"] - 10, garage="barn")
    assert changed.X[:, 2].tolist() == [56, 46, 36]
    assert changed.frame["age"].to_list() == [56, 46, 36]
    assert changed.X[:, 1].tolist() == [2, 2, 2]  # unseen in training
    assert changed.y is rows.y


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"age": 3}, "age is derived"),
        ({"bed": 3}, "these rows have no field bed.*fields are price, beds"),
        ({"beds": "three"}, "with_values"),
        ({"beds": [1, 2]}, "with_values"),
    ],
)
def test_values_that_do_not_fit_are_refused(rows: Rows, values: dict[str, object], words: str) -> None:
    with pytest.raises(WrongUse, match=words):
        rows.with_values(**values)


def test_parameters_are_recorded_as_asked_and_replaced_from_outside() -> None:
    params = Params({"trees": "300", "rate": "0.2", "kind": "dart", "deep": True}, seed=7)
    assert params.int("trees", 200, low=50, high=800) == 300
    assert params.float("rate", 0.1, low=0.01, high=0.3, log=True) == 0.2
    assert params.choice("kind", "gbdt", ["gbdt", "dart"]) == "dart"
    assert params.choice("deep", False, [False, True]) is True
    assert params.int("leaves", 31) == 31
    assert params.int("trees", 200, low=50, high=800) == 300
    assert params.values == {"trees": 300, "rate": 0.2, "kind": "dart", "deep": True, "leaves": 31}
    assert params.space["trees"] == ParamSpec(name="trees", kind="int", default=200, low=50, high=800)
    assert params.space["kind"].options == ("gbdt", "dart")
    assert params.seed == 7
    params.require_all_used()


@pytest.mark.parametrize("given", ["many", 3.5, True, 900, "nan", float("inf")])
def test_whole_numbers_out_of_range_are_refused(given: object) -> None:
    with pytest.raises(WrongUse, match='parameter "trees" is'):
        Params({"trees": given}).int("trees", 200, low=50, high=800)  # type: ignore[dict-item]


@pytest.mark.parametrize("given", ["much", True, 0.5, "nan"])
def test_numbers_out_of_range_are_refused(given: object) -> None:
    with pytest.raises(WrongUse, match='parameter "rate" is'):
        Params({"rate": given}).float("rate", 0.1, low=0.01, high=0.3)  # type: ignore[dict-item]


def test_options_are_told_and_1_is_not_true() -> None:
    with pytest.raises(WrongUse, match="must be one of 'gbdt', 'dart'"):
        Params({"kind": "rf"}).choice("kind", "gbdt", ["gbdt", "dart"])
    assert Params({"n": 1}).choice("n", True, [True, 1]) == 1
    assert Params({"n": "1"}).choice("n", 2, [1, 2]) == 1


def test_a_name_asked_for_in_two_ways_is_refused() -> None:
    params = Params()
    params.int("trees", 200)
    with pytest.raises(WrongUse, match="asked for twice"):
        params.int("trees", 300)


def test_a_value_for_what_nobody_asks_is_refused() -> None:
    params = Params({"tree": 300})
    params.int("trees", 200)
    with pytest.raises(WrongUse, match=r"no parameter is called tree.*asks for: trees"):
        params.require_all_used()


def test_values_are_never_cut_to_fit_a_field(rows: Rows) -> None:
    for beds in (2.5, "7", pl.col("beds") + 0.5):
        with pytest.raises(WrongUse, match=r"is no value of a field of kind int"):
            rows.with_values(beds=beds)
    with pytest.raises(WrongUse, match="is no value of a field of kind category"):
        rows.with_values(garage=3)
    assert rows.with_values(beds=4.0).frame["beds"].to_list() == [4, 4, 4]
    assert rows.with_values(beds=np.array([1.0, np.nan, 2.0])).frame["beds"].to_list() == [1, None, 2]


def test_options_are_read_as_a_command_line_writes_them() -> None:
    assert Params({"dart": "true"}).choice("dart", False, [True, False]) is True
    assert Params({"rate": "1"}).choice("rate", 2.0, [1.0, 2.0]) == 1.0


def test_ranges_that_are_none_are_refused() -> None:
    with pytest.raises(WrongUse, match="must be a whole number"):
        Params({"trees": None}).int("trees", 3)  # type: ignore[dict-item]
    with pytest.raises(WrongUse, match="by its logarithm"):
        Params().float("rate", 0.1, low=0, high=1, log=True)
    for low, high in ((float("nan"), 1.0), (2.0, 1.0)):
        with pytest.raises(WrongUse, match="goes from"):
            Params().float("rate", 1.0, low=low, high=high)
