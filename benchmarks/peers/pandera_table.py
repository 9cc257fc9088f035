"""Runs in pandera's own environment: the tests of `bench_table_tests.py`; prints seconds, failures and version."""

from __future__ import annotations

import statistics
import sys
import time
from importlib.metadata import version
from pathlib import Path

import pandera.polars as pa
import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from table_limits import LEVELS, LIMITS


def schema() -> pa.DataFrameSchema:
    """Return the 13 tests in pandera's words."""

    def sold_after_it_was_built(data: pa.PolarsData) -> pl.LazyFrame:
        frame: pl.LazyFrame = data.lazyframe
        return frame.select(pl.col("yrbuilt") <= pl.col("sdate").dt.year())

    def sold_since_1700(data: pa.PolarsData) -> pl.LazyFrame:
        frame: pl.LazyFrame = data.lazyframe
        return frame.select(pl.col(data.key).dt.year() >= 1700)

    columns = {name: pa.Column(checks=pa.Check.in_range(*bounds)) for name, bounds in LIMITS.items()}
    columns |= {name: pa.Column(pl.String, pa.Check.isin(levels)) for name, levels in LEVELS.items()}
    columns["sdate"] = pa.Column(pl.Date, pa.Check(sold_since_1700))
    return pa.DataFrameSchema(columns, checks=[pa.Check(sold_after_it_was_built)])


def failures(tests: pa.DataFrameSchema, table: pl.DataFrame) -> int:
    """Validate; return how many values failed."""
    try:
        tests.validate(table, lazy=True)
    except pa.errors.SchemaErrors as wrong:
        return int(wrong.failure_cases.height)
    return 0


def main() -> None:
    """Measure as `measuring.seconds` does."""
    table = pl.read_parquet(sys.argv[1])
    tests = schema()
    found = failures(tests, table)
    taken = []
    for _ in range(7):
        began = time.perf_counter()
        failures(tests, table)
        taken.append(time.perf_counter() - began)
    print(statistics.median(taken), found, version("pandera"))


if __name__ == "__main__":
    main()
