"""The door: an address in, a catalog out."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from holdtrue.catalog.catalog import Catalog
from holdtrue.catalog.database import Database
from holdtrue.catalog.schema import bring_up
from holdtrue.foundation import EnvironmentFailed, WrongUse


def open_catalog(url: str | Path) -> Catalog:
    """Open the catalog at an address, `sqlite:///PATH` or the path itself; make or migrate it where that is needed.

    `sqlite:///catalog.db` is in the working folder, `sqlite:////data/catalog.db` is not.

    Raises:
        WrongUse: the address is of no kind that is known.
        EnvironmentFailed: a later release wrote it, or the file cannot be made.
        StoreDamaged: the file is no database.
    """
    address = str(url)
    try:
        # A path is taken as it is: a ? or % in it means nothing.
        parsed = make_url(address) if "://" in address else URL.create("sqlite", database=address)
    except ArgumentError as error:
        raise WrongUse(f"{address!r} is no address of a catalog", hint="write sqlite:///PATH") from error
    if parsed.get_backend_name() != "sqlite":
        raise WrongUse(f"no catalog is known for {parsed.get_backend_name()}:// addresses", hint="write sqlite:///PATH")
    if not parsed.database or parsed.database == ":memory:":
        raise WrongUse("a catalog must be a file, for other processes to see it", hint="write sqlite:///PATH")
    path = Path(parsed.database).absolute()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except PermissionError as error:
        raise WrongUse(f"{path.parent} cannot be made: {error.strerror}", hint="check who may write there") from error
    except OSError as error:
        raise EnvironmentFailed(f"{path.parent} cannot be made: {error.strerror}", hint="check the path") from error
    database = Database(parsed.set(database=str(path)))
    bring_up(database)
    return Catalog(database)
