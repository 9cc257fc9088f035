"""What a watcher puts on record: alarms, and the events of an alarm raised and of a watch begun."""

from __future__ import annotations

import math
from typing import Any

import msgspec

from holdtrue.catalog import AlarmRecord
from holdtrue.foundation import Event, day, new_id
from holdtrue.monitors import Alarm, Transition, Watch
from holdtrue.monitors.diagnosis import Diagnosis, cause_in_words
from holdtrue.predictionlog import Setback
from holdtrue.watching.state import Standing, WatcherState
from holdtrue.watching.windows import GROUP, WindowVerdict

REFERENCE_MOVED = "reference.moved"


def alarm_record(
    alarm: Alarm,
    state: WatcherState,
    *,
    watch: str,
    model: str,
    version: str,
    at: int,
    diagnosis: dict[str, Any] | None = None,
) -> AlarmRecord:
    """Return what the catalog keeps of an alarm.

    Args:
        diagnosis: what it most likely is, ready for JSON.
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
        data={**msgspec.to_builtins(alarm), "version": version, "diagnosis": diagnosis},
    )


def diagnosis_record(diagnosis: Diagnosis) -> dict[str, Any]:
    """Return what the catalog keeps of a diagnosis: all of it, and its likeliest cause as `said`, for lists."""
    return {**msgspec.to_builtins(diagnosis), "said": cause_in_words(diagnosis)}


def alarm_raised(
    alarm: Alarm, state: WatcherState, *, model: str, version: str, at: int, diagnosis: Diagnosis | None = None
) -> Event:
    """Return the event of an alarm: what policies and people are told."""
    return Event(
        id=new_id(at),
        kind="alarm.raised",
        at=at,
        time=alarm.at_time,
        actor="monitor",
        model=model,
        subject=f"alarm:{alarm.id}",
        why=alarm.message if diagnosis is None else f"{alarm.message}; {cause_in_words(diagnosis)}",
        data={
            "alarm": alarm.id,
            "group": alarm.group,
            "quantity": alarm.quantity,
            "direction": alarm.direction,
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
            "cause": None if diagnosis is None else msgspec.to_builtins(diagnosis.cause),
        },
    )


def alarm_became(transition: Transition, state: WatcherState, *, model: str, version: str, at: int) -> Event:
    """Return the event of an alarm that has changed, or is resolved: once for each."""
    return Event(
        id=new_id(at),
        kind=f"alarm.{transition.kind}",
        at=at,
        time=transition.at_time,
        actor="monitor",
        model=model,
        subject=f"alarm:{transition.alarm}",
        why=transition.message,
        data={
            "alarm": transition.alarm,
            "group": transition.group,
            "quantity": transition.quantity,
            "quantities": list(transition.quantities),
            "began_time": transition.began_time,
            "began_row": transition.began_row,
            "rows": transition.rows,
            "micros": transition.micros,
            "epoch": state.epoch,
            "version": version,
        },
    )


def reference_moved(
    accepted: Event, group: str, row: int, quantities: tuple[str, ...], state: WatcherState, *, watch: str, at: int
) -> Event:
    """Return the event of a reference that moved on to the rows since a change, because that was accepted.

    Args:
        accepted: the event of who accepted it, and why. row: rows, or blocks, of the group judged before it moved.
    """
    return Event(
        id=new_id(at),
        kind=REFERENCE_MOVED,
        at=at,
        time=state.data_time,
        actor=accepted.actor,
        model=accepted.model,
        subject=accepted.subject,
        why=f"{', '.join(quantities)}: held against the rows since the change: {accepted.why}",
        data={
            "alarm": accepted.subject.removeprefix("alarm:"),
            "watch": watch,
            "epoch": state.epoch,
            "group": group,
            "row": row,
            "quantities": list(quantities),
        },
    )


def window_words(verdict: WindowVerdict) -> str:
    """Say which rows a window is of."""
    rows = verdict.last_row - verdict.first_row + 1
    return f"the {rows:,} rows to {day(verdict.to_time)} (rows {verdict.first_row:,} to {verdict.last_row:,})"


def window_alarm(
    verdict: WindowVerdict, state: WatcherState, *, watch: str, model: str, version: str, at: int
) -> AlarmRecord:
    """Return what the catalog keeps of a table test that began to fail live; arguments as of `alarm_record`."""
    return AlarmRecord(
        id=verdict.alarm,
        model=model,
        watch=watch,
        epoch=state.epoch,
        raised_at=at,
        time=verdict.to_time,
        group=GROUP,
        quantity=verdict.result.test,
        data={
            "message": _window_message(verdict),
            "version": version,
            "began_time": verdict.began_time,
            "began_id": verdict.began_id,
            "at_id": verdict.to_id,
            "rows_taken": verdict.last_row - verdict.first_row + 1,
            "value": verdict.result.value,
            "examples": list(verdict.result.examples),
        },
    )


def window_judged(verdict: WindowVerdict, state: WatcherState, *, model: str, version: str, at: int) -> Event:
    """Return the event of a table test that began to fail live, or that holds again: once for each change."""
    return Event(
        id=new_id(at),
        kind="table_test.passed" if verdict.result.passed else "table_test.failed",
        at=at,
        time=verdict.to_time,
        actor="monitor",
        model=model,
        subject=f"alarm:{verdict.alarm}",
        why=_window_message(verdict),
        data={
            "alarm": verdict.alarm,
            "group": GROUP,
            "quantity": verdict.result.test,
            "severity": str(verdict.result.severity.value),
            # The window is where the change was first seen; it may have begun within it.
            "began_time": verdict.began_time,
            "began_row": verdict.first_row - 1,
            "version": version,
            "epoch": state.epoch,
        },
    )


def _window_message(verdict: WindowVerdict) -> str:
    return f"{verdict.result.test}: {verdict.result.words}; in {window_words(verdict)}"


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


def share_changed(why: str, state: WatcherState, *, model: str, time: int | None, at: int) -> Event:
    """Return the event of another share of the rows whose reasons are computed."""
    row, halvings = state.shares[-1]
    return Event(
        id=new_id(at),
        kind="watch.share",
        at=at,
        time=time,
        actor="loop",
        model=model,
        subject=model,
        why=why,
        data={"epoch": state.epoch, "row": row, "one_in": 1 << halvings, "backlog_bytes": state.backlog},
    )


def standing_of(watch: Watch) -> dict[str, Standing]:
    """Return where each group stands, for pages: its evidence, whose it mostly is, rows judged, what has left."""
    found = {}
    for group, each in watch.evidence().items():
        # What has alarmed keeps the evidence it had then, and would be named for ever.
        watched = {name: own for name, own in each.quantities.items() if name not in each.alarmed}
        top = max(watched, key=lambda name: watched[name], default="")
        alarm_row = max((alarm.at_row for alarm in watch.alarms if alarm.group == group), default=0)
        blocks = group in watch.blocked
        found[group] = Standing(each.evidence, top, each.rows, alarm_row, each.alarmed, each.stages, blocks)
    return found
