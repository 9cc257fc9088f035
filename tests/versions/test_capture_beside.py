"""What lies among the code and is none: a table's photos, and what holdtrue's commands wrote."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from holdtrue.project import FilesSource
from holdtrue.store import Store
from holdtrue.versions import CodeManifest, capture_code, get_manifest

Write = Callable[..., Path]
Git = Callable[..., str]
PHOTOS = {"photos/1.jpg": "a", "photos/2.PNG": "b", "calls/1.wav": "c", "icon.png": "d", "levels.json": "{}"}


def manifest(store: Store, root: Path, **given: object) -> CodeManifest:
    return get_manifest(store, capture_code(root, store, at=1, **given), CodeManifest)  # type: ignore[arg-type]


def paths(store: Store, root: Path, **given: object) -> list[str]:
    return [entry.path for entry in manifest(store, root, **given).files]


@pytest.mark.parametrize("with_git", [False, True])
def test_media_that_no_code_names_are_no_code(store: Store, root: Path, write: Write, git: Git, with_git: bool) -> None:
    write({"model.py": "import look\n", "look.py": "ICON = 'icon.png'\n", **PHOTOS})
    if with_git:
        git("init")
    assert paths(store, root) == ["icon.png", "levels.json", "look.py", "model.py"]
    write({"look.py": "CALLS = FOLDER / 'calls'\n"})  # a folder's name names what is in it
    assert paths(store, root) == ["calls/1.wav", "levels.json", "look.py", "model.py"]


def test_a_folder_that_data_is_declared_in_is_not_named_by_it(store: Store, root: Path, write: Write) -> None:
    write({"model.py": "data = ht.files('data/list.csv') + files('data/*.txt')\n", "data/1.jpg": "", "data/x.json": ""})
    assert paths(store, root) == ["data/x.json", "model.py"]
    write({"model.py": "data = ht.files('data/list.csv')\nICON = 'data/1.jpg'\n"})
    assert paths(store, root) == ["data/1.jpg", "data/x.json", "model.py"]


def test_media_are_code_where_it_may_read_what_it_does_not_name(store: Store, root: Path, write: Write) -> None:
    write({"model.py": "def read(name): return open(name)\n", **PHOTOS})
    assert paths(store, root) == sorted([*PHOTOS, "model.py"])
    write({"model.py": "x = 1\n", "prepare.py": "def read(name): return open(name)\n"})  # not reached from model.py
    assert paths(store, root) == ["levels.json", "model.py", "prepare.py"]
    write({"model.py": "x = (\n"})
    assert paths(store, root) == sorted([*PHOTOS, "model.py", "prepare.py"])


def test_what_git_tracks_is_code_whatever_it_is(store: Store, root: Path, write: Write, git: Git) -> None:
    write({"model.py": "", **PHOTOS})
    git("init")
    git("add", "photos/1.jpg", "model.py", "levels.json")
    git("commit", "-m", "first")
    found = manifest(store, root)
    assert [entry.path for entry in found.files] == ["levels.json", "model.py", "photos/1.jpg"]
    assert not found.dirty


def test_a_submodules_media_are_tracked(store: Store, root: Path, write: Write, git: Git, tmp_path: Path) -> None:
    write({"a.jpg": "", "tool.py": ""}, base=tmp_path / "other")
    git("init", cwd=tmp_path / "other")
    git("add", ".", cwd=tmp_path / "other")
    git("commit", "-m", "other", cwd=tmp_path / "other")
    write({"model.py": ""})
    git("init")
    git("-c", "protocol.file.allow=always", "submodule", "add", str(tmp_path / "other"), "lib")
    git("add", ".")
    git("commit", "-m", "first")
    found = manifest(store, root)
    assert [entry.path for entry in found.files] == [".gitmodules", "lib/a.jpg", "lib/tool.py", "model.py"]
    assert not found.dirty
    write({"lib/tool.py": "x = 1\n"})
    assert manifest(store, root).dirty


def test_only_code_that_differs_from_the_commit_is_called_changed(
    store: Store, root: Path, write: Write, git: Git
) -> None:
    write({"model.py": "", "old.py": "", "data/kept.csv": "1", "report.html": "1"})
    git("init")
    git("add", ".")
    git("commit", "-m", "first")
    given = {"sources": [FilesSource(pattern="data/*.csv")], "leave_out": [root / "report.html", root / "own"]}
    clean = capture_code(root, store, at=1, **given)  # type: ignore[arg-type]
    assert not get_manifest(store, clean, CodeManifest).dirty
    write({"data/kept.csv": "2", "data/new.csv": "3", "report.html": "2", "own/x": "4", "photos/1.jpg": "5"})
    assert capture_code(root, store, at=1, **given) == clean  # type: ignore[arg-type]
    write({"new.txt": ""})
    assert manifest(store, root, **given).dirty
    (root / "new.txt").unlink()
    git("mv", "old.py", "older.py")
    assert manifest(store, root, **given).dirty
    git("mv", "older.py", "old.py")
    assert not manifest(store, root, **given).dirty
    (root / "old.py").unlink()
    assert manifest(store, root, **given).dirty
    git("rm", "--cached", "-q", "old.py")
    assert manifest(store, root, **given).dirty


def test_before_the_first_commit_all_is_new(store: Store, root: Path, write: Write, git: Git) -> None:
    write({"model.py": ""})
    git("init")
    assert manifest(store, root).dirty
    git("add", ".")
    assert manifest(store, root).dirty
