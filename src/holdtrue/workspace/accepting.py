"""Closing an alarm by a person's word."""

from __future__ import annotations

from holdtrue.catalog import AlarmRecord
from holdtrue.foundation import Event, WrongUse, new_id
from holdtrue.workspace.archive import Archive


def accept_alarm(archive: Archive, alarm_id: str, why: str) -> AlarmRecord:
    """Close an open alarm as accepted: what it found is known and will be lived with. Its event says who and why.

    Raises:
        UnknownReference: no such alarm.
        WrongUse: no reason was given, or the alarm is not open.
    """
    if not why.strip():
        raise WrongUse("accepting an alarm needs a reason", hint='say why: --why "..."')
    alarm = archive.catalog.alarms.get(alarm_id.removeprefix("alarm:"))
    if alarm.status != "open":
        raise WrongUse(f"the alarm {alarm.id} is {alarm.status}, not open", hint="holdtrue alarms lists the open ones")
    accepted = archive.catalog.alarms.set_status(alarm.id, "accepted", why)
    now = archive.clock.now()
    archive.catalog.events.append(
        Event(
            id=new_id(now),
            kind="alarm.accepted",
            at=now,
            time=alarm.time,
            actor=archive.person,
            why=why,
            model=alarm.model,
            subject=f"alarm:{alarm.id}",
            data={"group": alarm.group, "quantity": alarm.quantity},
        )
    )
    return accepted
