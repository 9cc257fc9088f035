"""store usage, store check, catalog rebuild."""

from __future__ import annotations

import typer

from holdtrue.cli.options import Json


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        help="The bytes that are kept.", no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False
    )
    group.command("usage")(usage)
    group.command("check")(check)
    app.add_typer(group, name="store")
    catalog = typer.Typer(
        help="The index of what is kept.", no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False
    )
    catalog.command("rebuild")(rebuild)
    app.add_typer(catalog, name="catalog")


def usage(json: Json = False) -> None:
    """What is kept, what it takes, what it costs a month, and what 1,000 more versions would.

    Example: holdtrue store usage
    """
    from holdtrue.cli.output import print_json
    from holdtrue.cli.reports import print_usage
    from holdtrue.workspace import open_workspace, store_usage

    found = store_usage(open_workspace())
    if json:
        print_json(found)
    else:
        print_usage(found)


def check(json: Json = False) -> None:
    """Read everything and compare it with its hash. Exit 3 if something is damaged.

    Example: holdtrue store check
    """
    from holdtrue.cli.output import print_json, say
    from holdtrue.workspace import open_workspace

    damages = open_workspace().store.check()
    if json:
        print_json(damages)
    else:
        for damage in damages:
            say(damage.message)
        if not damages:
            say("everything is whole")
    if damages:
        raise typer.Exit(3)


def rebuild(json: Json = False) -> None:
    """Make the catalog's index again from the store. Aliases and events stay as they are.

    Example: holdtrue catalog rebuild
    """
    from holdtrue.cli.output import print_json, say
    from holdtrue.cli.progress import progress_for_console
    from holdtrue.versions import rebuild_index
    from holdtrue.workspace import open_workspace

    workspace = open_workspace()
    found = rebuild_index(workspace.store, workspace.catalog, progress=progress_for_console())
    if json:
        print_json(found)
    else:
        say(f"{found.data} data versions, {found.runs} runs, {found.versions} model versions")
