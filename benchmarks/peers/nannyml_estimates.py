"""The estimates of `bench_estimates.py` by NannyML: CBPE for two classes, DLE for a regression; in its own environment.

Its argument is a folder with what is to be estimated.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"  # it would tell its makers of each call

BEGAN = time.perf_counter()

import nannyml  # noqa: E402
import pandas as pd  # noqa: E402


def main(folder: Path) -> None:
    """Read, fit, estimate each chunk and print what was found."""
    asked = json.loads((folder / "asked.json").read_text())
    reference, analysis = pd.read_csv(folder / "reference.csv"), pd.read_csv(folder / "analysis.csv")
    loaded = time.perf_counter()
    shared = {"y_true": "truth", "y_pred": "said", "chunk_size": asked["chunk"], "metrics": asked["metrics"]}
    if asked["task"] == "binary":
        estimator = nannyml.CBPE(y_pred_proba="predicted", problem_type="classification_binary", **shared)
    else:
        estimator = nannyml.DLE(feature_column_names=asked["features"], **(shared | {"y_pred": "predicted"}))
    estimator.fit(reference)
    found = estimator.estimate(analysis).filter(period="analysis").to_df()
    taken = time.perf_counter() - loaded
    values = {
        name: [
            [row[(name, "value")], row[(name, "lower_confidence_boundary")], row[(name, "upper_confidence_boundary")]]
            for _, row in found.iterrows()
        ]
        for name in asked["metrics"]
    }
    print(json.dumps({"values": values, "alone": taken, "version": nannyml.__version__}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
