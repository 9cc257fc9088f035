"""The tests of `bench_table_tests.py` as a careful person would write them in Polars: counts, and no more."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path

import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1]))

from answering import answer
from table_limits import LEVELS, LIMITS, RULE, SINCE


def tests(file: str) -> Mapping[str, int]:
    """Count what breaks each test in one lazy pass."""
    broken = [(~pl.col(name).is_between(least, most)).sum() for name, (least, most) in LIMITS.items()]
    broken += [(~pl.col(name).is_in(levels)).sum() for name, levels in LEVELS.items()]
    broken.append((pl.col("sdate").dt.year() < SINCE).sum())
    broken.append((pl.col("yrbuilt") > pl.col("sdate").dt.year()).sum().alias(RULE))
    return pl.scan_parquet(file).select(broken).collect().row(0, named=True)


if __name__ == "__main__":
    answer(tests, distribution="polars", gives="counts")
