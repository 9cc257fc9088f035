"""The estimates of `bench_estimates.py` by holdtrue; its argument is that of `nannyml_estimates.py`."""

from __future__ import annotations

import json
import math
import sys
import time
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdtrue.monitors import Estimator, estimate
from holdtrue.monitors.performance.amounts import fit_amounts
from holdtrue.monitors.performance.classes import fit_classes

NAMES = {"roc_auc": "auc"}


def encoded(frame: pl.DataFrame, features: list[str], levels: dict[str, list[str]]) -> NDArray[np.float64]:
    """Return features as numbers, names as codes in the order of the levels."""
    columns = [
        pl.col(name).replace_strict(levels[name], list(range(len(levels[name]))), return_dtype=pl.Float64, default=None)
        if name in levels
        else pl.col(name).cast(pl.Float64)
        for name in features
    ]
    return frame.select(columns).fill_null(float("nan")).to_numpy() if features else np.zeros((frame.height, 0))


def main(folder: Path) -> None:
    """Read, fit, estimate each chunk and print what was found."""
    asked = json.loads((folder / "asked.json").read_text())
    reference, analysis = pl.read_csv(folder / "reference.csv"), pl.read_csv(folder / "analysis.csv")
    loaded = time.perf_counter()
    predicted, truth = (reference[name].cast(pl.Float64).to_numpy() for name in ("predicted", "truth"))
    live = analysis["predicted"].cast(pl.Float64).to_numpy()
    features = asked["features"] if asked["task"] == "regression" else []
    levels = {name: sorted(reference[name].unique()) for name in features if reference[name].dtype == pl.String}
    rows = encoded(analysis, features, levels)
    if asked["task"] == "binary":
        estimator: Estimator = fit_classes(predicted, truth, threshold=asked["threshold"])[0]
    else:
        codes = [place for place, name in enumerate(features) if name in levels]
        estimator = fit_amounts(encoded(reference, features, levels), predicted, truth, categorical=codes)[0]
    values: dict[str, list[list[float]]] = {name: [] for name in asked["metrics"]}
    for begin in range(0, len(live), asked["chunk"]):
        part = slice(begin, begin + asked["chunk"])
        found = {each.name: each for each in estimate(estimator, rows[part], live[part])}
        for name, told in values.items():
            each = found.get(NAMES.get(name, name))
            told.append([math.nan] * 3 if each is None else [each.value, each.low, each.high])
    print(json.dumps({"values": values, "alone": time.perf_counter() - loaded, "version": "this"}))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
