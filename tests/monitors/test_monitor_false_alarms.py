"""At most one false alarm per A rows: measured, on streams of the kinds that break detectors."""

from __future__ import annotations

import numpy as np
import pytest
from monitored_streams import begin, feed, mixed
from scipy import stats

STATED = 2_000
ROWS = 210_000


def fewest_expected(alarms: int) -> float:
    """The mean at which as many alarms or more come in 2.5 % of runs: the lower end of a 95 % interval (Poisson)."""
    return float(stats.chi2.ppf(0.025, 2 * alarms) / 2)


@pytest.mark.parametrize("size", [500, 2_000])
def test_false_alarms_are_fewer_than_stated(size: int) -> None:
    """Many epochs, each with its own baseline, run until their first alarm; the rows add up to 210,000.

    The stated rate is 105 alarms in as many rows. What is measured may be a tenth above that, and not above it beyond
    chance (about Poisson: alarms of separate epochs are independent). Half of the stated must come too, or the
    detectors would be wasting the budget. Seeds are fixed.
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
    assert alarms >= stated / 2
    assert alarms <= 1.1 * stated, f"{alarms} alarms in {rows} rows, stated at most {stated:.0f}"
    assert fewest_expected(alarms) <= stated
