"""What was watched, watched once more; and a table, watched as if its rows had come live. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from holdtrue.catalog import AlarmRecord
from holdtrue.contracts import FieldSpec, decode_field, named_by
from holdtrue.foundation import DAY, SILENT, DataNotFound, FalseAlarms, Progress
from holdtrue.pipeline import require_columns
from holdtrue.predicting import Asking, LoadedVersion, load_version, predict_frame, records_of_batch
from holdtrue.predictionlog import LabelRecord, Prediction, Record, Refusal
from holdtrue.registry import PRODUCTION, resolve
from holdtrue.sources import Spelling, is_media, read_media
from holdtrue.watching import EpochIdentity, LogReplay, identify_epoch, replay_log, rewatch
from holdtrue.workspace.opening import Workspace
from holdtrue.workspace.showing import model_name
from holdtrue.workspace.tables import read_user_table

AT_ONCE = 4096

Order = NDArray[np.int64]


class GroupLevel(Struct, frozen=True, kw_only=True):
    """Where a group of watches stands: its evidence over what is an alarm, whose that mostly is, and rows judged."""

    group: str
    level: float
    quantity: str
    rows: int


class TableReplay(Struct, frozen=True, kw_only=True):
    """What a watch says of a table's rows, taken as if they had come live in the order of their time.

    Attributes:
        version: the one that answered. reference: the one whose baseline they were held against.
        answered, refused, odd, labelled: of the rows; labels that were not due by the last row's time do not count.
        average, average_before: of the predictions, and of those in the baseline.
        alarms: the first first; each row is called `row N` by its place in the file, from 1.
        groups: where each group of watches stands at the end.
        note: what a person should know of this watch.
        false_alarms: the rate of false alarms that it keeps to.
    """

    version: str
    reference: str
    file: str
    rows: int
    answered: int
    refused: int
    odd: int
    labelled: int
    average: float | None
    average_before: float | None
    alarms: tuple[AlarmRecord, ...]
    groups: tuple[GroupLevel, ...]
    note: str = ""
    false_alarms: FalseAlarms | None = None


def replay_recorded(
    workspace: Workspace,
    model: str = "",
    *,
    since: int | None = None,
    until: int | None = None,
    progress: Progress = SILENT,
) -> LogReplay:
    """Watch a model's log once more in the order it was watched in, and compare the alarms with those on record.

    Args:
        since, until: compare the alarms of these times (the rows' own), microseconds since 1970.

    Raises:
        UnknownReference: no such model. WrongUse: nothing of it was watched yet.
    """
    return replay_log(
        model=model_name(workspace, model),
        alias=PRODUCTION,
        store=workspace.store,
        catalog=workspace.catalog,
        log=workspace.log,
        settings=workspace.watch_settings,
        clock=workspace.clock,
        since=since,
        until=until,
        progress=progress,
    )


def replay_table(
    workspace: Workspace, file: Path, ref: str = "", *, label_delay: float = 30.0, progress: Progress = SILENT
) -> TableReplay:
    """Watch a table's rows through a version's contract, model and detectors as if they had come live.

    They come in the order of their time, those of one time in the file's; where the table has the target, each label
    comes so many days of the rows' time later.

    Args:
        ref: the version; by default the one in production, else the newest.
        label_delay: days; 0: with its row.

    Raises:
        DataNotFound, DataUnreadable: there is no table, it has no rows, or it lacks a column that the contract names.
    """
    table = read_user_table(file)
    if not table.frame.height:
        raise DataNotFound(f"{file}: no rows", hint="check what writes it")
    record = resolve(workspace.catalog, ref or _default(workspace))
    loaded = load_version(workspace.store, record.id)
    require_columns(loaded.checker.spec, table.frame, str(file))
    folder = Path() if is_media(file.name) else file.parent
    frame = named_by(loaded.contract, table.frame)
    frame = read_media(loaded.contract, frame, [(folder, frame.height)], progress=progress)
    identity = _identity(workspace, record.model, record.id)
    progress.start(f"watch {file.name}", None)
    found = rewatch(
        _records(loaded, frame, table.spelling, identity.epoch, round(label_delay * DAY)),
        identity,
        model=record.model,
        alias=PRODUCTION,
        store=workspace.store,
        catalog=workspace.catalog,
        log=workspace.log,
        settings=workspace.watch_settings,
        clock=workspace.clock,
        progress=progress,
    )
    progress.finish(f"{frame.height:,} rows, {len(found.alarms):,} alarms")
    state = found.state
    reference = workspace.catalog.versions.by_id(identity.reference)
    return TableReplay(
        version=f"{record.model}:v{record.number}",
        reference=f"{reference.model}:v{reference.number}",
        file=str(file),
        rows=frame.height,
        answered=state.answered,
        refused=state.refused,
        odd=state.odd,
        labelled=state.labelled,
        average=float(np.mean(state.recent)) if state.recent else None,
        average_before=state.reference_prediction,
        alarms=found.alarms,
        groups=tuple(
            GroupLevel(group=group, level=each.level, quantity=each.quantity, rows=each.rows)
            for group, each in state.standing.items()
        ),
        note=state.note,
        false_alarms=state.false_alarms,
    )


def _default(workspace: Workspace) -> str:
    name = model_name(workspace)
    present = workspace.catalog.aliases.get(name, PRODUCTION)
    return f"{name}:latest" if present is None else f"{name}:{PRODUCTION}"


def _identity(workspace: Workspace, model: str, version: str) -> EpochIdentity:
    """Return what the rows are watched against: what the alias's rows are, if the version is in production."""
    present = workspace.catalog.aliases.get(model, PRODUCTION)
    if present is not None and present.version_id == version:
        found = identify_epoch(workspace.catalog, workspace.store, model, PRODUCTION, present.epoch)
        if found is not None:
            return found
    return EpochIdentity(1, version, version)


def _records(
    loaded: LoadedVersion, frame: pl.DataFrame, spelling: Spelling, epoch: int, delay: int
) -> Iterator[Record]:
    """Give what the log would hold had the rows come live: rows in the order of their time, and labels when due."""
    spec = loaded.contract
    moments = _column(frame, spec.field(loaded.manifest.time or ""), spelling)
    labels = frame[loaded.manifest.target] if loaded.manifest.target in frame.columns else None
    order: Order = np.arange(frame.height)
    times: list[int | None] = [None] * frame.height
    if moments is not None:
        micros = moments.cast(pl.Datetime("us")).dt.epoch("us")
        times = micros.to_list()
        order = _by_time(times)
    last = 0
    answers: Iterator[Prediction]
    refusals: Iterator[Refusal]
    due: list[tuple[int, LabelRecord]] = []
    for start in range(0, frame.height, AT_ONCE):
        places = order[start : start + AT_ONCE]
        batch = predict_frame(loaded, frame[places], spelling=spelling)
        asked = Asking(received=0, source="batch", alias=PRODUCTION, epoch=epoch)
        predicted, turned_down = records_of_batch(loaded, batch, asked)
        answers, refusals = iter(predicted), iter(turned_down)
        for place, refused in zip(places.tolist(), batch.result.refused.tolist(), strict=True):
            time = times[place]
            last = last if time is None else max(last, time)
            while due and due[0][0] <= last:
                yield due.pop(0)[1]
            name = f"row {place + 1}"
            if refused:
                yield replace(next(refusals), id=name, received=last)
                continue
            yield replace(next(answers), id=name, received=last)
            if labels is not None and labels[place] not in (None, ""):
                label = LabelRecord(prediction_id=name, value=labels[place], received=last + delay, time=last + delay)
                if delay:
                    due.append((last + delay, label))
                else:
                    yield label


def _by_time(times: list[int | None]) -> Order:
    """Return the order of rows by time; one without a time stays behind the row it follows."""
    known, last = [], 0
    for time in times:
        last = last if time is None else time
        known.append(last)
    return np.argsort(np.array(known), kind="stable")


def _column(frame: pl.DataFrame, field: FieldSpec | None, spelling: Spelling) -> pl.Series | None:
    if field is None or field.name not in frame.columns:
        return None
    return frame.select(decode_field(field, frame.schema[field.name], spelling).value.alias("value"))["value"]
