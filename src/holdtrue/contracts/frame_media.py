"""Columns of pictures, sounds and films: each value is read as `media_values.py` reads it, several at a time."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import polars as pl
from msgspec import Struct

from holdtrue.contracts.media_values import read_value
from holdtrue.contracts.plain_values import column_values, is_missing, plain_value
from holdtrue.contracts.polars_compiler import DTYPES
from holdtrue.contracts.unread import Unread
from holdtrue.media import MediaKind

ABREAST = 64
"""Values of a column that are in memory as Python objects at once."""


class MediaColumn(Struct, frozen=True):
    """A column that has been read: `figures` of each value, null where there are none; those `unread`, by row."""

    figures: pl.Series
    unread: dict[int, Unread]


def read_column(kind: MediaKind, column: pl.Series, *, blank: bool = False) -> MediaColumn:
    """Read every value of a column, of whatever type it is.

    Args:
        blank: the empty text is a missing value, as in CSV.

    Raises:
        MissingExtra: the library that reads this kind is not installed.
    """
    if blank and column.dtype == pl.String:
        column = column.set(column == "", None)
    found = list(each_read(column, lambda raw: read_value(kind, raw)))
    figures = [None if isinstance(value, Unread) else value for value in found]
    return MediaColumn(
        pl.Series(column.name, figures, dtype=DTYPES[kind]),
        {row: value for row, value in enumerate(found) if isinstance(value, Unread)},
    )


def each_read(column: pl.Series, read: Callable[[Any], Any]) -> Iterator[Any]:
    """Give what `read` makes of each value in order, None for a missing one; decoders run side by side."""

    def of(raw: Any) -> Any:
        value = plain_value(raw)
        return None if is_missing(value) else read(value)

    if column.null_count() == column.len():
        yield from [None] * column.len()
        return
    heavy = column.dtype in (pl.Binary, pl.String)
    with ThreadPoolExecutor(os.cpu_count() if heavy else 1) as threads:
        for start in range(0, column.len(), ABREAST):
            values = column_values(column.slice(start, ABREAST))
            yield from threads.map(of, values) if heavy else map(of, values)
