"""Is it time? Waiting intents against the facts of the moment."""

from __future__ import annotations

from holdtrue.policies.durations import in_words, micros_of_promotion
from holdtrue.policies.reactions import Accept, Alert, Retrain, Rollback
from holdtrue.policies.state import Drop, Facts, Intent, Ready, Target, Wait


def ready(intent: Intent, facts: Facts) -> Ready | Wait | Drop:
    """Return whether to carry out an intent now, later or not at all, with the reason in words.

    Alerts go at once. Whatever else came of an alarm is dropped with it: when a new version took over (its reference is
    another), or the alarm was accepted or is resolved. Accepting it waits for rows since the change. A retraining waits
    for the end of the cool-down and of any other training of the model, and for labels since the change. A rollback
    goes only to a version that passed its gate; it may go without labels within the stated time of a promotion, else
    only to a version that is no worse on the same recent labelled rows; where it may not go, people are told.
    """
    if isinstance(intent.reaction, Alert):
        return Ready(reason=intent.policy)
    gone = _gone(intent, facts)
    if gone:
        return Drop(reason=gone)
    if isinstance(intent.reaction, Accept):
        return _accept(intent.reaction, intent, facts)
    left = cooling(intent, facts.last, facts.now)
    if left > 0:
        return Wait(reason=f"cooling down for another {in_words(left)}")
    if isinstance(intent.reaction, Retrain):
        return _retrain(intent, facts)
    return _rollback(intent.reaction, intent, facts)


def cooling(intent: Intent, last: int | None, now: int) -> int:
    """Return how long an intent still cools down, in microseconds: from the last time its policy did the same.

    It is counted when the intent may go, not when it was made: two alarms that come together are both made before
    either is acted on.
    """
    return 0 if last is None else max(0, last + intent.cooldown - now)


def _gone(intent: Intent, facts: Facts) -> str:
    if facts.alarm_status not in ("", "open", "changing"):
        why = f": {facts.alarm_why}" if facts.alarm_why else ""
        return f"its alarm is {facts.alarm_status}{why}"
    if intent.epoch >= 0 and facts.epoch > intent.epoch:
        return "another version has taken over since the alarm"
    return ""


def _accept(reaction: Accept, intent: Intent, facts: Facts) -> Ready | Wait:
    if facts.rows_since < reaction.rows:
        return Wait(reason=f"{facts.rows_since:,} of {reaction.rows:,} rows have come since the change")
    if facts.rows_missing:
        return Wait(reason=facts.rows_missing)
    return Ready(reason=intent.policy)


def _retrain(intent: Intent, facts: Facts) -> Ready | Wait:
    if facts.training:
        return Wait(reason="another training of this model is running")
    have, need = facts.labels_since_change, intent.needs_labels
    if have < need:
        return Wait(reason=f"{have:,} of {need:,} rows since the change have labels")
    return Ready(reason=f"{have:,} rows since the change have labels" if need else intent.policy)


def _rollback(reaction: Rollback, intent: Intent, facts: Facts) -> Ready | Drop:
    target = facts.target
    if target is None:
        return Drop(reason="no other version has passed its gate", alert=True)
    if not target.gate_passed:
        return Drop(reason=f"{target.name} did not pass its gate", alert=True)
    if target.recent is not None and target.recent.worse:
        return Drop(reason=f"{target.name} is no better: {target.recent.message}", alert=True)
    window = micros_of_promotion(reaction.within)
    if facts.promoted_at is not None and intent.created - facts.promoted_at <= window:
        age = in_words(intent.created - facts.promoted_at)
        return Ready(reason=f"{target.name} passed its gate, and production was promoted {age} before")
    return _by_labels(target)


def _by_labels(target: Target) -> Ready | Drop:
    if target.recent is None:
        message = f"no recent labelled rows show whether {target.name} is any better"
        return Drop(reason=message, alert=True)
    return Ready(reason=f"{target.name} passed its gate and is no worse: {target.recent.message}")
