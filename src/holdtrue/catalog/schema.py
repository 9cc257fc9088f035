"""Brings a database's tables to the form that this release uses."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, inspect, select

from holdtrue.catalog.aliases import start_counting
from holdtrue.catalog.database import Database
from holdtrue.catalog.tables import metadata
from holdtrue.foundation import EnvironmentFailed

HEAD = "0002"
"""The newest migration: the format number of a catalog."""
KNOWN = ("0001", "0002")
MIGRATIONS = Path(__file__).parent / "migrations"

_mark = Table(
    "alembic_version",
    MetaData(),
    Column("version_num", String(32), nullable=False),
    PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
)


def bring_up(database: Database) -> None:
    """Make the tables, or migrate them, or do nothing if they are up to date: then at the price of one query.

    Raises:
        EnvironmentFailed: a later release wrote the catalog, or it is someone else's database.
    """
    with database.read() as connection:
        present = revision(connection)
    if present == HEAD:
        return
    database.use_wal()
    with database.write() as connection:
        present = revision(connection)  # another process may have been quicker
        if present is None:
            _create(connection)
        elif present not in KNOWN:
            message = f"the catalog {database.url.database} has format {present}; this release knows up to {HEAD}"
            raise EnvironmentFailed(message, hint="use the holdtrue release that wrote it, or a later one")
        elif present != HEAD:
            migrate(connection)


def revision(connection: Connection) -> str | None:
    """Return the migration that the tables stand at; None in an empty database."""
    names = inspect(connection).get_table_names()
    if _mark.name in names:
        return str(connection.execute(select(_mark.c.version_num)).scalar_one())
    if names:
        raise EnvironmentFailed("this database holds tables that are not a catalog's", hint="give the catalog its own")
    return None


def migrate(connection: Connection) -> None:
    """Run the migrations that are missing, within the connection's transaction."""
    # Alembic costs half a second to import: only here, where there is something to migrate.
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    scripts = ScriptDirectory(str(MIGRATIONS))
    # The recipe of EnvironmentContext's own documentation, which needs neither alembic.ini nor env.py.
    steps = EnvironmentContext(Config(), scripts, fn=lambda present, _: scripts._upgrade_revs("head", present))
    with steps:
        steps.configure(connection=connection, render_as_batch=True)
        steps.run_migrations()


def _create(connection: Connection) -> None:
    # The same tables as all migrations in turn would give (a test compares them), without Alembic.
    metadata.create_all(connection)
    start_counting(connection)
    _mark.create(connection)
    connection.execute(_mark.insert().values(version_num=HEAD))
