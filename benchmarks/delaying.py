"""What the measuring of delays shares: streams, records of a score, the threshold for a rate, delays at a threshold.

A detector is a *score*: a figure after each row, larger the more has changed, that is an alarm from a threshold on. Of
an epoch in which nothing changes only its records are kept, the rows at which the score is greater than ever before:
they tell the first alarm at every threshold, so one pass gives the rate of false alarms as a function of the threshold.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence

import numpy as np
import polars as pl
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.monitors import Alarm, Watch, WatchSettings
from holdtrue.profiles import build_baseline

COLUMNS, BASELINE, UNCHANGED = 20, 2_000, 500
"""Columns; rows of the baseline; live rows before the change."""
A = 100_000
"""One false alarm in so many rows is what all are tuned to; an epoch without an alarm ends after as many."""

Matrix = NDArray[np.float64]
Score = Callable[[Matrix, Matrix], Matrix]
"""From a baseline and live rows, (n, COLUMNS), to the score after each of the n rows."""
First = Callable[[Matrix, Matrix], int | None]
"""From a baseline and live rows, of any columns, to the row of the first alarm, from 1."""
Draw = Callable[[np.random.Generator, tuple[int, int]], Matrix]

CHANGES: Mapping[str, Callable[[Matrix], Matrix]] = {
    "+0.25 sd": lambda values: values + 0.25,
    "+0.5 sd": lambda values: values + 0.5,
    "+1 sd": lambda values: values + 1.0,
    "+2 sd": lambda values: values + 2.0,
    "spread x 1.3": lambda values: values * 1.3,
    "spread x 0.7": lambda values: values * 0.7,
}
LONGEST = {
    "+0.25 sd": 5_000,
    "+0.5 sd": 3_000,
    "+1 sd": 1_500,
    "+2 sd": 1_000,
    "spread x 1.3": 4_000,
    "spread x 0.7": 4_000,
}


class Records(Struct, frozen=True):
    """Of one epoch: rows (from 1) at which the score was greater than before, and the scores there."""

    rows: NDArray[np.int64]
    scores: Matrix

    def first(self, threshold: float) -> int | None:
        """Return the row of the first alarm."""
        place = int(np.searchsorted(self.scores, threshold, side="left"))
        return int(self.rows[place]) if place < self.rows.size else None


def records_of(scores: Matrix) -> Records:
    """Return the records of an epoch's scores."""
    before = np.concatenate([[-np.inf], np.maximum.accumulate(scores)[:-1]])
    rows = np.nonzero(scores > before)[0]
    return Records(rows + 1, scores[rows])


def unchanged(score: Score, epochs: int, seed: int, rows: int = A) -> list[Records]:
    """Run epochs in which nothing changes, each with a baseline of its own."""
    found = []
    for epoch in range(epochs):
        draw = np.random.default_rng([seed, epoch])
        found.append(records_of(score(draw.normal(size=(BASELINE, COLUMNS)), draw.normal(size=(rows, COLUMNS)))))
    return found


def rows_per_alarm(epochs: Sequence[Records], threshold: float, rows: int = A) -> tuple[float, int]:
    """Return rows per false alarm at a threshold, epochs ending with their first, and how many alarms that is."""
    firsts = [each.first(threshold) for each in epochs]
    alarms = sum(first is not None for first in firsts)
    return sum(rows if first is None else first for first in firsts) / max(alarms, 1), alarms


def threshold_for(epochs: Sequence[Records], wanted: float = A) -> float:
    """Return the smallest threshold at which there are `wanted` rows per alarm or more, by bisection."""
    scores = np.unique(np.concatenate([each.scores for each in epochs]))
    low, high = 0, scores.size - 1
    while low < high:
        middle = (low + high) // 2
        enough = rows_per_alarm(epochs, float(scores[middle]))[0] >= wanted
        low, high = (low, middle) if enough else (middle + 1, high)
    return float(scores[low])


def changed_stream(change: str, seed: int, stream: int, size: int = BASELINE) -> tuple[Matrix, Matrix]:
    """Return a baseline of `size` rows, and live rows whose first column changes after row `UNCHANGED`."""
    draw = np.random.default_rng([seed, stream])
    baseline, live = draw.normal(size=(size, COLUMNS)), draw.normal(size=(UNCHANGED + LONGEST[change], COLUMNS))
    live[UNCHANGED:, 0] = CHANGES[change](live[UNCHANGED:, 0])
    return baseline, live


def median_delay(found: Sequence[int | None]) -> float:
    """Return the median of rows since the change, of streams that had no alarm before it; infinite where not found."""
    late = [np.inf if row is None else row - UNCHANGED for row in found if row is None or row > UNCHANGED]
    return statistics.median(late)


def delays(score: Score, threshold: float, streams: int, seed: int) -> dict[str, float]:
    """Return the median delay of each change at a threshold.

    Only the column that changes is followed: the others have an alarm in the same rows in one stream of some hundreds.
    """
    found: dict[str, float] = {}
    for change in CHANGES:
        rows: list[int | None] = []
        for stream in range(streams):
            baseline, live = changed_stream(change, seed, stream)
            scores = score(baseline[:, :1], live[:, :1])
            rows.append(int((scores >= threshold).argmax()) + 1 if (scores >= threshold).any() else None)
        found[change] = median_delay(rows)
    return found


def beyond(score: Score, threshold: float) -> First:
    """A score and its threshold."""

    def first(baseline: Matrix, live: Matrix) -> int | None:
        alarming = score(baseline, live) >= threshold
        return int(alarming.argmax()) + 1 if alarming.any() else None

    return first


def begun(baseline: Matrix, stated: float = A) -> Watch:
    """Begin a watch against a baseline, told one false alarm in `stated` rows."""
    names = [f"c{place}" for place in range(baseline.shape[1])]
    built = build_baseline(pl.DataFrame(baseline, schema=names))
    return Watch.begin(built, WatchSettings(false_alarm_rows=stated), ["inputs"])


def feed(watch: Watch, live: Matrix, batch: int) -> list[Alarm]:
    """Let a watch judge rows, and return its alarms."""
    names, alarms = watch.quantities("inputs"), []
    for start in range(0, len(live), batch):
        part = live[start : start + batch]
        columns = {name: part[:, place] for place, name in enumerate(names)}
        alarms += watch.update("inputs", columns, [str(row) for row in range(len(part))])
    return alarms


def holdtrue(stated: float = A) -> First:
    """The watch, told one false alarm in `stated` rows."""

    def first(baseline: Matrix, live: Matrix) -> int | None:
        watch = begun(baseline, stated)
        for start in range(0, len(live), 1_000):
            alarms = feed(watch, live[start : start + 1_000], 1_000)
            if alarms:
                return alarms[0].at_row
        return None

    return first


def alarms_unchanged(
    first: First, epochs: int, seed: int, rows: int = A, draw: Draw = np.random.Generator.standard_normal
) -> tuple[float, int]:
    """Return rows per false alarm, epochs ending after so many rows, and how many alarms that is."""
    seen = alarms = 0
    for epoch in range(epochs):
        rng = np.random.default_rng([seed, epoch])
        row = first(draw(rng, (BASELINE, COLUMNS)), draw(rng, (rows, COLUMNS)))
        seen, alarms = seen + (row or rows), alarms + (row is not None)
    return seen / max(alarms, 1), alarms
