"""Columns whose values are of several sorts: numbers beside text in one member of JSON lines, each kept as its JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
import polars as pl

_CELL = "?json"

MIXED = pl.Struct({_CELL: pl.String})
"""The type of such a column: a record of one text, the value's JSON; null for null and where there is none."""


def mixed_column(name: str, cells: Sequence[str | None]) -> pl.Series:
    """Make such a column of the JSON of each value; null is none.

    Example:
        >>> mixed_values(mixed_column("beds", ["3", '"three"', "null", None]))
        [3, 'three', None, None]
    """
    kept = [None if cell is None or cell == "null" else {_CELL: cell} for cell in cells]
    return pl.Series(name, kept, dtype=MIXED)


def mixed_values(column: pl.Series) -> list[Any]:
    """Return the values of such a column as JSON has them."""
    return [None if cell is None else msgspec.json.decode(cell) for cell in mixed_text(column).to_list()]


def mixed_text(column: pl.Series) -> pl.Series:
    """Return the JSON of each value, as text."""
    return column.struct.field(_CELL).alias(column.name)


def unmixed(frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table with the JSON of values in place of such columns, as other programs can read it."""
    mixed = [column for column in frame.iter_columns() if column.dtype == MIXED]
    return frame.with_columns(mixed_text(column) for column in mixed) if mixed else frame


def as_mixed(column: pl.Series) -> pl.Series:
    """Return a column of one sort as one of several, to stand beside such a one."""
    if column.dtype == MIXED:
        return column
    cells = [None if value is None else msgspec.json.encode(value).decode() for value in column.to_list()]
    return mixed_column(column.name, cells)
