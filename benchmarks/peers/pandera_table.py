"""The tests of `bench_table_tests.py` in pandera's words; runs in an environment of its own."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pandera.polars as pa
import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from answering import answer
from table_limits import LEVELS, LIMITS, RULE, SINCE


def schema() -> pa.DataFrameSchema:
    """Return the 13 tests."""

    def sold_after_it_was_built(data: pa.PolarsData) -> pl.LazyFrame:
        frame: pl.LazyFrame = data.lazyframe
        return frame.select(pl.col("yrbuilt") <= pl.col("sdate").dt.year())

    def sold_since(data: pa.PolarsData) -> pl.LazyFrame:
        frame: pl.LazyFrame = data.lazyframe
        return frame.select(pl.col(data.key).dt.year() >= SINCE)

    columns = {name: pa.Column(checks=pa.Check.in_range(*bounds)) for name, bounds in LIMITS.items()}
    columns |= {name: pa.Column(pl.String, pa.Check.isin(levels)) for name, levels in LEVELS.items()}
    columns["sdate"] = pa.Column(pl.Date, pa.Check(sold_since))
    return pa.DataFrameSchema(columns, checks=[pa.Check(sold_after_it_was_built, name=RULE)])


SCHEMA = schema()


def tests(file: str) -> Mapping[str, int]:
    """Validate; count the failing values by column."""
    try:
        SCHEMA.validate(pl.read_parquet(file), lazy=True)
    except pa.errors.SchemaErrors as wrong:
        cases = wrong.failure_cases
        found = Counter(dict(cases.filter(pl.col("check") != RULE).group_by("column").len().iter_rows()))
        found[RULE] = cases.filter(pl.col("check") == RULE)["index"].n_unique()  # one case for each column of a row
        return found
    return {}


if __name__ == "__main__":
    answer(tests, distribution="pandera", gives="failing values with row numbers")
