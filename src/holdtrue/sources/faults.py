"""Where a text file stops being the table it claims to be. Called only once a fast reader has given up or doubts."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec


def csv_fault(file: Path | bytes, name: str) -> str | None:
    """Return the first fault of a CSV file in words that name its line, or None.

    Faults are: no header, a column named twice, bytes that are not UTF-8, a quote that is never closed, a row of more
    or fewer fields than the header.

    Example:
        >>> csv_fault(b"a,b\\n1,2\\n3\\n", "sales.csv")
        'sales.csv:3: 1 field where the header has 2'
    """
    content = _content(file)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        return f"{name}:{line}: byte 0x{content[error.start]:02x} is not UTF-8"
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    began = 1
    try:
        header = next(reader, [])
        if not header:
            return f"{name}:1: empty, there is no header"
        for place, column in enumerate(header):
            if column in header[:place]:
                return f'{name}:1: two columns are named "{column}"'
        began = reader.line_num + 1
        for row in reader:
            if row and len(row) != len(header):
                fields = "1 field" if len(row) == 1 else f"{len(row)} fields"
                return f"{name}:{began}: {fields} where the header has {len(header)}"
            began = reader.line_num + 1
    except csv.Error as error:
        return f"{name}:{began}: {error}"
    return None


def json_fault(file: Path | bytes, name: str) -> str | None:
    """Return the first fault of a file of JSON lines in words that name its line, or None.

    Faults are: no row at all, a line that is not JSON or not an object, a field whose type is not that of the lines
    before it (whole numbers and fractions go together; null goes with all).

    Example:
        >>> json_fault(b'{"beds": 3}\\n{"beds": "three"}\\n', "sales.jsonl")
        'sales.jsonl:2: beds is text ("three"), a number in the lines before'
    """
    kinds: dict[str, str] = {}
    seen = False
    for number, line in _lines(_content(file)):
        try:
            row: Any = msgspec.json.decode(line)
        except msgspec.DecodeError as error:
            return f"{name}:{number}: not JSON: {error}"
        except UnicodeDecodeError:
            return f"{name}:{number}: not UTF-8"
        if not isinstance(row, dict):
            return f"{name}:{number}: {_kind(row)} where an object (one row) should be"
        seen = True
        for field, value in row.items():
            kind = _kind(value)
            if value is not None and kinds.setdefault(field, kind) != kind:
                shown = msgspec.json.encode(value).decode()[:80]
                return f"{name}:{number}: {field} is {kind} ({shown}), {kinds[field]} in the lines before"
    return None if seen else f"{name}: empty, there is no row"


def _content(file: Path | bytes) -> bytes:
    return file if isinstance(file, bytes) else file.read_bytes()


def _lines(content: bytes) -> Iterator[tuple[int, bytes]]:
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.strip():
            yield number, line


def _kind(value: object) -> str:
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, list):
        return "a list"
    return "an object" if isinstance(value, dict) else "null"
