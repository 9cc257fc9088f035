"""Tests of a table, 2,000,000 rows of 12 columns, its Parquet file read: holdtrue's contract beside Polars by hand,
pandera, pointblank, dataframely and Great Expectations.

Every contender judges the same 13 tests of the rows (8 columns between two limits, 3 of stated levels, a date in order,
one rule between two columns) on all cores, and must count the same failures of each. What they give besides differs,
and the table says so. Each runs in a process of its own, those with needs of their own in environments of their own,
`.venv-bench-NAME`, which `make bench` makes of `benchmarks/requirements-NAME.txt`.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import numpy as np
import polars as pl
from contenders import Contender, results
from measuring import print_machine, print_results
from table_limits import LEVELS

ROWS = 2_000_000
FIRST, LAST = dt.date(1993, 1, 1), dt.date(1998, 12, 31)
CONTENDERS = [
    Contender("by hand", "by_hand_table.py"),
    Contender("holdtrue", "holdtrue_table.py"),
    Contender("pandera", "pandera_table.py", "pandera"),
    Contender("pointblank", "pointblank_table.py", "pointblank"),
    Contender("dataframely", "dataframely_table.py", "dataframely"),
    Contender("great expectations", "great_expectations_table.py", "great-expectations"),
]


def sales(rows: int, seed: int = 0) -> pl.DataFrame:
    """Return sales, of which 0.5 % have -8 beds, 0.1 % an unknown garage and 0.1 % were sold before they were built."""
    draw = np.random.default_rng(seed)
    beds = draw.integers(1, 7, rows)
    beds[draw.random(rows) < 0.005] = -8
    built = draw.integers(1850, 1993, rows)
    built[draw.random(rows) < 0.001] = 2001
    days = draw.integers(0, (LAST - FIRST).days, rows)
    levels = {name: draw.choice(levels, rows) for name, levels in LEVELS.items()}
    levels["garage"] = np.where(draw.random(rows) < 0.001, "boathouse", levels["garage"])
    return pl.DataFrame(
        {
            "price": draw.lognormal(11, 0.5, rows).clip(2, 1_900_000),
            "yrbuilt": built,
            "area": draw.integers(500, 5_000, rows),
            "beds": beds,
            "baths": draw.integers(1, 4, rows),
            "frontage": draw.integers(20, 200, rows),
            "garagesqft": draw.integers(0, 900, rows),
            "lotsize": draw.integers(2_000, 40_000, rows),
            **levels,
            "sdate": np.datetime64(FIRST) + days,
        }
    )


def main() -> None:
    """Compare and print."""
    print_machine("polars")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sales.parquet"
        sales(ROWS).write_parquet(file)
        found = results(CONTENDERS, file)
    print_results(f"{ROWS:,} rows, 12 columns, 13 tests, file read", found, "by hand", unit="s", digits=3)


if __name__ == "__main__":
    main()
