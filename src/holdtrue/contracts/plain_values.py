"""Values of any source as Python's own, and as messages show them."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import numpy as np
import polars as pl

from holdtrue.contracts.expressions import INT_MAX, INT_MIN
from holdtrue.contracts.mixed_cells import MIXED, mixed_values
from holdtrue.contracts.unread import Unread

CUT = 80
ITEMS = 20
"""Items of a list that the value of a failure holds."""
_MORE = "…"
_written = json.JSONEncoder(ensure_ascii=False).encode


def plain_value(raw: Any) -> Any:
    """Return a value of NumPy's or pandas' own types as Python's: nanoseconds are cut off, NaT is None.

    Example:
        >>> plain_value(np.float64(2.5)), plain_value(np.datetime64("1996-07-01T12:00:00.000000001", "ns"))
        (2.5, datetime.datetime(1996, 7, 1, 12, 0))
    """
    if isinstance(raw, np.datetime64):
        return raw.astype("datetime64[us]").item()
    if isinstance(raw, np.generic):
        return raw.item()
    if isinstance(raw, dt.datetime) and type(raw) is not dt.datetime:
        # pandas' Timestamp and NaT are datetimes of their own kind.
        return None if raw != raw else dt.datetime.combine(raw.date(), raw.timetz())
    return raw


def column_values(column: pl.Series) -> list[Any]:
    """Return a column's values as Python has them; days and times beyond Python's years as their text."""
    if column.dtype == MIXED:
        return mixed_values(column)
    try:
        return column.to_list()
    except (ValueError, OverflowError):
        return column.cast(pl.String).to_list()


def is_missing(raw: Any) -> bool:
    """Whether a value stands for none: None, or NaN, which is how NumPy and pandas write it."""
    return raw is None or (isinstance(raw, (float, Decimal)) and raw != raw)


def shown(value: Any) -> str:
    """Write a value for a message: text in quotes and cut at 80 characters, whole numbers without a point.

    Example:
        >>> shown("boathouse"), shown(-8.0), shown(None), shown(True), shown(dt.date(1996, 7, 1))
        ('"boathouse"', '-8', 'null', 'true', '1996-07-01')
    """
    return shown_as(value, plain(value))


def shown_as(value: Any, simple: Any) -> str:
    """Write a value as `shown` does, given what `plain` makes of it."""
    if isinstance(simple, float):
        return str(int(simple)) if simple.is_integer() and abs(simple) < 1e15 else repr(simple)
    if isinstance(value, str):
        return _written(simple)
    if isinstance(simple, int) and not isinstance(simple, bool):
        return str(simple)
    if isinstance(simple, list):
        return _as_text(value.tolist() if isinstance(value, np.ndarray) else value)
    return simple if isinstance(simple, str) else _written(simple)


def plain(value: Any) -> Any:
    """Make a value ready for JSON; what JSON has no form for becomes text.

    Text is cut at 80 characters, and ends in `…` then; of a list 20 items are kept, and `…` follows them.

    Example:
        >>> plain([1, float("nan"), dt.date(1996, 7, 1)]), plain(list(range(1000)))[18:]
        ([1, None, '1996-07-01'], [18, 19, '…'])
        >>> plain(float("inf")), plain(2**70), plain(dt.date(1996, 7, 1)), len(plain("x" * 200))
        ('inf', '1180591620717411303424', '1996-07-01', 80)
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return int(value) if INT_MIN <= value <= INT_MAX else _cut(str(value)) if abs(value) < 10**1000 else "huge"
    if isinstance(value, float):
        return float(value) if value - value == 0 else str(float(value))
    if isinstance(value, str):
        return _cut(value.encode("utf-8", "replace").decode())
    if isinstance(value, dt.datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"<{len(value):,} bytes>"
    if isinstance(value, Unread):
        return value.value
    if isinstance(value, np.ndarray):
        return plain(value.tolist())
    if isinstance(value, (list, tuple)):
        kept = [None if is_missing(item) else _item(item) for item in value[:ITEMS]]
        return [*kept, _MORE] if len(value) > ITEMS else kept
    return _as_text(value) if isinstance(value, dict) else _cut(str(value))


def _item(item: Any) -> Any:
    return _as_text(item) if isinstance(item, (list, tuple)) else plain(item)


def _as_text(value: list[Any] | tuple[Any, ...] | dict[Any, Any]) -> str:
    try:
        return _cut(
            json.dumps(_without_nan(value), ensure_ascii=False, default=str).encode("utf-8", "replace").decode()
        )
    except RecursionError:
        return "deeply nested"


def _without_nan(value: Any) -> Any:
    """Return lists with null for NaN, which stands for a missing value wherever it comes from."""
    if isinstance(value, (list, tuple)):
        return [None if is_missing(item) else _without_nan(item) for item in value]
    return value


def _cut(text: str) -> str:
    return text if len(text) <= CUT else text[: CUT - 1] + _MORE
