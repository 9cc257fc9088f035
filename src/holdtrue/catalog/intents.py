"""Intents: reactions that were decided on and wait to be carried out."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import insert, select, update

from holdtrue.catalog.database import Database
from holdtrue.catalog.events import append_events
from holdtrue.catalog.records import IntentRecord
from holdtrue.catalog.tables import intents as table
from holdtrue.foundation import Event, UnknownReference


class Intents:
    """The loop's pending reactions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put(self, id: str, model: str, body: bytes) -> IntentRecord:  # noqa: A002
        """Enter an intent; one that is there and open gets the new body, a closed one stays as it is."""
        with self._database.write() as connection:
            row = connection.execute(select(table).where(table.c.id == id)).first()
            if row is None:
                connection.execute(insert(table).values(id=id, model=model, status="open", body=body))
            elif row.status == "open":
                connection.execute(update(table).where(table.c.id == id).values(body=body))
            else:
                return IntentRecord(**row._mapping)
        return IntentRecord(id=id, model=row.model if row else model, body=body)

    def list(self, model: str | None = None, status: str | None = "open") -> tuple[IntentRecord, ...]:
        """Return the intents of a model and status (None: of all), by id."""
        query = select(table).order_by(table.c.id)
        for column, wanted in ((table.c.model, model), (table.c.status, status)):
            if wanted is not None:
                query = query.where(column == wanted)
        with self._database.read() as connection:
            return tuple(IntentRecord(**row._mapping) for row in connection.execute(query))

    def close(self, id: str, status: str, events: Sequence[Event] = ()) -> None:  # noqa: A002
        """Say how an intent ended, such as `done`, `failed` or `dropped`, and record events, in one transaction.

        Raises:
            UnknownReference: no such intent.
        """
        with self._database.write() as connection:
            if not connection.execute(update(table).where(table.c.id == id).values(status=status)).rowcount:
                raise UnknownReference(f"no intent {id}", hint="`holdtrue policies` shows what waits")
            append_events(connection, events)
