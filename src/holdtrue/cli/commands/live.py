"""serve, up, replay, labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from holdtrue.cli.options import Json

Host = Annotated[str, typer.Option("--host", help="Address to listen on; by the settings, else this machine only.")]
Port = Annotated[int, typer.Option("--port", help="Port to listen on; by the settings, else 8700.")]
Insecure = Annotated[bool, typer.Option("--insecure", help="Let other machines in without authentication.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(serve)
    app.command()(up)
    app.command()(replay)
    group = typer.Typer(
        help="What turned out to be true.", no_args_is_help=True, rich_markup_mode=None, pretty_exceptions_enable=False
    )
    group.command("add")(add_labels)
    app.add_typer(group, name="labels")


def serve(host: Host = "", port: Port = -1, insecure: Insecure = False) -> None:
    """The live road: answer requests, test and record every row, switch versions without losing one.

    Example: holdtrue serve --port 8700
    """
    from holdtrue.cli.output import say
    from holdtrue.workspace import open_workspace, run_server

    run_server(open_workspace(), say, host=host, port=port, insecure=insecure)


def up(
    host: Host = "",
    port: Port = -1,
    insecure: Insecure = False,
    with_parent: Annotated[bool, typer.Option("--with-parent", hidden=True)] = False,
) -> None:
    """Everything in one: server, watching, policies, pages.

    Example: holdtrue up
    """
    from holdtrue.cli.output import say
    from holdtrue.cli.running import run_everything
    from holdtrue.workspace import open_workspace

    run_everything(open_workspace(), say, host=host, port=port, insecure=insecure, with_parent=with_parent)


def replay(
    file: Annotated[Path, typer.Argument(help="A table of rows with their labels.")],
    to: Annotated[str, typer.Option("--to", help="The server: http://127.0.0.1:8700.")],
    model: Annotated[str, typer.Option("--model", help="Which model; may be left out where there is one.")] = "",
    label_delay: Annotated[float, typer.Option("--label-delay", help="Days of data time until a label comes.")] = 30.0,
    rate: Annotated[float, typer.Option("--rate", help="Rows a second; as fast as it goes by default.")] = 0.0,
    json: Json = False,
) -> None:
    """Send a table's rows as live traffic, in time order, their labels coming later.

    Example: holdtrue replay live/1996.parquet --to http://127.0.0.1:8700
    """
    from holdtrue.cli.output import print_json, say
    from holdtrue.workspace import open_workspace, replay_file

    report = replay_file(open_workspace(), file, to, model=model, label_delay=label_delay, rate=rate or None)
    if json:
        print_json(report)
    else:
        say(
            f"{report.sent:,} rows sent, {report.answered:,} answered, {report.refused:,} refused by the contract, "
            f"{report.failed:,} failed; {report.labels:,} labels; {report.per_second:,.0f} requests/s"
        )
    if report.failed:
        raise typer.Exit(3)


def add_labels(
    file: Annotated[Path, typer.Argument(help="A table with the columns prediction_id and label (and time).")],
    model: Annotated[str, typer.Option("--model", help="Which model; may be left out where there is one.")] = "",
    json: Json = False,
) -> None:
    """Take in labels from a table.

    Example: holdtrue labels add labels.csv
    """
    from holdtrue.cli.output import print_json, say
    from holdtrue.workspace import add_label_file, open_workspace

    count = add_label_file(open_workspace(), file, model)
    if json:
        print_json({"labels": count})
    else:
        say(f"{count:,} labels taken in")
