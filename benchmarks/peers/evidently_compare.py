"""The comparison of `bench_compare.py` by Evidently: its drift report of two tables, written as HTML."""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

os.environ["DO_NOT_TRACK"] = "1"

import pandas as pd
from evidently import Report
from evidently.presets import DataDriftPreset

if __name__ == "__main__":
    before, now, out = sys.argv[1:]
    snapshot = Report([DataDriftPreset()]).run(pd.read_parquet(now), pd.read_parquet(before))
    snapshot.save_html(out)
    counted = next(each for each in json.loads(snapshot.json())["metrics"] if "count" in (each["value"] or {}))
    print(json.dumps({"version": version("evidently"), "changed": int(counted["value"]["count"])}))
    assert Path(out).stat().st_size > 1000
