"""Which columns hold pictures, sounds or films, by how their bytes begin or the names of their files end."""

from __future__ import annotations

from collections import Counter

import polars as pl

from holdtrue.contracts.expressions import Kind
from holdtrue.contracts.frame_media import ABREAST
from holdtrue.media import MEDIA, MediaKind, kind_of_bytes, kind_of_name

_ENDING = r"(\.[A-Za-z0-9]{2,4})$"


def media_fits(column: pl.Series) -> dict[Kind, int]:
    """Return how many values look like each kind of media; nothing of a column that cannot hold any.

    No file is opened, and nothing is decoded.

    Example:
        >>> media_fits(pl.Series(["photos/1.jpg", "photos/2.PNG", "none"]))
        {'image': 2, 'audio': 0, 'video': 0}
    """
    found: Counter[MediaKind | None] = Counter()
    if column.dtype == pl.Binary:
        for start in range(0, column.len(), ABREAST):
            found.update(kind_of_bytes(each) for each in column.slice(start, ABREAST) if each is not None)
    elif column.dtype == pl.String:
        endings = column.str.extract(_ENDING).drop_nulls().value_counts(name="count")
        for ending, count in endings.iter_rows():
            found[kind_of_name(f"file{ending}")] += count
    else:
        return {}
    return {medium: found[medium] for medium in MEDIA}
