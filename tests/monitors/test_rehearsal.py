"""A rehearsal finds the season and block in which a watch is silent and not blind, and says what lasts."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdtrue.foundation import WrongUse
from holdtrue.monitors import Watch, WatchSettings
from holdtrue.monitors.rehearsal import History, Manner, Rehearsal, Tried, ladder, lines, manner_of, rehearse, summary
from holdtrue.monitors.rehearsal.histories import in_order, in_turns, thinned
from holdtrue.profiles import Block

HOUR = 3_600_000_000
DAY = 24 * HOUR
NAMES = ("heat", "load", "wind", "noise", "drift", "flow")


def machine(
    rng: np.random.Generator, days: int, *, rhythm: float = 4.0, daily: float = 1.0, per_hour: int = 1
) -> dict[str, np.ndarray]:
    """Readings with a rhythm of the day and, for each day, a level of their own."""
    hours = np.arange(24 * per_hour * days) // per_hour
    return {
        name: rhythm * np.sin(2 * np.pi * (hours + 3 * place) / 24)
        + daily * np.repeat(rng.normal(size=days), 24 * per_hour)
        + rng.normal(size=hours.size)
        for place, name in enumerate(NAMES)
    }


def history(columns: dict[str, Any], step: int = HOUR) -> History:
    frame = pl.DataFrame(columns)
    return History(name="inputs", groups=("inputs",), times=step * np.arange(frame.height), inputs=frame)


def rehearsed(columns: dict[str, Any], step: int = HOUR, rows: float = 20_000) -> Rehearsal:
    return rehearse([history(columns, step)], WatchSettings(false_alarm_rows=rows), Manner(), ["inputs"])


def test_a_rhythm_and_daily_levels_are_found_and_the_suggestion_finds_a_planted_change() -> None:
    rng = np.random.default_rng(1)
    columns = machine(rng, 300)
    found = rehearsed(columns)
    assert not found.calm and found.alarms and found.alarms[0].rows < 300
    assert {each.lasting for each in found.alarms} == {False}
    assert found.suggestion == Manner(block="day")  # the rhythm is the same each day, so the days' mean ranks have none
    silent = [each.manner for each in found.tried if each.silent]
    assert silent == [found.suggestion] and found.remaining == ()
    assert [cost.sd for cost in found.cost] == [0.5, 1.0]
    first, second = (cost.rows for cost in found.cost)
    assert first is not None and second is not None and first >= second
    watch = Watch.begin(history(columns).baseline(found.suggestion), WatchSettings(false_alarm_rows=20_000), ["inputs"])
    live = machine(rng, 100)
    live["wind"][24 * 50 :] += 2.0
    alarms = watch.update("inputs", live, [str(row) for row in range(2_400)], DAY * 300 + HOUR * np.arange(2_400))
    assert [alarm.quantity for alarm in alarms] == ["wind"] and 1_200 < alarms[0].at_row < 1_200 + 24 * 15


def test_a_rhythm_alone_wants_its_season_and_no_block() -> None:
    found = rehearsed(machine(np.random.default_rng(2), 40, daily=0.0, per_hour=6), step=HOUR // 6)
    assert found.suggestion == Manner(season="hour")
    assert [str(each.manner) for each in found.tried] == ["within the hour"]


def test_rows_in_which_nothing_comes_and_goes_are_calm_and_nothing_is_suggested() -> None:
    """Of histories in which nothing changes, at most one in five is to be taken for restless."""
    restless = 0
    for seed in range(25):
        found = rehearsed(machine(np.random.default_rng([3, seed]), 40, rhythm=0.0, daily=0.0))
        restless += not found.calm
        assert found.suggestion is None or not found.calm
    assert restless <= 5


def test_what_changed_for_good_is_left_aside_and_told_and_moves_no_season() -> None:
    columns = machine(np.random.default_rng(4), 80, daily=0.0, per_hour=6)
    columns["drift"][24 * 6 * 40 :] += 3.0
    found = rehearsed(columns, step=HOUR // 6)
    assert found.aside == (("inputs", "drift"),)
    assert found.suggestion == Manner(season="hour")
    assert [each.quantity for each in found.remaining] == ["drift"] and found.quiet is None
    assert {each.quantity for each in found.alarms if each.lasting} <= {"drift"}
    assert any(each.lasting is False for each in found.alarms)
    assert "drift" in lines(found)[0] and "holdtrue monitor adopt" in "\n".join(summary(found))


def test_a_change_alone_leaves_the_present_manner_as_it_is() -> None:
    columns = machine(np.random.default_rng(5), 100, rhythm=0.0, daily=0.0)
    columns["flow"][24 * 50 :] -= 2.0
    found = rehearsed(columns)
    assert found.calm and found.suggestion is None and found.aside == (("inputs", "flow"),)
    assert "row by row: silent over 1,200 rows but for flow" in lines(found)[0]


def test_where_nothing_is_silent_nothing_is_suggested() -> None:
    rng = np.random.default_rng(6)
    walks = {name: np.cumsum(rng.normal(size=24 * 200)) for name in NAMES}
    found = rehearsed(walks)
    assert not found.calm and found.suggestion is None and found.cost == ()
    assert not any(each.silent and not each.blind for each in found.tried)
    assert {each.manner.tolerance for each in found.tried} == {0.0, 0.05, 0.1, 0.2}  # and only then a tolerance
    assert "no season, block or tolerance that was tried is silent" in lines(found)[0]


def test_what_is_silent_because_it_sees_nothing_is_not_suggested() -> None:
    """Of weeks that differ, week by week, 12 are too few to have found anything in."""
    rng = np.random.default_rng(7)
    weeks = {name: np.repeat(3 * rng.normal(size=24), 7) + rng.normal(size=168) for name in NAMES}
    found = rehearsed(weeks, step=DAY, rows=1_000)
    blind = {each.manner for each in found.tried if each.blind}
    assert Manner(block="week") in blind and found.suggestion not in blind
    assert all(cost.rows for cost in found.cost if cost.sd == 1.0)


def test_predictions_and_errors_are_rehearsed_too() -> None:
    rng = np.random.default_rng(8)
    hours = np.arange(24 * 6 * 40) // 6
    labels = 10 + 3 * np.sin(2 * np.pi * hours / 24) + rng.normal(size=hours.size)
    model = History(
        name="held rows",
        groups=("predictions", "errors"),
        times=HOUR // 6 * np.arange(hours.size),
        inputs=pl.DataFrame({"row": np.zeros(hours.size)}),
        predictions=np.full(hours.size, 10.0) + 0.1 * rng.normal(size=hours.size),
        labels=labels,
    )
    found = rehearse([model], WatchSettings(false_alarm_rows=20_000), Manner(), ["inputs", "predictions", "errors"])
    assert {each.group for each in found.alarms} == {"errors"}
    assert found.suggestion == Manner(season="hour")
    assert {cost.moved for cost in found.cost} == {("prediction",)}


def test_a_column_may_be_the_season_in_use() -> None:
    rng = np.random.default_rng(9)
    shops = rng.choice(["big", "small"], size=24 * 60)
    rows = History(
        name="inputs",
        groups=("inputs",),
        times=HOUR * np.arange(shops.size),
        inputs=pl.DataFrame({"sales": np.where(shops == "big", 100.0, 10.0) + rng.normal(size=shops.size)}),
        values=tuple(shops.tolist()),
    )
    found = rehearse([rows], WatchSettings(false_alarm_rows=20_000), Manner(season="shop"), ["inputs"])
    assert found.calm and found.present == Manner(season="shop")


def test_the_ladder_holds_what_the_rows_allow() -> None:
    dates, hours = DAY * np.arange(200), HOUR * np.arange(24 * 200)
    assert {each.block for each in ladder(dates, dates)} == {None, "week"}  # a day has one row, and no hours
    several = np.repeat(dates, 4)
    assert [str(each) for each in ladder(several, several)][:4] == [
        *("row by row", "within the weekday", "day by day", "week by week")
    ]
    few = hours[-24 * 19 :]
    assert not any(each.block == "day" for each in ladder(hours, few))  # the live baseline would have 19 of them
    years = HOUR * np.arange(24 * 400)
    assert Manner(season="month", block="week") in ladder(years, years)
    seconds = 1_000_000 * np.arange(86_400 * 2)
    assert {each.block for each in ladder(seconds, seconds)} >= {10, 100, "hour"}
    assert Manner(season="shop", block="day") in ladder(hours, hours, "shop")


def test_a_manner_says_itself_and_is_what_a_model_declares() -> None:
    assert str(Manner(season="shop", block=10)) == "within shop, by 10 rows"
    assert manner_of("hour", Block("rows", 7), 0.1) == Manner(season="hour", block=7, tolerance=0.1)
    assert Manner(block="day").blocks == Block("day") and Manner(block=7).blocks == Block("rows", 7)


@given(
    gaps=st.lists(st.integers(1, 5_000), min_size=2, max_size=60),
    repeats=st.integers(1, 60),
    most=st.integers(200, 2_000),
)
@settings(max_examples=50, deadline=None)
def test_too_many_rows_are_thinned_by_whole_stretches(gaps: list[int], repeats: int, most: int) -> None:
    times = np.sort(np.repeat(np.cumsum(gaps), repeats).astype(np.int64)) * HOUR // 8
    kept = thinned(times, most)
    assert kept.size <= max(most, 1) or times.size <= most
    assert (np.diff(kept) > 0).all() and kept.size
    if times.size <= most:
        assert kept.size == times.size


def test_of_long_histories_hours_stay_whole() -> None:
    minutes = HOUR // 60 * np.arange(60 * 24 * 700)
    kept = thinned(minutes)
    days = minutes[kept] // DAY
    hours, per_hour = np.unique(minutes[kept] // HOUR, return_counts=True)
    assert (per_hour[:-1] == 60).all() and hours.size > 48 and days[-1] - days[0] > 600


@given(st.integers(1, 400), st.integers(1, 5))
def test_stretches_take_turns_and_both_halves_lie_all_over(days: int, per_day: int) -> None:
    times = np.sort(np.repeat(DAY * np.arange(days), per_day) + np.tile(HOUR * np.arange(per_day), days))
    turns = in_turns(times)
    if turns is None:
        assert np.unique(times // HOUR).size < 24
        return
    rows, stretch = turns
    units = times // {"hour": HOUR, "day": DAY, "week": 7 * DAY}[stretch]
    for unit in np.unique(units):
        assert np.unique(rows[units == unit]).size == 1
    assert abs(np.unique(units[rows]).size - np.unique(units[~rows]).size) <= 1


def test_the_earlier_half_is_a_whole_year_where_enough_is_left() -> None:
    def years(span: float) -> float:
        times = DAY * np.arange(int(365 * span))
        return in_order(times) / times.size

    assert years(0.9) == pytest.approx(0.5, abs=0.01)
    assert years(1.3) == pytest.approx(366 / 474, abs=0.01)
    assert years(3) == pytest.approx(0.5, abs=0.01)


def test_silence_is_worth_less_the_more_was_tried() -> None:
    rows = machine(np.random.default_rng(10), 60, rhythm=0.0, daily=0.0)
    found = rehearsed(rows)
    assert found.at_most_one_in == int(found.replayed / np.log(20))
    more = Rehearsal(
        parts=found.parts, tried=tuple(Tried(manner=Manner(), rows=1, message="", peak=0.0) for _ in "abc")
    )
    assert more.at_most_one_in == int(found.replayed / np.log(80))


def test_its_stored_form_is_itself_and_no_other() -> None:
    found = rehearsed(machine(np.random.default_rng(11), 40))
    assert Rehearsal.from_bytes(found.to_bytes()) == found
    with pytest.raises(WrongUse, match="no rehearsal"):
        Rehearsal.from_bytes(b"\x00")


def test_without_rows_it_says_so() -> None:
    rows = history(machine(np.random.default_rng(12), 1))
    empty = rows.take(np.arange(0))
    assert rehearse([empty], WatchSettings(), Manner(), ["inputs"]).skipped == "there are no rows to rehearse"
    short = rehearse([rows.take(np.arange(20))], WatchSettings(), Manner(), ["inputs"])
    assert short.suggestion is None and "too short a history" in lines(short)[0]


def test_seasons_that_the_held_rows_lack_are_told() -> None:
    columns = machine(np.random.default_rng(13), 40, daily=0.0, per_hour=6)
    rows = history(columns, HOUR // 6)
    last = int(rows.times[-1]) - 5 * HOUR
    settings = WatchSettings(false_alarm_rows=20_000)
    found = rehearse([rows], settings, Manner(season="hour"), ["inputs"], held=last)
    assert found.calm and found.met == (6, 24)
    assert any("the held rows are of 6 hours of 24" in line for line in lines(found))
    assert rehearse([rows], settings, Manner(season="hour"), ["inputs"]).met is None
