"""Two tables compared: what has changed, by how much, how sure, and since when. Pure: frames and profiles in."""

from holdtrue.monitors.comparison.change import alarms_over_time, tolerance_in_sd
from holdtrue.monitors.comparison.compared import (
    CHANGED,
    ColumnComparison,
    ComparisonSettings,
    Figures,
    TableComparison,
)
from holdtrue.monitors.comparison.judging import TableFacts, compare_tables
from holdtrue.monitors.comparison.kinds import (
    LENGTH,
    SAMPLE,
    STRAY,
    ColumnPlan,
    plan_columns,
    plan_together,
    profile_typed,
    strays,
    typed,
)

__all__ = [
    "CHANGED",
    "LENGTH",
    "SAMPLE",
    "STRAY",
    "ColumnComparison",
    "ColumnPlan",
    "ComparisonSettings",
    "Figures",
    "TableComparison",
    "TableFacts",
    "alarms_over_time",
    "compare_tables",
    "plan_columns",
    "plan_together",
    "profile_typed",
    "strays",
    "tolerance_in_sd",
    "typed",
]
