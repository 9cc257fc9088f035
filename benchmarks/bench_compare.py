"""Two tables compared, 100,000 rows beside 100,000 of 20 columns (16 of numbers, 4 of names; one of each has changed),
Parquet files read and an HTML report written, whole processes: holdtrue beside Evidently and NannyML.

Each runs in a process of its own, the peers in environments of their own, which `make bench` makes. In turn, so that
what else the machine does falls on all of them. Then the same two tables again without a change: who names a column?
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
from contenders import Contender, told
from measuring import Result, print_machine, print_results

ROWS = 100_000
ROUNDS = 3
CONTENDERS = [
    Contender("holdtrue", "holdtrue_compare.py"),
    Contender("Evidently", "evidently_compare.py", "evidently"),
    Contender("NannyML", "nannyml_compare.py", "nannyml"),
]


def table(seed: int, *, moved: float = 0.0) -> pl.DataFrame:
    """Return rows of 20 columns; `moved`: of one column of numbers in sd, and of one of names in share."""
    rng = np.random.default_rng(seed)
    columns: dict[str, object] = {f"x{place}": rng.normal(place, 1 + place, ROWS) for place in range(8)}
    columns |= {f"y{place}": rng.gamma(1 + place, 10.0, ROWS) for place in range(4)}
    columns |= {f"n{place}": rng.poisson(3 + 5 * place, ROWS) for place in range(4)}
    columns |= {f"c{place}": rng.choice([f"level {k}" for k in range(3 + 4 * place)], ROWS) for place in range(3)}
    columns["x0"] = np.asarray(columns["x0"]) + moved
    columns["wall"] = rng.choice(["wood", "brick", "stone"], ROWS, p=[0.5 - moved / 2, 0.3, 0.2 + moved / 2])
    return pl.DataFrame(columns)


def measured(files: Sequence[Path], folder: Path) -> list[Result]:
    """Return the median of each one's seconds from the start of its process to its end."""
    taken: dict[str, list[float]] = {each.name: [] for each in CONTENDERS}
    notes: dict[str, str] = {}
    for turn in range(ROUNDS):
        for each in CONTENDERS:
            if turn and not taken[each.name]:
                continue
            report = folder / f"{each.name}.html"
            busy, began = sum(os.times()[2:4]), time.perf_counter()
            said = told(each, *files, report, limit=600)
            seconds, busy = time.perf_counter() - began, sum(os.times()[2:4]) - busy
            if said is None:
                continue
            taken[each.name].append(seconds)
            notes[each.name] = (
                f"{said['version']}, {busy:.1f} s of processor; {said['changed']} of 20 columns named; "
                f"report of {report.stat().st_size / 1e6:,.1f} MB"
            )
    return [Result(name, statistics.median(times), notes[name]) for name, times in taken.items() if times]


def main() -> None:
    """Compare and print."""
    print_machine("polars")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        before, now, same = (folder / f"{each}.parquet" for each in ("before", "now", "same"))
        table(1).write_parquet(before)
        table(2, moved=0.25).write_parquet(now)
        table(3).write_parquet(same)
        for title, other in (("two columns of 20 have changed", now), ("nothing has changed", same)):
            results = measured((before, other), folder)
            print_results(f"{ROWS:,} rows beside {ROWS:,}, {title}", results, "holdtrue", unit="s", digits=2)


if __name__ == "__main__":
    main()
