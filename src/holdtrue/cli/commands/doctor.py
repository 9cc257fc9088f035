"""doctor."""

from __future__ import annotations

import typer

from holdtrue.cli.options import Json


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(doctor)


def doctor(json: Json = False) -> None:
    """Look whether everything is in order.

    Libraries; and in a project its events, leases, whether model.py can be imported, every stored byte, the room on
    the disk, running servers. Exit 3 if something is bad.

    Example: holdtrue doctor
    """
    from holdtrue.cli.output import print_json, say
    from holdtrue.cli.progress import progress_for_console
    from holdtrue.cli.reports.project import print_findings
    from holdtrue.foundation import ProjectNotFound
    from holdtrue.workspace import examine, open_archive

    try:
        archive = open_archive()
    except ProjectNotFound:
        archive = None
    found = examine(archive, progress_for_console(json=json))
    if json:
        print_json(found)
    else:
        print_findings(found)
        if archive is None:
            say("no project here: only the libraries were looked at")
    if any(each.status == "bad" for each in found):
        raise typer.Exit(3)
