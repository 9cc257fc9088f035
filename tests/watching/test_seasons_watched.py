"""A model that declares a season is watched within it, from the baseline of its training on."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from flat_projects import MODEL, Project, flats
from flat_traffic import answered, labels_of, log, put_in_production
from watch_flats import watch_all

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
