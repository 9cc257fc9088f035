"""demo, init, run, status, models, log."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from holdtrue.cli.options import Json, ModelName, Why


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(demo)
    app.command()(init)
    app.command("run")(run)
    app.command()(status)
    app.command()(models)
    app.command()(log)


def demo(
    folder: Annotated[
        Path | None, typer.Argument(help="A new folder; a temporary one by default.", show_default=False)
    ] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave it running, with its pages, until Ctrl-C.")] = False,
) -> None:
    """The whole loop on real houses, in about two minutes.

    It makes a project in a new folder, trains, serves real sales of 1996 as live traffic, and shows every alarm and
    what is done about it.

    Example: holdtrue demo --keep
    """
    from holdtrue.demo import tell

    tell(folder, keep=keep)


def init(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    template: Annotated[
        str,
        typer.Option(
            "--template",
            help="blank: a model of your own; houses: the demo's, with its data. Without --data, blank.",
            show_default=False,
        ),
    ] = "",
    data: Annotated[
        Path | None, typer.Option("--data", help="Your table: a project drafted from it.", show_default=False)
    ] = None,
    target: Annotated[str, typer.Option("--target", help="The column to be predicted.", show_default=False)] = "",
    time: Annotated[
        str, typer.Option("--time", help="The column that says when; by default the only one of dates.")
    ] = "",
    key: Annotated[str, typer.Option("--key", help="The column that says which row is which.")] = "",
) -> None:
    """Write a new project: from a template, or from your table.

    From a table: its contract, a model and a training function, which holdtrue run trains as they are. The table stays
    where it is; what was decided for you is said.

    Example: holdtrue init mine

    Example: holdtrue init --template houses houses

    Example: holdtrue init rents --data flats.csv --target rent
    """
    from holdtrue.cli.output import say
    from holdtrue.foundation import WrongUse
    from holdtrue.workspace import TEMPLATES, write_template

    if data is not None:
        if template:
            raise WrongUse("--template and --data are two ways to begin", hint="give one of them")
        _init_from(folder, data, target, time, key)
        return
    if target or time or key:
        raise WrongUse("--target, --time and --key are of a table", hint="name it with --data FILE")
    template = template or "blank"
    written = write_template(template, folder)
    say(f"{template}: {TEMPLATES[template]}")
    for path in written:
        say(f"  wrote {path}")
    say("next:")
    if folder.resolve() != Path.cwd():
        say(f"  cd {folder}")
    if template == "blank":
        say("  fill in model.py, and put your table into data/")
    say("  holdtrue run")


def _init_from(folder: Path, data: Path, target: str, time: str, key: str) -> None:
    from holdtrue.cli.output import say
    from holdtrue.cli.progress import progress_for_console
    from holdtrue.foundation import WrongUse
    from holdtrue.workspace import draft_project

    if not target:
        raise WrongUse("--data needs --target: which column is to be predicted?", hint="add --target COLUMN")
    drafted = draft_project(folder, data, target, time=time, key=key, progress=progress_for_console(json=False))
    for note in drafted.notes:
        say(f"  {note}", hang=2)
    for path in drafted.written:
        say(f"  wrote {path}")
    say("next:")
    if folder.resolve() != Path.cwd():
        say(f"  cd {folder}")
    say("  look model.py through")
    say("  holdtrue run")


def run(
    model: ModelName = "",
    slice_: Annotated[str, typer.Option("--slice", help="Work on a part: 5% or a number of rows.")] = "",
    force: Annotated[bool, typer.Option("--force", help="Do it again though nothing has changed.")] = False,
    set_: Annotated[list[str] | None, typer.Option("--set", help="A parameter, such as trees=100.")] = None,
    why: Why = "",
    json: Json = False,
) -> None:
    """Train: capture, test the data, fit, test the model, register.

    Nothing is done where this very code, data and parameters have made a version already. With --slice it is a quick
    look, and nothing is registered. Exit 1 if the data is refused or the gate fails.

    Example: holdtrue run --slice 20%
    """
    from holdtrue.cli.output import print_json
    from holdtrue.cli.progress import progress_for_console
    from holdtrue.cli.reports.verdicts import print_run
    from holdtrue.pipeline import RunRequest, travel
    from holdtrue.workspace import open_workspace

    workspace = open_workspace()
    why = why or "by command: holdtrue run"
    request = RunRequest(
        model=model, slice=slice_, force=force, why=why, actor=workspace.person, parameters=_parameters(set_ or [])
    )
    report = travel(request, workspace.ground, progress_for_console(json=json))
    if json:
        print_json(report)
    else:
        print_run(report)
    if report.gate is not None and not report.gate.passed and not slice_:
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


def status(
    inputs: Annotated[bool, typer.Option("--inputs", help="Every input beside the baseline, in its own unit.")] = False,
    json: Json = False,
) -> None:
    """What is in production, how it does, what is wrong.

    Example: holdtrue status

    Example: holdtrue status --inputs
    """
    from holdtrue.cli.output import print_json
    from holdtrue.cli.reports.project import print_status
    from holdtrue.workspace import open_archive, overview, running_servers

    archive = open_archive()
    found, servers = overview(archive), running_servers(archive)
    if json:
        print_json({"overview": found, "servers": servers})
    else:
        print_status(found, servers, inputs=inputs)


def models(json: Json = False) -> None:
    """Every version of every model: gate, metrics, aliases.

    A rollback goes to the last version that stood in production before and passed its gate; holdtrue status names it.

    Example: holdtrue models
    """
    from holdtrue.cli.output import print_json
    from holdtrue.cli.reports.project import print_versions
    from holdtrue.workspace import open_archive

    catalog = open_archive().catalog
    versions, aliases = catalog.versions.list(), catalog.aliases.list()
    if json:
        print_json({"versions": versions, "aliases": aliases})
    else:
        print_versions(versions, aliases)


def log(model: ModelName = "", json: Json = False) -> None:
    """Every run, newest first: why it was, what came of it.

    Example: holdtrue log
    """
    from holdtrue.cli.output import print_json
    from holdtrue.cli.reports.project import print_runs
    from holdtrue.workspace import known_model, open_archive

    catalog = open_archive().catalog
    runs = tuple(reversed(catalog.runs.list(known_model(catalog, model))))
    if json:
        print_json(runs)
    else:
        print_runs(runs, catalog.versions.list())
