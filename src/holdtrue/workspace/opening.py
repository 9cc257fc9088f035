"""A user's project, opened: settings, store, catalog, log, and the models its code defines."""

from __future__ import annotations

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path

import polars as pl

from holdtrue.catalog import Catalog, open_catalog
from holdtrue.foundation import Clock, SystemClock
from holdtrue.monitors import WatchSettings
from holdtrue.pipeline import CapturedCode, Ground, capture_project, choose_model
from holdtrue.predictionlog import served_rows
from holdtrue.project import Model
from holdtrue.store import Store, open_store
from holdtrue.workspace.discovery import find_project
from holdtrue.workspace.settings import Settings, read_settings


class Workspace:
    """The one place where a project's parts are wired together; each is opened when it is first used.

    Args:
        root: the project's folder. settings: its settings. environ: the environment. clock: whose time it is.
    """

    def __init__(self, root: Path, settings: Settings, environ: Mapping[str, str], clock: Clock) -> None:
        self.root = root
        self.settings = settings
        self.clock = clock
        self._environ = dict(environ)

    @cached_property
    def store(self) -> Store:
        """Where bytes are kept."""
        return open_store(self._address(self.settings.store))

    @cached_property
    def catalog(self) -> Catalog:
        """Where records are kept."""
        scheme, separator, path = self.settings.catalog.partition("sqlite:///")
        if separator and not scheme and not Path(path).is_absolute():
            file = self.root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            return open_catalog(f"sqlite:///{file}")
        return open_catalog(self.settings.catalog)

    @property
    def log(self) -> Path:
        """The folder of the prediction log."""
        return self.root / self.settings.log

    @property
    def cache(self) -> Path:
        """A folder for what can be made again."""
        return self.root / ".holdtrue" / "cache"

    @property
    def ground(self) -> Ground:
        """What the training road is built on."""
        return Ground(self.root, self.store, self.catalog, self.clock, self.cache, self.served, self._environ)

    @property
    def watch_settings(self) -> WatchSettings:
        """How often the watches may cry wolf."""
        return WatchSettings(false_alarm_rows=self.settings.false_alarm_rows, tolerance=self.settings.tolerance)

    @property
    def person(self) -> str:
        """Who works here, for the record."""
        name = self._environ.get("HOLDTRUE_USER") or self._environ.get("USER") or self._environ.get("LOGNAME")
        return f"person:{name}" if name else "person"

    def captured(self) -> CapturedCode:
        """Capture the project's code as it is now and read its models."""
        return capture_project(self.ground)

    def model(self, name: str = "") -> Model:
        """Return the model of a name, or the only one."""
        return choose_model(self.captured().models, name)

    def served(self, model: str, target: str, fields: tuple[str, ...]) -> pl.DataFrame | None:
        """Return the answered rows of a model whose label has come, in contract form; None if there are none."""
        if not (self.log / model).is_dir():
            return None
        rows = served_rows(self.log, model, target=target, fields=fields)
        return rows if rows.height else None

    def close(self) -> None:
        """Give back what was opened."""
        if "catalog" in self.__dict__:
            self.catalog.close()

    def _address(self, url: str) -> str:
        return url if "://" in url or Path(url).is_absolute() else str(self.root / url)


def open_workspace(
    start: Path | None = None, *, environ: Mapping[str, str] | None = None, clock: Clock | None = None
) -> Workspace:
    """Open the project that `start` (the current folder by default) lies in.

    Raises:
        ProjectNotFound: there is none.
        WrongUse: its settings cannot be read.
    """
    environ = os.environ if environ is None else environ
    root = find_project(Path.cwd() if start is None else start)
    return Workspace(root, read_settings(root, environ), environ, clock or SystemClock())
