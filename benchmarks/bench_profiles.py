"""Profiles of a table, 2,000,000 rows of 12 columns, its Parquet file read: holdtrue beside `describe` of Polars,
whylogs, ydata-profiling and TFDV; and the same with a column of text that is different in every row.

Each reads the same file and must count the same rows and missing values. Each runs in a process of its own, the peers
in environments of their own, which `make bench` makes.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
from bench_table_tests import ROWS, sales
from contenders import Contender, results
from measuring import print_machine, print_results

OURS = [Contender("describe", "by_hand_profile.py"), Contender("holdtrue", "holdtrue_profile.py")]
PEERS = [
    Contender("whylogs", "whylogs_profile.py", "whylogs"),
    Contender("ydata-profiling", "ydata_profile.py", "ydata-profiling"),
    Contender("TFDV", "tfdv_profile.py", "tfdv"),
]


def main() -> None:
    """Compare and print."""
    print_machine("polars")
    table = sales(ROWS).with_columns(pl.col("lotsize").replace(20_000, None))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sales.parquet"
        table.write_parquet(file)
        print_results(
            f"profile of {ROWS:,} rows, 12 columns", results([*OURS, *PEERS], file), "describe", unit="s", digits=2
        )
        texts = table.select(
            pl.all().exclude("wall"), pl.format("{} Elm Street", pl.int_range(pl.len())).alias("address")
        )
        texts.write_parquet(file)
        print_results("the same, one column of unique text", results(OURS, file), "describe", unit="s", digits=2)


if __name__ == "__main__":
    main()
