"""Seasons: mornings are compared with mornings, Julys with Julys."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.foundation import WrongUse
from holdtrue.profiles.references import level_of

HOUR, WEEKDAY, MONTH = "hour", "weekday", "month"
PARTS: Mapping[str, tuple[str, ...]] = {
    HOUR: tuple(f"{hour:02d}" for hour in range(24)),
    WEEKDAY: ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
    MONTH: (
        *("January", "February", "March", "April", "May", "June"),
        *("July", "August", "September", "October", "November", "December"),
    ),
}
"""The seasons that a row's time tells, in UTC."""

MOST_SEASONS = 100
"""Levels of a column that are seasons of their own; all rarer ones are one season together."""

_HOUR = 3_600_000_000
_DAY = 24 * _HOUR


class Season(Struct, frozen=True, dict=True):
    """What parts rows into those that are compared with each other.

    Attributes:
        of: `hour`, `weekday` or `month` of the row's time (UTC), else the name of a column.
        levels: of a column: its levels in the baseline; all others are one season more.
    """

    of: str
    levels: tuple[str, ...] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The seasons' names, in the order of their places."""
        return PARTS.get(self.of, (*self.levels, "(other)"))

    @cached_property
    def _places(self) -> dict[str, int]:
        return {level: place for place, level in enumerate(self.levels)}

    def places(self, times: NDArray[np.int64], values: Sequence[Any] | None = None) -> NDArray[np.int64]:
        """Return the season of each of n rows: its place among `names`.

        Args:
            times: shape (n,), microseconds since 1970. values: of the column, where the season is one.

        Raises:
            WrongUse: the season is a column, and it was not given.

        Example:
            >>> Season("weekday").places(np.array([0])).tolist(), Season("month").places(np.array([-1])).tolist()
            ([3], [11])
        """
        if self.of == HOUR:
            return times // _HOUR % 24
        if self.of == WEEKDAY:
            return (times // _DAY + 3) % 7
        if self.of == MONTH:
            return times.astype("datetime64[us]").astype("datetime64[M]").astype(np.int64) % 12
        if values is None:
            raise WrongUse(f"the season is the column {self.of}, which was not given")
        known, other = self._places, len(self.levels)
        return np.array([known.get(level_of(value), other) for value in values], dtype=np.int64)


def season_of(of: str, values: Sequence[Any] | None = None) -> Season:
    """Return the season that a part of the calendar or a column is; of a column with its most frequent levels.

    Args:
        of: `hour`, `weekday`, `month`, else the name of a column. values: the baseline's, of the column.

    Example:
        >>> season_of("shop", ["b", "a", "b"]).names
        ('a', 'b', '(other)')
    """
    if of in PARTS:
        return Season(of)
    levels = Counter(level_of(value) for value in values or ()).most_common(MOST_SEASONS)
    return Season(of, tuple(sorted(level for level, _ in levels)))
