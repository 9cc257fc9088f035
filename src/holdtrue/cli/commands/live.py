"""serve, up, loop, replay, labels."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from holdtrue.cli.options import Json, ModelOption, group

Host = Annotated[
    str,
    typer.Option("--host", help="Address to listen on; by the settings, else this machine only.", show_default=False),
]
Port = Annotated[
    int | None,
    typer.Option("--port", help="Port to listen on; by the settings, else 8700; 0: any free one.", show_default=False),
]
Insecure = Annotated[bool, typer.Option("--insecure", help="Let other machines in without authentication.")]
WithParent = Annotated[bool, typer.Option("--with-parent", hidden=True)]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(up)
    app.command()(serve)
    app.command("loop")(loop)
    app.command()(replay)
    labels = group("What turned out to be true.")
    labels.command("add")(add_labels)
    app.add_typer(labels, name="labels")


def up(host: Host = "", port: Port = None, insecure: Insecure = False, with_parent: WithParent = False) -> None:
    """Everything in one: server, watching, policies, pages.

    It says a line for each event that matters: a version that answers, an alarm, a retraining, a promotion, a rollback.
    Ctrl-C stops all of it; requests that were taken are answered first.

    Example: holdtrue up --port 8700
    """
    from holdtrue.cli.announcing import announced
    from holdtrue.cli.output import say
    from holdtrue.cli.running import run_everything
    from holdtrue.workspace import open_workspace

    workspace = open_workspace()
    with announced(workspace.catalog, say):
        run_everything(workspace, say, host=host, port=port, insecure=insecure, with_parent=with_parent)


def serve(host: Host = "", port: Port = None, insecure: Insecure = False) -> None:
    """The server alone: answers, tests and records every row.

    It switches versions without losing a request. Nothing is watched until holdtrue loop reads the log.

    Example: holdtrue serve --port 8700
    """
    from holdtrue.cli.output import say
    from holdtrue.workspace import open_archive, run_server

    run_server(open_archive(), say, host=host, port=port, insecure=insecure)


def loop(
    once: Annotated[bool, typer.Option("--once", help="Read what there is, react, and end.")] = False,
    clock: Annotated[
        str, typer.Option("--clock", help="Whose time policies go by: data (the rows') or wall.")
    ] = "data",
    with_parent: WithParent = False,
) -> None:
    """Watch the prediction log and carry out policies.

    holdtrue up runs this beside the server; a project has one loop at a time.

    Example: holdtrue loop --once
    """
    from holdtrue.cli.output import say
    from holdtrue.cli.running import until_told
    from holdtrue.workspace import open_workspace, run_loop

    stop = until_told(with_parent=with_parent)
    run_loop(open_workspace(), say, once=once, clock=clock, stop=stop, wait=with_parent)


def replay(
    file: Annotated[Path, typer.Argument(help="A table of rows with their labels.")],
    to: Annotated[str, typer.Option("--to", help="The server, such as http://127.0.0.1:8700.")],
    model: ModelOption = "",
    label_delay: Annotated[
        float, typer.Option("--label-delay", min=0, help="Days of data time until a label comes.")
    ] = 30.0,
    rate: Annotated[
        float, typer.Option("--rate", min=0, help="Rows a second; as fast as it goes by default.", show_default=False)
    ] = 0.0,
    json: Json = False,
) -> None:
    """Send a table's rows to a server as live traffic.

    In the order of their time; the label of each follows when the data's time has come. Ctrl-C ends it after the row
    under way. Exit 3 if the server failed on a row.

    Example: holdtrue replay live/1996.parquet --to http://127.0.0.1:8700
    """
    from holdtrue.cli.output import print_json, say
    from holdtrue.cli.progress import progress_for_console
    from holdtrue.cli.running import INTERRUPTED, Following, until_told
    from holdtrue.workspace import open_archive, replay_file

    stop = until_told(with_parent=False)
    following = Following(progress_for_console(json=json), f"replay {file.name}")
    report = replay_file(
        open_archive(),
        file,
        to,
        model=model,
        label_delay=label_delay,
        rate=rate or None,
        on_progress=following.hear,
        on_begin=following.begin,
        stop=stop,
    )
    following.end()
    if json:
        print_json(report)
    else:
        say(
            f"{report.sent:,} rows sent, {report.answered:,} answered, {report.refused:,} refused by the contract, "
            f"{report.failed:,} failed; {report.labels:,} labels; {report.per_second:,.0f} requests/s"
        )
        for reason in report.reasons:
            say(f"  {reason.rows:,} refused by {reason.test}, such as {reason.example}", hang=4)
    if stop():
        raise typer.Exit(INTERRUPTED)
    if report.failed:
        raise typer.Exit(3)


def add_labels(
    file: Annotated[Path, typer.Argument(help="A table with the columns prediction_id and label (and time).")],
    model: ModelOption = "",
    json: Json = False,
) -> None:
    """Take in labels from a table.

    Prediction ids stand in the server's answers and in what holdtrue predict writes. Labels are judged by the
    contract's tests of the target; all are taken in, or none.

    Example: holdtrue labels add labels.csv
    """
    from holdtrue.cli.output import print_json, say
    from holdtrue.foundation import counted
    from holdtrue.workspace import add_label_file, open_workspace

    report = add_label_file(open_workspace(), file, model)
    if json:
        print_json(report)
        return
    say(f"{counted(report.labels, 'label')} taken in")
    if report.without_prediction:
        say(f"{report.without_prediction:,} of them belong to no prediction in the log so far")
