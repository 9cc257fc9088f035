"""How long CVMDriftOnline takes to simulate one stream, from which it finds its thresholds; on one core.

    python alibi_detect_simulation.py BASELINE_ROWS COLUMNS WINDOW...

Printed as JSON, with the version.
"""

from __future__ import annotations

import json
import sys
import time
from importlib.metadata import version

import numba
import numpy as np
from alibi_detect.cd import CVMDriftOnline

STREAMS = 128


class Timed(CVMDriftOnline):  # type: ignore[misc]
    """Simulates its streams twice, for it compiles in the first; thresholds are not asked for."""

    seconds = 0.0

    def _configure_thresholds(self) -> None:
        for _ in range(2):
            began = time.perf_counter()
            self._simulate_streams(2 * self.max_ws - 1)
            self.seconds = (time.perf_counter() - began) / self.n_bootstraps


def main() -> None:
    """Print the seconds."""
    rows, columns, *windows = map(int, sys.argv[1:])
    numba.set_num_threads(1)
    baseline = np.random.default_rng(0).normal(size=(rows, columns))
    timed = Timed(baseline, ert=100, window_sizes=windows, n_bootstraps=STREAMS, verbose=False)
    print(json.dumps({"seconds": timed.seconds, "version": version("alibi-detect")}))


if __name__ == "__main__":
    main()
