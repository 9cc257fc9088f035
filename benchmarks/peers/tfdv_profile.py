"""The statistics of `bench_profiles.py` by TensorFlow Data Validation, on pandas; in an environment of its own."""

from __future__ import annotations

import os
from collections.abc import Mapping

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import pandas as pd
import tensorflow_data_validation as tfdv
from answering import answer


def profile(file: str) -> Mapping[str, int]:
    """Read and describe with as many processes as there are cores; count rows and missing values."""
    table = pd.read_parquet(file)
    table["sdate"] = pd.to_datetime(table["sdate"]).astype("int64")  # it takes no dates
    statistics = tfdv.generate_statistics_from_dataframe(table, n_jobs=os.cpu_count() or 1).datasets[0]
    missing = sum(feature.num_stats.common_stats.num_missing for feature in statistics.features)
    missing += sum(feature.string_stats.common_stats.num_missing for feature in statistics.features)
    return {"rows": int(statistics.num_examples), "nulls": int(missing)}


if __name__ == "__main__":
    answer(profile, distribution="tensorflow-data-validation", gives="moments, quantiles, distinct, frequent values")
