"""Fields that say which rows belong together: no inputs, and yet an alarm says in which levels it is strongest."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from flat_projects import MODEL, Project, flats
from flat_traffic import answered, log, put_in_production
from watch_flats import watch_all

from holdtrue.monitors.diagnosis import Diagnosis
from holdtrue.workspace import shown_alarm

SHOPS = MODEL.replace("    day: ht.Date\n", "    day: ht.Date\n    shop: ht.Category\n", 1).replace(
    "contract=Flat,\n", 'contract=Flat, group="shop",\n', 1
)


def _in_shops(rows: pl.DataFrame, shops: int, seed: int) -> pl.DataFrame:
    draw = np.random.default_rng(seed).integers(0, shops, rows.height)
    return rows.with_columns(shop=pl.Series([f"shop {place}" for place in draw]))


def _said(root: Path, shops: int, wrong: pl.Expr) -> Diagnosis:
    project = Project(root, SHOPS, _in_shops(flats(1500), shops, 0))
    project.run()
    put_in_production(project, 1)
    calm = _in_shops(flats(600, seed=1, start=150), shops, 1)
    later = _in_shops(flats(700, seed=2, start=210), shops, 2)
    later = later.with_columns(area=pl.when(wrong).then(pl.col("area") * 4).otherwise("area"))
    log(project, answered(project, pl.concat([calm, later]), version=1, epoch=1, prefix="p"))
    watch_all(project)
    workspace = project.open()
    raised = workspace.catalog.alarms.list("flat")
    (alarm,) = [each for each in raised if (each.group, each.quantity) == ("inputs", "area")]
    found = shown_alarm(workspace, alarm.id).diagnosis
    assert found is not None
    return found


@pytest.mark.parametrize("wrong", [f"shop {place}" for place in (0, 5)])
def test_a_change_in_one_shop_is_told_to_be_there_whether_its_rows_were_held_or_not(tmp_path: Path, wrong: str) -> None:
    found = _said(tmp_path, 6, pl.col("shop") == wrong)
    assert [(each.field, each.value) for each in found.segments] == [("shop", wrong)]
    assert found.segments[0].by_chance < 0.001
    assert "levels" not in found.segments_note


def test_of_too_many_levels_it_is_said_that_they_are_no_segments(tmp_path: Path) -> None:
    found = _said(tmp_path, 1000, pl.col("heating") == "gas")
    assert [(each.field, each.value) for each in found.segments] == [("heating", "gas")]
    assert "levels, too many to be segments" in found.segments_note
