"""Options that many commands share."""

from __future__ import annotations

from typing import Annotated

import typer

Json = Annotated[bool, typer.Option("--json", help="Print JSON for a program to read.")]
ModelName = Annotated[str, typer.Argument(help="The model's name; may be left out where the project has one.")]
Why = Annotated[str, typer.Option("--why", help="The reason, for the record.")]
