"""Where a text file stops being the table it claims to be. Called only once a fast reader has given up or doubts."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

import msgspec

LONGEST = 16 << 20
"""Bytes that a line, or a text in quotes, may have."""

COMMA = ","
PARTING = (";", "\t", "|")
"""What parts the fields of files that are called CSV and have no commas."""

_HALF_A_PAIR = re.compile(rb"\\u[dD][89a-fA-F]")


def separator_of(name: str) -> str:
    """Return what parts the fields of a CSV file of this name.

    Example:
        >>> separator_of("sales.csv"), separator_of("sales.TSV.gz")
        (',', '\\t')
    """
    return "\t" if name.lower().removesuffix(".gz").endswith(".tsv") else COMMA


def csv_fault(file: Path | bytes, name: str) -> str | None:
    """Return the first fault of a CSV file in words that name its line, or None.

    Faults are: no header, a column named twice, bytes that are not UTF-8, a quote that is never closed, a row of more
    or fewer fields than the header.

    Example:
        >>> csv_fault(b"a,b\\n1,2\\n3\\n", "sales.csv")
        'sales.csv:3: 1 field where the header has 2'
    """
    for number, line in lines_of(file):
        fault = no_text(line, f"{name}:{number}")
        if fault:
            return fault
    with _text(file) as text:
        return _csv_fault(csv.reader(text, strict=True, delimiter=separator_of(name)), name)


def stray_quote(file: Path | bytes, name: str) -> str | None:
    """Say where a reader may have stumbled over a quote that neither begins nor ends a text: the first line with an odd
    number of them. For a file in which `csv_fault` finds nothing.
    """
    for number, line in lines_of(file):
        if line.count(b'"') % 2:
            return f"{name}:{number}: a quote within a text: write it twice, and the text in quotes"
    return None


def swallowed(file: Path | bytes, name: str) -> str | None:
    """Say what is wrong with a CSV file in which a reader found no rows, though there are lines below its first."""
    filled = (line.strip() for _, line in lines_of(file) if line.strip())
    first, second = next(filled, b""), next(filled, None)
    if second is None and b"\r" not in first:
        return None
    return f"{name}:1: the header takes in the lines below it: is a quote left open, or do lines end in CR alone?"


def _csv_fault(reader: Any, name: str) -> str | None:
    began = 1
    csv.field_size_limit(max(csv.field_size_limit(), LONGEST))  # of the process; no less than others have set
    try:
        header: list[str] = next(reader, [])
        if not header:
            return f"{name}:1: empty, there is no header"
        if len(header) == 1 and (wrong := _parted_otherwise(header[0], name)):
            return wrong
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
        return f"{name}:{began}: {_quoting(str(error))}"
    return None


def _quoting(error: str) -> str:
    """Say what Python's reader of CSV means."""
    if "field limit" in error:
        return f"a text of more than {LONGEST >> 20} MB: is a quote left open?"
    if "expected after" in error:
        return "a text in quotes goes on after its closing quote: write a quote within it twice"
    return "a quote is left open" if "unexpected end" in error else error


def _parted_otherwise(header: str, name: str) -> str | None:
    tabs = separator_of(name) == "\t"
    others = (COMMA, ";", "|") if tabs else PARTING
    between = next((sign for sign in others if sign in header), "")
    if not between:
        return None
    sign = {"\t": "tabs", COMMA: "commas"}.get(between, between)
    needed = "a .tsv file has tabs" if tabs else "a .csv file has commas"
    mend = {"\t": "name it .tsv", COMMA: "name it .csv"}.get(between, "save it so, or as Parquet")
    return f"{name}:1: fields parted by {sign}, where {needed}: {mend}"


def json_fault(file: Path | bytes, name: str) -> str | None:
    """Return the first fault of a file of JSON lines in words that name its line, or None.

    Faults are: no row at all, a line that is not JSON or not an object.

    Example:
        >>> json_fault(b'{"beds": 3}\\n[3]\\n', "sales.jsonl")
        'sales.jsonl:2: a list where an object (one row) should be'
    """
    return look_through_json(file, name)[0]


def look_through_json(file: Path | bytes, name: str) -> tuple[str | None, tuple[str, ...]]:
    """Return the first fault of a file of JSON lines; if there is none, the members whose values are of several sorts.

    Whole numbers and fractions are of one sort; null goes with all.

    Example:
        >>> look_through_json(b'{"beds": 3, "wall": null}\\n{"beds": "three", "wall": "wood"}\\n', "sales.jsonl")
        (None, ('beds',))
    """
    kinds: dict[str, str] = {}
    mixed: dict[str, None] = {}
    seen = False
    for number, line in lines_of(file):
        if not line.strip():
            continue
        try:
            row: Any = msgspec.json.decode(line)
        except msgspec.DecodeError as error:
            if line.strip() in (b"[", b"{"):
                return f"{name}:{number}: a row goes on over several lines, where each should stand on one", ()
            if _HALF_A_PAIR.search(line) and ("truncated" in str(error) or "surrogate" in str(error)):
                return f"{name}:{number}: half a surrogate pair, which is no text", ()
            return f"{name}:{number}: not JSON: {error}", ()
        except UnicodeDecodeError:
            return no_text(line, f"{name}:{number}"), ()
        except RecursionError:
            return f"{name}:{number}: lists and objects nest too deep", ()
        if not isinstance(row, dict):
            return f"{name}:{number}: {kind_of(row)} where an object (one row) should be", ()
        seen = True
        for member, value in row.items():
            if value is not None and kinds.setdefault(member, kind_of(value)) != kind_of(value):
                mixed[member] = None
    return (None, tuple(mixed)) if seen else (f"{name}: empty, there is no row", ())


def no_text(line: bytes, where: str) -> str | None:
    """Say which byte of a line is not UTF-8, or None."""
    try:
        line.decode()
    except UnicodeDecodeError as error:
        return f"{where}: byte 0x{line[error.start]:02x} is not UTF-8, at place {error.start + 1} of the line"
    return None


def _text(file: Path | bytes) -> TextIO:
    if isinstance(file, bytes):
        return io.StringIO(file.decode("utf-8-sig"), newline="")
    return file.open(encoding="utf-8-sig", newline="")


def lines_of(file: Path | bytes) -> Iterator[tuple[int, bytes]]:
    """Give the lines with their numbers, one at a time: a file may be larger than memory."""
    with io.BytesIO(file) if isinstance(file, bytes) else file.open("rb") as lines:
        yield from enumerate(lines, start=1)


def kind_of(value: object) -> str:
    """Return what sort of value of JSON this is, in words."""
    if isinstance(value, bool):
        return "true or false"
    if isinstance(value, int | float):
        return "a number"
    if isinstance(value, str):
        return "text"
    if isinstance(value, list):
        return "a list"
    return "an object" if isinstance(value, dict) else "null"
