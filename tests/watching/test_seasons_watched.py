"""A model that declares a season is watched within it, from the baseline of its training on."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from flat_projects import MODEL, Project, flats
from flat_traffic import answered, labels_of, log, put_in_production
from watch_flats import watch_all

from holdtrue.foundation import ProjectBroken

WEEKEND = pl.col("day").dt.weekday() >= 6


def with_weekends(rows: pl.DataFrame) -> pl.DataFrame:
    """At weekends flats are smaller, and all are heated by gas."""
    small = pl.col("area") * pl.when(WEEKEND).then(0.6).otherwise(1.0)
    return rows.with_columns(small, pl.when(WEEKEND).then(pl.lit("gas")).otherwise("heating").alias("heating"))


@pytest.mark.parametrize("season", ["", 'season="weekday"', 'season="heating"'])
def test_live_rows_of_weekends_alone_are_no_change_where_the_weekday_is_the_season(tmp_path: Path, season: str) -> None:
    project = Project(
        tmp_path, MODEL.replace("max_refused=0.05", f"max_refused=0.05, {season}"), with_weekends(flats(3000))
    )
    project.run()
    epoch = put_in_production(project, 1)
    rows = with_weekends(flats(4000, seed=1, start=300)).filter(WEEKEND)
    predictions = answered(project, rows, version=1, epoch=epoch, prefix="w")
    log(project, [*predictions, *labels_of(project, predictions, rows)])
    state = watch_all(project).state
    assert (state.answered, state.labelled) == (rows.height, rows.height)
    alarms = [alarm for alarm in project.open().catalog.alarms.list("flat") if alarm.group == "inputs"]
    inputs = {name for alarm in alarms for name in (alarm.quantity, *(name for name, _ in alarm.data["also"]))}
    # Without the season both are other; within the weekday neither; within the heating the areas.
    assert inputs == {"": {"area", "heating"}, 'season="weekday"': set(), 'season="heating"': {"area"}}[season]


def test_a_change_within_the_weekdays_is_found(tmp_path: Path) -> None:
    project = Project(
        tmp_path, MODEL.replace("max_refused=0.05", 'max_refused=0.05, season="weekday"'), with_weekends(flats(3000))
    )
    project.run()
    epoch = put_in_production(project, 1)
    rows = with_weekends(flats(2000, seed=2, start=300))
    rows = pl.concat([rows[:700], rows[700:].with_columns(pl.col("area") * 1.3)])
    log(project, list(answered(project, rows, version=1, epoch=epoch, prefix="x")))
    watch_all(project)
    alarm, *_ = [each for each in project.open().catalog.alarms.list("flat") if each.group == "inputs"]
    assert alarm.quantity == "area"
    assert 700 < alarm.data["at_row"] < 900


def by_day(rows: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Ten flats a day that were built together: all large, or all small."""
    draw = np.random.default_rng(seed)
    days = rows["day"].unique(maintain_order=True)
    sizes = pl.DataFrame({"day": days, "size": draw.lognormal(0, 0.3, days.len())})
    return rows.join(sizes, on="day", how="left").with_columns(pl.col("area") * pl.col("size")).drop("size")


@pytest.mark.parametrize("block", ["", 'block="day"'])
def test_rows_that_depend_on_each_other_are_calm_by_the_day(tmp_path: Path, block: str) -> None:
    model = MODEL.replace("max_refused=0.05", f"max_refused=0.05, {block}")
    project = Project(tmp_path, model, by_day(flats(4000), 1))
    project.run()
    epoch = put_in_production(project, 1)
    rows = by_day(flats(3000, seed=1, start=400), 2)
    predictions = answered(project, rows, version=1, epoch=epoch, prefix="b")
    log(project, [*predictions, *labels_of(project, predictions, rows)])
    assert watch_all(project).state.answered == rows.height
    inputs = {alarm.quantity for alarm in project.open().catalog.alarms.list("flat") if alarm.group == "inputs"}
    assert inputs == (set() if block else {"area"})


def test_a_change_is_found_by_the_day_and_too_few_days_are_told(tmp_path: Path) -> None:
    model = MODEL.replace("max_refused=0.05", 'max_refused=0.05, block="day"')
    project = Project(tmp_path, model, by_day(flats(4000), 1))
    project.run()
    epoch = put_in_production(project, 1)
    rows = by_day(flats(2000, seed=1, start=400), 2)
    rows = pl.concat([rows[:800], rows[800:].with_columns(pl.col("area") * 2)])
    log(project, list(answered(project, rows, version=1, epoch=epoch, prefix="c")))
    watch_all(project)
    alarm, *_ = [each for each in project.open().catalog.alarms.list("flat") if each.group == "inputs"]
    assert alarm.quantity == "area" and 800 < alarm.data["at_row"] <= 1000 and alarm.data["at_row"] % 10 == 0
    few = Project(tmp_path / "few", model, flats(400))
    with pytest.raises(ProjectBroken, match=r"the 80 held rows are of 8 days: too few"):
        few.run()
