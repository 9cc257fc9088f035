"""Other tables that a contract's tests refer to, read where the model says they are."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from holdtrue.contracts import ContractSpec, keys_in, other_columns
from holdtrue.foundation import SILENT, Progress
from holdtrue.project import FilesSource, Model
from holdtrue.sources import SourceFrame, read_files


def tables_of(model: Model, spec: ContractSpec) -> dict[str, FilesSource]:
    """Return the other tables that the tests of a contract (the model's, or its live form) refer to, by name."""
    return {each.table: model.tables[each.table] for each in other_columns(spec)}


def read_keys(root: Path, model: Model, spec: ContractSpec, progress: Progress = SILENT) -> dict[str, pl.Series]:
    """Return the values that tests look for in other tables, by the figures that need them.

    Raises:
        DataNotFound, DataUnreadable: a table is missing, cannot be read, or lacks the column.
    """
    frames: dict[str, SourceFrame] = {
        name: read_files(root, source, progress=progress) for name, source in tables_of(model, spec).items()
    }
    return {
        each.figure: keys_in(each, frames[each.table].frame, frames[each.table].spelling)
        for each in other_columns(spec)
    }
