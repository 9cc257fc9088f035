"""What would take a fast reader's memory, or the whole process: looked for before one is let at a file of text.

Readers unpack whatever is compressed, hold a row in memory whole (of JSON twenty times over), take an open quote for a
text that goes on to the end of the file, and give up with the process at JSON that nests too deep.
"""

from __future__ import annotations

import mmap
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np

from holdtrue.foundation import DataUnreadable
from holdtrue.sources.faults import LONGEST, csv_fault, no_text

DEEPEST = 128
"""How deep lists and objects of JSON may stand in each other."""

_CHUNK = 4 << 20
_BEGINNINGS = {
    b"\x1f\x8b": ("compressed (gzip)", "let its name end in .gz, or unpack it first"),
    b"\x28\xb5\x2f\xfd": ("compressed (zstd)", "unpack it first"),
    b"x\x01": ("compressed (zlib)", "unpack it first"),
    b"x\x9c": ("compressed (zlib)", "unpack it first"),
    b"x\xda": ("compressed (zlib)", "unpack it first"),
    b"PK\x03\x04": ("an archive (zip), perhaps a spreadsheet", "unpack it, or save the sheet as CSV"),
    b"PAR1": ("Parquet", "name it .parquet"),
    b"\xff\xfe": ("text in UTF-16", "save it in UTF-8"),
    b"\xfe\xff": ("text in UTF-16", "save it in UTF-8"),
}
_MARK = b"\xef\xbb\xbf"
_QUOTED = re.compile(rb'"(?:[^"\\]|\\.)*"')

Content = mmap.mmap | bytes


def require_harmless(file: Path | bytes, kind: Literal["csv", "json"], name: str) -> None:
    """Look at how a file of text begins, how long its lines are and, of JSON, how deep it nests.

    Raises:
        DataUnreadable: it is something else, has a line of more than `LONGEST` bytes, a header that is not UTF-8, or
            JSON deeper than `DEEPEST`.
    """
    with _content(file) as content:
        for beginning, (what, hint) in _BEGINNINGS.items():
            if content[: len(beginning)] == beginning:
                raise DataUnreadable(f"{name}: not {kind.upper()}, but {what}", hint=hint)
        if kind == "json" and content[:3] == _MARK:
            raise DataUnreadable(f"{name}:1: begins with a byte order mark, which is no JSON", hint="save it without")
        start = _long_line(content)
        if start is not None:
            message = f"{name}:{_line(content, start)}: a line of more than {LONGEST >> 20} MB"
            raise DataUnreadable(message, hint="write each row on a line of its own, ended by LF")
        if kind == "json":
            _require_shallow(content, name)
            return
        # Readers take a header as it is; of the rows they say themselves what is no text.
        end = content.find(b"\n")
        fault = no_text(content[: end if end >= 0 else len(content)], f"{name}:1")
        if fault:
            raise DataUnreadable(fault, hint="save it in UTF-8")


def require_closed_quotes(file: Path | bytes, name: str) -> None:
    """Look for a quote in a CSV file that is open for more than `LONGEST` bytes.

    Raises:
        DataUnreadable: there is one; names the line where it begins.
    """
    with _content(file) as content:
        doubtful = _long_quote(content)
    fault = csv_fault(file, name) if doubtful else None
    if fault:
        raise DataUnreadable(fault, hint="mend that line, or leave the file out of the pattern")


@contextmanager
def _content(file: Path | bytes) -> Iterator[Content]:
    if isinstance(file, bytes):
        yield file
        return
    with file.open("rb") as opened:
        if not file.stat().st_size:
            yield b""
            return
        with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as content:
            yield content


def _long_line(content: Content) -> int | None:
    """Return where the first line begins that is too long: from line end to line end in leaps of what is allowed."""
    start = 0
    while len(content) - start > LONGEST:
        end = content.rfind(b"\n", start, start + LONGEST + 1)
        if end < 0:
            return start
        start = end + 1
    return None


def _line(content: Content, place: int) -> int:
    """Return the number of the line that a byte is on."""
    return 1 + sum(content[at : min(at + _CHUNK, place)].count(b"\n") for at in range(0, place, _CHUNK))


def _long_quote(content: Content) -> bool:
    """Whether two quotes, of which the first may open a text, are too far from each other, or the last from the end."""
    if len(content) <= LONGEST or content.find(b'"') < 0:
        return False
    seen, last = 0, 0
    for start in range(0, len(content), _CHUNK):
        places = np.flatnonzero(np.frombuffer(content[start : start + _CHUNK], dtype=np.uint8) == ord('"')) + start
        if not places.size:
            continue
        gaps = np.diff(places, prepend=last)
        opened = (np.arange(seen, seen + places.size) % 2) == 1  # an odd number of quotes came before
        if (gaps[opened] > LONGEST).any():
            return True
        seen, last = seen + places.size, int(places[-1])
    return seen % 2 == 1 and len(content) - last > LONGEST


def _require_shallow(content: Content, name: str) -> None:
    """Look at lines with many brackets, which alone can nest deep."""
    start = 0
    while start < len(content):
        end = len(content) if len(content) - start <= _CHUNK else content.find(b"\n", start + _CHUNK) + 1
        piece = content[start : end or len(content)]
        if piece.count(b"[") + piece.count(b"{") > DEEPEST:
            for begin, line in _lines_of_brackets(piece):
                if _depth(_QUOTED.sub(b"", line)) > DEEPEST:
                    number = _line(content, start + begin)
                    message = f"{name}:{number}: lists and objects nest more than {DEEPEST} deep"
                    raise DataUnreadable(message, hint="mend that line, or leave the file out of the pattern")
        start += len(piece)


def _lines_of_brackets(piece: bytes) -> Iterator[tuple[int, bytes]]:
    """Give the lines, and where they begin, that open more brackets than may stand in each other."""
    letters = np.frombuffer(piece, dtype=np.uint8)
    ends = np.append(np.flatnonzero(letters == ord("\n")), letters.size)
    opening = np.flatnonzero((letters | 0x20) == ord("{"))  # [ and { differ in that bit
    reached = np.searchsorted(opening, ends)
    for place in np.flatnonzero(np.diff(reached, prepend=0) > DEEPEST):
        begin = int(ends[place - 1]) + 1 if place else 0
        yield begin, piece[begin : int(ends[place])]


def _depth(line: bytes) -> int:
    letters = np.frombuffer(line, dtype=np.uint8) | 0x20
    steps = (letters == ord("{")).astype(np.int8) - (letters == ord("}")).astype(np.int8)
    return int(np.cumsum(steps, dtype=np.int64).max(initial=0))
