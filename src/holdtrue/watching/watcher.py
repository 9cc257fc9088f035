"""Reads one model's prediction log behind its own position and judges every row once."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from holdtrue.catalog import GOING_ON, AlarmRecord, Catalog, Conflict
from holdtrue.contracts import Past
from holdtrue.foundation import Clock, Event, WrongUse
from holdtrue.monitors import Alarm, Watch, WatchSettings
from holdtrue.monitors.diagnosis import Diagnosis
from holdtrue.predicting import LoadedVersion, load_version
from holdtrue.predictionlog import LabelRecord, LogReader, Position, Prediction, Record, Refusal
from holdtrue.profiles import TableProfile
from holdtrue.store import Store
from holdtrue.versions import read_whole
from holdtrue.watching.arrivals import Arrivals
from holdtrue.watching.diagnosing import Known, diagnosed, looks_at
from holdtrue.watching.epochs import begin_epoch, identify_epoch
from holdtrue.watching.observing import Observer
from holdtrue.watching.pacing import due, halvings_of, pace, share_in_words
from holdtrue.watching.reading import NumberedReading, reading_of, went_on
from holdtrue.watching.servicing import ENOUGH
from holdtrue.watching.state import WatcherState, state_from
from holdtrue.watching.telling import (
    REFERENCE_MOVED,
    alarm_became,
    alarm_raised,
    alarm_record,
    diagnosis_record,
    log_shrank,
    reference_moved,
    share_changed,
    standing_of,
    watch_begun,
    window_alarm,
    window_judged,
    window_words,
)
from holdtrue.watching.windows import WindowJudge

BATCH = 256
_ATTEMPTS = 5


class WatchStep(Struct, frozen=True):
    """What one step did: records read, alarms raised, and the latest data time read (microseconds UTC)."""

    records: int
    alarms: tuple[AlarmRecord, ...]
    data_time: int | None


class _Findings(Struct):
    """What a step will put on record, with the state it comes from."""

    records: dict[str, AlarmRecord]
    events: list[Event]
    raised: list[str]
    superseded: tuple[int, str] | None = None
    changed: dict[str, str] = field(default_factory=dict)
    resolved: dict[str, str] = field(default_factory=dict)
    diagnoses: dict[str, dict[str, Any] | None] = field(default_factory=dict)


class Watcher:
    """Drives the detectors of one (model, alias) from the log.

    State, position, alarms, events and the superseding of older alarms are saved in one transaction, so each row is
    judged exactly once whatever is killed when. What a step that failed had done in memory is forgotten. Rows are taken
    in the order the log gives them; where the log turns out to have lost what was read (a power cut), reading goes back
    as far as that, an event says so, and rows that come again are known by their ids. Not to be shared between threads;
    of several processes that watch the same, one saves a step and the others take up from there.
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
        self.key = f"{model}/{alias}"
        self._store, self._catalog, self._clock, self._settings = store, catalog, clock, settings
        self._reader = LogReader(log, model)
        self._load = lru_cache(maxsize=4)(self._loaded)
        self._windows = lru_cache(maxsize=2)(self._window_judge)
        self.state = WatcherState()
        self._position, self._revision = Position(), 0
        self._reading: NumberedReading | None = None
        self._watch: Watch | None = None
        self._stale = True
        self._recall()

    def step(self, limit: int = BATCH) -> WatchStep:
        """Judge up to `limit` further records of the log; call again while it reads some.

        Raises:
            Conflict: another process keeps watching the same and is always quicker.
        """
        for _ in range(_ATTEMPTS):
            if self._stale:
                self._recall()
            # Until the step is saved, what is in memory is not what is on record.
            self._stale = True
            try:
                found = self._step(limit)
            except Conflict as conflict:
                quicker = conflict
                continue
            self._stale = False
            return found
        raise quicker

    def watch(self) -> Watch | None:
        """Return the detectors as they stand; None before the first epoch."""
        if self._watch is None and self.state.epoch:
            baseline = self._load(self.state.reference).baseline
            self._watch = Watch.from_bytes(self.state.watch, baseline)
        return self._watch

    def _recall(self) -> None:
        saved = self._catalog.watches.load(self.key)
        self.state = WatcherState() if saved is None else state_from(saved.state)
        self._position = Position() if saved is None else Position.from_bytes(saved.position)
        self._revision = 0 if saved is None else saved.revision
        self._reading = NumberedReading.of(self._catalog.watches.last_reading(self.key))
        self._watch = None
        self._stale = False

    def _step(self, limit: int) -> WatchStep:
        start, setbacks = self._reader.checked(self._position)
        records, position = self._reader.read(start, limit)
        found = _Findings({}, [], [])
        for each in setbacks:
            found.events.append(log_shrank(each, model=self.model, time=self.state.data_time, at=self._clock.now()))
        self._move_references(found)
        epoch, halvings = self.state.epoch, halvings_of(self.state)
        self._take(records, found, position)
        if records:
            step = reading_of(
                start.offsets, position.offsets, records, epoch=epoch, until=self.state.epoch, halvings=halvings
            )
            self._reading = went_on(self._reading, step, self._position.offsets)
        if len(records) < limit:
            # Nothing of an older epoch is waiting: take up a moved alias before its first row comes.
            present = self._catalog.aliases.get(self.model, self.alias)
            if present is not None and present.epoch > self.state.epoch:
                self._begin(present.epoch, found)
        if due(self.state) and pace(self.state, self._reader.bytes_after(position)):
            text = share_in_words(self.state) or "reasons are computed for every row again"
            found.events.append(
                share_changed(text, self.state, model=self.model, time=self.state.data_time, at=self._clock.now())
            )
        if records or found.events:
            self._save(position, found)
        return WatchStep(len(records), tuple(found.records[each] for each in found.raised), self.state.data_time)

    def _take(self, records: list[Record], found: _Findings, position: Position) -> None:
        """Judge records in their order, each in its own epoch."""
        for epoch, part in _by_epoch(records, self.alias, self.state.epoch):
            if epoch > self.state.epoch:
                self._begin(epoch, found)
            self._judge(part, found, position)

    def _judge(self, records: list[Record], found: _Findings, position: Position) -> None:
        watch = self.watch()
        if watch is None:
            # The alias was never moved: what was answered belongs to no watch.
            self.state.others += sum(isinstance(record, Prediction | Refusal) for record in records)
            return
        if not records:
            return
        before = {alarm.id: alarm for alarm in watch.alarms}
        live, earned = self._load(self.state.version), self._load(self.state.reference).baseline
        observer = Observer(self.alias, self.state, watch, live, earned)
        raised = observer.take(records)
        version = self._name(self.state.version)
        self._judge_windows(observer.rows, version, found)
        for alarm in raised:
            at, said = self._clock.now(), self._diagnose(alarm, alarm.at_row, found, position)
            found.raised.append(alarm.id)
            found.events.append(
                alarm_raised(alarm, self.state, model=self.model, version=version, at=at, diagnosis=said)
            )
            if alarm.group not in ENOUGH:
                self.state.looks.append(looks_at(alarm))
        for each in observer.transitions:
            at = self._clock.now()
            found.events.append(alarm_became(each, self.state, model=self.model, version=version, at=at))
            (found.changed if each.kind == "changed" else found.resolved)[each.alarm] = each.message
        self._look_again(watch, found, position)
        for alarm in watch.alarms:
            # For some rows after an alarm, more quantities are put down to the same change.
            if before.get(alarm.id) != alarm or alarm.id in found.diagnoses:
                found.records[alarm.id] = alarm_record(
                    alarm,
                    self.state,
                    watch=self.key,
                    model=self.model,
                    version=version,
                    at=self._raised_at(alarm, found) if alarm.id in before else self._clock.now(),
                    diagnosis=self._diagnosis_of(alarm, found),
                )

    def _move_references(self, found: _Findings) -> None:
        """Let what a person accepted take effect: between two records, at a row that is put on record."""
        if all(not each.left for each in self.state.standing.values()):
            return
        watch = self.watch()
        away = watch.away if watch is not None else {}
        if watch is None or not away:
            return
        for alarm in self._catalog.alarms.list(self.model, "accepted"):
            if alarm.id not in away:
                continue
            told = self._catalog.events.list(self.model, kind="alarm.accepted")
            accepted = next((each for each in reversed(told) if each.subject == f"alarm:{alarm.id}"), None)
            if accepted is None:
                continue
            try:
                group, row, quantities = watch.accept(alarm.id)
            except WrongUse:
                continue  # a quantity has just moved on: it is done once there are rows enough
            at = self._clock.now()
            found.events.append(reference_moved(accepted, group, row, quantities, self.state, watch=self.key, at=at))

    def _look_again(self, watch: Watch, found: _Findings, position: Position) -> None:
        """Diagnose alarms once more after which enough rows have come."""
        alarms = {alarm.id: alarm for alarm in watch.alarms}
        left = []
        for look in self.state.looks:
            alarm = alarms.get(look.alarm)
            past = [due for due in look.due if alarm is not None and due <= watch.rows(look.group)]
            if alarm is not None and past:
                # Of two that are due at once the later one says more.
                self._diagnose(alarm, past[-1], found, position)
            rest = tuple(due for due in look.due if due not in past)
            if alarm is not None and rest:
                left.append(replace(look, due=rest))
        self.state.looks = left

    def _diagnose(self, alarm: Alarm, until: int, found: _Findings, position: Position) -> Diagnosis | None:
        known = Known(
            alias=self.alias,
            epoch=self.state.epoch,
            live=self._load(self.state.version),
            reference=self._load(self.state.reference),
            name=self._name,
            earlier=lambda: [each.id for each in reversed(self._catalog.versions.list(self.model))],
            load=self._load,
        )
        said = diagnosed(alarm, until, self._reader, position, known)
        if said is not None or alarm.id not in found.diagnoses:
            found.diagnoses[alarm.id] = None if said is None else diagnosis_record(said)
        return said

    def _diagnosis_of(self, alarm: Alarm, found: _Findings) -> dict[str, Any] | None:
        if alarm.id in found.diagnoses:
            return found.diagnoses[alarm.id]
        known = found.records.get(alarm.id) or self._catalog.alarms.get(alarm.id)
        told: dict[str, Any] | None = known.data.get("diagnosis")
        return told

    def _judge_windows(self, rows: list[Prediction], version: str, found: _Findings) -> None:
        for verdict in self._windows(self.state.version, self.state.reference).take(self.state.live, rows):
            at = self._clock.now()
            found.events.append(window_judged(verdict, self.state, model=self.model, version=version, at=at))
            if verdict.result.passed:
                found.resolved[verdict.alarm] = f"holds again in {window_words(verdict)}"
            else:
                found.records[verdict.alarm] = window_alarm(
                    verdict, self.state, watch=self.key, model=self.model, version=version, at=at
                )
                found.raised.append(verdict.alarm)

    def _window_judge(self, version: str, reference: str) -> WindowJudge:
        live, earned = self._load(version), self._load(reference).baseline
        profile = live.manifest.profile
        baseline = TableProfile(rows=earned.rows, columns=earned.profiles)
        pasts = {"baseline": Past(name=f"the baseline of {self._name(reference)}", profile=baseline)}
        if profile is not None:
            last = TableProfile.from_bytes(read_whole(self._store, profile))
            pasts["last"] = Past(name=self._name(version), profile=last)
        return WindowJudge(live.contract, pasts)

    def _raised_at(self, alarm: Alarm, found: _Findings) -> int:
        known = found.records.get(alarm.id)
        return known.raised_at if known is not None else self._catalog.alarms.get(alarm.id).raised_at

    def _loaded(self, version_id: str) -> LoadedVersion:
        return load_version(self._store, version_id)

    def _begin(self, epoch: int, found: _Findings) -> None:
        identity = identify_epoch(self._catalog, self._store, self.model, self.alias, epoch)
        if identity is None:
            return
        live, reference = self._load(identity.version), self._load(identity.reference)
        before, at = self.state, self._clock.now()
        open_alarms = [alarm for alarm in self._catalog.alarms.list(self.model, GOING_ON) if alarm.watch == self.key]
        ended = {alarm.id: alarm for alarm in (*open_alarms, *found.records.values()) if alarm.epoch < epoch}
        self.state = begin_epoch(identity, live, reference, self._settings, at)
        self.state.data_time, self.state.moments = before.data_time, before.moments
        self.state.coming = Arrivals(last=before.coming.last)
        self.state.service = before.service.next_epoch()
        self.state.shares = [(0, halvings_of(before))] if halvings_of(before) else []
        self._watch = None
        self._plan_references(epoch)
        version = self._name(identity.version)
        found.superseded = (epoch, f"superseded by {version}")
        found.events.append(
            watch_begun(
                self.state,
                model=self.model,
                version=version,
                reference=self._name(identity.reference),
                superseded=sorted(ended),
                at=at,
            )
        )

    def _plan_references(self, epoch: int) -> None:
        """Where the log is gone through once more: what was accepted then is accepted at the same rows."""
        moved = [each.data for each in self._catalog.events.list(self.model, kind=REFERENCE_MOVED)]
        moved = [each for each in moved if (each["watch"], each["epoch"]) == (self.key, epoch)]
        watch = self.watch() if moved else None
        for each in moved:
            if watch is not None:
                watch.plan(each["alarm"], each["group"], each["row"])

    def _save(self, position: Position, found: _Findings) -> None:
        if self._watch is not None:
            self.state.watch = self._watch.to_bytes(references=False)
            self.state.standing = standing_of(self._watch)
        saved = self._catalog.watches.save(
            self.key,
            self.state.to_bytes(),
            position.to_bytes(),
            list(found.records.values()),
            found.events,
            expected_revision=self._revision,
            superseded=found.superseded,
            changed=found.changed,
            resolved=found.resolved,
            reading=None if self._reading is None else self._reading.record(),
        )
        self._revision, self._position = saved.revision, position

    def _name(self, version_id: str) -> str:
        return f"{self.model}:v{self._catalog.versions.by_id(version_id).number}"


def _by_epoch(records: list[Record], alias: str, present: int) -> list[tuple[int, list[Record]]]:
    """Cut records where a newer epoch of the alias begins; all else stays with what is read around it."""
    parts: list[tuple[int, list[Record]]] = [(present, [])]
    for record in records:
        newer = not isinstance(record, LabelRecord) and record.alias == alias and record.epoch > parts[-1][0]
        if newer and not isinstance(record, LabelRecord):
            parts.append((record.epoch, []))
        parts[-1][1].append(record)
    return parts
