"""Two tables compared, as one HTML file: complete in itself, nothing fetched, no script, opened from a disk."""

from __future__ import annotations

import datetime as dt

from holdtrue.foundation import counted, figure, share
from holdtrue.monitors.comparison import ColumnComparison, TableComparison
from holdtrue.profiles import ColumnProfile
from holdtrue.web.distribution import ColumnCard, column_card
from holdtrue.web.environment import page_environment, report_styles
from holdtrue.workspace import ColumnReport, ComparedTables

MOST_CARDS = 400
"""Columns that are drawn; of more the figures stand in the table alone."""


def comparison_page(compared: ComparedTables, at: dt.datetime) -> str:
    """Return the comparison as a page.

    Args:
        at: when it was made.
    """
    environment = page_environment()
    environment.filters |= {"counted": counted, "figure": figure, "share": share}
    found = compared.comparison
    return environment.get_template("comparison.html").render(
        found=found,
        at=at,
        styles=report_styles(),
        outcome=outcome(found),
        stated=stated(found),
        cards=[(column, _card(column, compared)) for column in found.columns[:MOST_CARDS]],
    )


def outcome(found: TableComparison) -> str:
    """Say in a sentence what has changed.

    Example:
        "2 of 19 columns changed: wall, price"
    """
    empty = [name for name, rows in ((found.before, found.rows_before), (found.now, found.rows_now)) if not rows]
    if empty:
        return f"Nothing to compare: no rows in {' and '.join(empty)}"
    if not found.changed:
        unclear = sum(column.verdict == "unclear" for column in found.columns)
        more = f"; of {counted(unclear, 'column')} it is unclear, there are too few rows" if unclear else ""
        return f"No column changed{more}"
    named = ", ".join(found.changed[:12]) + (", ..." if len(found.changed) > 12 else "")
    return f"{len(found.changed):,} of {counted(len(found.columns), 'column')} changed: {named}"


def stated(found: TableComparison) -> str:
    """Say what a change is, and how often one is told where there is none."""
    settings = found.settings
    beyond = (
        f"at least {share(settings.tolerance)} of the rows would have to be others, and " if settings.tolerance else ""
    )
    watch = (
        f" The watch over the rows in the order of {found.time} raises at most one false alarm in "
        f"{found.false_alarm_rows:,.0f} rows."
        if found.false_alarm_rows is not None
        else ""
    )
    return (
        f"Changed means: {beyond}it is more than chance. Of {1 / settings.level:,.0f} comparisons of two samples "
        f"of one source, at most one names a column, of all together.{watch}"
    )


def _card(column: ColumnComparison, compared: ComparedTables) -> ColumnCard:
    before, now = compared.before.get(column.name), compared.now.get(column.name)
    if column.verdict == "other kind" and before is not None and now is not None and before.kind != now.kind:
        before = None
    shown = now if now is not None else before
    assert shown is not None  # one of the tables has it
    told = (column.words,) if column.words else ()
    alarm = (column.alarm.message,) if column.alarm is not None else ()
    return column_card(
        ColumnReport(
            name=column.name,
            kind=column.kind,
            now=shown if now is not None else ColumnProfile(kind=shown.kind, count=0, nulls=0),
            baseline=before,
            remarks=(*told, *alarm, *column.remarks),
        )
    )
