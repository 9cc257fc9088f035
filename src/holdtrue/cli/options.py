"""What many commands share: options, and how a group of commands is made."""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
ModelName = Annotated[
    str, typer.Argument(help="The model's name; may be left out where the project has one.", show_default=False)
]
ModelOption = Annotated[
    str, typer.Option("--model", help="Which model; may be left out where there is one.", show_default=False)
]
Why = Annotated[str, typer.Option("--why", help="The reason, for the record.")]
VersionRef = Annotated[
    str, typer.Argument(help="NAME[:vN|:ALIAS|:HASH]; the name may be left out where there is one model.")
]


def group(text: str, *, name: str = "", completion: bool = False, alone: bool = False) -> typer.Typer:
    """Make a group of commands.

    Args:
        text: its help. name: of the whole program.
        completion: with options that install completion for a shell.
        alone: the group is a command by itself too.
    """
    return typer.Typer(
        name=name or None,
        help=text,
        no_args_is_help=not alone,
        invoke_without_command=alone,
        add_completion=completion,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
