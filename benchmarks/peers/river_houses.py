"""What River's detectors say of the real houses, a detector a column at its defaults; see `watched_houses.py`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import polars as pl
from river.drift import ADWIN, KSWIN, PageHinkley

LEFT_OUT = ("sdate", "price")


def said(folder: Path) -> list[tuple[str, str]]:
    """Run each detector over the held rows, and tell what it says of the live ones that follow."""
    held, live = (pl.read_parquet(folder / f"{name}.parquet") for name in ("held", "live"))
    both = pl.concat([held, live]).with_columns(error=pl.col("prediction") - pl.col("price"))
    names = [name for name in both.columns if name not in LEFT_OUT]
    told = []
    for kind in (ADWIN, PageHinkley, KSWIN):
        found: dict[str, list[str]] = {}
        for name in names:
            column = both[name]
            # River takes numbers alone: names by how frequent they are in the held rows.
            if column.dtype == pl.String:
                order = held[name].value_counts(sort=True)[name].to_list()
                column = pl.Series(
                    name, [order.index(v) if v in order else len(order) for v in column], dtype=pl.Float64
                )
            detector = kind(seed=0) if kind is KSWIN else kind()
            values = column.cast(pl.Float64).fill_null(strategy="forward").fill_null(0)
            for place, value in enumerate(values.to_list()):
                detector.update(value)
                if detector.drift_detected and place >= held.height:
                    found.setdefault(name, []).append(str(both["sdate"][place]))
        alarms = sum(map(len, found.values()))
        first = ", ".join(
            f"{name} {days[0]} ({len(days)})" for name, days in sorted(found.items(), key=lambda f: f[1][0])
        )
        told.append((kind.__name__, f"{alarms} alarms; first of each column (how many): {first or 'none'}"))
    return told


if __name__ == "__main__":
    print(json.dumps(said(Path(sys.argv[1]))))
