"""A slice of the data: the same rows whatever is added later."""

from __future__ import annotations

import math
from collections.abc import Sequence

import polars as pl

from holdtrue.foundation import WrongUse

FEWEST_ROWS = 20
"""Rows that a slice must give: of fewer nothing is left to train with and to judge by."""


def slice_share(text: str, rows: int) -> float:
    """Return the share of rows that `5%` or `500` asks for, in (0, 1].

    Raises:
        WrongUse: the text is neither, or asks for fewer rows than can be split.

    Example:
        >>> slice_share("5%", 1000), slice_share("500", 1000), slice_share("2000", 1000)
        (0.05, 0.5, 1.0)
    """
    share = min(require_slice(text) if text.endswith("%") else int(require_slice(text)) / max(rows, 1), 1.0)
    if share < 1.0 and share * rows < FEWEST_ROWS:
        raise WrongUse(
            f"a slice of {text} is {share * rows:,.0f} of {rows:,} rows, too few to train with and to judge by",
            hint=f"ask for {FEWEST_ROWS} rows or more",
        )
    return share


def require_slice(text: str) -> float:
    """Return the share (of `5%`) or the number of rows (of `500`) that a slice's text means, before any row is read.

    Raises:
        WrongUse: it is neither.

    Example:
        >>> require_slice("5%"), require_slice("500")
        (0.05, 500.0)
    """
    try:
        amount = float(text[:-1]) / 100 if text.endswith("%") else float(int(text))
    except ValueError:
        amount = math.nan
    if not 0 < amount < math.inf:
        raise WrongUse(f'"{text}" is no slice', hint="write a share or a number of rows: --slice 5% or --slice 500")
    return amount


def take_slice(frame: pl.DataFrame, share: float, fields: Sequence[str]) -> pl.DataFrame:
    """Return the rows whose hash falls into the share: about that many, and the same ones after rows are appended.

    A share of 5 % takes the same rows of what was there before. A number of rows is a share of all, so it shrinks as
    the table grows: of the old rows it then takes fewer, and none that it did not take before.

    Args:
        fields: the columns that are hashed; others come and go without changing what is taken.
    """
    if share >= 1.0:
        return frame
    limit = int(share * 2**64)
    hashable = [name for name in fields if name in frame.columns] or frame.columns
    # Hash of the values as text: the same on every machine of this Polars, whatever the column types' layout.
    texts = [_text(pl.col(name), frame.schema[name]).fill_null("\x00") for name in hashable]
    hashed = frame.select(pl.concat_str(texts, separator="\x1f").hash(seed=0))
    return frame.filter(hashed.to_series() <= limit)


def _text(value: pl.Expr, dtype: pl.DataType) -> pl.Expr:
    """Return values as text; a list as its items, each with its length before it, so that no two lists are one text."""
    if isinstance(dtype, pl.Array):
        return _text(value.arr.to_list(), pl.List(pl.Series(dtype=dtype).arr.to_list().dtype.inner))  # type: ignore[attr-defined]
    if isinstance(dtype, pl.List):
        item = _text(pl.element(), pl.Series(dtype=dtype.inner).dtype).fill_null("\x00")
        return value.list.eval(pl.concat_str(item.str.len_bytes(), pl.lit(":"), item)).list.join("")
    if dtype == pl.Binary:
        return value.bin.encode("hex")
    return value.cast(pl.String)
