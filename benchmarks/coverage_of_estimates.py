"""How often the interval of an estimate holds what labels say, where what is true does not change: simulated.

Each of some rounds (seeds 1,000 and on) draws 2,000 held rows, fits an estimator, and draws windows of live rows, like
the held ones or shifted to where errors are larger: of a regression whose errors grow with size, and of two classes
whose probabilities are too great.
"""

from __future__ import annotations

import argparse

import numpy as np
from measuring import print_machine
from numpy.typing import NDArray

from holdtrue.monitors import Estimator, Sums, estimate, fit_estimator

HELD = 2_000
WINDOWS = (250, 2_000)

Vector = NDArray[np.float64]


def amounts(draw: np.random.Generator, rows: int, shifted: bool) -> tuple[Vector, Vector]:
    """Draw predictions and truths of a regression: large ones are less sure; shifted, all are large."""
    size = draw.uniform(6 if shifted else 1, 10, rows)
    return 5 * size, 5 * size + draw.normal(0, size)


def classes(draw: np.random.Generator, rows: int, shifted: bool) -> tuple[Vector, Vector]:
    """Draw probabilities, too great ones, and classes; shifted, most are great."""
    said = draw.beta(4 if shifted else 2, 2, rows)
    return said, (draw.random(rows) < said**1.5).astype(np.float64)


def held(estimator: Estimator, predictions: Vector, truth: Vector) -> dict[str, bool]:
    """Return for each metric whether its interval holds what the labels say."""
    sums = Sums()
    sums.add(estimator.label_figures(predictions, truth))
    known = estimator.realised(sums)
    found = estimate(estimator, predictions[:, None], predictions)
    return {each.name: each.low <= known[each.name] <= each.high for each in found}


def main() -> None:
    """Count and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=300)
    rounds = parser.parse_args().rounds
    print_machine()
    counts: dict[tuple[str, bool, int, str], list[bool]] = {}
    for seed in range(rounds):
        draw = np.random.default_rng(1_000 + seed)
        for task, drawn in (("regression", amounts), ("binary", classes)):
            predictions, truth = drawn(draw, HELD, False)
            estimator = fit_estimator(task, predictions[:, None], predictions, truth).estimator  # type: ignore[arg-type]
            assert estimator is not None
            for shifted in (False, True):
                for rows in WINDOWS:
                    for name, inside in held(estimator, *drawn(draw, rows, shifted)).items():
                        counts.setdefault((task, shifted, rows, name), []).append(inside)
    print(f"share of intervals that hold the truth, {rounds} rounds, {HELD:,} held rows; 95% is stated")
    for (task, shifted, rows, name), each in counts.items():
        print(f"  {task:12}{'shifted' if shifted else 'alike':9}{rows:6,} rows  {name:12}{np.mean(each):7.1%}")


if __name__ == "__main__":
    main()
