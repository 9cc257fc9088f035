"""Closing an alarm by a person's word."""

from __future__ import annotations

from holdtrue import watching
from holdtrue.catalog import AlarmRecord
from holdtrue.workspace.archive import Archive


def accept_alarm(archive: Archive, alarm_id: str, why: str) -> AlarmRecord:
    """Close an open alarm as accepted: what it found is known and lived with. Its event says who and why.

    Raises:
        UnknownReference: no such alarm.
        WrongUse: no reason was given, the alarm is not open, or there are too few rows since for a new reference.
    """
    return watching.accept_alarm(archive.catalog, alarm_id, why, by=archive.person, at=archive.clock.now())
