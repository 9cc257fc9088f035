"""What a table's figures were in earlier data: read off the profile that a version keeps."""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

from msgspec import Struct

from holdtrue.contracts.expressions import Kind, Statistic
from holdtrue.foundation import datetime_of
from holdtrue.profiles import KEPT, ColumnProfile, TableProfile


class Past(Struct, frozen=True, kw_only=True):
    """Earlier data: what a person calls it, such as `house-price:v3`, and its profile."""

    name: str
    profile: TableProfile


def past_figure(node: Statistic, past: Past, kind: Kind | None) -> Any:
    """Return a figure as it was; None where it had no value, or the column was not there or of another kind.

    `distinct` is exact below 512 different values (of names as far as their levels are kept), else it has a standard
    error of 4.4 %; `quantile` is exact up to 512 different values.
    """
    if node.statistic == "rows":
        return past.profile.rows
    column = past.profile.columns.get(node.column)
    if column is None:
        return None
    match node.statistic:
        case "null_share":
            return column.null_share if column.count else None
        case "distinct":
            return column.different
        case "share":
            return _level_share(column, str(node.argument))
        case "word_rank":
            words = list(column.words.compact().counts)
            if not words:
                return None
            return words.index(str(node.argument)) + 1 if node.argument in words else KEPT + 1
        case "min" | "max" if kind in ("date", "datetime"):
            return _moment(column, node.statistic, kind)
    figure = _number(_as_numbers(column), node)
    return None if figure is None or not math.isfinite(figure) else figure


def _level_share(column: ColumnProfile, level: str) -> float | None:
    present = column.count - column.nulls
    if not present or (column.top.missed and level not in column.top.counts) or not column.top.counts:
        return None
    return column.top.counts.get(level, 0) / present


def _moment(column: ColumnProfile, statistic: str, kind: Kind) -> dt.date | None:
    found = column.moments.min if statistic == "min" else column.moments.max
    if column.kind != "time" or not math.isfinite(found):
        return None
    at = datetime_of(int(found))
    return at.date() if kind == "date" else at


def _as_numbers(column: ColumnProfile) -> ColumnProfile | tuple[int, int]:
    """Return a column of numbers as it is; of yes and no, how many are yes and no."""
    if column.kind == "name" and column.top.counts and set(column.top.counts) <= {"true", "false"}:
        return column.top.counts.get("true", 0), column.top.counts.get("false", 0)
    return column


def _number(column: ColumnProfile | tuple[int, int], node: Statistic) -> float | None:
    if isinstance(column, tuple):
        return _of_flags(*column, node)
    if column.kind != "number":
        return None
    moments = column.moments
    match node.statistic:
        case "mean":
            return moments.mean if moments.n else None
        case "sd":
            return moments.sd
        case "min":
            return moments.min
        case "max":
            return moments.max
        case _:
            return float(column.quantiles.quantiles([float(node.argument or 0)])[0])


def _of_flags(yes: int, no: int, node: Statistic) -> float:
    n = yes + no
    mean = yes / n
    match node.statistic:
        case "mean":
            return mean
        case "sd":
            return math.sqrt(mean * (1 - mean) * n / (n - 1)) if n > 1 else math.nan
        case "min":
            return float(no == 0)
        case "max":
            return float(yes > 0)
        case _:
            return float(not no or no < float(node.argument or 0) * n * (1 - 1e-12))
