"""A column in a few figures, mergeable: computed per part and put together."""

from __future__ import annotations

import math
from collections import Counter

import polars as pl
from msgspec import Struct, field

from holdtrue.profiles.sketch import QuantileSketch, merge_sketches, sketch

_KEPT = 200


class ColumnProfile(Struct, frozen=True, kw_only=True):
    """Summary of one column.

    Attributes:
        count: rows; `nulls`: missing ones (NaN too).
        mean: of the finite numbers; `m2`: sum of their squared distances from it; both 0 for names and dates.
        min, max: of the finite numbers; NaN where there is none.
        quantiles: of the finite numbers.
        top: the most frequent values of a column of names with their counts, at most 200. Exact while no more than
            200 levels occur in any part; beyond, a merged count may be too low by what each part left out.
        numbers: how many finite numbers the figures rest on.
    """

    count: int
    nulls: int
    numbers: int = 0
    mean: float = 0.0
    m2: float = 0.0
    min: float = math.nan
    max: float = math.nan
    quantiles: QuantileSketch = field(default_factory=QuantileSketch)
    top: dict[str, int] = field(default_factory=dict)

    @property
    def sd(self) -> float:
        """Standard deviation of the numbers (n - 1); NaN under two of them."""
        return math.sqrt(self.m2 / (self.numbers - 1)) if self.numbers > 1 else math.nan

    @property
    def null_share(self) -> float:
        """Share of rows that are missing; 0 where there is no row."""
        return self.nulls / self.count if self.count else 0.0


def profile_frame(frame: pl.DataFrame) -> dict[str, ColumnProfile]:
    """Profile every column of a frame (or of one part of it).

    Example:
        >>> profile_frame(pl.DataFrame({"beds": [3, None, 4]}))["beds"].mean
        3.5
    """
    return {column.name: profile_column(column) for column in frame.iter_columns()}


def profile_column(column: pl.Series) -> ColumnProfile:
    """Profile one column: figures for numbers, frequent values for names and booleans, counts only for the rest."""
    if column.dtype.is_numeric():
        return _profile_numbers(column)
    top: dict[str, int] = {}
    if column.dtype in (pl.String, pl.Categorical, pl.Enum, pl.Boolean):
        values = column.drop_nulls().cast(pl.String).alias("value")
        counted = values.value_counts(name="count").sort("count", "value", descending=[True, False])
        top = dict(counted.head(_KEPT).iter_rows())
    return ColumnProfile(count=column.len(), nulls=column.null_count(), top=top)


def merge(a: ColumnProfile, b: ColumnProfile) -> ColumnProfile:
    """Return the profile of both parts together.

    Counts, nulls, extremes and means are exact up to rounding (Chan, Golub, LeVeque 1983, eq. 2.1); quantiles and
    frequent values as their docstrings say.

    Example:
        >>> whole = merge(profile_column(pl.Series([1, 2])), profile_column(pl.Series([6])))
        >>> whole.mean, whole.m2, whole.max
        (3.0, 14.0, 6.0)
    """
    numbers = a.numbers + b.numbers
    delta = b.mean - a.mean
    top = Counter(a.top) + Counter(b.top)
    return ColumnProfile(
        count=a.count + b.count,
        nulls=a.nulls + b.nulls,
        numbers=numbers,
        mean=a.mean + delta * b.numbers / numbers if numbers else 0.0,
        m2=a.m2 + b.m2 + delta * delta * a.numbers * b.numbers / numbers if numbers else 0.0,
        min=_extreme(a.min, b.min, least=True),
        max=_extreme(a.max, b.max, least=False),
        quantiles=merge_sketches(a.quantiles, b.quantiles),
        top=dict(sorted(top.items(), key=lambda item: (-item[1], item[0]))[:_KEPT]),
    )


def _profile_numbers(column: pl.Series) -> ColumnProfile:
    values = column.cast(pl.Float64).fill_null(math.nan).to_numpy()
    finite = values[abs(values) < math.inf]
    n = int(finite.size)
    mean = float(finite.mean()) if n else 0.0
    return ColumnProfile(
        count=column.len(),
        nulls=int((values != values).sum()),
        numbers=n,
        mean=mean,
        m2=float(((finite - mean) ** 2).sum()),
        min=float(finite.min()) if n else math.nan,
        max=float(finite.max()) if n else math.nan,
        quantiles=sketch(values),
    )


def _extreme(a: float, b: float, *, least: bool) -> float:
    if math.isnan(a) or math.isnan(b):
        return b if math.isnan(a) else a
    return min(a, b) if least else max(a, b)
