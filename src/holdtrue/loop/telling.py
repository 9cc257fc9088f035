"""Events of the loop: what was asked for, by which policy and alarm, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from holdtrue.foundation import Event, new_id
from holdtrue.policies import Intent

ACTOR = "policy"


def reaction_event(
    kind: str,
    intent: Intent,
    why: str,
    *,
    at: int,
    time: int | None,
    subject: str = "",
    data: Mapping[str, Any] | None = None,
) -> Event:
    """Return an event about an intent.

    Args:
        kind: `alert.sent`, or `retrain` or `rollback` with `.waiting`, `.dropped`, `.started`, ...
        at: the machine's time. time: the data's.
        subject: the thing concerned as a REF; by default the alarm, or the model where there is none.
        data: figures beside the policy, the alarm and the intent.
    """
    return Event(
        id=new_id(at),
        kind=kind,
        at=at,
        time=time,
        actor=ACTOR,
        model=intent.model,
        subject=subject or (f"alarm:{intent.alarm_id}" if intent.alarm_id else intent.model),
        why=why,
        data={"policy": intent.policy, "alarm": intent.alarm_id, "intent": intent.id, **(data or {})},
    )
