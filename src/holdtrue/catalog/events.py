"""The record of events: each carries the hash of all before it, so that what was written stays written."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from sqlalchemy import Connection, func, insert, select, update

from holdtrue.catalog.database import Database
from holdtrue.catalog.errors import Conflict
from holdtrue.catalog.records import ChainVerdict
from holdtrue.catalog.tables import chain
from holdtrue.catalog.tables import events as table
from holdtrue.foundation import Event, StoreDamaged, canonical, digest

_decoder = msgspec.json.Decoder(Event)
_CHAIN = "events"
_START = ""


class Events:
    """The record of what happened, in the order it was recorded. Nothing in it is changed or removed."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def append(self, event: Event) -> None:
        """Record an event; the same one again changes nothing.

        Raises:
            Conflict: another event of the same id is recorded.
        """
        with self._database.write() as connection:
            append_events(connection, (event,))

    def list(
        self,
        model: str | None = None,
        since: int | None = None,
        kind: str | None = None,
        limit: int | None = None,
        *,
        after: str | None = None,
    ) -> tuple[Event, ...]:
        """Return events in the order they were recorded.

        Args:
            model: only those of a model.
            since: only those recorded at this time or later, in microseconds.
            kind: only those of a kind.
            limit: at most so many: the last ones, or with `after` the next ones.
            after: only those recorded after the event of this id; all if it is empty or unknown.

        Raises:
            StoreDamaged: someone wrote into the record what is no event.
        """
        query = select(table.c.body)
        for column, wanted in ((table.c.model, model), (table.c.kind, kind)):
            if wanted is not None:
                query = query.where(column == wanted)
        if since is not None:
            query = query.where(table.c.at >= since)
        if after is not None:
            last = select(func.coalesce(func.max(table.c.place), 0)).where(table.c.id == after).scalar_subquery()
            query = query.where(table.c.place > last)
        backwards = limit is not None and after is None
        query = query.order_by(table.c.place.desc() if backwards else table.c.place)
        with self._database.read() as connection:
            bodies = connection.scalars(query.limit(limit)).all()
        try:
            return tuple(_decoder.decode(body) for body in (reversed(bodies) if backwards else bodies))
        except msgspec.MsgspecError as error:
            message = f"the record of events holds what is no event: {error}"
            raise StoreDamaged(message, hint="`holdtrue events verify` names the first that was changed") from error

    def verify(self) -> ChainVerdict:
        """Compute every hash again and say whether the record is as it was written.

        The hash of an event is BLAKE3 of the hash before it (64 letters; none before the first) and the event's
        canonical JSON.
        """
        previous, count, bad = _START, 0, ""
        columns = (table.c.place, table.c.id, table.c.model, table.c.kind, table.c.at, table.c.body, table.c.hash)
        with self._database.read() as connection:
            expected = connection.execute(select(chain.c.events, chain.c.hash).where(chain.c.name == _CHAIN)).first()
            for place, identity, model, kind, at, body, kept in connection.execute(
                select(*columns).order_by(table.c.place)
            ):
                count += 1
                # Someone's own SQL may have left text where bytes were written.
                fits = place == count and isinstance(body, bytes) and chained(previous, body) == kept
                if not bad and not (fits and _same(body, identity, model, kind, at)):
                    bad = identity
                previous = kept
        if bad:
            message = f"the record of events was changed: event {bad} does not fit what stands before it"
        elif (count, previous) != (tuple(expected) if expected else (0, _START)):
            message = (
                f"the record of events was changed: {count} are there, and the last of them was not the last written"
            )
        else:
            return ChainVerdict(
                intact=True, events=count, head=previous, first_bad="", message=f"{count} events, intact"
            )
        return ChainVerdict(intact=False, events=count, head=previous, first_bad=bad, message=message)


def append_events(connection: Connection, events: Sequence[Event]) -> None:
    """Record events within a writing transaction."""
    if not events:
        return
    row = connection.execute(select(chain.c.events, chain.c.hash).where(chain.c.name == _CHAIN)).first()
    count, previous = (row.events, row.hash) if row else (0, _START)
    for event in events:
        body = canonical(event)
        known = connection.scalar(select(table.c.body).where(table.c.id == event.id))
        if known is not None:
            if known != body:
                raise Conflict(f"another event {event.id} is recorded", hint="give each event an id of its own")
            continue
        count, previous = count + 1, chained(previous, body)
        values = {"place": count, "id": event.id, "model": event.model, "kind": event.kind, "at": event.at}
        connection.execute(insert(table).values(**values, body=body, hash=previous))
    if row:
        connection.execute(update(chain).where(chain.c.name == _CHAIN).values(events=count, hash=previous))
    else:
        connection.execute(insert(chain).values(name=_CHAIN, events=count, hash=previous))


def chained(previous: str, body: bytes) -> str:
    """Return the hash of an event's canonical JSON after the hash that stands before it."""
    return digest(previous.encode() + body)


def _same(body: bytes, identity: str, model: str, kind: str, at: int) -> bool:
    try:
        event = _decoder.decode(body)
    except msgspec.MsgspecError:
        return False
    return (event.id, event.model, event.kind, event.at) == (identity, model, kind, at)
