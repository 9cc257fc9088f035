"""What a log or a table says when it is watched once more."""

from __future__ import annotations

from typing import TYPE_CHECKING

from holdtrue.cli.output import print_table, say
from holdtrue.foundation import counted, figure

if TYPE_CHECKING:
    from holdtrue.watching import LogReplay
    from holdtrue.workspace import TableReplay


def print_log_replay(found: LogReplay) -> None:
    """Show whether a replayed log gave the alarms on record, and what differs."""
    say(
        f"{counted(found.records, 'record')} of {found.model}:{found.alias} watched once more, in the order they were "
        f"read in ({counted(found.readings, 'stretch', 'stretches')}), epochs {', '.join(map(str, found.epochs))}"
    )
    differing = {each.alarm for each in found.differences}
    for alarm in found.alarms:
        word = "differs" if alarm.id in differing else "the same"
        say(f"  {word}: {alarm.data.get('message', alarm.quantity)}", "yellow" if alarm.id in differing else "", hang=4)
    for each in found.differences:
        if each.what in ("not replayed", "not on record"):
            say(f"  {each.what}: {each.message}  alarm:{each.alarm}", "yellow", hang=4)
        else:
            say(f"  alarm:{each.alarm}: {each.what} is {each.recorded!r} on record, {each.replayed!r} now", hang=4)
    for note in found.notes:
        say(f"note    {note}", "yellow", hang=8)
    say(outcome(found), "bold")


def outcome(found: LogReplay) -> str:
    """Say in a sentence how a replay fared."""
    alarms = counted(len(found.alarms), "alarm")
    if not found.identical:
        stand = "" if found.state is not False or found.differences else ": the detectors stand elsewhere"
        return f"not the same: {found.same:,} of {alarms} are as on record{stand}"
    state = ", and the detectors stand where they stood" if found.state else ""
    return f"the same to the bit: {alarms}{state}"


def print_table_replay(found: TableReplay) -> None:
    """Show what a watch said of a table's rows."""
    from holdtrue.web.wording import of_an_alarm

    say(
        f"{counted(found.rows, 'row')} of {found.file} as if answered by {found.version}, watched against the baseline "
        f"of {found.reference}: {found.answered:,} answered, {found.refused:,} refused, {found.odd:,} odd, "
        f"{counted(found.labelled, 'label')}"
    )
    if found.average is not None and found.average_before is not None:
        say(f"average of the last predictions {figure(found.average)}, {figure(found.average_before)} in the baseline")
    if found.note:
        say(f"note    {found.note}", "yellow", hang=8)
    for alarm in found.alarms:
        say(f"  alarm: {alarm.data.get('message', alarm.quantity)}", "bold red", hang=4)
        also = alarm.data.get("also")
        if also:
            say(f"    with it: {', '.join(str(name) for name, _ in also)}", hang=4)
    say("evidence of change, of what makes an alarm:")
    print_table(
        ("group", "rows", "evidence", "mostly"),
        [(each.group, f"{each.rows:,}", of_an_alarm(each.level), each.quantity) for each in found.groups],
        right="rows evidence",
    )
    if found.false_alarms is not None:
        say(f"stated: {found.false_alarms.promise}")
    say(counted(len(found.alarms), "alarm") if found.alarms else "no alarm", "bold")
