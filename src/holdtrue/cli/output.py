"""What the commands print: tables for people, JSON for programs."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table
from rich.text import Text

console = Console(highlight=False)


def print_json(value: Any) -> None:
    """Write a struct or plain value as indented JSON to standard output."""
    sys.stdout.write(msgspec.json.format(msgspec.json.encode(value), indent=2).decode() + "\n")


def say(text: str = "", style: str = "") -> None:
    """Write one line of plain text (never read as markup)."""
    console.print(Text(text, style=style), soft_wrap=True)


def print_table(columns: Sequence[str], rows: Iterable[Sequence[object]], *, title: str = "", right: str = "") -> None:
    """Write a table; columns named in `right` (separated by blanks) are set flush right."""
    table = Table(title=title or None, title_justify="left", box=None, pad_edge=False, header_style="bold")
    flush = set(right.split())
    for column in columns:
        table.add_column(column, justify="right" if column in flush else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
    console.print(table)


def size_text(count: float) -> str:
    """Write a number of bytes as a person reads it.

    Example:
        >>> size_text(1_500_000)
        '1.5 MB'
    """
    for unit in ("B", "kB", "MB", "GB"):
        if abs(count) < 1000:
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
