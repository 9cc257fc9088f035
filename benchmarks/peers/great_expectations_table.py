"""The tests of `bench_table_tests.py` in Great Expectations' words, on pandas; runs in an environment of its own."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import great_expectations as gx
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[1]))

from answering import answer
from table_limits import LEVELS, LIMITS, RULE, SINCE

CONTEXT = gx.get_context(mode="ephemeral")
CONTEXT.variables.progress_bars = {"globally": False}


def suite() -> Any:
    """Return the 13 tests."""
    tests = gx.ExpectationSuite(name="sales")
    for name, (least, most) in LIMITS.items():
        tests.add_expectation(
            gx.expectations.ExpectColumnValuesToBeBetween(column=name, min_value=least, max_value=most)
        )
    for name, levels in LEVELS.items():
        tests.add_expectation(gx.expectations.ExpectColumnValuesToBeInSet(column=name, value_set=levels))
    tests.add_expectation(gx.expectations.ExpectColumnValuesToBeBetween(column="year", min_value=SINCE))
    tests.add_expectation(
        gx.expectations.ExpectColumnPairValuesAToBeGreaterThanB(column_A="year", column_B="yrbuilt", or_equal=True)
    )
    return tests


BATCH = (
    CONTEXT.data_sources.add_pandas("pandas").add_dataframe_asset("sales").add_batch_definition_whole_dataframe("all")
)
SUITE = CONTEXT.suites.add(suite())


def tests(file: str) -> Mapping[str, int]:
    """Validate, with counts and 20 examples of each test; the year of sale is a column of its own here."""
    table = pd.read_parquet(file)
    table["year"] = pd.to_datetime(table["sdate"]).dt.year
    told = BATCH.get_batch({"dataframe": table}).validate(SUITE, result_format="SUMMARY")
    counts = [each.result["unexpected_count"] for each in told.results]
    return dict(zip([*LIMITS, *LEVELS, "sdate", RULE], counts, strict=True))


if __name__ == "__main__":
    answer(tests, distribution="great_expectations", gives="counts, 20 examples of each test")
