"""From a column as a frame spells it to the logical type: the same decisions as `decoding.py`, for whole columns.

`native` is how Arrow, Parquet and Python frames spell values; `csv` reads numbers, yes and no, and missing values out
of text. The table of spellings is in `docs/contracts.md`.
"""

from __future__ import annotations

import datetime as dt
from typing import Literal, TypeAlias

import polars as pl
from msgspec import Struct

from holdtrue.contracts.decoding import DATE, TIME
from holdtrue.contracts.expressions import Kind
from holdtrue.contracts.polars_compiler import DTYPES, MOMENT, finite

Spelling: TypeAlias = Literal["csv", "native"]

_INT_TEXT = r"^[+-]?[0-9]+(\.0*)?$"
_FLOAT_TEXT = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_SAFE_INTS = (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32)
_FIRST, _LAST = dt.datetime(1, 1, 1, tzinfo=dt.UTC), dt.datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC)


class Decoding(Struct, frozen=True):
    """How a column is read.

    Attributes:
        value: the logical value, null where missing or not of its kind.
        present: where there is a value at all; None: wherever `value` is not null, for no value can be of another kind.
    """

    value: pl.Expr
    present: pl.Expr | None


def decode_column(name: str, kind: Kind, dtype: pl.DataType, spelling: Spelling) -> Decoding:
    """Plan how a column of this dtype is read as a field of this kind."""
    raw, dtype = _without_nan(pl.col(name), dtype)
    if spelling == "csv":
        raw, dtype, known = _csv(raw, dtype, kind)
        if known is not None:
            return Decoding(known, raw.is_not_null())
    if _certain(kind, dtype):
        return Decoding(raw.cast(DTYPES[kind]), None)
    return Decoding(_native(raw, dtype, kind), raw.is_not_null())


def _without_nan(raw: pl.Expr, dtype: pl.DataType) -> tuple[pl.Expr, pl.DataType]:
    if dtype.is_float():
        return raw.cast(pl.Float64).fill_nan(None), pl.Float64()
    if dtype in (pl.Categorical, pl.Enum):
        return raw.cast(pl.String), pl.String()
    return raw, dtype


def _certain(kind: Kind, dtype: pl.DataType) -> bool:
    """Whether every value of this dtype is one of this kind."""
    match kind:
        case "int":
            return dtype in _SAFE_INTS
        case "float":
            return dtype.is_integer()
        case "bool":
            return dtype == pl.Boolean
        case "category" | "text":
            return dtype == pl.String
        case _:
            return False


def _native(raw: pl.Expr, dtype: pl.DataType, kind: Kind) -> pl.Expr:
    if dtype.is_decimal() and kind in ("int", "float"):
        # By its text: a cast from decimal to double does not always give the nearest double.
        return _number_of_text(raw.cast(pl.String), kind)
    if kind == "int" and dtype.is_integer():
        return raw.cast(pl.Int64, strict=False)
    if kind == "int" and dtype.is_float():
        return pl.when(raw.floor() == raw).then(raw.cast(pl.Int64, strict=False))
    if kind == "float" and dtype.is_float():
        return finite(raw)
    if kind == "date" and dtype == pl.Date:
        return pl.when(raw.is_between(_FIRST.date(), _LAST.date())).then(raw)
    if kind in ("date", "datetime"):
        moment = _moment(raw, dtype, kind)
        if moment is not None:
            moment = pl.when(moment.is_between(pl.lit(_FIRST, dtype=MOMENT), pl.lit(_LAST, dtype=MOMENT))).then(moment)
            day = pl.when(moment.dt.truncate("1d") == moment).then(moment.dt.date())
            return day if kind == "date" else moment
    return pl.lit(None, dtype=DTYPES[kind])


def _moment(raw: pl.Expr, dtype: pl.DataType, kind: Kind) -> pl.Expr | None:
    """Read a column as moments in UTC, a day as its midnight; None if its dtype is nothing of the kind."""
    if dtype == pl.Date:
        return raw.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    if isinstance(dtype, pl.Datetime):
        exact = raw.dt.cast_time_unit("us")
        return exact.dt.replace_time_zone("UTC") if dtype.time_zone is None else exact.dt.convert_time_zone("UTC")
    if dtype != pl.String:
        return None
    if kind == "date":
        day = pl.when(raw.str.contains(DATE)).then(raw).str.to_date("%Y-%m-%d", strict=False)
        return day.cast(pl.Datetime("us")).dt.replace_time_zone("UTC")
    parts = [raw.str.extract(TIME, group) for group in range(1, 6)]
    day, minute, second, fraction, offset = parts
    base = pl.concat_str(day, pl.lit(" "), minute.fill_null("00:00"), pl.lit(":"), second.fill_null("00"))
    local = base.str.to_datetime("%Y-%m-%d %H:%M:%S", time_unit="us", strict=False)
    micros = fraction.fill_null("").str.pad_end(6, "0").cast(pl.Int64)
    hours, minutes = offset.str.slice(1, 2), offset.str.slice(4, 2)
    ahead = hours.cast(pl.Int64, strict=False) * 60 + minutes.cast(pl.Int64, strict=False)
    ahead = pl.when(offset.str.starts_with("-")).then(-ahead).otherwise(ahead).fill_null(0)
    shifted = local + pl.duration(microseconds=micros - ahead * 60_000_000, time_unit="us")
    # Python reads the local time first, so that must be within its years too.
    early = local >= pl.lit(_FIRST.replace(tzinfo=None), dtype=pl.Datetime("us"))
    return pl.when(early).then(shifted).dt.replace_time_zone("UTC")


def _csv(raw: pl.Expr, dtype: pl.DataType, kind: Kind) -> tuple[pl.Expr, pl.DataType, pl.Expr | None]:
    """Read CSV's spelling; gives (what is there, its dtype, its value or None: read on as native)."""
    if dtype.is_integer():
        if kind in ("category", "text"):
            return raw.cast(pl.String), pl.String(), None
        if kind == "bool":
            return raw, dtype, pl.when(raw.is_between(0, 1)).then(raw == 1)
        return raw, dtype, None
    if dtype != pl.String:
        return raw, dtype, None
    if kind in ("category", "text"):
        return pl.when(raw != "").then(raw), dtype, None
    text = raw.str.strip_chars()
    text = pl.when(text != "").then(text)
    if kind == "bool":
        small = text.str.to_lowercase()
        yes, no = small.is_in(["true", "1"]), small.is_in(["false", "0"])
        return text, dtype, pl.when(yes | no).then(yes)
    if kind in ("int", "float"):
        text = pl.when(text.str.to_lowercase() != "nan").then(text)
        return text, dtype, _number_of_text(text, kind)
    return text, dtype, None


def _number_of_text(text: pl.Expr, kind: Kind) -> pl.Expr:
    if kind == "int":
        whole = pl.when(text.str.contains(_INT_TEXT)).then(text.str.replace(r"\.0*$", ""))
        return whole.cast(pl.Int64, strict=False)
    return finite(pl.when(text.str.contains(_FLOAT_TEXT)).then(text).cast(pl.Float64, strict=False))
