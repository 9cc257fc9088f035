"""The profile of a whole table, as a version keeps it: what its data was, for the tests of what comes after."""

from __future__ import annotations

from collections.abc import Collection

import msgspec
import polars as pl
from msgspec import Struct
from msgspec.structs import replace

from holdtrue.profiles.columns import WIDE, ColumnProfile, Frequent, profile_frame
from holdtrue.profiles.known_levels import levels_to_keep
from holdtrue.profiles.stored import stored_form

FORMAT = 1


class TableProfile(Struct, frozen=True, kw_only=True):
    """How many rows a table has, and the profile of each of its columns.

    Attributes:
        format: number of the stored form.
    """

    rows: int
    columns: dict[str, ColumnProfile]
    format: int = FORMAT

    def to_bytes(self) -> bytes:
        """Return the stored form (MessagePack)."""
        return _encoder.encode(self)

    @staticmethod
    def from_bytes(data: bytes) -> TableProfile:
        """Read the stored form.

        Raises:
            WrongUse: these bytes are no table's profile of a known format.
        """
        return stored_form(data, _decoder, FORMAT, "profile", "profile of a table")


def profile_table(frame: pl.DataFrame, *, texts: Collection[str] = (), private: Collection[str] = ()) -> TableProfile:
    """Profile a table as it is stored: a few KB a column.

    Args:
        texts: columns of free text. Their words are counted; whole texts, which may be anyone's, are not kept.
        private: other columns of which no value is to be kept, such as keys.

    Example:
        >>> profile_table(pl.DataFrame({"wall": ["wood", "brick", "wood"]})).columns["wall"].top.counts
        {'wood': 2, 'brick': 1}
    """
    columns = {}
    for name, profile in profile_frame(frame, texts=texts).items():
        levels = Frequent() if name in texts or name in private else profile.top.compact(WIDE)
        known = levels_to_keep(frame[name]) if levels.missed else b""
        columns[name] = replace(profile.compact(), top=levels, levels=known)
    return TableProfile(rows=frame.height, columns=columns)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(TableProfile)
