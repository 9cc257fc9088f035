"""Tables of 10, 30 and 100 million rows of 12 columns from Parquet parts: is memory bounded, and time linear in rows?

Writes 100 parts of a million rows into a temporary folder (about 4 GB, removed at the end), then judges 13 tests of the
first 10, 30 and 100 of them, and profiles them, each in a process of its own. `make bench-large` runs it; a number of
millions given to it is the largest table instead of 100.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from pathlib import Path

from bench_table_tests import sales
from contenders import Answer, Contender, asked
from measuring import print_machine

MILLION = 1_000_000
MOST_MEMORY = 2_000_000_000
NEEDED = 80 * MILLION  # bytes of disk a part, at the most
OURS = Contender("holdtrue", "holdtrue_parts.py")


def write_parts(folder: Path, parts: int) -> int:
    """Write so many parts, each of other rows; return the bytes they take."""
    for part in range(parts):
        sales(MILLION, seed=part).write_parquet(folder / f"part-{part:03}.parquet")
    return sum(file.stat().st_size for file in folder.iterdir())


def main() -> None:
    """Measure and print; fail where memory is not bounded or rows are lost."""
    largest = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    print_machine("polars")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        free = shutil.disk_usage(folder).free
        if free < largest * NEEDED:
            sys.exit(f"{name} has {free / 1e9:.0f} GB free, {largest * NEEDED / 1e9:.0f} GB are needed: set TMPDIR")
        began = time.perf_counter()
        size = write_parts(folder, largest)
        print(f"{largest} parts written, {size / 1e9:.1f} GB, in {time.perf_counter() - began:.0f} s")
        for work, title in (("tests", "13 tests, counts, examples and reasons"), ("profile", "profile of 12 columns")):
            print(f"\n{title}\n  million rows     seconds   processor s   s per million   peak memory")
            for millions in sorted({largest // 10, largest * 3 // 10, largest} - {0}):
                told = asked(OURS, f"{folder}:{millions}:{work}", limit=3600)
                if told is None:
                    sys.exit(1)
                print_line(millions, told)


def print_line(millions: int, told: Answer) -> None:
    """Print what one size took, and hold it against what must be."""
    seconds, memory = told.taken[-1], f"{told.peak / 1e6:,.0f} MB"
    each = seconds / millions
    print(f"  {millions:12,}  {seconds:10.1f}  {told.busy:12.1f}  {each:14.3f}  {memory:>12}")
    assert told.found["rows"] == millions * MILLION, "rows were lost"
    assert told.peak < MOST_MEMORY, "memory is not bounded"


if __name__ == "__main__":
    main()
