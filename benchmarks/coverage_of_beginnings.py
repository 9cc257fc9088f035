"""How often the interval of a change's beginning holds the true row, and how long it is: 90% is stated.

python benchmarks/coverage_of_beginnings.py --streams 300
"""

from __future__ import annotations

import argparse
import statistics

import numpy as np
import polars as pl
from measuring import print_machine

from holdtrue.monitors import Watch, WatchSettings
from holdtrue.monitors.diagnosis.beginning import interval_of, of_hits, of_scores, shares_of_starts
from holdtrue.monitors.diagnosis.scores import scores_of
from holdtrue.profiles import NumericReference, build_baseline

MORE = 200


def main() -> None:
    """Print a line for each size of change."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--streams", type=int, default=300)
    parser.add_argument("--baseline", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=20261124)
    asked = parser.parse_args()
    print_machine()
    print(f"{'change':<22}{'found':>6}{'covered at':>12}{'later':>8}{'rows at':>10}{'later':>8}")
    for name, shift, sigma in (
        ("0.25 sd", 0.25, 1.0),
        ("0.5 sd", 0.5, 1.0),
        ("1 sd", 1.0, 1.0),
        ("2 sd", 2.0, 1.0),
        ("4 sd", 4.0, 1.0),
        ("spread x 1.6", 0.0, 1.6),
        ("missing 15%", 0.0, 0.0),
    ):
        covered: list[list[bool]] = [[], []]
        lengths: list[list[int]] = [[], []]
        for each in range(asked.streams):
            rng = np.random.default_rng((asked.seed, each))
            baseline = build_baseline(pl.DataFrame({"x": rng.normal(size=asked.baseline)}))
            start = int(rng.integers(100, 1000))
            values = rng.normal(size=start + 3000)
            values[start:] = values[start:] * (sigma or 1.0) + shift
            if not sigma:
                values[start:][rng.random(values.size - start) < 0.15] = np.nan
            raised = Watch.begin(baseline, WatchSettings()).update(
                "inputs", {"x": values}, [str(i) for i in range(values.size)]
            )
            if not raised or raised[0].at_row <= start:
                continue
            reference = baseline.groups["inputs"]["x"]
            assert isinstance(reference, NumericReference)
            for look, end in enumerate((raised[0].at_row, raised[0].at_row + MORE)):
                seen = values[:end]
                logs = of_scores(scores_of(reference, seen)) if sigma else of_hits(np.isnan(seen).astype(float), 0.0)
                first, last = interval_of(shares_of_starts(logs))
                covered[look].append(first <= start <= last)
                lengths[look].append(last - first + 1)
        shares = [statistics.mean(each) for each in covered]
        print(
            f"{name:<22}{len(covered[0]):>6}{shares[0]:>12.0%}{shares[1]:>8.0%}"
            f"{statistics.median(lengths[0]):>10.0f}{statistics.median(lengths[1]):>8.0f}",
            flush=True,
        )


if __name__ == "__main__":
    main()
