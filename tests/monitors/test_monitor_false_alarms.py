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
    few_enough(size, stated_rows=STATED, rows_in_all=ROWS)


@pytest.mark.heavy
@pytest.mark.parametrize("size", [500, 2_000, 20_000])
def test_false_alarms_are_fewer_than_one_in_ten_thousand_rows(size: int) -> None:
    """The same at a rate nearer to what is used: 200 alarms would be expected in two million rows."""
    few_enough(size, stated_rows=10_000, rows_in_all=2_000_000)


def few_enough(size: int, *, stated_rows: int, rows_in_all: int) -> None:
    rng = np.random.default_rng(size)
    rows = alarms = 0
    while rows < rows_in_all:
        watch = begin(mixed(rng, size), false_alarm_rows=stated_rows)
        seen = 0
        while rows + seen < rows_in_all:
            raised = feed(watch, mixed(rng, 500))
            if raised:
                alarms += 1
                seen = raised[0].at_row
                break
            seen = watch.rows("inputs")
        rows += seen
    stated = rows_in_all / stated_rows
    assert alarms >= stated / 5
    assert poisson_at_most(alarms, stated) < 0.01, f"{alarms} alarms in {rows} rows, stated at most {stated:.0f}"
