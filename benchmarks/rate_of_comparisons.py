"""How often `compare` names a column where nothing has changed, and how often its intervals hold where much has.

Tables of 20 columns (8 of numbers, 4 of counts, 4 of names with 2 to 500 levels, 4 with 5 % missing); tolerance 0 and
level 0.05, so that there is something to count; seeds 0, 1, 2, ... Then the same with every second column moved by a
known distance: an interval holds where the true distance lies between `at_least` and `at_most`, of all columns at once.
"""

from __future__ import annotations

import argparse
from statistics import NormalDist

import numpy as np
import polars as pl
from measuring import print_machine

import holdtrue as ht

LEVEL = 0.05
SIZES = ((200, 200), (2000, 500), (5000, 5000))
SHIFT = 0.3


def table(rng: np.random.Generator, rows: int, *, moved: bool) -> tuple[pl.DataFrame, dict[str, float]]:
    """Return a table, and how far each of its columns is from what they are where nothing is moved."""
    columns: dict[str, object] = {}
    true: dict[str, float] = {}
    far = 2 * NormalDist().cdf(SHIFT / 2) - 1
    for place in range(8):
        shift = SHIFT if moved and place % 2 else 0.0
        columns[f"x{place}"], true[f"x{place}"] = rng.normal(shift, 1, rows), far if shift else 0.0
    for place in range(4):
        columns[f"n{place}"], true[f"n{place}"] = rng.poisson(1 + 4 * place, rows), 0.0
    for place, levels in enumerate((2, 7, 50, 500)):
        shares = 1 / np.arange(1, levels + 1)
        shares /= shares.sum()
        give = min(0.1, shares[0] / 2) if moved and place % 2 else 0.0
        shares[0] -= give
        shares[-1] += give
        columns[f"c{place}"] = rng.choice([f"level {each}" for each in range(levels)], rows, p=shares)
        true[f"c{place}"] = give
    for place in range(4):
        values = rng.normal(0, 1, rows)
        share = 0.15 if moved and place % 2 else 0.05
        values[rng.random(rows) < share] = np.nan
        # The difference of missing shares is larger than that of the shares up to any value.
        columns[f"m{place}"], true[f"m{place}"] = values, share - 0.05
    return pl.DataFrame(columns), true


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--turns", type=int, default=400)
    turns = parser.parse_args().turns
    print_machine("polars")
    print(f"{turns} comparisons a line, 20 columns, level {LEVEL}")
    print("  rows before, now   named where nothing changed   not all intervals hold where half of the columns moved")
    for before, now in SIZES:
        named = missed = 0
        for seed in range(turns):
            rng = np.random.default_rng(seed)
            first, _ = table(rng, before, moved=False)
            same, _ = table(rng, now, moved=False)
            other, true = table(rng, now, moved=True)
            named += bool(ht.compare(first, same, level=LEVEL, tolerance=0.0).changed)
            found = ht.compare(first, other, level=LEVEL, tolerance=0.0)
            missed += any(
                not (found[name].at_least or 0) <= far <= (found[name].at_most or 0) for name, far in true.items()
            )
        print(f"  {before:11,} {now:6,}   {named / turns:27.4f}   {missed / turns:20.4f}")


if __name__ == "__main__":
    main()
