"""Watches once more, in memory alone: a log in the order it was read in, or rows as if they had come live.

It is the watcher itself that judges; only what it would save is kept here in its stead. Nothing is written anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Struct

from holdtrue.catalog import AlarmRecord, Catalog
from holdtrue.foundation import SILENT, Clock, Progress, WrongUse
from holdtrue.monitors import Alarm, WatchSettings
from holdtrue.predictionlog import LogReader, Position, Record
from holdtrue.store import Store
from holdtrue.watching.epochs import EpochIdentity, begin_epoch
from holdtrue.watching.pacing import halvings_of
from holdtrue.watching.reading import NumberedReading, Reading, places_after
from holdtrue.watching.state import WatcherState, state_from
from holdtrue.watching.telling import standing_of
from holdtrue.watching.watcher import Watcher, _Findings

AT_ONCE = 4096


class Difference(Struct, frozen=True, kw_only=True):
    """Where a replay does not say what is on record of an alarm.

    Attributes:
        what: the field that differs, `not replayed` or `not on record`.
    """

    alarm: str
    message: str
    what: str
    recorded: Any = None
    replayed: Any = None


class LogReplay(Struct, frozen=True, kw_only=True):
    """What came of watching a log once more.

    Attributes:
        records: read in all, in `readings` stretches of the recorded order. epochs: those that were replayed.
        alarms: as replayed, the first first. same: how many of them are on record to the bit.
        differences: of the others, and of alarms on record that were not raised again.
        state: whether the detectors stand where those on record do, to the bit; None where that cannot be told.
        notes: what keeps the replay from being the same, if anything does.
    """

    model: str
    alias: str
    records: int
    readings: int
    epochs: tuple[int, ...]
    alarms: tuple[AlarmRecord, ...]
    same: int
    differences: tuple[Difference, ...]
    state: bool | None
    notes: tuple[str, ...] = ()

    @property
    def identical(self) -> bool:
        """Whether everything that could be compared is the same."""
        return not self.differences and self.state is not False


class RewatchedRows(Struct, frozen=True, kw_only=True):
    """Where a watch stands after rows were watched as if they had come live: its alarms and its state."""

    alarms: tuple[AlarmRecord, ...]
    state: WatcherState


class _Again(Watcher):
    """A watcher that remembers in memory what another saves."""

    def __init__(self, **given: Any) -> None:
        self.records: dict[str, AlarmRecord] = {}
        super().__init__(**given)

    def take(self, records: list[Record]) -> None:
        """Judge records in their order."""
        self._noting(lambda found: self._take(records, found, Position()))

    def begin(self, epoch: int) -> None:
        """Take up an epoch before its first row comes."""
        self._noting(lambda found: self._begin(epoch, found))

    def begin_with(self, identity: EpochIdentity) -> None:
        """Begin an epoch that the alias never had."""
        live, reference = self._load(identity.version), self._load(identity.reference)
        self.state = begin_epoch(identity, live, reference, self._settings, 0)
        self._watch = None

    def explain_share(self, halvings: int) -> None:
        """Compute reasons of another share of the rows from here on."""
        if halvings != halvings_of(self.state):
            self.state.shares = [*self.state.shares, (self.state.answered, halvings)]

    def stand(self) -> WatcherState:
        """Return the state as it would be saved."""
        if self._watch is not None:
            self.state.watch = self._watch.to_bytes(references=False)
            self.state.standing = standing_of(self._watch)
        return self.state

    def use(self, settings: WatchSettings) -> None:
        """Begin further epochs with other settings."""
        self._settings = settings

    def _noting(self, work: Any) -> None:
        found = _Findings({}, [], [])
        work(found)
        self.records |= found.records

    def _recall(self) -> None:
        self._watch, self._stale = None, False

    def _diagnose(self, alarm: Alarm, until: int, found: _Findings, position: Position) -> None:
        """Say nothing of what an alarm is about: verdicts are compared, and what was said of them is on record."""

    def _diagnosis_of(self, alarm: Alarm, found: _Findings) -> None:
        return None

    def _raised_at(self, alarm: Alarm, found: _Findings) -> int:
        known = found.records.get(alarm.id) or self.records.get(alarm.id)
        return 0 if known is None else known.raised_at


def replay_log(
    *,
    model: str,
    alias: str,
    store: Store,
    catalog: Catalog,
    log: Path,
    settings: WatchSettings,
    clock: Clock,
    since: int | None = None,
    until: int | None = None,
    progress: Progress = SILENT,
) -> LogReplay:
    """Watch a model's log once more, in the order in which it was watched, and compare the verdicts with the record.

    Args:
        settings: of the epochs before the present one; the present one's are on record.
        since, until: compare the alarms of these times (the rows' own), microseconds since 1970.

    Raises:
        WrongUse: nothing was watched yet, or in which order was not recorded.
    """
    key = f"{model}/{alias}"
    saved = catalog.watches.load(key)
    found = [NumberedReading.of(each) for each in catalog.watches.readings(key)]
    readings = [each.reading for each in found if each is not None]
    if saved is None:
        raise WrongUse(f"{key} was never watched", hint="holdtrue loop --once watches what is in the log")
    if not readings:
        raise WrongUse(f"in which order {key} was read is not on record", hint="it is from the next row on")
    recorded = state_from(saved.state)
    watch = _Again(model=model, alias=alias, store=store, catalog=catalog, log=log, settings=settings, clock=clock)
    notes: list[str] = []
    if readings[0].before:
        notes.append("the log was watched before its order was recorded: what came before is not replayed")
    progress.start(f"replay {model}", sum(each.records for each in readings))
    total, epochs = 0, []
    for reading, records in _records(LogReader(log, model), readings, notes):
        if reading.epoch > watch.state.epoch:
            watch.use(_settings_of(recorded, reading.epoch, settings))
            watch.begin(reading.epoch)
        watch.explain_share(reading.halvings)
        for part in _parts(records):
            newest = max((getattr(each, "epoch", 0) for each in part), default=0)
            watch.use(_settings_of(recorded, newest, settings))
            watch.take(part)
            total += len(part)
            progress.advance(len(part))
        epochs.append(watch.state.epoch)
    if recorded.epoch > watch.state.epoch:
        watch.use(_settings_of(recorded, recorded.epoch, settings))
        watch.begin(recorded.epoch)
        epochs.append(recorded.epoch)
    state = watch.stand()
    inside = [each for each in watch.records.values() if _is_inside(each, since, until)]
    first = min(epochs)
    known = {
        each.id: each
        for each in catalog.alarms.list(model)
        if each.watch == key and each.epoch >= first and _is_inside(each, since, until)
    }
    differences = tuple(_differences(known, {each.id: each for each in inside}))
    same = len({each.id for each in inside} - {each.alarm for each in differences})
    progress.finish(f"{total:,} records, {len(inside):,} alarms")
    return LogReplay(
        model=model,
        alias=alias,
        records=total,
        readings=len(readings),
        epochs=tuple(sorted(set(epochs))),
        alarms=tuple(sorted(inside, key=lambda each: each.id)),
        same=same,
        differences=differences,
        state=None if notes else state.watch == recorded.watch,
        notes=tuple(notes),
    )


def rewatch(
    records: Iterable[Record],
    identity: EpochIdentity,
    *,
    model: str,
    alias: str,
    store: Store,
    catalog: Catalog,
    log: Path,
    settings: WatchSettings,
    clock: Clock,
    progress: Progress = SILENT,
) -> RewatchedRows:
    """Watch records as if they were those of one epoch.

    Args:
        records: of that epoch and alias, in the order they came.
    """
    watch = _Again(model=model, alias=alias, store=store, catalog=catalog, log=log, settings=settings, clock=clock)
    watch.begin_with(identity)
    for part in _parts(iter(records)):
        watch.take(part)
        progress.advance(len(part))
    alarms = sorted(watch.records.values(), key=lambda each: each.id)
    return RewatchedRows(alarms=tuple(alarms), state=watch.stand())


def _records(
    log: LogReader, readings: Sequence[Reading], notes: list[str]
) -> Iterator[tuple[Reading, Iterator[Record]]]:
    """Give each reading with its records; note where the log no longer holds them all."""
    places: dict[str, int] = {}
    for reading in readings:
        start = places if reading.before is None else reading.before
        places = places_after(start, reading)
        counted = _Counting(log.through(Position(start), Position(places)))
        yield reading, counted
        if counted.count != reading.records:
            notes.append(
                f"the log holds {counted.count:,} of {reading.records:,} records that were read in one stretch: the "
                "others were thrown away, or lost"
            )


class _Counting:
    """Counts what passes through."""

    def __init__(self, records: Iterator[Record]) -> None:
        self._records, self.count = records, 0

    def __iter__(self) -> Iterator[Record]:
        return self

    def __next__(self) -> Record:
        record = next(self._records)
        self.count += 1
        return record


def _parts(records: Iterator[Record]) -> Iterator[list[Record]]:
    while part := list(islice(records, AT_ONCE)):
        yield part


def _settings_of(recorded: WatcherState, epoch: int, settings: WatchSettings) -> WatchSettings:
    """Return the settings an epoch is watched with: of the present one they are on record."""
    if epoch != recorded.epoch or not recorded.watch:
        return settings
    return msgspec.msgpack.decode(recorded.watch, type=_Settings).settings


class _Settings(Struct):
    settings: WatchSettings


def _is_inside(alarm: AlarmRecord, since: int | None, until: int | None) -> bool:
    if alarm.time is None:
        return True
    return (since is None or alarm.time >= since) and (until is None or alarm.time < until)


def _differences(known: dict[str, AlarmRecord], replayed: dict[str, AlarmRecord]) -> Iterator[Difference]:
    for each in sorted({*known, *replayed}):
        one, other = known.get(each), replayed.get(each)
        if one is None or other is None:
            there = one or other
            assert there is not None
            what = "not replayed" if other is None else "not on record"
            yield Difference(alarm=each, message=str(there.data.get("message", there.quantity)), what=what)
            continue
        told, again = _plain(one), _plain(other)
        for field in again:
            if told.get(field) != again[field]:
                yield Difference(
                    alarm=each,
                    message=str(one.data.get("message", one.quantity)),
                    what=field,
                    recorded=told.get(field),
                    replayed=again[field],
                )


def _plain(alarm: AlarmRecord) -> dict[str, Any]:
    """Return what of an alarm is a verdict, as the record's form has it."""
    # What an alarm is about is told after it, and again when more rows have come: it is no part of the verdict.
    data = {name: value for name, value in alarm.data.items() if name != "diagnosis"}
    told = {"epoch": alarm.epoch, "time": alarm.time, "group": alarm.group, "quantity": alarm.quantity, **data}
    plain: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(told))
    return plain
