"""How a test of a table is said."""

from __future__ import annotations

import datetime as dt
from typing import Any

import polars as pl
import pytest

from holdtrue.contracts import Category, Contract, Date, Float, Int, check_table, expression_words
from holdtrue.contracts import table_test as table

SAID: tuple[tuple[Any, str], ...] = (
    (lambda t: t.rows.is_between(10_000, 20_000), "rows is between 10,000 and 20,000"),
    (lambda t: (t.rows >= 10_000) & (t.rows <= 20_000), "rows is between 10,000 and 20,000"),
    (lambda t: (t.rows > 10_000) & (t.rows <= 20_000), "rows > 10,000 and <= 20,000"),
    (lambda t: (t.rows > 1) & (t.rows < 9) & (t.duplicate_rows == 0), "rows > 1 and < 9, and duplicate_rows == 0"),
    (lambda t: (t.rows <= 20_000) & (t.rows >= 10_000), "rows <= 20,000, and rows >= 10,000"),
    (
        lambda t: t.column("price").mean.is_between(48_700, 109_000.5) & (t.column("price").sd > 0),
        "price.mean is between 48,700 and 109,000.5, and price.sd > 0",
    ),
    (
        lambda t: t.rows.is_between(0.5 * t.last.rows, 2 * t.last.rows),
        "rows is between 0.5 * last.rows and 2 * last.rows",
    ),
    (lambda t: t.duplicate_rows <= 0.01 * t.rows, "duplicate_rows <= 0.01 * rows"),
    (lambda t: t.column("price").mean.is_between(-1140, 0.0001), "price.mean is between -1,140 and 0.0001"),
    (lambda t: t.column("wall").share("wood") > 0.31, 'wall.share("wood") > 0.31'),
    (lambda t: t.column("sold").max >= dt.date(1996, 7, 1), "sold.max >= 1996-07-01"),
    (lambda t: t.rows.is_in([1000, 2000]), "rows is one of 1,000, 2,000"),
    (lambda t: ~t.column("price").mean.is_null(), "not (price.mean is missing)"),
    (lambda t: abs(t.column("beds").mean - 3) < 1, "abs(beds.mean - 3) < 1"),
    (lambda t: t.rows - (t.duplicate_rows - 1) > -(t.rows + 1), "rows - (duplicate_rows - 1) > -(rows + 1)"),
    (lambda t: (t.rows - 1 - t.duplicate_rows) * 2 > 10, "(rows - 1 - duplicate_rows) * 2 > 10"),
    (lambda t: (t.rows > 1) & ((t.rows < 9) | (t.rows > 99)), "rows > 1, and (rows < 9, or rows > 99)"),
    (lambda t: (t.rows > 1) & (t.rows < 9) | (t.rows > 99), "rows > 1 and < 9, or rows > 99"),
    (lambda t: (t.rows > 1) == (t.rows > 2), "(rows > 1) == (rows > 2)"),
    (lambda t: t.column("sold").max.year() >= 1996, "sold.max.year() >= 1,996"),
    (lambda t: (t.column("price").mean / 2).fill_null(0) < 1, "(price.mean / 2).fill_null(0) < 1"),
)


class Sales(Contract):
    price: Float
    beds: Int
    wall: Category
    sold: Date


@pytest.mark.parametrize(("asked", "said"), SAID)
def test_an_expression_is_said_as_a_person_would(asked: Any, said: str) -> None:
    class Asked(Sales):
        question = table(asked)

    (test,) = Asked.spec.table_tests
    assert expression_words(test.expression) == said


def test_a_docstring_says_it_better() -> None:
    class Told(Sales):
        @table
        def enough(t):
            """There are enough sales.

            More is not said.
            """
            return t.rows >= 10_000

    frame = pl.DataFrame(schema={"price": pl.Float64, "beds": pl.Int64, "wall": pl.String, "sold": pl.Date})
    (found,) = check_table(Told.spec, frame)
    assert found.message == "There are enough sales: does not hold, rows is 0 [table.enough]"
    assert found.words == "There are enough sales: does not hold, rows is 0"
