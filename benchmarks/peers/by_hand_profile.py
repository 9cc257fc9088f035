"""What `bench_profiles.py` compares with: `describe` of Polars."""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl
from answering import answer


def profile(file: str) -> Mapping[str, int]:
    """Read and describe; count rows and missing values."""
    described = pl.read_parquet(file).describe()
    nulls = described.filter(pl.col("statistic") == "null_count").row(0)[1:]
    rows = described.filter(pl.col("statistic") == "count").row(0)[1:]
    return {"rows": max(int(float(n)) for n in rows), "nulls": sum(int(float(n)) for n in nulls)}


if __name__ == "__main__":
    answer(profile, distribution="polars", gives="count, nulls, mean, sd, extremes, three quantiles")
