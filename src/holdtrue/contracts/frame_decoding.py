"""From a column as a frame spells it to the logical type: the same decisions as `decoding.py`, for whole columns.

`native` is how Arrow, Parquet and Python frames spell values; `csv` reads numbers, yes and no, and missing values out
of text. The table of spellings is in `docs/contracts.md`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Literal, TypeAlias

import polars as pl
from msgspec import Struct

from holdtrue.contracts.decoding import DATE, INVALID, TIME
from holdtrue.contracts.expressions import ITEM_KINDS, STRINGS, Kind
from holdtrue.contracts.frame_media import read_column
from holdtrue.contracts.lists import decoder_of, list_of_text
from holdtrue.contracts.mixed_cells import MIXED, mixed_values
from holdtrue.contracts.polars_compiler import DTYPES, MOMENT, finite
from holdtrue.contracts.spec import FieldSpec
from holdtrue.media import MEDIA

Spelling: TypeAlias = Literal["csv", "native"]

_INT_TEXT = r"^[+-]?[0-9]+(\.0*)?$"
_FLOAT_TEXT = r"^[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?$"
_SAFE_INTS = (pl.Int8, pl.Int16, pl.Int32, pl.Int64, pl.UInt8, pl.UInt16, pl.UInt32)
_FIRST, _LAST = dt.datetime(1, 1, 1, tzinfo=dt.UTC), dt.datetime(9999, 12, 31, 23, 59, 59, 999_999, tzinfo=dt.UTC)

_FIRST_DAY, _LAST_DAY = (day.toordinal() - dt.date(1970, 1, 1).toordinal() for day in (dt.date.min, dt.date.max))
_PLAIN = ("int", "float", "bool", "category", "text", "date")


class Decoding(Struct, frozen=True):
    """How a column is read.

    Attributes:
        value: the logical value, null where missing or not of its kind.
        present: where there is a value at all; None: wherever `value` is not null, for no value can be of another kind.
    """

    value: pl.Expr
    present: pl.Expr | None


def is_plain(column: pl.Series, kind: Kind, spelling: Spelling) -> bool:
    """Whether each value of a column is there and of the kind as it stands, so that nothing is to be decoded."""
    if kind not in _PLAIN or column.dtype != DTYPES[kind] or column.null_count():
        return False
    if kind == "float":
        return bool(column.is_finite().all())
    if kind == "date" and column.len():
        days = column.to_physical()
        return bool(days.min() >= _FIRST_DAY and days.max() <= _LAST_DAY)  # type: ignore[operator]
    return kind not in STRINGS or spelling == "native"


def decode_field(field: FieldSpec, dtype: pl.DataType, spelling: Spelling) -> Decoding:
    """Plan how a column of this dtype is read as this field."""
    if dtype == MIXED and field.kind not in MEDIA:
        return Decoding(_mixed(field), pl.col(field.name).is_not_null())
    if field.kind in ITEM_KINDS:
        return _lists(field, pl.col(field.name), dtype, spelling)
    return _decoding(pl.col(field.name), field.kind, dtype, spelling, field.missing)


def _mixed(field: FieldSpec) -> pl.Expr:
    """Read values of several sorts one by one, as a live row's are."""
    decode, target = decoder_of(field), DTYPES[field.kind]

    def apply(column: pl.Series) -> pl.Series:
        values = [None if value is None else decode(value) for value in mixed_values(column)]
        return pl.Series(column.name, [None if value is INVALID else value for value in values], dtype=target)

    return pl.col(field.name).map_batches(apply, return_dtype=target)


def decode_column(name: str, kind: Kind, dtype: pl.DataType, spelling: Spelling) -> Decoding:
    """Plan how a column of this dtype is read as a field of this kind, which is no list."""
    return _decoding(pl.col(name), kind, dtype, spelling)


def _decoding(
    raw: pl.Expr, kind: Kind, dtype: pl.DataType, spelling: Spelling, missing: Sequence[str] = ()
) -> Decoding:
    raw, dtype = _without_nan(raw, dtype)
    if kind in MEDIA:
        if spelling == "csv" and dtype == pl.String:
            raw = pl.when(raw != "").then(raw)
        return Decoding(_figures(raw, kind), raw.is_not_null())
    if spelling == "csv":
        if missing and dtype == pl.String:
            raw = pl.when(~raw.str.strip_chars().is_in(list(missing))).then(raw)
        raw, dtype, known = _csv(raw, dtype, kind)
        if known is not None or (kind in STRINGS and dtype == pl.String):
            # Also of text: an empty cell in quotes is no null of the frame, and stands for none all the same.
            return Decoding(raw if known is None else known, raw.is_not_null())
    if _certain(kind, dtype):
        return Decoding(raw.cast(DTYPES[kind]), None)
    return Decoding(_native(raw, dtype, kind), raw.is_not_null())


def _lists(field: FieldSpec, raw: pl.Expr, dtype: pl.DataType, spelling: Spelling) -> Decoding:
    """Read lists: none of a list is taken where an item is not of its kind, or missing where none may be."""
    kind, target = ITEM_KINDS[field.kind], DTYPES[field.kind]
    if spelling == "csv" and dtype == pl.String:
        text = raw.str.strip_chars()
        text = pl.when((text != "") & ~text.is_in(list(field.missing))).then(text)
        return Decoding(_lists_of_text(field, text, target), text.is_not_null())
    if isinstance(dtype, pl.Array) and len(dtype.shape) == 1:
        raw, dtype = raw.arr.to_list(), pl.List(dtype.inner)
    if not isinstance(dtype, pl.List):
        return Decoding(pl.lit(None, dtype=target), _without_nan(raw, dtype)[0].is_not_null())
    inner = pl.Series(dtype=dtype.inner).dtype
    plan = _decoding(pl.element(), kind, inner, "native")
    there = plan.value.is_not_null() if plan.present is None else plan.present
    # Null wherever an item is not there, so that literals take each list's own length.
    decoded = raw.list.eval(pl.when(there).then(plan.value))
    count = raw.list.eval(there.cast(pl.UInt32)).list.sum()
    whole = decoded.list.drop_nulls().list.len() == count
    if field.items is None or not field.items.null:
        whole &= count == raw.list.len()
    if field.length is not None:
        whole &= raw.list.len() == field.length
    return Decoding(pl.when(whole).then(decoded.cast(target)), raw.is_not_null())


def _lists_of_text(field: FieldSpec, text: pl.Expr, target: pl.DataType) -> pl.Expr:
    decode = decoder_of(field)

    def apply(cells: pl.Series) -> pl.Series:
        lists = [None if cell is None else decode(list_of_text(cell)) for cell in cells.to_list()]
        return pl.Series(cells.name, [None if each is INVALID else each for each in lists], dtype=target)

    return text.map_batches(apply, return_dtype=target, is_elementwise=True)


def _figures(raw: pl.Expr, kind: Kind) -> pl.Expr:
    def read(column: pl.Series) -> pl.Series:
        return read_column(kind, column).figures  # type: ignore[arg-type]

    return raw.map_batches(read, return_dtype=DTYPES[kind], is_elementwise=True)


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
        case "key":
            return dtype == pl.String or dtype.is_integer()
        case _:
            return False


def _native(raw: pl.Expr, dtype: pl.DataType, kind: Kind) -> pl.Expr:
    if dtype.is_decimal() and kind in ("int", "float"):
        # By its text: a cast from decimal to double does not always give the nearest double.
        return _number_of_text(raw.cast(pl.String), kind)
    if kind == "key":
        return _native(raw, dtype, "int").cast(pl.String) if dtype.is_numeric() else pl.lit(None, dtype=pl.String)
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
        if kind in STRINGS:
            return raw.cast(pl.String), pl.String(), None
        if kind == "bool":
            return raw, dtype, pl.when(raw.is_between(0, 1)).then(raw == 1)
        return raw, dtype, None
    if dtype != pl.String:
        return raw, dtype, None
    if kind in STRINGS:
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
