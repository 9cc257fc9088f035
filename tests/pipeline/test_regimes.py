"""Training after a change, on served rows, and against the version in production."""

from datetime import timedelta
from pathlib import Path

import msgspec
import numpy as np
import polars as pl
import pytest
from flat_projects import FIRST, MODEL, Project, flats
from flat_traffic import answered, labels_of, log, put_in_production

from holdtrue.foundation import DataUnreadable, micros_of
from holdtrue.pipeline import RunReport
from holdtrue.pipeline.captured import capture_data
from holdtrue.pipeline.slicing import take_slice
from holdtrue.predicting import load_version
from holdtrue.predictionlog import Refusal
from holdtrue.profiles import NumericReference
from holdtrue.versions import ModelManifest, get_manifest

FIELDS = ("rent", "area", "rooms", "heating", "day")
RIVALS = MODEL + 'flat.gate(ht.no_worse_than("production"), ht.same_reasons_as("production"))\n'


def _conditions(report):
    return {each.condition: each for each in report.gate.results}


def _named(report, name):
    return next(each for text, each in _conditions(report).items() if text.startswith(name))


def test_after_a_change_the_baseline_comes_from_held_rows_since(tmp_path: Path) -> None:
    project = Project(tmp_path, rows=pl.concat([flats(400), flats(200, seed=1, start=40, gas=0.05)]))
    change = micros_of(FIRST + timedelta(days=40))
    report = project.run(since=change)
    loaded = load_version(project.open().store, report.version.id)
    # 80 of the 400 before are held, and the newer half of the 200 since.
    assert report.parts == {"train": 280 + 100, "valid": 40, "held": 80 + 100}
    assert loaded.manifest.since == loaded.baseline.since == change
    assert loaded.baseline.rows == 100
    heating = loaded.baseline.groups["inputs"]["heating"]
    assert heating.levels["gas"] / heating.n < 0.15
    assert loaded.baseline.note == "100 held rows since the change"


def test_too_few_rows_since_a_change_make_no_baseline_of_their_own(tmp_path: Path) -> None:
    project = Project(tmp_path, rows=pl.concat([flats(400), flats(60, seed=1, start=40, gas=0.05)]))
    report = project.run(since=micros_of(FIRST + timedelta(days=40)))
    loaded = load_version(project.open().store, report.version.id)
    assert loaded.baseline.since is None
    assert loaded.baseline.rows == report.parts["held"] == 110


def test_a_later_run_goes_on_in_the_regime_of_production(tmp_path: Path) -> None:
    project = Project(tmp_path, rows=pl.concat([flats(400), flats(200, seed=1, start=40, gas=0.05)]))
    change = micros_of(FIRST + timedelta(days=40))
    project.run(since=change)
    put_in_production(project, 1)
    project.write(flats(100, seed=2, start=60, gas=0.05), "more.parquet")
    later = project.run()
    assert get_manifest(project.open().store, later.version.id, ModelManifest).since == change


def test_a_worse_version_and_one_with_other_reasons_are_refused(tmp_path: Path) -> None:
    project = Project(tmp_path, RIVALS)
    first = project.run()
    assert _named(first, "no_worse_than").message == "no production version yet"
    put_in_production(project, 1)
    project.write_model(
        RIVALS.replace("data = lightgbm.Dataset(train.X", "data = lightgbm.Dataset(train.X * [0, 1, 1]")
    )
    worse = project.run()
    assert not worse.gate.passed
    assert _named(worse, "no_worse_than").passed is False
    assert "flat:v1" in _named(worse, "no_worse_than").message
    assert _named(worse, "same_reasons_as").passed is False
    assert worse.version.gate_passed is False


def test_a_version_much_like_production_passes(tmp_path: Path) -> None:
    project = Project(tmp_path, RIVALS)
    project.run()
    put_in_production(project, 1)
    project.write_model(RIVALS.replace('"trees", 40', '"trees", 45'))
    report = project.run()
    assert report.gate.passed, report.gate.results


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda text: text.replace('"area", "rooms", "heating"]', '"area", "heating"]').replace(
            "    rooms: ht.Int = ht.field(ge=1, le=20)\n", ""), "it takes rooms, which the contract no longer has"),
        (lambda text: text.replace("rooms: ht.Int = ht.field(ge=1, le=20)", "rooms: ht.Category"),
         "it takes rooms of another kind"),
    ],
)  # fmt: skip
def test_where_production_cannot_take_todays_rows_the_condition_is_not_judged(tmp_path: Path, change, words) -> None:
    project = Project(tmp_path, RIVALS, flats(400).with_columns(pl.col("rooms").cast(pl.Int64)))
    project.run()
    put_in_production(project, 1)
    changed = change(RIVALS)
    assert changed != RIVALS
    project.write_model(changed)
    if "ht.Category" in words or "another kind" in words:
        project.write(flats(400).with_columns(pl.col("rooms").cast(pl.String)), "flats.parquet")
    report = project.run()
    assert report.status == "registered"
    assert not report.gate.passed
    assert _named(report, "no_worse_than").passed is None
    assert words in _named(report, "no_worse_than").message
    assert put_in_production(project, 2, force=True) == 2


def test_what_was_refused_live_is_in_the_baseline_of_the_next_version(tmp_path: Path) -> None:
    """Else each new version would raise the alarm about the same refused rows again."""
    project = Project(tmp_path)
    project.run()
    epoch = put_in_production(project, 1)
    rows = flats(100, seed=5, start=50)
    predictions = answered(project, rows, version=1, epoch=epoch, prefix="p")
    version = predictions[0].version
    refusals = [Refusal(id=f"r{place}", received=1, version=version, failures=()) for place in range(25)]
    log(project, [*predictions[:40], *refusals, *predictions[40:], *labels_of(project, predictions, rows)])

    def refused(report: RunReport) -> NumericReference:
        reference = load_version(project.open().store, report.version.id).baseline.groups["tests"]["refused"]
        assert isinstance(reference, NumericReference)
        return reference

    whole = refused(project.run())
    assert (whole.n, whole.mean) == (400 + 125, 25 / 525)  # the file, and all that was asked about
    since = refused(project.run(since=predictions[30].moment))
    assert since.mean > 25 / 125 and since.n < 125


@pytest.mark.parametrize("csv", [False, True])
def test_served_rows_with_labels_become_training_data(tmp_path: Path, csv: bool) -> None:
    project = Project(tmp_path, csv=csv)
    project.run()
    epoch = put_in_production(project, 1)
    rows = flats(100, seed=5, start=50)
    predictions = answered(project, rows, version=1, epoch=epoch, prefix="p")
    log(project, [*predictions, *labels_of(project, predictions, rows)[:60]])
    report = project.run()
    assert (report.status, report.rows, report.refused) == ("registered", 460, 0)
    workspace = project.open()
    captured = workspace.catalog.data.get("flat-served", 1)
    assert captured.rows == 60
    loaded = load_version(workspace.store, report.version.id)
    assert loaded.manifest.seen[0][0] == micros_of(FIRST)


def test_a_share_takes_the_same_rows_after_rows_are_appended() -> None:
    rows = flats(2000)
    before = take_slice(rows, 0.1, FIELDS)
    after = take_slice(pl.concat([rows, flats(500, seed=9, start=300)]), 0.1, FIELDS)
    assert 130 < before.height < 270
    assert after[: before.height].equals(before)
    assert after.height > before.height
    with_column = take_slice(rows.with_columns(extra=pl.lit("new")), 0.1, FIELDS)
    assert with_column.drop("extra").equals(before)
    assert take_slice(rows, 0.05, FIELDS).join(before, on=list(FIELDS), how="anti").height == 0
    assert np.isclose(take_slice(rows, 1.0, FIELDS).height, 2000)


def test_files_that_changed_while_they_were_read_end_the_run(tmp_path: Path) -> None:
    project = Project(tmp_path)
    workspace = project.open()
    model = workspace.model()
    path = project.root / "data" / "flats.parquet"
    store = workspace.store

    class Meddling:
        """A store in front of the real one, that appends a file while the first is put."""

        def __getattr__(self, name):
            return getattr(store, name)

        def put_blob(self, source):
            blob = store.put_blob(source)
            flats(50, seed=3).write_parquet(path)
            return blob

    ground = msgspec.structs.replace(workspace.ground, store=Meddling())
    with pytest.raises(DataUnreadable, match="changed while they were read"):
        capture_data(ground, model, at=ground.clock.now())
