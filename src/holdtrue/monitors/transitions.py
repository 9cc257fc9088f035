"""What became of an alarm: its quantities changed once more, or are what they were before it."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from holdtrue.foundation import counted, day
from holdtrue.monitors.alarms import Alarm, message_of, subject_of
from holdtrue.monitors.service import FAILURES, LOAD, REQUESTS, SERVICE, step_of
from holdtrue.profiles import DELAY, IN_TIME, OUTSIDE

_DAY = 86_400_000_000


class Transition(Struct, frozen=True, kw_only=True):
    """An alarm that has changed, or is resolved: each is told once.

    Attributes:
        kind: `changed`: a quantity of the alarm is elsewhere, and not where it was before; `resolved`: all are back.
        alarm: its id; quantity: the one that has changed, or was the last to come back; quantities: all of the alarm's.
        at_row: rows of the group seen then; at_id, at_time: of the row that told.
        began_row: from which row on it is so, an estimate (from 0); began_id, began_time: of that row.
        rows: from the beginning of the alarm's change to this one's; micros: the same in time, None without times.
        message: all that in a sentence.
    """

    kind: Literal["changed", "resolved"]
    alarm: str
    group: str
    quantity: str
    quantities: tuple[str, ...]
    at_row: int
    at_id: str
    at_time: int | None
    began_row: int
    began_id: str
    began_time: int | None
    rows: int
    micros: int | None
    message: str


def changed_words(found: Alarm, began_row: int, began_time: int | None) -> str:
    """Say that a quantity of an alarm is elsewhere; `found` is it against what it was before the alarm."""
    message = message_of(replace(found, began_row=began_row, began_time=began_time))
    subject = subject_of(found)
    text = message.removeprefix(f"{subject}: ").rsplit("; found after", 1)[0]
    return f"{subject} {'have' if _are_many(found) else 'has'} changed again: {text}"


def resolved_words(
    alarm: Alarm, quantities: tuple[str, ...], began_row: int, began_time: int | None, rows: int, micros: int | None
) -> str:
    """Say that an alarm is over, and how long it lasted."""
    first = replace(alarm, quantity=quantities[0])
    whose = f"{'share of ' if _is_share(first) else ''}{subject_of(first)}"
    verb, it = ("are", "they were") if _are_many(first) and not _is_share(first) else ("is", "it was")
    if len(quantities) > 1:
        whose, verb, it = f"{whose} and {counted(len(quantities) - 1, 'other')}", "are", "they were"
    served = alarm.group in (SERVICE, LOAD)
    where = "before" if served else "in the baseline"
    what = "what was accepted" if alarm.accepted else f"what {it} {where}"
    lasted = counted(rows, step_of(alarm.group)) + (f", {_long(micros)}" if micros is not None else "")
    return f"{whose} {verb} {what} again since {_since(began_row, began_time)}; it lasted {lasted}"


def _is_share(alarm: Alarm) -> bool:
    return alarm.group == "tests" or alarm.quantity in (OUTSIDE, IN_TIME, FAILURES)


def _are_many(alarm: Alarm) -> bool:
    """Return whether what an alarm is of is spoken of in the plural."""
    return alarm.group == "tests" or alarm.quantity in (OUTSIDE, IN_TIME, FAILURES, REQUESTS, DELAY)


def _since(row: int, time: int | None) -> str:
    return day(time) if time is not None else f"row {row + 1:,}"


def _long(micros: int) -> str:
    """Return a time in days, or hours and minutes where it is shorter."""
    if micros >= 2 * _DAY:
        return counted(micros // _DAY, "day")
    hours = micros // 3_600_000_000
    return counted(hours, "hour") if hours >= 2 else counted(max(1, micros // 60_000_000), "minute")
