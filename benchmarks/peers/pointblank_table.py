"""The tests of `bench_table_tests.py` in pointblank's words; runs in an environment of its own."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import pointblank as pb
import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from answering import answer
from table_limits import LEVELS, LIMITS, RULE, SINCE


def tests(file: str) -> Mapping[str, int]:
    """Interrogate, five failing rows kept of each step as examples; count the failing rows by step."""
    plan = pb.Validate(pl.read_parquet(file))
    for name, (least, most) in LIMITS.items():
        plan = plan.col_vals_between(columns=name, left=least, right=most)
    for name, levels in LEVELS.items():
        plan = plan.col_vals_in_set(columns=name, set=levels)
    plan = plan.col_vals_expr(expr=pl.col("sdate").dt.year() >= SINCE)
    plan = plan.col_vals_expr(expr=pl.col("yrbuilt") <= pl.col("sdate").dt.year())
    failed = plan.interrogate(get_first_n=5).n_failed()
    return dict(zip([*LIMITS, *LEVELS, "sdate", RULE], failed.values(), strict=True))


if __name__ == "__main__":
    answer(tests, distribution="pointblank", gives="counts, five example rows of each test")
