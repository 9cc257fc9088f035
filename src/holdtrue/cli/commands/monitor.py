"""monitor: what watches do, by hand. Each command has a module of its own."""

from __future__ import annotations

import typer

from holdtrue.cli.commands import monitor_compare, monitor_rehearsal, monitor_replay
from holdtrue.cli.options import group


def register(app: typer.Typer) -> None:
    """Add the commands."""
    monitor = group(
        "Compare tables, watch a log again, rehearse.\n\nExample: holdtrue monitor compare last-year.parquet today.csv"
    )
    for module in (monitor_compare, monitor_replay, monitor_rehearsal):
        module.add_to(monitor)
    app.add_typer(monitor, name="monitor")
