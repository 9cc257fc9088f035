"""Tests a table, or the data a model declares, part by part: also what is larger than memory."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path

import polars as pl
from msgspec import Struct
from msgspec.structs import replace

from holdtrue.contracts import (
    BatchChecker,
    BatchTally,
    Past,
    TableFigures,
    TableResult,
    TestResult,
    check_parts,
    judge_table,
    named_by,
)
from holdtrue.foundation import SILENT, DataNotFound, Progress
from holdtrue.pipeline import choose_model, earlier_data, read_keys, require_columns, without_known
from holdtrue.profiles import HALF, Drift, RowSample, by_chance, drifts, profile_frame
from holdtrue.project import FilesSource, Model, ServedSource
from holdtrue.sources import TablePart, path_in, read_media, source_paths, table_parts
from holdtrue.workspace.datacolumns import Profiling
from holdtrue.workspace.opening import Workspace
from holdtrue.workspace.places import missing_file
from holdtrue.workspace.refused_rows import RefusedRows


class DriftReport(Struct, frozen=True, kw_only=True):
    """How far the columns have moved from earlier data; no verdict of it.

    Attributes:
        against: what they are compared with: the baseline of the version in production, else the newest version's data.
        rows: rows looked at: all accepted ones, or 50,000 to 100,000 of them.
        columns: column to its drift, the farthest first.
        unjudged: columns of which nothing is said, for so few rows could seem to have moved by half of them by chance;
            each with the rows that it takes, None where what they are compared with has too few.
    """

    against: str
    rows: int
    columns: dict[str, Drift]
    unjudged: dict[str, int | None] = {}

    @property
    def unjudged_words(self) -> str:
        """Say of which columns nothing is said, and why; "" where there is none."""
        if not self.unjudged:
            return ""
        needed = [rows for rows in self.unjudged.values() if rows is not None]
        why = f"too few rows ({self.rows:,}; from {max(needed):,} on)" if needed else f"{self.against} has too few rows"
        which = ", ".join(self.unjudged) if self.columns else "any column"
        return f"whether {which} moved from {self.against} is not judged: {why}"


class DataReport(Struct, frozen=True, kw_only=True):
    """How data fared: `passed` unless a test of severity refuse does not hold.

    Attributes:
        rows_pass: whether no more rows were refused than the model allows.
        drift: None where there is no earlier version.
    """

    model: str
    rows: int
    refused: int
    passed: bool
    tests: tuple[TestResult, ...]
    table_tests: tuple[TableResult, ...]
    rows_pass: bool = True
    drift: DriftReport | None = None


def test_data(
    workspace: Workspace,
    file: Path | None,
    model: str = "",
    *,
    progress: Progress = SILENT,
    profiling: Profiling | None = None,
    refused: Path | None = None,
) -> DataReport:
    """Judge a table, or the model's declared data, by the model's contract as it is in the working folder.

    A file without the target is judged as live rows are.

    Args:
        profiling: takes in the accepted rows too, in the same pass.
        refused: a file, `.parquet` or `.csv`, that the refused rows are written to with their reasons.

    Raises:
        DataNotFound, DataUnreadable: there is no table, or it cannot be read.
        WrongUse: `refused` is neither Parquet nor CSV, or cannot be there.
    """
    chosen = choose_model(workspace.captured().models, model)
    if file is None:
        parts = _declared(workspace, chosen, progress)
    elif file.is_file() or file.is_dir():
        parts = _of_file(file, chosen, progress)
    else:
        raise missing_file(file)
    first = next(parts, None)
    if first is None:
        raise DataNotFound(f"the sources of {chosen.name} hold no rows", hint="check the path in data=")
    live = file is not None and chosen.target not in first.frame.columns
    spec = chosen.live if live else chosen.spec
    require_columns(spec, first.frame, first.path)
    checker, tally = BatchChecker(spec), BatchTally()
    pasts = earlier_data(workspace.catalog, workspace.store, chosen.name)
    figures = TableFigures(
        (test.expression for test in spec.table_tests),
        kinds=spec.kinds,
        pasts=pasts,
        keys=read_keys(workspace.root, chosen, spec, progress),
    )
    sample = RowSample()
    with nullcontext() if refused is None else RefusedRows(refused) as aside:
        for part, result in check_parts(checker, itertools.chain([first], parts)):
            tally.add(result)
            if aside is not None:
                aside.add(result, part.rows_before)
            if not (spec.table_tests or profiling is not None or pasts):
                continue  # the accepted rows are a copy, and nobody asks for them
            accepted = result.accepted
            figures.add(accepted)
            if profiling is not None:
                profiling.add(spec, accepted)
            if pasts:
                sample.add(accepted)
    tables = judge_table(spec, figures, now=workspace.clock.now(), refused=tally.refused)
    return _report(chosen, tally, tables, _drift(pasts.get("baseline") or pasts.get("last"), sample.frame))


def _drift(past: Past | None, frame: pl.DataFrame) -> DriftReport | None:
    if past is None or not frame.height:
        return None
    whole = {
        name.partition(".")[0]: None for name in past.profile.columns
    }  # of the figures of media, such as photo.width
    known = [name for name in whole if name in frame.columns]
    then, now = past.profile.columns, profile_frame(frame.select(known))
    moved = drifts(then, now)
    chances = {name: by_chance(then[name], now[name]) for name in moved}
    unjudged = {name: each.fewest(HALF) for name, each in chances.items() if each.bound > HALF}
    judged = {name: each for name, each in moved.items() if name not in unjudged}
    return DriftReport(against=past.name, rows=frame.height, columns=judged, unjudged=unjudged)


def _of_file(file: Path, model: Model, progress: Progress) -> Iterator[TablePart]:
    for part in table_parts([(file, str(file))], progress=progress):
        yield replace(
            part, frame=read_media(model.spec, part.frame, [(part.folder, part.frame.height)], progress=progress)
        )


def _declared(workspace: Workspace, model: Model, progress: Progress) -> Iterator[TablePart]:
    """Read what a model's sources declare, served rows last."""
    root = workspace.root
    known: list[pl.Series] = []
    rows_before = 0
    for source in model.sources:
        if not isinstance(source, FilesSource):
            continue
        files = [(path, path_in(root, path)) for path in source_paths(root, source)]
        for part in table_parts(files, progress=progress):
            media = read_media(model.spec, part.frame, [(part.folder, part.frame.height)], progress=progress)
            frame = named_by(model.spec, media)
            if model.key is not None and model.key in frame.columns:
                known.append(frame[model.key])
            yield TablePart(path=part.path, rows_before=rows_before, frame=frame, spelling=part.spelling)
            rows_before += part.frame.height
    if not any(isinstance(source, ServedSource) for source in model.sources):
        return
    served = workspace.ground.served(model.name, model.target, tuple(each.name for each in model.spec.fields))
    if served is not None and known and model.key is not None:
        served = without_known(served, model.key, known)
    if served is not None and served.height:
        yield TablePart(path="served rows", rows_before=rows_before, frame=served, spelling="native")


def _report(model: Model, tally: BatchTally, tables: tuple[TableResult, ...], moved: DriftReport | None) -> DataReport:
    wrong = any(table.passed is False and table.severity == "refuse" for table in tables)
    rows_pass = tally.refused <= model.max_refused * tally.rows
    return DataReport(
        model=model.name,
        rows=tally.rows,
        refused=tally.refused,
        passed=not wrong and rows_pass,
        rows_pass=rows_pass,
        tests=tally.tests,
        table_tests=tables,
        drift=moved,
    )
