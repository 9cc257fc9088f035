"""Connections and transactions: one writer at a time, readers never in its way, faults in our own words."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import ConnectionPoolEntry

from holdtrue.foundation import EnvironmentFailed, HoldtrueError, NoSpace, StoreDamaged, WrongUse

PATIENCE = 60.0
"""Seconds that a writer waits for the others before it gives up."""
_BEGIN = "holdtrue_begin"
# A full disk is SQLITE_FULL; a limit on files, and a disk too full to map memory on, come as these.
_NO_ROOM = ("SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE")
_CLOSED = ("SQLITE_READONLY", "SQLITE_CANTOPEN", "SQLITE_PERM")
_GENERATION = "SELECT value FROM counters WHERE name = 'aliases'"


class Database:
    """A pool of connections that threads and forked processes may use; `read` and `write` are its transactions."""

    def __init__(self, url: URL) -> None:
        self.url = url
        self._process = os.getpid()
        self._engine = _engine(url)
        self._writing = self._engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"})
        self._poll_lock = threading.Lock()
        self._poll: Any = None
        self._inherited: list[Any] = []

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Open a transaction that sees one state of the database throughout."""
        self._own()
        with self._faults(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Open a transaction that writes; it waits for other writers and is durable when the block ends.

        Raises:
            NoSpace: the disk is full; nothing of the transaction is kept.
            EnvironmentFailed: other writers took too long, or the file may not be written.
            StoreDamaged: the file is no database any more.
        """
        self._own()
        with self._faults(), self._writing.begin() as connection:
            yield connection

    def generation(self) -> int:
        """Return the counter of alias moves, by a connection of its own and without SQLAlchemy: in microseconds."""
        self._own()
        with self._faults(), self._poll_lock:
            if self._poll is None:
                pooled = self._engine.raw_connection()
                self._poll = pooled.driver_connection
                pooled.detach()
            cursor = self._poll.execute(_GENERATION)
            # Fetch to the end: an unfinished statement would go on showing the state of now.
            rows = cursor.fetchall()
        return int(rows[0][0])

    def use_wal(self) -> None:
        """Let readers and a writer work side by side; the setting stays in the file."""
        with self._faults(), self._engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            deadline = time.monotonic() + PATIENCE
            while driver.execute("PRAGMA journal_mode").fetchall() != [("wal",)]:
                try:
                    driver.execute("PRAGMA journal_mode = WAL").fetchall()
                except sqlite3.OperationalError as error:
                    # This one statement does not wait by itself for another process that sets the same.
                    if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                        raise
                    time.sleep(0.002)

    def close(self) -> None:
        """Close every connection; the next use opens new ones."""
        with self._poll_lock:
            if self._poll is not None and self._process == os.getpid():
                self._poll.close()
            self._poll = None
        self._engine.dispose(close=self._process == os.getpid())

    def _own(self) -> None:
        if self._process != os.getpid():
            # After a fork the parent's connections must be neither used nor closed here, not even as garbage.
            self._inherited += [self._poll, self._engine.pool]
            self._poll_lock = threading.Lock()
            self._poll = None
            self._engine.dispose(close=False)
            self._process = os.getpid()

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except DBAPIError as error:
            raise fault(error.orig, self.url) from error
        except sqlite3.Error as error:
            raise fault(error, self.url) from error


def fault(error: BaseException | None, url: URL) -> HoldtrueError:
    """Say what a database's error means to the user."""
    name = getattr(error, "sqlite_errorname", "")
    place = url.database or str(url)
    if name == "SQLITE_FULL":
        return NoSpace(f"no space left for the catalog {place}", hint="make room and try again; nothing was lost")
    if name in _NO_ROOM:
        hint = "make room, or raise the limit on the size of files, and try again; nothing was lost"
        return NoSpace(f"the catalog {place} cannot grow: {error}", hint=hint)
    if name.startswith(_CLOSED):
        hint = "check who may write there, or set catalog to another place"
        return WrongUse(f"the catalog {place} cannot be opened for writing: {error}", hint=hint)
    if name.startswith("SQLITE_BUSY"):
        return EnvironmentFailed(f"the catalog {place} stays locked", hint="does another process hold it? Try again")
    if name in ("SQLITE_CORRUPT", "SQLITE_NOTADB"):
        hint = "put a backup in its place, or move it away and run `holdtrue catalog rebuild`"
        return StoreDamaged(f"the catalog {place} is damaged: {error}", hint=hint)
    return EnvironmentFailed(f"the catalog {place} cannot be used: {error}", hint="check the file and its permissions")


def _engine(url: URL) -> Engine:
    engine = create_engine(url, connect_args={"timeout": PATIENCE}, max_overflow=-1)
    event.listen(engine, "connect", _set_up)
    event.listen(engine, "begin", _begin)
    return engine


def _set_up(connection: Any, _: ConnectionPoolEntry) -> None:
    # sqlite3 would begin transactions late and by itself; ours begin where the code says so.
    connection.isolation_level = None
    connection.execute("PRAGMA synchronous = FULL")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))
