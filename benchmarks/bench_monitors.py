"""Watching 20 columns of numbers: holdtrue's watch beside River's ADWIN at its defaults, one detector a column.

Three things of both, on the same streams: what a row costs, what they raise while nothing changes, and after how many
rows they find a change in one column. ADWIN takes one value at a time, and its rate of false alarms cannot be set;
holdtrue takes rows in batches (100 here, as the watcher reads them), and is told: at most one false alarm in 100,000
rows for all 20 columns together. ADWIN is given the 2,000 baseline rows first, as holdtrue is.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from measuring import Result, pin, print_machine, print_results
from numpy.typing import NDArray
from river.drift import ADWIN

from holdtrue.monitors import Watch, WatchSettings
from holdtrue.profiles import build_baseline

COLUMNS = [f"c{place}" for place in range(20)]
BASELINE, BATCH = 2_000, 100
UNCHANGED, STREAMS, LONGEST = 20_000, 10, 5_000

Matrix = NDArray[np.float64]


def begun(baseline: Matrix) -> Watch:
    """Return a watch against a baseline."""
    return Watch.begin(
        build_baseline(pl.DataFrame(baseline, schema=COLUMNS)), WatchSettings(false_alarm_rows=100_000), ["inputs"]
    )


def ours(baseline: Matrix, live: Matrix, *, first: bool) -> tuple[list[int], float]:
    """Return the rows of the alarms (only the first, if asked) and the seconds a row took."""
    watch, alarms = begun(baseline), []
    began, done = time.perf_counter(), 0
    for start in range(0, len(live), BATCH):
        part = live[start : start + BATCH]
        columns = {name: part[:, place] for place, name in enumerate(COLUMNS)}
        alarms += [each.at_row for each in watch.update("inputs", columns, [str(row) for row in range(len(part))])]
        done += len(part)
        if first and alarms:
            break
    return alarms, (time.perf_counter() - began) / done


def theirs(baseline: Matrix, live: Matrix, *, first: bool) -> tuple[list[int], float]:
    """Do the same with an ADWIN for each column."""
    detectors, alarms = [ADWIN() for _ in COLUMNS], []
    for row in baseline.tolist():
        for detector, value in zip(detectors, row, strict=True):
            detector.update(value)
    began, done = time.perf_counter(), 0
    for number, row in enumerate(live.tolist(), 1):
        for detector, value in zip(detectors, row, strict=True):
            detector.update(value)
            if detector.drift_detected:
                alarms.append(number)
        done = number
        if first and alarms:
            break
    return alarms, (time.perf_counter() - began) / done


def normal(draw: np.random.Generator, rows: int) -> Matrix:
    """Draw normal columns."""
    return draw.normal(size=(rows, len(COLUMNS)))


def heavy(draw: np.random.Generator, rows: int) -> Matrix:
    """Draw columns with heavy tails: Student's t with 2 degrees of freedom, as amounts of money often are."""
    return draw.standard_t(2, size=(rows, len(COLUMNS)))


def drawn(kind: Callable[[np.random.Generator, int], Matrix], seed: int) -> tuple[Matrix, Matrix]:
    """Return a baseline and live rows of one kind, in which nothing changes."""
    draw = np.random.default_rng(seed)
    return kind(draw, BASELINE), kind(draw, UNCHANGED)


def delay(watch: Callable[..., tuple[list[int], float]], change: Callable[[Matrix], Matrix]) -> str:
    """Return the median row at which a change in the first column, from the first row on, is found."""
    found = []
    for seed in range(STREAMS):
        draw = np.random.default_rng(1_000 + seed)
        baseline, live = normal(draw, BASELINE), normal(draw, LONGEST)
        live[:, 0] = change(live[:, 0])
        alarms, _ = watch(baseline, live, first=True)
        found.append(alarms[0] if alarms else LONGEST + 1)
    middle = statistics.median(found)
    return f"{middle:,.0f}" if middle <= LONGEST else f"not in {LONGEST:,}"


def main() -> None:
    """Compare and print."""
    print_machine("river", "numpy")
    pin(0)
    contenders: dict[str, Any] = {"holdtrue": ours, "ADWIN": theirs}
    costs, false_alarms = [], []
    for name, watch in contenders.items():
        runs = [watch(*drawn(normal, seed), first=False) for seed in range(STREAMS)]
        loud = [watch(*drawn(heavy, seed), first=False)[0] for seed in range(STREAMS)]
        costs.append(Result(name, statistics.median(cost for _, cost in runs)))
        false_alarms.append((name, sum(len(alarms) for alarms, _ in runs), sum(map(len, loud))))
    print_results("one row of 20 columns, one core", costs, "ADWIN", unit="us")
    print(f"\nalarms in {STREAMS} streams of {UNCHANGED:,} rows in which nothing changed")
    print(f"  {'':10}{'normal':>10}{'heavy tails':>14}")
    for name, normal_alarms, heavy_alarms in false_alarms:
        print(f"  {name:10}{normal_alarms:10}{heavy_alarms:14}")
    print(f"\nrows until a change in one column of 20 is found, median of {STREAMS} streams")
    print(f"  {'':10}{'+0.25 sd':>12}{'+0.5 sd':>12}{'+1 sd':>12}{'spread x 1.3':>16}")
    for name, watch in contenders.items():
        shifts = [delay(watch, lambda values, by=by: values + by) for by in (0.25, 0.5, 1.0)]  # type: ignore[misc]
        print(f"  {name:10}" + "".join(f"{each:>12}" for each in shifts) + f"{delay(watch, lambda v: v * 1.3):>16}")


if __name__ == "__main__":
    main()
