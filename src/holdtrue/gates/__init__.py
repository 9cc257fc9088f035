"""Gates: conditions kept as data, and their judgement."""

from holdtrue.gates.conditions import (
    GateCondition,
    MetricCondition,
    MetricQuantity,
    NoWorseCondition,
    OverfitCondition,
    OverfitQuantity,
    SameReasonsCondition,
    UnderfitCondition,
    aliases_of,
    metric,
    no_worse_than,
    overfit,
    same_reasons_as,
    underfit,
)
from holdtrue.gates.decision import PRODUCTION, GateDecision, GateResult, decide_gate, shown

__all__ = [
    "PRODUCTION",
    "GateCondition",
    "GateDecision",
    "GateResult",
    "MetricCondition",
    "MetricQuantity",
    "NoWorseCondition",
    "OverfitCondition",
    "OverfitQuantity",
    "SameReasonsCondition",
    "UnderfitCondition",
    "aliases_of",
    "decide_gate",
    "metric",
    "no_worse_than",
    "overfit",
    "same_reasons_as",
    "shown",
    "underfit",
]
