"""What the tests say of a table that came in pieces of its own spelling each, as one result."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
import polars as pl

from holdtrue.contracts.batch_checker import BatchResult, BatchTally


def joined_results(results: Sequence[BatchResult]) -> BatchResult:
    """Join what one contract's tests say of pieces of a table, in their order.

    A column that stands in the pieces' quarantine in types that do not go together is text there.

    Args:
        results: one or more; each judged with `rows_before`, the rows of the table before the piece.
    """
    if len(results) == 1:
        return results[0]
    tally = BatchTally()
    for each in results:
        tally.add(each)
    return BatchResult(
        rows=tally.rows,
        tests=tally.tests,
        refused=np.concatenate([each.refused for each in results]),
        typed=pl.concat([each.typed for each in results]),
        quarantine=_stacked([each.quarantine for each in results]),
    )


def _stacked(frames: Sequence[pl.DataFrame]) -> pl.DataFrame:
    frames = [frame for frame in frames if frame.height] or list(frames[:1])
    clashing = clashing_columns([frame.schema for frame in frames])
    return pl.concat([as_text(frame, clashing) for frame in frames], how="diagonal_relaxed")


def clashing_columns(schemas: Sequence[Mapping[str, pl.DataType]]) -> tuple[str, ...]:
    """Return the columns that stand in tables in types that do not go together; numbers of any width do."""
    known: dict[str, set[pl.DataType | str]] = {}
    for schema in schemas:
        for name, dtype in schema.items():
            known.setdefault(name, set()).add("number" if dtype.is_numeric() else dtype)
    return tuple(name for name, dtypes in known.items() if len(dtypes - {pl.Null()}) > 1)


def as_text(frame: pl.DataFrame, names: Sequence[str]) -> pl.DataFrame:
    """Return a table with some columns, as far as it has them, as text: lists and bytes as in JSON."""
    return frame.with_columns(
        pl.Series(name, [_words(value) for value in frame[name].to_list()], dtype=pl.String)
        for name in names
        if name in frame.columns
    )


def _words(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list | dict | bytes | float):
        return msgspec.json.encode(value).decode().strip('"')
    return str(value)
