"""What the commands do with tables: keep them, test them, predict them, take labels from them."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from msgspec import Struct

from holdtrue.catalog import DataRecord
from holdtrue.contracts import BatchChecker, TableResult, TestResult, check_table
from holdtrue.foundation import (
    NAME_FORM,
    DataNotFound,
    DataUnreadable,
    Progress,
    WrongUse,
    is_data_name,
    micros_of,
    new_id,
)
from holdtrue.pipeline import capture_data, choose_model, judge_data, require_columns
from holdtrue.predicting import Asking, load_version, predict_frame, records_of_batch
from holdtrue.predictionlog import LabelRecord, open_writer
from holdtrue.project import Model
from holdtrue.registry import resolve
from holdtrue.sources import Table, read_table
from holdtrue.versions import DataManifest, capture_files, get_manifest, list_data
from holdtrue.workspace.opening import Workspace
from holdtrue.workspace.showing import model_name


class DataReport(Struct, frozen=True, kw_only=True):
    """How data fared: `passed` unless a test of severity refuse does not hold."""

    model: str
    rows: int
    refused: int
    passed: bool
    tests: tuple[TestResult, ...]
    table_tests: tuple[TableResult, ...]


class PredictReport(Struct, frozen=True, kw_only=True):
    """What became of a table that was predicted by `version`; `out` is where the answers are."""

    version: str
    rows: int
    answered: int
    refused: int
    out: str


def read_user_table(file: Path) -> Table:
    """Read a table a person named.

    Raises:
        DataNotFound: there is no such file. DataUnreadable: it is not what it claims to be.
    """
    if not file.is_file():
        raise DataNotFound(f"no such file: {file}", hint="check the path")
    return read_table(file, name=str(file))


def add_data(workspace: Workspace, path: Path, name: str, progress: Progress) -> DataRecord:
    """Keep a file, or all files of a folder, as a data version.

    Of a folder, what holdtrue keeps itself, versions that were checked out, caches and secrets by their name stay out.

    Raises:
        DataNotFound: there is none.
        WrongUse: the name is none that a reference can be written with.
    """
    if not is_data_name(name):
        raise WrongUse(f"{name!r} cannot be the name of data", hint=NAME_FORM)
    if not path.exists():
        raise DataNotFound(f"no such file or folder: {path}", hint="check the path")
    paths = [path] if path.is_file() else list_data(path, leave_out=workspace.own_places)
    now = workspace.clock.now()
    data_id = capture_files(
        name,
        paths,
        workspace.store,
        root=workspace.root,
        at=now,
        outside=path if path.is_dir() else None,
        progress=progress,
    )
    workspace.store.commit()
    rows = get_manifest(workspace.store, data_id, DataManifest).rows or 0
    return workspace.catalog.data.add(name, data_id, now, rows)


def test_data(workspace: Workspace, file: Path | None, model: str = "") -> DataReport:
    """Judge a table, or the model's declared data, by the model's contract as it is in the working folder.

    Raises:
        DataNotFound, DataUnreadable: there is no table, or it cannot be read.
    """
    captured = workspace.captured()
    chosen = choose_model(captured.models, model)
    if file is None:
        data = capture_data(workspace.ground, chosen, at=workspace.clock.now())
        with captured.running():
            tested = judge_data(chosen, data, is_slice=False)
        return _report(chosen, tested.result.tests, tested.table_tests, tested.result.rows, tested.quarantine.height)
    table = read_user_table(file)
    # A file without the target is judged as live rows are.
    spec = chosen.spec if chosen.target in table.frame.columns else chosen.live
    require_columns(spec, table.frame, str(file))
    with captured.running():
        result = BatchChecker(spec).check(table.frame, spelling=table.spelling)
        tables = check_table(spec, result.accepted)
    return _report(chosen, result.tests, tables, result.rows, result.quarantine.height)


def _report(
    model: Model, tests: tuple[TestResult, ...], tables: tuple[TableResult, ...], rows: int, refused: int
) -> DataReport:
    wrong = any(table.passed is False and table.severity == "refuse" for table in tables)
    return DataReport(
        model=model.name,
        rows=rows,
        refused=refused,
        passed=not wrong and refused <= model.max_refused * rows,
        tests=tests,
        table_tests=tables,
    )


def predict_file(workspace: Workspace, ref: str, file: Path, out: Path) -> PredictReport:
    """Predict a table with a version; answers go to `out`, rows and answers to the prediction log.

    Raises:
        WrongUse: `out` is neither Parquet nor CSV, or cannot be there.
        DataUnreadable: the table lacks a column that the contract names.
    """
    if out.suffix not in (".parquet", ".csv"):
        raise WrongUse(f"{out} is neither .parquet nor .csv", hint="name the output so")
    if not out.parent.is_dir():
        raise WrongUse(f"there is no folder {out.parent} to write {out.name} to", hint="make it, or write elsewhere")
    table = read_user_table(file)
    record = resolve(workspace.catalog, ref)
    loaded = load_version(workspace.store, record.id)
    require_columns(loaded.checker.spec, table.frame, str(file))
    batch = predict_frame(loaded, table.frame, spelling=table.spelling)
    now = workspace.clock.now()
    alias = workspace.catalog.aliases.get(record.model, "production")
    live = alias is not None and alias.version_id == record.id
    asking = Asking(
        received=now, source="batch", alias="production" if live else "", epoch=alias.epoch if live and alias else 0
    )
    predictions, refusals = records_of_batch(loaded, batch, asking)
    with open_writer(workspace.log, record.model, f"batch-{new_id(now)}", durability="batch") as writer:
        writer.write([*predictions, *refusals])
    answers = batch.frame.with_columns(pl.Series("prediction_id", [each.id for each in predictions], dtype=pl.String))
    if out.suffix == ".csv":
        answers.write_csv(out)
    else:
        answers.write_parquet(out)
    return PredictReport(
        version=f"{record.model}:v{record.number}",
        rows=table.frame.height,
        answered=len(predictions),
        refused=len(refusals),
        out=str(out),
    )


def add_label_file(workspace: Workspace, file: Path, model: str = "") -> int:
    """Append labels of a table with the columns prediction_id and label (and time) to the log; return how many.

    Raises:
        DataUnreadable: a column is missing or a label is no number.
    """
    name = model_name(workspace, model)
    frame = read_user_table(file).frame
    for column in ("prediction_id", "label"):
        if column not in frame.columns:
            raise DataUnreadable(f"{file} has no column {column}", hint="it needs prediction_id and label (and time)")
    try:
        frame = frame.with_columns(pl.col("label").cast(pl.Float64))
        if "time" in frame.columns and frame["time"].dtype == pl.String:
            frame = frame.with_columns(pl.col("time").str.to_datetime())
    except pl.exceptions.PolarsError as wrong:
        raise DataUnreadable(
            f"{file}: {str(wrong).splitlines()[0]}", hint="labels are numbers, times ISO text"
        ) from wrong
    now = workspace.clock.now()
    labels = [
        LabelRecord(
            prediction_id=str(row["prediction_id"]),
            value=row["label"],
            received=now,
            time=micros_of(row["time"]) if row.get("time") is not None else None,
        )
        for row in frame.iter_rows(named=True)
        if row["label"] is not None
    ]
    with open_writer(workspace.log, name, f"labels-{new_id(now)}", durability="batch") as writer:
        writer.write(labels)
    return len(labels)
