"""How soon changes of levels are found, in one column alone, and a slow rise in one of 20: rows until the alarm.

Medians. Baselines of 2,000 rows, one false alarm in 100,000; the change comes after 200 live rows.

    python benchmarks/delays_of_levels.py --streams 15
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl
from delaying import BASELINE, COLUMNS, A
from measuring import print_machine

from holdtrue.monitors import Watch, WatchSettings
from holdtrue.profiles import build_baseline

SEED, UNCHANGED, BATCH = 2026, 200, 100
EQUAL = np.full(500, 1 / 500)
ZIPF = 1 / np.arange(1, 501) / np.sum(1 / np.arange(1, 501))
Columns = Mapping[str, Any]
Draw = Callable[[np.random.Generator, int], Columns]


def levels(*shares: float, first: int = 0) -> Draw:
    """Draw levels by their shares, named by their places from `first` on."""
    names = np.array([f"level {first + place}" for place in range(len(shares))])
    weights = np.array(shares) / np.sum(shares)
    return lambda rng, n: {"x": names[rng.choice(names.size, size=n, p=weights)].tolist()}


def rising(rng: np.random.Generator, n: int, over: int = 50_000) -> Columns:
    """Draw numbers, one of which rises by 1 sd over so many rows."""
    columns = {f"c{place}": rng.normal(size=n) for place in range(COLUMNS)}
    columns["c0"] += np.arange(n) / over
    return columns


CHANGES: dict[str, tuple[Draw, Draw]] = {
    "a level of 0.5 % rises to 10 %": (levels(0.995, 0.005), levels(0.9, 0.1)),
    "a level of 2 % rises to 6 %": (levels(0.98, 0.02), levels(0.94, 0.06)),
    "a level of 10 % is seen no more": (levels(0.9, 0.1), levels(1.0)),
    "a new level of 5 % beside two": (levels(0.5, 0.5), levels(0.5, 0.45, 0.05)),
    "a new level of 5 % among 500 equal": (levels(*EQUAL), levels(*(0.95 * EQUAL), 0.05)),
    "a new level of 5 % among 500 Zipf": (levels(*ZIPF), levels(*(0.95 * ZIPF), 0.05)),
    "500 Zipf levels in reverse order": (levels(*ZIPF), levels(*ZIPF[::-1])),
    "500 new levels for 500": (levels(*EQUAL), levels(*EQUAL, first=500)),
    "a rise of 1 sd over 50,000 rows": (lambda rng, n: rising(rng, n, 10**12), rising),
}


def delay(before: Draw, after: Draw, seed: int, longest: int) -> float | None:
    """Return the rows from the change to the alarm; infinite where there is none, None where one came before."""
    rng = np.random.default_rng([SEED, seed])
    watch = Watch.begin(build_baseline(pl.DataFrame(before(rng, BASELINE))), WatchSettings(false_alarm_rows=A))
    for columns in (before(rng, UNCHANGED), after(rng, longest)):
        whole = len(next(iter(columns.values())))
        for start in range(0, whole, BATCH):
            part = {name: values[start : start + BATCH] for name, values in columns.items()}
            alarms = watch.update("inputs", part, ["-"] * len(next(iter(part.values()))))
            if alarms:
                late = alarms[0].at_row - UNCHANGED
                return float(late) if late > 0 else None
    return np.inf


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=15)
    parser.add_argument("--longest", type=int, default=15_000, help="rows that a change is looked for in")
    asked = parser.parse_args()
    print_machine("numpy")
    for name, (before, after) in CHANGES.items():
        found = [delay(before, after, seed, asked.longest) for seed in range(asked.streams)]
        after_it = [each for each in found if each is not None]
        print(f"  {name:38}{statistics.median(after_it):>10,.0f} rows, of {len(after_it)} streams", flush=True)


if __name__ == "__main__":
    main()
