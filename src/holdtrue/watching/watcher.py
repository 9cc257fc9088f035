"""Reads one model's prediction log behind its own position and judges every row once."""

from __future__ import annotations

import math
from functools import lru_cache
from pathlib import Path

import msgspec
from msgspec import Struct

from holdtrue.catalog import AlarmRecord, Catalog
from holdtrue.foundation import Clock, Event, new_id
from holdtrue.monitors import Alarm, Watch, WatchSettings
from holdtrue.predicting import LoadedVersion, load_version
from holdtrue.predictionlog import LogReader, Position, Record
from holdtrue.store import Store
from holdtrue.watching.epochs import begin_epoch, identify_epoch
from holdtrue.watching.observing import Observer
from holdtrue.watching.state import Standing, WatcherState, state_from

BATCH = 256


class WatchStep(Struct, frozen=True):
    """What one step did: records read, alarms raised, and the latest data time read (microseconds UTC)."""

    records: int
    alarms: tuple[AlarmRecord, ...]
    data_time: int | None


class Watcher:
    """Drives the detectors of one (model, alias) from the log.

    State and position are saved in one transaction with the alarms and events they gave rise to, so each row is judged
    exactly once whatever is killed when. Rows are taken in the order the log gives them.
    """

    def __init__(
        self,
        *,
        model: str,
        alias: str,
        store: Store,
        catalog: Catalog,
        log: Path,
        settings: WatchSettings,
        clock: Clock,
    ) -> None:
        self.model, self.alias = model, alias
        self._store, self._catalog, self._clock, self._settings = store, catalog, clock, settings
        self._reader = LogReader(log, model)
        self.key = f"{model}/{alias}"
        saved = catalog.watches.load(self.key)
        self.state = WatcherState() if saved is None else state_from(saved.state)
        self._position = Position() if saved is None else Position.from_bytes(saved.position)
        self._revision = 0 if saved is None else saved.revision
        self._watch: Watch | None = None
        self._load = lru_cache(maxsize=4)(self._loaded)

    def step(self, limit: int = BATCH) -> WatchStep:
        """Judge up to `limit` further records of the log; call again while it reads some."""
        records, position = self._reader.read(self._position, limit)
        alarms: list[AlarmRecord] = []
        events: list[Event] = []
        for epoch, part in _by_epoch(records, self.state.epoch):
            if epoch > self.state.epoch:
                events.extend(self._begin(epoch))
            if part:
                raised = self._observer().take(part)
                alarms.extend(self._record(alarm) for alarm in raised)
                events.extend(self._event(alarm) for alarm in raised)
        if len(records) < limit:
            # Nothing of an older epoch is waiting: take up a moved alias before its first row comes.
            present = self._catalog.aliases.get(self.model, self.alias)
            if present is not None and present.epoch > self.state.epoch:
                events.extend(self._begin(present.epoch))
        if records or events:
            self._save(position, alarms, events)
        return WatchStep(len(records), tuple(alarms), self.state.data_time)

    def watch(self) -> Watch | None:
        """Return the detectors as they stand; None before the first epoch."""
        if self._watch is None and self.state.epoch:
            baseline = self._load(self.state.reference).baseline
            self._watch = Watch.from_bytes(self.state.watch, baseline)
        return self._watch

    def _observer(self) -> Observer:
        watch = self.watch()
        assert watch is not None  # records are taken only within an epoch
        return Observer(self.state, watch, self._load(self.state.version))

    def _loaded(self, version_id: str) -> LoadedVersion:
        return load_version(self._store, version_id)

    def _begin(self, epoch: int) -> list[Event]:
        identity = identify_epoch(self._catalog, self.model, self.alias, epoch)
        if identity is None:
            return []
        live, reference = self._load(identity.version), self._load(identity.reference)
        data_time = self.state.data_time
        self.state = begin_epoch(identity, live, reference, self._settings, self._clock.now())
        self.state.data_time = data_time
        self._watch = None
        superseded = self._catalog.alarms.list(self.model, "open")
        name = self._name(identity.version)
        for alarm in superseded:
            self._catalog.alarms.set_status(alarm.id, "superseded", f"superseded by {name}")
        what = self._name(identity.reference)
        note = f"; {self.state.note}" if self.state.note else ""
        return [
            Event(
                id=new_id(self._clock.now()),
                kind="watch.begun",
                at=self._clock.now(),
                time=data_time,
                actor="loop",
                model=self.model,
                subject=name,
                why=f"watched against the baseline of {what}{note}",
                data={"epoch": epoch, "reference": what, "superseded": [alarm.id for alarm in superseded]},
            )
        ]

    def _save(self, position: Position, alarms: list[AlarmRecord], events: list[Event]) -> None:
        if self._watch is not None:
            self.state.watch = self._watch.to_bytes(references=False)
            self.state.standing = _standing(self._watch)
        saved = self._catalog.watches.save(
            self.key,
            self.state.to_bytes(),
            position.to_bytes(),
            alarms,
            events,
            expected_revision=self._revision,
        )
        self._revision, self._position = saved.revision, position

    def _record(self, alarm: Alarm) -> AlarmRecord:
        return AlarmRecord(
            id=alarm.id,
            model=self.model,
            watch=self.key,
            epoch=self.state.epoch,
            raised_at=self._clock.now(),
            time=alarm.at_time,
            group=alarm.group,
            quantity=alarm.quantity,
            data={**msgspec.to_builtins(alarm), "version": self._name(self.state.version)},
        )

    def _event(self, alarm: Alarm) -> Event:
        now = self._clock.now()
        return Event(
            id=new_id(now),
            kind="alarm.raised",
            at=now,
            time=alarm.at_time,
            actor="monitor",
            model=self.model,
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
                "epoch": self.state.epoch,
                "version": self._name(self.state.version),
                "first_time": self.state.first_time,
                "answered": self.state.answered,
                "average_prediction": _mean(self.state.recent),
                "reference_prediction": self.state.reference_prediction,
            },
        )

    def _name(self, version_id: str) -> str:
        return f"{self.model}:v{self._catalog.versions.by_id(version_id).number}"


def _mean(values: list[float]) -> float | None:
    return math.fsum(values) / len(values) if values else None


def _standing(watch: Watch) -> dict[str, Standing]:
    found = {}
    for group, each in watch.evidence().items():
        top = max(each.quantities, key=lambda name: each.quantities[name], default="")
        found[group] = Standing(each.evidence, top, each.rows)
    return found


def _by_epoch(records: list[Record], present: int) -> list[tuple[int, list[Record]]]:
    """Cut records where a newer epoch begins; labels and rows of older epochs stay with what is read around them."""
    parts: list[tuple[int, list[Record]]] = [(present, [])]
    for record in records:
        epoch = getattr(record, "epoch", None)
        if epoch is not None and epoch > parts[-1][0]:
            parts.append((epoch, []))
        parts[-1][1].append(record)
    return parts
