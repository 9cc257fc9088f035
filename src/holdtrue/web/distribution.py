"""A column's distribution beside the baseline's: bars and a line as coordinates of an inline SVG, and its figures."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.foundation import datetime_of, figure, share
from holdtrue.profiles import ColumnProfile
from holdtrue.workspace import ColumnReport

BINS = 24
LEVELS = 10
_LONGEST = 40


class Histogram(Struct, frozen=True):
    """Numbers or times in a square of 100 x 100, origin at the top left.

    Attributes:
        bars: x, y, width and height of each bar. line: the baseline's outline, `x,y x,y ...`; "" if there is none.
        low, high: the ends of the axis, in words. label: all of it in a sentence.
    """

    bars: tuple[tuple[float, float, float, float], ...]
    line: str
    low: str
    high: str
    label: str


class Level(Struct, frozen=True):
    """One frequent value: its share now and in the baseline (None: not known), in per cent of the longest bar."""

    name: str
    now: float
    then: float | None
    said: str


class ColumnCard(Struct, frozen=True, kw_only=True):
    """One column as the report shows it; `rows` are figures: what, now, in the baseline.

    Attributes:
        compared: whether the baseline has the column.
    """

    name: str
    kind: str
    histogram: Histogram | None
    levels: tuple[Level, ...]
    words: tuple[Level, ...]
    rows: tuple[tuple[str, str, str], ...]
    remarks: tuple[str, ...]
    compared: bool


def column_card(column: ColumnReport, *, different: int | None = None) -> ColumnCard:
    """Return a column's distribution and figures.

    Args:
        different: how many different values it has, where that was counted and not estimated.
    """
    now, then = column.now, column.baseline
    numeric = now.kind in ("number", "time")
    return ColumnCard(
        name=column.name,
        kind=column.kind + (f", {column.unit}" if column.unit else ""),
        histogram=histogram(now, then) if numeric else None,
        levels=() if numeric or column.kind in ("text", "key") else levels(now, then),
        words=_frequent(now.words.counts, None, max(1, sum(now.words.counts.values()))),
        rows=_figures(now, then, different),
        remarks=column.remarks,
        compared=then is not None,
    )


def histogram(now: ColumnProfile, then: ColumnProfile | None) -> Histogram | None:
    """Return the histogram of numbers or times; None where there are none.

    The axis leaves out the farthest half per cent at each end, which the outermost bars have.

    Example:
        >>> import polars as pl
        >>> from holdtrue.profiles import profile_column
        >>> histogram(profile_column(pl.Series([1, 1, 2])), None).high
        '2'
    """
    known = [profile for profile in (now, then) if profile is not None and profile.moments.n]
    if not now.moments.n:
        return None
    edges, low, high = axis(known)
    shares = now.histogram(list(edges))
    outline = None if len(known) < 2 or then is None else then.histogram(list(edges))
    top = max(float(shares.max()), float(outline.max()) if outline is not None else 0.0) or 1.0
    width = 100 / len(shares)
    bars = tuple(
        (round(place * width, 2), round(100 - 100 * part / top, 1), round(width, 2), round(100 * part / top, 1))
        for place, part in enumerate(shares.tolist())
    )
    line = "" if outline is None else _outline([100 - 100 * part / top for part in outline.tolist()], width)
    first, last = _value(low, now.kind), _value(high, now.kind)
    label = f"Distribution from {first} to {last}; the highest bar has {share(float(shares.max()))} of the values"
    return Histogram(bars, line, first, last, label)


def axis(known: Sequence[ColumnProfile], bins: int = BINS) -> tuple[NDArray[np.float64], float, float]:
    """Return the edges of bins over the values of some columns, and the ends of the axis; a bin a whole number if few.

    The axis leaves out the farthest half per cent at each end, which the outermost bins have.
    """
    ends = np.array([profile.quantiles.quantiles([0.005, 0.995]) for profile in known])
    low, high = float(ends[:, 0].min()), float(ends[:, 1].max())
    whole = all(profile.kind == "number" and _is_whole(profile) for profile in known)
    if whole and high - low < bins:
        edges = np.arange(low, high + 2) - 0.5
    elif high > low:
        edges = np.linspace(low, high, bins + 1)
    else:
        edges = np.array([low - 0.5, low + 0.5])
    return edges, low, high


def levels(now: ColumnProfile, then: ColumnProfile | None) -> tuple[Level, ...]:
    """Return the most frequent values, those that only the baseline has included."""
    return _frequent(now.top.counts, None if then is None else then, now.count - now.nulls, now=now)


def _frequent(
    counts: dict[str, int], then: ColumnProfile | None, whole: int, *, now: ColumnProfile | None = None
) -> tuple[Level, ...]:
    whole_then = 0 if then is None else then.count - then.nulls
    before = {} if then is None or not whole_then else {name: n / whole_then for name, n in then.top.counts.items()}
    found = {name: n / whole for name, n in counts.items()} if whole else {}
    names = sorted({*list(found)[:LEVELS], *list(before)[:LEVELS]}, key=lambda name: (-found.get(name, 0), name))
    names = names[: LEVELS + 2]
    top = max([*(found.get(name, 0) for name in names), *(before.get(name, 0) for name in names)], default=1) or 1
    return tuple(
        Level(
            _short(name),
            round(100 * found.get(name, 0) / top, 1),
            round(100 * before.get(name, 0) / top, 1) if before else None,
            share(found.get(name, 0)) + (f" (was {share(before.get(name, 0))})" if before else ""),
        )
        for name in names
    )


def _figures(now: ColumnProfile, then: ColumnProfile | None, different: int | None) -> tuple[tuple[str, str, str], ...]:
    both = (now, then)
    rows = [
        ("missing", *(share(each.null_share) if each is not None else "" for each in both)),
        (
            "different",
            f"{different:,}" if different is not None else _distinct(now),
            _distinct(then) if then is not None else "",
        ),
    ]
    if now.kind == "number":
        rows.append(("mean", *(_of(each, "mean") for each in both)))
        rows.append(("sd", *(_of(each, "sd") for each in both)))
    if now.kind in ("number", "time"):
        rows.append(("least", *(_of(each, "min") for each in both)))
        for part, name in ((0.05, "5%"), (0.5, "half up to"), (0.95, "95%")):
            rows.append((name, *(_quantile(each, part) for each in both)))
        rows.append(("most", *(_of(each, "max") for each in both)))
    if now.lengths.n:
        rows.append(("characters", *(_lengths(each) for each in both)))
    return tuple((name, first, second) for name, first, second in rows)


def _of(profile: ColumnProfile | None, what: str) -> str:
    if profile is None or not profile.moments.n:
        return ""
    return _value(float(getattr(profile.moments, what)), "number" if what == "sd" else profile.kind)


def _quantile(profile: ColumnProfile | None, part: float) -> str:
    if profile is None or not profile.moments.n:
        return ""
    return _value(float(profile.quantiles.quantiles([part])[0]), profile.kind)


def _lengths(profile: ColumnProfile | None) -> str:
    if profile is None or not profile.lengths.n:
        return ""
    return f"{figure(profile.lengths.min)} to {figure(profile.lengths.max)}"


def _distinct(profile: ColumnProfile) -> str:
    return profile.different_words if profile.different or profile.kind != "other" else ""


def _value(value: float, kind: str) -> str:
    if not math.isfinite(value):
        return ""
    if kind != "time":
        return figure(value)
    try:
        at = datetime_of(int(value))
    except (OverflowError, ValueError):
        return "outside the calendar"
    return f"{at:%Y-%m-%d}" if (at.hour, at.minute) == (0, 0) else f"{at:%Y-%m-%d %H:%M}"


def _is_whole(profile: ColumnProfile) -> bool:
    ends = profile.quantiles.quantiles([0.0, 0.25, 0.5, 0.75, 1.0])
    return bool((ends == np.floor(ends)).all())


def _outline(heights: list[float], width: float) -> str:
    points = []
    for place, height in enumerate(heights):
        points += [f"{place * width:.4g},{height:.3g}", f"{(place + 1) * width:.4g},{height:.3g}"]
    return " ".join(points)


def _short(name: str) -> str:
    plain = "".join(letter if letter.isprintable() else "\ufffd" for letter in name)
    return plain if len(plain) <= _LONGEST else plain[: _LONGEST - 1] + "…"
