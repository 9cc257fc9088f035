"""How soon changes are found at one false alarm in 100,000 rows: the short form of what the benchmarks measure."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from monitored_streams import begin, feed

BASELINE = 2_000
Draw = Callable[[np.random.Generator, int], Any]


def delays(before: Draw, after: Draw, *, streams: int, rows: int, unchanged: int = 200, others: int = 0) -> list[float]:
    """Rows from the change to the alarm that names the quantity; infinite where it is not found in so many rows."""
    found = []
    for seed in range(streams):
        rng = np.random.default_rng([2026, seed])
        columns = {f"y{place}": rng.normal(size=BASELINE + unchanged + rows) for place in range(others)}
        base = {"x": before(rng, BASELINE)} | {name: values[:BASELINE] for name, values in columns.items()}
        now = [*before(rng, unchanged), *after(rng, rows)]
        live = {"x": np.array(now) if isinstance(now[0], float) else now}
        live |= {name: values[BASELINE:] for name, values in columns.items()}
        late = [alarm.at_row - unchanged for alarm in feed(begin(base), live) if alarm.quantity == "x"]
        found.append(float(late[0]) if late and late[0] > 0 else float("inf"))
    return found


@pytest.mark.parametrize(
    ("change", "rows", "within"),
    [
        (lambda values: values + 0.25, 2_500, 440),
        (lambda values: values + 0.5, 700, 115),
        (lambda values: values + 1.0, 300, 31),
        (lambda values: values * 1.3, 1_000, 185),
        (lambda values: values * 0.7, 700, 160),
    ],
)
def test_a_change_in_one_of_twenty_columns_is_found_soon(
    change: Callable[[Any], Any], rows: int, within: float
) -> None:
    """Medians of 21 streams vary by a tenth; those of 200 are in the docs."""
    late = delays(
        lambda rng, n: rng.normal(size=n),
        lambda rng, n: change(rng.normal(size=n)),
        streams=21,
        rows=rows,
        others=19,
    )
    assert statistics.median(late) <= 1.15 * within


def levels(shares: Any, rename: Callable[[int], int] = lambda place: place) -> Draw:
    """Draw levels by their shares."""
    names = [f"level {rename(place)}" for place in range(len(shares))]
    weights = np.asarray(shares, dtype=float) / np.sum(shares)
    return lambda rng, n: [names[place] for place in rng.choice(len(names), size=n, p=weights)]


EQUAL = np.full(500, 1 / 500)
ZIPF = 1 / np.arange(1, 501) / np.sum(1 / np.arange(1, 501))


@pytest.mark.parametrize(
    ("before", "after", "within"),
    [
        pytest.param(levels([0.995, 0.005]), levels([0.9, 0.1]), 80, id="a level of 0.5 % rises to 10 %"),
        pytest.param(levels([0.9, 0.1]), levels([1.0]), 150, id="a level of 10 % is seen no more"),
        pytest.param(levels([0.5, 0.5]), levels([0.5, 0.45, 0.05]), 200, id="a level never seen makes up 5 %"),
        pytest.param(levels(EQUAL), levels(np.append(0.95 * EQUAL, 0.05)), 1_200, id="500 equal levels and a new one"),
        pytest.param(levels(ZIPF), levels(np.append(0.95 * ZIPF, 0.05)), 1_400, id="500 Zipf levels and a new one"),
        pytest.param(levels(ZIPF), levels(ZIPF[::-1]), 80, id="500 Zipf levels in reverse"),
        pytest.param(levels(EQUAL), levels(EQUAL, lambda place: 500 + place), 10, id="500 equal levels, all new"),
    ],
)
def test_changes_of_levels_are_found_soon(before: Draw, after: Draw, within: float) -> None:
    """Among hundreds of levels a new one is told from chance once it is 1 % of all values seen, so later."""
    late = delays(before, after, streams=7, rows=2_500)
    assert statistics.median(late) <= within


def test_levels_that_come_and_go_are_found_each_time() -> None:
    """Every hundred rows another level makes up a third of the column, and none of them is in the baseline."""
    rng = np.random.default_rng(0)
    base = levels([0.7, 0.3])(rng, BASELINE)
    live = levels([0.7, 0.3])(rng, 300)
    for turn in range(10):
        live += [f"guest {turn}" if guest else "level 0" for guest in rng.random(100) < 1 / 3]
    (alarm,) = feed(begin({"x": base}), {"x": live})
    assert 300 < alarm.at_row <= 340


def test_slow_drift_is_found_although_the_reference_grows() -> None:
    """A rise by 1 sd spread over 50,000 rows is found when it has reached a fifth of it, in one of 20 columns."""
    late = delays(
        lambda rng, n: rng.normal(size=n),
        lambda rng, n: rng.normal(size=n) + np.arange(n) / 50_000,
        streams=5,
        rows=12_000,
        others=19,
    )
    assert statistics.median(late) <= 10_000


def test_memory_does_not_grow_with_rows() -> None:
    rng = np.random.default_rng(0)

    def columns(n: int) -> dict[str, Any]:
        numbers = {f"x{place}": rng.normal(size=n) for place in range(80)}
        return numbers | {f"k{place}": levels(ZIPF)(rng, n) for place in range(20)}

    watch = begin(columns(2_000))
    sizes = []
    for rows in (4_000, 4_000):
        feed(watch, columns(rows))
        sizes.append(len(watch.to_bytes()))
    assert sizes[1] < 10_000_000
    assert sizes[1] < 1.05 * sizes[0]
