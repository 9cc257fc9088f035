"""The rate of false alarms, measured, beside the stated one: at most 1.1 of it, and not above it beyond chance.

Not a race against a peer but a check of a promise, so `make proofs` runs it and `make bench` does not. Streams in which
nothing changes, of the kinds that break detectors; epochs with a new baseline each (one for ten epochs, where it has
more than 100,000 rows), run until their first alarm. A cell, a kind at a size, takes from half a minute to some
minutes; with --results what is done is kept in a file and not done again. Ends with 1 if a cell breaks the promise.

    python benchmarks/rate_of_false_alarms.py --stated 2000 --alarms 200 --sizes 500 2000 --results rates.json
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from measuring import print_machine
from scipy import stats

from holdtrue.monitors import Watch, WatchSettings
from holdtrue.profiles import Baseline, build_baseline

COLUMNS = 10
BATCH = 500
Columns = dict[str, Any]
Kind = Callable[[np.random.Generator, int], Columns]


def _named(values: list[Any]) -> Columns:
    return {f"c{place}": each for place, each in enumerate(values)}


def _correlated(rng: np.random.Generator, n: int) -> Columns:
    factor = rng.normal(size=n) * np.sqrt(0.9)
    return _named([factor + np.sqrt(0.1) * rng.normal(size=n) for _ in range(COLUMNS)])


def _gappy(rng: np.random.Generator, n: int) -> Columns:
    columns = rng.normal(size=(COLUMNS, n))
    columns[rng.random((COLUMNS, n)) < 0.05] = np.nan
    return _named(list(columns))


def _zipf(levels: int) -> Kind:
    weights = 1 / np.arange(1, levels + 1)
    names = np.array([f"level {place}" for place in range(levels)])
    return lambda rng, n: _named(
        [names[rng.choice(levels, size=n, p=weights / weights.sum())].tolist() for _ in range(2)]
    )


def _equal(rng: np.random.Generator, n: int) -> Columns:
    return _named([[f"level {place}" for place in rng.integers(500, size=n)] for _ in range(2)])


def _rounded(rng: np.random.Generator, n: int) -> Columns:
    return _named(list(np.round(rng.normal(size=(COLUMNS, n)), 1)))


def _seven(rng: np.random.Generator, n: int) -> Columns:
    names, shares = np.array(list("abcdefg")), [0.45, 0.3, 0.12, 0.08, 0.03, 0.015, 0.005]
    return _named([names[rng.choice(7, size=n, p=shares)].tolist() for _ in range(COLUMNS)])


KINDS: dict[str, Kind] = {
    "normal": lambda rng, n: _named(list(rng.normal(size=(COLUMNS, n)))),
    "correlated 0.9": _correlated,
    "t, 2 degrees": lambda rng, n: _named(list(rng.standard_t(2, size=(COLUMNS, n)))),
    "counts": lambda rng, n: _named(list(rng.poisson(1.5, size=(COLUMNS, n)).astype(float))),
    "one decimal": _rounded,
    "flags 5 %": lambda rng, n: _named(list((rng.random((COLUMNS, n)) < 0.05).astype(float))),
    "flags 50 %": lambda rng, n: _named(list((rng.random((COLUMNS, n)) < 0.5).astype(float))),
    "two names": lambda rng, n: _named([(rng.random(n) < 0.5).tolist() for _ in range(COLUMNS)]),
    "7 levels": _seven,
    "500 equal levels": _equal,
    "500 Zipf levels": _zipf(500),
    "100,000 Zipf levels": _zipf(100_000),
    "5 % missing": _gappy,
}


def baselines(kind: Kind, size: int, rng: np.random.Generator) -> Iterator[Baseline]:
    """Give each epoch its baseline."""
    while True:
        baseline = build_baseline(pl.DataFrame(kind(rng, size)))
        for _ in range(10 if size > 100_000 else 1):
            yield baseline


def measure(kind: Kind, size: int, stated: int, expected: int, seed: int) -> tuple[int, int]:
    """Return rows seen and false alarms raised in rows enough for so many alarms at the stated rate."""
    rng = np.random.default_rng(seed)
    rows = alarms = 0
    for baseline in baselines(kind, size, rng):
        watch = Watch.begin(baseline, WatchSettings(false_alarm_rows=stated))
        while rows + watch.rows("inputs") < stated * expected:
            raised = watch.update("inputs", kind(rng, BATCH), [str(row) for row in range(BATCH)])
            if raised:
                alarms += 1
                rows += raised[0].at_row
                break
        else:
            return rows + watch.rows("inputs"), alarms
        if rows >= stated * expected:
            return rows, alarms
    raise AssertionError("baselines do not end")


def rates(rows: int, alarms: int, stated: int) -> tuple[float, float]:
    """Return the measured rate over the stated one, and the lower end of its 95 % interval (alarms are Poisson)."""
    fewest = float(stats.chi2.ppf(0.025, 2 * alarms) / 2) if alarms else 0.0
    return alarms * stated / rows, fewest * stated / rows


def main() -> int:
    """Measure every kind at every size asked for, and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stated", type=int, default=2_000, help="A: at most one false alarm in so many rows")
    parser.add_argument("--alarms", type=int, default=200, help="false alarms expected a cell at the stated rate")
    parser.add_argument("--sizes", type=int, nargs="+", default=[500, 2_000, 20_000, 1_000_000], help="baseline rows")
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--seed", type=int, default=20261124)
    parser.add_argument("--results", type=Path, help="a file that keeps what is done (JSON)")
    asked = parser.parse_args()
    print_machine()
    print(f"A = {asked.stated:,}, {asked.alarms} false alarms expected a cell, seed {asked.seed}")
    done = json.loads(asked.results.read_text()) if asked.results and asked.results.is_file() else {}
    broken = 0
    for size in asked.sizes:
        for name in asked.kinds:
            cell, began = f"{name}, {size}, A = {asked.stated}, {asked.alarms}, seed {asked.seed}", time.perf_counter()
            if cell not in done:
                done[cell] = measure(KINDS[name], size, asked.stated, asked.alarms, asked.seed)
                if asked.results:
                    asked.results.write_text(json.dumps(done, indent=1))
            rows, alarms = done[cell]
            rate, lower = rates(rows, alarms, asked.stated)
            kept = rate <= 1.1 and lower <= 1
            broken += not kept
            print(
                f"{size:>9,} {name:<20} {alarms:>4} alarms in {rows:,} rows: {rate:.2f} of the stated rate, "
                f"at least {lower:.2f}{'' if kept else ': BROKEN'}; in {time.perf_counter() - began:.0f} s"
            )
            sys.stdout.flush()
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
