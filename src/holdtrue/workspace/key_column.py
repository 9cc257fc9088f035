"""Whether a column of a table tells its rows apart: found by hashes of 64 bits, and shown by the values themselves."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from holdtrue.contracts import decode_column, shown
from holdtrue.foundation import SILENT, Progress, counted
from holdtrue.sources import table_parts


def why_no_key(file: Path, column: str, progress: Progress = SILENT) -> str:
    """Say why a column cannot be the key of a table; "" if it can.

    The table is read once, and once more where values repeat; memory is 8 bytes a row.

    Raises:
        DataNotFound, DataUnreadable: there is no table, or it cannot be read.
    """
    parts: list[pl.Series] = []
    lacking = 0
    for keys, missing in _keys(file, column, progress):
        lacking += missing
        parts.append(keys.hash(seed=0))
    hashes = pl.concat(parts) if parts else pl.Series([], dtype=pl.UInt64)
    twice = hashes.filter(hashes.is_duplicated()).unique()
    if twice.len():
        found = [keys.filter(keys.hash(seed=0).is_in(twice.implode())) for keys, _ in _keys(file, column, progress)]
        often = pl.concat(found).value_counts(name="count").filter(pl.col("count") > 1)
        often = often.sort("count", "key", descending=[True, False])
    else:
        often = pl.DataFrame()
    if often.height:  # else two values had one hash
        value, count = often.row(0)
        told = f"{value if value.isdecimal() else shown(value)} is there {count:,} times"
        others = often.height - 1
        if others:
            told += f", and {counted(others, 'other value')} {'is' if others == 1 else 'are'} there more than once too"
        return told
    if lacking:
        have = "has" if lacking == 1 else "have"
        return f"{counted(lacking, 'row')} {have} no value of it that can be a key, text or a whole number"
    return ""


def _keys(file: Path, column: str, progress: Progress) -> Iterator[tuple[pl.Series, int]]:
    """Yield the keys of each part of a table, and how many of its rows have none."""
    for part in table_parts([(file, str(file))], progress=progress):
        raw = part.frame[column].alias("key")
        keys = raw.to_frame().select(decode_column("key", "key", raw.dtype, part.spelling).value.alias("key"))["key"]
        yield keys.drop_nulls(), keys.null_count()
