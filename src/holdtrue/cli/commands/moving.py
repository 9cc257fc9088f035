"""promote, rollback."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from holdtrue.cli.options import Json, ModelName, VersionRef, Why

if TYPE_CHECKING:
    from holdtrue.workspace import Archive, ServerNote

Wait = Annotated[bool, typer.Option("--wait", help="Return once the running server answers with it.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(promote)
    app.command()(rollback)


def promote(
    ref: VersionRef,
    alias: Annotated[str, typer.Option("--alias", help="The alias to move.")] = "production",
    force: Annotated[bool, typer.Option("--force", help="Though its gate failed; needs --why.")] = False,
    why: Why = "",
    wait: Wait = False,
    json: Json = False,
) -> None:
    """Point production (or another alias) at a version.

    A running server switches to it without losing a request. Exit 1 if its gate failed and --force is not given.

    Example: holdtrue promote house-price:v1 --wait
    """
    from holdtrue.cli.output import print_json, say
    from holdtrue.foundation import WrongUse
    from holdtrue.registry import promote as move
    from holdtrue.registry import resolve
    from holdtrue.workspace import open_archive

    archive = open_archive()
    if force and not why:
        raise WrongUse("a forced promotion needs a reason", hint='say why: --why "..."')
    if wait and alias != "production":
        raise WrongUse(f"servers answer with production, so there is no waiting for {alias}", hint="leave out --wait")
    record = resolve(archive.catalog, ref)
    why = why or f"by command: holdtrue promote {ref}"
    moved = move(
        archive.catalog, archive.store, record, alias, by=archive.person, why=why, force=force, clock=archive.clock
    )
    if json:
        print_json({"promotion": moved, "servers": _awaited(archive, record.model, record.id) if wait else None})
        return
    say(moved.message)
    if wait:
        _say_awaited(_awaited(archive, record.model, record.id), record.number)


def rollback(model: ModelName = "", why: Why = "", wait: Wait = False, json: Json = False) -> None:
    """Point production back at the version before.

    That is the last one that stood there and had passed its gate. It takes moments and loses no request.

    Example: holdtrue rollback --why "answers look wrong"
    """
    from holdtrue.cli.output import print_json, say
    from holdtrue.registry import rollback as move_back
    from holdtrue.workspace import model_name, open_archive

    archive = open_archive()
    name = model_name(archive, model)
    why = why or "by command: holdtrue rollback"
    moved = move_back(archive.catalog, archive.store, name, by=archive.person, why=why, clock=archive.clock)
    if json:
        print_json({"alias": moved, "servers": _awaited(archive, name, moved.version_id) if wait else None})
        return
    say(f"{moved.model}: {moved.alias} is v{moved.number} again")
    if wait:
        _say_awaited(_awaited(archive, name, moved.version_id), moved.number)


def _awaited(archive: Archive, model: str, version_id: str) -> tuple[ServerNote, ...]:
    from holdtrue.workspace import await_version

    return await_version(archive, model, version_id)


def _say_awaited(servers: tuple[ServerNote, ...], number: int) -> None:
    from holdtrue.cli.output import say

    for server in servers:
        say(f"{server.url} answers with v{number}")
    if not servers:
        say("no server of this project runs here; the next one begins with it")
