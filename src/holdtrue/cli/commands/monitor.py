"""The group `monitor`; its commands stand in modules of their own."""

from __future__ import annotations

import typer

from holdtrue.cli.commands import monitor_rehearsal
from holdtrue.cli.options import group


def register(app: typer.Typer) -> None:
    """Add the commands."""
    monitor = group("What watching would say, before it is live.\n\nExample: holdtrue monitor rehearse")
    monitor_rehearsal.register(monitor)
    app.add_typer(monitor, name="monitor")
