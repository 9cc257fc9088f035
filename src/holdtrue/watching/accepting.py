"""Accepting an alarm: what it found is known and lived with, and what comes is held against the rows since."""

from __future__ import annotations

from holdtrue.catalog import GOING_ON, AlarmRecord, Catalog
from holdtrue.foundation import Event, WrongUse, new_id
from holdtrue.monitors import too_few_since
from holdtrue.monitors.service import step_of
from holdtrue.watching.state import state_from
from holdtrue.watching.windows import GROUP


def accept_alarm(
    catalog: Catalog, alarm_id: str, why: str, *, by: str, at: int, time: int | None = None
) -> AlarmRecord:
    """Close an alarm that is open or changing as accepted, and record who and why.

    The watcher moves the reference at its next step, to the rows since the alarm, and records at which row; so it needs
    rows enough, as they stood at its last. A table test that fails live is only closed: it has no reference.

    Args:
        by: who accepts. at: the machine's time. time: the data's; by default the alarm's.

    Raises:
        UnknownReference: no such alarm.
        WrongUse: no reason was given, the alarm is over, or there are too few rows since.
    """
    if not why.strip():
        raise WrongUse("accepting an alarm needs a reason", hint='say why: --why "..."')
    alarm = catalog.alarms.get(alarm_id.removeprefix("alarm:"))
    if alarm.status not in GOING_ON:
        raise WrongUse(f"the alarm {alarm.id} is {alarm.status}, not open", hint="holdtrue alarms lists the open ones")
    missing, _ = rows_since(catalog, alarm)
    if missing:
        raise WrongUse(f"the alarm {alarm.id} cannot be accepted yet: {missing}", hint="accept it once more have come")
    accepted = catalog.alarms.set_status(alarm.id, "accepted", why)
    catalog.events.append(
        Event(
            id=new_id(at),
            kind="alarm.accepted",
            at=at,
            time=alarm.time if time is None else time,
            actor=by,
            why=why,
            model=alarm.model,
            subject=f"alarm:{alarm.id}",
            data={"alarm": alarm.id, "group": alarm.group, "quantity": alarm.quantity},
        )
    )
    return accepted


def rows_since(catalog: Catalog, alarm: AlarmRecord) -> tuple[str, int]:
    """Return why an alarm's quantities have too few rows since it for a reference ("": they have enough), and how many.

    As they stood at the watcher's last step; of what the watcher does not hold against anything there is no saying.
    """
    saved = catalog.watches.load(alarm.watch)
    state = None if saved is None or alarm.group == GROUP else state_from(saved.state)
    if state is None or alarm.group not in state.standing:
        return "", 0
    standing = state.standing[alarm.group]
    away = {quantity: stage for quantity, stage in standing.stages.items() if stage.alarm == alarm.id}
    step = "block" if standing.blocks else step_of(alarm.group)
    said = (too_few_since(quantity, stage.rows, step) for quantity, stage in away.items())
    rows = min((stage.rows for stage in away.values()), default=0)
    if standing.blocks:
        rows = max(0, standing.rows - int(alarm.data.get("at_row", standing.rows)))
    return next((each for each in said if each), ""), rows
