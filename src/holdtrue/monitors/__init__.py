"""Detectors with a stated rate of false alarms: state in, rows in; state and verdicts out. No I/O."""

from holdtrue.monitors.alarms import Alarm, Summary, alarm_id
from holdtrue.monitors.detectors.living import Stage
from holdtrue.monitors.oddity import Oddity, oddity
from holdtrue.monitors.performance.errors import ErrorSummary
from holdtrue.monitors.reasons import ReasonSummary, ndcg, reason_summary
from holdtrue.monitors.settings import WEIGHTS, WatchSettings
from holdtrue.monitors.transitions import Transition
from holdtrue.monitors.watch import FEWEST_ACCEPTED, GroupEvidence, Watch, too_few_since
from holdtrue.profiles import OddityReference

__all__ = [
    "FEWEST_ACCEPTED",
    "WEIGHTS",
    "Alarm",
    "ErrorSummary",
    "GroupEvidence",
    "Oddity",
    "OddityReference",
    "ReasonSummary",
    "Stage",
    "Summary",
    "Transition",
    "Watch",
    "WatchSettings",
    "alarm_id",
    "ndcg",
    "oddity",
    "reason_summary",
    "too_few_since",
]
