"""Every level that a column of names had, in a few bytes each: what new levels are told by.

Of up to 1,000 levels the profile lists the names themselves. Of up to `MOST_KNOWN` it keeps 32 bits of the hash of
each: then a new level is taken for a known one with a chance of at most `MOST_KNOWN` in 2^32, 1 in 400,000.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from msgspec import Struct

from holdtrue.profiles.columns import ColumnProfile
from holdtrue.profiles.distinct import hashes_of_names

MOST_KNOWN = 10_000
"""Levels a column may have for all of them to be known."""


class KnownLevels(Struct, frozen=True, kw_only=True):
    """The levels a column had.

    Attributes:
        names: all of them; empty where `hashes` has them. hashes: uint32 bytes, little-endian, in growing order.
    """

    names: frozenset[str] = frozenset()
    hashes: bytes = b""

    def new(self, names: pl.Series) -> pl.Series:
        """Return which of some names, strings without null, are none of these.

        Example:
            >>> KnownLevels(names=frozenset({"wood"})).new(pl.Series(["wood", "straw"])).to_list()
            [False, True]
        """
        if not self.hashes:
            return ~names.is_in(pl.Series(sorted(self.names), dtype=pl.String).implode())
        levels = names.unique()
        known = np.isin(_short_hashes(levels), np.frombuffer(self.hashes, dtype="<u4"))
        return ~names.is_in(levels.filter(pl.Series(known, dtype=pl.Boolean)).implode())


def levels_to_keep(column: pl.Series) -> bytes:
    """Return what to keep of a column of names so that all its levels are known; empty where they are too many."""
    levels = column.drop_nulls().unique().cast(pl.String)
    return np.unique(_short_hashes(levels)).astype("<u4").tobytes() if levels.len() <= MOST_KNOWN else b""


def known_levels(profile: ColumnProfile) -> KnownLevels | None:
    """Return every level that a column had; None where they are not all known."""
    if profile.levels:
        return KnownLevels(hashes=profile.levels)
    listed = profile.top.counts or profile.nulls == profile.count
    return KnownLevels(names=frozenset(profile.top.counts)) if listed and not profile.top.missed else None


def _short_hashes(names: pl.Series) -> np.ndarray[tuple[int, ...], np.dtype[np.uint32]]:
    return (hashes_of_names(names) >> np.uint64(32)).astype(np.uint32)
