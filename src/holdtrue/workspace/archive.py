"""What a project keeps: its settings, and the store, catalog and log that they name."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

from holdtrue.catalog import Catalog, open_catalog
from holdtrue.foundation import Clock, SystemClock, UnknownReference
from holdtrue.store import Store, open_store
from holdtrue.workspace.discovery import find_project
from holdtrue.workspace.outputs import outputs_in
from holdtrue.workspace.settings import Settings, read_settings


class Archive:
    """A project's records and bytes; each is opened when it is first used, and nothing of its code is run.

    Args:
        root: the project's folder.
        settings: its settings.
        environ: the environment.
        clock: whose time it is.
    """

    def __init__(self, root: Path, settings: Settings, environ: Mapping[str, str], clock: Clock) -> None:
        self.root = root
        self.settings = settings
        self.clock = clock
        self.environ = dict(environ)

    @cached_property
    def store(self) -> Store:
        """Where bytes are kept."""
        return open_store(self.settings.store_at(self.root))

    @cached_property
    def catalog(self) -> Catalog:
        """Where records are kept."""
        catalog = open_catalog(self.settings.catalog_at(self.root))
        self._keep_from_git()
        return catalog

    def _keep_from_git(self) -> None:
        """Write into `.holdtrue` that git shall leave it alone, where nothing says so yet."""
        note = self.root / ".holdtrue" / ".gitignore"
        if note.parent.is_dir() and not note.exists():
            with contextlib.suppress(OSError):  # where nothing can be written, reading must still do
                note.write_text("*\n")

    @property
    def log(self) -> Path:
        """The folder of the prediction log."""
        return self.settings.log_at(self.root)

    @property
    def cache(self) -> Path:
        """A folder for what can be made again."""
        return self.root / ".holdtrue" / "cache"

    @property
    def own_places(self) -> tuple[Path, ...]:
        """Where holdtrue keeps things, and what its commands wrote: never a part of the project's code or data."""
        return (self.root / ".holdtrue", self.log, *self.settings.kept_at(self.root), *outputs_in(self.root))

    @property
    def person(self) -> str:
        """Who works here, for the record."""
        name = self.environ.get("HOLDTRUE_USER") or self.environ.get("USER") or self.environ.get("LOGNAME")
        return f"person:{name}" if name else "person"

    def close(self) -> None:
        """Give back what was opened."""
        if "catalog" in self.__dict__:
            self.catalog.close()


def open_archive(
    start: Path | None = None, *, environ: Mapping[str, str] | None = None, clock: Clock | None = None
) -> Archive:
    """Open what the project keeps that `start` (the current folder by default) lies in.

    Raises:
        ProjectNotFound: there is none.
        WrongUse: its settings cannot be read.
    """
    return Archive(*found_at(start, environ, clock))


def known_model(catalog: Catalog, name: str) -> str | None:
    """Return a model's name as the catalog knows it; None where none is named.

    Raises:
        UnknownReference: it has neither a version nor a run.
    """
    if not name:
        return None
    known = sorted({*catalog.versions.models(), *(run.model for run in catalog.runs.list())})
    if name not in known:
        raise UnknownReference(f"no model {name}", hint=f"there is: {', '.join(known)}" if known else "holdtrue run")
    return name


def found_at(
    start: Path | None, environ: Mapping[str, str] | None, clock: Clock | None
) -> tuple[Path, Settings, Mapping[str, str], Clock]:
    """Find a project and read its settings: what an archive is made of."""
    given = os.environ if environ is None else environ
    root = find_project(Path.cwd() if start is None else start)
    return root, read_settings(root, given), given, clock or SystemClock()
