"""alarms, alarms accept."""

from __future__ import annotations

from typing import Annotated

import typer

from holdtrue.cli.options import Json, ModelOption, Why, group


def register(app: typer.Typer) -> None:
    """Add the commands."""
    alarms = group(
        "Alarms, with their evidence; those that are open by default.\n\nExample: holdtrue alarms --all", alone=True
    )
    alarms.callback()(list_)
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
        if "evidence" in accepted.data:  # a table test that fails live has no reference
            say("  what comes is held against the rows since, from the watcher's next step on", hang=2)
