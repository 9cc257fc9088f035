"""What happened and what was found: alarms, events, differences, whatever a REF leads to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from holdtrue.catalog import GOING_ON, AlarmRecord
from holdtrue.cli.output import print_table, say
from holdtrue.foundation import Event, day, figure, said_once, when

if TYPE_CHECKING:
    from holdtrue.versions import DataChange, Difference
    from holdtrue.workspace import DataStatus, Shown

_TITLE = 13


def print_alarms(alarms: Sequence[AlarmRecord], *, everything: bool) -> None:
    """Show alarms."""
    if not alarms:
        say("no alarm yet" if everything else "no open alarm (--all shows closed ones too)")
    for alarm in alarms:
        style = "bold red" if alarm.status in GOING_ON else "bold"
        say(f"{alarm.status}: {alarm.data.get('message', alarm.quantity)}", style, hang=2)
        seen = f"at the row of {day(alarm.time)}, " if alarm.time is not None else ""
        evidence = alarm.data.get("evidence")
        much = "a table test" if evidence is None else f"evidence {evidence:,.3g} times what makes an alarm"
        say(f"  {alarm.data.get('version') or alarm.model}, {alarm.group}; {seen}{much}", hang=2)
        cause = (alarm.data.get("diagnosis") or {}).get("said")
        if cause:
            say(f"  {cause} (holdtrue alarms show {alarm.id})", hang=2)
        if alarm.why:
            say(f"  {said_once(alarm.status, alarm.why)}", hang=2)
        say(f"  alarm:{alarm.id}")


def print_events(events: Sequence[Event], *, asked: bool = False) -> None:
    """Show the timeline, oldest first. `asked`: only some were asked for."""
    if not events:
        say("no such event" if asked else "nothing has happened yet")
    for event in events:
        time = f" (data: {day(event.time)})" if event.time is not None else ""
        say(f"{when(event.at)}{time}  {event.kind}  {event.subject}", "bold", hang=2)
        say(f"    {event.why}  [{event.actor}]")


def print_difference(before: str, after: str, found: Difference) -> None:
    """Show what differs between two versions."""
    say(f"{before} -> {after}", "bold")
    if found.same:
        say("  nothing differs")
    for file in found.code:
        say(f"  code {file.kind}: {file.path}")
        for line in file.lines:
            say(f"    {line}", "green" if line.startswith("+") else "red" if line.startswith("-") else "dim")
    for data in found.data:
        say(f"  data {data.name}: {_count(data.rows_before)} -> {_count(data.rows_after)} rows")
        for file in data.files:
            say(f"    file {file.kind}: {file.path}")
    for title, changed in (
        ("parameter", found.parameters),
        ("metric", found.metrics),
        ("environment", found.environment),
    ):
        for change in changed:
            say(f"  {title} {change.name}: {_value(change.before)} -> {_value(change.after)}")
    for change in found.definitions:
        say(f"  {change.name} differs")


def print_data_difference(before: str, after: str, found: DataChange) -> None:
    """Show what differs between two data versions."""
    say(f"{before} -> {after}", "bold")
    if found.before == found.after:
        say("  nothing differs")
        return
    say(f"  rows: {_count(found.rows_before)} -> {_count(found.rows_after)}")
    for file in found.files:
        say(f"  file {file.kind}: {file.path}")
    for column in found.columns:
        say(f"  column {column.name}: {_value(column.before)} -> {_value(column.after)}")


def print_data_status(found: Sequence[DataStatus]) -> None:
    """Show whether declared data changed."""
    if not found:
        say("no model here declares files")
        return
    print_table(
        ("data", "model", "newest", "production has", "state"),
        [(each.source, each.model, each.captured or "-", each.trained_on or "-", each.state) for each in found],
    )
    for each in found:
        for kind, paths in (("added", each.added), ("changed", each.changed), ("removed", each.removed)):
            for path in paths:
                say(f"  {each.source}: {kind} {path}")


def print_shown(shown: Shown) -> None:
    """Show what a reference leads to."""
    for title, value in shown.lines:
        say(f"{title:<{_TITLE}}{value}" if title else " " * _TITLE + value, hang=_TITLE if title else 2)


def _value(value: Any) -> str:
    if value is None:
        return "none"
    return figure(value) if isinstance(value, float) else str(value)


def _count(rows: int | None) -> str:
    return "no" if rows is None else f"{rows:,}"
