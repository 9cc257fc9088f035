"""Files that give a column types of different sorts: read whole or in parts, that is said, and nothing is turned."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import polars as pl
import pytest

from holdtrue.foundation import DataUnreadable
from holdtrue.project import FilesSource
from holdtrue.sources import read_files, table_parts

SOURCE = FilesSource(pattern="*.parquet")


def write(folder: Path, *columns: pl.Series) -> list[tuple[Path, str]]:
    files = []
    for name, column in zip("abc", columns, strict=False):
        path = folder / f"{name}.parquet"
        pl.DataFrame({"c": column}).write_parquet(path)
        files.append((path, path.name))
    return files


@pytest.mark.parametrize(
    ("one", "other", "words"),
    [
        (pl.Series([3]), pl.Series(["x"]), "c is String in b.parquet and Int64 in a.parquet"),
        (pl.Series([True]), pl.Series([1]), "c is Int64 in b.parquet and Boolean in a.parquet"),
        (pl.Series([dt.date(2020, 1, 1)]), pl.Series([3]), "c is Int64 in b.parquet and Date in a.parquet"),
        (pl.Series([[1]]), pl.Series([["x"]]), r"c is List\(String\) in b.parquet and List\(Int64\) in a.parquet"),
        (pl.Series(["x"]), pl.Series([b"x"]), "c is Binary in b.parquet and String in a.parquet"),
    ],
)
def test_types_of_different_sorts_are_told(tmp_path: Path, one: pl.Series, other: pl.Series, words: str) -> None:
    files = write(tmp_path, one, other)
    with pytest.raises(DataUnreadable, match=words):
        read_files(tmp_path, SOURCE)
    with pytest.raises(DataUnreadable, match=words):
        list(table_parts(files))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (pl.Series([3], dtype=pl.Int8), pl.Series([2.5])),
        (pl.Series([2**53]), pl.Series([2.5])),
        (pl.Series([None]), pl.Series(["x"])),
        (pl.Series(["x"], dtype=pl.Categorical), pl.Series(["y"])),
        (pl.Series([dt.date(2020, 1, 1)]), pl.Series([dt.datetime(2020, 1, 1)])),
        (pl.Series([[1]]), pl.Series([[0.5]])),
    ],
)
def test_types_of_one_sort_go_together(tmp_path: Path, one: pl.Series, other: pl.Series) -> None:
    files = write(tmp_path, one, other)
    assert read_files(tmp_path, SOURCE).frame.height == 2
    assert sum(part.frame.height for part in table_parts(files)) == 2


def test_whole_numbers_that_doubles_cannot_hold_are_told(tmp_path: Path) -> None:
    write(tmp_path, pl.Series([2**53 + 1]), pl.Series([2.5]))
    with pytest.raises(DataUnreadable, match=r"c has whole numbers beyond 2\^53 in a.parquet"):
        read_files(tmp_path, SOURCE)
