"""Policies: events in, reactions out; pure decisions, kept as data and told in words."""

from holdtrue.policies.conditions import (
    Condition,
    Degraded,
    Drift,
    Every,
    NewData,
    ReasonsChanged,
    TableTestFails,
    condition_text,
)
from holdtrue.policies.deciding import ALARM, BECAME, TABLE_TEST, TICK, decide, kind_of, last_key
from holdtrue.policies.durations import in_words, micros_in, micros_of_promotion
from holdtrue.policies.policy import Policy, explain
from holdtrue.policies.reactions import (
    Accept,
    Alert,
    Reaction,
    Retrain,
    Rollback,
    accept,
    alert,
    reaction_text,
    retrain,
    rollback,
)
from holdtrue.policies.readiness import cooling, ready
from holdtrue.policies.state import Drop, Facts, Intent, LoopState, Ready, Target, Wait

__all__ = [
    "ALARM",
    "BECAME",
    "TABLE_TEST",
    "TICK",
    "Accept",
    "Alert",
    "Condition",
    "Degraded",
    "Drift",
    "Drop",
    "Every",
    "Facts",
    "Intent",
    "LoopState",
    "NewData",
    "Policy",
    "Reaction",
    "Ready",
    "ReasonsChanged",
    "Retrain",
    "Rollback",
    "TableTestFails",
    "Target",
    "Wait",
    "accept",
    "alert",
    "condition_text",
    "cooling",
    "decide",
    "explain",
    "in_words",
    "kind_of",
    "last_key",
    "micros_in",
    "micros_of_promotion",
    "reaction_text",
    "ready",
    "retrain",
    "rollback",
]
