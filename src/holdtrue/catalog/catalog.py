"""The catalog: an index of what the store holds, the few pointers, and the record of events."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct
from sqlalchemy import bindparam, delete, select

from holdtrue.catalog import tables
from holdtrue.catalog.alarms import Alarms
from holdtrue.catalog.aliases import Aliases
from holdtrue.catalog.data import DataVersions, enter_data
from holdtrue.catalog.database import Database
from holdtrue.catalog.events import Events, append_events
from holdtrue.catalog.intents import Intents
from holdtrue.catalog.leases import Leases
from holdtrue.catalog.records import DataRecord, RunRecord, VersionRecord
from holdtrue.catalog.runs import Runs, enter_run
from holdtrue.catalog.steps import Steps
from holdtrue.catalog.versions import ModelVersions, enter_version
from holdtrue.catalog.watches import Watches
from holdtrue.foundation import Event


class Index(Struct, frozen=True):
    """What an index is made of: numbers are given when it is entered, so runs are made once those of data are known."""

    data: Sequence[DataRecord] = ()
    versions: Sequence[VersionRecord] = ()
    runs: Callable[[Mapping[str, DataRecord]], Sequence[RunRecord]] = lambda data: ()


class Catalog:
    """Small repositories over one database, all giving frozen structs.

    What holds on every database:

    - **Durability.** When a call that writes has returned, what it wrote survives the death of process and machine.
    - **All or nothing.** Each call is one transaction; one that raises has changed nothing.
    - **Sharing.** Many processes and threads may use a catalog at once. Writers wait for each other; readers wait for
      no one and see each transaction whole or not at all.
    - **Repetition.** Adding what is there already changes nothing and returns it, so every step can be repeated.
    - **Errors.** `UnknownReference`, `Conflict`, `NoSpace`, `StoreDamaged`, `EnvironmentFailed`; never the database
      library's own.

    `data`, `versions` and the `runs` that registered one are the index, which can be made again from the store;
    `steps` is a cache. `aliases`, `events`, `alarms`, `watches`, `intents`, `leases`, other runs and the numbers of
    versions are kept here alone.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.data = DataVersions(database)
        self.versions = ModelVersions(database)
        self.runs = Runs(database)
        self.aliases = Aliases(database)
        self.events = Events(database)
        self.steps = Steps(database)
        self.watches = Watches(database)
        self.alarms = Alarms(database)
        self.intents = Intents(database)
        self.leases = Leases(database)

    def register(
        self, version: VersionRecord, run: RunRecord, event: Callable[[VersionRecord], Event]
    ) -> VersionRecord:
        """Enter a version, the end of the run that made it and the event that says so: all of it or nothing.

        Args:
            version: its number is given here, whatever it says.
            run: as it ended.
            event: gives the event for the version as it was entered.
        """
        with self._database.write() as connection:
            entered = enter_version(connection, version)
            enter_run(connection, run)
            append_events(connection, (event(entered),))
        return entered

    def refill_index(self, gather: Callable[[], Index]) -> None:
        """Put an index in the place of the present one, in one transaction: a reader sees the old or the new one.

        Pointers, events, steps, the numbers of versions, and runs that registered nothing (or not yet) stay. So does
        what others enter while it is gathered.

        Args:
            gather: gives what the index shall hold. What it raises leaves the present one as it is.
        """
        replaced = (tables.data_versions, tables.model_versions, tables.runs)
        with self._database.read() as connection:
            before = [connection.scalars(select(table.c.id)).all() for table in replaced]
        index = gather()
        with self._database.write() as connection:
            for table, ids in zip(replaced, before, strict=True):
                condition = table.c.id == bindparam("old")
                if table is tables.runs:
                    condition &= table.c.version_id.is_not(None)
                if ids:
                    connection.execute(delete(table).where(condition), [{"old": each} for each in ids])
            data = {each.id: enter_data(connection, each) for each in index.data}
            for version in index.versions:
                enter_version(connection, version)
            for run in index.runs(data):
                enter_run(connection, run)

    def close(self) -> None:
        """Close every connection; the next use opens new ones."""
        self._database.close()
