"""A budget of rows and of days: what observations spend of it never adds up to more than either allows."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from monitored_streams import begin

from holdtrue.foundation import DAY, SECOND, WrongUse
from holdtrue.monitors import WatchSettings
from holdtrue.monitors.spending import NO_CLOCK, SpendingState

steps = st.lists(st.tuples(st.integers(0, 2_000), st.integers(-DAY, 3 * DAY)), min_size=1, max_size=60)


@given(steps, st.floats(100, 1e6), st.floats(0.1, 400), st.integers(1, 60))
def test_neither_rows_nor_time_are_overspent(taken: list[tuple[int, int]], rows: float, days: float, cut: int) -> None:
    budget = WatchSettings(false_alarm_rows=rows, false_alarm_days=days).budget
    asked = np.cumsum([step for step, _ in taken])
    clock = np.cumsum([micros for _, micros in taken]) + 10**15
    ticks, state = budget.spend(SpendingState(), asked, clock)
    first, half = budget.spend(SpendingState(), asked[:cut], clock[:cut])
    rest, again = budget.spend(half, asked[cut:], clock[cut:])
    assert np.array_equal(ticks, np.concatenate([first, rest])) and state == again
    elapsed = np.maximum.accumulate(clock) - clock[0]
    spent = np.cumsum(ticks)
    assert (ticks >= 0).all() and (ticks <= max(1.0, rows / 1000)).all()
    assert (spent <= asked + 1e-6).all()
    assert (spent <= 1 + elapsed / (days * DAY) * rows + 1e-6).all()


def test_each_unit_alone_is_spent_whole() -> None:
    every_hour = np.arange(1000) * 3600 * SECOND
    asked = np.arange(1, 1001)
    by_rows, _ = WatchSettings(false_alarm_rows=5_000).budget.spend(SpendingState(), asked, every_hour)
    assert (by_rows == 1).all()
    by_time = WatchSettings(false_alarm_rows=None, false_alarm_days=30).budget
    ticks, _ = by_time.spend(SpendingState(), asked, every_hour)
    # An hour is a 720th of 30 days, and no observation spends more than a thousandth.
    assert ticks[1:] == pytest.approx(by_time.rows / 1000)
    ticks, _ = by_time.spend(SpendingState(), asked, every_hour // 4)
    assert ticks[1:] == pytest.approx(by_time.rows / 2880)


def test_time_that_is_not_known_or_leaps_buys_no_more_than_one_false_alarm() -> None:
    budget = WatchSettings(false_alarm_rows=5_000, false_alarm_days=30).budget
    now = 1_790_000_000 * SECOND
    ticks, state = budget.spend(SpendingState(), np.arange(1, 4), np.array([NO_CLOCK, NO_CLOCK, now]))
    assert ticks.tolist() == [1, 0, 0] and state == SpendingState(3, now, 0.0)
    _, state = budget.spend(SpendingState(), np.arange(1, 3), np.array([0, now]))  # the first row is dated 1970
    assert state.saved <= 5_000


def test_a_group_that_sees_every_tenth_row_has_the_same_budget() -> None:
    budget = WatchSettings(false_alarm_rows=100_000).budget
    ticks, state = budget.spend(SpendingState(), np.arange(10, 1010, 10), None)
    assert (ticks == 10).all()
    # After a long silence one observation still says little.
    assert budget.spend(state, np.array([90_000]), None)[0].tolist() == [100.0]


@pytest.mark.parametrize("per_day", [20_000, 200])
def test_false_alarms_are_as_rare_as_both_units_state(per_day: int) -> None:
    """4 days or 4,000 rows, whichever is rarer: days where there is much traffic, rows where there is little."""
    rng = np.random.default_rng(11)
    rows = alarms = 0
    while rows < 240_000:
        watch = begin({"x": rng.normal(size=500)}, false_alarm_rows=4_000, false_alarm_days=4)
        done = 0
        while done < 60_000:
            times = (done + np.arange(2_000)) * DAY // per_day
            values = rng.normal(size=2_000)
            found = watch.update("inputs", {"x": values}, [str(place) for place in range(2_000)], times)
            done += 2_000
            if found:
                alarms += 1
                break
        rows += done
    rarer = min(rows / 4_000, rows / per_day / 4)
    assert rarer >= 3
    # At the stated rate more than this would come in 1 of 1,000 runs (Poisson).
    assert alarms <= rarer + 3.1 * rarer**0.5 + 1


def test_a_change_is_found_at_any_traffic() -> None:
    rng = np.random.default_rng(5)
    found = {}
    for per_day in (10, 10_000, 10_000_000):
        watch = begin({"x": rng.normal(size=2_000)}, false_alarm_rows=100_000, false_alarm_days=30)
        times = np.arange(3_000) * DAY // per_day
        values = np.concatenate([rng.normal(size=2_000), rng.normal(1.0, 1.0, 1_000)])
        (alarm,) = watch.update("inputs", {"x": values}, [str(place) for place in range(3_000)], times)
        found[per_day] = alarm.at_row - 2_000
    assert 0 < found[10] <= found[10_000] <= found[10_000_000] < 100


@pytest.mark.parametrize("weight", [0.0, -1.0, float("inf"), float("nan")])
def test_a_weight_that_would_silence_a_group_is_refused(weight: float) -> None:
    with pytest.raises(WrongUse, match="the weight of inputs"):
        WatchSettings(weights={"inputs": weight})
