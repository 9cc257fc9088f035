"""Events in, intents out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from holdtrue.foundation import Event, digest_of
from holdtrue.policies.conditions import Condition, Degraded, Drift, Every, NewData, ReasonsChanged, TableTestFails
from holdtrue.policies.durations import micros_in, micros_of_promotion
from holdtrue.policies.policy import Policy
from holdtrue.policies.reactions import Alert, Reaction, Retrain
from holdtrue.policies.state import Intent, LoopState

ALARM = "alarm.raised"
BECAME = ("alarm.changed", "alarm.resolved")
"""What becomes of an alarm: people who were told of it are told."""
TABLE_TEST = "table_test.failed"
TICK = "loop.tick"
_WORSE = ("up", "wider")


def decide(policies: Sequence[Policy], event: Event, state: LoopState) -> tuple[Intent, ...]:
    """Return what an event asks for.

    Events that ask for something: `alarm.raised` and `table_test.failed`, whose data hold `alarm` (its id), `group`,
    `quantity`, `direction`, `epoch`, `began_time` and `began_row`; and `loop.tick`, at which NewData and Every are
    looked at.

    Alarms are transitions: each comes once, so nothing it asks for may be lost. Within a cool-down, or while a training
    runs, its retraining or rollback is asked for all the same, and waits. A tick comes again, so it asks only for what
    neither runs, waits nor cools down. At most one intent of a kind comes of one event, that of the
    first policy that asks for it. What becomes of an alarm, `alarm.changed` and `alarm.resolved`, is told where it
    was: it asks for alerts alone.

    Args:
        policies: of the model, in order.
        event: what happened.
        state: what is known of the model.

    Returns:
        Intents in the policies' order; those already pending are left out.
    """
    intents: list[Intent] = []
    known, taken = {each.id for each in state.pending}, set()
    for policy in policies:
        if not any(_holds(condition, event, state) for condition in policy.when):
            continue
        for reaction in policy.do:
            if kind_of(reaction) in taken or (event.kind in BECAME and not isinstance(reaction, Alert)):
                continue
            intent = _intent(policy, reaction, event, state)
            if event.kind == TICK and _busy(reaction, intent, state):
                continue
            # Taken even if it was asked for before: else the next policy would ask for the same once more.
            taken.add(kind_of(reaction))
            if intent.id not in known:
                intents.append(intent)
    return tuple(intents)


def last_key(policy: str, reaction: Reaction) -> str:
    """Return the key of `LoopState.last` for a policy's text and a reaction.

    Example:
        >>> last_key("When ...: retrain.", Retrain())
        'retrain: When ...: retrain.'
    """
    return f"{kind_of(reaction)}: {policy}"


def kind_of(reaction: Reaction) -> str:
    """Return `alert`, `retrain`, `rollback` or `accept`."""
    return type(reaction).__name__.lower()


def _holds(condition: Condition, event: Event, state: LoopState) -> bool:
    group = event.data.get("group") if event.kind in (ALARM, *BECAME) else None
    match condition:
        case Drift(of):
            return group == of
        case ReasonsChanged():
            return group == "attributions"
        case Degraded(within, estimated):
            # Whoever was told of the alarm is told what became of it, however late.
            became = event.kind in BECAME
            worse = group == "errors"
            if estimated:
                worse = group == "estimates" and (became or event.data.get("direction") in _WORSE)
            return worse and (within is None or became or _recent(within, state))
        case TableTestFails(name):
            return event.kind == TABLE_TEST and name in ("", str(event.data.get("quantity")).removeprefix("table."))
        case NewData(rows):
            return event.kind == TICK and state.new_rows >= rows
        case Every(period):
            due = state.trained_at is not None and state.now - state.trained_at >= micros_in(period)
            return event.kind == TICK and due


def _recent(within: str, state: LoopState) -> bool:
    return state.promoted_at is not None and state.now - state.promoted_at <= micros_of_promotion(within)


def _intent(policy: Policy, reaction: Reaction, event: Event, state: LoopState) -> Intent:
    data: dict[str, Any] = event.data if event.kind in (ALARM, TABLE_TEST, *BECAME) else {}
    change = bool(data)
    labels = reaction.labels_since_change if isinstance(reaction, Retrain) and change else None
    # An alarm's alert is never held back; a tick's would be told at every tick.
    free = isinstance(reaction, Alert) and change
    return Intent(
        id=digest_of([event.model, event.id, policy.text, kind_of(reaction)])[:22],
        reaction=reaction,
        policy=policy.text,
        model=event.model,
        event_id=event.id,
        alarm_id=str(data.get("alarm", "")),
        epoch=int(data.get("epoch", -1)),
        since=data.get("began_time"),
        since_row=data.get("began_row"),
        needs_labels=labels or 0,
        says=event.why if event.kind in BECAME else "",
        created=state.now,
        cooldown=0 if free else micros_in(policy.cooldown),
    )


def _busy(reaction: Reaction, intent: Intent, state: LoopState) -> bool:
    """Return whether a tick has to come again: a training runs, waits, or cools down."""
    last = state.last.get(last_key(intent.policy, reaction))
    if last is not None and state.now < last + intent.cooldown:
        return True
    waits = any(type(each.reaction) is type(reaction) for each in state.pending)
    return waits or (isinstance(reaction, Retrain) and state.training)
