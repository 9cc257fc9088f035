"""Texts, single tests and labels on a real log: found by the watcher, and silent where nothing changes."""

from __future__ import annotations

import re
import shutil
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest
from flat_projects import MODEL, Project, flats
from flat_traffic import answered, labels_of, log, put_in_production
from watch_flats import alarms_of, told, watch_all, watcher_of

from holdtrue.foundation import DAY
from holdtrue.monitors import WatchSettings
from holdtrue.predictionlog import FailedTest, Record, Refusal
from holdtrue.watching.arrivals import Arrivals

WORDS = re.findall(r"\w+", "the a of in flat garden with large near is and it has new old park rooms quiet")


def noted(rows: pl.DataFrame, seed: int, words: Sequence[str] = WORDS) -> pl.DataFrame:
    draw = np.random.default_rng(seed)
    return rows.with_columns(note=pl.Series([" ".join(draw.choice(words, 10)) for _ in range(rows.height)]))


def test_a_text_that_no_model_takes_is_watched_by_its_views(tmp_path: Path) -> None:
    model = MODEL.replace("    day: ht.Date\n", "    day: ht.Date\n    note: ht.Text\n")
    project = Project(tmp_path, model, noted(flats(1500), 0))
    project.run()
    put_in_production(project, 1)
    calm, odd = noted(flats(300, seed=1, start=150), 1), noted(flats(60, seed=2, start=180), 2, ["xyz", "qrs"])
    log(project, answered(project, calm, version=1, epoch=1, prefix="p"))
    watch_all(project)
    assert alarms_of(project) == []
    log(project, answered(project, odd, version=1, epoch=1, prefix="q"))
    watch_all(project)
    (alarm,) = alarms_of(project)
    assert (alarm["group"], str(alarm["quantity"]).partition(" ")[0]) == ("inputs", "note")


def test_a_single_test_that_more_rows_fail_is_named(project: Project) -> None:
    rows = answered(project, flats(400, seed=1, start=150), version=1, epoch=1, prefix="p")
    log(project, rows)
    watch_all(project)
    assert alarms_of(project) == []
    failed = FailedTest(field="rooms", value=40, test="rooms.le", message="rooms 40 is above 20 [rooms.le]")
    refusal = Refusal(id="", received=project.clock.now(), version=rows[0].version, failures=(failed,), epoch=1)
    log(project, [msgspec.structs.replace(refusal, id=f"bad{n}") for n in range(60)])
    watcher = watch_all(project)
    watch = watcher.watch()
    assert watch is not None and {"refused", "rooms.le", "area.gt", "heating.allowed"} <= set(watch.quantities("tests"))
    (alarm,) = [alarm for alarm in alarms_of(project) if alarm["group"] == "tests"]
    named = {alarm["quantity"], *(name for name, _ in alarm["data"]["also"])}
    assert named == {"refused", "rooms.le"}
    calm = answered(project, flats(300, seed=3, start=190), version=1, epoch=1, prefix="c")
    log(project, calm)  # what comes within 200 rows is put down to the same alarm
    warned = [msgspec.structs.replace(row, id=f"w{row.id}", warnings=("area.gt",)) for row in rows[:60]]
    log(project, warned)
    watch_all(project)
    found = [alarm for alarm in alarms_of(project) if alarm["quantity"] == "area.gt"]
    assert [alarm["data"]["message"].partition(" since")[0] for alarm in found] == [
        "rows that fail area.gt: share 100%"
    ]


def coming(project: Project, *, days: int, count: int, start: int, prefix: str, missing: float = 0.0) -> list[Record]:
    """Return rows, each with its label `days` to two days more after it, in the order of the data's time."""
    rows = flats(count, seed=start, start=start)
    predictions = answered(project, rows, version=1, epoch=1, prefix=prefix)
    draw = np.random.default_rng(start)
    delays = days + draw.integers(0, 3, count)
    labels = [
        msgspec.structs.replace(label, time=row.moment + int(delay) * DAY)
        for label, row, delay in zip(labels_of(project, predictions, rows), predictions, delays, strict=True)
        if draw.random() >= missing
    ]
    return sorted([*predictions, *labels], key=lambda record: record.moment)


@pytest.mark.parametrize(
    ("later", "words"),
    [({"days": 20}, "days until the label: "), ({"days": 5, "missing": 0.5}, "rows labelled in time: share ")],
)
def test_labels_that_come_later_or_no_more_are_found(project: Project, later: dict[str, int], words: str) -> None:
    log(project, coming(project, days=5, count=800, start=150, prefix="p", missing=0.05))
    watcher = watch_all(project)
    assert "labels" in watcher.state.standing and watcher.state.standing["labels"].rows > 100
    assert [alarm for alarm in alarms_of(project) if alarm["group"] == "labels"] == []
    log(project, coming(project, count=900, start=230, prefix="q", **({"missing": 0.05} | later)))  # type: ignore[arg-type]
    watcher = watch_all(project)
    found = [alarm for alarm in alarms_of(project) if alarm["group"] == "labels"]
    assert found and str(found[0]["data"]["message"]).startswith(words)
    assert found[0]["data"]["diagnosis"]["said"] == "likely: labels come later, or no more"
    assert len(watcher.state.coming.waiting) < 600


@pytest.mark.parametrize("batch", [7, 100_000])
def test_labels_are_judged_alike_in_batches_of_any_size(project: Project, tmp_path: Path, batch: int) -> None:
    log(project, coming(project, days=5, count=900, start=150, prefix="p"))
    twin = tmp_path.parent / f"{tmp_path.name}-twin"
    shutil.copytree(project.root, twin)
    usual, other = watch_all(project), watch_all(Project(twin), batch)
    assert told(other.state) == told(usual.state)
    assert usual.state.standing["labels"].rows > 100


def test_a_row_that_is_dated_far_ahead_does_not_hold_up_those_after_it(project: Project) -> None:
    arrivals, day = Arrivals(), 1000 * DAY
    rows = answered(project, flats(30, seed=1, start=150), version=1, epoch=1, prefix="p")
    for place, row in enumerate(rows):
        moment = 9_000 * DAY if place == 0 else day + place * DAY
        dated = msgspec.structs.replace(row, time=moment, received=20_000 * DAY)
        arrivals.answered(dated, None, day + place * DAY)
    ripe = arrivals.ripen(day + 40 * DAY, within=20 * DAY)
    assert [each.id for each in ripe] == [f"p{place}" for place in range(21)]


def test_a_tolerance_that_says_nothing_is_noted_and_holds_up_no_watch(project: Project) -> None:
    given = WatchSettings(false_alarm_rows=5_000, tolerances={"areea": 5.0, "heating": 0.1, "area": 500.0})
    rows = flats(300, seed=1, start=150).with_columns(area=pl.col("area") + 60)
    log(project, answered(project, rows, version=1, epoch=1, prefix="p"))
    watcher = watcher_of(project, given)
    while watcher.step(1000).records:
        pass
    assert "the tolerance of areea says nothing: there is no such quantity" in watcher.state.note
    assert "the tolerance of heating says nothing: it has names for values" in watcher.state.note
    assert watcher.state.answered == 300
    assert not [alarm for alarm in alarms_of(project) if (alarm["group"], alarm["quantity"]) == ("inputs", "area")]
