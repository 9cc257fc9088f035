"""alibi-detect by its own way to a stated rate: its thresholds for an expected run time, what they do, and ours beside.

CVMDriftOnline simulates streams that do not change, and takes for each row the quantile of its statistic that lets the
stated run time come, 1 in `ert` x columns, of the streams that are left: it needs more streams than that, and refuses
with fewer. So the run time that it can be set to is told by the streams it can simulate in the time one has. How long
one stream takes is measured with its own code; thresholds are then found by its rule from the compiled copy of its
statistic, which `detector_delays.py` holds against the original. Delays are told beside those of holdtrue, told the
figure at which it has the same measured run time. 20 normal columns, 2,000 baseline rows, change after 500 live rows.

    python benchmarks/expected_run_times.py --ert 500
"""

from __future__ import annotations

import argparse
import math

import numpy as np
from compiled_scores import cramer_von_mises
from contenders import Contender, told
from delaying import (
    BASELINE,
    COLUMNS,
    UNCHANGED,
    First,
    Matrix,
    alarms_unchanged,
    changed_stream,
    holdtrue,
    median_delay,
)
from detector_delays import WINDOWS
from measuring import print_machine

STEPS = 2 * max(WINDOWS) - 1
"""Rows for which thresholds are found; after them the last one stays."""
SHOWN = ("+0.25 sd", "+0.5 sd", "+1 sd", "spread x 1.3")
LONGEST = 2_500
TUNING, MEASURING, SIMULATING = 1, 2, 3


def streams_needed(ert: float) -> int:
    """Return how many simulated streams leave enough at the last row, as those with an alarm are taken out."""
    share = 1 - (1 - 1 / ert) ** (1 / COLUMNS)
    return int(math.exp(share * STEPS) / share) + 2 * STEPS


def thresholds(ert: float) -> Matrix:
    """Return the threshold of each row, by alibi-detect's rule."""
    share = 1 - (1 - 1 / ert) ** (1 / COLUMNS)
    score, draw = cramer_von_mises(WINDOWS), np.random.default_rng(SIMULATING)
    found = np.stack(
        [score(draw.normal(size=(BASELINE, 1)), draw.normal(size=(STEPS, 1))) for _ in range(streams_needed(ert))]
    )
    limits = np.full(STEPS, np.inf)
    for row in range(min(WINDOWS) - 1, STEPS):
        limits[row] = np.quantile(found[:, row], 1 - share)
        found = found[found[:, row] <= limits[row]]
    return limits


def alibi_detect(limits: Matrix) -> First:
    """Its statistic and its thresholds."""
    score = cramer_von_mises(WINDOWS)

    def first(baseline: Matrix, live: Matrix) -> int | None:
        scores = score(baseline, live)
        alarming = scores > np.concatenate([limits, np.full(max(len(live) - STEPS, 0), limits[-1])])[: len(live)]
        return int(alarming.argmax()) + 1 if alarming.any() else None

    return first


def delays(first: First, streams: int) -> list[float]:
    """Return the median delay of each change shown, of streams with no alarm before it."""
    found = []
    for change in SHOWN:
        drawn = (changed_stream(change, MEASURING, stream) for stream in range(streams))
        found.append(median_delay([first(baseline, live[: UNCHANGED + LONGEST]) for baseline, live in drawn]))
    return found


def main() -> None:
    """Find the thresholds, measure both, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--ert", type=float, default=500, help="rows that are expected until a false alarm")
    parser.add_argument("--epochs", type=int, default=100, help="of unchanged rows")
    parser.add_argument("--streams", type=int, default=100)
    asked = parser.parse_args()
    print_machine("numpy", "numba")
    taken = told(Contender("alibi-detect", "alibi_detect_simulation.py", "alibi-detect"), BASELINE, COLUMNS, *WINDOWS)
    for ert in (asked.ert, 10_000.0, 100_000.0):
        streams = streams_needed(ert)
        hours = f", {taken['seconds'] * streams / 3600:,.1f} hours of a core" if taken else ""
        gigabytes = streams * STEPS * len(WINDOWS) * 8 / 1e9
        print(f"ert {ert:,.0f}: {streams:,} streams to simulate{hours}, {gigabytes:,.1f} GB of statistics")
    if taken:
        print(f"alibi-detect {taken['version']}: {taken['seconds']:.3f} s a stream")
    peer = alibi_detect(thresholds(asked.ert))
    rows = int(20 * asked.ert)
    wanted, alarms = alarms_unchanged(peer, asked.epochs, MEASURING + 10, rows)
    print(f"{'':30}{'set to':>10}{'rows/alarm':>12}{'of':>5}" + "".join(f"{change[-8:]:>10}" for change in SHOWN))
    print(_line("CVM online (alibi-detect)", asked.ert, (wanted, alarms), delays(peer, asked.streams)))
    low, high = wanted / 3, wanted
    for _ in range(5):
        middle = math.sqrt(low * high)
        low, high = (
            (low, middle)
            if alarms_unchanged(holdtrue(middle), asked.epochs, TUNING, rows)[0] >= wanted
            else (middle, high)
        )
    ours = holdtrue(high)
    print(
        _line("holdtrue", high, alarms_unchanged(ours, asked.epochs, MEASURING + 10, rows), delays(ours, asked.streams))
    )


def _line(name: str, setting: float, rate: tuple[float, int], found: list[float]) -> str:
    return f"{name:30}{setting:>10,.0f}{rate[0]:>12,.0f}{rate[1]:>5}" + "".join(f"{each:>10,.0f}" for each in found)


if __name__ == "__main__":
    main()
