"""show, diff, log, promote, rollback, checkout, predict."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from holdtrue.cli.options import Json, ModelName, Why

Ref = Annotated[str, typer.Argument(help="NAME[:vN|:ALIAS|:HASH]; the name may be left out where there is one model.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(show)
    app.command()(diff)
    app.command()(log)
    app.command()(promote)
    app.command()(rollback)
    app.command()(checkout)
    app.command()(predict)


def show(ref: Ref = "production", json: Json = False) -> None:
    """Where it came from: code, data, environment, parameters, tests; or what one prediction was.

    Example: holdtrue show house-price:v2; holdtrue show prediction:ID; holdtrue show sales@1
    """
    from holdtrue.cli.output import print_json
    from holdtrue.cli.reports import print_shown
    from holdtrue.workspace import open_workspace, show_reference

    shown = show_reference(open_workspace(), ref)
    if json:
        print_json(shown)
    else:
        print_shown(shown)


def diff(before: Ref, after: Ref, json: Json = False) -> None:
    """What differs between two versions: code, data, environment, parameters, metrics.

    Example: holdtrue diff v1 v2
    """
    from holdtrue.cli.output import print_json
    from holdtrue.cli.reports import print_difference
    from holdtrue.registry import resolve
    from holdtrue.versions import diff as compare
    from holdtrue.workspace import open_workspace

    workspace = open_workspace()
    old, new = resolve(workspace.catalog, before), resolve(workspace.catalog, after)
    found = compare(workspace.store, old.id, new.id)
    if json:
        print_json(found)
    else:
        print_difference(f"{old.model}:v{old.number}", f"{new.model}:v{new.number}", found)


def log(model: ModelName = "", json: Json = False) -> None:
    """Every run, newest first: what it was for and what came of it.

    Example: holdtrue log
    """
    from holdtrue.cli.output import print_json
    from holdtrue.cli.reports import print_runs
    from holdtrue.workspace import open_workspace

    workspace = open_workspace()
    runs = tuple(reversed(workspace.catalog.runs.list(model or None)))
    if json:
        print_json(runs)
    else:
        print_runs(runs, workspace.catalog.versions.list())


def promote(
    ref: Ref,
    alias: Annotated[str, typer.Option("--alias", help="The alias to move.")] = "production",
    force: Annotated[bool, typer.Option("--force", help="Though its gate failed; needs --why.")] = False,
    why: Why = "",
    json: Json = False,
) -> None:
    """Point an alias at a version; a running server switches to it without losing a request.

    Example: holdtrue promote house-price:v2
    """
    from holdtrue.cli.output import print_json, say
    from holdtrue.foundation import WrongUse
    from holdtrue.registry import promote as move
    from holdtrue.registry import resolve
    from holdtrue.workspace import open_workspace

    workspace = open_workspace()
    if force and not why:
        raise WrongUse("a forced promotion needs a reason", hint='say why: --why "..."')
    record = resolve(workspace.catalog, ref)
    moved = move(
        workspace.catalog,
        workspace.store,
        record,
        alias,
        by=workspace.person,
        why=why or "asked for",
        force=force,
        clock=workspace.clock,
    )
    if json:
        print_json(moved)
    else:
        say(moved.message)


def rollback(model: ModelName = "", why: Why = "asked for", json: Json = False) -> None:
    """Point production back at the version before that passed its gate. Takes moments, loses no request.

    Example: holdtrue rollback --why "answers look wrong"
    """
    from holdtrue.cli.output import print_json, say
    from holdtrue.registry import rollback as move_back
    from holdtrue.workspace import model_name, open_workspace

    workspace = open_workspace()
    moved = move_back(
        workspace.catalog, model_name(workspace, model), by=workspace.person, why=why, clock=workspace.clock
    )
    if json:
        print_json(moved)
    else:
        say(f"{moved.model}: {moved.alias} is v{moved.number} again")


def checkout(
    ref: Ref, to: Annotated[Path, typer.Option("--to", help="A new or empty folder.")], json: Json = False
) -> None:
    """A version's code, data and model files back on disk.

    Example: holdtrue checkout house-price:v1 --to v1
    """
    from holdtrue.cli.output import print_json, say
    from holdtrue.cli.progress import progress_for_console
    from holdtrue.registry import resolve
    from holdtrue.versions import checkout as write
    from holdtrue.workspace import open_workspace

    workspace = open_workspace()
    written = write(workspace.store, resolve(workspace.catalog, ref).id, to, progress=progress_for_console())
    if json:
        print_json({"to": str(to), "code": len(written.code), "data": len(written.data), "model": len(written.model)})
    else:
        say(f"{to}: {len(written.code)} files of code, {len(written.data)} of data, {len(written.model)} of the model")


def predict(
    ref: Ref,
    file: Annotated[Path, typer.Argument(help="A table: Parquet, CSV or JSON lines.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to write: .parquet or .csv.")],
    json: Json = False,
) -> None:
    """Predict a table: the same contract, the same log, the same watching as live.

    Example: holdtrue predict production new-sales.parquet -o prices.parquet
    """
    from holdtrue.cli.output import print_json, say
    from holdtrue.workspace import open_workspace, predict_file

    report = predict_file(open_workspace(), ref, file, out)
    if json:
        print_json(report)
    else:
        say(f"{report.answered:,} rows predicted by {report.version}, {report.refused:,} refused, written to {out}")
    if report.answered == 0 and report.refused:
        raise typer.Exit(1)
