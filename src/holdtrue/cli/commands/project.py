"""demo, init, run, status, models."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from holdtrue.cli.options import Json, ModelName


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(demo)
    app.command()(init)
    app.command("run")(run)
    app.command()(status)
    app.command()(models)


def demo(
    folder: Annotated[Path | None, typer.Argument(help="A new folder; a temporary one by default.")] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave it running, with its pages, until Ctrl-C.")] = False,
    quick: Annotated[
        bool, typer.Option("--quick", help="A shorter story, for tests: fewer trees.", hidden=True)
    ] = False,
) -> None:
    """The whole loop on real house sales, in a new folder, in about two minutes.

    Example: holdtrue demo --keep
    """
    from holdtrue.demo import tell

    tell(folder, keep=keep)


def init(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")] = Path("houses"),
    template: Annotated[str, typer.Option("--template", help="Which template: houses.")] = "houses",
) -> None:
    """Write a new project from a template.

    Example: holdtrue init --template houses houses
    """
    from holdtrue.cli.output import say
    from holdtrue.workspace.template import write_template

    for path in write_template(template, folder):
        say(f"  wrote {path}")
    say("next:")
    say(f"  cd {folder}")
    say("  holdtrue run")


def run(
    model: ModelName = "",
    slice_: Annotated[str, typer.Option("--slice", help="Work on a part: 5% or a number of rows.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Do it again though nothing has changed.")] = False,
    set_: Annotated[list[str] | None, typer.Option("--set", help="A parameter: --set trees=100.")] = None,
    why: Annotated[str, typer.Option("--why", help="The reason, for the record.")] = "asked for",
    json: Json = False,
) -> None:
    """The training road: capture, test the data, train, test the model, register a version.

    Example: holdtrue run --slice 5%
    """
    from holdtrue.cli.output import print_json
    from holdtrue.cli.progress import progress_for_console
    from holdtrue.cli.reports import print_run
    from holdtrue.foundation import SILENT
    from holdtrue.pipeline import RunRequest, travel
    from holdtrue.workspace import open_workspace

    workspace = open_workspace()
    request = RunRequest(
        model=model, slice=slice_, force=force, why=why, actor=workspace.person, parameters=_parameters(set_ or [])
    )
    report = travel(request, workspace.ground, SILENT if json else progress_for_console())
    if json:
        print_json(report)
    else:
        print_run(report)
    if report.gate is not None and not report.gate.passed:
        raise typer.Exit(1)


def _parameters(assignments: list[str]) -> dict[str, Any]:
    from holdtrue.foundation import WrongUse

    values: dict[str, Any] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals or not name:
            raise WrongUse(f'"{assignment}" sets nothing', hint="write --set NAME=VALUE")
        values[name] = _number(text)
    return values


def _number(text: str) -> int | float | str:
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text


def status(json: Json = False) -> None:
    """What there is: models, what is in production, what it does, what is wrong.

    Example: holdtrue status --json
    """
    from holdtrue.cli.output import print_json
    from holdtrue.cli.reports import print_status
    from holdtrue.workspace import open_workspace, overview

    found = overview(open_workspace())
    if json:
        print_json(found)
    else:
        print_status(found)


def models(json: Json = False) -> None:
    """Every version of every model: its gate, its error, its aliases.

    Example: holdtrue models
    """
    from holdtrue.cli.output import print_json
    from holdtrue.cli.reports import print_versions
    from holdtrue.workspace import open_workspace

    catalog = open_workspace().catalog
    versions, aliases = catalog.versions.list(), catalog.aliases.list()
    if json:
        print_json({"versions": versions, "aliases": aliases})
    else:
        print_versions(versions, aliases)
