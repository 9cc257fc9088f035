"""store usage, store check, catalog rebuild."""

from __future__ import annotations

import typer

from holdtrue.cli.options import Json, group


def register(app: typer.Typer) -> None:
    """Add the commands."""
    store = group("The bytes that are kept.\n\nExample: holdtrue store usage")
    store.command("usage")(usage)
    store.command("check")(check)
    app.add_typer(store, name="store")
    catalog = group("The index of what is kept.\n\nExample: holdtrue catalog rebuild")
    catalog.command("rebuild")(rebuild)
    app.add_typer(catalog, name="catalog")


def usage(json: Json = False) -> None:
    """What is kept, what it takes, what it costs a month.

    And what 1,000 more versions like the last would.

    Example: holdtrue store usage
    """
    from holdtrue.cli.output import print_json
    from holdtrue.cli.reports.project import print_usage
    from holdtrue.workspace import open_archive, store_usage

    found = store_usage(open_archive())
    if json:
        print_json(found)
    else:
        print_usage(found)


def check(json: Json = False) -> None:
    """Read every stored byte and compare it with its hash.

    Then look whether everything is there that a version or the catalog speaks of. Exit 3 if something is damaged or
    gone.

    Example: holdtrue store check
    """
    from holdtrue.cli.output import print_json, say
    from holdtrue.cli.progress import progress_for_console
    from holdtrue.workspace import check_store, open_archive

    damages = check_store(open_archive(), progress_for_console(json=json))
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
    """Make the catalog's index again from the store.

    Aliases and events stay as they are. Exit 3 if a manifest could not be read: it is named, and the rest is there.

    Example: holdtrue catalog rebuild
    """
    from holdtrue.cli.output import print_json, say
    from holdtrue.cli.progress import progress_for_console
    from holdtrue.versions import rebuild_index
    from holdtrue.workspace import open_archive

    archive = open_archive()
    found = rebuild_index(archive.store, archive.catalog, progress=progress_for_console(json=json))
    if json:
        print_json(found)
    else:
        say(f"{found.data} data versions, {found.runs} runs, {found.versions} model versions")
        for each in found.unreadable:
            say(f"left out: {each.kind} {each.id[:12]}: {each.message}", hang=2)
    if found.unreadable:
        raise typer.Exit(3)
