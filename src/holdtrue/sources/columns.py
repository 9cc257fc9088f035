"""Whether the columns of several files go together: put under one type, values of one must not become others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl

from holdtrue.contracts import MIXED
from holdtrue.foundation import DataUnreadable

_EXACT = 2**53  # whole numbers up to here are doubles too


def require_alike(schemas: Sequence[Mapping[str, pl.DataType]], names: Sequence[str]) -> None:
    """Stop at files that give a column types of different sorts.

    Numbers of different widths go together, so do days and times, and a column without a value with any. A number
    beside text would become text, and yes and no beside a number a number.

    Args:
        schemas: column to type, of each file. names: how messages name the files.

    Raises:
        DataUnreadable: names the column, its types and the files.
    """
    first: dict[str, tuple[pl.DataType, str]] = {}
    for schema, name in zip(schemas, names, strict=True):
        for column, dtype in schema.items():
            if dtype in (pl.Null, MIXED):
                continue
            held, where = first.setdefault(column, (dtype, name))
            if _sort(held) != _sort(dtype):
                raise DataUnreadable(
                    f"{column} is {dtype} in {name} and {held} in {where}", hint="write one of them again"
                )


def require_exact(frames: Sequence[pl.DataFrame], names: Sequence[str]) -> None:
    """Stop at whole numbers that a column of doubles in another file cannot hold.

    Raises:
        DataUnreadable: names the column and the file.
    """
    floats = {column for frame in frames for column, dtype in frame.schema.items() if dtype.is_float()}
    for frame, name in zip(frames, names, strict=True):
        for column, dtype in frame.schema.items():
            if column in floats and dtype.is_integer() and frame.height:
                low, high = frame[column].min(), frame[column].max()
                if any(isinstance(end, int) and abs(end) > _EXACT for end in (low, high)):
                    message = (
                        f"{column} has whole numbers beyond 2^53 in {name}, and numbers with a point in other files"
                    )
                    raise DataUnreadable(message, hint="write the others as whole numbers, or these as text")


def _sort(dtype: pl.DataType) -> str:
    if isinstance(dtype, (pl.List, pl.Array)):
        inner = dtype.inner
        return f"list of {_sort(inner() if isinstance(inner, type) else inner)}"
    if dtype.is_numeric():
        return "number"
    if dtype in (pl.String, pl.Categorical, pl.Enum):
        return "text"
    return "time" if dtype in (pl.Date, pl.Datetime) else str(dtype.base_type())
