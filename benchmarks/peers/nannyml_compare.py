"""The comparison of `bench_compare.py` by NannyML: univariate drift of one chunk, its plot written as HTML."""

from __future__ import annotations

import json
import os
import sys
from importlib.metadata import version
from pathlib import Path

os.environ["NML_DISABLE_USAGE_LOGGING"] = "1"  # it would wait for a server that counts its users

import nannyml
import pandas as pd

if __name__ == "__main__":
    before, now, out = sys.argv[1:]
    reference, analysed = pd.read_parquet(before), pd.read_parquet(now)
    calculator = nannyml.UnivariateDriftCalculator(column_names=list(reference.columns), chunk_number=10)
    calculator.fit(reference)
    results = calculator.calculate(analysed)
    alerts = results.filter(period="analysis").to_df()
    drifted = {column[0] for column in alerts.columns if column[-1] == "alert" and alerts[column].any()}
    results.plot(kind="drift").write_html(out)
    print(json.dumps({"version": version("nannyml"), "changed": len(drifted)}))
    assert Path(out).stat().st_size > 1000
