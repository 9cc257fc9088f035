"""Tables that gzip has packed, and those whose fields tabs part: read as others are, and refused in words."""

from __future__ import annotations

import gzip
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest

from holdtrue.foundation import DataUnreadable
from holdtrue.project import files
from holdtrue.sources import bare_name, count_rows, is_table, read_files, read_table, source_name, table_parts
from holdtrue.sources import unpacking as bounds
from holdtrue.sources.faults import LONGEST
from holdtrue.sources.unpacking import unpacked


def packed(body: bytes, level: int = 9) -> bytes:
    return gzip.compress(body, level, mtime=0)  # the same bytes in every process


PLAIN = b'id\tword\n1\thouse\n2\t"two\twords"\n'
ROWS = [("1", "house"), ("2", "two\twords")]


def whole(file: Path) -> list[tuple[str, ...]]:
    return read_table(file, name=file.name).frame.rows()


def content(file: Path) -> list[tuple[str, ...]]:
    return read_table(file.read_bytes(), name=file.name).frame.rows()


def parts(file: Path) -> list[tuple[str, ...]]:
    return [row for part in table_parts([(file, file.name)]) for row in part.frame.rows()]


WAYS: list[Callable[[Path], list[tuple[str, ...]]]] = [whole, content, parts]


@pytest.fixture(autouse=True)
def nothing_is_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> object:
    """What is unpacked is gone afterwards, whatever became of it."""
    place = tmp_path / "temporary"
    place.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(place))
    yield
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("read", WAYS)
@pytest.mark.parametrize("name", ["x.tsv", "x.TSV", "x.tsv.gz", "x.TSV.GZ"])
def test_tabs_part_fields_packed_or_not(tmp_path: Path, name: str, read: Callable[[Path], object]) -> None:
    path = tmp_path / name
    path.write_bytes(packed(PLAIN) if name.lower().endswith(".gz") else PLAIN)
    assert read(path) == ROWS
    assert count_rows(path)[0] == 2
    assert is_table(name)


def test_a_declared_source_may_be_packed(tmp_path: Path) -> None:
    (tmp_path / "sales.csv.gz").write_bytes(packed(b"a,b\n1,2\n") + packed(b"3,4\n"))
    source = files("sales.csv.gz")
    assert source_name(source) == bare_name("sales.csv.gz") == "sales"
    read = read_files(tmp_path, source)
    assert (read.frame.rows(), read.spelling) == ([("1", "2"), ("3", "4")], "csv")


@pytest.mark.parametrize("read", WAYS)
@pytest.mark.parametrize(
    ("name", "written", "said"),
    [
        ("x.csv.gz", b"a,b\n1,2\n", "x.csv.gz: not compressed (gzip), as its name says"),
        ("x.csv.gz", b"", "x.csv.gz: not compressed (gzip)"),
        ("x.csv.gz", packed(b"a,b\n" + b"1,2\n" * 9000)[:-40], "x.csv.gz: cut off"),
        ("x.csv.gz", packed(b"a,b\n1,2\n")[:-8] + b"\0" * 8, "x.csv.gz: its compressed data is damaged"),
        ("x.csv.gz", packed(b"a,b\n1,2\n3\n"), "x.csv.gz:3: 1 field where the header has 2"),
        ("x.csv.gz", packed(b"a;b\n1;2\n"), "x.csv.gz:1: fields parted by ;, where a .csv file has commas"),
        ("x.csv.gz", packed(b"a,b\n1,Stra\xdfe\n"), "x.csv.gz:2: byte 0xdf is not UTF-8"),
        ("x.csv.gz", packed(b"a,b\n" + b"1" * (LONGEST + 9)), "x.csv.gz:2: a line of more than 16 MB"),
        ("x.tsv", b"a\tb\n1\t2\n3\n", "x.tsv:3: 1 field where the header has 2"),
        ("x.tsv", b"a,b\n1,2\n", "x.tsv:1: fields parted by commas, where a .tsv file has tabs: name it .csv"),
        ("x.tsv", b'a\tb\n1\t"x" y\n2\t"z\n', "x.tsv:2: a text in quotes goes on after its closing quote"),
        ("x.csv", b"a\tb\n1\t2\n", "x.csv:1: fields parted by tabs, where a .csv file has commas: name it .tsv"),
        ("x.parquet.gz", b"PAR1", "x.parquet.gz: not a table that can be read, its name ends in .gz"),
    ],
)
def test_what_is_none_is_refused_in_words(
    tmp_path: Path, name: str, written: bytes, said: str, read: Callable[[Path], object]
) -> None:
    (tmp_path / name).write_bytes(written)
    with pytest.raises(DataUnreadable) as refused:
        read(tmp_path / name)
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize("read", WAYS)
def test_a_bomb_is_not_unpacked(
    tmp_path: Path, read: Callable[[Path], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounds, "ALWAYS", 3 << 20)
    body = b"a,b\n" + b"1,2\n" * (1 << 20)
    assert len(body) > 3 << 20 > bounds.SWELLING * len(packed(body)) // 2
    (tmp_path / "x.csv.gz").write_bytes(packed(body))
    with pytest.raises(DataUnreadable, match=r"^x.csv.gz: more than 3 MB come out of it"):
        read(tmp_path / "x.csv.gz")


def test_of_a_header_whole_lines_are_unpacked(tmp_path: Path) -> None:
    line = b"1,2,a line like others\n"
    body = b"a,b,c\n" + line * (3 * LONGEST // len(line))
    with unpacked(packed(body, 1), "x.csv.gz", head=True) as head:
        assert isinstance(head, Path)
        read = head.read_bytes()
    assert body.startswith(read)
    assert LONGEST < len(read) < 2 * LONGEST
    assert read.endswith(line)
