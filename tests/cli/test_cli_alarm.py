"""`holdtrue alarms show`: an alarm's diagnosis as text, as JSON and as a page."""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl
import pytest
from commanding import holdtrue

sys.path.insert(0, str(Path(__file__).parents[1] / "pipeline"))  # for flat_projects and flat_traffic
sys.path.insert(0, str(Path(__file__).parents[1] / "watching"))

from flat_projects import Project, flats
from flat_traffic import answered, log, put_in_production
from watch_flats import watch_all


@pytest.fixture(scope="module")
def alarmed(tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = Project(tmp_path_factory.mktemp("alarmed") / "p", rows=flats(1500))
    project.run()
    put_in_production(project, 1)
    calm, later = flats(300, seed=1, start=150), flats(300, seed=2, start=180, gas=0.05)
    log(project, answered(project, pl.concat([calm, later]), version=1, epoch=1, prefix="p"))
    watch_all(project)
    return project


def _id(project: Project) -> str:
    found = [each for each in project.open().catalog.alarms.list("flat") if each.quantity == "heating"]
    return next(each.id for each in found if each.group == "inputs")


def test_an_alarm_is_shown_with_its_cause_and_pictures(alarmed: Project) -> None:
    told = holdtrue(alarmed.root, "alarms", "show", f"alarm:{_id(alarmed)}")
    assert told.code == 0, told.err
    for said in ("open: heating: share of ", "what it is", "heating itself has changed", "began", "effect", "before"):
        assert said in told.out
    assert "█" in told.out
    assert _id(alarmed) in holdtrue(alarmed.root, "alarms").out
    shown = holdtrue(alarmed.root, "show", f"alarm:{_id(alarmed)}")
    assert "heating itself has changed" in shown.out
    assert "'causes'" not in shown.out


def test_the_diagnosis_is_json_and_a_page_for_who_asks(alarmed: Project) -> None:
    page = alarmed.root / "alarm.html"
    told = holdtrue(alarmed.root, "alarms", "show", _id(alarmed), "--json", "--html", str(page))
    assert told.code == 0, told.err
    assert told.value["diagnosis"]["causes"][0]["columns"] == ["heating"]
    assert told.value["alarm"]["data"]["diagnosis"]["said"].endswith("heating itself has changed")
    assert "heating itself has changed" in page.read_text("utf-8")


def test_an_alarm_that_is_not_there_is_said_so(alarmed: Project) -> None:
    told = holdtrue(alarmed.root, "alarms", "show", "nope")
    assert told.code == 2
    assert "no alarm nope" in told.err
