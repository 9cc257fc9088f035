"""The verdict that a quantity no longer is what it was, and its words."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from holdtrue.foundation import counted, day, digest, figure, new_id, share
from holdtrue.monitors.service import LOAD, NAMES, RULES, SERVICE, in_unit, step_of
from holdtrue.profiles import DELAY, IN_TIME, MISSING, NEW, OUTSIDE, RARE, REFUSED

Direction = Literal["up", "down", "wider", "narrower"]


class Summary(Struct, frozen=True, kw_only=True):
    """A quantity over some rows: its mean and standard deviation, or for a level the share of the rows.

    Attributes:
        n: rows; `mean`: average, or the share in [0, 1] where the alarm names a level; `sd`: standard deviation.
    """

    n: int
    mean: float
    sd: float


class Alarm(Struct, frozen=True, kw_only=True):
    """One group of quantities has changed.

    Attributes:
        id: the same for the same rows; sorts by `at_time`. group: `inputs`, `predictions`, ...
        quantity: the one with most evidence; level: of a category (or `(missing)`, `(new)`, `(rare)`), else None.
        direction: where the winning bet says it went. evidence: the group's, over what is an alarm (1 or more).
        also: other quantities with a tenth or more of the evidence that would be an alarm of them alone, each with
            that share, most first; `Watch.alarms` has the list as it changes over the 200 rows after the alarm.
        at_row: rows of the group seen at the alarm, its own included; at_id, at_time: of that row.
        began_row: estimated first row of the change, from 0; rows_taken: at_row - began_row; began_id, began_time.
        reference: the baseline; live: the rows from the estimated beginning to the alarm.
        effect: probability that a value since the change is greater than one before it, ties counted half (0.5 is
            no difference of place; for a level: of belonging to it).
        accepted: the reference is not the baseline: rows since an earlier change, which was accepted.
        message: all that in a sentence.
    """

    id: str
    group: str
    quantity: str
    level: str | None
    direction: Direction
    evidence: float
    also: tuple[tuple[str, float], ...]
    at_row: int
    at_id: str
    at_time: int | None
    began_row: int
    began_id: str
    began_time: int | None
    rows_taken: int
    reference: Summary
    live: Summary
    effect: float
    accepted: bool = False
    message: str


def alarm_id(group: str, quantity: str, at_id: str, at_time: int | None) -> str:
    """Return an id that is the same whenever the same rows raise the same alarm, so that a replay repeats it."""
    chance = int(digest("\0".join((group, quantity, at_id)).encode())[:16], 16)
    return new_id(max(0, at_time or 0), entropy=lambda bits: chance & ((1 << bits) - 1))


def message_of(alarm: Alarm) -> str:
    """Say what an alarm says.

    Example:
        'wall: share of "wood" 29% since 1 July 1996 (52% in the baseline); found after 35 rows'
    """
    since = day(alarm.began_time) if alarm.began_time is not None else f"row {alarm.began_row + 1:,}"
    before, now = alarm.reference, alarm.live
    where = "as accepted" if alarm.accepted else "in the baseline"
    if alarm.quantity in RULES and alarm.group == RULES[alarm.quantity].group:
        unit = RULES[alarm.quantity].unit
        usual = f"usually {in_unit(before.mean, unit)} {where if alarm.accepted else 'before'}"
        return (
            f"{subject_of(alarm)}: {in_unit(now.mean, unit)} on average since {since} ({usual}); "
            f"found after {counted(alarm.rows_taken, step_of(alarm.group))}"
        )
    if alarm.group == "pairs":
        text = (
            f"go together otherwise since {since}: what one tells of the other is {figure(now.mean)} bits on average "
            f"({figure(before.mean)} {where})"
        )
    elif alarm.group == "tests" or alarm.quantity in _SHARES:
        text = f"share {share(now.mean)} since {since} ({share(before.mean)} {where})"
    elif alarm.level is not None:
        what = _LEVELS.get(alarm.level, f'share of "{alarm.level}"')
        text = f"{what} {share(now.mean)} since {since} ({share(before.mean)} {where})"
    elif alarm.direction in ("wider", "narrower"):
        text = (
            f"values {_SPREAD[alarm.direction]}, standard deviation {_average(now.sd)} since {since} "
            f"({_average(before.sd)} {where}; average {_average(now.mean)}, was {_average(before.mean)})"
        )
    else:
        pairs = round(100 * (alarm.effect if alarm.direction == "up" else 1 - alarm.effect))
        way = "higher" if alarm.direction == "up" else "lower"
        most = f"a value now is {way} than one before in {pairs}% of pairs"
        if (now.mean > before.mean) is (alarm.direction == "up") or now.mean == before.mean:
            text = f"average {_average(now.mean)} since {since} ({_average(before.mean)} {where}; {most})"
        else:
            # A few values that are far off have moved the average the other way.
            average = f"{_average(now.mean)} ({_average(before.mean)} {where})"
            text = f"mostly {way} since {since}: {most}, though the average is {average}"
    rows = f"{alarm.rows_taken:,} row{'' if alarm.rows_taken == 1 else 's'}"
    return f"{subject_of(alarm)}: {text}; found after {rows}"


def _average(value: float) -> str:
    """Write an average or a standard deviation; one that infinite values are in is cut off far out, and says so."""
    return figure(value) if abs(value) < _ENDLESS else f"{'-' if value < 0 else ''}infinite"


_ENDLESS = 1e100

_LEVELS = {
    NEW: "share of levels seen only once",
    RARE: "share of levels that were rare (each under 1%)",
    MISSING: "share missing",
}

_SPREAD = {"wider": "more spread out", "narrower": "closer together"}


_SHARES = (OUTSIDE, IN_TIME)
"""Quantities that are 1 or 0 a row, besides the tests."""

_SUBJECTS = {"attributions": "attribution of {}", "tests": "rows that fail {}"}


def subject_of(alarm: Alarm) -> str:
    """Return what people are told an alarm is of: how its message begins."""
    if alarm.quantity == REFUSED and alarm.group == "tests":
        return "refused rows"
    if alarm.quantity == OUTSIDE and alarm.group == "predictions":
        return "predictions outside the range they had"
    if alarm.group == "labels":
        return {DELAY: "days until the label", IN_TIME: "rows labelled in time"}.get(alarm.quantity, alarm.quantity)
    if alarm.group in (SERVICE, LOAD):
        return NAMES.get(alarm.quantity, alarm.quantity)
    return _SUBJECTS.get(alarm.group, "{}").format(alarm.quantity)
