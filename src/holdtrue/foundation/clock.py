"""Whose time it is: every reader of a clock takes one by argument. Times are microseconds since 1970, UTC."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime
from typing import Protocol

SECOND = 1_000_000
DAY = 86_400 * SECOND


class Clock(Protocol):
    """Gives the present. Implementations are safe to share between threads."""

    def now(self) -> int:
        """Return microseconds since 1970-01-01 UTC."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> int:
        """Return microseconds since 1970-01-01 UTC."""
        return time.time_ns() // 1000


class ManualClock:
    """A clock moved by hand: replay, back-tests and tests drive it by the data's own time.

    Example:
        >>> clock = ManualClock(0); clock.advance_to(5); clock.advance_to(3); clock.now()
        5
    """

    def __init__(self, start: int) -> None:
        self._now = start

    def now(self) -> int:
        """Return the time last advanced to."""
        return self._now

    def advance_to(self, micros: int) -> None:
        """Move on; a time already past leaves the clock where it is."""
        self._now = max(self._now, micros)


def micros_of(value: date | datetime) -> int:
    """Return microseconds since 1970 of a date (its midnight, UTC) or a datetime (UTC if it names no zone).

    Example:
        >>> micros_of(date(1970, 1, 2)) == DAY
        True
    """
    if not isinstance(value, datetime):
        value = datetime(value.year, value.month, value.day, tzinfo=UTC)
    elif value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    delta = value - datetime(1970, 1, 1, tzinfo=UTC)
    return (delta.days * 86_400 + delta.seconds) * SECOND + delta.microseconds


_FIRST, _LAST = micros_of(date.min), micros_of(datetime.max)


def in_calendar(micros: int) -> bool:
    """Return whether a time lies in the years 1 to 9999 (UTC): others cannot be shown, nor stand in a table.

    Example:
        >>> in_calendar(0), in_calendar(micros_of(datetime.max) + 1)
        (True, False)
    """
    return _FIRST <= micros <= _LAST


def datetime_of(micros: int) -> datetime:
    """Return the UTC datetime of microseconds since 1970; see `in_calendar` for those that have one.

    Example:
        >>> datetime_of(0).isoformat()
        '1970-01-01T00:00:00+00:00'
    """
    seconds, rest = divmod(micros, SECOND)
    return datetime.fromtimestamp(seconds, tz=UTC).replace(microsecond=rest)
