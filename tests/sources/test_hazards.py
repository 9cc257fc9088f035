"""What would take a reader's memory, or the process, is refused in words; what only looks so is read."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdtrue.foundation import DataUnreadable
from holdtrue.sources import read_table, table_parts
from holdtrue.sources.faults import LONGEST
from holdtrue.sources.hazards import DEEPEST, require_harmless

ROWS = b"".join(b"%d,x\n" % place for place in range(1000))
MANY = (b"2," + b"y" * 997 + b"\n") * 17_000
DEEP = b'{"a":1}\n{"a":' + b"[" * 500 + b"]" * 500 + b"}\n"


def whole(file: Path) -> int:
    return read_table(file, name=file.name).frame.height


def content(file: Path) -> int:
    return read_table(file.read_bytes(), name=file.name).frame.height


def parts(file: Path) -> int:
    return sum(part.frame.height for part in table_parts([(file, file.name)]))


WAYS = [whole, content, parts]


@pytest.mark.parametrize("read", WAYS)
@pytest.mark.parametrize(
    ("name", "written", "said"),
    [
        ("x.csv", gzip.compress(b"a,b\n" + ROWS, mtime=0), "x.csv: not CSV, but compressed (gzip) (let its name"),
        ("x.jsonl", gzip.compress(b'{"a":1}\n', mtime=0), "x.jsonl: not JSON, but compressed (gzip)"),
        ("x.csv", ("a,b\n" + ROWS.decode()).encode("utf-16"), "x.csv: not CSV, but text in UTF-16 (save it in UTF-8)"),
        ("x.csv", b"PK\x03\x04 and more", "x.csv: not CSV, but an archive (zip)"),
        ("x.csv", b"PAR1 and more", "x.csv: not CSV, but Parquet (name it .parquet)"),
        ("x.csv", b"a,Gr\xf6\xdfe\n1,2\n", "x.csv:1: byte 0xf6 is not UTF-8, at place 5"),
        ("x.csv", b"a,b\n" + ROWS + b"5,Stra\xdfe\n" + ROWS, "x.csv:1002: byte 0xdf is not UTF-8, at place 7"),
        ("x.csv", b"a,b\n1," + b"x" * LONGEST + b"\n2,y\n", "x.csv:2: a line of more than 16 MB"),
        ("x.csv", b"x," * LONGEST, "x.csv:1: a line of more than 16 MB"),
        ("x.csv", b'a,b\n1,"open\n' + MANY, "x.csv:2: a text of more than 16 MB: is a quote left open?"),
        ("x.csv", b'a,b\n1,a 5" pipe\n' + MANY, "x.csv:2: a quote within a text"),
        ("x.jsonl", b"\xef\xbb\xbf" + b'{"a":1}\n', "x.jsonl:1: begins with a byte order mark"),
        ("x.jsonl", b'{"a":1}\n{"a":"' + b"x" * LONGEST + b'"}\n', "x.jsonl:2: a line of more than 16 MB"),
        ("x.jsonl", b'{"a":1}\n\n{"a":[' + b"1," * LONGEST + b"1]}\n", "x.jsonl:3: a line of more than 16 MB"),
        ("x.jsonl", DEEP, "x.jsonl:2: lists and objects nest more than 128 deep"),
        ("x.jsonl", b"[" * 1_000_000, "x.jsonl:1: lists and objects nest more than 128 deep"),
        ("x.jsonl", b'{"a":' * 900 + b"1" + b"}" * 900, "x.jsonl:1: lists and objects nest more than 128 deep"),
        ("x.jsonl", b'{"a":"x"}\n{"a":"\\ud800"}\n', "x.jsonl:2: half a surrogate pair"),
        ("x.jsonl", b'{"a":"x"}\n{"a":"Stra\xdfe"}\n', "x.jsonl:2: byte 0xdf is not UTF-8, at place 11"),
        ("x.jsonl", b'[\n {"a":1}\n]\n', "x.jsonl:1: a row goes on over several lines"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_said_with_its_line(
    tmp_path: Path, read: Callable[[Path], int], name: str, written: bytes, said: str
) -> None:
    (tmp_path / name).write_bytes(written)
    with pytest.raises(DataUnreadable) as caught:
        read(tmp_path / name)
    assert str(caught.value).startswith(said) and caught.value.hint


@pytest.mark.parametrize("read", WAYS)
@pytest.mark.parametrize(
    ("name", "written", "rows"),
    [
        ("x.csv", b'a,b\n1,"two\nlines"\n3,"a ""quoted"" word"\n', 2),
        ("x.csv", b'a,b\n1,a 5"" pipe\n2,y\n', 2),  # quotes that open nothing
        ("x.csv", b'a,b\n1,"x"\n' + MANY + b'3,"z"\n', 2 + 17_000),
        ("x.csv", b'a,b\n1,"' + b"x" * 200_000 + b'"\n2,\n', 2),
        ("x.jsonl", b'{"a":"' + b"[" * 500 + b'"}\n{"a":"{{\\"{{"}\n', 2),  # brackets in text nest nothing
        ("x.jsonl", b'{"a":[' + b"[1]," * 500 + b"[1]]}\n", 1),
        ("x.jsonl", (b'{"a":"' + b"y" * 990 + b'"}\n') * 17_000, 17_000),
    ],
)
def test_what_only_looks_so_is_read(
    tmp_path: Path, read: Callable[[Path], int], name: str, written: bytes, rows: int
) -> None:
    (tmp_path / name).write_bytes(written)
    assert read(tmp_path / name) == rows


@pytest.mark.parametrize("name", ["x.csv", "x.jsonl", "x.parquet"])
def test_a_folder_is_no_table(tmp_path: Path, name: str) -> None:
    (tmp_path / name).mkdir()
    for read in (whole, parts):
        with pytest.raises(DataUnreadable, match="a folder, not a file"):
            read(tmp_path / name)


@settings(max_examples=200, deadline=None)
@given(
    st.recursive(st.none() | st.text(st.sampled_from('[]{}"\\a'), max_size=4), lambda each: st.lists(each, max_size=3))
)
def test_depth_is_counted_as_json_has_it(value: object) -> None:
    def depth(each: object) -> int:
        return 1 + max(map(depth, each), default=0) if isinstance(each, list) else 0

    line = json.dumps({"a": value}).encode()
    padding = b"[" * (DEEPEST - 1 - depth(value)), b"]" * (DEEPEST - 1 - depth(value))
    inner = line[len(b'{"a": ') : -1]
    require_harmless(b'{"a": ' + padding[0] + inner + padding[1] + b"}", "json", "x")
    with pytest.raises(DataUnreadable, match="deep"):
        require_harmless(b'{"a": [' + padding[0] + inner + padding[1] + b"]}", "json", "x")


def test_a_damaged_parquet_file_is_read_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "x.parquet"
    pl.DataFrame({"a": range(3000), "b": [f"n{place % 7}" for place in range(3000)]}).write_parquet(
        path, row_group_size=1000
    )
    sound = path.read_bytes()
    footer = len(sound) - 8 - int.from_bytes(sound[-8:-4], "little")
    draw = random.Random(0)
    for _ in range(200):
        damaged = bytearray(sound)
        for _ in range(draw.choice([1, 2, 5])):
            damaged[draw.randrange(footer, len(sound))] = draw.choice([0, 127, 128, 255, draw.randrange(256)])
        path.write_bytes(damaged)
        for read in WAYS:
            try:
                assert read(path) == 3000  # what was hit may be of no weight; no row is lost without a word
            except DataUnreadable as error:
                assert "x.parquet" in error.message


GIGABYTE = 1 << 30
READ_WITHIN = """
import resource, sys
from pathlib import Path
from holdtrue.foundation import HoldtrueError
from holdtrue.sources import table_parts

resource.setrlimit(resource.RLIMIT_DATA, (1_000_000_000, 1_000_000_000))  # a traceback, or death, beyond
file = Path(sys.argv[1])
try:
    rows = sum(part.frame.height for part in table_parts([(file, file.name)]))
    print(rows, "rows")
except HoldtrueError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.heavy
@pytest.mark.parametrize(
    ("name", "head", "filling", "tail", "said"),
    [
        ("x.jsonl", b'{"a":1}\n{"a":"', b"x" * 1024, b'"}\n', "x.jsonl:2: a line of more than 16 MB"),
        ("x.jsonl", b'{"a":1}\n{"a":[', b"1," * 512, b"1]}\n", "x.jsonl:2: a line of more than 16 MB"),
        ("x.csv", b"a,b\n1,", b"x" * 1024, b"\n", "x.csv:2: a line of more than 16 MB"),
        ("x.csv", b'a,b\n1,"open\n', b"2,yyyyyyyyyyyyy\n" * 64, b"", "x.csv:2: a text of more than 16 MB"),
    ],
)
def test_a_gigabyte_that_is_one_row_takes_no_gigabyte_of_memory(
    tmp_path: Path, name: str, head: bytes, filling: bytes, tail: bytes, said: str
) -> None:
    with (tmp_path / name).open("wb") as file:
        file.write(head)
        for _ in range(GIGABYTE // len(filling) // 1024):
            file.write(filling * 1024)
        file.write(tail)
    command = [sys.executable, "-c", READ_WITHIN, str(tmp_path / name)]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=600, check=True)
    assert ran.stdout.startswith(f"DataUnreadable {said}")
