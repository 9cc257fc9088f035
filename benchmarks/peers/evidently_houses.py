"""What Evidently says of the real houses, a report a month at its defaults; see `watched_houses.py`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pandas as pd
from evidently import DataDefinition, Dataset, Report
from evidently.presets import DataDriftPreset


def said(folder: Path) -> list[tuple[str, str]]:
    """Report each month of the live rows against the held ones."""
    held, live = (pd.read_parquet(folder / f"{name}.parquet") for name in ("held", "live"))
    names = [name for name in held.columns if name not in ("sdate", "price")]
    texts = [name for name in names if held[name].dtype == object]
    definition = DataDefinition(
        numerical_columns=[name for name in names if name not in texts], categorical_columns=texts
    )
    reference = Dataset.from_pandas(held[names], data_definition=definition)
    told = []
    for month, rows in live.groupby(pd.to_datetime(live["sdate"]).dt.to_period("M")):
        current = Dataset.from_pandas(rows[names], data_definition=definition)
        result = Report([DataDriftPreset()]).run(current, reference).dict()
        drifted = []
        for metric in result["metrics"]:
            config = metric["config"]
            if "column" not in config:
                continue
            method, threshold, value = config["method"], config["threshold"], float(metric["value"])
            if value < threshold if "p_value" in method else value >= threshold:
                drifted.append(config["column"])
        told.append((str(month), f"{len(drifted)} of {len(names)} columns drifted: {', '.join(drifted) or '-'}"))
    return told


if __name__ == "__main__":
    print(json.dumps(said(Path(sys.argv[1]))))
