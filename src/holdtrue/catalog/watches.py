"""Watches: how far each detector came, saved together with what it found on the way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sqlalchemy import delete, insert, select, update

from holdtrue.catalog.alarms import change_alarms, put_alarm, resolve_alarms, supersede_alarms
from holdtrue.catalog.database import Database
from holdtrue.catalog.errors import Conflict
from holdtrue.catalog.events import append_events
from holdtrue.catalog.records import AlarmRecord, ReadingRecord, WatchRecord
from holdtrue.catalog.tables import watch_readings as readings
from holdtrue.catalog.tables import watches as table
from holdtrue.foundation import Event


class Watches:
    """States of watches by key."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def load(self, key: str) -> WatchRecord | None:
        """Return how far a watch came; None if it was never saved."""
        with self._database.read() as connection:
            row = connection.execute(select(table).where(table.c.key == key)).first()
        return None if row is None else WatchRecord(**row._mapping)

    def save(
        self,
        key: str,
        state: bytes,
        position: bytes,
        alarms: Sequence[AlarmRecord] = (),
        events: Sequence[Event] = (),
        *,
        expected_revision: int | None = None,
        superseded: tuple[int, str] | None = None,
        changed: Mapping[str, str] = MappingProxyType({}),
        resolved: Mapping[str, str] = MappingProxyType({}),
        reading: ReadingRecord | None = None,
    ) -> WatchRecord:
        """Save a watch's state and position, alarms and events: all of it or nothing, in one transaction.

        Args:
            key: which watch.
            state: what its detectors know.
            position: how far in the log they came to know it.
            alarms: entered; one that is there gets its new evidence and keeps its status.
            events: recorded; those recorded already are left alone.
            expected_revision: save only over this revision (0: was never saved), so that two processes that
                watch the same cannot both count the same rows.
            superseded: an epoch and a reason: alarms of this watch from earlier epochs that are still open are so no
                longer.
            changed: alarms, those entered by this very call too, that are changing, each with how.
            resolved: alarms, those entered by this very call too, that are open no longer, each with a reason.
            reading: the stretch of the log that this state comes of; one of the same place is replaced.

        Raises:
            Conflict: another process saved the watch meanwhile.
        """
        with self._database.write() as connection:
            known = connection.scalar(select(table.c.revision).where(table.c.key == key))
            if expected_revision is not None and (known or 0) != expected_revision:
                message = f"watch {key} is at revision {known or 0}, not {expected_revision}"
                raise Conflict(message, hint="another process watches the same: load it again")
            saved = WatchRecord(key=key, state=state, position=position, revision=(known or 0) + 1)
            values = {name: getattr(saved, name) for name in saved.__struct_fields__}
            if known is None:
                connection.execute(insert(table).values(values))
            else:
                connection.execute(update(table).where(table.c.key == key).values(values))
            if reading is not None:
                same = (readings.c.key == key) & (readings.c.place == reading.place)
                connection.execute(delete(readings).where(same))
                connection.execute(insert(readings).values(key=key, place=reading.place, body=reading.body))
            for alarm in alarms:
                put_alarm(connection, alarm)
            if superseded is not None:
                supersede_alarms(connection, key, *superseded)
            change_alarms(connection, changed)
            resolve_alarms(connection, resolved)
            append_events(connection, events)
        return saved

    def readings(self, key: str) -> list[ReadingRecord]:
        """Return which stretches of the log a watch read, in their order."""
        query = select(readings.c.place, readings.c.body).where(readings.c.key == key).order_by(readings.c.place)
        with self._database.read() as connection:
            return [ReadingRecord(**row._mapping) for row in connection.execute(query)]

    def last_reading(self, key: str) -> ReadingRecord | None:
        """Return the stretch of the log that a watch read last; None if that was never recorded."""
        newest = select(readings.c.place, readings.c.body).where(readings.c.key == key)
        with self._database.read() as connection:
            row = connection.execute(newest.order_by(readings.c.place.desc()).limit(1)).first()
        return None if row is None else ReadingRecord(**row._mapping)
