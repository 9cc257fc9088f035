"""A run rehearses its watch, keeps what it found with the version, and takes what was adopted."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest
from flat_projects import MODEL, Project, flats
from flat_traffic import put_in_production

from holdtrue.foundation import ProjectBroken, UnknownReference, WrongUse
from holdtrue.monitors.rehearsal import Manner
from holdtrue.pipeline import RunReport
from holdtrue.pipeline.rehearsed import kept_rehearsal, rehearsal_recipe
from holdtrue.predicting import load_version
from holdtrue.profiles import Block, Season
from holdtrue.versions import ModelManifest, RunManifest, get_manifest, put_manifest, rebuild_index, require_whole
from holdtrue.workspace import adopt, overview, rehearsed, show_reference

TIMED = MODEL.replace("day: ht.Date", "day: ht.DateTime")


def by_the_hour(count: int) -> pl.DataFrame:
    """Flats offered every ten minutes, larger by day than at night, and each day larger or smaller as a whole."""
    rows, draw = flats(count), np.random.default_rng(1)
    moments = [datetime(2020, 1, 1) + timedelta(minutes=10 * place) for place in range(count)]
    daily = np.repeat(draw.normal(0, 10, count // 144 + 1), 144)[:count]
    rhythm = 25 * np.sin(2 * np.pi * (np.arange(count) // 6 % 24) / 24)
    return rows.with_columns(pl.Series("day", moments), (pl.col("area") + rhythm + daily).clip(5, 900).alias("area"))


def settings(project: Project, *lines: str) -> None:
    (project.root / "pyproject.toml").write_text(
        "\n".join(["[tool.holdtrue]", 'false_alarms = "1 per 5000 rows"', *lines, ""])
    )


def project_of_hours(root: Path, model: str = TIMED) -> Project:
    project = Project(root, model, by_the_hour(144 * 120))
    settings(project)
    return project


def step(report: RunReport, name: str) -> Any:
    return next(each for each in report.steps if each.name == name)


def test_a_suggestion_is_kept_shown_adopted_and_taken_by_the_next_run(tmp_path: Path) -> None:
    project = project_of_hours(tmp_path)
    first = project.run()
    assert first.rehearsal is not None and first.version is not None
    suggestion = first.rehearsal.suggestion
    assert suggestion == Manner(block="day")
    assert step(first, "rehearse").outcome.startswith("row by row: ")
    workspace = project.open()
    require_whole(workspace.store, first.version.id, "flat:v1")
    assert rehearsed(workspace, "v1").rehearsal == first.rehearsal
    assert "holdtrue monitor adopt flat:v1" in str(show_reference(workspace, "v1").lines)
    written = adopt(workspace, "flat:v1")
    assert written.written == ("[tool.holdtrue.watch.flat]", 'block = "day"')
    (event,) = workspace.catalog.events.list(kind="watch.adopted")
    assert event.data["block"] == "day" and event.subject == "flat:v1"
    second = project.run()
    assert second.status == "registered" and second.version is not None
    assert step(second, "fit").cached  # how it is watched changes nothing of the model
    assert second.rehearsal is not None and second.rehearsal.present == suggestion and second.rehearsal.calm
    baseline = load_version(project.open().store, second.version.id).baseline
    assert baseline.block == Block("day") and baseline.season is None
    assert project.run().status == "unchanged"
    with pytest.raises(WrongUse, match="flat:v2 suggests nothing: it is silent as it is"):
        adopt(project.open(), "flat:v2")


def test_a_rehearsal_of_the_same_is_not_made_again(tmp_path: Path) -> None:
    project = Project(tmp_path)
    first = project.run()
    workspace = project.open()
    manifest = get_manifest(workspace.store, first.version.id, ModelManifest)
    recipe = get_manifest(workspace.store, manifest.run, RunManifest).recipe
    kept = kept_rehearsal(workspace.ground, rehearsal_recipe(workspace.ground, workspace.model(), recipe))
    assert kept == (first.rehearsal, manifest.rehearsal)
    settings(project)  # another budget of false alarms
    other = project.open()
    assert kept_rehearsal(other.ground, rehearsal_recipe(other.ground, other.model(), recipe)) is None
    assert not step(project.run(force=True), "rehearse").cached


def test_what_the_model_declares_goes_before_and_the_line_is_named(tmp_path: Path) -> None:
    declared = TIMED.replace("max_refused=0.05", 'max_refused=0.05, season="hour"')
    project = project_of_hours(tmp_path, declared)
    first = project.run()
    assert first.rehearsal is not None and first.rehearsal.present == Manner(season="hour")
    assert first.rehearsal.suggestion is not None and first.rehearsal.suggestion.block == "day"
    if first.rehearsal.suggestion.season is None:
        with pytest.raises(WrongUse, match=r"model\.py:\d+: flat is declared with season='hour'") as refused:
            adopt(project.open(), "v1")
        assert "write season=None in its place" in refused.value.hint
    settings(project, "[tool.holdtrue.watch.flat]", 'season = "weekday"', 'block = "day"')
    second = project.run()
    assert second.version is not None
    baseline = load_version(project.open().store, second.version.id).baseline
    assert (baseline.season, baseline.block) == (Season("hour"), Block("day"))


def test_without_a_time_there_is_nothing_to_rehearse(tmp_path: Path) -> None:
    project = Project(tmp_path, MODEL.replace('time="day", ', ""))
    report = project.run()
    assert report.rehearsal is not None
    assert report.rehearsal.skipped == "flat names no time, so its rows have no order"
    assert step(report, "rehearse").outcome.startswith("not rehearsed: flat names no time")
    with pytest.raises(WrongUse, match="names no time"):
        adopt(project.open(), "latest")
    settings(project, "[tool.holdtrue.watch.flat]", 'block = "day"')
    with pytest.raises(ProjectBroken, match=r"\[tool\.holdtrue\.watch\.flat\]: the time of each row is needed"):
        project.run()


def test_settings_that_fit_no_model_are_told(tmp_path: Path) -> None:
    project = Project(tmp_path)
    settings(project, "[tool.holdtrue.watch.flat]", 'season = "shop"')
    with pytest.raises(ProjectBroken, match="season 'shop' is no part of the calendar and no field of flat"):
        project.run()


def test_a_tolerance_of_its_own_goes_before_the_projects(tmp_path: Path) -> None:
    project = Project(tmp_path)
    settings(project, "tolerance = 0.1", "[tool.holdtrue.watch.flat]", "tolerance = 0.05")
    workspace = project.open()
    assert workspace.watch_settings_of("flat").tolerance == 0.05
    assert workspace.watch_settings_of("house").tolerance == 0.1
    report = project.run()
    assert report.rehearsal is not None and report.rehearsal.present == Manner(tolerance=0.05)
    settings(project)
    assert project.run().status == "unchanged"  # a tolerance is the watch's, not the version's


def test_a_slice_is_not_rehearsed(tmp_path: Path) -> None:
    report = Project(tmp_path).run(slice="50%")
    assert report.rehearsal is None and "rehearse" not in [each.name for each in report.steps]


def test_a_version_made_without_a_rehearsal_says_how_to_get_one(tmp_path: Path) -> None:
    project = Project(tmp_path)
    report = project.run()
    workspace = project.open()
    manifest = get_manifest(workspace.store, report.version.id, ModelManifest)
    older = msgspec.structs.replace(manifest, rehearsal=None)
    version_id = put_manifest(workspace.store, older)
    workspace.store.commit()
    rebuild_index(workspace.store, workspace.catalog)
    entered = workspace.catalog.versions.by_id(version_id)
    with pytest.raises(UnknownReference, match=rf"flat:v{entered.number} was made without a rehearsal"):
        rehearsed(workspace, f"v{entered.number}")


def test_the_page_says_it_of_the_version_in_production(tmp_path: Path) -> None:
    project = project_of_hours(tmp_path)
    project.run()
    put_in_production(project, 1)
    (model,) = overview(project.open()).models
    assert (
        model.rehearsal[0].startswith("row by row: ")
        and "to take it: holdtrue monitor adopt flat:v1" in model.rehearsal
    )
