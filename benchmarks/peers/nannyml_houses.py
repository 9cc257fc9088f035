"""What NannyML says of the real houses, a chunk a month at its defaults; see `watched_houses.py`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import nannyml as nml
import pandas as pd


def said(folder: Path) -> list[tuple[str, str]]:
    """Tell each month's alarms: of columns, of the error with labels, and of the error estimated without."""
    held, live = (pd.read_parquet(folder / f"{name}.parquet") for name in ("held", "live"))
    for frame in (held, live):
        frame["sdate"] = pd.to_datetime(frame["sdate"])
    names = [name for name in held.columns if name not in ("sdate", "price", "prediction")]
    texts = [name for name in names if held[name].dtype == object]
    drift = nml.UnivariateDriftCalculator(
        column_names=[*names, "prediction"],
        treat_as_categorical=texts,
        timestamp_column_name="sdate",
        chunk_period="M",
        categorical_methods=["jensen_shannon"],
        continuous_methods=["jensen_shannon"],
    )
    drift.fit(held)
    found: dict[str, list[str]] = {}
    table = drift.calculate(live).to_df(multilevel=True)
    months = table[("chunk", "chunk", "key")].astype(str)
    for name in [*names, "prediction"]:
        for month, alert in zip(months, table[(name, "jensen_shannon", "alert")], strict=True):
            found.setdefault(month, [])
            if alert:
                found[month].append(name)
    common = {"y_pred": "prediction", "y_true": "price", "timestamp_column_name": "sdate", "chunk_period": "M"}
    known = nml.PerformanceCalculator(problem_type="regression", metrics=["mae"], **common)
    known.fit(held)
    guessed = nml.DLE(feature_column_names=names, metrics=["mae"], **common)
    guessed.fit(held)
    for what, result in (("mae", known.calculate(live)), ("mae estimated", guessed.estimate(live))):
        of = result.to_df(multilevel=True)
        for month, alert in zip(of[("chunk", "key")].astype(str), of[("mae", "alert")], strict=True):
            if alert:
                found.setdefault(month, []).append(what)
    return [(month, f"alerts: {', '.join(alerts) or '-'}") for month, alerts in found.items()]


if __name__ == "__main__":
    print(json.dumps(said(Path(sys.argv[1]))))
