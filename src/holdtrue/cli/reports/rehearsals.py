"""Rehearsals: what watching would have been like."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdtrue.cli.output import print_table, say
from holdtrue.foundation import share
from holdtrue.monitors.rehearsal import Rehearsal, Tried, lines, summary

if TYPE_CHECKING:
    from holdtrue.workspace import Rehearsed


def print_rehearsal(found: Rehearsed) -> None:
    """Show a rehearsal: what came of it, and all that was tried."""
    say(found.version, "bold")
    for line in lines(found.rehearsal, adopt=f"holdtrue monitor adopt {found.version}"):
        say(f"  {line}", hang=2)
    if not found.rehearsal.tried:
        return
    say()
    say("tried, simplest first; a round begins anew where quantities are left aside")
    print_table(
        ("manner", "rows", "evidence", "came of it"),
        [(str(each.manner), f"{each.rows:,}", _evidence(each), _came_of(each)) for each in found.rehearsal.tried],
        right="rows evidence",
        fold="came of it",
    )


def print_summary(found: Rehearsal, version: str) -> None:
    """Show in few lines what a run's rehearsal found."""
    for place, line in enumerate(summary(found, adopt=f"holdtrue monitor adopt {version}")):
        say(f"{'' if place else 'watch':<8}{line}", hang=0 if place else 8)


def _evidence(each: Tried) -> str:
    """Say how near an alarm it came; nothing where there was one."""
    return share(each.peak) if each.silent or each.message.startswith("no alarm") else ""


def _came_of(each: Tried) -> str:
    if each.message:
        return each.message
    return "silent, and blind: a shift of 1 sd is not found either" if each.blind else "silent"
