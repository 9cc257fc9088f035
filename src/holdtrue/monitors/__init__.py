"""Detectors with a stated rate of false alarms: state in, rows in; state and verdicts out. No I/O."""

from holdtrue.monitors.alarms import Alarm, Summary, alarm_id
from holdtrue.monitors.detectors.living import Stage
from holdtrue.monitors.oddity import Oddity, oddity
from holdtrue.monitors.performance.errors import ErrorSummary
from holdtrue.monitors.performance.estimates import Estimate, Figures, PerformanceEstimator, Sums
from holdtrue.monitors.performance.estimator import (
    Estimator,
    Fitted,
    estimate,
    estimator_bytes,
    estimator_from,
    estimator_in_words,
    fit_estimator,
    metrics_estimated,
)
from holdtrue.monitors.reasons import ReasonSummary, ndcg, reason_summary
from holdtrue.monitors.recent import RecentInput, recent_inputs
from holdtrue.monitors.service import RULES
from holdtrue.monitors.settings import WEIGHTS, WatchSettings
from holdtrue.monitors.spending import NO_CLOCK
from holdtrue.monitors.transitions import Transition
from holdtrue.monitors.watch import FEWEST_ACCEPTED, GroupEvidence, Watch, too_few_since
from holdtrue.profiles import OddityReference

__all__ = [
    "FEWEST_ACCEPTED",
    "NO_CLOCK",
    "RULES",
    "WEIGHTS",
    "Alarm",
    "ErrorSummary",
    "Estimate",
    "Estimator",
    "Figures",
    "Fitted",
    "GroupEvidence",
    "Oddity",
    "OddityReference",
    "PerformanceEstimator",
    "ReasonSummary",
    "RecentInput",
    "Stage",
    "Summary",
    "Sums",
    "Transition",
    "Watch",
    "WatchSettings",
    "alarm_id",
    "estimate",
    "estimator_bytes",
    "estimator_from",
    "estimator_in_words",
    "fit_estimator",
    "metrics_estimated",
    "ndcg",
    "oddity",
    "reason_summary",
    "recent_inputs",
    "too_few_since",
]
