"""What happened, who or what did it, and why: the loop's first word."""

from __future__ import annotations

from typing import Any

from msgspec import Struct, field


class Event(Struct, frozen=True, kw_only=True):
    """One entry of the record of events.

    Attributes:
        id: sorts by the time it was recorded.
        kind: what happened, `noun.verb` in the past, such as `alarm.raised`, `alias.moved`, `retrain.finished`.
        at: microseconds since 1970 by the recorder's clock.
        time: the data's own time that the event belongs to, where it has one (a replay runs in the past).
        model: the model concerned; empty for what concerns the whole project.
        subject: the thing concerned, as a REF (`house-price:v2`, `alarm:ID`).
        actor: who or what did it: `person:NAME`, `policy`, `loop`, `server`, `pipeline`.
        why: the reason in words.
        data: figures, ready for JSON.
    """

    id: str
    kind: str
    at: int
    actor: str
    why: str = ""
    model: str = ""
    subject: str = ""
    time: int | None = None
    data: dict[str, Any] = field(default_factory=dict)
