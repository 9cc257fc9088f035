"""Tables in parts: the same rows as whole, in order, wherever they are cut."""

from __future__ import annotations

import gzip
import io
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path

import polars as pl
import pytest

from holdtrue.foundation import DataNotFound, DataUnreadable
from holdtrue.sources import read_table, table_parts
from holdtrue.sources.faults import csv_fault


def written(folder: Path, name: str, frame: pl.DataFrame) -> tuple[Path, str]:
    path = folder / name
    body = io.BytesIO()
    write: dict[str, Callable[..., object]] = {
        "parquet": frame.write_parquet,
        "csv": frame.write_csv,
        "tsv": partial(frame.write_csv, separator="\t"),
        "jsonl": frame.write_ndjson,
    }
    write[name.removesuffix(".gz").rpartition(".")[2]](body)
    path.write_bytes(gzip.compress(body.getvalue()) if name.endswith(".gz") else body.getvalue())
    return path, name


FRAME = pl.DataFrame({"a": range(1000), "b": [f"name {place % 7}" for place in range(1000)]})


@pytest.mark.parametrize("ending", ["parquet", "csv", "jsonl", "tsv", "csv.gz", "tsv.gz", "jsonl.gz"])
@pytest.mark.parametrize("rows", [7, 100, 5000])
def test_parts_together_are_the_files_one_after_the_other(tmp_path: Path, ending: str, rows: int) -> None:
    files = [
        written(tmp_path, f"{place}.{ending}", FRAME[start:end])
        for place, (start, end) in enumerate([(0, 600), (600, 1000)])
    ]
    parts = list(table_parts(files, rows=rows))
    assert all(part.frame.height <= max(rows, 1) for part in parts)
    assert [part.rows_before for part in parts] == [sum(p.frame.height for p in parts[:i]) for i in range(len(parts))]
    assert {part.path for part in parts} == {"0." + ending, "1." + ending}
    whole = pl.concat([read_table(path, name=name).frame for path, name in files])
    assert pl.concat([part.frame for part in parts]).equals(whole)


def test_a_column_that_only_some_files_have_is_null_in_the_others(tmp_path: Path) -> None:
    files = [written(tmp_path, "0.parquet", FRAME[:2]), written(tmp_path, "1.parquet", FRAME[:1].drop("b"))]
    first, second = table_parts(files)
    assert first.frame["b"].null_count() == 0
    assert second.frame.columns == ["a", "b"] and second.frame["b"].to_list() == [None]


def test_blank_lines_of_a_csv_are_no_rows(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("a,b\n1,2\n\n,\n3,4\n")
    parts = list(table_parts([(tmp_path / "x.csv", "x.csv")], rows=1))
    assert [row for part in parts for row in part.frame.rows()] == [("1", "2"), ("3", "4")]
    assert [part.rows_before for part in parts] == [0, 1]


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("x.csv", b"a,b\n1,2\n3\n", "x.csv:3: 1 field where the header has 2"),
        ("x.csv", b"a,b\n1,2\n3,4,5\n", "x.csv:3: 3 fields"),
        ("x.csv", b"a,a\n1,2\n", "two columns are named"),
        ("x.csv", b"a,b\n1,\xff\n", "not UTF-8"),
        ("x.csv", b"", "empty"),
        ("x.jsonl", b'{"a": 1}\n{"a": \n', "x.jsonl:2: not JSON"),
        ("x.parquet", b"PAR1 and nothing more", "not a readable Parquet file"),
    ],
)
def test_a_file_that_is_not_what_it_claims_is_told_by_line(
    tmp_path: Path, name: str, content: bytes, words: str
) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DataUnreadable, match=words.replace("(", r"\(").replace(")", r"\)")):
        list(table_parts([(tmp_path / name, name)]))


def test_a_parquet_file_cut_anywhere_is_unreadable(tmp_path: Path) -> None:
    path, name = written(tmp_path, "x.parquet", FRAME)
    content = path.read_bytes()
    for length in range(0, len(content), max(1, len(content) // 23)):
        path.write_bytes(content[:length])
        with pytest.raises(DataUnreadable, match=r"x\.parquet"):
            list(table_parts([(path, name)]))


def test_formats_do_not_mix_and_no_rows_are_said(tmp_path: Path) -> None:
    files = [written(tmp_path, "0.parquet", FRAME), written(tmp_path, "1.csv", FRAME)]
    with pytest.raises(DataUnreadable, match="more than one format: csv, parquet"):
        list(table_parts(files))
    with pytest.raises(DataNotFound, match="no rows"):
        list(table_parts([written(tmp_path, "2.parquet", FRAME.clear())]))


@pytest.mark.parametrize("content", [b'a,size in "\n1,2\n3,4\n', b"a,b\r1,2\r3,4\r"])
def test_a_header_that_swallows_the_rows_is_not_taken_for_an_empty_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.csv").write_bytes(content)
    (tmp_path / "y.csv").write_text("a,b\n1,2\n")
    for files in (["x.csv"], ["x.csv", "y.csv"]):
        with pytest.raises(DataUnreadable, match=r"x\.csv:1: the header takes in the lines below it"):
            list(table_parts([(tmp_path / name, name) for name in files]))
    with pytest.raises(DataUnreadable, match=r"x\.csv:1: the header takes in"):
        read_table(tmp_path / "x.csv", name="x.csv")
    (tmp_path / "x.csv").write_text("a,b\n")
    assert len(list(table_parts([(tmp_path / name, name) for name in ("x.csv", "y.csv")]))) == 1


def test_looking_for_a_fault_takes_no_more_memory_than_a_line(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    row = "1," + "x" * 98 + "\n"
    path.write_text("a,b\n" + row * 200_000 + "2,\n")
    tracemalloc.start()
    assert csv_fault(path, "x.csv") is None
    assert tracemalloc.get_traced_memory()[1] < 2_000_000  # of a file of 20 MB
    tracemalloc.stop()
