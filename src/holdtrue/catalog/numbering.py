"""Numbers of versions: `v12` is a name that this catalog gave, so it is a pointer and outlives a rebuild."""

from __future__ import annotations

from sqlalchemy import Connection, func, insert, select

from holdtrue.catalog.tables import numbers


def number_of(connection: Connection, kind: str, name: str, identity: str) -> int:
    """Return the number that an id has under a name; one seen for the first time gets the next, from 1.

    The connection must be in a writing transaction.
    """
    same = (numbers.c.kind == kind) & (numbers.c.name == name)
    known: int | None = connection.scalar(select(numbers.c.number).where(same, numbers.c.id == identity))
    if known is not None:
        return known
    last: int = connection.scalar(select(func.coalesce(func.max(numbers.c.number), 0)).where(same)) or 0
    connection.execute(insert(numbers).values(kind=kind, name=name, number=last + 1, id=identity))
    return last + 1
