"""Data that is kept by hand or declared: from wherever it lies it can be written back, and nothing else is kept."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "pipeline"))

from flat_projects import MODEL, Project, flats

from holdtrue.foundation import SILENT, ProjectBroken, TestsFailed, WrongUse
from holdtrue.versions import CodeManifest, DataManifest, checkout, get_manifest
from holdtrue.workspace import Workspace, add_data, data_status, open_workspace


def put(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(f"content of {name}")
    return folder


def kept(workspace: Workspace, name: str) -> list[str]:
    """The paths of the newest version, as another process sees them: what was kept is durable."""
    other = open_workspace(workspace.root, environ=workspace.environ, clock=workspace.clock)
    manifest = get_manifest(other.store, other.catalog.data.get(name).id, DataManifest)
    for entry in manifest.files:
        assert b"".join(other.store.read_blob(entry.blob))
    return [entry.path for entry in manifest.files]


@pytest.fixture
def opened(tmp_path: Path) -> Workspace:
    return Project(tmp_path / "project").open()


def test_a_folder_outside_the_project_is_kept_and_comes_back(opened: Workspace, tmp_path: Path) -> None:
    far = put(tmp_path / "imgs", "train/1.png", "test/1.png")
    record = add_data(opened, far, "imgs", SILENT)
    assert kept(opened, "imgs") == ["imgs/test/1.png", "imgs/train/1.png"]
    checkout(opened.store, record.id, tmp_path / "back")
    assert (tmp_path / "back/imgs/train/1.png").read_text() == "content of train/1.png"


def test_the_same_folder_is_the_same_data_from_wherever_it_is_named(
    opened: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(opened.root, "sub/imgs/1.png")
    found = []
    for place, path in (("", "sub/imgs"), ("sub", "imgs"), ("sub/imgs", "."), ("data", "../sub/imgs")):
        monkeypatch.chdir(opened.root / place)
        found.append(add_data(opened, Path(path), "imgs", SILENT))
    found.append(add_data(opened, opened.root / "sub/imgs", "imgs", SILENT))
    assert {(each.id, each.number) for each in found} == {(found[0].id, 1)}
    assert kept(opened, "imgs") == ["sub/imgs/1.png"]


def test_the_whole_project_as_data_is_without_what_holdtrue_keeps(tmp_path: Path) -> None:
    project = Project(tmp_path / "project")
    (project.root / "pyproject.toml").write_text("[tool.holdtrue]\nstore = 'bytes'\nlog = 'answers'\n")
    workspace = project.open()
    workspace.captured()
    put(project.root, "answers/flat/1.log", "old/holdtrue-version/manifest.json", "old/model.py", ".env", "more.txt")
    add_data(workspace, project.root, "all", SILENT)
    assert kept(workspace, "all") == ["data/flats.parquet", "model.py", "more.txt", "pyproject.toml"]


@pytest.mark.parametrize("name", ["a@b", "", "my sales", "-x", "x" * 101])
def test_a_name_that_no_reference_can_have_is_refused(opened: Workspace, name: str) -> None:
    with pytest.raises(WrongUse, match="cannot be the name of data"):
        add_data(opened, opened.root / "data", name, SILENT)


def test_a_file_whose_name_is_not_utf_8_is_named(opened: Workspace) -> None:
    (opened.root / "data" / os.fsdecode(b"\xff.txt")).write_text("x")
    with pytest.raises(WrongUse, match="name that is not UTF-8"):
        add_data(opened, opened.root / "data", "odd", SILENT)


def declared(tmp_path: Path, pattern: str) -> Project:
    return Project(tmp_path / "project", MODEL.replace('"data/*.*"', repr(pattern)))


@pytest.mark.parametrize("how", ["relative", "absolute", "through a link", "with dots"])
def test_declared_data_anywhere_is_trained_on_and_comes_back(tmp_path: Path, how: str) -> None:
    far = tmp_path / "shared"
    far.mkdir()
    flats(200).write_parquet(far / "a.parquet")
    flats(200, seed=1).write_parquet(far / "b.parquet")
    patterns: dict[str, Callable[[], tuple[str, str]]] = {
        "relative": lambda: ("../shared/*.parquet", "shared"),
        "absolute": lambda: (f"{far}/*.parquet", "shared"),
        "through a link": lambda: ("linked/*.parquet", "linked"),
        "with dots": lambda: ("data/../../shared/*.parquet", "shared"),
    }
    pattern, folder = patterns[how]()
    project = declared(tmp_path, pattern)
    (project.root / "linked").symlink_to(far)
    (project.root / ".holdtrueignore").write_text("" if how == "through a link" else "linked\n")
    report = project.run()
    workspace = project.open()
    assert report.version is not None
    assert kept(workspace, "flats") == [f"{folder}/a.parquet", f"{folder}/b.parquet"]
    checkout(workspace.store, report.version.id, tmp_path / "back")
    assert (tmp_path / "back" / folder / "a.parquet").read_bytes() == (far / "a.parquet").read_bytes()
    (state,) = data_status(workspace)
    assert (state.state, state.captured) == ("unchanged", "flats@1")


def test_data_put_back_as_it_was_is_unchanged(tmp_path: Path) -> None:
    project = Project(tmp_path)
    first = (project.root / "data/flats.parquet").read_bytes()
    project.run()
    project.write(flats(420), "flats.parquet")
    (state,) = data_status(project.open())
    assert (state.state, state.captured, state.changed) == ("changed", "flats@1", ("data/flats.parquet",))
    project.run()
    (project.root / "data/flats.parquet").write_bytes(first)
    (state,) = data_status(project.open())
    assert (state.state, state.captured, state.changed) == ("unchanged", "flats@1", ())


def test_a_file_that_two_sources_match_is_refused(tmp_path: Path) -> None:
    twice = MODEL.replace("+ ht.served()", '+ ht.files("data/flats.*", name="more")')
    with pytest.raises(
        ProjectBroken, match=r"data/flats\.parquet is matched by two sources of flat: .* and data/flats"
    ):
        Project(tmp_path, twice).run()


def test_two_models_of_one_name_are_refused_with_both_places(tmp_path: Path) -> None:
    again = (
        MODEL
        + '\nother = ht.Model("flat", target="rent", contract=Flat, data=ht.files("data/*.*"))\nother.train(fit)\n'
    )
    with pytest.raises(ProjectBroken, match=r'called "flat": at model\.py:2\d and at model\.py:3\d'):
        Project(tmp_path, again).run()


def test_a_model_under_two_variables_is_one(tmp_path: Path) -> None:
    assert Project(tmp_path, MODEL + "\nsame = flat\n").run().status == "registered"


def test_places_of_the_settings_in_the_project_are_no_code(tmp_path: Path) -> None:
    project = Project(tmp_path)
    (project.root / "pyproject.toml").write_text(
        "[tool.holdtrue]\nstore = 'bytes'\ncatalog = 'sqlite:///index.db'\nlog = 'answers'\n"
    )
    put(project.root, "answers/flat/x.log")
    report = project.run()
    assert report.version is not None
    workspace = project.open()
    checkout(workspace.store, report.version.id, project.root / "old")
    data = workspace.catalog.data.get("flats")
    checkout(workspace.store, data.id, project.root / "old-data")
    project.clock.advance_to(project.clock.now() + 1)
    code = workspace.captured().id
    paths = [entry.path for entry in get_manifest(workspace.store, code, CodeManifest).files]
    assert paths == ["model.py", "pyproject.toml"]
    assert project.run().status == "unchanged"


def test_quarantined_rows_are_durable_before_they_are_told_of(tmp_path: Path) -> None:
    project = Project(tmp_path, rows=flats(400).with_columns(rooms=pl.lit(-3)))
    with pytest.raises(TestsFailed, match="were refused"):
        project.run()
    assert kept(project.open(), "flat-refused") == ["flat-refused.parquet"]
