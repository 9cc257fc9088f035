"""Who did it: how often exactly the quantities that changed are named, at the alarm and 200 rows later.

Two rules on the same streams of nine kinds: that of the detectors (a tenth of the evidence of an alarm of its own), and
that of the diagnosis (a Bayes factor since the estimated beginning, of d quantities at least d / 0.05). Not a race
against a peer, so `make bench` leaves it out.

    python benchmarks/named_causes.py --streams 100
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl
from measuring import print_machine

from holdtrue.monitors import Watch, WatchSettings
from holdtrue.monitors.diagnosis.beginning import of_hits, of_scores, shares_of_starts
from holdtrue.monitors.diagnosis.columns import moved_inputs
from holdtrue.monitors.diagnosis.scores import scores_of
from holdtrue.profiles import MISSING, NumericReference, build_baseline

NUMBERS, LEVELS = 18, ("a", "b", "c", "d")
Columns = dict[str, Any]
Change = Callable[[Columns, np.random.Generator, int], set[str]]


def draw(rng: np.random.Generator, n: int) -> Columns:
    """Draw 20 columns: 16 numbers apart, two that are correlated 0.9, two names."""
    columns: Columns = {f"n{i:02d}": rng.normal(size=n) for i in range(NUMBERS)}
    columns["n01"] = 0.9 * columns["n00"] + np.sqrt(1 - 0.81) * columns["n01"]
    for name in ("wall", "roof"):
        columns[name] = np.array(LEVELS)[rng.choice(4, n, p=[0.5, 0.3, 0.15, 0.05])].tolist()
    return columns


def _add(names: tuple[str, ...], by: float) -> Change:
    def change(columns: Columns, rng: np.random.Generator, place: int) -> set[str]:
        for name in names:
            columns[name][place:] += by
        return set(names)

    return change


def _spread(columns: Columns, rng: np.random.Generator, place: int) -> set[str]:
    columns["n05"][place:] *= 1.6
    return {"n05"}


def _levels(columns: Columns, rng: np.random.Generator, place: int) -> set[str]:
    for row in range(place, len(columns["wall"])):
        if rng.random() < 0.25:
            columns["wall"][row] = "d"
    return {"wall"}


def _missing(columns: Columns, rng: np.random.Generator, place: int) -> set[str]:
    lost = rng.random(columns["n07"].size) < 0.15
    lost[:place] = False
    columns["n07"][lost] = np.nan
    return {"n07"}


def _many(columns: Columns, rng: np.random.Generator, place: int) -> set[str]:
    for i, name in enumerate(("n02", "n03", "n04", "n05", "n06", "n08")):
        columns[name][place:] += (1.0, -1.0, 0.75, -0.75, 0.5, 0.5)[i]
    return {"n02", "n03", "n04", "n05", "n06", "n08"}


KINDS: dict[str, Change] = {
    "a number, by 1 sd": _add(("n03",), 1.0),
    "a number, by 0.5 sd": _add(("n03",), 0.5),
    "a number, spread x 1.6": _spread,
    "a level, 5% to 29%": _levels,
    "missing values, 15%": _missing,
    "two correlated numbers, by 1 sd": _add(("n00", "n01"), 1.0),
    "one of two correlated, by 1 sd": _add(("n00",), 1.0),
    "two numbers apart, 1 and 0.5 sd": lambda c, r, p: _add(("n10",), 1.0)(c, r, p) | _add(("n11",), 0.5)(c, r, p),
    "six at once, 0.5 to 1 sd": _many,
}


def measure(change: Change, streams: int, seed: int) -> tuple[int, dict[str, list[int]]]:
    """Return streams with an alarm, and how often each rule named the right set, at the alarm and later."""
    right = {"detectors": [0, 0], "diagnosis": [0, 0]}
    found = 0
    for each in range(streams):
        rng = np.random.default_rng((seed, each))
        baseline = build_baseline(pl.DataFrame(draw(rng, 2000)))
        start = int(rng.integers(200, 800))
        columns = draw(rng, start + 2600)
        truth = change(columns, rng, start)
        watch = Watch.begin(baseline, WatchSettings())
        ids = [f"row {row}" for row in range(start + 2600)]
        at = 0
        for place in range(0, start + 2200, 20):
            raised = watch.update("inputs", _part(columns, place, place + 20), ids[place : place + 20])
            if raised and raised[0].at_row > start:
                at = place + 20
                break
            if raised:
                break
        if not at:
            continue
        found += 1
        alarm = watch.alarms[0]
        references = baseline.groups["inputs"]
        for look, end in enumerate((alarm.at_row, alarm.at_row + 200)):
            if look:
                watch.update("inputs", _part(columns, at, end), ids[at:end])
                alarm = watch.alarms[0]
            named = {alarm.quantity, *(name for name, _ in alarm.also)}
            right["detectors"][look] += named == truth
            first = max(0, alarm.began_row - 1000)
            began = first + _beginning(alarm, references[alarm.quantity], columns[alarm.quantity][first:end])
            since = _part(columns, began, end)
            scores = {
                name: scores_of(reference, since[name])
                for name, reference in references.items()
                if isinstance(reference, NumericReference)
            }
            moved = {name for name, _ in moved_inputs(references, since, scores)} | {alarm.quantity}
            right["diagnosis"][look] += moved == truth
    return found, right


def _beginning(alarm: Any, reference: Any, values: Any) -> int:
    if alarm.level is None:
        logs = of_scores(scores_of(reference, values))
    elif alarm.level == MISSING:
        logs = of_hits(np.isnan(values).astype(float), alarm.reference.mean)
    else:
        logs = of_hits(np.array([float(value == alarm.level) for value in values]), alarm.reference.mean)
    return int(shares_of_starts(logs).argmax())


def _part(columns: Columns, first: int, end: int) -> Columns:
    return {name: values[first:end] for name, values in columns.items()}


def main() -> None:
    """Print a line for each kind."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=100)
    parser.add_argument("--seed", type=int, default=20261124)
    asked = parser.parse_args()
    print_machine()
    print(f"{asked.streams} streams a kind, seed {asked.seed}: exact set named at the alarm, and 200 rows later")
    print(f"{'what changes':<34}{'found':>6}{'detectors':>20}{'diagnosis':>20}")
    totals = np.zeros(5, dtype=int)
    for name, change in KINDS.items():
        found, right = measure(change, asked.streams, asked.seed)
        totals += np.array([found, *right["detectors"], *right["diagnosis"]])
        print(_line(name, found, right["detectors"], right["diagnosis"]), flush=True)
    print(_line("all", int(totals[0]), totals[1:3].tolist(), totals[3:].tolist()))


def _line(name: str, found: int, detectors: list[int], diagnosis: list[int]) -> str:
    shares = [f"{100 * each[0] / found:.0f}%, {100 * each[1] / found:.0f}%" for each in (detectors, diagnosis)]
    return f"{name:<34}{found:>6}{shares[0]:>20}{shares[1]:>20}"


if __name__ == "__main__":
    main()
