"""A column in a few figures, mergeable: computed per part and put together."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import numpy as np
import polars as pl
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.foundation import WrongUse
from holdtrue.media import IDENTITIES
from holdtrue.profiles.distinct import ERROR, DistinctSketch, distinct_names, distinct_numbers, merge_distinct
from holdtrue.profiles.moments import Moments, merge_moments, moments_of
from holdtrue.profiles.quantiles import QuantileSketch, merge_sketches, sketch_of_ordered

KEPT = 200
"""Frequent values and words that are kept of a column."""

WIDE = 1000
"""Frequent values and words that are kept of a part while parts are put together."""

MOST_OR_ALL = "most or all"
"""How many different values there are, where an estimate cannot tell some from all."""

ColumnKind = Literal["number", "name", "time", "other"]

_WORD = r"[\p{L}\p{M}]+(?:['’][\p{L}\p{M}]+)*"


class Frequent(Struct, frozen=True, kw_only=True):
    """The most frequent values with their counts, most frequent first.

    Attributes:
        counts: value to count.
        missed: a value's count may be too low by at most so many, and one that is not listed has at most so many (the
            merge of Misra-Gries summaries: Agarwal et al., "Mergeable summaries", 2013). 0: all are listed, exactly.
    """

    counts: dict[str, int] = {}
    missed: int = 0

    def compact(self, most: int = KEPT) -> Frequent:
        """Return the same with at most so many values."""
        if len(self.counts) <= most:
            return self
        counts = list(self.counts.items())
        return Frequent(counts=dict(counts[:most]), missed=self.missed + counts[most][1])


class ColumnProfile(Struct, frozen=True, kw_only=True):
    """Summary of one column.

    Attributes:
        kind: what it holds: numbers, names (text, categories, yes and no), days and times, or anything else.
        count: rows; `nulls`: missing ones (NaN too).
        moments, quantiles: of the finite numbers; of times, of their microseconds since 1970.
        distinct: how many different values there are. top: the most frequent ones, of names alone.
        lengths: moments of the lengths of text, in characters. words: its most frequent words, in small letters, where
            they were asked for.
        levels: where it is stored and not all levels are in `top`, what tells them from new ones (`known_levels`).
    """

    kind: ColumnKind
    count: int
    nulls: int
    moments: Moments = Moments()
    quantiles: QuantileSketch = QuantileSketch()
    distinct: DistinctSketch = DistinctSketch()
    top: Frequent = Frequent()
    lengths: Moments = Moments()
    words: Frequent = Frequent()
    levels: bytes = b""

    @property
    def null_share(self) -> float:
        """Share of rows that are missing; 0 where there is no row."""
        return self.nulls / self.count if self.count else 0.0

    @property
    def different(self) -> int:
        """How many different values there are: exactly if `different_exact`, else estimated (`distinct`)."""
        return len(self.top.counts) if self._all_listed else min(self.distinct.count, self.count - self.nulls)

    @property
    def different_exact(self) -> bool:
        """Whether `different` is no estimate."""
        return self.distinct.exact or self._all_listed

    @property
    def different_words(self) -> str:
        """How many different values there are, for people; an estimate says so, with two figures that count.

        Example:
            >>> profile_column(pl.Series(["wood", "brick", "wood"])).different_words
            '2'
            >>> [profile_column(pl.Series(range(9000)) // each).different_words for each in (1, 3)]
            ['most or all', 'about 3,100']
        """
        if self.different_exact:
            return f"{self.different:,}"
        # Three standard errors: what may be all of them is not said to be fewer.
        if self.distinct.count * (1 + 3 * ERROR) >= self.count - self.nulls:
            return MOST_OR_ALL
        return f"about {float(f'{self.different:.2g}'):,.0f}"

    @property
    def _all_listed(self) -> bool:
        return bool(self.top.counts) and not self.top.missed

    def histogram(self, edges: Collection[float]) -> NDArray[np.float64]:
        """Return the share of the values between each edge and the next, the upper one included; the first bin has
        what lies below it too, and the last what lies above. Off by at most `quantiles.error`.

        Example:
            >>> profile_column(pl.Series([1, 2, 3, 4])).histogram([0, 2, 4]).tolist()
            [0.5, 0.5]
        """
        reached = self.quantiles.shares_below(list(edges))
        reached[0], reached[-1] = 0.0, 1.0
        return np.diff(reached)

    def compact(self) -> ColumnProfile:
        """Return the same as it is stored: quantiles in one run, the fewest frequent values."""
        return ColumnProfile(
            kind=self.kind,
            count=self.count,
            nulls=self.nulls,
            moments=self.moments,
            quantiles=self.quantiles.compact(),
            distinct=self.distinct,
            top=self.top.compact(),
            lengths=self.lengths,
            words=self.words.compact(),
            levels=self.levels,
        )


def profile_frame(frame: pl.DataFrame, *, texts: Collection[str] = ()) -> dict[str, ColumnProfile]:
    """Profile every column of a frame (or of one part of it); of media each figure too, named as `photo.width`.

    Args:
        texts: the columns whose words are counted.

    Example:
        >>> profile_frame(pl.DataFrame({"beds": [3, None, 4]}))["beds"].moments.mean
        3.5
    """
    with ThreadPoolExecutor() as threads:  # sorting and hashing leave the interpreter's lock
        columns = [part for column in frame.get_columns() for part in _figures(column)]
        profiles = threads.map(lambda column: profile_column(column, text=column.name in texts), columns)
        return dict(zip((column.name for column in columns), profiles, strict=True))


def _figures(column: pl.Series) -> list[pl.Series]:
    if column.dtype != pl.Struct:
        return [column]
    names = [name for name in column.struct.fields if name not in IDENTITIES]
    return [column, *(column.struct.field(name).alias(f"{column.name}.{name}") for name in names)]


def profile_column(column: pl.Series, *, text: bool = False) -> ColumnProfile:
    """Profile one column; figures that its kind does not have stay empty."""
    kind = kind_of_column(column.dtype)
    if kind == "number":
        return _profile_numbers(column.cast(pl.Float64).fill_null(math.nan).to_numpy(), kind)
    if kind == "time":
        moment = column.cast(pl.Datetime("us")) if column.dtype == pl.Date else column
        return _profile_numbers(moment.dt.epoch("us").cast(pl.Float64).fill_null(math.nan).to_numpy(), kind)
    if kind == "name":
        return _profile_names(column, text)
    distinct = DistinctSketch()
    if column.dtype == pl.Struct and "content" in column.struct.fields:  # media: told apart by the hash of their bytes
        distinct = distinct_names(column.struct.field("content").drop_nulls().unique())
    return ColumnProfile(kind=kind, count=column.len(), nulls=column.null_count(), distinct=distinct)


def kind_of_column(dtype: pl.DataType) -> ColumnKind:
    """Return what a column of this type holds."""
    if dtype.is_numeric():
        return "number"
    if dtype in (pl.String, pl.Categorical, pl.Enum, pl.Boolean):
        return "name"
    return "time" if dtype == pl.Date or isinstance(dtype, pl.Datetime) else "other"


def merge(a: ColumnProfile, b: ColumnProfile) -> ColumnProfile:
    """Return the profile of both parts together.

    Counts, nulls, extremes and distinct values are the same as of the whole; moments up to rounding; quantiles and
    frequent values within the error that each states.

    Raises:
        WrongUse: one holds numbers and the other names.

    Example:
        >>> whole = merge(profile_column(pl.Series([1, 2])), profile_column(pl.Series([6])))
        >>> whole.moments.mean, whole.moments.m2, whole.moments.max
        (3.0, 14.0, 6.0)
    """
    kinds = {part.kind for part in (a, b) if part.nulls < part.count} or {a.kind}
    if len(kinds) > 1:
        raise WrongUse(f"a profile of {a.kind}s and one of {b.kind}s cannot be put together", hint="give one type")
    return ColumnProfile(
        kind=kinds.pop(),
        count=a.count + b.count,
        nulls=a.nulls + b.nulls,
        moments=merge_moments(a.moments, b.moments),
        quantiles=merge_sketches(a.quantiles, b.quantiles),
        distinct=merge_distinct(a.distinct, b.distinct),
        top=_merge_frequent(a.top, b.top),
        lengths=merge_moments(a.lengths, b.lengths),
        words=_merge_frequent(a.words, b.words),
    )


def merge_frames(a: Mapping[str, ColumnProfile], b: Mapping[str, ColumnProfile]) -> dict[str, ColumnProfile]:
    """Return the profiles of the columns of two parts together; what one part lacks is missing in all its rows."""
    rows = [max((profile.count for profile in part.values()), default=0) for part in (a, b)]
    merged = {}
    for name in [*a, *(name for name in b if name not in a)]:
        kind = (a.get(name) or b[name]).kind
        first, second = (
            part.get(name) or ColumnProfile(kind=kind, count=count, nulls=count)
            for part, count in zip((a, b), rows, strict=True)
        )
        merged[name] = merge(first, second)
    return merged


def _profile_numbers(values: NDArray[np.float64], kind: ColumnKind) -> ColumnProfile:
    ordered = np.sort(values)  # NaN comes last
    ordered = ordered[: np.searchsorted(ordered, np.nan)]
    first, last = np.searchsorted(ordered, -np.inf, side="right"), np.searchsorted(ordered, np.inf)
    return ColumnProfile(
        kind=kind,
        count=values.size,
        nulls=values.size - ordered.size,
        moments=moments_of(values),
        quantiles=sketch_of_ordered(ordered[first:last]),
        # Of each different value once: most columns have few.
        distinct=distinct_numbers(ordered[np.append(True, ordered[1:] != ordered[:-1])] if ordered.size else ordered),
    )


def _profile_names(column: pl.Series, text: bool) -> ColumnProfile:
    names = column.drop_nulls().cast(pl.String).alias("value")
    counted = names.value_counts(name="count")
    lengths = words = None
    if column.dtype == pl.String:
        # Of each different text once, as often as it occurs: names repeat.
        sizes = (
            counted.group_by(pl.col("value").str.len_chars().alias("length")).agg(pl.col("count").sum()).sort("length")
        )
        lengths = moments_of(np.repeat(sizes["length"].cast(pl.Float64).to_numpy(), sizes["count"].to_numpy()))
    if text:
        found = counted.select(pl.col("value").str.to_lowercase().str.extract_all(_WORD), "count").explode("value")
        summed = found.drop_nulls().group_by("value").agg(pl.col("count").sum())
        words = _most(summed)
    return ColumnProfile(
        kind="name",
        count=column.len(),
        nulls=column.null_count(),
        distinct=distinct_names(counted["value"]),
        top=_most(counted),
        lengths=lengths or Moments(),
        words=words or Frequent(),
    )


def _most(counted: pl.DataFrame) -> Frequent:
    """Return the most frequent of values and their counts; of those that occur alike, the first in their order."""
    missed = 0
    if counted.height > WIDE:
        missed = int(counted["count"].top_k(WIDE + 1).min())  # type: ignore[arg-type]
        more = counted.filter(pl.col("count") > missed)
        alike = counted.filter(pl.col("count") == missed).bottom_k(WIDE - more.height, by="value")
        counted = pl.concat([more, alike])
    ordered = counted.sort("count", "value", descending=[True, False])
    return Frequent(counts=dict(ordered.iter_rows()), missed=missed)


def _merge_frequent(a: Frequent, b: Frequent) -> Frequent:
    counts = Counter(a.counts) + Counter(b.counts)
    ordered = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    return Frequent(counts=ordered, missed=a.missed + b.missed).compact(WIDE)
