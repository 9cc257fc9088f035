"""Fifth station: a watch is rehearsed over held-out history, in its own order, before anything is live."""

from __future__ import annotations

import msgspec
import numpy as np
import polars as pl
from numpy.typing import NDArray

from holdtrue.foundation import HoldtrueError, Progress, canonical, digest_of
from holdtrue.monitors.rehearsal import History, Rehearsal, rehearse
from holdtrue.pipeline.assessed import Assessment, rows_since, watched_as
from holdtrue.pipeline.fitted import SplitRows, times_of
from holdtrue.pipeline.records import Ground
from holdtrue.pipeline.tested import TestedData
from holdtrue.profiles import PARTS
from holdtrue.project import Model
from holdtrue.store import Blob
from holdtrue.versions import read_whole

_KIND = "rehearsal"
# Raised when a rehearsal finds other things in the same rows.
_STEP = "rehearsal/1"
_UNDATED = np.iinfo(np.int64).min


def rehearsed(
    ground: Ground,
    model: Model,
    rows: SplitRows,
    tested: TestedData,
    found: Assessment,
    since: int | None,
    *,
    progress: Progress,
) -> Rehearsal:
    """Rehearse the watch of a model that was just assessed.

    Inputs need no model, so they are rehearsed over all accepted rows; predictions, reasons and errors over held rows
    alone, which the model was not fitted on. After a change it is the rows since.
    """
    manner = watched_as(ground, model)
    if model.time is None:
        return Rehearsal(skipped=f"{model.name} names no time, so its rows have no order", present=manner)
    names = list(rows.encoder.names)
    recent = rows_since(model, rows.held.frame, since)
    chosen = np.arange(len(rows.held)) if recent is None else recent
    held, times = _in_time(model, rows.held.frame[chosen])
    chosen = chosen[held]
    if not chosen.size:
        return Rehearsal(skipped="no held row has a time", present=manner)
    all_rows, all_times = _in_time(model, tested.accepted)
    if recent is not None and since is not None:
        all_rows, all_times = all_rows[all_times >= since], all_times[all_times >= since]
    frame = tested.accepted[all_rows]
    column = None if manner.season in PARTS else manner.season
    inputs = History(
        name="inputs" if recent is None else "inputs since the change",
        groups=("inputs",),
        times=all_times,
        inputs=frame.select(names),
        values=_values(frame, column),
    )
    of_model = History(
        name="predictions, reasons and errors of held rows",
        groups=tuple(group for group in ("predictions", "attributions", "errors") if found.baseline.groups.get(group)),
        times=times,
        inputs=pl.DataFrame({"row": np.zeros(chosen.size)}),
        predictions=found.predicted[chosen],
        attributions=found.attributed[chosen],
        features=tuple(names),
        labels=rows.held.y[chosen],
        values=_values(rows.held.frame[chosen], column),
    )
    live = [group for group, quantities in found.baseline.groups.items() if quantities]
    return rehearse([inputs, of_model], ground.watch(model.name), manner, live, held=int(times[0]), progress=progress)


def rehearsal_recipe(ground: Ground, model: Model, recipe: str) -> str:
    """Return the hash of what a rehearsal depends on: the run's recipe, and how the model is watched."""
    return digest_of([_STEP, recipe, watched_as(ground, model), ground.watch(model.name)])


def keep_rehearsal(ground: Ground, recipe: str, found: Rehearsal) -> Blob:
    """Store a rehearsal, and remember which recipe gave it."""
    blob = ground.store.put_blob(found.to_bytes())
    object_id = ground.store.put_object(_KIND, canonical(blob))
    ground.store.commit()
    ground.catalog.steps.put(recipe, object_id, ground.clock.now())
    return blob


def kept_rehearsal(ground: Ground, recipe: str) -> tuple[Rehearsal, Blob] | None:
    """Return what a recipe gave before, if it is still there."""
    object_id = ground.catalog.steps.get(recipe)
    if object_id is None:
        return None
    try:
        blob = msgspec.json.decode(ground.store.get_object(object_id), type=Blob)
        return Rehearsal.from_bytes(read_whole(ground.store, blob)), blob
    except (HoldtrueError, msgspec.DecodeError):
        # A cache that cannot be read is no cache: do the work again.
        return None


def _in_time(model: Model, frame: pl.DataFrame) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the places of the rows that have a time, in its order, and their times."""
    times = times_of(model, frame)
    assert times is not None  # of a model that names a time
    order = np.argsort(times, kind="stable")
    order = order[times[order] > _UNDATED]
    return order, times[order]


def _values(frame: pl.DataFrame, column: str | None) -> tuple[object, ...] | None:
    return None if column is None else tuple(frame.get_column(column).to_list())
