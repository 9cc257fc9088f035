"""After an alarm: how often something false is said of a quantity that stays as it is, and how soon it is said that
it is back, or elsewhere.

python benchmarks/life_of_alarms.py [--rows 400000] [--streams 25]
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from measuring import print_machine

from holdtrue.monitors import Watch, WatchSettings
from holdtrue.profiles import Season, build_baseline

SEED = 27
HOUR = 3_600_000_000
Draw = Callable[[np.random.Generator, int], Any]


def normal(mean: float = 0.0, sd: float = 1.0) -> Draw:
    return lambda rng, n: mean + sd * rng.normal(size=n)


def heavy(mean: float) -> Draw:
    return lambda rng, n: mean + rng.standard_t(2, size=n)


def counts(mean: float) -> Draw:
    return lambda rng, n: rng.poisson(mean, size=n).astype(float)


def levels(*shares: float) -> Draw:
    names = np.array(["wood", "brick", "stone", "vinyl"][: len(shares)])
    return lambda rng, n: rng.choice(names, size=n, p=shares).tolist()


def gappy(share: float) -> Draw:
    return lambda rng, n: np.where(rng.random(n) < share, np.nan, rng.normal(size=n))


STAYS: dict[str, tuple[Draw, Draw]] = {
    "shift of 0.25 sd": (normal(), normal(0.25)),
    "0.5 sd": (normal(), normal(0.5)),
    "1 sd": (normal(), normal(1.0)),
    "5 sd": (normal(), normal(5.0)),
    "spread x 1.3": (normal(), normal(0.0, 1.3)),
    "spread x 0.6": (normal(), normal(0.0, 0.6)),
    "t, 2 degrees, shift of 1": (heavy(0.0), heavy(1.0)),
    "counts of 1.5 to 2.5": (counts(1.5), counts(2.5)),
    "a level of 50 to 70 %": (levels(0.5, 0.3, 0.2), levels(0.7, 0.2, 0.1)),
    "a new level of 20 %": (levels(0.5, 0.3, 0.2), levels(0.4, 0.24, 0.16, 0.2)),
    "missing 0 to 10 %": (gappy(0.0), gappy(0.1)),
}


def begin(rng: np.random.Generator, draw: Draw, size: int, others: int, rate: float, season: Season | None) -> Watch:
    columns = {"x": draw(rng, size), **{f"o{i}": rng.normal(size=size) for i in range(others)}}
    seasons = season.places(HOUR * np.arange(size)) if season else None
    baseline = build_baseline(pl.DataFrame(columns), season=season, seasons=seasons)
    return Watch.begin(baseline, WatchSettings(false_alarm_rows=rate), ["inputs"])


def feed(watch: Watch, rng: np.random.Generator, draw: Draw, n: int, others: int) -> tuple[list[Any], list[Any]]:
    first = watch.rows("inputs")
    columns = {"x": draw(rng, n), **{f"o{i}": rng.normal(size=n) for i in range(others)}}
    span = range(first, first + n)
    alarms = watch.update("inputs", columns, [str(i) for i in span], HOUR * np.array(span, dtype=np.int64))
    return alarms, list(watch.transitions)


def false_transitions(name: str, size: int, rows: int, rate: float, season: Season | None) -> tuple[int, int, int]:
    """Return rows watched in the alarmed state, and how often it was said to change, and to be resolved."""
    before, now = STAYS[name]
    watched, said, stream = 0, {"changed": 0, "resolved": 0}, 0
    while watched < rows:
        rng = np.random.default_rng([SEED, size, stream])
        stream += 1
        watch, alarmed = begin(rng, before, size, 0, rate, season), 0
        for _ in range(40):
            alarms, told = feed(watch, rng, now, 500, 0)
            alarmed = alarms[0].at_row if alarms and not alarmed else alarmed
            if told:
                said[told[0].kind] += 1
                watched += told[0].at_row - alarmed
                break
        else:
            watched += watch.rows("inputs") - alarmed if alarmed else 0
    return watched, said["changed"], said["resolved"]


def delays(before: Draw, now: Draw, then: Draw, streams: int, *, stay: int = 500, size: int = 2_000) -> tuple[str, str]:
    """Return, in words, the median delay of what is said first, and how often it is what."""
    found: dict[str, list[int]] = {"changed": [], "resolved": []}
    for stream in range(streams):
        rng = np.random.default_rng([SEED, stream])
        watch = begin(rng, before, size, 19, 100_000, None)
        feed(watch, rng, now, stay, 19)
        if not watch.alarms:
            continue
        for _ in range(80):
            _, told = feed(watch, rng, then, 100, 19)
            if told:
                found[told[0].kind].append(told[0].at_row - stay)
                break
    whole = sum(len(each) for each in found.values())
    first = max(found, key=lambda kind: len(found[kind]))
    if not whole:
        return "nothing", f"0 of {streams}"
    return f"{first} after {statistics.median(found[first]):,.0f}", f"{len(found[first])} of {streams}"


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--rows", type=int, default=400_000)
    options.add_argument("--rate", type=float, default=2_000)
    options.add_argument("--streams", type=int, default=25)
    options.add_argument("--kinds", nargs="*", default=list(STAYS))
    asked = options.parse_args()
    print_machine()
    print("| what came and stays | baseline rows | rows | changed | resolved | rows per false word, over A |")
    print("| --- | --- | --- | --- | --- | --- |")
    started = time.monotonic()
    for name in asked.kinds:
        for size, season in ((500, None), (2_000, None), (2_000, Season("hour"))):
            rows, changed, resolved = false_transitions(name, size, asked.rows, asked.rate, season)
            told = changed + resolved
            per = f"{rows / asked.rate / told:.2f}" if told else f"over {rows / asked.rate:.0f}"
            by = f"{size:,}{', by the hour' if season else ''}"
            print(f"| {name} | {by} | {rows:,} | {changed} | {resolved} | {per} |", flush=True)
    print(f"{time.monotonic() - started:.0f} s\n")
    print("| what came | and then | what was said, rows after | streams |")
    print("| --- | --- | --- | --- |")
    level, rest = STAYS["a level of 50 to 70 %"]
    moves: list[tuple[str, str, Draw, Draw, Draw]] = [
        *((f"{shift} sd", "back", normal(), normal(shift), normal()) for shift in (0.25, 0.5, 1.0, 2.0, 5.0)),
        *((f"spread x {sd}", "back", normal(), normal(0, sd), normal()) for sd in (0.6, 1.3, 2.0)),
        ("a level of 50 to 70 %", "back", level, rest, level),
        ("a new level of 20 %", "back", *STAYS["a new level of 20 %"], level),
        ("missing 0 to 10 %", "back", *STAYS["missing 0 to 10 %"], gappy(0.0)),
        *(
            (f"{first} sd", f"{second} sd", normal(), normal(first), normal(second))
            for first, second in ((1.0, 2.0), (2.0, 1.0), (1.0, 0.5), (2.0, -1.0), (1.0, -1.0))
        ),
        ("1.0 sd", "spread x 2", normal(), normal(1.0), normal(0.0, 2.0)),
        ("a level of 50 to 70 %", "30 %", level, rest, levels(0.3, 0.4, 0.3)),
    ]
    for came, then, first, second, third in moves:
        stay = 1_500 if came == "0.25 sd" else 500
        said, share = delays(first, second, third, asked.streams, stay=stay)
        print(f"| {came} | {then} | {said} | {share} |", flush=True)
    print(f"{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main()
