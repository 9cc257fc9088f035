"""Rows that depend on each other are judged block by block: calm while nothing changes, and a change is found."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from monitored_streams import MINUTE

from holdtrue.foundation import WrongUse
from holdtrue.monitors import Watch, WatchSettings
from holdtrue.profiles import Block, Season, block_reference, build_baseline, numeric_reference

HOUR = 60 * MINUTE
DAILY = Block("day")


def machine(rng: np.random.Generator, days: int) -> dict[str, Any]:
    """An hourly reading: warm by day, each day warmer or colder as a whole; who tends it changes by the day too."""
    hours = np.arange(24 * days)
    day = np.repeat(rng.normal(size=days), 24)
    who = np.repeat(rng.choice(["ann", "bob", "eve"], size=days, p=[0.6, 0.3, 0.1]), 24)
    gappy = rng.normal(size=hours.size)
    gappy[rng.random(hours.size) < 0.05] = np.nan
    return {
        "heat": 20 + 5 * np.sin(2 * np.pi * hours / 24) + day + 0.3 * rng.normal(size=hours.size),
        "gappy": gappy,
        "who": who.tolist(),
    }


def begin(rows: dict[str, Any], *, season: Season | None = None, block: Block | None = DAILY, **more: Any) -> Watch:
    times = HOUR * np.arange(len(rows["who"]))
    baseline = build_baseline(
        pl.DataFrame(rows),
        season=season,
        seasons=season.places(times) if season else None,
        block=block,
        blocks=block.places(times) if block else None,
    )
    return Watch.begin(baseline, WatchSettings(**more), ["inputs"])


def feed(watch: Watch, rows: dict[str, Any], first: int = 0, last: int | None = None) -> list[Any]:
    span = range(len(rows["who"]))[first:last]
    part = {name: values[first:last] for name, values in rows.items()}
    return watch.update("inputs", part, [f"hour {i}" for i in span], HOUR * np.array(span, dtype=np.int64))


def test_dependent_rows_alarm_one_by_one_and_not_by_the_day() -> None:
    rng = np.random.default_rng(3)
    before, now = machine(rng, 200), machine(rng, 200)
    assert feed(begin(before, block=None, false_alarm_rows=50_000), now)
    watch = begin(before, season=Season("hour"), false_alarm_rows=50_000)
    assert feed(watch, now) == []
    assert watch.rows("inputs") == 4_800 and watch.evidence()["inputs"].rows == 4_800


@pytest.mark.parametrize("quantity", ["heat", "who", "gappy"])
def test_a_change_is_found_by_the_day_and_told_in_rows(quantity: str) -> None:
    rng = np.random.default_rng(4)
    before, now = machine(rng, 200), machine(rng, 100)
    if quantity == "heat":
        now["heat"][1_200:] += 2.0
    elif quantity == "who":
        now["who"][1_200:] = ["eve"] * 1_200
    else:
        now["gappy"][1_200:][rng.random(1_200) < 0.5] = np.nan
    (alarm, *_) = feed(begin(before, season=Season("hour"), false_alarm_rows=10_000), now)
    assert alarm.quantity == quantity
    assert 1_200 < alarm.at_row <= 1_200 + 24 * 14 and alarm.at_row % 24 == 0
    assert 1_200 - 24 * 10 <= alarm.began_row <= alarm.at_row and alarm.began_row % 24 == 0
    assert alarm.at_id == f"hour {alarm.at_row - 1}" and alarm.began_id == f"hour {alarm.began_row}"
    assert alarm.rows_taken == alarm.at_row - alarm.began_row
    if quantity == "who":
        assert alarm.level == "eve" and alarm.reference.mean == pytest.approx(0.1, abs=0.05)
        assert alarm.live.mean > 0.6
    elif quantity == "heat":
        assert alarm.live.mean - alarm.reference.mean > 0.8


@given(
    seed=st.integers(0, 10_000),
    cuts=st.lists(st.integers(0, 480), max_size=5).map(sorted),
    stored=st.booleans(),
    block=st.sampled_from([DAILY, Block("hour"), Block("rows", 10)]),
    season=st.sampled_from([None, Season("hour"), Season("weekday")]),
)
@settings(max_examples=25, deadline=None)
def test_batches_of_any_sizes_leave_the_same_bits(
    seed: int, cuts: list[int], stored: bool, block: Block, season: Season | None
) -> None:
    rng = np.random.default_rng(seed)
    before, now = machine(rng, 30), machine(rng, 20)
    now["heat"][240:] += 3.0
    whole = begin(before, season=season, block=block, false_alarm_rows=500)
    found = feed(whole, now)
    watch = begin(before, season=season, block=block, false_alarm_rows=500)
    again = []
    for first, last in zip([0, *cuts], [*cuts, 480], strict=True):
        again += feed(watch, now, first, last)
        watch = Watch.from_bytes(watch.to_bytes()) if stored else watch
    assert (again, watch.alarms) == (found, whole.alarms)
    assert watch.to_bytes() == whole.to_bytes()


@given(st.lists(st.tuples(st.integers(-3, 3).map(float), st.integers(0, 3)), min_size=8, max_size=60))
def test_a_blocks_figure_is_its_mean_rank_among_all_rows(rows: list[tuple[float, int]]) -> None:
    values, blocks = np.array([x for x, _ in rows]), np.unique([b for _, b in rows], return_inverse=True)[1]
    whole = numeric_reference(values)
    found = block_reference(whole, [whole], values, np.zeros(len(rows), dtype=np.int64), blocks).lanes[""]
    slow = [
        np.mean([(np.sum(values < x) + np.sum(values == x) / 2) / values.size for x in values[blocks == block]]) - 0.5
        for block in np.unique(blocks)
    ]
    assert found.n == len(slow)
    np.testing.assert_allclose([found.min, found.max, found.mean], [min(slow), max(slow), np.mean(slow)], atol=1e-9)


def test_a_level_that_is_rarer_in_some_months_is_compared_with_the_days_of_the_same_month() -> None:
    """Days without it are all alike within a month, and from month to month as unlike as its shares."""
    rng, days, months = np.random.default_rng(12), 365, Season("month")

    def skies() -> dict[str, Any]:
        share = np.repeat(np.where(np.arange(days) // 30 % 2, 0.1, 0.002), 24)
        return {"who": np.where(rng.random(24 * days) < share, "fog", "clear").tolist()}

    before, now = skies(), skies()
    watch = begin(before, season=months, false_alarm_rows=100_000)
    assert feed(watch, now) == []
    now["who"][24 * 40 :] = np.where(rng.random(24 * (days - 40)) < 0.3, "fog", now["who"][24 * 40 :]).tolist()
    (alarm, *_) = feed(begin(before, season=months, false_alarm_rows=100_000), now)
    assert alarm.level in ("fog", "clear") and 24 * 40 < alarm.at_row < 24 * 60


def test_the_rate_is_kept_over_blocks() -> None:
    """Of 300 blocks, at one false alarm in 100, there may be 3; over 40 streams at most 120."""
    alarms = 0
    for seed in range(40):
        rng = np.random.default_rng([11, seed])
        watch = begin(machine(rng, 60), season=Season("hour"), false_alarm_rows=2_400)
        watched, now = 0, machine(rng, 300)
        while watched < 7_200:
            (alarm, *_) = [*feed(watch, now, watched), None]
            alarms += alarm is not None
            watched = 7_200 if alarm is None else watched + alarm.at_row
            watch = begin(machine(rng, 60), season=Season("hour"), false_alarm_rows=2_400)
    assert 40 < alarms < 120 + 2.33 * 120**0.5


def test_wrong_use_of_blocks_is_told() -> None:
    rows = machine(np.random.default_rng(0), 5)
    with pytest.raises(WrongUse, match=r"it must be given which block each of the 120 rows is of"):
        build_baseline(pl.DataFrame(rows), block=DAILY)
    watch = begin(rows)
    with pytest.raises(WrongUse, match=r"inputs is watched by the day, and a row has no time"):
        watch.update("inputs", {name: values[:1] for name, values in rows.items()}, ["a"])
    assert watch.rows("inputs") == 0
