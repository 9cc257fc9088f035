"""A source's files now, by the paths they would be kept under and the hashes of their content."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from holdtrue.foundation import DataNotFound, digest
from holdtrue.project import FilesSource
from holdtrue.sources import file_hash, stamp_files

SALES = FilesSource(pattern="*.csv", name="sales")


def test_a_stamp_is_of_content_and_paths_alone(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    first = stamp_files(tmp_path, SALES)
    os.utime(tmp_path / "a.csv", (1, 1))
    assert stamp_files(tmp_path, SALES) == first == {"a.csv": file_hash(tmp_path / "a.csv")}
    (tmp_path / "a.csv").write_text("a\n2\n")
    os.utime(tmp_path / "a.csv", (1, 1))
    assert stamp_files(tmp_path, SALES) != first


def test_files_outside_are_stamped_as_they_are_kept(tmp_path: Path) -> None:
    (tmp_path / "project").mkdir()
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "a.csv").write_text("a\n1\n")
    stamp = stamp_files(tmp_path / "project", FilesSource(pattern="../shared/*.csv"))
    assert stamp == {"shared/a.csv": digest(b"a\n1\n")}


def test_a_file_that_goes_away_meanwhile_is_not_among_them(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    (tmp_path / "1.jpg").write_bytes(b"a photo")
    media = [tmp_path / "1.jpg", tmp_path / "gone.jpg"]
    assert sorted(stamp_files(tmp_path, SALES, media)) == ["1.jpg", "a.csv"]


def test_no_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataNotFound):
        stamp_files(tmp_path, SALES)
