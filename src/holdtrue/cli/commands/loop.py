"""alarms, events, policies, loop."""

from __future__ import annotations

from typing import Annotated

import typer

from holdtrue.cli.options import Json, ModelName


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(alarms)
    events_group = typer.Typer(
        help="The record of what happened and why.", rich_markup_mode=None, pretty_exceptions_enable=False
    )
    events_group.callback(invoke_without_command=True)(events)
    events_group.command("verify")(verify)
    app.add_typer(events_group, name="events")
    policies_group = typer.Typer(
        help="What the loop does about events.",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    policies_group.command("explain")(explain)
    app.add_typer(policies_group, name="policies")
    app.command("loop")(loop)


def alarms(
    model: ModelName = "",
    everything: Annotated[bool, typer.Option("--all", help="Closed ones too.")] = False,
    json: Json = False,
) -> None:
    """Alarms that are open, with their evidence.

    Example: holdtrue alarms --all
    """
    from holdtrue.cli.output import print_json
    from holdtrue.cli.reports import print_alarms
    from holdtrue.workspace import open_workspace

    found = open_workspace().catalog.alarms.list(model or None, None if everything else "open")
    if json:
        print_json(found)
    else:
        print_alarms(found)


def events(
    context: typer.Context,
    last: Annotated[int, typer.Option("--last", help="How many.")] = 30,
    json: Json = False,
) -> None:
    """The timeline: what happened, why, who or what did it.

    Example: holdtrue events --last 100
    """
    if context.invoked_subcommand is not None:
        return
    from holdtrue.cli.output import print_json
    from holdtrue.cli.reports import print_events
    from holdtrue.workspace import latest_events, open_workspace

    found = latest_events(open_workspace().catalog, last)
    if json:
        print_json(found)
    else:
        print_events(found)


def verify(json: Json = False) -> None:
    """Whether the record of events is as it was written. Exit 3 if it was altered.

    Example: holdtrue events verify
    """
    from holdtrue.cli.output import print_json, say
    from holdtrue.workspace import open_workspace

    verdict = open_workspace().catalog.events.verify()
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

    policies = open_workspace().model(model).policies
    words = in_words(policies)
    if json:
        print_json(words)
    else:
        for line in words:
            say(line)
        if not words:
            say("no policies: nothing is done by itself; declare some with MODEL.on(...).do(...)")


def loop(
    once: Annotated[bool, typer.Option("--once", help="Read what there is, react, and end.")] = False,
    clock: Annotated[str, typer.Option("--clock", help="Whose time policies go by: data or wall.")] = "data",
    with_parent: Annotated[bool, typer.Option("--with-parent", hidden=True)] = False,
) -> None:
    """Watch the prediction log and carry out policies. `holdtrue up` runs this beside the server.

    Example: holdtrue loop --once
    """
    from holdtrue.cli.output import say
    from holdtrue.cli.running import until_told
    from holdtrue.workspace import open_workspace, run_loop

    run_loop(open_workspace(), say, once=once, clock=clock, stop=until_told(with_parent=with_parent))
