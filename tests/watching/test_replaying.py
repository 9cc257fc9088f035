"""A log watched once more, in the order it was read in, gives the same verdicts to the bit; a changed one does not."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import msgspec
import polars as pl
import pytest
from flat_projects import Project, flats
from flat_traffic import answered, go_back, labels_of, log, put_in_production
from watch_flats import SETTINGS, alarms_of, watch_all, watcher_of

from holdtrue.foundation import SECOND, WrongUse
from holdtrue.predictionlog import LabelRecord, LogReader, Position, Prediction, Record
from holdtrue.watching import LogReplay, pacing, replay_log
from holdtrue.watching.reading import NumberedReading, Reading, places_after, reading_of, went_on


def replayed(project: Project, **options: object) -> LogReplay:
    workspace = project.open()
    found = replay_log(
        model="flat",
        alias="production",
        store=workspace.store,
        catalog=workspace.catalog,
        log=workspace.log,
        settings=SETTINGS,
        clock=project.clock,
        **options,  # type: ignore[arg-type]
    )
    workspace.close()
    return found


def readings_of(project: Project) -> list[Reading]:
    workspace = project.open()
    found = [NumberedReading.of(each) for each in workspace.catalog.watches.readings("flat/production")]
    workspace.close()
    return [each.reading for each in found if each is not None]


def folders_of(project: Project) -> list[Path]:
    return list((project.root / ".holdtrue" / "log" / "flat").iterdir())


def received(record: Record, at: int) -> Record:
    return msgspec.structs.replace(record, received=at)


def traffic(project: Project, *, epoch: int = 1, version: int = 1, prefix: str = "p") -> list[Record]:
    """Rows and labels, a millisecond apart; the second half of the rows has changed."""
    rows = pl.concat([flats(300, seed=1, start=150), flats(300, seed=2, start=180, gas=0.05, level=1.4)])
    predictions = answered(project, rows, version=version, epoch=epoch, prefix=prefix)
    labels = labels_of(project, predictions, rows)
    mixed: list[Record] = []
    for start in range(0, 600, 50):
        mixed += predictions[start : start + 50]
        mixed += labels[max(0, start - 50) : start]
    now = project.clock.now()
    project.clock.advance_to(now + SECOND)
    return [received(record, now + 1000 * place) for place, record in enumerate(mixed)]


def test_a_log_of_one_writer_is_one_reading_and_comes_out_the_same(project: Project) -> None:
    log(project, traffic(project))
    watch_all(project, 37)
    found = replayed(project)
    assert {alarm["group"] for alarm in alarms_of(project)} >= {"inputs", "errors"}
    assert found.identical and found.state is True
    assert (found.readings, found.same, found.records) == (1, len(alarms_of(project)), 1150)
    assert len(readings_of(project)) == 1


@pytest.mark.parametrize("seed", range(6))
def test_rows_of_several_servers_are_replayed_in_the_order_they_were_read(project: Project, seed: int) -> None:
    """Rows come in bursts from three servers, some read before others that were received earlier."""
    chance = random.Random(seed)
    waiting: dict[str, list[Record]] = {f"server-{number}": [] for number in range(3)}
    for record in traffic(project):
        waiting[chance.choice([*waiting])].append(record)
    watcher = watcher_of(project)
    while any(waiting.values()):
        writer = chance.choice([name for name, records in waiting.items() if records])
        count = chance.randint(1, 200)
        log(project, waiting[writer][:count], writer)
        del waiting[writer][:count]
        for _ in range(chance.randint(0, 2)):
            watcher.step(chance.choice([7, 64, 500]))
    while watcher.step(50).records:
        pass
    found = replayed(project)
    assert found.identical and found.state is True, found.differences
    assert found.same == len(alarms_of(project)) > 0
    assert 1 < found.readings < 100
    # That is another order than the one in which they were received.
    reader, places, order = LogReader(project.root / ".holdtrue" / "log", "flat"), {}, []
    for reading in readings_of(project):
        before, places = places, places_after(places, reading)
        order += reader.through(Position(before), Position(places))
    assert order != list(reader.all())
    assert len(order) == found.records == 1150


def test_an_epoch_that_began_before_its_first_row_begins_there_again(project: Project, tmp_path: Path) -> None:
    project.run(force=True)
    first = traffic(project)
    log(project, first[:500])
    watcher = watcher_of(project)
    while watcher.step().records:
        pass
    assert put_in_production(project, 2, force=True) == 2
    watcher.step()  # nothing to read: the moved alias is taken up
    assert watcher.state.epoch == 2
    log(project, [record for record in first[500:] if isinstance(record, LabelRecord)])  # labels of the old epoch
    while watcher.step().records:
        pass
    log(project, traffic(project, epoch=2, version=2, prefix="q"))
    while watcher.step(100).records:
        pass
    found = replayed(project)
    assert found.epochs == (1, 2)
    assert found.identical and found.state is True, found.differences
    assert [(reading.epoch, reading.until) for reading in readings_of(project)] == [(0, 1), (2, 2)]


def test_a_moved_alias_of_which_no_row_came_is_the_end_of_the_replay(project: Project) -> None:
    project.run(force=True)
    log(project, traffic(project))
    watch_all(project)
    put_in_production(project, 2, force=True)
    watch_all(project)
    found = replayed(project)
    assert found.epochs == (1, 2)
    assert found.identical and found.state is True
    go_back(project)


def test_reasons_of_a_share_of_the_rows_are_computed_of_the_same_rows(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("LOOK_EVERY", 40), ("LONG", 1), ("SHORT", 0)):
        monkeypatch.setattr(pacing, name, value)
    records = traffic(project)
    watcher = watcher_of(project)
    log(project, records[:300])
    for start in range(300, len(records), 100):
        log(project, records[start : start + 100])  # the backlog grows
        watcher.step(60)
    while watcher.step(60).records:
        pass
    assert watcher.state.shares
    assert len(readings_of(project)) > 1
    assert replayed(project).identical and replayed(project).state is True


def test_another_row_in_the_log_is_told(project: Project) -> None:
    records = traffic(project)
    log(project, records)
    watch_all(project)
    before = replayed(project)
    for folder in folders_of(project):
        shutil.rmtree(folder)
    changed = [
        msgspec.structs.replace(record, value=record.value * 1.5)
        if isinstance(record, Prediction) and place < 40
        else record
        for place, record in enumerate(records)
    ]
    log(project, changed)
    found = replayed(project)
    assert before.identical and not found.identical
    assert found.state is False
    assert {each.what for each in found.differences} & {"evidence", "not on record", "not replayed", "began_row"}


def test_records_that_were_thrown_away_are_told(project: Project) -> None:
    records = traffic(project)
    log(project, records[:400], "old")
    watch_all(project)
    log(project, records[400:])
    watch_all(project)
    for folder in folders_of(project):
        if folder.name.startswith("old"):
            shutil.rmtree(folder)
    found = replayed(project)
    assert found.state is None
    assert "holds 750 of 1,150 records" in found.notes[0]


def test_alarms_of_some_days_alone_are_compared(project: Project) -> None:
    log(project, traffic(project))
    watch_all(project)
    every = replayed(project)
    times = sorted(alarm.time for alarm in every.alarms if alarm.time is not None)
    first = replayed(project, until=times[0] + 1)
    assert {alarm.time for alarm in first.alarms} == {times[0]}
    assert not replayed(project, since=times[-1] + 1).alarms


def test_what_was_never_watched_cannot_be_replayed(project: Project) -> None:
    with pytest.raises(WrongUse, match="never watched"):
        replayed(project)


def test_readings_go_on_where_one_merge_gives_the_same_order() -> None:
    def step(start: dict[str, int], end: dict[str, int], times: list[int], **options: int) -> Reading:
        records = [LabelRecord(prediction_id="a", value=1, received=time) for time in times]
        given = {"epoch": 1, "until": 1, "halvings": 0} | options
        return reading_of(start, end, records, **given)

    a, b, c = {"s/1": 10}, {"s/1": 10, "t/1": 5}, {"s/2": 7, "t/1": 5}
    one = went_on(None, step({}, a, [1, 2]), {})
    later = went_on(one, step(a, b, [3]), a)
    assert (one.place, later.place, later.reading.records) == (0, 0, 3)
    rolled = went_on(later, step(b, c, [4]), b)
    assert (rolled.place, rolled.reading.ends) == (0, {"s/2": 7, "t/1": 5})
    assert places_after({}, rolled.reading) == c
    assert went_on(one, step(a, b, [2]), a).place == 1  # received no later than what was read before
    assert went_on(one, step(a, {"s/1": 12}, [1]), a).place == 0  # but of one writer alone the order is its own
    assert went_on(one, step(a, b, [3], epoch=2, until=2), a).place == 1
    assert went_on(one, step(a, b, [3], halvings=1), a).place == 1
    back = went_on(one, step({"s/1": 4}, {"s/1": 12}, [2]), a)
    assert (back.place, back.reading.before) == (1, {"s/1": 4})
    assert NumberedReading.of(back.record()) == back


def test_a_reading_gives_the_records_of_its_steps_in_their_order(tmp_path: Path) -> None:
    from holdtrue.predictionlog import open_writer

    chance = random.Random(5)
    reader = LogReader(tmp_path, "flat")
    position, known, seen, all_readings = Position(), None, [], {}
    time = 0
    for _ in range(60):
        with open_writer(tmp_path, "flat", chance.choice("abc")) as out:
            for _ in range(chance.randint(1, 5)):
                time += 1
                late = time - chance.choice([0, 0, 0, 0, 3])
                out.write([LabelRecord(prediction_id=str(time), value=1, received=late)])
        if chance.random() < 0.7:
            records, after = reader.read(position, chance.choice([2, 100]))
            seen += records
            step = reading_of(position.offsets, after.offsets, records, epoch=1, until=1, halvings=0)
            known = went_on(known, step, position.offsets)
            all_readings[known.place] = known.reading
            position = after
    again, places = [], {}
    for reading in all_readings.values():
        before, places = places, places_after(places, reading)
        again += list(reader.through(Position(before), Position(places)))
    assert again == seen
    assert len(all_readings) < 60
