"""Tests of a table, 2,000,000 rows of 12 columns: holdtrue's contract beside a hand-written Polars pass, and pandera.

Every contender judges the same 13 tests of the rows (8 columns between two limits, 3 of stated levels, a date in order,
one rule between two columns) in memory, on all cores. What they give differs, and the table says so:

- the hand-written pass counts the rows that break each test, and no more;
- holdtrue gives counts, a mask of refused rows, the accepted rows, and the refused ones each with its reasons in words;
- pandera (`lazy=True`) raises an error that holds the failing values and row numbers. It runs in an environment of
  its own, `.venv-bench-pandera`, which `make bench` makes from `benchmarks/requirements-pandera.txt`. Without that it
  is left out.
"""

from __future__ import annotations

import datetime as dt
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from measuring import Result, print_machine, print_results, seconds
from table_limits import LEVELS, LIMITS

import holdtrue as ht
from holdtrue.contracts import BatchChecker

ROWS = 2_000_000
FIRST, LAST = dt.date(1993, 1, 1), dt.date(1998, 12, 31)
BROKEN = 0.005  # share of rows with -8 beds
HERE = Path(__file__).parent
PANDERA = HERE.parent / ".venv-bench-pandera" / "bin" / "python"


def sales(rows: int, seed: int = 0) -> pl.DataFrame:
    """Return sales, of which about BROKEN have an impossible number of beds."""
    draw = np.random.default_rng(seed)
    beds = draw.integers(1, 7, rows)
    beds[draw.random(rows) < BROKEN] = -8
    days = draw.integers(0, (LAST - FIRST).days, rows)
    return pl.DataFrame(
        {
            "price": draw.lognormal(11, 0.5, rows).clip(2, 1_900_000),
            "yrbuilt": draw.integers(1850, 1993, rows),
            "area": draw.integers(500, 5_000, rows),
            "beds": beds,
            "baths": draw.integers(1, 4, rows),
            "frontage": draw.integers(20, 200, rows),
            "garagesqft": draw.integers(0, 900, rows),
            "lotsize": draw.integers(2_000, 40_000, rows),
            **{name: draw.choice(levels, rows) for name, levels in LEVELS.items()},
            "sdate": np.datetime64(FIRST) + days,
        }
    )


def limits(name: str) -> Any:
    """Return the field of a column with its limits."""
    least, most = LIMITS[name]
    return ht.field(ge=least, le=most)


class Sale(ht.Contract):
    """The tests as a contract: 11 of fields, 2 rules."""

    price: ht.Float = limits("price")
    yrbuilt: ht.Int = limits("yrbuilt")
    area: ht.Int = limits("area")
    beds: ht.Int = limits("beds")
    baths: ht.Int = limits("baths")
    frontage: ht.Int = limits("frontage")
    garagesqft: ht.Int = limits("garagesqft")
    lotsize: ht.Int = limits("lotsize")
    stories: ht.Category = ht.field(allowed=LEVELS["stories"])
    wall: ht.Category = ht.field(allowed=LEVELS["wall"])
    garage: ht.Category = ht.field(allowed=LEVELS["garage"])
    sdate: ht.Date

    @ht.rule
    def sold_in_this_millennium_or_the_last(row: Any) -> Any:  # noqa: N805
        return row.sdate.year() >= 1700

    @ht.rule
    def sold_after_it_was_built(row: Any) -> Any:  # noqa: N805
        return row.yrbuilt <= row.sdate.year()


def by_hand(table: pl.DataFrame) -> pl.DataFrame:
    """Count what breaks each test in one lazy pass, as a careful person would write it."""
    broken = [(~pl.col(name).is_between(least, most)).sum() for name, (least, most) in LIMITS.items()]
    broken += [(~pl.col(name).is_in(levels)).sum() for name, levels in LEVELS.items()]
    broken.append((pl.col("sdate").dt.year() < 1700).sum())
    broken.append((pl.col("yrbuilt") > pl.col("sdate").dt.year()).sum().alias("rule"))
    return table.lazy().select(broken).collect()


def in_pandera(file: Path) -> Result | None:
    """Time pandera in its own environment; None where there is none."""
    if not PANDERA.is_file():
        print(f"pandera is left out: there is no {PANDERA.parent.parent.name} (make bench makes it)")
        return None
    command = [str(PANDERA), str(HERE / "peers" / "pandera_table.py"), str(file)]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    return Result("pandera", float(told[0]), f"values and row numbers; pandera {told[2]}, found {int(told[1]):,}")


def main() -> None:
    """Compare and print."""
    print_machine("polars")
    table = sales(ROWS)
    checker = BatchChecker(Sale.spec)
    refused = int(checker.check(table).refused.sum())
    assert refused == by_hand(table)["beds"].item(), "both must find the same"
    results = [
        Result("by hand", seconds(lambda: by_hand(table)), "counts"),
        Result(
            "holdtrue", seconds(lambda: checker.check(table)), f"counts, mask, accepted, reasons; found {refused:,}"
        ),
    ]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sales.parquet"
        table.write_parquet(file)
        theirs = in_pandera(file)
    if theirs is not None:
        results.append(theirs)
    print_results(f"{ROWS:,} rows, 12 columns, 13 tests", results, "by hand", unit="s", digits=3)


if __name__ == "__main__":
    main()
