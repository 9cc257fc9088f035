"""The training road end to end, on small real projects."""

import multiprocessing
import signal
from pathlib import Path

import msgspec
import polars as pl
import pytest
from flat_projects import MODEL, Project, flats

from holdtrue.foundation import DataUnreadable, ProjectBroken, TestsFailed, UnknownReference
from holdtrue.pipeline import RunRequest, capture_data, choose_model, travel
from holdtrue.pipeline.assessed import served_as_trained
from holdtrue.pipeline.contender import load_contender
from holdtrue.predicting import load_version
from holdtrue.versions import DataManifest, ModelManifest, RunManifest, get_manifest, show
from holdtrue.workspace import Workspace, show_reference


def restored(workspace: Workspace, data_id: str) -> pl.DataFrame:
    (entry,) = get_manifest(workspace.store, data_id, DataManifest).files
    return pl.read_parquet(b"".join(workspace.store.read_blob(entry.blob)))


def test_a_run_registers_a_version_that_leads_back_to_everything(tmp_path: Path) -> None:
    report = Project(tmp_path).run(why="first")
    workspace = Project(tmp_path).open()
    assert report.status == "registered"
    assert report.version is not None
    assert report.parts == {"train": 280, "valid": 40, "held": 80}
    manifest = get_manifest(workspace.store, report.version.id, ModelManifest)
    run = get_manifest(workspace.store, manifest.run, RunManifest)
    assert manifest.gate.passed
    assert manifest.metrics["mae"] < 100
    assert {check.name: check.passed for check in manifest.checks} == {
        "larger_is_dearer": True,
        "served_as_trained": True,
    }
    assert (run.rows, run.refused, run.quarantine, run.why) == (400, 0, "", "first")
    assert {test.test: test.passed for test in run.table_tests} == {
        "table.enough_rows": True,
        "table.rents_are_rents": True,
        "table.parts_apart": True,
    }
    assert {test.test for test in run.data_tests} >= {"rent.gt", "rooms.ge", "heating.allowed"}
    assert restored(workspace, run.data["flats"]).equals(flats(400))
    record = workspace.catalog.runs.get(report.run_id)
    assert (record.status, record.version_id) == ("registered", report.version.id)
    assert [event.kind for event in workspace.catalog.events.list()] == ["version.registered"]
    assert [step.name for step in report.steps] == [
        "capture",
        "test the data",
        "split",
        "fit",
        "test the model",
        "rehearse",
        "register",
    ]


def test_a_changed_comment_runs_nothing_and_a_changed_neighbour_does(tmp_path: Path) -> None:
    project = Project(tmp_path)
    (tmp_path / "taste.py").write_text("FACTOR = 1.0\n")
    project.write_model(MODEL.replace("import numpy as np", "import numpy as np\nfrom taste import FACTOR"))
    first = project.run()
    project.write_model(
        "# Flats to let\n" + MODEL.replace("import numpy as np", "import numpy as np\nfrom taste import FACTOR")
    )
    again = project.run()
    assert again.status == "unchanged"
    assert again.version == first.version
    assert again.gate == first.gate
    assert again.parts == first.parts
    assert again.metrics == pytest.approx(first.metrics)
    (tmp_path / "taste.py").write_text("FACTOR = 2.0\n")
    assert project.run().status == "registered"


def test_two_runs_give_the_same_model_to_the_bit(tmp_path: Path) -> None:
    project = Project(tmp_path)
    first, second = project.run(), project.run(force=True)
    workspace = project.open()
    one, two = (get_manifest(workspace.store, report.version.id, ModelManifest) for report in (first, second))
    assert not next(step for step in second.steps if step.name == "fit").cached
    assert first.version.number != second.version.number
    assert one.files == two.files
    assert one.baseline == two.baseline


def test_csv_and_parquet_are_tested_alike_and_give_the_same_model(tmp_path: Path) -> None:
    rows = flats(400).with_columns(pl.when(pl.int_range(400) == 7).then(-3).otherwise(pl.col("rooms")).alias("rooms"))
    one, two = Project(tmp_path / "a", rows=rows), Project(tmp_path / "b", rows=rows, csv=True)
    parquet, csv = one.run(), two.run()
    assert [(t.test, t.failed, t.judged) for t in csv.tests] == [(t.test, t.failed, t.judged) for t in parquet.tests]
    assert csv.table_tests == parquet.table_tests
    manifests = [
        get_manifest(project.open().store, report.version.id, ModelManifest)
        for project, report in ((one, parquet), (two, csv))
    ]
    assert manifests[0].files == manifests[1].files


def test_refused_rows_are_kept_with_their_reasons_and_reachable_from_the_run(tmp_path: Path) -> None:
    broken = pl.int_range(400).is_in([0, 7, 399])
    rows = flats(400).with_columns(pl.when(broken).then(-3).otherwise(pl.col("rooms")).alias("rooms"))
    project = Project(tmp_path, rows=rows)
    report = project.run()
    workspace = project.open()
    assert (report.rows, report.refused, report.quarantine) == (400, 3, "flat-refused@1")
    kept = restored(workspace, workspace.catalog.data.get("flat-refused", 1).id)
    assert kept["rooms"].to_list() == [-3, -3, -3]
    assert kept["row_number"].to_list() == [1, 8, 400]
    assert kept["reasons"].to_list() == [["rooms: -3 is less than 1 [rooms.ge]"]] * 3
    manifest = get_manifest(workspace.store, report.version.id, ModelManifest)
    run = get_manifest(workspace.store, manifest.run, RunManifest)
    assert (run.refused, run.quarantine) == (3, workspace.catalog.data.get("flat-refused", 1).id)
    assert workspace.catalog.runs.get(report.run_id).data["quarantine"] == "flat-refused@1"
    lineage = show(workspace.store, workspace.catalog, report.version)
    assert (lineage.rows, lineage.refused, lineage.quarantine) == (400, 3, "flat-refused@1")
    assert {test.test: test.failed for test in lineage.data_tests if test.failed} == {"rooms.ge": 3}
    assert ("set aside", "3 of 400 rows, with their reasons: flat-refused@1") in show_reference(workspace, "v1").lines
    said = dict(show_reference(workspace, f"run:{report.run_id}").lines)
    assert "flat-refused@1" in str(said)


def test_too_many_refused_rows_end_the_run_and_are_kept_all_the_same(tmp_path: Path) -> None:
    rows = flats(400).with_columns(pl.when(pl.int_range(400) < 21).then(-3).otherwise(pl.col("rooms")).alias("rooms"))
    project = Project(tmp_path, rows=rows)
    with pytest.raises(TestsFailed, match=r"21 of 400 rows were refused.*rooms\.ge: 21"):
        project.run()
    workspace = project.open()
    (run,) = workspace.catalog.runs.list("flat")
    assert run.status == "failed"
    assert run.data["quarantine"] == "flat-refused@1"
    assert "21 of 400" in run.data["error"]
    assert workspace.catalog.versions.list("flat") == ()


def test_a_table_test_that_fails_ends_the_run(tmp_path: Path) -> None:
    with pytest.raises(TestsFailed, match="rents_are_rents"):
        Project(tmp_path, rows=flats(400, level=20.0)).run()


def test_a_slice_is_looked_at_and_never_registered(tmp_path: Path) -> None:
    project = Project(tmp_path)
    report = project.run(slice="50%")
    workspace = project.open()
    assert report.status == "looked"
    assert report.version is None
    assert 120 < report.rows < 280
    assert workspace.catalog.versions.list("flat") == ()
    assert {test.test: test.passed for test in report.table_tests}["table.enough_rows"] is None


def test_served_as_trained_fails_where_live_answers_differ(tmp_path: Path) -> None:
    project = Project(tmp_path)
    report = project.run()
    workspace = project.open()
    loaded = load_version(workspace.store, report.version.id)
    own = load_contender(workspace.store, loaded.manifest, "own")
    assert served_as_trained(own, loaded.selftest).passed is True
    off = [value + (place == 3) * 1e-3 for place, value in enumerate(loaded.selftest.predictions)]
    wrong = served_as_trained(own, msgspec.structs.replace(loaded.selftest, predictions=tuple(off)))
    assert wrong.passed is False
    assert "predicted" in wrong.message
    broken = [dict(row, rooms=-1) for row in loaded.selftest.rows]
    refused = served_as_trained(own, msgspec.structs.replace(loaded.selftest, rows=tuple(broken)))
    assert refused.passed is False
    assert "rooms.ge" in refused.message


def test_an_interrupted_run_leaves_a_record_and_its_fitted_model(tmp_path: Path) -> None:
    stop = tmp_path / "outside" / "stop"
    stop.parent.mkdir()
    stop.touch()
    ask = f"    import pathlib\n    if pathlib.Path({str(stop)!r}).exists(): raise KeyboardInterrupt\n    larger ="
    project = Project(tmp_path / "project", MODEL.replace("    larger =", ask))
    with pytest.raises(KeyboardInterrupt):
        project.run()
    (run,) = project.open().catalog.runs.list("flat")
    assert (run.status, run.data["error"], run.data["read"]) == ("stopped", "it was told to stop", 400)
    assert project.open().catalog.versions.list("flat") == ()
    stop.unlink()
    report = project.run()
    assert report.status == "registered"
    assert next(step for step in report.steps if step.name == "fit").cached


def _run_there(root: str) -> None:
    Project(Path(root)).run()


def test_the_next_run_says_of_a_killed_one_that_it_was(tmp_path: Path) -> None:
    dying = "    import os, signal\n    os.kill(os.getpid(), signal.SIGKILL)\n    data = lightgbm.Dataset"
    project = Project(tmp_path, MODEL.replace("    data = lightgbm.Dataset", dying))
    child = multiprocessing.get_context("spawn").Process(target=_run_there, args=(str(tmp_path),))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    assert [run.status for run in project.open().catalog.runs.list("flat")] == ["running"]
    project.write_model(MODEL)
    project.run()
    runs = project.open().catalog.runs.list("flat")
    assert sorted(run.status for run in runs) == ["registered", "stopped"]
    assert {run.data.get("error") for run in runs} == {None, "its process was killed"}


def test_a_model_without_time_is_trained(tmp_path: Path) -> None:
    project = Project(tmp_path, MODEL.replace('time="day", ', ""))
    report = project.run(since=1_000)
    manifest = get_manifest(project.open().store, report.version.id, ModelManifest)
    assert report.parts == {"train": 280, "valid": 40, "held": 80}
    assert (manifest.since, manifest.seen) == (None, ())


def test_two_models_of_a_project_are_named(tmp_path: Path) -> None:
    second = MODEL + '\nother = ht.Model("other", target="rent", contract=Flat, data=ht.files("data/*.*"))\n'
    project = Project(tmp_path, second + "other.train(fit)\n")
    with pytest.raises(UnknownReference, match="several models"):
        project.run()
    assert project.run(model="other").version.model == "other"
    assert project.run(model="flat").version.number == 1


def test_a_parameter_of_whatever_name_is_part_of_the_recipe(tmp_path: Path) -> None:
    asking = MODEL.replace('params.int("trees", 40', 'params.int("since", 40')
    project = Project(tmp_path, asking)
    first = project.run()
    fewer = project.run(parameters={"since": 10})
    assert (fewer.status, fewer.version.number) == ("registered", 2)
    assert not next(step for step in fewer.steps if step.name == "fit").cached
    assert project.run(parameters={"since": 10}).version == fewer.version
    assert project.run().version == first.version


def test_two_models_of_the_same_data_share_no_fitted_model(tmp_path: Path) -> None:
    second = """
other = ht.Model("other", target="rent", time="day", features=["area", "rooms", "heating"], contract=Flat,
                 data=ht.files("data/*.*", name="flats") + ht.served(), max_refused=0.05)

@other.train
def fit_other(train, valid, params):
    return lightgbm.train({"verbose": -1}, lightgbm.Dataset(train.X, train.y), num_boost_round=3)
"""
    project = Project(tmp_path, MODEL + second)
    project.run(model="flat")
    report = project.run(model="other")
    assert not next(step for step in report.steps if step.name == "fit").cached
    assert report.metrics["mae"] > 100  # three rounds leave far more than the forty of the other


def test_what_is_imported_is_what_was_captured(tmp_path: Path) -> None:
    # Code of its own: the same code is the same module within a process, wherever it was captured first.
    workspace = Project(tmp_path, f"# {tmp_path}\n{MODEL}").open()
    captured = workspace.captured()
    assert captured.module.__file__ == str(workspace.cache / "code" / captured.id / "model.py")


def test_two_sources_of_one_name_are_refused(tmp_path: Path) -> None:
    twice = MODEL.replace("+ ht.served()", '+ ht.files("data/*.parquet", name="flats")')
    with pytest.raises(ProjectBroken, match="two sources called flats"):
        Project(tmp_path, twice).run()


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(DataUnreadable, match="heating"):
        Project(tmp_path, rows=flats(100).rename({"heating": "heatng"})).run()


def test_a_broken_training_function_says_where(tmp_path: Path) -> None:
    with pytest.raises(ProjectBroken, match=r"model\.py:\d+"):
        Project(tmp_path, MODEL.replace("data = lightgbm.Dataset(", "data = lightgbm.Dataset(1 / 0, ")).run()


def test_served_rows_of_a_known_key_are_taken_from_the_files(tmp_path: Path) -> None:
    keyed = MODEL.replace("    day: ht.Date", "    day: ht.Date\n    id: ht.Int").replace(
        'time="day"', 'time="day", key="id"'
    )
    rows = flats(100).with_columns(id=pl.int_range(100))
    project = Project(tmp_path, keyed, rows)
    served = rows.tail(10).with_columns(id=pl.int_range(95, 105), rent=pl.lit(1.0))
    workspace = project.open()
    ground = msgspec.structs.replace(workspace.ground, served=lambda model, target, fields: served.select(fields))
    report = travel(RunRequest(), ground)
    assert report.rows == 105
    model = choose_model(workspace.captured().models, "")
    assert capture_data(ground, model, at=1).served.height == 10
