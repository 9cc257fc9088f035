"""What the columns of two tables hold, told from both together, and their values as that."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import polars as pl
from msgspec import Struct
from msgspec.structs import replace

from holdtrue.contracts import Evidence, FieldSpec, Kind, Spelling, decode_field, gather, is_called_key, suggest
from holdtrue.profiles import ColumnProfile, kind_of_column, profile_frame

SAMPLE = 4096
"""Rows of each table that the kinds are told by."""

STRAY = 1e-3
"""The share of the values that may not be of a column's kind, in a table as large as may be: typing errors."""

LENGTH = "?length of "
"""Stands before a column of text in the name of its lengths."""

OTHER = "other"
_MOSTLY = 0.9
_WIDER: Mapping[str, Kind] = {"int": "float", "float": "text", "bool": "text", "date": "datetime", "datetime": "text"}
_STRINGS = ("text", "category", "key")
_TIMES = ("date", "datetime")
_READ = ("int", "float", "bool", *_STRINGS, *_TIMES)


class ColumnPlan(Struct, frozen=True, kw_only=True):
    """How a column is read.

    Attributes:
        kind: as a contract's field would have it; `other`: nothing that can be compared by its values.
        missing: texts that stand for no value, in CSV.
        nearly: of text that could be read as another kind but for some values: that kind. Of what is read so although
            some values cannot be: the same.
    """

    kind: str
    missing: tuple[str, ...] = ()
    nearly: str = ""

    def wider(self) -> ColumnPlan:
        """Return what reads more: numbers where whole numbers were not all, text where all else fails."""
        return replace(self, kind=_WIDER.get(self.kind, "text"))


def plan_columns(sample: pl.DataFrame, spelling: Spelling) -> dict[str, ColumnPlan]:
    """Return what each column of a table's sample most likely is.

    Example:
        >>> plan_columns(pl.DataFrame({"beds": ["3", "4", "NA"] * 40, "wall": ["wood"] * 120}), "csv")["beds"]
        ColumnPlan(kind='int', missing=('NA',), nearly='')
    """
    readable = [column for column in sample.iter_columns() if _is_to_be_told(column)]
    seen = {column.name: gather(column, spelling) for column in readable}
    found = {
        draft.column: ColumnPlan(
            kind=draft.kind if draft.kind in _READ else "text",
            missing=draft.missing,
            nearly=_nearly(seen[draft.column], draft.kind),
        )
        for draft in suggest(seen)
    }
    plans = {}
    for column in sample.iter_columns():
        plan = found.get(column.name, ColumnPlan(kind=_by_type(column.dtype)))
        if column.null_count() == column.len():
            plan = ColumnPlan(kind="")  # whatever the other table says
        plans[column.name] = plan
    return plans


def plan_together(before: ColumnPlan, now: ColumnPlan) -> ColumnPlan | None:
    """Return how a column that both tables have is read in both; None where they are of different kinds.

    Example:
        >>> plan_together(ColumnPlan(kind="int"), ColumnPlan(kind="float")).kind
        'float'
        >>> plan_together(ColumnPlan(kind="int"), ColumnPlan(kind="text")) is None
        True
    """
    missing = tuple(dict.fromkeys((*before.missing, *now.missing)))
    kinds = {before.kind, now.kind} - {""}
    nearly = ""
    for one, other in ((before, now), (now, before)):
        # Numbers before, and now "n/a" among them: numbers, of which some cannot be read.
        if one.nearly and not other.nearly and other.kind in (one.nearly, _WIDER.get(one.nearly)):
            kinds, nearly = {one.nearly, other.kind}, one.nearly
    if not kinds:
        return ColumnPlan(kind="text")
    if len(kinds) == 1:
        return ColumnPlan(kind=kinds.pop(), missing=missing, nearly=nearly)
    for pair, together in (({"int", "float"}, "float"), ({"bool", "int"}, "int"), ({*_TIMES}, "datetime")):
        if kinds <= pair:
            return ColumnPlan(kind=together, missing=missing, nearly=nearly)
    if kinds <= {*_STRINGS}:
        return ColumnPlan(kind="text" if "text" in kinds else "category", missing=missing)
    if "key" in kinds and "int" in kinds:
        return ColumnPlan(kind="key", missing=missing)
    return None


def typed(frame: pl.DataFrame, plans: Mapping[str, ColumnPlan], spelling: Spelling) -> pl.DataFrame:
    """Return the planned columns of a frame as what they are: numbers, names or times; null where one is not."""
    return frame.select(
        _value(frame.schema[name], name, plan, spelling) for name, plan in plans.items() if name in frame.columns
    )


def strays(raw: pl.DataFrame, values: pl.DataFrame, plans: Mapping[str, ColumnPlan]) -> dict[str, int]:
    """Return how many values of each column are there and are not of its kind."""
    found = {}
    for column in values.iter_columns():
        source = raw[column.name]
        if source.dtype != pl.String or column.dtype == pl.String or column.null_count() == source.null_count():
            continue
        plan = plans[column.name]
        text = source.str.strip_chars()
        there = (
            source.is_not_null() & (text != "") & ~text.is_in(list(plan.missing)) & (text.str.to_lowercase() != "nan")
        )
        found[column.name] = int((there & column.is_null()).sum())
    return {name: count for name, count in found.items() if count}


def profile_typed(values: pl.DataFrame, plans: Mapping[str, ColumnPlan]) -> dict[str, ColumnProfile]:
    """Profile typed columns; of text, its lengths too, under `LENGTH` and its name."""
    texts = [name for name in values.columns if plans[name].kind == "text" and values.schema[name] == pl.String]
    lengths = [pl.col(name).str.len_chars().alias(LENGTH + name) for name in texts]
    return profile_frame(values.with_columns(lengths), texts=texts)


def is_time(plan: ColumnPlan) -> bool:
    """Whether a column holds days or times."""
    return plan.kind in _TIMES


def times_of(column: pl.Series) -> pl.Series:
    """Return days or times as whole microseconds since 1970, UTC; null where there is none."""
    moments = column.cast(pl.Datetime("us")) if column.dtype == pl.Date else column
    return moments.dt.epoch("us")


def watchable(plans: Mapping[str, ColumnPlan], leave_out: Collection[str] = ()) -> list[str]:
    """Return the columns that a watch can judge row by row: numbers and names, no days, keys or free text."""
    kinds = ("int", "float", "bool", "category")
    return [name for name, plan in plans.items() if plan.kind in kinds and name not in leave_out]


def _is_to_be_told(column: pl.Series) -> bool:
    """Whether a column's type does not say what it holds: of text, and of what is called a key."""
    if column.dtype.is_numeric():
        return is_called_key(column.name, column.len())
    return column.dtype == pl.String


def _by_type(dtype: pl.DataType) -> str:
    if dtype.is_numeric():
        return "int" if dtype.is_integer() else "float"
    kinds = {"time": "date" if dtype == pl.Date else "datetime", "name": "bool" if dtype == pl.Boolean else "category"}
    return kinds.get(kind_of_column(dtype), OTHER)


def _nearly(seen: Evidence, kind: Kind) -> str:
    """Return what text could be read as, but for one value in ten."""
    if kind not in ("text", "category"):
        return ""
    fits = [each for each, count in seen.fits.items() if seen.present and count >= _MOSTLY * seen.present]
    return fits[0] if fits else ""


def _value(dtype: pl.DataType, name: str, plan: ColumnPlan, spelling: Spelling) -> pl.Expr:
    if plan.kind in ("int", "float") and dtype == pl.Boolean:
        return pl.col(name).cast(pl.Float64)
    as_it_is = dtype.is_numeric() or kind_of_column(dtype) in ("time", "other") or dtype == pl.Boolean
    if plan.kind in _STRINGS and kind_of_column(dtype) != "name" and kind_of_column(dtype) != "other":
        return pl.col(name).cast(pl.String)
    if dtype == pl.String and (spelling == "csv" or plan.kind in _TIMES):
        field = FieldSpec(name=name, kind=plan.kind, missing=plan.missing)  # type: ignore[arg-type]
        return decode_field(field, dtype, spelling).value.alias(name)
    return pl.col(name) if as_it_is else pl.col(name).cast(pl.String)
