"""Leases: who alone does a thing, until when."""

from __future__ import annotations

from sqlalchemy import delete, insert, select, update

from holdtrue.catalog.database import Database
from holdtrue.catalog.records import LeaseRecord
from holdtrue.catalog.tables import leases as table


class Leases:
    """Names that one holder has at a time; a holder that dies loses them when their time is over."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def acquire(self, name: str, holder: str, ttl: int, now: int) -> bool:
        """Take a name, or keep it longer, until `now + ttl` (microseconds); False if another holds it."""
        values = {"holder": holder, "expires": now + ttl}
        with self._database.write() as connection:
            row = connection.execute(select(table).where(table.c.name == name)).first()
            if row is None:
                connection.execute(insert(table).values(name=name, **values))
                return True
            free = bool(row.holder == holder or row.expires <= now)
            if free:
                connection.execute(update(table).where(table.c.name == name).values(values))
            return free

    def list(self) -> tuple[LeaseRecord, ...]:
        """Return all leases, those whose time is over too: their holder died."""
        with self._database.read() as connection:
            rows = connection.execute(select(table).order_by(table.c.name))
            return tuple(LeaseRecord(name=row.name, holder=row.holder, expires=row.expires) for row in rows)

    def release(self, name: str, holder: str) -> None:
        """Give a name up; one that another holds is left alone."""
        with self._database.write() as connection:
            connection.execute(delete(table).where(table.c.name == name, table.c.holder == holder))
