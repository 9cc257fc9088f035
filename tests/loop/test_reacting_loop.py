"""The loop end to end: real log, real catalog, real trainings in child processes, a clock moved by the data."""

import multiprocessing
import os
import select
import signal
from contextlib import suppress
from pathlib import Path

import pytest
from flat_projects import MODEL, Project, flats
from flat_traffic import answered, go_back, labels_of, log, put_in_production
from looping_flats import BLIND, POLICIES, ROLLING, Looped, die_when_closing

from holdtrue.catalog import Conflict
from holdtrue.foundation import DAY, SECOND, StoreDamaged, WrongUse
from holdtrue.loop import Loop, ModelLoop, recall, remember
from holdtrue.versions import ModelManifest, get_manifest
from holdtrue.workspace import Workspace
from holdtrue.workspace.reacting import run_loop


def _drift(project: Project, *, labels: int = 0, epoch: int = 1, version: int = 1) -> tuple[list, object]:
    """Answer rows among which gas heating goes out of use after the 200th; the first `labels` of the later have one."""
    calm, later = flats(200, seed=1, start=150), flats(200, seed=2, start=170, gas=0.02)
    first = answered(project, calm, version=version, epoch=epoch, prefix="calm")
    second = answered(project, later, version=version, epoch=epoch, prefix="late")
    log(project, [*first, *labels_of(project, first, calm), *second, *labels_of(project, second, later)[:labels]])
    return second, later


def test_drift_alerts_at_once_waits_for_labels_trains_and_promotes(project: Project, looped: Looped) -> None:
    rows, later = _drift(project, labels=20)
    looped.settle()
    alarm = next(event for event in looped.events("alarm.raised") if event.data["group"] == "inputs")
    assert looped.alerts == [f"flat: {alarm.why}"]
    assert [event.why for event in looped.events("retrain.waiting")] == ["20 of 100 rows since the change have labels"]
    assert looped.production.number == 1
    log(project, labels_of(project, rows, later)[20:120], "labels")
    looped.settle()
    assert len(looped.jobs) == 1
    assert looped.production.number == 2
    assert looped.production.by == "policy"
    assert [event.kind for event in looped.events() if event.kind.startswith("retrain")] == [
        "retrain.waiting",
        "retrain.started",
        "retrain.finished",
    ]
    assert looped.open_intents() == 0
    manifest = get_manifest(looped.workspace.store, looped.production.version_id, ModelManifest)
    assert manifest.since == alarm.data["began_time"]
    assert looped.workspace.catalog.alarms.get(alarm.data["alarm"]).status == "superseded"


GAS = """
    @ht.table_test(live=True, window=100)
    def enough_gas(table):
        return table.column("heating").share("gas") > 0.3

flat = ht.Model("""


def test_a_table_test_that_fails_live_alerts_and_trains_where_a_policy_says_so(tmp_path: Path) -> None:
    named = 'flat.on(ht.TableTestFails("enough_gas")).do(ht.alert(), ht.retrain(labels_since_change=100))\n'
    project = Project(tmp_path, MODEL.replace("flat = ht.Model(", GAS) + named, rows=flats(1500))
    project.run()
    put_in_production(project, 1)
    looped = Looped(project)
    rows, later = _drift(project)
    looped.settle()
    (failed,) = looped.events("table_test.failed")
    assert looped.alerts == [f"flat: {failed.why}"] and 'heating.share("gas") > 0.3: does not hold' in failed.why
    assert [event.why for event in looped.events("retrain.waiting")] == ["0 of 100 rows since the change have labels"]
    log(project, labels_of(project, rows, later)[:120], "labels")
    looped.settle()
    assert len(looped.jobs) == 1 and looped.production.number == 2
    manifest = get_manifest(looped.workspace.store, looped.production.version_id, ModelManifest)
    assert manifest.since == failed.data["began_time"] and failed.data["began_row"] == 200
    looped.close()


def test_a_new_version_that_does_not_pass_its_gate_is_told_and_not_promoted(project: Project, looped: Looped) -> None:
    project.write_model(POLICIES.replace("< 400", "< 1"))
    _drift(project, labels=200)
    looped.settle()
    assert looped.production.number == 1
    (refused,) = looped.events("retrain.refused")
    assert "did not pass its gate" in refused.why
    assert "mae < 1" in refused.why
    assert any("did not pass its gate" in text for text in looped.alerts)
    assert looped.open_intents() == 0


def test_a_training_that_fails_is_told(project: Project, looped: Looped) -> None:
    project.write_model(POLICIES.replace("data = lightgbm.Dataset(", "data = lightgbm.Dataset(1 / 0, "))
    _drift(project, labels=200)
    looped.settle()
    (failed,) = looped.events("retrain.failed")
    assert "ZeroDivisionError" in failed.why
    assert any("retraining failed" in text for text in looped.alerts)
    assert looped.production.number == 1


def _force_blind(project: Project) -> None:
    project.write_model(BLIND)
    project.run()
    epoch = put_in_production(project, 2, force=True)
    rows = flats(300, seed=4, start=160)
    log(project, answered(project, rows, version=2, epoch=epoch, prefix="blind"))


def test_a_forced_version_with_other_reasons_is_rolled_back_once(project: Project, looped: Looped) -> None:
    _force_blind(project)
    looped.settle()
    assert (looped.production.number, looped.production.epoch) == (1, 3)
    (moved,) = [event for event in looped.events("alias.moved") if event.data["back"]]
    assert moved.actor == "policy"
    assert "attribution of" in moved.why
    assert looped.alerts


@pytest.mark.parametrize("kind", ["rollback", "alert"])
def test_a_loop_killed_amid_a_reaction_rolls_back_once_and_tells_at_least_once(project: Project, kind: str) -> None:
    _force_blind(project)
    child = multiprocessing.get_context("spawn").Process(target=die_when_closing, args=(str(project.root), kind))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    looped = Looped(project)
    looped.settle()
    assert (looped.production.number, looped.production.epoch) == (1, 3)
    assert looped.open_intents() == 0
    told = (project.root.parent / "alerts.txt").read_text().splitlines()
    sent = looped.events("alert.sent")
    assert {f"flat: {event.why}" for event in sent} == set(told)
    assert len(sent) == len(set(told))
    looped.close()


def test_a_training_given_up_at_shutdown_is_taken_up_again(project: Project) -> None:
    _drift(project, labels=200)
    first = Looped(project)
    first.until_training()
    first.close()
    assert first.jobs[0].done()
    second = Looped(project)
    assert second.open_intents() == 1
    second.settle()
    assert second.production.number == len(second.workspace.catalog.versions.list("flat")) == 2
    assert second.open_intents() == 0
    second.close()


def test_a_training_that_ended_while_no_loop_ran_is_not_done_twice(project: Project) -> None:
    _drift(project, labels=200)
    first = Looped(project)
    first.until_training()
    first.wait()  # the version is registered, and this loop never hears of it
    second = Looped(project)
    second.settle()
    assert [version.number for version in second.workspace.catalog.versions.list("flat")] == [1, 2]
    assert second.production.number == 2
    second.close()
    first.close()


def test_what_was_taken_back_is_not_promoted_again_because_nothing_changed(project: Project, looped: Looped) -> None:
    text = MODEL.replace(" + ht.served()", "") + "flat.on(ht.NewData(rows=50)).do(ht.retrain())\n"
    project.write_model(text)
    project.run()
    put_in_production(project, 2)
    go_back(project)
    rows = flats(60, seed=1, start=150)
    predictions = answered(project, rows, version=1, epoch=3, prefix="n")
    log(project, [*predictions, *labels_of(project, predictions, rows)])
    looped.settle()
    (finished,) = looped.events("retrain.finished")
    assert "flat:v2, which stood in production already" in finished.why
    assert (looped.production.number, looped.production.epoch) == (1, 3)
    assert looped.alerts == [f"flat: {finished.why}"]


def test_production_that_moved_meanwhile_is_left_where_it_is(project: Project, looped: Looped) -> None:
    _drift(project, labels=200)
    project.run(force=True)
    looped.until_training()
    put_in_production(project, 2)
    looped.settle()
    assert looped.production.number == 2
    assert "production has moved" in looped.events("retrain.refused")[0].why
    assert any("promote it by hand" in text for text in looped.alerts)


def test_new_rows_retrain_and_the_cool_down_holds(project: Project) -> None:
    project.write_model(MODEL + "flat.on(ht.NewData(rows=50)).do(ht.retrain(), )\n")
    looped = Looped(project)
    rows = flats(200, seed=1, start=150)
    predictions = answered(project, rows, version=1, epoch=1, prefix="n")
    labels = labels_of(project, predictions, rows)
    log(project, [*predictions, *labels[:40]])
    looped.settle()
    assert looped.jobs == []
    log(project, labels[40:60], "labels")
    looped.settle()
    assert len(looped.jobs) == 1
    assert looped.production.number == 2
    log(project, labels[60:160], "labels")
    looped.settle()
    assert len(looped.jobs) == 1, "within a day of data time of the last"
    later = answered(project, flats(10, seed=2, start=175), version=2, epoch=2, prefix="m")
    log(project, later)
    looped.settle()
    assert len(looped.jobs) == 2
    looped.close()


def test_a_training_by_hand_counts_as_the_last(project: Project) -> None:
    project.write_model(MODEL + 'flat.on(ht.NewData(rows=50), ht.Every("30d")).do(ht.retrain())\n')
    rows = flats(100, seed=1, start=150)
    predictions = answered(project, rows, version=1, epoch=1, prefix="n")
    log(project, [*predictions, *labels_of(project, predictions, rows)])
    project.run()
    looped = Looped(project, by_data_time=False)
    looped.settle()
    assert looped.jobs == []
    project.clock.advance_to(project.clock.now() + 31 * DAY)
    looped.settle()
    assert len(looped.jobs) == 1
    looped.close()


def test_a_version_that_was_gone_back_to_is_not_on_trial(project: Project) -> None:
    project.write_model(ROLLING.replace("ReasonsChanged()", 'Drift("predictions")'))
    project.run(force=True)
    put_in_production(project, 2)
    project.run(force=True)
    put_in_production(project, 3)
    go_back(project)
    looped = Looped(project)
    huge = flats(300, seed=4, start=160).with_columns(area=999.0)
    log(project, answered(project, huge, version=2, epoch=4, prefix="x"))
    looped.settle()
    assert looped.production.number == 2
    assert "no recent labelled rows" in looped.events("rollback.dropped")[0].why
    looped.close()


def test_two_loops_of_a_project_exclude_each_other(project: Project) -> None:
    workspace: Workspace = project.open()
    holder, now = "another-machine/1", project.clock.now()
    assert workspace.catalog.leases.acquire("loop", holder, 10 * SECOND, now)
    with pytest.raises(WrongUse, match="another loop watches"):
        run_loop(workspace, lambda text: None, once=True)
    project.clock.advance_to(now + 11 * SECOND)
    run_loop(workspace, lambda text: None, once=True)
    assert workspace.catalog.leases.acquire("loop", holder, 10 * SECOND, project.clock.now()), "given back at the end"


def test_of_two_memories_the_later_is_refused(project: Project, looped: Looped) -> None:
    catalog = looped.workspace.catalog
    one, two = recall(catalog, "flat"), recall(catalog, "flat")
    remember(catalog, "flat", one)
    with pytest.raises(Conflict):
        remember(catalog, "flat", two)
    _drift(project)
    looped.settle()  # its own memory is older too: it goes on from what is on record
    assert len(looped.events("alert.sent")) == len(looped.alerts) == 1
    assert recall(catalog, "flat").cursor == looped.events()[-1].id


def test_an_alarm_a_person_accepted_is_not_acted_on(project: Project, looped: Looped) -> None:
    rows, later = _drift(project)
    looped.settle()
    catalog = looped.workspace.catalog
    for alarm in catalog.alarms.list("flat", "open"):
        catalog.alarms.set_status(alarm.id, "accepted", "gas is forbidden now")
    log(project, labels_of(project, rows, later), "labels")
    looped.settle()
    assert looped.jobs == []
    assert "accepted: gas is forbidden now" in looped.events("retrain.dropped")[0].why


def test_a_policy_accepts_an_alarm_once_there_are_rows_since_and_people_are_told_when_the_next_ends(
    project: Project,
) -> None:
    project.write_model(MODEL + 'flat.on(ht.Drift("inputs")).do(ht.alert(), ht.accept(rows=250))\n')
    looped = Looped(project)
    _drift(project)  # 200 rows without gas
    looped.settle()
    (waiting,) = looped.events("accept.waiting")
    assert waiting.why.endswith(" of 250 rows have come since the change") and not looped.events("alarm.accepted")
    log(project, answered(project, flats(100, seed=3, start=190, gas=0.02), version=1, epoch=1, prefix="more"))
    looped.settle()
    (accepted,) = looped.events("alarm.accepted")
    (moved,) = looped.events("reference.moved")
    assert (accepted.actor, moved.actor, looped.open_intents()) == ("policy", "policy", 0)
    catalog = looped.workspace.catalog
    assert [each.status for each in catalog.alarms.list("flat") if each.group == "inputs"] == ["accepted"]
    # Gas for 200 rows, then none again: a new alarm, and its end, are told.
    for start, gas, count in ((200, 0.5, 60), (206, 0.02, 600)):
        rows = flats(count, seed=start, start=start, gas=gas)
        log(project, answered(project, rows, version=1, epoch=1, prefix=f"s{start}"))
        looped.settle()
    told = [text for text in looped.alerts if "heating" in text]
    assert len(told) == 3 and "as accepted" in told[1] and "what was accepted again since" in told[2]
    looped.close()


def test_a_killed_loop_leaves_no_training_behind(project: Project, tmp_path: Path) -> None:
    marker = tmp_path / "training"
    wait = f"    import os, pathlib, signal\n    pathlib.Path({str(marker)!r}).write_text(str(os.getpid()))\n"
    body = "    data = lightgbm.Dataset("
    project.write_model(POLICIES.replace(body, f"{wait}    signal.pause()\n{body}"))
    _drift(project, labels=200)
    process = multiprocessing.get_context("spawn").Process(
        target=_loop_until_it_trains, args=(str(project.root), str(marker))
    )
    process.start()
    process.join(60)
    assert process.exitcode == -signal.SIGKILL
    with suppress(ProcessLookupError):
        training = os.pidfd_open(int(marker.read_text()))
        assert select.select([training], [], [], 60)[0], "the training outlives its loop"
        os.close(training)
    (run,) = [run for run in project.open().catalog.runs.list("flat") if run.status != "registered"]
    assert run.status == "stopped"


def _loop_until_it_trains(root: str, marker: str) -> None:
    looped = Looped(Project(Path(root)))
    looped.until_training()
    while not (Path(marker).exists() and Path(marker).read_text()):
        assert not looped.jobs[0].done()
    signal.raise_signal(signal.SIGKILL)


def test_a_training_that_failed_is_tried_again_later_and_given_up_in_the_end(project: Project, looped: Looped) -> None:
    project.write_model(POLICIES.replace("data = lightgbm.Dataset(", "data = lightgbm.Dataset(1 / 0, "))
    _drift(project, labels=200)
    looped.settle()
    pauses = (60, 300, 1500)
    for number, seconds in enumerate(pauses, 1):
        assert len(looped.jobs) == number
        assert f"tried again in {seconds // 60}m" in looped.events("retrain.failed")[-1].why
        project.clock.advance_to(project.clock.now() + seconds * SECOND - 1)
        looped.settle()
        assert len(looped.jobs) == number
        project.clock.advance_to(project.clock.now() + 1)
        looped.settle()
    assert len(looped.jobs) == 4
    assert "given up after 4 trials" in looped.alerts[-1]
    assert looped.open_intents() == 0
    assert recall(looped.workspace.catalog, "flat").trials == {}


def test_a_training_that_failed_once_is_made_good(project: Project, looped: Looped) -> None:
    project.write_model(POLICIES.replace("data = lightgbm.Dataset(", "data = lightgbm.Dataset(1 / 0, "))
    _drift(project, labels=200)
    looped.settle()
    project.write_model(POLICIES)
    project.clock.advance_to(project.clock.now() + 60 * SECOND)
    looped.settle()
    assert (len(looped.jobs), looped.production.number) == (2, 2)
    assert [event.kind for event in looped.events("retrain.failed", "retrain.finished")] == [
        "retrain.failed",
        "retrain.finished",
    ]


def test_a_reaction_that_cannot_be_carried_out_is_dropped_and_told_and_the_loop_goes_on(project: Project) -> None:
    looped = Looped(project, train=_no_process)
    _drift(project, labels=200)
    looped.settle()
    (dropped,) = looped.events("retrain.dropped")
    assert "it could not be carried out: [Errno 11]" in dropped.why
    assert any("no more processes" in text for text in looped.alerts)
    assert looped.open_intents() == 0
    log(project, answered(project, flats(50, seed=9, start=190), version=1, epoch=1, prefix="more"))
    looped.settle()
    assert looped.loop.watcher.state.answered == 450
    looped.close()


def _no_process(request: object) -> object:
    raise BlockingIOError(11, "no more processes")


def test_a_model_that_cannot_be_watched_holds_up_no_other_and_is_tried_again(project: Project, looped: Looped) -> None:
    looped.workspace.catalog.versions.add("ghost", "f" * 64, 1, "r", True, {})
    now, told = [0.0], []

    def begin(name: str) -> ModelLoop:
        if name == "ghost":
            raise StoreDamaged("its memory cannot be read")
        return looped.loop

    loop = Loop(
        looped.workspace.catalog,
        begin,
        lambda name, error, pause: told.append((name, str(error), pause)),
        lambda: now[0],
    )
    log(project, answered(project, flats(300, seed=1, start=150), version=1, epoch=1, prefix="a"))
    assert [loop.step().records for _ in range(3)] == [256, 44, 0]
    assert told == [("ghost", "its memory cannot be read", 5.0)]
    for moment, tried in ((4.9, False), (5.0, True), (14.9, False), (15.0, True)):
        now[0] = moment
        before = loop.troubles["ghost"]
        loop.step()
        assert (loop.troubles["ghost"] is not before) is tried, moment
    assert len(told) == 1  # the same is said once


def test_what_keeps_a_model_from_being_watched_is_an_alert_an_event_and_the_end_of_a_single_round(
    project: Project,
) -> None:
    folder = project.root / ".holdtrue" / "log" / "flat" / "server-1"
    folder.mkdir(parents=True)
    (folder / "00000001.log").write_text("no segment of a prediction log")
    said: list[str] = []
    with pytest.raises(StoreDamaged, match="does not begin as a segment"):
        run_loop(project.open(), said.append, once=True)
    assert said[0].startswith("ALERT flat: it is not watched: ")
    (event,) = [each for each in project.open().catalog.events.list("flat") if each.kind == "loop.failed"]
    assert "does not begin as a segment" in event.why


def test_files_of_editors_are_no_part_of_the_project(project: Project) -> None:
    (project.root / ".#model.py").symlink_to("anna@host.1234:5678")
    (project.root / "gone.py").symlink_to("nowhere.py")
    said: list[str] = []
    run_loop(project.open(), said.append, once=True)
    assert said == ["read 0 new records of the log; nothing is left to do"]
