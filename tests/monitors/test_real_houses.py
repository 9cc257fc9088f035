"""The county began to record siding differently on 1 July 1996: found soon, and nothing on the inputs before it."""

from __future__ import annotations

from datetime import date
from importlib.resources import files

import numpy as np
import polars as pl
import pytest

from holdtrue.foundation import micros_of
from holdtrue.monitors import Alarm, Watch, WatchSettings, oddity
from holdtrue.profiles import Baseline, build_baseline

INPUTS = [
    *("stories", "wall", "garage", "area", "beds", "baths", "halfbaths"),
    *("frontage", "depth", "garagesqft", "rooms", "lotsize", "age"),
]
CHANGE = date(1996, 7, 1)


@pytest.fixture(scope="module")
def sales() -> pl.DataFrame:
    frame = pl.read_parquet(str(files("holdtrue") / "templates" / "houses" / "houses.parquet"))
    return frame.with_columns(age=pl.col("sdate").dt.year() - pl.col("yrbuilt"))


@pytest.fixture(scope="module")
def history(sales: pl.DataFrame) -> pl.DataFrame:
    known = sales.filter(pl.col("sdate") < date(1996, 1, 1))
    assert known.height == 11_109
    return known


@pytest.fixture(scope="module")
def held_baseline(history: pl.DataFrame) -> Baseline:
    return build_baseline(history.tail(2222).select(INPUTS), odd_rows=history.select(INPUTS))


def live(sales: pl.DataFrame, seed: int, until: date) -> pl.DataFrame:
    """Sales of 1996 on by day; the order within a day, which the record does not tell, by the seed."""
    later = sales.filter((pl.col("sdate") >= date(1996, 1, 1)) & (pl.col("sdate") < until))
    order = pl.Series(np.random.default_rng(seed).random(later.height))
    return later.with_columns(order=order).sort("sdate", "order")


def watch_sales(watch: Watch, rows: pl.DataFrame) -> list[Alarm]:
    columns = {name: rows[name].to_list() for name in INPUTS}
    return watch.update("inputs", columns, [str(i) for i in range(rows.height)], list(map(micros_of, rows["sdate"])))


@pytest.mark.parametrize("seed", range(20))
def test_wall_is_found_within_150_sales_and_nothing_before(
    sales: pl.DataFrame, held_baseline: Baseline, seed: int
) -> None:
    watch = Watch.begin(held_baseline, WatchSettings(), ["inputs"])
    rows = live(sales, seed, date(1996, 8, 1))
    before = rows.filter(pl.col("sdate") < CHANGE).height
    assert before == 2222
    alarms = watch_sales(watch, rows)
    assert [alarm.quantity for alarm in alarms] == ["wall"]
    alarm = alarms[0]
    assert before < alarm.at_row <= before + 150
    assert before - 40 <= alarm.began_row <= before + 40
    assert alarm.message.startswith("wall: share of ")


def test_wall_is_found_at_the_full_budget_shared_by_all_groups(sales: pl.DataFrame, history: pl.DataFrame) -> None:
    held = history.tail(2222)
    noise = np.random.default_rng(0).normal(size=(held.height, 3))
    baseline = build_baseline(
        held.select(INPUTS),
        predictions=noise[:, 0],
        attributions=noise[:, 1:],
        features=["area", "beds"],
        labels=noise[:, 1],
    )
    watch = Watch.begin(baseline)
    assert watch.groups == ("inputs", "pairs", "predictions", "attributions", "errors", "labels")
    rows = live(sales, 0, date(1996, 8, 1))
    assert [alarm.quantity for alarm in watch_sales(watch, rows)] == ["wall"]


def test_the_change_raises_one_alarm_in_the_epoch_though_it_lasts_and_ends(
    sales: pl.DataFrame, held_baseline: Baseline
) -> None:
    watch = Watch.begin(held_baseline, WatchSettings(), ["inputs"])
    alarms = watch_sales(watch, live(sales, 0, date(1998, 11, 1)))
    assert [alarm.quantity for alarm in alarms].count("wall") == 1
    # What alarms again had come back in between.
    back = {each.alarm: each.at_row for each in watch.transitions if each.kind == "resolved"}
    for place, alarm in enumerate(alarms):
        earlier = [each for each in alarms[:place] if each.quantity == alarm.quantity]
        assert all(back[each.id] <= alarm.at_row for each in earlier)


def test_the_message_is_a_sentence(sales: pl.DataFrame, held_baseline: Baseline) -> None:
    watch = Watch.begin(held_baseline, WatchSettings(), ["inputs"])
    (alarm,) = watch_sales(watch, sales.filter(pl.col("sdate").is_between(date(1996, 1, 1), date(1996, 7, 31))))
    assert alarm.message == (
        'wall: share of "metlvnyl" 37% since 1 July 1996 (4.9% in the baseline); found after 43 rows'
    )


def test_a_baseline_after_the_change_is_at_peace_with_it(sales: pl.DataFrame) -> None:
    changed = sales.filter(pl.col("sdate").is_between(CHANGE, date(1996, 12, 31)))
    baseline = build_baseline(changed.select(INPUTS), since=micros_of(CHANGE), note="rows since the change of wall")
    watch = Watch.begin(baseline, WatchSettings(), ["inputs"])
    rows = sales.filter(pl.col("sdate").is_between(date(1997, 1, 1), date(1997, 12, 31)))
    assert "wall" not in [alarm.quantity for alarm in watch_sales(watch, rows)]
    assert Baseline.from_bytes(baseline.to_bytes()).since == micros_of(CHANGE)


def test_the_garage_of_5755_square_feet_is_marked_and_raises_no_alarm(
    sales: pl.DataFrame, held_baseline: Baseline
) -> None:
    (row,) = sales.filter(pl.col("garagesqft") == 5755).to_dicts()
    assert row["sdate"] == date(1996, 9, 11)
    mark = oddity(held_baseline.oddity, row)
    assert mark is not None
    assert mark.fields == ("garagesqft",)
    assert mark.share == 0.001
    assert mark.reason == (
        "garagesqft 5,755 is above all 11,109 rows of the reference (most 1,998; 99% are at most 880)"
    )
    watch = Watch.begin(held_baseline, WatchSettings(), ["inputs"])
    alarms = watch_sales(watch, live(sales, 0, date(1996, 9, 30)))
    assert "garagesqft" not in [alarm.quantity for alarm in alarms]


def test_few_sales_of_later_years_are_marked(sales: pl.DataFrame, held_baseline: Baseline) -> None:
    later = sales.filter(pl.col("sdate") >= date(1996, 1, 1)).select(INPUTS).to_dicts()
    marked = sum(oddity(held_baseline.oddity, row) is not None for row in later)
    assert 1 <= marked <= 0.002 * len(later)


def test_the_baseline_is_small(held_baseline: Baseline) -> None:
    assert len(held_baseline.to_bytes()) < 200_000
