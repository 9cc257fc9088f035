"""Model versions: `house-price:v12`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import Connection, Row, insert, select

from holdtrue.catalog.database import Database
from holdtrue.catalog.jsontext import from_text, to_text
from holdtrue.catalog.numbering import number_of
from holdtrue.catalog.records import VersionRecord
from holdtrue.catalog.tables import model_versions as table
from holdtrue.foundation import UnknownReference

_HINT = "`holdtrue models` shows what there is"


class ModelVersions:
    """The index of model versions."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def add(
        self,
        model: str,
        id: str,  # noqa: A002
        created: int,
        run_id: str,
        gate_passed: bool,
        metrics: Mapping[str, Any],
        recipe: str = "",
    ) -> VersionRecord:
        """Enter a model version and give it its model's next number; one that is there is returned as it is."""
        version = VersionRecord(
            id=id,
            model=model,
            number=0,
            created=created,
            run_id=run_id,
            gate_passed=gate_passed,
            metrics=dict(metrics),
            recipe=recipe,
        )
        with self._database.write() as connection:
            return enter_version(connection, version)

    def get(self, model: str, number: int | None = None) -> VersionRecord:
        """Return a model's version of a number, or its latest.

        Raises:
            UnknownReference: there is none.
        """
        query = select(table).where(table.c.model == model).order_by(table.c.number.desc()).limit(1)
        if number is not None:
            query = query.where(table.c.number == number)
        with self._database.read() as connection:
            row = connection.execute(query).first()
        if row is None:
            what = f"no version {model}:v{number}" if number is not None else f"no version of a model {model}"
            raise UnknownReference(what, hint=_HINT)
        return _record(row)

    def by_id(self, id: str) -> VersionRecord:  # noqa: A002
        """Return the model version of an id.

        Raises:
            UnknownReference: there is none.
        """
        with self._database.read() as connection:
            row = connection.execute(select(table).where(table.c.id == id)).first()
        if row is None:
            raise UnknownReference(f"no model version {id}", hint=_HINT)
        return _record(row)

    def list(self, model: str | None = None) -> tuple[VersionRecord, ...]:
        """Return a model's versions, or all, by model and number."""
        query = select(table).order_by(table.c.model, table.c.number)
        if model is not None:
            query = query.where(table.c.model == model)
        with self._database.read() as connection:
            return tuple(_record(row) for row in connection.execute(query))

    def of_recipe(self, model: str, recipe: str) -> tuple[VersionRecord, ...]:
        """Return a model's versions that a recipe gave, the newest first."""
        query = select(table).where(table.c.model == model, table.c.recipe == recipe).order_by(table.c.number.desc())
        with self._database.read() as connection:
            return tuple(_record(row) for row in connection.execute(query))

    def models(self) -> tuple[str, ...]:
        """Return the names of the models that have versions, sorted."""
        with self._database.read() as connection:
            return tuple(connection.scalars(select(table.c.model).distinct().order_by(table.c.model)))


def enter_version(connection: Connection, version: VersionRecord) -> VersionRecord:
    """Enter a version within a writing transaction; it gets its number here. One that is there stays as it is."""
    row = connection.execute(select(table).where(table.c.id == version.id)).first()
    if row is not None:
        return _record(row)
    entered = msgspec.structs.replace(version, number=number_of(connection, "model", version.model, version.id))
    values = {name: getattr(entered, name) for name in entered.__struct_fields__}
    connection.execute(insert(table).values({**values, "metrics": to_text(entered.metrics)}))
    return _record(connection.execute(select(table).where(table.c.id == version.id)).one())


def _record(row: Row[Any]) -> VersionRecord:
    values = dict(row._mapping)
    return VersionRecord(**{**values, "metrics": from_text(values["metrics"])})
