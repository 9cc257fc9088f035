"""Data versions: `sales@3`."""

from __future__ import annotations

import msgspec
from sqlalchemy import Connection, insert, select

from holdtrue.catalog.database import Database
from holdtrue.catalog.numbering import number_of
from holdtrue.catalog.records import DataRecord
from holdtrue.catalog.tables import data_versions as table
from holdtrue.foundation import UnknownReference


class DataVersions:
    """The index of data versions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(self, name: str, id: str, created: int, rows: int) -> DataRecord:  # noqa: A002
        """Enter a data version and give it the next number of its name; one that is there is returned as it is."""
        with self._database.write() as connection:
            return enter_data(connection, DataRecord(id=id, name=name, number=0, created=created, rows=rows))

    def get(self, name: str, number: int | None = None) -> DataRecord:
        """Return `name@number`, or the latest of the name.

        Raises:
            UnknownReference: there is none.
        """
        query = select(table).where(table.c.name == name).order_by(table.c.number.desc()).limit(1)
        if number is not None:
            query = query.where(table.c.number == number)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            version = f"{name}@{'latest' if number is None else number}"
            raise UnknownReference(f"no data version {version}", hint="`holdtrue data list` shows what there is")
        return DataRecord(**row._mapping)

    def by_id(self, id: str) -> DataRecord:  # noqa: A002
        """Return the data version of an id.

        Raises:
            UnknownReference: there is none.
        """
        with self._database.read() as connection:
            row = connection.execute(select(table).where(table.c.id == id)).first()
        if row is None:
            raise UnknownReference(f"no data version {id}", hint="`holdtrue data list` shows what there is")
        return DataRecord(**row._mapping)

    def list(self, name: str | None = None) -> tuple[DataRecord, ...]:
        """Return the data versions of a name, or all, by name and number."""
        query = select(table).order_by(table.c.name, table.c.number)
        if name is not None:
            query = query.where(table.c.name == name)
        with self._database.read() as connection:
            return tuple(DataRecord(**row._mapping) for row in connection.execute(query))


def enter_data(connection: Connection, data: DataRecord) -> DataRecord:
    """Enter a data version within a writing transaction; it gets its number here. One that is there stays as it is."""
    row = connection.execute(select(table).where(table.c.id == data.id)).first()
    if row is not None:
        return DataRecord(**row._mapping)
    entered = msgspec.structs.replace(data, number=number_of(connection, "data", data.name, data.id))
    connection.execute(insert(table).values({name: getattr(entered, name) for name in entered.__struct_fields__}))
    return entered
