"""Traffic for small projects: rows answered by a version and their labels, written to the real log."""

from __future__ import annotations

import polars as pl
from flat_projects import Project

from holdtrue.foundation import DAY, SECOND
from holdtrue.predicting import load_version, predict_frame
from holdtrue.predicting.answering import row_time
from holdtrue.predictionlog import LabelRecord, Prediction, Record, open_writer
from holdtrue.registry import promote, rollback


def put_in_production(project: Project, version: int, *, force: bool = False) -> int:
    """Promote a version; return the alias's epoch."""
    workspace = project.open()
    record = workspace.catalog.versions.get("flat", version)
    moved = promote(
        workspace.catalog,
        workspace.store,
        record,
        by="person:test",
        why="to see",
        force=force,
        clock=project.clock,
    )
    workspace.close()
    return moved.alias.epoch


def go_back(project: Project) -> int:
    """Roll production back; return the alias's epoch."""
    workspace = project.open()
    moved = rollback(workspace.catalog, workspace.store, "flat", by="person:test", why="to see", clock=project.clock)
    workspace.close()
    return moved.epoch


def answered(project: Project, rows: pl.DataFrame, *, version: int, epoch: int, prefix: str) -> list[Prediction]:
    """Answer rows as a server would; ids are the prefix and a number."""
    workspace = project.open()
    loaded = load_version(workspace.store, workspace.catalog.versions.get("flat", version).id)
    batch = predict_frame(loaded, rows)
    workspace.close()
    return [
        Prediction(
            id=f"{prefix}{place}",
            received=project.clock.now(),
            version=loaded.id,
            row={name: value for name, value in row.items() if name != "rent"},
            value=float(value),
            time=row_time(loaded, row),
            epoch=epoch,
        )
        for place, (row, value) in enumerate(zip(batch.accepted.iter_rows(named=True), batch.predictions, strict=True))
    ]


def labels_of(
    project: Project, predictions: list[Prediction], rows: pl.DataFrame, *, days: int = 0
) -> list[LabelRecord]:
    """Return the labels of answered rows, known so many days of data time later and received a second later."""
    project.clock.advance_to(project.clock.now() + SECOND)
    now = project.clock.now()
    return [
        LabelRecord(prediction_id=each.id, value=rent, received=now, time=each.moment + days * DAY)
        for each, rent in zip(predictions, rows["rent"], strict=True)
    ]


def log(project: Project, records: list[Record], writer: str = "server") -> None:
    """Append records to the log of the model."""
    with open_writer(project.root / ".holdtrue" / "log", "flat", writer) as out:
        out.write(records)
