"""Rows that depend on each other, judged by the day: the rate of false alarms, and how soon a change is found.

An hourly reading with a daily rhythm, a level of its own each day and dependence from hour to hour; the season is the
hour, the block the day. One false alarm is asked for in `DAYS` days; as it is a check of a promise and no race, `make
bench` leaves it out. Each stream has a baseline of its own, and runs until its first alarm or its end.

    python benchmarks/rate_over_blocks.py
"""

from __future__ import annotations

import argparse
import statistics

import numpy as np
import polars as pl
from measuring import print_machine
from numpy.typing import NDArray

from holdtrue.monitors import Watch, WatchSettings
from holdtrue.profiles import Block, Season, build_baseline

DAYS, LONGEST, CHANGED = 100, 600, 50
HOUR = 3_600_000_000
SEASON, BLOCK = Season("hour"), Block("day")

Readings = NDArray[np.float64]


def readings(draw: np.random.Generator, days: int) -> Readings:
    """Draw hourly readings."""
    hours = np.arange(24 * days)
    levels = np.repeat(draw.normal(size=days), 24)
    noise = draw.normal(size=hours.size)
    dependent = np.zeros(hours.size)
    for hour in range(1, hours.size):
        dependent[hour] = 0.9 * dependent[hour - 1] + 0.4 * noise[hour]
    return 5 * np.sin(2 * np.pi * hours / 24) + levels + dependent


def day_of_alarm(seed: int, baseline_days: int, days: int, rise: float = 0.0) -> int | None:
    """Return the day of the first alarm, from 1; readings rise after day `CHANGED`."""
    draw = np.random.default_rng([2026, baseline_days, seed])
    before, now = readings(draw, baseline_days), readings(draw, days + 1)
    now[24 * CHANGED :] += rise
    times = HOUR * np.arange(before.size)
    baseline = build_baseline(
        pl.DataFrame({"reading": before}),
        season=SEASON,
        seasons=SEASON.places(times),
        block=BLOCK,
        blocks=BLOCK.places(times),
    )
    watch = Watch.begin(baseline, WatchSettings(false_alarm_rows=24 * DAYS), ["inputs"])
    ids = [f"hour {hour}" for hour in range(now.size)]
    alarms = watch.update("inputs", {"reading": now}, ids, HOUR * np.arange(now.size))
    return alarms[0].at_row // 24 if alarms else None


def main() -> None:
    """Print the rate, and the delay."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=60)
    streams = parser.parse_args().streams
    print_machine("numpy", "polars")
    for baseline_days in (30, 100, 400):
        found = [day_of_alarm(seed, baseline_days, LONGEST) for seed in range(streams)]
        watched = sum(LONGEST if day is None else day for day in found)
        alarms = sum(day is not None for day in found)
        print(
            f"{baseline_days} days in the baseline: {alarms} false alarms, one in {watched / max(alarms, 1):.0f} days"
        )
        risen = [day_of_alarm(seed, baseline_days, 4 * CHANGED, rise=1.0) or 5 * CHANGED for seed in range(streams)]
        delays = [day - CHANGED for day in risen if day > CHANGED]
        median = f"after {statistics.median(delays):.0f} days" if delays else "in none of the streams"
        print(f"  a rise by the standard deviation of the days is found {median}")


if __name__ == "__main__":
    main()
