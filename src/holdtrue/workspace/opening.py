"""A user's project, opened: what it keeps, and the models that its code defines."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import polars as pl
from msgspec.structs import replace

from holdtrue.foundation import Clock
from holdtrue.monitors import WEIGHTS, WatchSettings
from holdtrue.monitors.rehearsal import Manner
from holdtrue.pipeline import CapturedCode, Ground, capture_project, choose_model
from holdtrue.predictionlog import Asked, LogReader, count_asked, served_rows
from holdtrue.project import Model
from holdtrue.workspace.archive import Archive, found_at


class Workspace(Archive):
    """The one place where a project's parts are wired together; each is opened when it is first used."""

    @property
    def ground(self) -> Ground:
        """What the training road is built on."""
        return Ground(
            self.root,
            self.store,
            self.catalog,
            self.clock,
            self.cache,
            self.served,
            self.asked,
            self.environ,
            own_places=self.own_places,
            watch=self.watch_settings_of,
            adopted=self.adopted,
        )

    @property
    def watch_settings(self) -> WatchSettings:
        """How often the watches may cry wolf."""
        rate, given = self.settings.rate, self.settings.weights
        return WatchSettings(
            false_alarm_rows=rate.rows,
            false_alarm_days=rate.days,
            weights=WEIGHTS | given,
            tolerance=self.settings.tolerance,
            labels_within=self.settings.labels_within,
            limits=self.settings.limits,
        )

    def watch_settings_of(self, model: str) -> WatchSettings:
        """Return how often the watches of a model may cry wolf, and about how little, as its own settings say."""
        own = self.settings.watch.get(model)
        found = self.watch_settings
        if own is None:
            return found
        tolerance = found.tolerance if own.tolerance is None else own.tolerance
        return replace(found, tolerance=tolerance, tolerances=own.tolerances)

    @property
    def adopted(self) -> dict[str, Manner]:
        """The season and block that the settings name, by model."""
        return {name: Manner(season=own.season, block=own.block) for name, own in self.settings.watch.items()}

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

    def asked(self, model: str, since: int | None) -> tuple[int, int, dict[str, int]]:
        """Count the live rows of a model, those refused, and by test those that failed it, since a moment of theirs."""
        found = count_asked(LogReader(self.log, model).all(), since) if (self.log / model).is_dir() else Asked()
        return found.rows, found.refused, found.failed


def open_workspace(
    start: Path | None = None, *, environ: Mapping[str, str] | None = None, clock: Clock | None = None
) -> Workspace:
    """Open the project that `start` (the current folder by default) lies in.

    Raises:
        ProjectNotFound: there is none.
        WrongUse: its settings cannot be read.
    """
    return Workspace(*found_at(start, environ, clock))
