"""How far a column has moved: the largest difference between its shares then and now.

One effect size for numbers and names, with one meaning: the largest change, over a family of simple events, of the
share of rows for which the event is true. For names the events are all sets of levels: the total variation distance.
For numbers they are "at most x" and "more than x" for every x: the two-sample Kolmogorov-Smirnov distance. Missing
values are a level of their own, and on neither side of x. So it has no unit, is 0 where nothing has changed and 1 where
no row could have come from before, and 0.1 means that at least a tenth of the rows would have to be others.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.foundation import figure
from holdtrue.profiles.columns import ColumnProfile
from holdtrue.profiles.references import MISSING

_KOLMOGOROV_95, _KOLMOGOROV_97 = 1.358, 1.480
"""95 and 97.5 % points of Kolmogorov's distribution: what sqrt(n) times the distance stays under."""


class Drift(Struct, frozen=True, kw_only=True):
    """How far a column has moved.

    Attributes:
        effect: the largest difference of shares, 0 to 1.
        chance: what two samples of one source, of as many rows as these, stay under 19 times in 20 at the least.
        event: where the difference is largest, such as `at most 61,000`, `"wood"` or `(missing)`; of several levels
            that moved together, the one that moved most.
        before, now: the share of the rows for which that is true.
    """

    effect: float
    chance: float
    event: str
    before: float
    now: float


def drift(before: ColumnProfile, now: ColumnProfile) -> Drift | None:
    """Return how far a column has moved between two profiles; None where that has no meaning.

    It has none without rows, for days and times (which only ever grow), for free text, and where one is of numbers and
    the other of names. Numbers are off by at most the two sketches' `error`. Where not all levels are listed, the true
    distance is at least what is said.

    Example:
        >>> import polars as pl
        >>> from holdtrue.profiles.columns import profile_column
        >>> then, now = (profile_column(pl.Series(walls)) for walls in (["wood", "wood", "brick", "brick"], ["wood"]))
        >>> moved = drift(then, now)
        >>> moved.effect, moved.event, moved.before, moved.now
        (0.5, '"brick"', 0.5, 0.0)
    """
    if not before.count or not now.count:
        return None
    kinds = {each.kind for each in (before, now) if each.nulls < each.count} or {before.kind}
    if kinds == {"number"}:
        return _of_numbers(before, now)
    return _of_names(before, now) if kinds == {"name"} else None


def drifts(before: Mapping[str, ColumnProfile], now: Mapping[str, ColumnProfile]) -> dict[str, Drift]:
    """Return how far each column that both have has moved, the farthest first; without those of no such thing."""
    found = {name: drift(then, now[name]) for name, then in before.items() if name in now}
    moved = [(name, each) for name, each in found.items() if each is not None]
    return dict(sorted(moved, key=lambda pair: -pair[1].effect))


def unseen_levels(before: ColumnProfile) -> frozenset[str] | None:
    """Return every level that a column had, to tell new ones by; None where they are not all listed."""
    listed = before.top.counts or before.nulls == before.count
    return frozenset(before.top.counts) if listed and not before.top.missed else None


def _of_numbers(before: ColumnProfile, now: ColumnProfile) -> Drift:
    values = np.union1d(before.quantiles.pooled()[0], now.quantiles.pooled()[0])
    found = [(before.null_share, now.null_share, MISSING)]
    if values.size:
        then, later = (_reached(each, values) for each in (before, now))
        for side, words in enumerate(("at most", "more than")):
            place = int(np.argmax(np.abs(later[side] - then[side])))
            limit = f"{words} {figure(float(values[place]), digits=4)}"
            found.append((float(then[side][place]), float(later[side][place]), limit))
    # A change at a limit moves both sides of it alike: of equals the first is told.
    share, reached, event = max(found, key=lambda each: round(abs(each[1] - each[0]), 12))
    # Where values are missing, "at most" and "more than" are two families of events: each gets half of the 5 %.
    limit_of_chance = _KOLMOGOROV_97 if before.nulls or now.nulls else _KOLMOGOROV_95
    chance = limit_of_chance * _spread(before, now) + before.quantiles.error + now.quantiles.error
    return Drift(effect=abs(reached - share), chance=min(chance, 1.0), event=event, before=share, now=reached)


def _reached(profile: ColumnProfile, values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return for each value the share of all rows that have at most it, and of those that have more."""
    present = 1 - profile.null_share
    shares = profile.quantiles.shares_below(values) if profile.moments.n else np.zeros(values.size)
    return present * shares, present * (1 - shares)


def _of_names(before: ColumnProfile, now: ColumnProfile) -> Drift | None:
    if any(not each.top.counts and each.nulls < each.count for each in (before, now)):
        return None  # free text: its values are not kept
    then, later = _shares(before), _shares(now)
    gained, lost = 0.0, 0.0
    pairs = {name: (then.get(name, 0.0), later.get(name, 0.0)) for name in sorted({*then, *later})}
    for name, (a, b) in pairs.items():
        # Where not all levels are listed a share may be higher by this; what is sure is the gap between the two ranges.
        more = (0.0, 0.0) if name == MISSING else (before.top.missed / before.count, now.top.missed / now.count)
        gained += max(0.0, b - a - more[0])
        lost += max(0.0, a - b - more[1])
    event = max(pairs, key=lambda name: abs(pairs[name][1] - pairs[name][0]), default=MISSING)
    share, reached = pairs.get(event, (0.0, 0.0))
    rest = (max(0.0, 1 - sum(a for a, _ in pairs.values())), max(0.0, 1 - sum(b for _, b in pairs.values())))
    both = before.count + now.count
    pooled = [(a * before.count + b * now.count) / both for a, b in (*pairs.values(), rest)]
    # Half the sum of E|difference| of a normal, and McDiarmid's bound of what a sum of differences strays from that.
    expected = 0.5 * math.sqrt(2 / math.pi) * sum(math.sqrt(max(0.0, p * (1 - p))) for p in pooled)
    chance = (expected + math.sqrt(math.log(20) / 2)) * _spread(before, now)
    named = event if event == MISSING else f'"{event}"'
    return Drift(effect=min(max(gained, lost), 1.0), chance=min(chance, 1.0), event=named, before=share, now=reached)


def _shares(profile: ColumnProfile) -> dict[str, float]:
    shares = {name: count / profile.count for name, count in profile.top.counts.items()}
    return shares | ({MISSING: profile.nulls / profile.count} if profile.nulls else {})


def _spread(before: ColumnProfile, now: ColumnProfile) -> float:
    return math.sqrt(1 / before.count + 1 / now.count)
