"""What a watcher puts on record: alarms, and the events of an alarm raised and of a watch begun."""

from __future__ import annotations

import math

import msgspec

from holdtrue.catalog import AlarmRecord
from holdtrue.foundation import Event, new_id
from holdtrue.monitors import Alarm, Watch
from holdtrue.predictionlog import Setback
from holdtrue.watching.state import Standing, WatcherState


def alarm_record(alarm: Alarm, state: WatcherState, *, watch: str, model: str, version: str, at: int) -> AlarmRecord:
    """Return what the catalog keeps of an alarm.

    Args:
        watch: the watch's key. version: REF of the one that answers. at: when it was raised, by the machine's clock.
    """
    return AlarmRecord(
        id=alarm.id,
        model=model,
        watch=watch,
        epoch=state.epoch,
        raised_at=at,
        time=alarm.at_time,
        group=alarm.group,
        quantity=alarm.quantity,
        data={**msgspec.to_builtins(alarm), "version": version},
    )


def alarm_raised(alarm: Alarm, state: WatcherState, *, model: str, version: str, at: int) -> Event:
    """Return the event of an alarm: what policies and people are told."""
    return Event(
        id=new_id(at),
        kind="alarm.raised",
        at=at,
        time=alarm.at_time,
        actor="monitor",
        model=model,
        subject=f"alarm:{alarm.id}",
        why=alarm.message,
        data={
            "alarm": alarm.id,
            "group": alarm.group,
            "quantity": alarm.quantity,
            "began_time": alarm.began_time,
            "began_row": alarm.began_row,
            "evidence": alarm.evidence,
            "also": [name for name, _ in alarm.also],
            "rows_taken": alarm.rows_taken,
            "epoch": state.epoch,
            "version": version,
            "first_time": state.first_time,
            "answered": state.answered,
            "average_prediction": math.fsum(state.recent) / len(state.recent) if state.recent else None,
            "reference_prediction": state.reference_prediction,
        },
    )


def watch_begun(
    state: WatcherState, *, model: str, version: str, reference: str, superseded: list[str], at: int
) -> Event:
    """Return the event of a new epoch: which version is watched, against whose baseline, and what that ends."""
    note = f"; {state.note}" if state.note else ""
    return Event(
        id=new_id(at),
        kind="watch.begun",
        at=at,
        time=state.data_time,
        actor="loop",
        model=model,
        subject=version,
        why=f"watched against the baseline of {reference}{note}",
        data={"epoch": state.epoch, "reference": reference, "superseded": superseded},
    )


def log_shrank(setback: Setback, *, model: str, time: int | None, at: int) -> Event:
    """Return the event of a log that no longer holds what was read: rows were watched that are lost."""
    return Event(
        id=new_id(at),
        kind="log.shrank",
        at=at,
        time=time,
        actor="loop",
        model=model,
        subject=model,
        why=(
            f"the log of {setback.writer} no longer holds what was read of it (segment {setback.segment}, byte "
            f"{setback.place:,}), after a power cut or a full disk; reading goes on from segment {setback.to_segment}, "
            f"byte {setback.to_place:,}"
        ),
        data=msgspec.to_builtins(setback),
    )


def standing_of(watch: Watch) -> dict[str, Standing]:
    """Return where each group stands, for pages: its evidence, whose it mostly is, and rows judged."""
    found = {}
    for group, each in watch.evidence().items():
        top = max(each.quantities, key=lambda name: each.quantities[name], default="")
        found[group] = Standing(each.evidence, top, each.rows)
    return found
