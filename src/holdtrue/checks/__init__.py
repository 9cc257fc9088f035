"""Tests of models: metrics with intervals, under-fit, over-fit, comparisons on the same rows, the user's own."""

from holdtrue.checks.comparison import Comparison, compare
from holdtrue.checks.estimates import Estimate, mean, median, ratio
from holdtrue.checks.fit import Overfit, Underfit, overfit, underfit
from holdtrue.checks.metrics import (
    METRICS,
    Measured,
    Metric,
    Task,
    measure,
    metric_named,
    metrics_of,
    require_by_row,
    row_losses,
)
from holdtrue.checks.reasons import ORDER_KEPT, SHARE_MOVED, ReasonsComparison, compare_reasons
from holdtrue.checks.trial import Reasons, Rival, Scored, Trial
from holdtrue.checks.user import Check, Predicts, run_check
from holdtrue.checks.verdict import CheckVerdict

__all__ = [
    "METRICS",
    "ORDER_KEPT",
    "SHARE_MOVED",
    "Check",
    "CheckVerdict",
    "Comparison",
    "Estimate",
    "Measured",
    "Metric",
    "Overfit",
    "Predicts",
    "Reasons",
    "ReasonsComparison",
    "Rival",
    "Scored",
    "Task",
    "Trial",
    "Underfit",
    "compare",
    "compare_reasons",
    "mean",
    "measure",
    "median",
    "metric_named",
    "metrics_of",
    "overfit",
    "ratio",
    "require_by_row",
    "row_losses",
    "run_check",
    "underfit",
]
