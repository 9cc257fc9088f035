"""An alarm's life on a real log: told once, in the catalog and in events; what is accepted moves the reference."""

from pathlib import Path

import msgspec
import polars as pl
import pytest
from flat_projects import Project, flats
from flat_traffic import answered, log, put_in_production
from test_watcher import watch_all_of_a_copy
from watch_flats import alarms_of, told, watch_all, watcher_of

from holdtrue.catalog import GOING_ON
from holdtrue.foundation import WrongUse
from holdtrue.watching import accept_alarm, rows_since


def _rows(project: Project, *parts: pl.DataFrame, prefix: str = "p", epoch: int = 1) -> None:
    log(project, answered(project, pl.concat(parts), version=1, epoch=epoch, prefix=prefix))


def _heating(project: Project) -> None:
    """Hardly a flat is heated by gas for 400 rows, then as before."""
    _rows(project, flats(200, seed=1, start=150), flats(400, seed=2, start=170, gas=0.02))
    _rows(project, flats(1200, seed=3, start=210), prefix="q")


def _heating_alarm(project: Project, status: str):
    (found,) = [each for each in project.open().catalog.alarms.list("flat", status) if each.group == "inputs"]
    return found


@pytest.mark.parametrize("batch", [7, 100_000])
def test_an_alarm_that_is_over_is_resolved_in_the_catalog_and_told_once(project: Project, batch: int) -> None:
    _heating(project)
    watcher = watch_all(project, batch)
    alarm = _heating_alarm(project, "resolved")
    assert alarm.why.startswith("heating ") and "in the baseline again since " in alarm.why
    assert "it lasted 417 rows, 41 days" in alarm.why
    events = project.open().catalog.events.list("flat", kind="alarm.resolved")
    (event,) = [event for event in events if event.data["group"] == "inputs"]
    assert event.why == alarm.why and event.subject == f"alarm:{alarm.id}" and event.actor == "monitor"
    assert event.data["rows"] == pytest.approx(400, abs=30) and event.data["quantities"][0] == "heating"
    assert watcher.state.standing["inputs"].left == () and watcher.state.standing["inputs"].stages == {}
    assert project.open().catalog.alarms.list("flat", GOING_ON) == ()


def test_an_alarm_that_moves_on_is_changing_and_still_open(project: Project) -> None:
    _rows(project, flats(200, seed=1, start=150), flats(300, seed=2, start=170, gas=0.02))
    _rows(project, flats(300, seed=3, start=200, gas=0.98), prefix="q")
    watch_all(project)
    alarm = _heating_alarm(project, "changing")
    assert alarm.why.startswith("heating has changed again: share of ") and alarm.id in {
        each.id for each in project.open().catalog.alarms.list("flat", GOING_ON)
    }
    changed = [event.subject for event in project.open().catalog.events.list("flat", kind="alarm.changed")]
    assert changed.count(f"alarm:{alarm.id}") == 1
    put_in_production(project, 1)
    project.run(force=True)
    put_in_production(project, 2)
    watch_all(project)
    assert _heating_alarm(project, "superseded").id == alarm.id


def test_accepting_moves_the_reference_at_a_recorded_row_and_a_replay_repeats_it(project: Project) -> None:
    _rows(project, flats(200, seed=1, start=150), flats(60, seed=2, start=170, gas=0.02))
    watch_all(project)
    alarm = _heating_alarm(project, "open")
    catalog = project.open().catalog
    now = project.clock.now()
    with pytest.raises(WrongUse, match=r"cannot be accepted yet: heating has been watched over \d\d rows since it"):
        accept_alarm(catalog, alarm.id, "a new part of town", by="person:ann", at=now)
    _rows(project, flats(200, seed=3, start=176, gas=0.02), prefix="q")
    watch_all(project)
    assert rows_since(catalog, alarm)[0] == ""
    accept_alarm(catalog, f"alarm:{alarm.id}", "a new part of town", by="person:ann", at=now)
    watcher = watcher_of(project)
    watcher.step()
    (moved,) = catalog.events.list("flat", kind="reference.moved")
    assert moved.actor == "person:ann" and moved.why.endswith("rows since the change: a new part of town")
    assert (moved.data["group"], moved.data["row"], moved.data["epoch"]) == ("inputs", 460, 1)
    assert watcher.state.standing["inputs"].stages["heating"].standing == "accepted"
    assert watcher.state.standing["inputs"].left == ()
    # It is lived with: no alarm about the same, a new one when it changes.
    _rows(project, flats(600, seed=4, start=196, gas=0.02), prefix="r")
    watch_all(project, 50)
    assert [each.status for each in catalog.alarms.list("flat") if each.group == "inputs"] == ["accepted"]
    _rows(project, flats(400, seed=5, start=256), prefix="s")
    watch_all(project)
    again = _heating_alarm(project, "open")
    assert again.data["accepted"] and "as accepted" in again.data["message"]
    # Gone through once more from the first row, with what is on record: the same state and alarms, to the bit.
    kept, before = watcher_of(project), alarms_of(project)
    twin = watch_all_of_a_copy(project)
    read = {"looked_at": 0, "backlog": 0}  # how much lay ahead when it was read
    assert told(twin.state) | read == told(kept.state) | read
    copy = Project(project.root.parent / f"{project.root.name}-copy")
    assert alarms_of(copy) == before
    assert len(copy.open().catalog.events.list("flat", kind="reference.moved")) == 1


def test_what_was_accepted_twice_or_is_over_cannot_be_accepted(project: Project) -> None:
    _heating(project)
    watch_all(project)
    alarm, catalog = _heating_alarm(project, "resolved"), project.open().catalog
    with pytest.raises(WrongUse, match="is resolved, not open"):
        accept_alarm(catalog, alarm.id, "known", by="person:ann", at=project.clock.now())
    with pytest.raises(WrongUse, match="needs a reason"):
        accept_alarm(catalog, alarm.id, " ", by="person:ann", at=project.clock.now())


def test_of_two_watchers_one_moves_the_reference(project: Project) -> None:
    _rows(project, flats(200, seed=1, start=150), flats(300, seed=2, start=170, gas=0.02))
    one, two = watch_all(project), watch_all(project)
    alarm, catalog = _heating_alarm(project, "open"), project.open().catalog
    accept_alarm(catalog, alarm.id, "known", by="person:ann", at=project.clock.now())
    one.step()
    two.step()
    _rows(project, flats(100, seed=3, start=200, gas=0.02), prefix="q")
    while one.step(20).records + two.step(30).records:
        pass
    (moved,) = catalog.events.list("flat", kind="reference.moved")
    assert moved.data["row"] == 500
    assert told(watcher_of(project).state) == told(watch_all_of_a_copy(project).state)


def test_a_new_version_ends_what_was_accepted(project: Project, tmp_path: Path) -> None:
    _rows(project, flats(200, seed=1, start=150), flats(300, seed=2, start=170, gas=0.02))
    watch_all(project)
    alarm = _heating_alarm(project, "open")
    accept_alarm(project.open().catalog, alarm.id, "known", by="person:ann", at=project.clock.now())
    watch_all(project)
    project.run(force=True)
    put_in_production(project, 2)
    state = watch_all(project).state
    assert state.epoch == 2 and all(not each.stages for each in state.standing.values())
    assert msgspec.to_builtins(_heating_alarm(project, "accepted"))["why"] == "known"
