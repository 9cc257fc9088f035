"""The rate of false alarms, measured: rows per false alarm over the stated A, 1 or more keeps the promise.

Not a race against a peer but a check of a promise, so `make bench` leaves it out: a cell takes some minutes. Streams in
which nothing changes, of the kinds that break detectors; epochs with a new baseline each, run until their first alarm.

    python benchmarks/rate_of_false_alarms.py --stated 2000 --alarms 200 --sizes 500 2000
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from measuring import print_machine

from holdtrue.monitors import Watch, WatchSettings
from holdtrue.profiles import build_baseline

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


def _zipf(rng: np.random.Generator, n: int) -> Columns:
    weights = 1 / np.arange(1, 501)
    names = np.array([f"level {place}" for place in range(500)])
    return _named([names[rng.choice(500, size=n, p=weights / weights.sum())].tolist() for _ in range(2)])


def _seven(rng: np.random.Generator, n: int) -> Columns:
    names, shares = np.array(list("abcdefg")), [0.45, 0.3, 0.12, 0.08, 0.03, 0.015, 0.005]
    return _named([names[rng.choice(7, size=n, p=shares)].tolist() for _ in range(COLUMNS)])


KINDS: dict[str, Kind] = {
    "normal": lambda rng, n: _named(list(rng.normal(size=(COLUMNS, n)))),
    "correlated 0.9": _correlated,
    "t, 2 degrees": lambda rng, n: _named(list(rng.standard_t(2, size=(COLUMNS, n)))),
    "counts": lambda rng, n: _named(list(rng.poisson(1.5, size=(COLUMNS, n)).astype(float))),
    "flags 5 %": lambda rng, n: _named(list((rng.random((COLUMNS, n)) < 0.05).astype(float))),
    "flags 50 %": lambda rng, n: _named(list((rng.random((COLUMNS, n)) < 0.5).astype(float))),
    "two names": lambda rng, n: _named([(rng.random(n) < 0.5).tolist() for _ in range(COLUMNS)]),
    "7 levels": _seven,
    "500 Zipf levels": _zipf,
    "5 % missing": _gappy,
}


def measure(kind: Kind, size: int, stated: int, expected: int, seed: int) -> tuple[int, int]:
    """Return rows seen and false alarms raised in rows enough for so many alarms at the stated rate."""
    rng = np.random.default_rng(seed)
    rows = alarms = 0
    while rows < stated * expected:
        watch = Watch.begin(build_baseline(pl.DataFrame(kind(rng, size))), WatchSettings(false_alarm_rows=stated))
        while rows + watch.rows("inputs") < stated * expected:
            raised = watch.update("inputs", kind(rng, BATCH), [str(row) for row in range(BATCH)])
            if raised:
                alarms += 1
                rows += raised[0].at_row
                break
        else:
            rows += watch.rows("inputs")
    return rows, alarms


def main() -> None:
    """Measure every kind at every size asked for, and print a line each."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stated", type=int, default=2_000, help="A: at most one false alarm in so many rows")
    parser.add_argument("--alarms", type=int, default=200, help="false alarms expected a cell at the stated rate")
    parser.add_argument("--sizes", type=int, nargs="+", default=[500, 2_000], help="baseline rows")
    parser.add_argument("--kinds", nargs="+", default=list(KINDS), choices=list(KINDS))
    parser.add_argument("--seed", type=int, default=20261124)
    asked = parser.parse_args()
    print_machine()
    print(f"A = {asked.stated:,}, {asked.alarms} false alarms expected a cell, seed {asked.seed}")
    for size in asked.sizes:
        for name in asked.kinds:
            began = time.perf_counter()
            rows, alarms = measure(KINDS[name], size, asked.stated, asked.alarms, asked.seed)
            over = rows / max(alarms, 1) / asked.stated
            error = over / np.sqrt(max(alarms, 1))
            seconds = time.perf_counter() - began
            print(
                f"{size:>9,} {name:<16} {alarms:>4} alarms, {over:.2f} (standard error {error:.2f}) in {seconds:.0f} s"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    main()
