"""How often a column that has not changed is called moved, measured: at the fewest rows that a limit of 0.1 asks for.

Not a race against a peer but a check of a promise (at most 1 in 1,000), so `make bench` leaves it out.

    python benchmarks/drift_by_chance.py --pairs 2000 --before 10000
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable

import numpy as np
import polars as pl
from measuring import print_machine

from holdtrue.profiles import SELDOM, by_chance, drift, profile_column

LIMIT = 0.1
Draw = Callable[[np.random.Generator, int], pl.Series]


def _gappy(rng: np.random.Generator, n: int) -> pl.Series:
    return pl.Series(np.where(rng.random(n) < 0.1, np.nan, rng.normal(size=n)))


def _levels(*shares: float) -> Draw:
    names = np.array([f"level {place}" for place in range(len(shares))])
    return lambda rng, n: pl.Series(names[rng.choice(len(shares), n, p=shares)])


COLUMNS: dict[str, Draw] = {
    "numbers": lambda rng, n: pl.Series(rng.normal(size=n)),
    "numbers, a tenth missing": _gappy,
    "0 or 1, alike often": lambda rng, n: pl.Series(rng.integers(0, 2, n)),
    "3 levels, 70, 20 and 10 %": _levels(0.7, 0.2, 0.1),
    "4 even levels": _levels(*[1 / 4] * 4),
    "20 even levels": _levels(*[1 / 20] * 20),
    "60 even levels": _levels(*[1 / 60] * 60),
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=int, default=2000)
    parser.add_argument("--before", type=int, default=10_000, help="rows of the earlier data")
    parser.add_argument("--seed", type=int, default=20261124)
    arguments = parser.parse_args()
    print_machine()
    print(f"{arguments.pairs:,} pairs each, against {arguments.before:,} rows, seed {arguments.seed}")
    rng = np.random.default_rng(arguments.seed)
    for name, draw in COLUMNS.items():
        first = profile_column(draw(rng, arguments.before))
        rows = by_chance(first, profile_column(draw(rng, 300))).fewest(LIMIT)
        if rows is None:
            print(f"{name}: {arguments.before:,} rows are too few")
            continue
        pairs = ((draw(rng, arguments.before), draw(rng, rows)) for _ in range(arguments.pairs))
        moved = [drift(profile_column(then), profile_column(now)) for then, now in pairs]
        effects = np.array([each.effect for each in moved if each is not None])
        largest = np.quantile(effects, 1 - SELDOM)
        beyond = int((effects > LIMIT).sum())
        print(f"{name}: from {rows:,} rows on; {beyond} beyond {LIMIT}; all but 1 in 1,000 up to {largest:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
