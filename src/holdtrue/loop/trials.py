"""Trainings that failed and are tried again, later each time, a few times over."""

from __future__ import annotations

from msgspec import Struct

from holdtrue.foundation import SECOND

PAUSES = (60 * SECOND, 5 * 60 * SECOND, 25 * 60 * SECOND)
"""By the machine's clock; when they are used up it is given up."""


class Trial(Struct, frozen=True):
    """How often a training has failed, and when it is tried again (microseconds UTC, the machine's clock)."""

    failures: int
    again: int


def after_failure(before: Trial | None, now: int) -> Trial | None:
    """Return when a training that failed once more is tried again; None where it is given up.

    Example:
        >>> first = after_failure(None, 0)
        >>> first, after_failure(Trial(3, 0), 0)
        (Trial(failures=1, again=60000000), None)
    """
    failures = 1 if before is None else before.failures + 1
    return Trial(failures, now + PAUSES[failures - 1]) if failures <= len(PAUSES) else None
