"""Grids of bets and their stakes, compared: rows per false alarm, and median delays, in 1 of 20 columns of numbers.

Ranks of numbers without ties do not depend on the data's distribution, so this needs no watch: uniform ranks where
nothing changes, ranks among 2,000 baseline and all live values where one column does, after 500 rows. Of the other
columns only the stakes count. The grid in use is the first row. Not part of `make bench`.

    python benchmarks/grid_of_bets.py --epochs 200 --streams 400
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from statistics import NormalDist
from typing import Any

import numba
import numpy as np
from measuring import print_machine
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.monitors.detectors.bets import CELLS, CLIP, PLACES, SPREADS, STAKES, bets

A, COLUMNS, BASELINE, UNCHANGED = 100_000, 20, 2_000, 500
CHANGES: dict[str, tuple[int, Callable[[Any], Any]]] = {
    "+0.125 sd": (8_000, lambda values: values + 0.125),
    "+0.25 sd": (3_000, lambda values: values + 0.25),
    "+0.5 sd": (700, lambda values: values + 0.5),
    "+1 sd": (200, lambda values: values + 1.0),
    "+2 sd": (60, lambda values: values + 2.0),
    "x 1.3": (1_000, lambda values: values * 1.3),
    "x 0.7": (800, lambda values: values * 0.7),
    "x 0.4": (300, lambda values: values * 0.4),
}

Floats = NDArray[np.float64]


class Grid(Struct, frozen=True):
    """Bets on place and on spread, and their stakes."""

    places: tuple[float, ...]
    spreads: tuple[float, ...]
    stakes: tuple[float, ...]

    def steps(self) -> Floats:
        """Return the bets' densities, shape (CELLS, bets)."""
        normal = NormalDist()
        z = np.array([normal.inv_cdf(u) for u in np.clip(np.arange(CELLS + 1) / CELLS, CLIP, 1 - CLIP)])
        columns = []
        for delta, sigma in [(delta, 1.0) for delta in self.places] + [(0.0, sigma) for sigma in self.spreads]:
            within = np.diff([normal.cdf((score - delta) / sigma) for score in z]) * CELLS
            ends = np.exp(z**2 / 2 - (z - delta) ** 2 / (2 * sigma**2)) / sigma
            first = np.arange(CELLS) < CELLS / 2
            step = np.where(np.diff(z) > 0, within, np.where(first, ends[0], ends[-1]))
            columns.append(step / step.mean())
        return np.ascontiguousarray(np.stack(columns, axis=1))


def even(places: tuple[float, ...], spreads: tuple[float, ...]) -> Grid:
    """Return a grid with even stakes."""
    count = len(places) + len(spreads)
    return Grid(places, spreads, (1 / count,) * count)


TEN = (0.125, -0.125, 0.25, -0.25, 0.5, -0.5, 1.0, -1.0, 1.75, -1.75)
GRIDS = {
    "in use": Grid(PLACES, SPREADS, STAKES),
    "the same, even stakes": even(PLACES, SPREADS),
    "15 bets, even stakes": even(TEN, (0.5, 0.75, 1.15, 1.3, 1.6)),
    "without 1/8 sd": Grid(PLACES[2:], SPREADS, tuple(stake / sum(STAKES[2:]) for stake in STAKES[2:])),
    "more on 1/4 sd": Grid(PLACES, SPREADS, (0.05, 0.05, 0.25, 0.25, 0.04, 0.04, 0.06, 0.06, 0.02, 0.03, 0.14, 0.01)),
    "more on 1/2 and 1 sd": Grid(
        PLACES, SPREADS, (0.03, 0.03, 0.13, 0.13, 0.09, 0.09, 0.14, 0.14, 0.02, 0.03, 0.16, 0.01)
    ),
}


@numba.njit(cache=True, nogil=True)
def rows_to_alarm(seed: int, steps: Any, stakes: Any, threshold: float, epochs: int, longest: int) -> Any:
    """Return the rows of epochs in which nothing changes, each until its first alarm."""
    np.random.seed(seed)
    out = np.full(epochs, longest)
    for epoch in range(epochs):
        total = np.zeros((COLUMNS, stakes.size))
        for row in range(longest):
            whole = 0.0
            for column in range(COLUMNS):
                cell = int(np.random.random() * steps.shape[0])
                for bet in range(stakes.size):
                    total[column, bet] = (total[column, bet] + stakes[bet]) * steps[cell, bet]
                    whole += total[column, bet]
            if whole / COLUMNS >= threshold:
                out[epoch] = row + 1
                break
    return out


@numba.njit(cache=True, nogil=True)
def delay(values: Any, lots: Any, steps: Any, stakes: Any, threshold: float) -> Any:
    """Return the rows from the change to the alarm of the column that changes; infinite where it is not found.

    The values are the baseline's, then the live ones.
    """
    n = values.size
    tree = np.zeros(n + 1, dtype=np.int64)
    order = np.argsort(np.argsort(values))
    total = np.zeros(stakes.size)
    for i in range(n):
        if i >= BASELINE:
            less, place = 0, order[i]
            while place > 0:
                less += tree[place]
                place &= place - 1
            cell = int((less + lots[i]) / (i + 1) * steps.shape[0])
            whole = 0.0
            for bet in range(stakes.size):
                total[bet] = (total[bet] + stakes[bet]) * steps[cell, bet]
                whole += total[bet]
            if i >= BASELINE + UNCHANGED and whole / COLUMNS >= threshold:
                return float(i + 1 - BASELINE - UNCHANGED)
        place = order[i] + 1
        while place <= n:
            tree[place] += 1
            place += place & -place
    return np.inf


def main() -> None:
    """Compare and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=200)
    parser.add_argument("--streams", type=int, default=400)
    parser.add_argument("--seed", type=int, default=7)
    asked = parser.parse_args()
    print_machine("numpy", "numba")
    assert np.allclose(GRIDS["in use"].steps(), bets().steps, rtol=1e-12)
    print(f"{'':24} {'rows/alarm':>11}" + "".join(f"{change:>10}" for change in CHANGES))
    for name, grid in GRIDS.items():
        steps, stakes = grid.steps(), np.array(grid.stakes)
        mean = rows_to_alarm(asked.seed, steps, stakes, float(A), asked.epochs, 20 * A).mean()
        medians = []
        for rows, change in CHANGES.values():
            found = []
            for stream in range(asked.streams):
                draw = np.random.default_rng([asked.seed, stream])
                values = draw.normal(size=BASELINE + UNCHANGED + rows)
                values[BASELINE + UNCHANGED :] = change(values[BASELINE + UNCHANGED :])
                found.append(delay(values, draw.random(values.size), steps, stakes, float(A)))
            medians.append(np.median(found))
        print(f"{name:24} {mean:>11,.0f}" + "".join(f"{each:>10,.0f}" for each in medians), flush=True)


if __name__ == "__main__":
    main()
