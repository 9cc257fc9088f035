"""At most one false alarm per A rows: measured, on streams of the kinds that break detectors."""

from __future__ import annotations

import math

import numpy as np
import pytest
from monitored_streams import begin, feed, mixed

STATED = 2_000
ROWS = 210_000


def poisson_at_most(k: int, mean: float) -> float:
    """P(a Poisson count is at most k)."""
    return math.fsum(math.exp(-mean + i * math.log(mean) - math.lgamma(i + 1)) for i in range(k + 1))


@pytest.mark.parametrize("size", [500, 2_000])
def test_false_alarms_are_fewer_than_stated(size: int) -> None:
    """Many epochs, each with its own baseline, run until their first alarm; the rows add up to 210,000.

    If the rate were one per 2,000 rows or more, 105 or more alarms would be expected, and as few as are allowed here
    would come in less than 1 run of 100 (about Poisson: alarms of separate epochs are independent). At least a fifth
    of the stated must come too, or the detectors would be wasting the budget. Seeds are fixed.
    """
    rng = np.random.default_rng(size)
    rows = alarms = 0
    while rows < ROWS:
        watch = begin(mixed(rng, size), false_alarm_rows=STATED)
        seen = 0
        while rows + seen < ROWS:
            raised = feed(watch, mixed(rng, 500))
            if raised:
                alarms += 1
                seen = raised[0].at_row
                break
            seen = watch.rows("inputs")
        rows += seen
    stated = ROWS / STATED
    assert alarms >= stated / 5
    assert poisson_at_most(alarms, stated) < 0.01, f"{alarms} alarms in {ROWS} rows, stated at most {stated:.0f}"
