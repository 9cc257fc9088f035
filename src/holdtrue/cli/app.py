"""The commands, gathered. Each module of `commands` imports what it needs only when one of its commands runs."""

from __future__ import annotations

import typer

from holdtrue.cli.commands import data, live, loop, project, store, versions

app = typer.Typer(
    name="holdtrue",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="Keeps machine-learning models true in production.\n\n"
    "Begin with: holdtrue demo, or: holdtrue init --template houses houses",
)


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


for module in (project, versions, data, live, loop, store):
    module.register(app)
