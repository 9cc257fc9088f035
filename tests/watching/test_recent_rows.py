"""The last rows watched, set beside the baseline for who looks: from the log, whatever else is in it."""

from __future__ import annotations

import pytest
from flat_projects import Project, flats
from flat_traffic import answered, labels_of, log, put_in_production
from watch_flats import watch_all

from holdtrue.cli.reports.project import print_status
from holdtrue.foundation import FalseAlarms
from holdtrue.watching import RECENT
from holdtrue.workspace import ModelOverview, overview


def _model(project: Project) -> ModelOverview:
    workspace = project.open()
    found = overview(workspace)
    workspace.close()
    return found.models[0]


def test_the_last_rows_stand_beside_the_baseline_with_their_alarm(
    project: Project, capsys: pytest.CaptureFixture[str]
) -> None:
    calm, pumps = flats(300, seed=1, start=150), flats(700, seed=2, start=180, gas=0.02)
    rows = answered(project, calm, version=1, epoch=1, prefix="a")
    later = answered(project, pumps, version=1, epoch=1, prefix="b")
    log(project, [*rows, *labels_of(project, rows, calm), *later])
    watch_all(project)
    found = _model(project)
    assert found.input_rows == RECENT
    heating = found.inputs[0]
    assert (heating.name, heating.level, heating.standing) == ("heating", "gas", "open")
    assert heating.now == pytest.approx((pumps["heating"][-RECENT:] == "gas").mean())
    assert heating.baseline == pytest.approx(0.5, abs=0.05)
    by_name = {each.name: each for each in found.inputs}
    assert by_name["area"].now == pytest.approx(pumps["area"][-RECENT:].mean())
    assert by_name["area"].moved < 0.15 and not by_name["area"].standing
    assert found.false_alarms == FalseAlarms(rows=5_000)
    assert found.reasons is not None and found.reasons.rows == 1000 and 0.9 < found.reasons.order <= 1
    assert sum(each.now for each in found.reasons.features) == pytest.approx(1)
    print_status(overview(project.open()), ())
    said = " ".join(capsys.readouterr().out.split())
    assert "inputs over the last 500 rows, those that differ most from the baseline: heating: share of " in said
    assert " in the baseline; in alarm area: average " in said or " in the baseline; in alarm rooms: " in said
    assert "watched with at most 1 false alarm in 5,000 rows, all watches together" in said
    assert "reasons over 1,000 rows: area " in said
    print_status(overview(project.open()), (), inputs=True)
    assert "inputs over the last 500 rows, what differs most first\ninput " in capsys.readouterr().out


def test_rows_of_other_epochs_and_too_few_rows_say_nothing(project: Project) -> None:
    log(project, answered(project, flats(60, seed=1, start=150), version=1, epoch=1, prefix="a"))
    watch_all(project)
    assert _model(project).input_rows == 60
    epoch = put_in_production(project, 1)
    if epoch == 1:  # the same version again is no move
        project.run(parameters={"trees": 30})
        epoch = put_in_production(project, 2)
    late = answered(project, flats(40, seed=2, start=170), version=2, epoch=epoch, prefix="b")
    log(project, late[:20])
    watch_all(project)
    assert (_model(project).input_rows, _model(project).inputs) == (0, ())
    log(project, late[20:])
    watch_all(project)
    assert _model(project).input_rows == 40


def test_rows_are_found_behind_many_labels(project: Project) -> None:
    sold = flats(400, seed=1, start=150)
    rows = answered(project, sold, version=1, epoch=1, prefix="a")
    labels = labels_of(project, rows, sold)
    log(project, [*rows, *(labels * 6)])
    watch_all(project)
    assert _model(project).input_rows == 400
