"""Labels from a table: judged by the contract's tests of the target, as those that are sent to a server."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
from msgspec import Struct

from holdtrue.contracts import BatchChecker, ContractSpec
from holdtrue.foundation import DataUnreadable, WrongUse, in_calendar, new_id
from holdtrue.predictionlog import LabelRecord, LogReader, Prediction, check_prediction_id, open_writer
from holdtrue.registry import resolve
from holdtrue.sources import Table
from holdtrue.versions import ModelManifest, get_manifest
from holdtrue.workspace.opening import Workspace
from holdtrue.workspace.showing import model_name
from holdtrue.workspace.tables import read_user_table


class LabelReport(Struct, frozen=True, kw_only=True):
    """What became of a table of labels.

    Attributes:
        labels: how many were taken in.
        without_prediction: how many of them belong to no prediction that is in the log so far.
    """

    labels: int
    without_prediction: int


def add_label_file(workspace: Workspace, file: Path, model: str = "") -> LabelReport:
    """Append labels of a table with the columns prediction_id and label (and time) to the log: all, or none.

    Rows without a label are left out.

    Raises:
        DataUnreadable: a column is missing, the contract refuses a label, an id or a time is none.
    """
    name = model_name(workspace, model)
    table = read_user_table(file)
    for column in ("prediction_id", "label"):
        if column not in table.frame.columns:
            raise DataUnreadable(f"{file} has no column {column}", hint="it needs prediction_id and label (and time)")
    frame = table.frame.filter(pl.col("label").is_not_null() & (pl.col("label").cast(pl.String).str.len_chars() > 0))
    now = workspace.clock.now()
    labels = [
        LabelRecord(prediction_id=given, value=value, received=now, time=time)
        for given, value, time in zip(
            _ids(frame, file), _values(workspace, name, frame, table, file), _times(frame, file), strict=True
        )
    ]
    known = _known(workspace, name, {each.prediction_id for each in labels})
    with open_writer(workspace.log, name, f"labels-{new_id(now)}", durability="batch") as writer:
        writer.write(labels)
    return LabelReport(labels=len(labels), without_prediction=sum(each.prediction_id not in known for each in labels))


def _ids(frame: pl.DataFrame, file: Path) -> list[str]:
    ids = [str(each) for each in frame["prediction_id"].to_list()]
    for each in ids:
        try:
            check_prediction_id(each)
        except WrongUse as wrong:
            raise DataUnreadable(f"{file}: {wrong.message}", hint=wrong.hint) from wrong
    return ids


def _values(workspace: Workspace, name: str, frame: pl.DataFrame, table: Table, file: Path) -> list[Any]:
    manifest = get_manifest(workspace.store, resolve(workspace.catalog, f"{name}:latest").id, ModelManifest)
    spec, target = manifest.contract, manifest.target
    alone = ContractSpec(name=spec.name, fields=tuple(field for field in spec.fields if field.name == target))
    labels = frame.select(pl.col("label").alias(target))
    judged = BatchChecker(alone).check(labels, spelling=table.spelling)
    if judged.quarantine.height:
        reasons = judged.quarantine["reasons"].explode().to_list()
        message = f"{file}: {judged.quarantine.height:,} of {judged.rows:,} labels are refused, the first: {reasons[0]}"
        raise DataUnreadable(message, hint="mend or leave out these rows; none was taken in")
    return judged.accepted[target].to_list()


def _times(frame: pl.DataFrame, file: Path) -> list[int | None]:
    if "time" not in frame.columns:
        return [None] * frame.height
    times = frame["time"]
    if times.dtype == pl.String:
        try:
            times = times.replace("", None).str.to_datetime()
        except pl.exceptions.PolarsError as wrong:
            raise DataUnreadable(f"{file}: {str(wrong).splitlines()[0]}", hint="times are ISO text") from wrong
    if not times.dtype.is_temporal() or times.dtype == pl.Time or times.dtype == pl.Duration:
        raise DataUnreadable(f"{file}: its column time holds no times", hint="times are dates or times, or ISO text")
    moments: list[int | None] = times.dt.timestamp("us").to_list()
    for moment in moments:
        if moment is not None and not in_calendar(moment):
            message = f"{file} has a time outside the years 1 to 9999 in UTC"
            raise DataUnreadable(message, hint="mend it, or leave it out; no label was taken in")
    return moments


def _known(workspace: Workspace, name: str, ids: set[str]) -> set[str]:
    log = LogReader(workspace.log, name).all()
    return {record.id for record in log if isinstance(record, Prediction) and record.id in ids}
