"""alarms, alarms show, alarms accept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from holdtrue.cli.options import Json, ModelOption, Why, group


def register(app: typer.Typer) -> None:
    """Add the commands."""
    alarms = group(
        "Alarms, with their evidence; those that are open by default.\n\nExample: holdtrue alarms --all", alone=True
    )
    alarms.callback()(list_)
    alarms.command("show")(show)
    alarms.command("accept")(accept)
    app.add_typer(alarms, name="alarms")


def list_(
    context: typer.Context,
    model: ModelOption = "",
    everything: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    json: Json = False,
) -> None:
    """Open alarms, with their evidence.

    Example: holdtrue alarms --all
    """
    if context.invoked_subcommand is not None:
        return
    from holdtrue.catalog import GOING_ON
    from holdtrue.cli.output import print_json
    from holdtrue.cli.reports.records import print_alarms
    from holdtrue.workspace import known_model, open_archive

    catalog = open_archive().catalog
    found = catalog.alarms.list(known_model(catalog, model), None if everything else GOING_ON)
    if json:
        print_json(found)
    else:
        print_alarms(found, everything=everything)


def show(
    alarm: Annotated[str, typer.Argument(help="The alarm's id, as holdtrue alarms shows it.")],
    html: Annotated[
        Path | None, typer.Option("--html", help="Write the page of it to this file.", show_default=False)
    ] = None,
    json: Json = False,
) -> None:
    """One alarm: what it most likely is, since when, and where.

    With it what carries the change, before and now, and rows that show it. The diagnosis is made when the alarm is
    raised, and again when 200 more rows have come.

    Example: holdtrue alarms show alarm:ID --html alarm.html
    """
    from holdtrue.cli.output import print_json
    from holdtrue.cli.reports.alarm import print_alarm
    from holdtrue.workspace import note_outputs, open_archive, require_spare, shown_alarm

    archive = open_archive()
    found = shown_alarm(archive, alarm)
    if html is not None:
        from holdtrue.web import alarm_page

        require_spare(archive.root, [html], [])
        html.write_text(alarm_page(found), encoding="utf-8")
        note_outputs(archive.root, [html])
    if json:
        print_json(found)
    else:
        print_alarm(found)


def accept(
    alarm: Annotated[str, typer.Argument(help="The alarm's id, as holdtrue alarms shows it.")],
    why: Why = "",
    json: Json = False,
) -> None:
    """Close an alarm: what it found is known and lived with.

    The reason is recorded. What comes is held against the rows since the change, of which there must be 100: the same
    is no alarm again, a further change is a new one. A new version is watched afresh.

    Example: holdtrue alarms accept alarm:ID --why "the county changed its form"
    """
    from holdtrue.cli.output import print_json, say
    from holdtrue.workspace import accept_alarm, open_archive

    accepted = accept_alarm(open_archive(), alarm, why)
    if json:
        print_json(accepted)
    else:
        say(f"accepted: {accepted.data.get('message', accepted.quantity)}")
