"""events, events verify, policies explain."""

from __future__ import annotations

from typing import Annotated

import typer

from holdtrue.cli.options import Json, ModelName, ModelOption, group


def register(app: typer.Typer) -> None:
    """Add the commands."""
    events = group(
        "The record of what happened and why.\n\nExample: holdtrue events --kind alarm.raised --since 7d", alone=True
    )
    events.callback()(list_)
    events.command("verify")(verify)
    app.add_typer(events, name="events")
    policies = group("What the loop does about events.\n\nExample: holdtrue policies explain")
    policies.command("explain")(explain)
    app.add_typer(policies, name="policies")


def list_(
    context: typer.Context,
    last: Annotated[int, typer.Option("--last", min=1, help="How many.")] = 30,
    model: ModelOption = "",
    kind: Annotated[str, typer.Option("--kind", help="Only this kind, such as alarm.raised.", show_default=False)] = "",
    since: Annotated[
        str, typer.Option("--since", help="Only from this day or time on (UTC), or 7d, 12h back.", show_default=False)
    ] = "",
    json: Json = False,
) -> None:
    """The timeline: what happened, why, who or what did it.

    Example: holdtrue events --kind alarm.raised --since 7d
    """
    if context.invoked_subcommand is not None:
        return
    from holdtrue.cli.moments import moment_of
    from holdtrue.cli.output import print_json
    from holdtrue.cli.reports.records import print_events
    from holdtrue.workspace import known_model, open_archive

    archive = open_archive()
    start = moment_of(since, archive.clock.now()) if since else None
    name = known_model(archive.catalog, model)
    found = archive.catalog.events.list(name, since=start, kind=kind or None, limit=last)
    if json:
        print_json(found)
    else:
        print_events(found, asked=bool(name or kind or since))


def verify(json: Json = False) -> None:
    """Whether the record is as it was written.

    Each event carries the hash of the one before it, and each move of an alias has its event. Exit 3 if an event was
    altered, removed or inserted, or an alias does not stand where its events say.

    Example: holdtrue events verify
    """
    from holdtrue.cli.output import print_json, say
    from holdtrue.registry import verify_record
    from holdtrue.workspace import open_archive

    verdict = verify_record(open_archive().catalog)
    if json:
        print_json(verdict)
    else:
        say(verdict.message)
    if not verdict.intact:
        raise typer.Exit(3)


def explain(model: ModelName = "", json: Json = False) -> None:
    """The policies of a model, in words.

    Example: holdtrue policies explain
    """
    from holdtrue.cli.output import print_json, say
    from holdtrue.policies import explain as in_words
    from holdtrue.workspace import open_workspace

    words = in_words(open_workspace().model(model).policies)
    if json:
        print_json(words)
    else:
        for line in words:
            say(line, hang=2)
        if not words:
            say("no policies: nothing is done by itself; declare some with MODEL.on(...).do(...)")
