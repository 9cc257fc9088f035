"""Rows of a table that comes in parts: all of them, or a share that is chosen by the rows' places alone."""

from __future__ import annotations

import polars as pl

MOST_ROWS = 100_000
"""Rows of a sample, at most; of a larger table it has at least about half as many."""

_PLACE = "?place"


class RowSample:
    """A sample of the rows of a table, the same however the table is cut.

    A row is taken if the hash of its place is divisible by a power of two, the least that leaves few enough rows.

    Example:
        >>> sample = RowSample(most=1000)
        >>> for part in (pl.DataFrame({"a": range(0, 5000)}), pl.DataFrame({"a": range(5000, 20_000)})):
        ...     sample.add(part)
        >>> sample.seen, 400 < sample.frame.height <= 1000
        (20000, True)
    """

    def __init__(self, *, most: int = MOST_ROWS) -> None:
        self._most = most
        self._parts: list[pl.DataFrame] = []
        self._kept = 0
        self._step = 1
        self.seen = 0

    def add(self, part: pl.DataFrame) -> None:
        """Take in the next part of the table; all parts have the same columns."""
        places = pl.int_range(self.seen, self.seen + part.height, dtype=pl.UInt64, eager=True).hash(seed=0)
        self.seen += part.height
        chosen = places % self._step == 0
        self._parts.append(part.filter(chosen).with_columns(places.filter(chosen).alias(_PLACE)))
        self._kept += self._parts[-1].height
        while self._kept > self._most:
            self._step *= 2
            self._parts = [each.filter(pl.col(_PLACE) % self._step == 0) for each in self._parts]
            self._kept = sum(each.height for each in self._parts)

    @property
    def frame(self) -> pl.DataFrame:
        """The rows of the sample, in the table's order."""
        return pl.concat(self._parts).drop(_PLACE) if self._parts else pl.DataFrame()
