"""The cache of steps: what a recipe gave when it was carried out."""

from __future__ import annotations

from sqlalchemy import insert, select, update

from holdtrue.catalog.database import Database
from holdtrue.catalog.tables import steps as table


class Steps:
    """Results of steps by recipe."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def get(self, recipe: str) -> str | None:
        """Return the id of the object that a recipe gave; None if it was not carried out yet."""
        with self._database.read() as connection:
            return connection.scalar(select(table.c.object_id).where(table.c.recipe == recipe))

    def put(self, recipe: str, object_id: str, at: int) -> None:
        """Note what a recipe gave; a later result takes the place of an earlier."""
        values = {"object_id": object_id, "at": at}
        with self._database.write() as connection:
            if not connection.execute(update(table).where(table.c.recipe == recipe).values(values)).rowcount:
                connection.execute(insert(table).values(recipe=recipe, **values))
