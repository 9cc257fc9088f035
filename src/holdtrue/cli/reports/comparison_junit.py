"""Two tables compared as JUnit XML: a case for each column, which fails where the column has changed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from holdtrue.cli.reports.junit import document, legal

if TYPE_CHECKING:
    from holdtrue.monitors.comparison import ColumnComparison, TableComparison


def comparison_xml(found: TableComparison, at: dt.datetime) -> str:
    """Return the comparison as XML. Args: at: when it was made."""
    suite = ElementTree.Element("testsuite", {"name": legal(f"{found.now} beside {found.before}")})
    counts = {"tests": len(found.columns), "failures": 0, "errors": 0, "skipped": 0}
    for column in found.columns:
        given = {"classname": "column", "name": legal(column.name), "time": "0"}
        case = ElementTree.SubElement(suite, "testcase", given)
        told = _told(column)
        if column.changed:
            counts["failures"] += 1
            verdict = column.verdict if column.alarm is None else "changed"
            failure = ElementTree.SubElement(case, "failure", {"message": legal(told[0]), "type": verdict})
            failure.text = legal("\n".join(told))
        elif column.verdict == "not judged":
            counts["skipped"] += 1
            ElementTree.SubElement(case, "skipped", {"message": legal(column.words)})
        elif told:
            ElementTree.SubElement(case, "system-out").text = legal("\n".join(told))
    return document(suite, counts, at, "monitor compare")


def _told(column: ColumnComparison) -> list[str]:
    moved = ""
    if column.moved is not None and column.at_least is not None and column.at_most is not None:
        moved = f", moved by {column.moved:.3f} ({column.at_least:.3f} to {column.at_most:.3f})"
    alarm = [column.alarm.message] if column.alarm is not None else []
    return [f"{column.name} {column.verdict}{moved}: {column.words}", *alarm, *column.remarks]
