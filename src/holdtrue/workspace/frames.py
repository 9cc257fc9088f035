"""Frames of any library as Polars': by the Arrow PyCapsule interface, column by column where it is not there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl

from holdtrue.foundation import WrongUse


def polars_frame(table: Any) -> pl.DataFrame:
    """Return a frame as Polars' own, without a copy where memory can be shared.

    Polars' frames (lazy ones are collected), Arrow's tables, DuckDB's relations and whatever else has
    `__arrow_c_stream__`, pandas' frames (their index is left out), and mappings of names to columns.

    Raises:
        WrongUse: it is none of these.

    Example:
        >>> polars_frame({"beds": [3, 4]}).schema["beds"]
        Int64
    """
    if isinstance(table, pl.DataFrame):
        return table
    if isinstance(table, pl.LazyFrame):
        return table.collect()
    if type(table).__module__.partition(".")[0] == "pandas" and hasattr(table, "columns"):
        # Not by its Arrow stream, which needs a further library.
        return pl.DataFrame([_of_pandas(str(name), table.iloc[:, place]) for place, name in enumerate(table.columns)])
    try:
        if hasattr(table, "__arrow_c_stream__"):
            return pl.DataFrame(table)
        if isinstance(table, Mapping):
            return pl.DataFrame(dict(table))
    except (pl.exceptions.PolarsError, TypeError, ValueError) as wrong:
        raise WrongUse(f"this {type(table).__name__} cannot be read as a table: {wrong}") from wrong
    raise WrongUse(
        f"a {type(table).__name__} is no table", hint="give a frame of Polars, pandas or Arrow, a mapping, or a path"
    )


def _of_pandas(name: str, column: Any) -> pl.Series:
    kind = getattr(column.dtype, "kind", "O")
    if kind in "biuf" and isinstance(column.dtype, np.dtype):
        return pl.Series(name, column.to_numpy())
    if kind == "M" and str(column.dtype).startswith("datetime64["):
        zone = getattr(column.dtype, "tz", None)
        naive = column.dt.tz_convert("UTC").dt.tz_localize(None) if zone is not None else column
        moments = pl.Series(name, naive.to_numpy().astype("datetime64[us]"))
        return moments.dt.replace_time_zone("UTC") if zone is not None else moments
    missing = column.isna().to_list()
    values = [None if none else value for value, none in zip(column.to_list(), missing, strict=True)]
    try:
        return pl.Series(name, values)
    except (TypeError, pl.exceptions.PolarsError):
        return pl.Series(name, [None if value is None else str(value) for value in values], dtype=pl.String)
