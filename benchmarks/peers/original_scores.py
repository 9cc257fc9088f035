"""Scores by the peers' own code, on the rows of a file: what `compiled_scores.py` is held against.

    python original_scores.py mapie|driftfdr|alibi-detect FILE

The file holds `baseline` and `live`, of one column; the scores are printed as a list of JSON, with the version.
"""

from __future__ import annotations

import json
import sys
import warnings
from importlib.metadata import version
from typing import Any

import numpy as np

WINDOWS = (25, 100, 400)


def mapie(baseline: Any, live: Any) -> list[float]:
    """The logarithm of the jumper martingale; `live` are p-values here."""
    from mapie.exchangeability_testing import OnlineMartingaleTest

    test = OnlineMartingaleTest(task="regression", warn=False)
    return [float(np.log(test.update_simple_jumper_martingale(float(p)))) for p in live]


def driftfdr(baseline: Any, live: Any) -> list[float]:
    """ECUSUM's score, with a window begun every 100 rows and 5 looked back over."""
    from driftfdr import ECUSUM

    stream = ECUSUM().start_stream(baseline)
    scores = []
    for row, value in enumerate(live.tolist()):
        if row and row % 100 == 0:
            stream.roll(5)
        scores.append(float(stream.update(value)))
    return scores


def alibi_detect(baseline: Any, live: Any) -> list[float]:
    """The largest of CVMDriftOnline's statistics over its windows."""
    from alibi_detect.cd import CVMDriftOnline

    class Statistic(CVMDriftOnline):  # type: ignore[misc]
        """Without thresholds, which take too long to simulate for one alarm in 2,000,000 values."""

        def _configure_thresholds(self) -> None:
            self.thresholds = np.full((2 * self.max_ws - 1, 1), np.inf)

    detector = Statistic(baseline, ert=100, window_sizes=list(WINDOWS), verbose=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [float(np.nanmax(detector.score(value))) for value in live]
    return [-1e300 if np.isnan(score) else score for score in found]


PEERS = {"mapie": mapie, "driftfdr": driftfdr, "alibi-detect": alibi_detect}


def main() -> None:
    """Print the scores."""
    name, file = sys.argv[1:]
    held = np.load(file)
    print(json.dumps({"version": version(name), "scores": PEERS[name](held["baseline"], held["live"])}))


if __name__ == "__main__":
    main()
