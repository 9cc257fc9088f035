"""Progress is told to whoever listens; the library itself never prints."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Hears how long work is coming along. Calls come from the thread that works."""

    def start(self, step: str, total: int | None = None) -> None:
        """A step begins; `total` is its number of units where known."""
        ...

    def advance(self, units: int = 1) -> None:
        """So many units of the present step are done."""
        ...

    def finish(self, outcome: str = "") -> None:
        """The present step is done; `outcome` says in a few words what came of it."""
        ...


class Silent:
    """Listens to nothing."""

    def start(self, step: str, total: int | None = None) -> None:
        """Ignore."""

    def advance(self, units: int = 1) -> None:
        """Ignore."""

    def finish(self, outcome: str = "") -> None:
        """Ignore."""


SILENT: Progress = Silent()
