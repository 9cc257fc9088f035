"""Alarms: what watches found, and what became of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from holdtrue.catalog.database import Database
from holdtrue.catalog.jsontext import from_text, to_text
from holdtrue.catalog.records import AlarmRecord
from holdtrue.catalog.tables import alarms as table
from holdtrue.foundation import UnknownReference

GOING_ON = ("open", "changing")
"""What alarms are that nothing has ended yet."""


class Alarms:
    """The alarms of all watches; new ones come in by `Watches.save`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def list(self, model: str | None = None, status: str | Collection[str] | None = None) -> tuple[AlarmRecord, ...]:
        """Return the alarms of a model, of a status or of one of several, or all, in the order they were raised."""
        query = select(table).order_by(table.c.raised_at, table.c.id)
        if model is not None:
            query = query.where(table.c.model == model)
        if status is not None:
            query = query.where(table.c.status.in_([status] if isinstance(status, str) else [*status]))
        with self._database.read() as connection:
            return tuple(_record(row) for row in connection.execute(query))

    def get(self, id: str) -> AlarmRecord:  # noqa: A002
        """Return an alarm.

        Raises:
            UnknownReference: no such alarm.
        """
        with self._database.read() as connection:
            row = connection.execute(select(table).where(table.c.id == id)).first()
        return _known(row, id)

    def set_status(self, id: str, status: str, why: str = "") -> AlarmRecord:  # noqa: A002
        """Say what became of an alarm: `superseded`, `accepted`, `resolved`, or `open` again.

        Raises:
            UnknownReference: no such alarm.
        """
        with self._database.write() as connection:
            connection.execute(update(table).where(table.c.id == id).values(status=status, why=why))
            row = connection.execute(select(table).where(table.c.id == id)).first()
        return _known(row, id)


def put_alarm(connection: Connection, alarm: AlarmRecord) -> None:
    """Enter an alarm within a writing transaction; one that is there gets the new evidence and keeps its status."""
    values = {name: getattr(alarm, name) for name in alarm.__struct_fields__ if name != "group"}
    values |= {"quantity_group": alarm.group, "data": to_text(alarm.data)}
    later = {name: value for name, value in values.items() if name not in ("id", "status", "why")}
    # A person may have accepted it while the watch was still gathering evidence: that decision stands.
    if not connection.execute(update(table).where(table.c.id == alarm.id).values(later)).rowcount:
        connection.execute(insert(table).values(values))


def supersede_alarms(connection: Connection, watch: str, epoch: int, why: str) -> None:
    """Mark a watch's open alarms from before an epoch as superseded, within a writing transaction."""
    older = (table.c.watch == watch) & (table.c.epoch < epoch) & table.c.status.in_(GOING_ON)
    connection.execute(update(table).where(older).values(status="superseded", why=why))


def resolve_alarms(connection: Connection, resolved: Mapping[str, str]) -> None:
    """Mark alarms that are open as resolved, each with a reason, within a writing transaction."""
    for identity, why in resolved.items():
        still = (table.c.id == identity) & table.c.status.in_(GOING_ON)
        connection.execute(update(table).where(still).values(status="resolved", why=why))


def change_alarms(connection: Connection, changed: Mapping[str, str]) -> None:
    """Mark alarms that are open as changing, each with how, within a writing transaction."""
    for identity, why in changed.items():
        still = (table.c.id == identity) & (table.c.status == "open")
        connection.execute(update(table).where(still).values(status="changing", why=why))


def _known(row: Row[Any] | None, identity: str) -> AlarmRecord:
    if row is None:
        raise UnknownReference(f"no alarm {identity}", hint="`holdtrue alarms` shows them")
    return _record(row)


def _record(row: Row[Any]) -> AlarmRecord:
    values = dict(row._mapping)
    values["group"] = values.pop("quantity_group")
    return AlarmRecord(**{**values, "data": from_text(values["data"])})
