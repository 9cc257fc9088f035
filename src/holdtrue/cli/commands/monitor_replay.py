"""monitor replay."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from holdtrue.cli.options import Json

_LIKE_TABLES = (".csv", ".tsv", ".parquet", ".pq", ".jsonl", ".ndjson", ".gz")


def add_to(monitor: typer.Typer) -> None:
    """Add the command to its group."""
    monitor.command("replay")(replay)


def replay(
    what: Annotated[
        str,
        typer.Argument(help="A model, whose log is watched once more; or a table of rows.", show_default=False),
    ] = "",
    since: Annotated[
        str, typer.Option("--from", help="Alarms from this time on: 2026-11-24, 2026-11-24T12:00, or 7d ago.")
    ] = "",
    until: Annotated[str, typer.Option("--to", help="Alarms before this time.")] = "",
    version: Annotated[
        str, typer.Option("--version", help="Of a table: the version that answers; by default production's.")
    ] = "",
    label_delay: Annotated[
        float, typer.Option("--label-delay", min=0, help="Of a table: days of data time until a label comes.")
    ] = 30.0,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write a report of one HTML file.", show_default=False)
    ] = None,
    json: Json = False,
) -> None:
    """Watch a log, or a table, once more; nothing is written.

    Of a model: its log is read in the very order in which it was watched, by fresh detectors, and their alarms are
    compared with those on record. They are the same to the bit, or it is said what differs: exit 1. Of a table: its
    rows go through the version's contract, model and detectors as if they had come live in the order of their time.
    Exit 1 if there is an alarm.

    Example: holdtrue monitor replay live/1996.parquet --label-delay 14
    """
    from holdtrue.cli.moments import moment_of
    from holdtrue.cli.output import print_json
    from holdtrue.cli.progress import progress_for_console
    from holdtrue.cli.reports.replays import print_log_replay, print_table_replay
    from holdtrue.foundation import WrongUse
    from holdtrue.workspace import note_outputs, open_workspace, replay_recorded, replay_table, require_spare

    workspace = open_workspace()
    file = Path(what)
    of_table = bool(what) and (
        file.is_file() or file.suffix.lower() in _LIKE_TABLES or "/" in what or what in (".", "..")
    )
    require_spare(workspace.root, [html], [file] if of_table else [])
    progress = progress_for_console(json=json)
    now = workspace.clock.now()
    bounds = [moment_of(text, now) if text else None for text in (since, until)]
    if of_table:
        if since or until:
            raise WrongUse("--from and --to choose among the alarms of a log", hint="of a table, cut the table")
        rows = replay_table(workspace, file, version, label_delay=label_delay, progress=progress)
        failed = bool(rows.alarms)
    else:
        log = replay_recorded(workspace, what, since=bounds[0], until=bounds[1], progress=progress)
        failed = not log.identical
    found = rows if of_table else log
    if html is not None:
        from holdtrue.foundation import datetime_of
        from holdtrue.web import replay_page

        html.write_text(replay_page(found, datetime_of(now)), encoding="utf-8")
        note_outputs(workspace.root, [html])
    if json:
        print_json(found)
    elif of_table:
        print_table_replay(rows)
    else:
        print_log_replay(log)
    if failed:
        raise typer.Exit(1)
