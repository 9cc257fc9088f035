"""The path a file is kept under: relative, the same wherever one stands, and never out of its folder."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdtrue.foundation import WrongUse
from holdtrue.project import FilesSource
from holdtrue.sources import kept_path, path_in, source_base, source_name


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "project" / "data").mkdir(parents=True)
    (tmp_path / "far" / "train").mkdir(parents=True)
    return tmp_path / "project"


def test_a_file_of_the_project_has_its_path_from_the_root(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for path in (root / "data/a.csv", root / "data/../data/a.csv", root.parent / "project/data/a.csv"):
        assert kept_path(root, path) == path_in(root, path) == "data/a.csv"
    monkeypatch.chdir(root / "data")
    assert kept_path(root, Path("a.csv")) == "data/a.csv"
    assert kept_path(root, Path("../data/a.csv"), Path("../data")) == "data/a.csv"
    (root.parent / "by-link").symlink_to(root)
    assert kept_path(root, root.parent / "by-link/data/a.csv") == "data/a.csv"
    assert kept_path(root.parent / "by-link", root / "data/a.csv") == "data/a.csv"


def test_what_a_link_in_the_project_leads_to_is_named_by_the_link(root: Path) -> None:
    (root / "linked").symlink_to(root.parent / "far")
    assert kept_path(root, root / "linked/train/1.png") == "linked/train/1.png"


def test_a_file_outside_keeps_its_path_from_the_folder_that_was_asked_for(root: Path) -> None:
    far = root.parent / "far"
    assert kept_path(root, far / "train/1.png", far) == "far/train/1.png"
    assert kept_path(root, root / "../far/train/1.png", root / "../far") == "far/train/1.png"
    assert kept_path(root, far / "train/1.png") == "1.png"
    assert path_in(root, far / "train/1.png") == f"{far}/train/1.png"


@given(st.lists(st.sampled_from(["..", ".", "data", "far", "a.csv"]), min_size=1, max_size=8), st.booleans())
def test_no_path_leads_out_of_its_folder(
    tmp_path_factory: pytest.TempPathFactory, parts: list[str], given: bool
) -> None:
    root = tmp_path_factory.getbasetemp() / "project"
    path = root.joinpath(*parts, "x.csv")
    kept = kept_path(root, path, root.joinpath(*parts) if given else None)
    assert not kept.startswith("/") and ".." not in PurePosixPath(kept).parts and kept.endswith("x.csv")


def test_a_name_that_is_not_utf_8_is_refused(root: Path) -> None:
    with pytest.raises(WrongUse, match=r"has a name that is not UTF-8"):
        kept_path(root, root / "data" / os.fsdecode(b"\xff.csv"))


def test_the_fixed_part_of_a_pattern(root: Path) -> None:
    assert source_base(root, FilesSource(pattern="../far/**/*.csv")) == root / "../far"
    assert source_base(root, FilesSource(pattern="/srv/a/b?/*.csv")) == Path("/srv/a")
    assert source_base(root, FilesSource(pattern="data/a.csv")) is None


@pytest.mark.parametrize(
    ("pattern", "name"),
    [("data/1996/*.csv", "1996"), ("data/Verkäufe 1996.csv", "Verk-ufe-1996"), ("data/__.csv", "data")],
)
def test_names_taken_from_patterns_can_be_referred_to(pattern: str, name: str) -> None:
    assert source_name(FilesSource(pattern=pattern)) == name
