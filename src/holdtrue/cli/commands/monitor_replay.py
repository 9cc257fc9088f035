"""monitor replay."""

from __future__ import annotations

import typer


def add_to(monitor: typer.Typer) -> None:
    """Add the command to its group."""
