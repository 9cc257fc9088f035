"""Declared files become frames that know their origin; what is wrong with a file is said with file and line."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from holdtrue.foundation import DataNotFound, DataUnreadable, WrongUse
from holdtrue.project import FilesSource
from holdtrue.sources import is_table, read_files, read_table, source_name, source_paths


def source(pattern: str, name: str | None = None) -> FilesSource:
    return FilesSource(pattern=pattern, name=name)


def write(root: Path, path: str, content: str | bytes) -> Path:
    file = root / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return file


def test_parquet_files_are_joined_in_the_order_of_their_paths(tmp_path: Path) -> None:
    for name, beds in (("b", [3, 4]), ("a", [1, 2])):
        (tmp_path / "data").mkdir(exist_ok=True)
        pl.DataFrame({"beds": beds}).write_parquet(tmp_path / f"data/{name}.parquet")
    read = read_files(tmp_path, source("data/*.parquet", "sales"))
    assert read.name == "sales"
    assert read.spelling == "native"
    assert read.frame["beds"].to_list() == [1, 2, 3, 4]
    assert [str(read.origin(row)) for row in range(4)] == [
        "data/a.parquet row 1",
        "data/a.parquet row 2",
        "data/b.parquet row 1",
        "data/b.parquet row 2",
    ]
    with pytest.raises(IndexError):
        read.origin(4)


def test_csv_values_stay_text_and_blank_lines_keep_origins_right(tmp_path: Path) -> None:
    write(tmp_path, "sales.csv", "zip,beds\n\n00701,3\n\n\n00702,\n\n")
    read = read_files(tmp_path, source("sales.csv"))
    assert read.spelling == "csv"
    assert read.frame.rows() == [("00701", "3"), ("00702", None)]
    assert [read.origin(row).row for row in (0, 1)] == [2, 5]


def test_a_single_column_keeps_its_empty_rows(tmp_path: Path) -> None:
    write(tmp_path, "one.csv", "beds\n1\n\n2\n")
    assert read_files(tmp_path, source("one.csv")).frame["beds"].to_list() == ["1", None, "2"]


@settings(deadline=None)
@given(st.lists(st.booleans(), min_size=1, max_size=30))
def test_origin_counts_blank_lines(tmp_path_factory: pytest.TempPathFactory, blanks: list[bool]) -> None:
    root = tmp_path_factory.mktemp("origin")
    lines = ["" if blank else f"{place},x" for place, blank in enumerate(blanks)]
    write(root, "s.csv", "a,b\n" + "".join(f"{line}\n" for line in [*lines, "last,x"]))
    read = read_files(root, source("s.csv"))
    for row, value in enumerate(read.frame["a"].to_list()):
        wanted = len(blanks) if value == "last" else int(value)
        assert read.origin(row).row == wanted + 1


def test_json_lines_keep_their_types(tmp_path: Path) -> None:
    write(tmp_path, "s.jsonl", '{"beds":3,"price":1}\n\n{"beds":null,"price":2.5,"wall":"wood"}\n')
    frame = read_files(tmp_path, source("s.jsonl")).frame
    assert frame.rows() == [(3, 1.0, None), (None, 2.5, "wood")]


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("s.csv", "a,b\n1,2\n3,4,5\n", "s.csv:3: 3 fields where the header has 2"),
        ("s.csv", "a,b\n1,2\n3\n", "s.csv:3: 1 field where the header has 2"),
        ("s.csv", 'a,b\n1,"x\ny"\n3\n', "s.csv:4: 1 field"),
        ("s.csv", 'a,b\n1,"2\n3,4\n', "s.csv:2: a quote is left open"),
        ("s.csv", b"a,b\n1,2\n3,\xff\n", "s.csv:3: byte 0xff is not UTF-8"),
        ("s.csv", "a,b,a\n1,2,3\n", 's.csv:1: two columns are named "a"'),
        ("s.csv", "", "s.csv:1: empty"),
        ("s.jsonl", '{"a":1}\n{"a":2\n', "s.jsonl:2: not JSON"),
        ("s.jsonl", '{"a":1}\n[1]\n', "s.jsonl:2: a list where an object"),
        ("s.jsonl", "", "s.jsonl: empty"),
        ("s.parquet", b"PAR1 and then nothing", "s.parquet: not a readable Parquet file"),
        ("s.xlsx", "x", "s.xlsx: not a table that can be read, its name ends in .xlsx"),
    ],
)
def test_what_is_wrong_with_a_file_is_said_with_its_line(
    tmp_path: Path, name: str, content: str | bytes, said: str
) -> None:
    write(tmp_path, name, content)
    with pytest.raises(DataUnreadable) as caught:
        read_files(tmp_path, source(name))
    assert said in caught.value.message
    assert caught.value.hint


def test_a_byte_order_mark_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    write(tmp_path, "s.csv", b"\xef\xbb\xbfa,b\n1,2\n")
    assert read_files(tmp_path, source("s.csv")).frame.columns == ["a", "b"]


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("data/sales/*.parquet", "data/sales does not exist"),
        ("data/*.parquet", "nothing in it matches *.parquet"),
        ("data/none.csv", "data/none.csv does not exist"),
    ],
)
def test_missing_files_say_how_far_the_path_exists(tmp_path: Path, pattern: str, said: str) -> None:
    write(tmp_path, "data/readme.txt", "hello")
    with pytest.raises(DataNotFound) as caught:
        read_files(tmp_path, source(pattern))
    assert pattern in caught.value.message
    assert said in caught.value.hint


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    with pytest.raises(WrongUse, match="is a folder"):
        source_paths(tmp_path, source("data"))


def test_a_table_without_rows_is_not_data(tmp_path: Path) -> None:
    write(tmp_path, "s.csv", "a,b\n")
    with pytest.raises(DataNotFound, match="no rows in 1 file"):
        read_files(tmp_path, source("s.csv"))


def test_files_of_two_formats_are_two_sources(tmp_path: Path) -> None:
    write(tmp_path, "d/s.csv", "a\n1\n")
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "d/s.parquet")
    with pytest.raises(DataUnreadable, match="more than one format: csv, parquet"):
        read_files(tmp_path, source("d/*"))


def test_a_column_that_changes_its_type_is_named_with_both_files(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1], "b": [1.5]}).write_parquet(tmp_path / "1.parquet")
    pl.DataFrame({"a": [2], "b": [[1]]}).write_parquet(tmp_path / "2.parquet")
    with pytest.raises(DataUnreadable, match=r"b is List\(Int64\) in 2.parquet and Float64 in 1.parquet"):
        read_files(tmp_path, source("*.parquet"))


def test_a_column_that_came_later_is_null_before(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "1.parquet")
    pl.DataFrame({"a": [2.5], "b": ["x"]}).write_parquet(tmp_path / "2.parquet")
    frame = read_files(tmp_path, source("*.parquet")).frame
    assert_frame_equal(frame, pl.DataFrame({"a": [1.0, 2.5], "b": [None, "x"]}))


def test_hidden_files_are_not_data(tmp_path: Path) -> None:
    write(tmp_path, "d/.s.csv", "a\n1\n")
    write(tmp_path, "d/.tmp/s.csv", "a\n1\n")
    write(tmp_path, "d/sub/s.csv", "a\n1\n")
    assert source_paths(tmp_path, source("d/**/*.csv")) == (tmp_path / "d/sub/s.csv",)


def test_an_absolute_pattern_leaves_the_project(tmp_path: Path) -> None:
    file = write(tmp_path, "elsewhere/s.csv", "a\n1\n")
    read = read_files(tmp_path / "project", source(str(file)))
    assert read.origin(0).path == str(file)


@pytest.mark.parametrize(
    ("pattern", "name"),
    [
        ("data/sales/*.parquet", "sales"),
        ("houses.parquet", "houses"),
        ("*.csv", "data"),
        ("data/**/x-*.csv", "data"),
    ],
)
def test_a_source_without_a_name_is_named_by_its_pattern(pattern: str, name: str) -> None:
    assert source_name(source(pattern)) == name


def test_bytes_read_like_the_file(tmp_path: Path) -> None:
    file = write(tmp_path, "s.csv", "a,b\n1,2\n")
    assert_frame_equal(read_table(file, name="s.csv").frame, read_table(file.read_bytes(), name="s.csv").frame)


def test_only_known_endings_are_tables() -> None:
    assert is_table("a/B.PARQUET")
    assert not is_table("a/b.png")
    assert is_table("a/b.csv.gz")
    assert not is_table("a/b.parquet.gz")
