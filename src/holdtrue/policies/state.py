"""What a decision is made from, and what it gives."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from holdtrue.checks import Comparison
from holdtrue.policies.reactions import Reaction


class Intent(Struct, frozen=True, kw_only=True):
    """A reaction that was asked for and may have to wait, ready for JSON.

    Attributes:
        id: the same for the same event, policy and reaction, so that deciding twice asks once.
        reaction: what is to be done.
        policy: the policy's text, the reason that the record keeps.
        model: whose.
        event_id: of the event that asked for it. alarm_id: of its alarm; empty where there is none.
        epoch: of the alias when the alarm was raised; -1 where there is none.
        since: data time, in microseconds, at which the change began, and `since_row` its row; None without a change.
        needs_labels: rows since the change that must have labels first.
        says: what people are told, where it is not the alarm itself.
        created: by the policies' clock, in microseconds.
        cooldown: least time, in microseconds, since its policy last did the same; 0 where nothing holds it back.
    """

    id: str
    reaction: Reaction
    policy: str
    model: str
    event_id: str
    created: int
    alarm_id: str = ""
    epoch: int = -1
    since: int | None = None
    since_row: int | None = None
    needs_labels: int = 0
    says: str = ""
    cooldown: int = 0


class LoopState(Struct, frozen=True, kw_only=True):
    """What is known of one model when an event is decided on. Times are the policies' clock, in microseconds.

    Attributes:
        now: the present.
        promoted_at: when production was last promoted to; None where there is no production, or its last move was a
            rollback (what was gone back to is not on trial, and must not be left again for want of labels).
        trained_at: when the last training of this model began; None before the first.
        new_rows: labelled rows that the last training did not have.
        pending: intents that wait.
        last: policy's text and reaction's kind (`last_key`) to the time it was last carried out.
        training: whether a training of this model runs.
    """

    now: int
    promoted_at: int | None = None
    trained_at: int | None = None
    new_rows: int = 0
    pending: tuple[Intent, ...] = ()
    last: Mapping[str, int] = {}
    training: bool = False


class Target(Struct, frozen=True, kw_only=True):
    """The version that a rollback would go back to.

    Attributes:
        name: as a REF.
        gate_passed: whether it passed its gate.
        recent: its predictions compared with those of production, on the same recent labelled rows; None while there
            are too few.
    """

    name: str
    gate_passed: bool
    recent: Comparison | None = None


class Facts(Struct, frozen=True, kw_only=True):
    """What is known when a waiting intent is looked at again. Times are the policies' clock, in microseconds.

    Attributes:
        now: the present.
        alarm_status: of the intent's alarm: open, changing, superseded, accepted or resolved; empty where it has none.
        alarm_why: why it is no longer open. rows_missing: why there are too few rows since it to accept it; empty if
            there are enough. rows_since: how many there are.
        labels_since_change: rows since the intent's change that have labels.
        training: whether a training of this model runs.
        promoted_at: as in LoopState.
        epoch: of the alias now.
        target: of a rollback; None where no earlier version passed its gate.
        last: when the intent's policy last did the same, whatever asked for it; None if it never did.
    """

    now: int
    alarm_status: str = ""
    alarm_why: str = ""
    rows_missing: str = ""
    rows_since: int = 0
    labels_since_change: int = 0
    training: bool = False
    promoted_at: int | None = None
    epoch: int = -1
    target: Target | None = None
    last: int | None = None


class Ready(Struct, frozen=True, kw_only=True):
    """Carry it out now, for this reason."""

    reason: str


class Wait(Struct, frozen=True, kw_only=True):
    """Not yet, for this reason."""

    reason: str


class Drop(Struct, frozen=True, kw_only=True):
    """Not any more, for this reason; `alert` where people must be told, because nothing else will be done."""

    reason: str
    alert: bool = False
