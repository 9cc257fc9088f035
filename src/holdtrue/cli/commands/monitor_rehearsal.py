"""monitor rehearse, monitor adopt."""

from __future__ import annotations

from typing import Annotated

import typer

from holdtrue.cli.options import Json

Ref = Annotated[str, typer.Argument(help="NAME[:vN|:ALIAS|:HASH]; by default the newest version.")]


def add_to(monitor: typer.Typer) -> None:
    """Add the commands."""
    monitor.command()(rehearse)
    monitor.command()(adopt)


def rehearse(ref: Ref = "latest", json: Json = False) -> None:
    """What watching a version would have said of history.

    Each run rehearses the watch of its version over history, in its own order: how many alarms there would have been,
    and the simplest season and block for which it is silent. This shows it again, with all that was tried.

    Example: holdtrue monitor rehearse bikes:v1
    """
    from holdtrue.cli.output import print_json
    from holdtrue.cli.reports.rehearsals import print_rehearsal
    from holdtrue.workspace import open_archive, rehearsed

    found = rehearsed(open_archive(), ref)
    if json:
        print_json(found)
    else:
        print_rehearsal(found)


def adopt(ref: Ref = "latest", json: Json = False) -> None:
    """Take the season and block that a rehearsal suggests.

    They are written into pyproject.toml, in a table of the model's own; the next run takes them, and fits nothing
    again. What model.py itself says goes before: then the line to change there is named.

    Example: holdtrue monitor adopt
    """
    from holdtrue.cli.output import print_json, say
    from holdtrue.workspace import adopt as take
    from holdtrue.workspace import open_workspace

    taken = take(open_workspace(), ref)
    if json:
        print_json(taken)
        return
    say(f"{taken.manner}, as the rehearsal of {taken.version} suggests; written into {taken.file}:")
    for line in taken.written:
        say(f"  {line}")
    say("next: holdtrue run")
