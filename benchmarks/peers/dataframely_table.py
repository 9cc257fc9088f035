"""The tests of `bench_table_tests.py` in dataframely's words; runs in an environment of its own."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import dataframely as dy
import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from answering import answer
from table_limits import LEVELS, LIMITS, RULE, SINCE


def whole(name: str) -> Any:
    """Return a column of whole numbers with its limits."""
    least, most = LIMITS[name]
    return dy.Int64(min=int(least), max=int(most), nullable=True)


def level(name: str) -> Any:
    """Return a column of stated levels."""
    return dy.String(check=lambda value: value.is_in(LEVELS[name]), nullable=True)


class Sale(dy.Schema):  # type: ignore[misc]
    """The 13 tests."""

    price = dy.Float64(min=LIMITS["price"][0], max=LIMITS["price"][1], nullable=True)
    yrbuilt = whole("yrbuilt")
    area = whole("area")
    beds = whole("beds")
    baths = whole("baths")
    frontage = whole("frontage")
    garagesqft = whole("garagesqft")
    lotsize = whole("lotsize")
    stories = level("stories")
    wall = level("wall")
    garage = level("garage")
    sdate = dy.Date(check=lambda value: value.dt.year() >= SINCE, nullable=True)

    @dy.rule()  # type: ignore[untyped-decorator]
    def sold_after_it_was_built(cls) -> pl.Expr:  # noqa: N805
        return pl.col("yrbuilt") <= pl.col("sdate").dt.year()


def tests(file: str) -> Mapping[str, int]:
    """Part the rows that pass from those that do not; count these by column."""
    _, failed = Sale.filter(pl.read_parquet(file))
    found = dict.fromkeys([*LIMITS, *LEVELS, "sdate", RULE], 0)
    for name, count in failed.counts().items():
        found[name.split("|")[0]] += count
    return found


if __name__ == "__main__":
    answer(tests, distribution="dataframely", gives="counts, accepted rows, refused rows with a mask of tests")
