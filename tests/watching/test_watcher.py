"""The watcher on a real log: every row judged once, in its own epoch, against the right reference."""

import multiprocessing
import shutil
import signal
from pathlib import Path

import msgspec
import polars as pl
import pytest
from flat_projects import MODEL, Project, flats
from flat_traffic import answered, go_back, labels_of, log, put_in_production
from watch_flats import alarms_of, die_while_saving, told, watch_all, watcher_of

from holdtrue.foundation import DAY
from holdtrue.monitors import WatchSettings
from holdtrue.policies import Drift, LoopState, Policy, alert, decide, kind_of
from holdtrue.predictionlog import LabelRecord, Refusal
from holdtrue.watching import WatcherState, pacing, share_in_words
from holdtrue.watching.observing import advance_clock
from holdtrue.workspace.backlog import notes_of


def _traffic(project: Project, rows: pl.DataFrame, *, epoch: int = 1, version: int = 1, prefix: str = "p") -> None:
    """Answer rows; the labels of each hundred come after the next hundred, some before their row, some twice."""
    predictions = answered(project, rows, version=version, epoch=epoch, prefix=prefix)
    labels = labels_of(project, predictions, rows)
    records = []
    for start in range(0, len(predictions), 100):
        records += predictions[start : start + 100]
        records += labels[max(0, start - 100) : start]
        records += labels[start + 110 : start + 115]
        records += predictions[start : start + 3]
    log(project, records)


def _drifting(project: Project) -> None:
    calm, later = flats(300, seed=1, start=150), flats(300, seed=2, start=180, gas=0.05, level=1.4)
    _traffic(project, pl.concat([calm, later]))


@pytest.mark.parametrize("batch", [5, 37, 100_000])
def test_batches_of_any_size_give_the_same_state_and_alarms(project: Project, batch: int, tmp_path: Path) -> None:
    _drifting(project)
    twin = tmp_path.parent / f"{tmp_path.name}-twin"
    shutil.copytree(project.root, twin)
    usual, other = watch_all(project), watch_all(Project(twin), batch)
    assert {alarm["group"] for alarm in alarms_of(project)} >= {"inputs", "errors"}
    assert alarms_of(Project(twin)) == alarms_of(project)
    assert told(other.state) == told(usual.state)
    assert usual.state.answered == 600
    assert usual.state.labelled == 505  # five labels came before their rows


@pytest.mark.parametrize("moment", ["before", "within", "after"])
@pytest.mark.parametrize("saves", [2, 7])
def test_a_watcher_killed_at_a_save_gives_the_same_verdicts(
    project: Project, tmp_path: Path, saves: int, moment: str
) -> None:
    _drifting(project)
    twin = tmp_path.parent / f"{tmp_path.name}-twin"
    shutil.copytree(project.root, twin)
    undisturbed = watch_all(project, 64)
    child = multiprocessing.get_context("spawn").Process(target=die_while_saving, args=(str(twin), saves, moment))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    gone_on = watch_all(Project(twin), 64)
    assert told(gone_on.state) == told(undisturbed.state)
    assert alarms_of(Project(twin)) == alarms_of(project)
    kinds = [
        [event.kind for event in each.open().catalog.events.list("flat") if event.actor in ("monitor", "loop")]
        for each in (project, Project(twin))
    ]
    assert kinds[0] == kinds[1]
    assert project.open().catalog.events.verify().intact


def test_a_step_that_failed_is_forgotten_and_done_again(project: Project) -> None:
    _drifting(project)
    watcher = watcher_of(project)
    watcher.step(64)
    seen = watcher.state.answered
    watches = watcher._catalog.watches
    true_save = watches.save

    def refuse(*args: object, **options: object) -> object:
        raise OSError("the disk is gone")

    watches.save = refuse
    with pytest.raises(OSError, match="gone"):
        watcher.step(64)
    watches.save = true_save
    while watcher.step(64).records:
        pass
    assert seen < watcher.state.answered == 600


def test_of_two_watchers_each_row_is_judged_by_one(project: Project) -> None:
    _drifting(project)
    one, two = watcher_of(project), watcher_of(project)
    while one.step(64).records + two.step(50).records:
        pass  # each takes up from where the other was
    kept = watcher_of(project)
    assert kept.state.answered == 600
    twin = watch_all_of_a_copy(project)
    assert told(kept.state) == told(twin.state)


def watch_all_of_a_copy(project: Project):
    """Watch a copy of the project from its log's beginning."""
    copy = project.root.parent / f"{project.root.name}-copy"
    shutil.copytree(project.root, copy)
    workspace = Project(copy).open()
    with workspace.catalog._database.write() as connection:
        connection.exec_driver_sql("DELETE FROM watches")
    workspace.close()
    return watch_all(Project(copy))


def test_an_alias_move_begins_afresh_and_supersedes_open_alarms_in_the_same_step(project: Project) -> None:
    _drifting(project)
    project.write(flats(300, seed=8, start=150), "more.parquet")
    project.run()
    epoch = put_in_production(project, 2)
    _traffic(project, flats(50, seed=3, start=220), epoch=epoch, version=2, prefix="q")
    watcher = watch_all(project, 100_000)
    assert (watcher.state.epoch, watcher.state.answered, watcher.state.others) == (2, 50, 0)
    catalog = project.open().catalog
    alarms = catalog.alarms.list("flat")
    assert alarms
    assert {(alarm.status, alarm.why) for alarm in alarms} == {("superseded", "superseded by flat:v2")}
    begun = [event for event in catalog.events.list("flat") if event.kind == "watch.begun"]
    assert [event.data["epoch"] for event in begun] == [1, 2]
    assert begun[1].data["superseded"] == sorted(alarm.id for alarm in alarms)


def test_an_alarm_that_a_person_accepted_stays_accepted(project: Project) -> None:
    _drifting(project)
    watch_all(project)
    catalog = project.open().catalog
    chosen = catalog.alarms.list("flat")[0]
    catalog.alarms.set_status(chosen.id, "accepted", "we know")
    put_in_production(project, 1)
    project.run(force=True)
    put_in_production(project, 2)
    watch_all(project)
    assert catalog.alarms.get(chosen.id).status == "accepted"
    assert {alarm.status for alarm in catalog.alarms.list("flat")} == {"accepted", "superseded"}


def test_rows_and_labels_of_an_old_epoch_do_not_count_in_the_new(project: Project) -> None:
    rows = flats(60, seed=1, start=150)
    old = answered(project, rows, version=1, epoch=1, prefix="old")
    log(project, old[:40])
    watch_all(project)
    project.run(force=True)
    epoch = put_in_production(project, 2)
    watcher = watch_all(project)
    assert watcher.state.epoch == 2
    new = answered(project, rows, version=2, epoch=epoch, prefix="new")
    log(project, [*old[40:], *labels_of(project, old, rows), *new, *labels_of(project, new, rows)[:10]])
    watcher = watch_all(project)
    assert (watcher.state.answered, watcher.state.labelled, watcher.state.others) == (60, 10, 20)


def test_rows_of_another_alias_are_left_to_its_own_watch(project: Project) -> None:
    rows = flats(60, seed=1, start=150)
    mine = answered(project, rows, version=1, epoch=1, prefix="mine")
    # A candidate's alias has moved more often than production; and a version asked by its number has no alias.
    canary = [msgspec.structs.replace(each, id=f"c{each.id}", alias="candidate", epoch=7) for each in mine]
    asked = [msgspec.structs.replace(each, id=f"a{each.id}", alias="", epoch=0) for each in mine]
    log(project, [*canary, *mine[:30], *asked, *mine[30:]])
    project.run(force=True)
    epoch = put_in_production(project, 2)
    log(project, answered(project, rows, version=2, epoch=epoch, prefix="later"))
    watcher = watcher_of(project)
    watcher.step(180)
    assert (watcher.state.epoch, watcher.state.answered) == (1, 60)
    watcher.step(100_000)
    assert (watcher.state.epoch, watcher.state.answered) == (2, 60)


def test_rows_answered_before_anything_was_promoted_are_only_counted(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.run()
    log(project, answered(project, flats(20, seed=1), version=1, epoch=0, prefix="early"))
    watcher = watch_all(project)
    assert (watcher.state.epoch, watcher.state.others) == (0, 20)
    put_in_production(project, 1)
    assert watch_all(project).state.epoch == 1


def test_a_forced_version_is_watched_against_the_last_that_passed_its_gate(project: Project) -> None:
    project.write_model(
        MODEL.replace("lightgbm.Dataset(train.X", "lightgbm.Dataset(train.X * [0, 1, 1]").replace("< 400", "< 1")
    )
    forced = project.run()
    assert not forced.gate.passed
    epoch = put_in_production(project, 2, force=True)
    _traffic(project, flats(200, seed=4, start=160), epoch=epoch, version=2, prefix="f")
    watcher = watch_all(project)
    catalog = project.open().catalog
    assert watcher.state.version == forced.version.id
    assert watcher.state.reference == catalog.versions.get("flat", 1).id
    raised = [event for event in catalog.events.list("flat") if event.kind == "alarm.raised"]
    assert "attributions" in {event.data["group"] for event in raised}
    assert go_back(project) == 3
    assert watch_all(project).state.reference == catalog.versions.get("flat", 1).id


def test_what_cannot_be_compared_is_said_and_the_rest_is_watched(project: Project) -> None:
    project.write_model(
        MODEL.replace('"area", "rooms", "heating"]', '"area", "heating"]')
        .replace("    rooms: ht.Int = ht.field(ge=1, le=20)\n", "")
        .replace("< 400", "< 1")
    )
    project.run()
    epoch = put_in_production(project, 2, force=True)
    rows = flats(100, seed=4, start=160).drop("rooms")
    predictions = answered(project, rows, version=2, epoch=epoch, prefix="f")
    log(project, [*predictions, *labels_of(project, predictions, rows)])
    watcher = watch_all(project)
    assert "inputs not comparable: the version answering has no rooms" in watcher.state.note
    assert "reasons not comparable" in watcher.state.note
    assert "refused rows not comparable" in watcher.state.note
    assert set(watcher.state.standing) == {"predictions", "errors"}
    begun = [event for event in project.open().catalog.events.list("flat") if event.kind == "watch.begun"]
    assert "reasons not comparable" in begun[-1].why


def test_a_field_that_became_another_kind_is_not_compared(project: Project) -> None:
    project.write_model(
        MODEL.replace("rooms: ht.Int = ht.field(ge=1, le=20)", "rooms: ht.Category").replace("< 400", "< 1")
    )
    rows = flats(1500).with_columns(pl.col("rooms").cast(pl.String))
    project.write(rows, "flats.parquet")
    project.run()
    epoch = put_in_production(project, 2, force=True)
    log(project, answered(project, rows[:50], version=2, epoch=epoch, prefix="f"))
    watcher = watch_all(project)
    assert watcher.state.answered == 50
    assert "has rooms of another kind" in watcher.state.note


def test_labels_that_are_no_numbers_are_counted_and_stop_nothing(project: Project) -> None:
    rows = flats(20, seed=1, start=150)
    predictions = answered(project, rows, version=1, epoch=1, prefix="p")
    labels = labels_of(project, predictions, rows)
    bad = [
        LabelRecord(prediction_id=predictions[0].id, value="dear", received=labels[0].received),
        LabelRecord(prediction_id=predictions[1].id, value=float("nan"), received=labels[0].received),
        LabelRecord(prediction_id=predictions[2].id, value=None, received=labels[0].received),
    ]
    log(project, [*predictions, *bad, *labels])
    watcher = watch_all(project)
    assert (watcher.state.unusable, watcher.state.labelled) == (3, 20)


def test_a_fallbacks_answers_are_no_errors_of_the_model(project: Project) -> None:
    rows = flats(20, seed=1, start=150)
    predictions = answered(project, rows, version=1, epoch=1, prefix="p")
    fell = [msgspec.structs.replace(each, fallback="median") for each in predictions[:5]] + predictions[5:]
    log(project, [*fell, *labels_of(project, predictions, rows)])
    watcher = watch_all(project)
    assert (watcher.state.answered, watcher.state.labelled, watcher.state.explained) == (20, 15, 15)


def test_memory_stays_bounded_where_labels_never_come(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("holdtrue.watching.observing.MOST_AWAITING", 100)
    rows = flats(600, seed=1, start=150)
    predictions = answered(project, rows, version=1, epoch=1, prefix="p")
    log(project, predictions)
    watcher = watch_all(project)
    assert 20 < len(watcher.state.awaiting) <= 100
    assert watcher.state.halvings >= 2
    # The labels of the rows that still wait are judged, as a fair sample of all.
    log(project, labels_of(project, predictions, rows), "labels")
    assert 20 < watch_all(project).state.labelled <= 100


def test_a_model_without_time_is_dated_by_when_its_rows_came(tmp_path: Path) -> None:
    project = Project(tmp_path, MODEL.replace('time="day", ', ""), flats(1500))
    project.run()
    put_in_production(project, 1)
    received = project.clock.now()
    _traffic(project, pl.concat([flats(200, seed=1), flats(200, seed=2, gas=0.02)]))
    watch_all(project)
    alarm = next(each for each in project.open().catalog.alarms.list("flat") if each.group == "inputs")
    assert alarm.data["began_time"] == received


def test_after_a_power_cut_the_watcher_goes_back_says_so_and_judges_no_row_twice(project: Project) -> None:
    rows = answered(project, flats(200, seed=1, start=150), version=1, epoch=1, prefix="old")
    refused = [Refusal(id=f"bad{n}", received=1, version=rows[0].version, failures=(), epoch=1) for n in range(20)]
    log(project, [*rows[:180], *refused, *rows[180:]])
    watch_all(project, 64)
    (segment,) = (project.root / ".holdtrue" / "log" / "flat").glob("*/*.log")
    segment.write_bytes(segment.read_bytes()[:-2000])  # some rows, and a part of one
    later = answered(project, flats(300, seed=2, start=170), version=1, epoch=1, prefix="new")
    log(project, later)
    watcher = watch_all(project, 64)
    assert (watcher.state.answered, watcher.state.refused) == (500, 20)
    (said,) = [event for event in project.open().catalog.events.list("flat") if event.kind == "log.shrank"]
    assert "no longer holds what was read" in said.why
    assert said.data["place"] > said.data["to_place"] > 0


def test_the_datas_clock_goes_on_with_the_rows_and_not_with_one_of_the_future() -> None:
    state = WatcherState()
    for day in range(3):
        advance_clock(state, (100 + day) * DAY)
    assert state.data_time == 100 * DAY  # three records bear out nothing yet
    for hour in range(60):
        advance_clock(state, 103 * DAY + hour * DAY // 24)
    assert state.data_time == 105 * DAY + 11 * DAY // 24  # at once, where others are of the day before
    for moment in (9000 * DAY, 50 * DAY, 9000 * DAY, 106 * DAY, 9000 * DAY):
        advance_clock(state, moment)
    assert state.data_time == 106 * DAY
    for _ in range(2):
        advance_clock(state, 9000 * DAY)
    assert state.data_time == 9000 * DAY  # five say so: it is what the data is dated


@pytest.mark.parametrize("apart", [DAY // 3, DAY, 7 * DAY])
def test_the_datas_clock_goes_on_where_rows_are_days_apart(apart: int) -> None:
    state = WatcherState()
    for place in range(50):
        advance_clock(state, 1000 * DAY + place * apart)
    assert state.data_time is not None and state.data_time >= 1000 * DAY + 45 * apart
    then = state.data_time
    advance_clock(state, 9000 * DAY)
    assert state.data_time <= then + apart  # one of the future vouches for no more than the rows before it


def test_a_refusal_before_the_first_row_buys_no_time(project: Project) -> None:
    rows = answered(project, flats(300, seed=1, start=150), version=1, epoch=1, prefix="p")
    bad = Refusal(id="bad", received=rows[0].received, version=rows[0].version, failures=(), epoch=1)
    log(project, [bad, *rows])
    watcher = watcher_of(project, WatchSettings(false_alarm_rows=5_000, false_alarm_days=30))
    assert watcher.step(1000).records == 301
    watch = watcher.watch()
    assert watch is not None
    spent = msgspec.msgpack.decode(watch.to_bytes(references=False))["spent"]
    by_tests, by_inputs = spent["tests"], spent["inputs"]
    assert by_tests[1] == by_inputs[1] and by_tests[2] == pytest.approx(by_inputs[2], abs=2.0)


def test_one_row_of_the_future_moves_no_clock_in_a_watch(project: Project) -> None:
    rows = answered(project, flats(60, seed=1, start=150), version=1, epoch=1, prefix="p")
    calm = max(row.moment for row in rows)
    ahead = msgspec.structs.replace(rows[30], id="ahead", time=calm + 4000 * DAY, received=calm + 9000 * DAY)
    log(project, [*rows[:31], ahead, *rows[31:]])
    assert watch_all(project).state.data_time == calm


def test_another_share_of_refused_rows_is_an_alarm_that_policies_can_name(project: Project) -> None:
    rows = answered(project, flats(400, seed=1, start=150), version=1, epoch=1, prefix="p")
    assert watch_all(project).watch() is not None
    log(project, rows)
    watch_all(project)
    assert [alarm for alarm in alarms_of(project) if alarm["group"] == "tests"] == []
    now = project.clock.now()
    refused = [Refusal(id=f"bad{n}", received=now, version=rows[0].version, failures=(), epoch=1) for n in range(40)]
    log(project, refused)
    watcher = watch_all(project)
    (alarm,) = [alarm for alarm in alarms_of(project) if alarm["group"] == "tests"]
    assert alarm["quantity"] == "refused"
    message = alarm["data"]["message"]
    assert message.startswith("refused rows: share 100% since ") and "(0% in the baseline)" in message
    assert alarm["time"] == watcher.state.data_time  # a refused row counts as of the rows around it
    (raised,) = project.open().catalog.events.list("flat", kind="alarm.raised")
    policy = Policy(when=(Drift("tests"),), do=(alert(),))
    assert policy.text == "When another share of the rows is refused: alert."
    assert [kind_of(each.reaction) for each in decide([policy], raised, LoopState(now=now))] == ["alert"]


def test_when_rows_come_faster_than_reasons_a_stated_share_is_explained_until_it_has_caught_up(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pacing, "LOOK_EVERY", 64)
    monkeypatch.setattr(pacing, "LONG", 20_000)
    monkeypatch.setattr(pacing, "SHORT", 2_000)
    watcher, rows = (
        watcher_of(project),
        answered(project, flats(1400, seed=1, start=150), version=1, epoch=1, prefix="p"),
    )
    taken = 0
    for lot in range(7):  # each time twice as many come as are read
        log(project, rows[200 * lot : 200 * (lot + 1)])
        taken += watcher.step(100).records
    halvings = pacing.halvings_of(watcher.state)
    assert halvings >= 2
    assert watcher.state.explained < taken
    assert f"1 row in {1 << halvings}" in share_in_words(watcher.state)
    assert f"flat: {share_in_words(watcher.state)}" in notes_of(project.open())
    told = [each.data for each in project.open().catalog.events.list("flat", kind="watch.share")]
    assert [(each["row"], each["one_in"]) for each in told] == [(row, 1 << n) for row, n in watcher.state.shares]
    expected, shares = 0, [*watcher.state.shares, (taken, 0)]
    for (row, n), (end, _) in zip([(0, 0), *shares], shares, strict=False):
        expected += sum(pacing.is_explained(each.id, n) for each in rows[row:end])
    assert watcher.state.explained == expected  # so the very same rows can be explained again
    while watcher.step(100).records:
        pass
    log(project, answered(project, flats(400, seed=5, start=190), version=1, epoch=1, prefix="q"))
    for _ in range(8):
        watcher.step(64)
    assert watcher.state.answered == 1800
    assert pacing.halvings_of(watcher.state) < halvings


def test_a_label_of_a_time_beyond_the_calendar_moves_no_clock(project: Project) -> None:
    rows = answered(project, flats(3, seed=1, start=150), version=1, epoch=1, prefix="p")
    odd = LabelRecord(prediction_id="p0", value=900.0, received=rows[0].received, time=-(10**17))
    log(project, [*rows, odd])
    assert watch_all(project).state.data_time == min(row.moment for row in rows)
