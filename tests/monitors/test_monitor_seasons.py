"""What comes and goes with the hour, the weekday or the month is no change; what changes within them is."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import polars as pl
import pytest
from monitored_streams import MINUTE, begin, feed

from holdtrue.foundation import WrongUse
from holdtrue.monitors import Watch, WatchSettings
from holdtrue.profiles import Season, build_baseline

DAY = 24 * 60 * MINUTE


def daily(rng: np.random.Generator, minutes: np.ndarray) -> dict[str, Any]:
    """Three quantities that follow the hour: a number, a name, and how often a number is missing."""
    hour = minutes // 60 % 24
    gappy = rng.normal(size=minutes.size)
    gappy[rng.random(minutes.size) < np.where(hour < 6, 0.3, 0.01)] = np.nan
    return {
        "load": 10 + 4 * np.sin(2 * np.pi * hour / 24) + rng.normal(size=minutes.size),
        "who": np.where(rng.random(minutes.size) < np.where(hour < 12, 0.8, 0.2), "member", "guest").tolist(),
        "gappy": gappy,
    }


def test_a_daily_rhythm_is_an_alarm_without_the_season_and_none_with_it() -> None:
    rng = np.random.default_rng(5)
    before, now = daily(rng, np.arange(20_000)), daily(rng, np.arange(10_000))
    assert feed(begin(before, false_alarm_rows=100_000), now)
    assert feed(begin(before, Season("hour"), false_alarm_rows=100_000), now) == []


@pytest.mark.parametrize("quantity", ["load", "who", "gappy"])
def test_a_change_within_the_hours_is_found_and_named(quantity: str) -> None:
    rng = np.random.default_rng(6)
    before, now = daily(rng, np.arange(20_000)), daily(rng, np.arange(4_000))
    later = rng.random(4_000) < 0.3
    if quantity == "load":
        now["load"][1_000:] += 1
    elif quantity == "who":
        moved = later & (np.arange(4_000) > 1_000)
        now["who"] = np.where(moved, "guest", now["who"]).tolist()
    else:
        now["gappy"][1_000:][later[1_000:]] = np.nan
    (alarm, *_) = feed(begin(before, Season("hour"), false_alarm_rows=100_000), now)
    assert alarm.quantity == quantity
    assert 1_000 < alarm.at_row < 1_600
    assert 800 <= alarm.began_row <= alarm.at_row


def test_seasons_of_a_row_are_those_of_the_calendar() -> None:
    times = [dt.datetime(2024, month, 28, hour, 59, tzinfo=dt.UTC) for month in range(1, 13) for hour in (0, 23)]
    micros = np.array([int(each.timestamp()) * 1_000_000 for each in times])
    assert Season("hour").places(micros).tolist() == [each.hour for each in times]
    assert Season("weekday").places(micros).tolist() == [each.weekday() for each in times]
    assert Season("month").places(micros).tolist() == [each.month - 1 for each in times]


def test_a_column_may_be_the_season_and_levels_not_met_before_are_one_more() -> None:
    rng = np.random.default_rng(7)
    season = Season("shop", ("big", "small"))
    shops = rng.choice(["big", "small"], size=2_000)
    sales = np.where(shops == "big", 100.0, 10.0) + rng.normal(size=2_000)
    places = season.places(np.zeros(2_000, dtype=np.int64), shops.tolist())
    baseline = build_baseline(pl.DataFrame({"sales": sales}), season=season, seasons=places)
    watch = Watch.begin(baseline, WatchSettings(false_alarm_rows=10_000), ["inputs"])
    ids = [str(row) for row in range(500)]
    small, new = (season.places(np.zeros(500, dtype=np.int64), [shop] * 500) for shop in ("small", "new"))
    assert watch.update("inputs", {"sales": 10 + rng.normal(size=500)}, ids, seasons=small) == []
    # A third shop is compared with itself alone.
    assert watch.update("inputs", {"sales": 55 + rng.normal(size=500)}, ids, seasons=new) == []
    (alarm,) = watch.update("inputs", {"sales": 12 + rng.normal(size=500)}, ids, seasons=small)
    assert alarm.quantity == "sales"
    again = Watch.from_bytes(watch.to_bytes(references=False), baseline)
    assert again.to_bytes() == watch.to_bytes()


def test_a_row_without_the_time_that_tells_its_season_is_told() -> None:
    watch = begin({"x": np.arange(100.0)}, Season("hour"))
    with pytest.raises(WrongUse, match=r"inputs is watched by the hour, and a row has no time"):
        watch.update("inputs", {"x": np.zeros(2)}, ["a", "b"], [0, None])
    with pytest.raises(WrongUse, match=r"\(1,\) seasons do not fit 2 ids, or are not among the 24 there are"):
        watch.update("inputs", {"x": np.zeros(2)}, ["a", "b"], [0, 0], seasons=np.zeros(1, dtype=np.int64))
    assert watch.rows("inputs") == 0
    with pytest.raises(WrongUse, match=r"it must be given which hour each of the 100 rows is of"):
        build_baseline(pl.DataFrame({"x": np.arange(100.0)}), season=Season("hour"))
