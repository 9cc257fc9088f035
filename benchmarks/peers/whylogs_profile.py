"""The profile of `bench_profiles.py` by whylogs, on pandas; runs in an environment of its own."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
import whylogs as why
from answering import answer


def profile(file: str) -> Mapping[str, int]:
    """Read and profile; count rows and missing values."""
    table = pd.read_parquet(file)
    view = why.log(pandas=table).view().to_pandas()
    return {"rows": int(view["counts/n"].max()), "nulls": int(view["counts/null"].sum())}


if __name__ == "__main__":
    answer(profile, distribution="whylogs", gives="sketches of quantiles, distinct and frequent values")
