"""The profile of `bench_profiles.py` by ydata-profiling in its minimal mode, which leaves out correlations."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from answering import answer
from ydata_profiling import ProfileReport


def profile(file: str) -> Mapping[str, int]:
    """Read and profile; count rows and missing values."""
    table = pd.read_parquet(file)
    described = ProfileReport(table, minimal=True, progress_bar=False).get_description()
    return {"rows": int(described.table["n"]), "nulls": int(described.table["n_cells_missing"])}


if __name__ == "__main__":
    answer(profile, distribution="ydata-profiling", gives="minimal mode: moments, quantiles, distinct, frequent values")
