"""Tables and migrations say the same; what is not ours, or newer than us, is refused."""

import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory
from sqlalchemy import make_url

from holdtrue.catalog import Catalog, open_catalog
from holdtrue.catalog.database import Database
from holdtrue.catalog.schema import HEAD, KNOWN, MIGRATIONS, bring_up, migrate
from holdtrue.foundation import EnvironmentFailed, StoreDamaged, WrongUse


def schema(path: Path) -> list[tuple[str, str]]:
    with sqlite3.connect(path) as connection:
        rows = connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name").fetchall()
        rows += connection.execute("SELECT name, value FROM counters").fetchall()
        rows += connection.execute("SELECT 'format', version_num FROM alembic_version").fetchall()
    connection.close()
    return [(name, " ".join(str(sql).split())) for name, sql in rows]


def test_all_migrations_give_the_tables_that_a_new_catalog_gets(tmp_path: Path) -> None:
    open_catalog(tmp_path / "new.db").close()
    migrated = Database(make_url(f"sqlite:///{tmp_path}/migrated.db"))
    with migrated.write() as connection:
        migrate(connection)
    migrated.close()
    assert schema(tmp_path / "migrated.db") == schema(tmp_path / "new.db")


def test_the_newest_migration_is_the_one_the_code_knows() -> None:
    scripts = ScriptDirectory(str(MIGRATIONS))
    assert scripts.get_heads() == [HEAD]
    assert sorted(script.revision for script in scripts.walk_revisions()) == sorted(KNOWN)


def test_a_failed_migration_changes_nothing(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "c.db") as connection:
        connection.execute("CREATE TABLE leases (name TEXT)")  # the last table that the migration makes
    connection.close()
    database = Database(make_url(f"sqlite:///{tmp_path}/c.db"))
    with pytest.raises(EnvironmentFailed, match="leases"), database.write() as connection:
        migrate(connection)
    database.close()
    with sqlite3.connect(tmp_path / "c.db") as connection:
        assert connection.execute("SELECT name FROM sqlite_master").fetchall() == [("leases",)]
    connection.close()


def test_opening_a_catalog_that_is_up_to_date_imports_no_alembic(tmp_path: Path) -> None:
    code = "import sys, holdtrue.catalog as c; c.open_catalog(sys.argv[1]); print('alembic' in sys.modules)"
    for _ in ("new", "there"):
        done = subprocess.run([sys.executable, "-c", code, str(tmp_path / "c.db")], capture_output=True, text=True)
        assert done.stdout.strip() == "False", done.stderr


def test_a_later_format_is_refused(tmp_path: Path) -> None:
    open_catalog(tmp_path / "c.db").close()
    with sqlite3.connect(tmp_path / "c.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.close()
    with pytest.raises(EnvironmentFailed, match="9999"):
        open_catalog(tmp_path / "c.db")


def test_someone_elses_database_is_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "c.db") as connection:
        connection.execute("CREATE TABLE theirs (x)")
    connection.close()
    with pytest.raises(EnvironmentFailed, match="not a catalog"):
        open_catalog(tmp_path / "c.db")


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "c.db").write_bytes(b"not a database at all, but long enough to have a header" * 20)
    with pytest.raises(StoreDamaged, match=r"c\.db"):
        open_catalog(tmp_path / "c.db")


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///:memory:", "mysql://host/db", "no such://address", "://"])
def test_an_address_that_no_one_knows(address: str) -> None:
    with pytest.raises(WrongUse):
        open_catalog(address)


def test_a_path_is_taken_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "50% of what? #1" / "c.db"
    open_catalog(path).leases.acquire("loop", "me", ttl=1, now=0)
    assert path.stat().st_size > 0
    assert not open_catalog(str(path)).leases.acquire("loop", "you", ttl=1, now=0)


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(EnvironmentFailed):
        open_catalog(tmp_path / "file" / "c.db")


def test_readers_and_the_writer_work_side_by_side(tmp_path: Path) -> None:
    catalog = open_catalog(tmp_path / "c.db")
    catalog.versions.add("house", "a", 1, "r", True, {})
    database = Database(make_url(f"sqlite:///{tmp_path}/c.db"))
    bring_up(database)
    with database.write() as connection:
        connection.exec_driver_sql("DELETE FROM model_versions")
        assert len(catalog.versions.list()) == 1
        assert catalog.aliases.generation() == 0
    assert catalog.versions.list() == ()
    assert Catalog(database).versions.models() == ()
