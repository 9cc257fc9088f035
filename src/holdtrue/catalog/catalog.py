"""The catalog: an index of what the store holds, the few pointers, and the record of events."""

from __future__ import annotations

from sqlalchemy import delete

from holdtrue.catalog import tables
from holdtrue.catalog.alarms import Alarms
from holdtrue.catalog.aliases import Aliases
from holdtrue.catalog.data import DataVersions
from holdtrue.catalog.database import Database
from holdtrue.catalog.events import Events
from holdtrue.catalog.intents import Intents
from holdtrue.catalog.leases import Leases
from holdtrue.catalog.runs import Runs
from holdtrue.catalog.steps import Steps
from holdtrue.catalog.versions import ModelVersions
from holdtrue.catalog.watches import Watches


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

    `data`, `versions`, `runs` and `steps` are the index, which can be made again from the store. `aliases`, `events`,
    `alarms`, `watches`, `intents`, `leases` and the numbers of versions are kept here alone.
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

    def clear_index(self) -> None:
        """Empty the index before it is made again; pointers, events and the numbers of versions stay."""
        with self._database.write() as connection:
            for table in (tables.data_versions, tables.model_versions, tables.runs, tables.steps):
                connection.execute(delete(table))

    def close(self) -> None:
        """Close every connection; the next use opens new ones."""
        self._database.close()
