"""What the commands print: lines and tables for people, JSON for programs.

On a terminal lines are broken between words and go on under their own beginning; piped, every line stays whole.
"""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import Any

import msgspec
from rich.console import Console
from rich.text import Text

console = Console(highlight=False)

_GAP = 2  # blanks between columns
_NARROWEST = 20  # letters that a folded column keeps, whatever the others take


def print_json(value: Any) -> None:
    """Write a struct or plain value as indented JSON to standard output."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value, enc_hook=_plain), indent=2).decode() + "\n")


def _plain(value: Any) -> Any:
    if isinstance(value, PurePath):
        return os.fsencode(value).decode("utf-8", "replace")
    raise NotImplementedError(f"{type(value).__name__} has no form in JSON")


def write(text: str) -> None:
    """Write text as it is, such as code that a person will put into a file."""
    sys.stdout.write(text)


def warn(text: str) -> None:
    """Write a line to standard error, beside a document that goes to standard output."""
    sys.stderr.write(f"{text}\n")


def say(text: str = "", style: str = "", *, hang: int = 0) -> None:
    """Write plain text (never read as markup).

    Args:
        text: one line.
        style: how it looks on a terminal.
        hang: how far, on a terminal, its further lines stand in from where its words begin.
    """
    words = text.lstrip(" ")
    margin = len(text) - len(words)
    for line in _broken(words, margin + hang, first=margin):
        console.print(Text(line, style=style), soft_wrap=True)


def say_pair(mark: str, style: str, text: str, *, width: int = 8, indent: int = 2) -> None:
    """Write a marked line, such as a verdict and what it is about; further lines stand under the text."""
    start = indent + width
    lines = _broken(text, start, first=start)
    console.print(Text.assemble(" " * indent, (mark.ljust(width), style), lines[0][start:]), soft_wrap=True)
    for line in lines[1:]:
        console.print(Text(line), soft_wrap=True)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, right: str = "", fold: str = "") -> None:
    """Write a table.

    Args:
        columns: their names, printed above.
        rows: one value for each column; None is empty.
        right: names of columns, separated by blanks, that are set flush right.
        fold: the column that gives way on a narrow terminal: its text goes on in further lines.
    """
    texts = [["" if cell is None else str(cell) for cell in row] for row in rows]
    widths = [max(len(name), *(len(row[place]) for row in texts), 0) for place, name in enumerate(columns)]
    if fold and console.is_terminal:
        place = columns.index(fold)
        others = sum(widths) - widths[place] + _GAP * (len(widths) - 1)
        widths[place] = min(widths[place], max(_NARROWEST, console.width - others))
    flush = set(right.split())
    console.print(Text(_row([[name] for name in columns], columns, widths, flush)[0], style="bold"), soft_wrap=True)
    for row in texts:
        for line in _row([_folded(c, w) for c, w in zip(row, widths, strict=True)], columns, widths, flush):
            console.print(Text(line), soft_wrap=True)


def _row(cells: list[list[str]], columns: Sequence[str], widths: list[int], flush: set[str]) -> list[str]:
    lines = []
    for height in range(max(len(cell) for cell in cells)):
        parts = []
        for cell, name, width in zip(cells, columns, widths, strict=True):
            text = cell[height] if height < len(cell) else ""
            parts.append(text.rjust(width) if name in flush else text.ljust(width))
        lines.append((" " * _GAP).join(parts).rstrip())
    return lines


def _folded(text: str, width: int) -> list[str]:
    if len(text) <= width:
        return [text]
    return textwrap.wrap(text, width, break_long_words=True, break_on_hyphens=False) or [""]


def _broken(text: str, margin: int, *, first: int) -> list[str]:
    begin, rest = " " * first, " " * margin
    if not console.is_terminal or first + len(text) <= console.width or margin > console.width - _NARROWEST:
        return [begin + text]
    return textwrap.wrap(
        text,
        console.width,
        initial_indent=begin,
        subsequent_indent=rest,
        break_long_words=False,  # a path or an address is copied whole
        break_on_hyphens=False,
    ) or [begin]
