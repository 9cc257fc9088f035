"""Whether data changed is answered without reading what looks the same, and never wrongly."""

from __future__ import annotations

import os
import time
from pathlib import Path

import msgspec

from holdtrue.foundation import SECOND
from holdtrue.project import FilesSource
from holdtrue.sources import SourceStamp, file_hash, stamp_files

SALES = FilesSource(pattern="*.csv", name="sales")


def now() -> int:
    return time.time_ns() // 1000


def spoil_hashes(stamp: SourceStamp) -> SourceStamp:
    # A stamp whose hashes are marked: what still bears the mark afterwards was not read again.
    return msgspec.structs.replace(
        stamp, files=tuple(msgspec.structs.replace(file, hash="marked") for file in stamp.files)
    )


def test_a_stamp_is_of_content_and_paths_alone(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    first = stamp_files(tmp_path, SALES, at=now())
    os.utime(tmp_path / "a.csv", (1, 1))
    assert stamp_files(tmp_path, SALES, at=now(), previous=first).digest == first.digest
    assert first.files[0].hash == file_hash(tmp_path / "a.csv")
    (tmp_path / "b.csv").write_text("a\n1\n")
    assert stamp_files(tmp_path, SALES, at=now(), previous=first).digest != first.digest


def test_settled_files_are_not_read_again(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    stamp = spoil_hashes(stamp_files(tmp_path, SALES, at=now() + 10 * SECOND))
    assert stamp_files(tmp_path, SALES, at=now(), previous=stamp).files[0].hash == "marked"


def test_a_file_written_as_the_stamp_was_taken_is_read_again(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    stamp = spoil_hashes(stamp_files(tmp_path, SALES, at=now()))
    assert stamp_files(tmp_path, SALES, at=now(), previous=stamp).files[0].hash != "marked"


def test_a_change_that_keeps_size_and_time_is_seen(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text("a\n1\n")
    os.utime(file, (1_000_000_000, 1_000_000_000))
    first = stamp_files(tmp_path, SALES, at=now())
    file.write_text("a\n2\n")
    os.utime(file, (1_000_000_000, 1_000_000_000))
    assert stamp_files(tmp_path, SALES, at=now(), previous=first).digest != first.digest


def test_a_stamp_survives_json(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    stamp = stamp_files(tmp_path, SALES, at=now())
    assert msgspec.json.decode(msgspec.json.encode(stamp), type=SourceStamp) == stamp
