"""The commands, gathered. Each module of `commands` imports what it needs only when one of its commands runs."""

from __future__ import annotations

import typer

from holdtrue.cli.commands import alarms, data, doctor, events, live, monitor, moving, project, store, versions
from holdtrue.cli.options import group

app = group("Keeps machine-learning models true in production.\n\n"
            "Begin with: holdtrue demo\n\n"
            "Or with: holdtrue init --template houses houses", name="holdtrue", completion=True)  # fmt: skip


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"holdtrue {version('holdtrue')}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(False, "--version", callback=_version, is_eager=True, help="Print the version."),
) -> None:
    pass


for module in (project, versions, moving, data, live, alarms, monitor, events, store, doctor):
    module.register(app)
