"""How far a column has moved: the largest difference between its shares then and now.

One effect size for numbers and names, with one meaning: the largest change, over a family of simple events, of the
share of rows for which the event is true. For names the events are all sets of levels: the total variation distance.
For numbers they are "at most x" and "more than x" for every x: the two-sample Kolmogorov-Smirnov distance. Missing
values are a level of their own, and on neither side of x. So it has no unit, is 0 where nothing has changed and 1 where
no row could have come from before, and 0.1 means that at least a tenth of the rows would have to be others.

Two samples of one source differ by chance, the fewer rows the more; `Chance` says how much, and how many rows it takes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.foundation import figure
from holdtrue.profiles.columns import ColumnProfile
from holdtrue.profiles.references import MISSING

SELDOM = 0.001
"""How often, at the most, two samples of one source differ by more than what is said to be chance."""

HALF = 0.5
"""Where chance alone may move more than half of the rows, nothing is said of how far a column has moved."""

_DUST = 2.0**-48
"""Numbers that differ by less than this share of themselves, 16 of a double's smallest steps, are one."""


class Chance(Struct, frozen=True, kw_only=True):
    """How far two samples of one source, of so many rows, seem to have moved; "so often" is as `by_chance` was asked.

    Attributes:
        factor: what `sqrt(1 / before + 1 / now)` is multiplied by: it depends on the kind of column and on its levels.
        error: what the quantiles of both add.
        before, now: rows.
    """

    factor: float
    error: float
    before: int
    now: int

    @property
    def bound(self) -> float:
        """What they stay under so often at the least, 999 times in 1,000 if not asked otherwise; at most 1."""
        return min(1.0, self.factor * math.sqrt(1 / self.before + 1 / self.now) + self.error)

    def fewest(self, limit: float) -> int | None:
        """Return from how many rows `now` on they stay under a limit so often; None: `before` has too few for any.

        Example:
            >>> Chance(factor=1.95, error=0.0, before=10_000, now=2).fewest(0.1)
            396
        """
        room = limit - self.error
        left = (room / self.factor) ** 2 - 1 / self.before if room > 0 else 0.0
        return math.ceil(1 / left) if left > 0 else None


class Drift(Struct, frozen=True, kw_only=True):
    """How far a column has moved.

    Attributes:
        effect: the largest difference of shares, 0 to 1.
        chance: what two samples of one source, of as many rows as these, stay under 999 times in 1,000 at the least
            (or as often as was asked).
        event: where the difference is largest, such as `at most 61,000`, `"wood"` or `(missing)`; of several levels
            that moved together, the one that moved most.
        before, now: the share of the rows for which that is true.
    """

    effect: float
    chance: float
    event: str
    before: float
    now: float


def drift(
    before: ColumnProfile,
    now: ColumnProfile,
    *,
    seldom: float = SELDOM,
    written: Callable[[float], str] = lambda value: figure(value, digits=4),
) -> Drift | None:
    """Return how far a column has moved between two profiles; None where that has no meaning.

    It has none without rows, for days and times (which only ever grow), for free text, and where one is of numbers and
    the other of names. Numbers are off by at most the two sketches' `error`. Where not all levels are listed, the true
    distance is at least what is said.

    Args:
        seldom: how often chance alone may move a column farther than `chance` says. written: how a limit is told.

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
    kinds = _kinds(before, now)
    if kinds == {"number"}:
        return _of_numbers(before, now, seldom, written)
    return _of_names(before, now, seldom) if kinds == {"name"} else None


def by_chance(before: ColumnProfile, now: ColumnProfile, *, seldom: float = SELDOM) -> Chance:
    """Return how far two columns, each with rows, seem to have moved where they are of one source.

    They seem to have moved farther in at most the share `seldom` of pairs of samples.

    Of numbers by Kolmogorov's distribution (Massart, "The tight constant in the Dvoretzky-Kiefer-Wolfowitz
    inequality", 1990); of names half the sum of what each share is off on average, and what a sum of so many rows
    strays from its average (McDiarmid, "On the method of bounded differences", 1989).
    """
    if _kinds(before, now) == {"number"}:
        # Where values are missing, "at most" and "more than" are two families of events, each with half of the chance.
        families = 2 if before.nulls or now.nulls else 1
        factor = math.sqrt(math.log(2 * families / seldom) / 2)
        error = before.quantiles.error + now.quantiles.error
    else:
        # E|difference| of a normal.
        expected = 0.5 * math.sqrt(2 / math.pi) * sum(math.sqrt(max(0.0, p * (1 - p))) for p in _pooled(before, now))
        factor, error = expected + math.sqrt(math.log(1 / seldom) / 2), 0.0
    return Chance(factor=factor, error=error, before=before.count, now=now.count)


def drifts(before: Mapping[str, ColumnProfile], now: Mapping[str, ColumnProfile]) -> dict[str, Drift]:
    """Return how far each column that both have has moved, the farthest first; without those of no such thing."""
    found = {name: drift(then, now[name]) for name, then in before.items() if name in now}
    moved = [(name, each) for name, each in found.items() if each is not None]
    return dict(sorted(moved, key=lambda pair: -pair[1].effect))


def superiority(before: ColumnProfile, now: ColumnProfile) -> float | None:
    """Return the probability that a value now is greater than one before, ties counted half; None without numbers.

    Off by at most the sum of the two sketches' `error`.

    Example:
        >>> import polars as pl
        >>> from holdtrue.profiles.columns import profile_column
        >>> then, now = (profile_column(pl.Series(beds)) for beds in ([2, 3, 3], [3, 4]))
        >>> round(superiority(then, now), 3)
        0.833
    """
    if not before.moments.n or not now.moments.n:
        return None
    values, weights = now.quantiles.pooled()
    at_most = before.quantiles.shares_below(values)
    under = before.quantiles.shares_below(np.nextafter(values, -np.inf))
    return float(np.sum(weights * (at_most + under)) / (2 * weights.sum()))


def _of_numbers(before: ColumnProfile, now: ColumnProfile, seldom: float, written: Callable[[float], str]) -> Drift:
    values = _apart(np.union1d(before.quantiles.pooled()[0], now.quantiles.pooled()[0]))
    found = [(before.null_share, now.null_share, MISSING)]
    if values.size:
        then, later = (_reached(each, values) for each in (before, now))
        for side, words in enumerate(("at most", "more than")):
            place = int(np.argmax(np.abs(later[side] - then[side])))
            limit = f"{words} {written(float(values[place]))}"
            found.append((float(then[side][place]), float(later[side][place]), limit))
    # A change at a limit moves both sides of it alike: of equals the first is told.
    share, reached, event = max(found, key=lambda each: round(abs(each[1] - each[0]), 12))
    return Drift(
        effect=abs(reached - share),
        chance=by_chance(before, now, seldom=seldom).bound,
        event=event,
        before=share,
        now=reached,
    )


def _apart(ordered: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return of values in growing order those that the next one is told from: of each lot of equals the last."""
    if not ordered.size:
        return ordered
    told = np.diff(ordered) > _DUST * np.maximum(np.abs(ordered[1:]), np.abs(ordered[:-1]))
    return np.asarray(ordered[np.append(told, True)])


def _reached(profile: ColumnProfile, values: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return for each value the share of all rows that have at most it, and of those that have more."""
    present = 1 - profile.null_share
    shares = profile.quantiles.shares_below(values) if profile.moments.n else np.zeros(values.size)
    return present * shares, present * (1 - shares)


def _of_names(before: ColumnProfile, now: ColumnProfile, seldom: float) -> Drift | None:
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
    named = event if event == MISSING else f'"{event}"'
    chance = by_chance(before, now, seldom=seldom).bound
    return Drift(effect=min(max(gained, lost), 1.0), chance=chance, event=named, before=share, now=reached)


def _shares(profile: ColumnProfile) -> dict[str, float]:
    shares = {name: count / profile.count for name, count in profile.top.counts.items()}
    return shares | ({MISSING: profile.nulls / profile.count} if profile.nulls else {})


def _pooled(before: ColumnProfile, now: ColumnProfile) -> list[float]:
    """Return the share of each level in both together; of all levels that are not listed as one."""
    then, later = _shares(before), _shares(now)
    pairs = [(then.get(name, 0.0), later.get(name, 0.0)) for name in sorted({*then, *later})]
    rest = (max(0.0, 1 - sum(a for a, _ in pairs)), max(0.0, 1 - sum(b for _, b in pairs)))
    both = before.count + now.count
    return [(a * before.count + b * now.count) / both for a, b in (*pairs, rest)]


def _kinds(before: ColumnProfile, now: ColumnProfile) -> set[str]:
    return {each.kind for each in (before, now) if each.nulls < each.count} or {before.kind}
