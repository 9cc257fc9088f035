"""Watching 20 columns of numbers: what a row costs, beside River's ADWIN, one a column; and what a watch takes up.

ADWIN takes one value at a time; holdtrue takes rows as they come, in batches or one by one. Both are given 2,000
baseline rows first. What they find, how soon, and what they raise while nothing changes: `detector_delays.py`.
"""

from __future__ import annotations

import statistics
import time
import tracemalloc

import numpy as np
from delaying import BASELINE, Matrix, begun, feed
from measuring import Result, pin, print_machine, print_results
from river.drift import ADWIN

ROWS, STREAMS = 20_000, 5


def ours(baseline: Matrix, live: Matrix, batch: int) -> float:
    """Return the processor seconds a row takes."""
    watch = begun(baseline)
    feed(watch, live[:batch], batch)  # compiled, and its caches warm
    began = time.process_time()
    feed(watch, live, batch)
    return (time.process_time() - began) / len(live)


def theirs(baseline: Matrix, live: Matrix) -> float:
    """Return the processor seconds a row takes an ADWIN for each column."""
    detectors = [ADWIN() for _ in range(baseline.shape[1])]
    for row in baseline.tolist():
        for detector, value in zip(detectors, row, strict=True):
            detector.update(value)
    began = time.process_time()
    for row in live.tolist():
        for detector, value in zip(detectors, row, strict=True):
            detector.update(value)
    return (time.process_time() - began) / len(live)


def print_memory(columns: int) -> None:
    """Print what a watch takes up in memory and as bytes, after more and more rows."""
    draw = np.random.default_rng(0)
    tracemalloc.start()
    watch = begun(draw.normal(size=(BASELINE, columns)))
    print(f"\na watch of {columns} columns: MB in memory (its baseline included), and stored")
    for rows in (1_000, 10_000, 100_000):
        while watch.rows("inputs") < rows:
            feed(watch, draw.normal(size=(1_000, columns)), 1_000)
        held, _ = tracemalloc.get_traced_memory()
        stored = len(watch.to_bytes()) / 1e6, len(watch.to_bytes(references=False)) / 1e6
        print(f"  after {rows:>7,} rows  {held / 1e6:6.1f}  {stored[0]:6.1f}  {stored[1]:6.1f} without the baseline")
    tracemalloc.stop()


def main() -> None:
    """Compare and print."""
    print_machine("river", "numpy")
    pin(0)
    streams = []
    for seed in range(STREAMS):
        draw = np.random.default_rng(seed)
        streams.append((draw.normal(size=(BASELINE, 20)), draw.normal(size=(ROWS, 20))))
    costs = [
        Result(
            f"holdtrue, batches of {batch:,}",
            statistics.median(ours(b, live[: 40 * batch], batch) for b, live in streams),
        )
        for batch in (1_000, 100)
    ]
    costs.append(Result("holdtrue, row by row", statistics.median(ours(b, live[:2_000], 1) for b, live in streams)))
    costs.append(Result("ADWIN, one by one", statistics.median(theirs(b, live) for b, live in streams)))
    print_results("one row of 20 columns, one core", costs, "ADWIN, one by one", unit="us")
    print_memory(100)


if __name__ == "__main__":
    main()
