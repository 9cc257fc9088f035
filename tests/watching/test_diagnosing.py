"""The watcher diagnoses what it finds: from the log, the same however it reads, and never at the alarm's cost."""

from __future__ import annotations

import logging
from pathlib import Path

import msgspec
import polars as pl
import pytest
from flat_projects import MODEL, Project, flats
from flat_traffic import answered, labels_of, log, put_in_production
from watch_flats import watch_all, watcher_of

from holdtrue.foundation import DAY
from holdtrue.monitors.diagnosis import Diagnosis
from holdtrue.predictionlog import FailedTest, Position, Refusal
from holdtrue.predictionlog.marks import Mark
from holdtrue.watching import diagnosing
from holdtrue.workspace import shown_alarm


def _alarm(project: Project, group: str, quantity: str = ""):
    catalog = project.open().catalog
    found = [each for each in catalog.alarms.list("flat") if each.group == group and quantity in ("", each.quantity)]
    return found[0]


def _said(project: Project, group: str, quantity: str = "") -> Diagnosis:
    found = shown_alarm(project.open(), f"alarm:{_alarm(project, group, quantity).id}").diagnosis
    assert found is not None
    return found


def _metres(rows: pl.DataFrame) -> pl.DataFrame:
    return rows.with_columns(area=pl.col("area") * 10.76391)


def _in_square_feet(project: Project, rows: int = 300) -> None:
    calm, later = flats(300, seed=1, start=150), _metres(flats(rows, seed=2, start=180))
    log(project, answered(project, pl.concat([calm, later]), version=1, epoch=1, prefix="p"))


@pytest.fixture
def metric(tmp_path: Path) -> Project:
    """A project whose area is declared in square metres, v1 in production."""
    model = MODEL.replace("area: ht.Float = ht.field(gt=0, le=1000)", 'area: ht.Float = ht.field(gt=0, unit="sq m")')
    made = Project(tmp_path, model, flats(1500))
    made.run()
    assert put_in_production(made, 1) == 1
    return made


def test_a_unit_change_is_named_in_the_event_the_record_and_the_ref(metric: Project) -> None:
    _in_square_feet(metric)
    watch_all(metric)
    said = _said(metric, "inputs", "area")
    assert said.cause.kind == "unit"
    assert said.cause.clause == "area written as sq ft in place of sq m"
    assert said.begin is not None
    assert said.begin.first_row <= 300 <= said.begin.last_row
    assert said.effect is not None
    assert said.effect.unit == "sq m"
    assert said.examples[0].id == "p300"
    assert said.examples[0].values["area"] > 100
    assert {picture.quantity for picture in said.pictures} >= {"area"}
    catalog = metric.open().catalog
    events = catalog.events.list("flat", kind="alarm.raised")
    (event,) = [each for each in events if (each.data["group"], each.data["quantity"]) == ("inputs", "area")]
    assert "area" in event.why.split("; ")[-1]
    assert event.data["cause"]["columns"] == ["area"]


def test_what_moves_the_average_prediction_adds_up_and_names_the_input(metric: Project) -> None:
    _in_square_feet(metric)
    watch_all(metric)
    said = _said(metric, "predictions")
    assert said.cause.columns == ("area",)
    assert said.carriers is not None
    assert said.carriers.parts[0].name == "area"
    assert sum(each.value for each in said.carriers.parts) + said.carriers.rest == pytest.approx(said.carriers.total)
    assert abs(said.carriers.rest) < 0.01 * abs(said.carriers.total)


def test_an_alarm_is_looked_at_again_when_200_more_rows_have_come(metric: Project) -> None:
    _in_square_feet(metric, rows=100)
    watcher = watch_all(metric)
    first = _said(metric, "inputs", "area")
    assert first.rows < 100
    assert "area" in {alarm.quantity for alarm in watcher.watch().alarms}
    assert watcher.state.looks
    more = answered(metric, _metres(flats(400, seed=3, start=190)), version=1, epoch=1, prefix="q")
    log(metric, more)
    watcher = watch_all(metric)
    later = _said(metric, "inputs", "area")
    assert later.rows >= 200
    assert later.cause.confidence >= first.cause.confidence
    assert _alarm(metric, "inputs", "area").id not in {look.alarm for look in watcher.state.looks}


@pytest.mark.parametrize("batch", [7, 100_000])
def test_batches_of_any_size_and_a_watcher_begun_anew_give_the_same_diagnosis(metric: Project, batch: int) -> None:
    _in_square_feet(metric)
    watch_all(metric)
    usual = {alarm.id: alarm.data["diagnosis"] for alarm in metric.open().catalog.alarms.list("flat")}
    assert all(usual.values())
    with metric.open().catalog._database.write() as connection:
        connection.exec_driver_sql("DELETE FROM watches")
        connection.exec_driver_sql("DELETE FROM alarms")
    while watcher_of(metric).step(batch).records:  # each step by a watcher of its own
        pass
    assert {alarm.id: alarm.data["diagnosis"] for alarm in metric.open().catalog.alarms.list("flat")} == usual


def test_a_diagnosis_that_fails_loses_no_alarm(
    metric: Project, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise ZeroDivisionError("no luck")

    monkeypatch.setattr(diagnosing, "diagnose", fail)
    _in_square_feet(metric)
    with caplog.at_level(logging.ERROR):
        watch_all(metric)
    alarm = _alarm(metric, "inputs", "area")
    assert alarm.data["message"].startswith("area: average ")
    assert alarm.data["diagnosis"] is None
    assert shown_alarm(metric.open(), alarm.id).diagnosis is None
    assert f"alarm {alarm.id} cannot be diagnosed" in caplog.text
    (event,) = [each for each in metric.open().catalog.events.list("flat") if each.subject == f"alarm:{alarm.id}"]
    assert event.why == alarm.data["message"]


def test_answers_of_a_stale_version_are_known_by_their_values(project: Project) -> None:
    project.write(flats(3000, seed=8, start=150, level=1.3), "more.parquet")
    project.run()
    epoch = put_in_production(project, 2)
    rows = flats(600, seed=4, start=460, level=1.3)
    right = answered(project, rows[:300], version=2, epoch=epoch, prefix="a")
    stale = answered(project, rows[300:], version=1, epoch=epoch, prefix="b")
    log(project, [*right, *(msgspec.structs.replace(each, version=right[0].version) for each in stale)])
    watch_all(project)
    said = _said(project, "predictions")
    assert said.cause.kind == "stale version"
    assert said.cause.clause == "flat:v1 answers in place of flat:v2"


def test_a_version_that_decides_for_other_reasons_is_named_against_the_one_it_is_held_to(project: Project) -> None:
    project.write_model(
        MODEL.replace("lightgbm.Dataset(train.X", "lightgbm.Dataset(train.X * [0, 1, 1]").replace("< 400", "< 1")
    )
    project.run()
    epoch = put_in_production(project, 2, force=True)
    log(project, answered(project, flats(200, seed=4, start=160), version=2, epoch=epoch, prefix="f"))
    watch_all(project)
    said = _said(project, "attributions")
    assert said.cause.kind == "model"
    assert said.cause.clause == "flat:v2 decides otherwise than flat:v1"
    assert said.carriers is not None
    assert said.carriers.parts[0].name == "area"


def test_of_refused_rows_the_test_is_named_that_they_fail(project: Project) -> None:
    rows = answered(project, flats(400, seed=1, start=150), version=1, epoch=1, prefix="p")
    now = project.clock.now()
    failed = FailedTest(field="rooms", value=-1, test="rooms.ge", message="rooms: -1 is less than 1")
    warned = FailedTest(field="area", value=1, test="area.warn.ge", message="small", severity="warn")
    refused = [
        Refusal(id=f"bad{n}", received=now, version=rows[0].version, failures=(failed, warned), epoch=1)
        for n in range(40)
    ]
    log(project, [*rows, *refused])
    watch_all(project)
    said = _said(project, "tests")
    assert (said.cause.kind, said.cause.columns) == ("refusals", ("rooms",))
    assert said.cause.clause == "rows that fail rooms.ge"


def test_rents_that_rise_are_a_change_of_what_is_predicted(project: Project) -> None:
    rows = pl.concat([flats(300, seed=1, start=150), flats(300, seed=2, start=180, level=1.3)])
    predictions = answered(project, rows, version=1, epoch=1, prefix="p")
    log(project, [*predictions, *labels_of(project, predictions, rows, days=2)])
    watch_all(project)
    said = _said(project, "errors", "absolute error")
    assert said.cause.kind == "relation"
    assert said.begin is not None
    assert said.begin.first_row <= 300 <= said.begin.last_row + 1
    assert said.effect is not None
    assert said.effect.now > 3 * said.effect.before


def test_that_no_row_is_refused_any_more_is_said_so(project: Project) -> None:
    project.write(flats(600, seed=3).with_columns(rooms=pl.lit(0)), "bad.parquet")
    project.write_model(MODEL.replace("max_refused=0.05", "max_refused=0.5"))
    project.run(parameters={"trees": 30})
    epoch = put_in_production(project, 2)
    log(project, answered(project, flats(300, seed=1, start=150), version=2, epoch=epoch, prefix="p"))
    watch_all(project)
    said = _said(project, "tests")
    assert said.cause.clause in ("rows that are refused come no more", "rows that fail rooms.ge come no more")
    assert "not known" not in said.cause.words


def test_labels_that_come_late_are_said_to_come_late(project: Project) -> None:
    rows = pl.concat([flats(300, seed=1, start=150), flats(300, seed=2, start=180, level=1.3)])
    predictions = answered(project, rows, version=1, epoch=1, prefix="p")
    labels = labels_of(project, predictions[:300], rows[:300], days=2)
    late = labels_of(project, predictions[300:], rows[300:], days=40)
    log(project, [*predictions, *labels, *late])
    watch_all(project)
    said = _said(project, "errors")
    assert said.cause.kind == "labels"
    assert "half took 40 days or more, it was 2 days" in said.cause.words
    assert late[0].time - predictions[300].moment == 40 * DAY


def test_the_last_records_of_a_log_are_those_a_reader_read_last(project: Project) -> None:
    rows = answered(project, flats(90, seed=1), version=1, epoch=1, prefix="p")
    log(project, rows[:60], "one")
    log(project, rows[60:], "two")
    reader = watcher_of(project)._reader
    records, position = reader.read(None, 70)
    assert {each.id for each in reader.before(position, 70)} == {each.id for each in records}
    assert reader.before(position, 1000) == reader.before(position, 70)
    last = reader.before(position, 10)
    assert last == reader.before(position, 1000)[-10:]
    assert reader.before(Position(), 10) == []


def test_the_last_records_are_the_same_with_and_without_marks_to_begin_at(project: Project) -> None:
    rows = answered(project, flats(120, seed=1), version=1, epoch=1, prefix="p")
    log(project, rows[:70], "one")
    log(project, rows[70:], "two")
    reader, position = watcher_of(project)._reader, None
    for size in (1, 2, 40, 7, 1, 1, 20, 33):
        _, position = reader.read(position, size)
        unmarked = Position(position.offsets)
        for most in (0, 1, 3, 30, 500):
            assert reader.before(position, most) == reader.before(unmarked, most)
    assert position is not None and any(len(marks) > 2 for marks in position.marks.values())
    strange = Position(position.offsets, {name: (Mark("00000001", 17, 99, 0),) for name in position.marks})
    assert reader.before(strange, 30) == reader.before(position, 30)
