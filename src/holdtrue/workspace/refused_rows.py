"""Refused rows set aside in a file, with the reasons of each: part by part, however many there are."""

from __future__ import annotations

import tempfile
from pathlib import Path
from types import TracebackType

import numpy as np
import polars as pl

from holdtrue.contracts import FAULT, FILE, BatchResult, as_text, clashing_columns, unmixed
from holdtrue.foundation import free_name
from holdtrue.workspace.tables import flat, require_output

_NUMBER, _REASONS = "?row_number", "?reasons"


class RefusedRows:
    """Gathers refused rows in the machine's folder for temporary files: those of one part are in memory at once.

    The file is written when the block ends; where it ends with an error none is, and a former one stays as it was.
    Each row has its `row_number` in the table, from 1, its columns as they came, and its `reasons`.

    Args:
        out: the file, `.parquet` or `.csv`.

    Raises:
        WrongUse: `out` is neither Parquet nor CSV, or cannot be there.
    """

    def __init__(self, out: Path) -> None:
        require_output(out)
        self.out = out
        self._folder = tempfile.TemporaryDirectory(prefix="holdtrue-")
        self._parts: list[Path] = []

    def __enter__(self) -> RefusedRows:
        return self

    def add(self, part: BatchResult, rows_before: int) -> None:
        """Take in what the tests say of a part, of which so many rows of the table come before."""
        rows = part.quarantine
        if not rows.height and self._parts:
            return
        numbers = pl.Series(_NUMBER, np.flatnonzero(part.refused) + rows_before + 1, dtype=pl.Int64)
        written = Path(self._folder.name) / f"{len(self._parts):06d}.parquet"
        # The reasons are the last column; what both are called must suit all parts.
        frame = _as_they_came(unmixed(rows).rename({rows.columns[-1]: _REASONS})).insert_column(0, numbers)
        (flat(frame) if self.out.suffix == ".csv" else frame).write_parquet(written)
        self._parts.append(written)

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        try:
            if error is None:
                self._write()
        finally:
            self._folder.cleanup()

    def _write(self) -> None:
        clashing = clashing_columns([pl.read_parquet_schema(part) for part in self._parts])
        for part in self._parts if clashing else ():
            as_text(pl.read_parquet(part), clashing).write_parquet(part)
        table = pl.concat([pl.scan_parquet(part) for part in self._parts], how="diagonal_relaxed")
        theirs = table.collect_schema().names()
        table = table.rename({_NUMBER: free_name("row_number", theirs), _REASONS: free_name("reasons", theirs)})
        table = table.select(pl.exclude(free_name("reasons", theirs)), free_name("reasons", theirs))
        made = self.out.with_name(f".{self.out.name}.partial")
        try:
            if self.out.suffix == ".csv":
                table.sink_csv(made)
            else:
                table.sink_parquet(made)
            made.replace(self.out)
        finally:
            made.unlink(missing_ok=True)


def _as_they_came(rows: pl.DataFrame) -> pl.DataFrame:
    """Return rows with the names of files where figures have taken the place of pictures, sounds and films."""
    named = [
        name
        for name, dtype in rows.schema.items()
        if isinstance(dtype, pl.Struct) and {FILE, FAULT} <= {each.name for each in dtype.fields}
    ]
    return rows.with_columns(
        pl.col(name).struct.field(FILE).alias(name)
        for name in named
        if rows[name].struct.field(FILE).null_count() == rows[name].null_count()
    )
