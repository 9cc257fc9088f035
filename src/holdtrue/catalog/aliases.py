"""Aliases: the few pointers, each with the history of its moves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from holdtrue.catalog.database import Database
from holdtrue.catalog.errors import Conflict
from holdtrue.catalog.events import append_events
from holdtrue.catalog.records import AliasRecord
from holdtrue.catalog.tables import alias_moves as table
from holdtrue.catalog.tables import counters, model_versions
from holdtrue.foundation import Event, UnknownReference

_COUNTER = "aliases"


class Aliases:
    """Where `production`, `previous` and the user's own aliases point. A move is one row; the last one holds."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, model: str, alias: str) -> AliasRecord | None:
        """Return where an alias points; None if it was never moved."""
        with self._database.read() as connection:
            return _present(connection, model, alias)

    def move(
        self,
        model: str,
        alias: str,
        version_id: str,
        *,
        by: str,
        why: str,
        forced: bool,
        at: int,
        expected_epoch: int | None = None,
        events: Sequence[Event] = (),
        trailing: str = "",
    ) -> AliasRecord:
        """Point an alias at a version, and record events, in one transaction; a new epoch begins.

        Args:
            model: whose alias.
            alias: its name.
            version_id: of a version of that model.
            by: who or what moves it.
            why: the reason in words.
            forced: whether the version had not passed its gate.
            at: time of the move.
            expected_epoch: move only if the alias is still at this epoch (0: was never moved).
            events: recorded if and only if the alias moves.
            trailing: another alias, which is pointed at the version that this one leaves, if it leaves one.

        Raises:
            Conflict: the alias is at another epoch than expected.
            UnknownReference: the model has no such version.
        """
        with self._database.write() as connection:
            present = _present(connection, model, alias)
            epoch = present.epoch if present else 0
            if expected_epoch is not None and epoch != expected_epoch:
                message = f"alias {alias} of {model} is at epoch {epoch}, not {expected_epoch}"
                raise Conflict(message, hint="someone else moved it first: look where it points now")
            version = (model_versions.c.id == version_id) & (model_versions.c.model == model)
            number = connection.scalar(select(model_versions.c.number).where(version))
            if number is None:
                raise UnknownReference(
                    f"no version {version_id} of {model}", hint="`holdtrue models` shows what there is"
                )
            moved = AliasRecord(
                model=model,
                alias=alias,
                version_id=version_id,
                number=number,
                epoch=epoch + 1,
                moved_at=at,
                by=by,
                why=why,
                forced=forced,
            )
            _enter(connection, moved)
            if trailing and present is not None:
                _enter(connection, _left(connection, present, moved, trailing))
            _count(connection)
            append_events(connection, events)
        return moved

    def history(self, model: str, alias: str) -> tuple[AliasRecord, ...]:
        """Return every move of an alias, the first one first."""
        query = select(table).where(table.c.model == model, table.c.alias == alias).order_by(table.c.epoch)
        with self._database.read() as connection:
            return tuple(_record(row) for row in connection.execute(query))

    def list(self, model: str | None = None) -> tuple[AliasRecord, ...]:
        """Return where each alias of a model, or of all models, points, by name."""
        last = select(table.c.model, table.c.alias, func.max(table.c.epoch).label("epoch"))
        newest = last.group_by(table.c.model, table.c.alias).subquery()
        same = (table.c.model == newest.c.model) & (table.c.alias == newest.c.alias) & (table.c.epoch == newest.c.epoch)
        query = select(table).join(newest, same).order_by(table.c.model, table.c.alias)
        if model is not None:
            query = query.where(table.c.model == model)
        with self._database.read() as connection:
            return tuple(_record(row) for row in connection.execute(query))

    def generation(self) -> int:
        """Return a number that grows with every move of any alias. It costs microseconds: ask as often as you like."""
        return self._database.generation()


def start_counting(connection: Connection) -> None:
    """Set the counter of moves to zero in a new catalog."""
    connection.execute(insert(counters).values(name=_COUNTER, value=0))


def _left(connection: Connection, present: AliasRecord, moved: AliasRecord, trailing: str) -> AliasRecord:
    before = _present(connection, present.model, trailing)
    return AliasRecord(
        model=present.model,
        alias=trailing,
        version_id=present.version_id,
        number=present.number,
        epoch=1 if before is None else before.epoch + 1,
        moved_at=moved.moved_at,
        by=moved.by,
        why=f"in {present.alias} before v{moved.number}",
        forced=False,
    )


def _enter(connection: Connection, moved: AliasRecord) -> None:
    values = {name: getattr(moved, name) for name in moved.__struct_fields__ if name != "by"}
    connection.execute(insert(table).values(**values, moved_by=moved.by))


def _count(connection: Connection) -> None:
    connection.execute(update(counters).where(counters.c.name == _COUNTER).values(value=counters.c.value + 1))


def _present(connection: Connection, model: str, alias: str) -> AliasRecord | None:
    query = select(table).where(table.c.model == model, table.c.alias == alias).order_by(table.c.epoch.desc()).limit(1)
    row = connection.execute(query).first()
    return None if row is None else _record(row)


def _record(row: Row[Any]) -> AliasRecord:
    values = dict(row._mapping)
    return AliasRecord(by=values.pop("moved_by"), **values)
