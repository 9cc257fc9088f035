"""Tests a table, or the data a model declares, part by part: also what is larger than memory."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import polars as pl
from msgspec import Struct

from holdtrue.contracts import (
    BatchChecker,
    BatchTally,
    TableFigures,
    TableResult,
    TestResult,
    check_parts,
    judge_table,
    named_by,
)
from holdtrue.foundation import SILENT, DataNotFound, Progress
from holdtrue.pipeline import choose_model, require_columns, without_known
from holdtrue.project import FilesSource, Model, ServedSource
from holdtrue.sources import TablePart, path_in, source_paths, table_parts
from holdtrue.workspace.opening import Workspace


class DataReport(Struct, frozen=True, kw_only=True):
    """How data fared: `passed` unless a test of severity refuse does not hold."""

    model: str
    rows: int
    refused: int
    passed: bool
    tests: tuple[TestResult, ...]
    table_tests: tuple[TableResult, ...]


def test_data(workspace: Workspace, file: Path | None, model: str = "", *, progress: Progress = SILENT) -> DataReport:
    """Judge a table, or the model's declared data, by the model's contract as it is in the working folder.

    A file without the target is judged as live rows are.

    Raises:
        DataNotFound, DataUnreadable: there is no table, or it cannot be read.
    """
    chosen = choose_model(workspace.captured().models, model)
    if file is None:
        parts = _declared(workspace, chosen, progress)
    elif file.is_file() or file.is_dir():
        parts = table_parts([(file, str(file))], progress=progress)
    else:
        raise DataNotFound(f"no such file: {file}", hint="check the path")
    first = next(parts, None)
    if first is None:
        raise DataNotFound(f"the sources of {chosen.name} hold no rows", hint="check the path in data=")
    live = file is not None and chosen.target not in first.frame.columns
    spec = chosen.live if live else chosen.spec
    require_columns(spec, first.frame, first.path)
    checker, tally = BatchChecker(spec), BatchTally()
    figures = TableFigures(test.expression for test in spec.table_tests)
    for _, result in check_parts(checker, itertools.chain([first], parts)):
        tally.add(result)
        figures.add(result.accepted)
    return _report(chosen, tally, judge_table(spec, figures.values(workspace.clock.now())))


def _declared(workspace: Workspace, model: Model, progress: Progress) -> Iterator[TablePart]:
    """Read what a model's sources declare, served rows last."""
    root = workspace.root
    known: list[pl.Series] = []
    first_row = 0
    for source in model.sources:
        if not isinstance(source, FilesSource):
            continue
        files = [(path, path_in(root, path)) for path in source_paths(root, source)]
        for part in table_parts(files, progress=progress):
            frame = named_by(model.spec, part.frame)
            if model.key is not None and model.key in frame.columns:
                known.append(frame[model.key])
            yield TablePart(path=part.path, first_row=first_row, frame=frame, spelling=part.spelling)
            first_row += part.frame.height
    if not any(isinstance(source, ServedSource) for source in model.sources):
        return
    served = workspace.ground.served(model.name, model.target, tuple(each.name for each in model.spec.fields))
    if served is not None and known and model.key is not None:
        served = without_known(served, model.key, known)
    if served is not None and served.height:
        yield TablePart(path="served rows", first_row=first_row, frame=served, spelling="native")


def _report(model: Model, tally: BatchTally, tables: tuple[TableResult, ...]) -> DataReport:
    wrong = any(table.passed is False and table.severity == "refuse" for table in tables)
    return DataReport(
        model=model.name,
        rows=tally.rows,
        refused=tally.refused,
        passed=not wrong and tally.refused <= model.max_refused * tally.rows,
        tests=tally.tests,
        table_tests=tables,
    )
