"""How soon a change in 1 of 20 columns is found, at one and the same measured rate of false alarms, beside peers.

All get 2,000 baseline rows and normal columns; the change comes after 500 live rows. A peer's threshold is the smallest
at which streams in which nothing changes (epochs of at most 100,000 rows, each with a baseline of its own, ended by its
first alarm) show one false alarm in 100,000 rows or fewer, found by bisection. Then delays are measured on other
streams: the median of those without an alarm before the change. Seeds are fixed beforehand: 1 tunes, 2 measures.

Further it is told how soon a shift of 0.5 sd is found that comes only after 20,000 rows: a detector whose evidence runs
down while nothing changes has its false alarms early and its delays late, which the rate over an epoch does not show.

Beside it stands what the same thresholds do on columns with heavy tails (Student's t with 2 degrees, as money often
has), again nothing changing: those are rates that no one can tune beforehand.

holdtrue is shown twice: as it is, told one in 100,000, and with that figure tuned as the peers' thresholds are. Peers
keep their other settings at their defaults, except where a row says otherwise; for Page and Hinkley's test and for
windows the row gives a setting that suits one of the changes, for who knows beforehand which will come.

Not part of `make bench`: `make proofs` runs it, which takes an hour; results are kept in a file as they come, and what
is there already is not done again.

    python benchmarks/detector_delays.py --epochs 50 --streams 200 --results delays.json
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from compiled_scores import cramer_von_mises, e_cusum, jumped, jumper, kswin, page_hinkley, windowed_ks
from contenders import Contender, told
from delaying import (
    BASELINE,
    CHANGES,
    COLUMNS,
    A,
    First,
    Matrix,
    Score,
    alarms_unchanged,
    beyond,
    changed_stream,
    delays,
    holdtrue,
    median_delay,
    rows_per_alarm,
    threshold_for,
    unchanged,
)
from measuring import print_machine
from river.drift import ADWIN, PageHinkley

TUNING, MEASURING = 1, 2
LATE = 20_000
"""Rows without a change before the late one."""
WINDOWS = (25, 100, 400)

SCORES: dict[str, Callable[[], Score]] = {
    "Page-Hinkley (River)": lambda: page_hinkley(0.005),
    "Page-Hinkley, delta 0.125": lambda: page_hinkley(0.125),
    "Page-Hinkley, delta 0.25": lambda: page_hinkley(0.25),
    "Page-Hinkley, delta 0.5": lambda: page_hinkley(0.5),
    "Page-Hinkley, 0.125, alpha 1": lambda: page_hinkley(0.125, 1.0),
    "windowed KS, 100 rows": lambda: windowed_ks(100),
    "windowed KS, 500 rows": lambda: windowed_ks(500),
    "e-CUSUM (driftfdr), rises": lambda: e_cusum(),
    "e-CUSUM, rises and falls": lambda: both_ways(e_cusum()),
    "jumper martingale (MAPIE)": lambda: jumper(),
    "KSWIN (River)": lambda: kswin(),
    "CVM online (alibi-detect)": lambda: cramer_von_mises(WINDOWS),
}


def both_ways(score: Score) -> Score:
    """The larger of a score on the values and on their negatives."""
    return lambda baseline, live: np.maximum(score(baseline, live), score(-baseline, -live))


def adwin(delta: float) -> First:
    """River's ADWIN, one a column; columns after the first are followed only up to the earliest alarm so far."""

    def first(baseline: Matrix, live: Matrix) -> int | None:
        earliest = len(live) + 1
        for column in range(live.shape[1]):
            detector = ADWIN(delta=delta)
            for value in baseline[:, column].tolist():
                detector.update(value)
            for row, value in enumerate(live[: earliest - 1, column].tolist(), 1):
                detector.update(value)
                if detector.drift_detected:
                    earliest = row
                    break
        return earliest if earliest <= len(live) else None

    return first


def on_heavy_tails(first: First, epochs: int) -> float:
    """Return rows per false alarm on columns with heavy tails."""
    return alarms_unchanged(first, epochs, TUNING, 20_000, lambda draw, shape: draw.standard_t(2, size=shape))[0]


def late(first: First, streams: int, columns: int = COLUMNS) -> float:
    """Return the median delay of a shift by 0.5 sd after `LATE` rows, of streams with no alarm before it."""
    found = []
    for stream in range(streams):
        draw = np.random.default_rng([MEASURING, stream])
        baseline, live = draw.normal(size=(BASELINE, columns)), draw.normal(size=(LATE + 5_000, columns))
        live[LATE:, 0] += 0.5
        row = first(baseline, live)
        if row is None or row > LATE:
            found.append(np.inf if row is None else row - LATE)
    return float(np.median(found)) if found else np.inf


def tuned(make: Callable[[float], First], low: float, high: float, epochs: int, steps: int = 5) -> float:
    """Return the loosest setting between two with no more than one alarm in A rows, by bisection of its logarithm.

    Args:
        low: a setting with too many alarms. high: one with too few.
    """
    for _ in range(steps):
        middle = float(np.sqrt(low * high))
        rows, _ = alarms_unchanged(make(middle), epochs, TUNING)
        low, high = (low, middle) if rows >= A else (middle, high)
    return high


def measured(first: First, streams: int, size: int = BASELINE) -> dict[str, float]:
    """Return the median delay of each change."""
    return {
        change: median_delay([first(*changed_stream(change, MEASURING, stream, size)) for stream in range(streams)])
        for change in CHANGES
    }


def hold_against_originals() -> None:
    """Raise unless the compiled scores are those of the peers' own code."""
    draw = np.random.default_rng(0)
    baseline, live = draw.normal(size=(BASELINE, 1)), draw.normal(size=(1_500, 1))
    live[700:] += 0.5
    detector, row = PageHinkley(threshold=25.0), None
    for place, value in enumerate(np.concatenate([baseline, live])[:, 0].tolist()):
        detector.update(value)
        if detector.drift_detected:
            row = place - BASELINE
            break
    ours = np.concatenate([np.full(BASELINE, -np.inf), page_hinkley(0.005)(baseline, live)])
    if row is not None and row >= 0:
        assert int((ours > 25.0).argmax()) == row + BASELINE, "Page and Hinkley's test differs from River's"
    lots = draw.random(1_500)
    pairs: list[tuple[str, Matrix, Matrix]] = [
        ("mapie", lots, jumped(lots, 0.01)),
        ("driftfdr", live[:, 0], e_cusum()(baseline, live)),
        ("alibi-detect", live[:, 0], cramer_von_mises(WINDOWS)(baseline, live)),
    ]
    for name, rows, scores in pairs:
        peer = Contender(name, "original_scores.py", name)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "rows.npz"
            np.savez(file, baseline=baseline[:, 0], live=rows)
            said = told(peer, name, file)
        assert said is not None or not peer.installed, f"{name} fails: its copy cannot be held against it"
        if said is None:
            continue
        theirs = np.array(said["scores"])
        there = np.isfinite(scores)
        apart = float(np.abs(theirs - scores)[there].max())
        assert apart < 1e-2 * (1 + np.abs(scores[there]).max()), f"{name}: {apart} apart"
        print(f"{name} {said['version']}: {there.sum():,} scores as by its own code (largest distance {apart:.1e})")


def main() -> None:
    """Tune, measure, print; keep what is done."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=80, help="of unchanged rows: 63 in 100 end with an alarm")
    parser.add_argument("--streams", type=int, default=200)
    parser.add_argument("--results", type=Path, default=Path("delays.json"))
    parser.add_argument("--only", nargs="*", help="names of rows")
    parser.add_argument(
        "--sizes", type=int, nargs="*", default=[], help="of other baselines, for holdtrue's delays alone"
    )
    asked = parser.parse_args()
    print_machine("river", "numpy", "numba")
    hold_against_originals()
    done = json.loads(asked.results.read_text()) if asked.results.is_file() else {}

    def keep(
        name: str, setting: float, rate: tuple[float, int], found: dict[str, float], first: First, columns: int
    ) -> None:
        heavy = on_heavy_tails(first, max(asked.epochs // 2, 5))
        done[name] = {
            "late": late(first, asked.streams // 4, columns),
            "setting": setting,
            "rows_per_alarm": rate[0],
            "alarms": rate[1],
            "delays": found,
            "heavy": heavy,
        }
        asked.results.write_text(json.dumps(done, indent=1))

    def show(name: str) -> None:
        row = done[name]
        figures = "".join(f"{each:>9,.0f}" for each in row["delays"].values())
        rate, alarms = row["rows_per_alarm"], row["alarms"]
        print(
            f"{name:28} {row['setting']:>12.6g} {rate:>10,.0f} {alarms:>5} {figures} {row['late']:>9,.0f}"
            f" {row['heavy']:>11,.0f}"
        )
        sys.stdout.flush()

    changes = "".join(f"{each[-8:]:>9}" for each in CHANGES)
    print(f"{'':28} {'threshold':>12} {'rows/alarm':>10} {'of':>5} {changes} {'0.5 late':>9} {'heavy tails':>11}")
    wanted = ["holdtrue", "holdtrue, tuned", "ADWIN (River)", *SCORES]
    for name in [each for each in wanted if not asked.only or each in asked.only]:
        if name in done:
            show(name)
            continue
        if name in SCORES:
            score = SCORES[name]()
            threshold = threshold_for(unchanged(score, asked.epochs, TUNING))
            rate = rows_per_alarm(unchanged(score, asked.epochs, TUNING + 10), threshold)
            found = delays(score, threshold, asked.streams, MEASURING)
            keep(name, threshold, rate, found, beyond(score, threshold), 1)
        else:
            make: Callable[[float], First] = holdtrue
            if name == "holdtrue":
                setting = float(A)
            elif name == "holdtrue, tuned":
                setting = tuned(holdtrue, 0.6 * A, 1.1 * A, asked.epochs, 4)
            else:
                setting, make = 1 / tuned(lambda inverse: adwin(1 / inverse), 300, 1_500, asked.epochs, 4), adwin
            rate = alarms_unchanged(make(setting), asked.epochs, TUNING + 10)
            keep(name, setting, rate, measured(make(setting), asked.streams), make(setting), COLUMNS)
        show(name)
    for size in asked.sizes:
        figures = "".join(f"{each:>9,.0f}" for each in measured(holdtrue(), asked.streams // 2, size).values())
        print(f"{f'holdtrue, {size:,} baseline rows':28} {A:>12,} {'':>10} {'':>5} {figures}", flush=True)


if __name__ == "__main__":
    main()
