"""Runs: trips down the training road."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from holdtrue.catalog.database import Database
from holdtrue.catalog.jsontext import from_text, to_text
from holdtrue.catalog.records import RunRecord
from holdtrue.catalog.tables import runs as table
from holdtrue.foundation import UnknownReference


class Runs:
    """The index of runs."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        id: str,  # noqa: A002
        model: str,
        started: int,
        *,
        why: str = "",
        data: Mapping[str, Any] | None = None,
    ) -> RunRecord:
        """Enter a run that begins; one that is there is returned as it is."""
        run = RunRecord(id=id, model=model, started=started, why=why, data=dict(data or {}))
        with self._database.write() as connection:
            row = connection.execute(select(table).where(table.c.id == id)).first()
            if row is None:
                values = {name: getattr(run, name) for name in run.__struct_fields__}
                connection.execute(insert(table).values({**values, "data": to_text(run.data)}))
                return run
        return _record(row)

    def finish(
        self,
        id: str,  # noqa: A002
        *,
        status: str,
        finished: int,
        version_id: str | None = None,
        data: Mapping[str, Any] | None = None,
    ) -> RunRecord:
        """Note how a run ended; `data`, if given, takes the place of what was noted when it began.

        Raises:
            UnknownReference: no such run.
        """
        values: dict[str, Any] = {"status": status, "finished": finished, "version_id": version_id}
        if data is not None:
            values["data"] = to_text(data)
        with self._database.write() as connection:
            connection.execute(update(table).where(table.c.id == id).values(values))
            row = connection.execute(select(table).where(table.c.id == id)).first()
        return _known(row, id)

    def end(self, run: RunRecord) -> RunRecord:
        """Note a run that has ended, whole: it is entered if it is not there, and else takes the place of what is."""
        with self._database.write() as connection:
            enter_run(connection, run)
        return run

    def get(self, id: str) -> RunRecord:  # noqa: A002
        """Return a run.

        Raises:
            UnknownReference: no such run.
        """
        with self._database.read() as connection:
            row = connection.execute(select(table).where(table.c.id == id)).first()
        return _known(row, id)

    def list(self, model: str | None = None) -> tuple[RunRecord, ...]:
        """Return a model's runs, or all, in the order they began."""
        query = select(table).order_by(table.c.started, table.c.id)
        if model is not None:
            query = query.where(table.c.model == model)
        with self._database.read() as connection:
            return tuple(_record(row) for row in connection.execute(query))


def enter_run(connection: Connection, run: RunRecord) -> None:
    """Enter a run within a writing transaction, in the place of what is noted under its id."""
    values = {**{name: getattr(run, name) for name in run.__struct_fields__}, "data": to_text(run.data)}
    if not connection.execute(update(table).where(table.c.id == run.id).values(values)).rowcount:
        connection.execute(insert(table).values(values))


def _known(row: Row[Any] | None, identity: str) -> RunRecord:
    if row is None:
        raise UnknownReference(f"no run {identity}", hint="`holdtrue log` shows the runs")
    return _record(row)


def _record(row: Row[Any]) -> RunRecord:
    values = dict(row._mapping)
    return RunRecord(**{**values, "data": from_text(values["data"])})
