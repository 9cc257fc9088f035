"""Judges or profiles the first parts of a table in a folder, for `large_tables.py`: FOLDER:PARTS:WORK names them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from answering import answer
from holdtrue_profile import profiled
from holdtrue_table import CHECKER

from holdtrue.contracts import BatchTally, check_parts
from holdtrue.sources import table_parts


def work(asked: str) -> Mapping[str, int]:
    """Do the work; count rows, and those that are refused or missing values."""
    folder, parts, kind = asked.split(":")
    files = [(file, file.name) for file in sorted(Path(folder).glob("*.parquet"))[: int(parts)]]
    if kind == "tests":
        tally = BatchTally()
        for _, result in check_parts(CHECKER, table_parts(files)):
            tally.add(result)
        return {"rows": tally.rows, "refused": tally.refused}
    merged = profiled(files)
    return {"rows": merged["price"].count, "nulls": merged["price"].nulls}


if __name__ == "__main__":
    answer(work, distribution="holdtrue", gives="", repeats=1)
