"""Runs on a damaged store, beside a rebuild of the index, and after runs that died."""

import socket
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from flat_projects import MODEL, Project, flats

from holdtrue.catalog import Catalog, RunRecord
from holdtrue.foundation import EnvironmentFailed, ProjectBroken, StoreDamaged
from holdtrue.pipeline import RunRequest, travel
from holdtrue.registry import promote
from holdtrue.testing.damage import spoil
from holdtrue.versions import ModelManifest, RunManifest, get_manifest, is_whole, rebuild_index


def manifest_of(project: Project, number: int = 1) -> tuple[str, ModelManifest]:
    workspace = project.open()
    record = workspace.catalog.versions.get("flat", number)
    return record.id, get_manifest(workspace.store, record.id, ModelManifest)


def store_of(project: Project) -> Path:
    return project.root / ".holdtrue" / "store"


@pytest.mark.parametrize("part", ["file", "background"])
def test_a_fitted_model_that_cannot_be_read_is_fitted_again(tmp_path: Path, part: str) -> None:
    project = Project(tmp_path)
    project.run()
    _, manifest = manifest_of(project)
    blob = next(iter(manifest.files.values())) if part == "file" else manifest.background
    assert spoil(store_of(project), blob.chunks)
    again = project.run()
    assert again.status == "registered"
    assert not next(step for step in again.steps if step.name == "fit").cached
    assert again.version is not None
    store = project.open().store
    # The very same content came back, so the version that was damaged is whole again too.
    assert is_whole(store, again.version.id) and is_whole(store, manifest_of(project)[0])


def test_a_damaged_version_is_not_promoted(tmp_path: Path) -> None:
    project = Project(tmp_path)
    report = project.run()
    _, manifest = manifest_of(project)
    assert spoil(store_of(project), manifest.selftest.chunks)
    workspace = project.open()
    assert report.version is not None
    for force in (False, True):
        with pytest.raises(StoreDamaged, match="flat:v1 cannot be used, its self-test is damaged"):
            promote(
                workspace.catalog,
                workspace.store,
                report.version,
                by="a",
                why="w",
                force=force,
                clock=workspace.clock,
            )
    assert workspace.catalog.aliases.list() == ()


def test_an_old_version_that_cannot_be_read_stops_no_run(tmp_path: Path) -> None:
    project = Project(tmp_path)
    first = project.run()
    project.write_model(MODEL.replace("< 400", "< 500"))
    second = project.run()
    assert first.version is not None
    assert spoil(store_of(project), [first.version.id])
    assert project.run().version == second.version
    project.write_model(MODEL)
    third = project.run()
    assert (third.status, third.version and third.version.number) == ("registered", 3)


def test_a_rebuilt_index_says_what_the_first_one_said(tmp_path: Path) -> None:
    rows = flats(400)
    rows[3, "rooms"] = -3
    project = Project(tmp_path, rows=rows)
    project.run(why="first")
    project.run(force=True, why="second")
    workspace = project.open()
    catalog = workspace.catalog
    before = (catalog.versions.list(), catalog.runs.list(), catalog.data.list())
    assert before[1][0].data["quarantine"] == "flat-refused@1"
    done = rebuild_index(workspace.store, catalog)
    assert (done.versions, done.unreadable) == (2, ())
    assert (catalog.versions.list(), catalog.runs.list(), catalog.data.list()) == before
    assert project.run().status == "unchanged"


REBUILDING = """
    from pathlib import Path
    from holdtrue.versions import rebuild_index
    from holdtrue.workspace import open_archive
    archive = open_archive(Path({root!r}), environ={{}})
    rebuild_index(archive.store, archive.catalog)
"""


def test_a_rebuild_during_a_run_does_it_no_harm(tmp_path: Path) -> None:
    root = tmp_path / "project"
    body = REBUILDING.format(root=str(root))
    project = Project(root, MODEL.replace("    data = lightgbm.Dataset", f"{body}\n    data = lightgbm.Dataset"))
    report = project.run()
    catalog = project.open().catalog
    assert (report.status, catalog.runs.get(report.run_id).status) == ("registered", "registered")
    assert [version.id for version in catalog.versions.list()] == [report.version and report.version.id]


def test_the_first_error_is_the_one_that_is_heard(tmp_path: Path) -> None:
    project = Project(
        tmp_path / "project",
        MODEL.replace("    data = lightgbm.Dataset", "    raise ValueError('mine')\n    data = lightgbm.Dataset"),
    )
    workspace = project.open()
    catalog = workspace.catalog
    file = project.root / ".holdtrue" / "catalog.sqlite"
    with sqlite3.connect(file) as connection:
        # From now on the end of a run cannot be recorded.
        connection.execute(
            "CREATE TRIGGER no_end BEFORE UPDATE ON runs BEGIN SELECT RAISE(ABORT, 'the disk is away'); END"
        )
    with pytest.raises(ProjectBroken, match="mine") as caught:
        travel(RunRequest(), workspace.ground)
    assert any("could it be recorded" in note for note in caught.value.__notes__)
    assert [run.status for run in catalog.runs.list()] == ["running"]


def test_version_event_and_end_of_run_are_entered_together(tmp_path: Path) -> None:
    project = Project(tmp_path)
    workspace = project.open()
    catalog: Catalog = workspace.catalog
    with sqlite3.connect(project.root / ".holdtrue" / "catalog.sqlite") as connection:
        connection.execute("CREATE TRIGGER no_event BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'no'); END")
    with pytest.raises(EnvironmentFailed):
        travel(RunRequest(), workspace.ground)
    assert (catalog.versions.list(), catalog.events.list()) == ((), ())
    assert [run.status for run in catalog.runs.list()] == ["failed"]


def test_dead_runs_are_buried_though_nothing_has_changed(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.run()
    catalog = project.open().catalog
    dead: dict[str, Any] = {"process": f"{socket.gethostname()}/{2**22 + 1}"}  # above the largest number there can be
    catalog.runs.add("r0", "flat", 1, data=dead)
    assert project.run().status == "unchanged"
    found: RunRecord = catalog.runs.get("r0")
    assert (found.status, found.data["error"]) == ("stopped", "its process was killed")


def test_manifests_of_run_and_version_hold_what_the_index_says(tmp_path: Path) -> None:
    project = Project(tmp_path)
    report = project.run()
    workspace = project.open()
    assert report.version is not None
    run = get_manifest(workspace.store, manifest_of(project)[1].run, RunManifest)
    assert report.version.recipe == run.recipe
