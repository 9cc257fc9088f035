"""Estimates of live rows: window by window, the truth beside them, and an alarm when the expected error grows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from flat_projects import Project, flats
from flat_traffic import answered, labels_of, log, put_in_production
from watch_flats import alarms_of, watch_all

from holdtrue.cli.reports.project import print_status
from holdtrue.cli.reports.verdicts import print_run
from holdtrue.monitors import Figures
from holdtrue.watching import LiveEstimates
from holdtrue.workspace import diagnosis_lines, overview, show_reference, shown_alarm


def unsure(count: int, *, seed: int, start: int, gas: float = 0.5) -> pl.DataFrame:
    """Draw flats whose rents are the less sure where they are heated by pumps."""
    rows = flats(count, seed=seed, start=start, gas=gas)
    noise = np.random.default_rng(seed + 100).normal(0, 300, count)
    return rows.with_columns(rent=pl.col("rent") + pl.Series(noise) * (pl.col("heating") == "pump") + 1000)


def test_estimates_stand_beside_the_truth_of_the_same_rows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project = Project(tmp_path, rows=flats(2500))
    project.run()
    put_in_production(project, 1)
    rows = flats(700, seed=1, start=250)
    predictions = answered(project, rows, version=1, epoch=1, prefix="p")
    log(project, [*predictions, *labels_of(project, predictions, rows)[:480]])
    watch_all(project)
    found = overview(project.open())
    told = found.models[0].estimated
    assert told is not None
    assert (told.rows, told.labelled, [each.rows for each in told.points]) == (250, 230, [250, 250])
    errors = np.abs(np.array([each.value for each in predictions]) - rows["rent"].to_numpy())
    mae = told.metrics[0]
    assert (mae.name, mae.realised) == ("mae", pytest.approx(errors[250:480].mean()))
    assert told.points[0].realised == pytest.approx(errors[:250].mean())
    assert mae.low < errors[250:500].mean() < mae.high
    print_status(found, ())
    said = " ".join(capsys.readouterr().out.split())
    assert "mae estimated without labels:" in said and "over 250 rows; by 230 labels" in said


def test_a_growing_expected_error_alarms_before_any_label(tmp_path: Path) -> None:
    project = Project(tmp_path, rows=unsure(3000, seed=1, start=0))
    project.run()
    put_in_production(project, 1)
    log(project, answered(project, unsure(600, seed=2, start=300), version=1, epoch=1, prefix="a"))
    assert not [each for each in alarms_of(project) if each["group"] == "estimates"]
    log(project, answered(project, unsure(600, seed=3, start=360, gas=0.02), version=1, epoch=1, prefix="b"))
    watch_all(project)
    raised = [each for each in alarms_of(project) if each["group"] == "estimates"]
    assert [(each["quantity"], each["data"]["direction"]) for each in raised] == [("expected loss", "up")]  # type: ignore[index]
    event = next(each for each in project.open().catalog.events.list("flat") if each.data.get("group") == "estimates")
    assert event.data["direction"] == "up"
    made_of = "by trees fitted to the errors of 600 held rows, in 4 fits that each leave a part out"
    assert ("estimated", made_of) in diagnosis_lines(shown_alarm(project.open(), str(raised[0]["id"])))
    shown = show_reference(project.open(), "flat:v1")
    assert ("estimates", f"mae, rmse, mape without labels, {made_of}") in shown.lines
    assert (shown.record.estimator.rows, shown.record.unestimated) == (600, "")


def test_few_held_rows_make_no_estimator_and_are_watched_all_the_same(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = Project(tmp_path, rows=flats(400))
    report = project.run()
    assert report.unestimated.endswith("that takes 200 held rows, and there are 80")
    print_run(report)
    assert "note    errors cannot be estimated without labels" in capsys.readouterr().out
    put_in_production(project, 1)
    log(project, answered(project, flats(60, seed=1, start=40), version=1, epoch=1, prefix="p"))
    watcher = watch_all(project)
    assert (watcher.state.answered, watcher.state.estimates.windows) == (60, [])
    assert overview(project.open()).models[0].estimated is None
    assert ("estimates", report.unestimated) in show_reference(project.open(), "flat:v1").lines


def test_windows_reach_over_the_whole_epoch_in_bounded_room() -> None:
    state, rows = LiveEstimates(), 40_000
    values = np.arange(rows, dtype=np.float64)[:, None]
    figures = Figures(values, np.zeros(rows, dtype=np.intp))
    state.take(figures, list(range(rows)))
    assert (state.taken, state.size, len(state.windows)) == (rows, 500, 80)
    assert [each.first_time for each in state.windows[:3]] == [0, 500, 1000]
    assert sum(each.expected.sums[0] for each in state.windows) == values.sum()
    state.label(777, figures.part(0, 1))
    assert [each.labelled.rows for each in state.windows[:3]] == [0, 1, 0]
