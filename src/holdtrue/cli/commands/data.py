"""data add, list, show, test, diff, status, checkout."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from holdtrue.cli.options import Json

DataRef = Annotated[str, typer.Argument(help="DATA@N or DATA@latest.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    group = typer.Typer(
        help="Versions and tests of data.", no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False
    )
    group.command("add")(add)
    group.command("list")(list_)
    group.command("test")(test)
    group.command("checkout")(checkout)
    app.add_typer(group, name="data")


def add(
    path: Annotated[Path, typer.Argument(help="A file or folder.")],
    name: Annotated[str, typer.Option("--name", help="What to call it.")],
    json: Json = False,
) -> None:
    """Keep files as a data version.

    Example: holdtrue data add photos/ --name photos
    """
    from holdtrue.cli.output import print_json, say
    from holdtrue.cli.progress import progress_for_console
    from holdtrue.workspace import add_data, open_workspace

    record = add_data(open_workspace(), path, name, progress_for_console())
    if json:
        print_json(record)
    else:
        rows = f", {record.rows:,} rows" if record.rows else ""
        say(f"{record.name}@{record.number}{rows}")


def list_(json: Json = False) -> None:
    """Every data version.

    Example: holdtrue data list
    """
    from holdtrue.cli.output import print_json, print_table
    from holdtrue.cli.reports import when
    from holdtrue.workspace import open_workspace

    found = open_workspace().catalog.data.list()
    if json:
        print_json(found)
    else:
        print_table(
            ("data", "rows", "captured", "id"),
            [(f"{each.name}@{each.number}", f"{each.rows:,}", when(each.created), each.id[:12]) for each in found],
            right="rows",
        )


def test(
    file: Annotated[Path | None, typer.Argument(help="A table; by default the model's declared data.")] = None,
    model: Annotated[str, typer.Option("--model", help="Whose contract; may be left out where there is one.")] = "",
    json: Json = False,
) -> None:
    """Judge data by the contract: every test, how many rows broke it, examples. Exit 1 if a test refuses.

    Example: holdtrue data test new-sales.csv
    """
    from holdtrue.cli.output import print_json
    from holdtrue.cli.reports import print_data_tests
    from holdtrue.workspace import open_workspace, test_data

    report = test_data(open_workspace(), file, model)
    if json:
        print_json(report)
    else:
        print_data_tests(report)
    if not report.passed:
        raise typer.Exit(1)


def checkout(ref: DataRef, to: Annotated[Path, typer.Option("--to", help="A new or empty folder.")]) -> None:
    """A data version's files back on disk, as the same bytes.

    Example: holdtrue data checkout sales@1 --to old-sales
    """
    from holdtrue.cli.output import say
    from holdtrue.cli.progress import progress_for_console
    from holdtrue.registry import resolve_data
    from holdtrue.versions import checkout as write
    from holdtrue.workspace import open_workspace

    workspace = open_workspace()
    written = write(workspace.store, resolve_data(workspace.catalog, ref).id, to, progress=progress_for_console())
    say(f"{to}: {len(written.data)} files")
