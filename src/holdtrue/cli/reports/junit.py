"""The outcome of `data test` as JUnit XML, which servers of continuous integration show test by test.

A test of rows fails here where the command fails by it: where more rows were refused than the model allows. Rows that
were refused within that, warnings and notes stand in the test's output.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING
from xml.etree import ElementTree

from holdtrue.foundation import counted

if TYPE_CHECKING:
    from holdtrue.contracts import TableResult, TestResult
    from holdtrue.foundation import HoldtrueError
    from holdtrue.workspace import DataReport

_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit_xml(report: DataReport, source: str, at: dt.datetime) -> str:
    """Return the report as XML.

    Args:
        source: the data that was tested, as the suite's name says it. at: when.
    """
    too_many = any(test.failed and test.severity == "refuse" for test in report.tests) and not report.rows_pass
    suite = ElementTree.Element("testsuite", {"name": legal(f"{report.model}: {source}")})
    properties = ElementTree.SubElement(suite, "properties")
    for name, value in (("model", report.model), ("data", source), ("rows", report.rows), ("refused", report.refused)):
        ElementTree.SubElement(properties, "property", {"name": name, "value": legal(str(value))})
    counts = {"failures": 0, "skipped": 0}
    for test in report.tests:
        _add_row_test(suite, report.model, test, counts, fails=too_many)
    for table in report.table_tests:
        _add_table_test(suite, report.model, table, counts)
    tests = len(report.tests) + len(report.table_tests)
    return document(suite, {"tests": tests, "errors": 0, **counts}, at)


def unread_xml(error: HoldtrueError, model: str, source: str, at: dt.datetime) -> str:
    """Return the report of data that could not be tested at all: one case, with the error.

    Args:
        model: its name; "" where not even that is known.
        source: the data that was to be tested. at: when.
    """
    named = ": ".join(filter(None, (model, source)))
    suite = ElementTree.Element("testsuite", {"name": legal(named)})
    case = {"classname": f"{model}.read" if model else "read", "name": legal(f"read {source}"), "time": "0"}
    given = {"message": legal(error.message), "type": error.code}
    told = "\n".join(filter(None, (error.message, error.hint)))
    ElementTree.SubElement(ElementTree.SubElement(suite, "testcase", case), "error", given).text = legal(told)
    return document(suite, {"tests": 1, "failures": 0, "errors": 1, "skipped": 0}, at)


def document(suite: ElementTree.Element, counts: Mapping[str, int], at: dt.datetime, what: str = "data test") -> str:
    """Return the XML of a suite.

    Args:
        counts: of its `tests`, `failures`, `errors` and `skipped`. at: when it ran. what: the command that ran it.
    """
    totals = {name: str(counts[name]) for name in ("tests", "failures", "errors", "skipped")}
    for name, value in (*totals.items(), ("time", "0"), ("timestamp", at.strftime("%Y-%m-%dT%H:%M:%S"))):
        suite.set(name, value)
    root = ElementTree.Element("testsuites", {"name": f"holdtrue {what}", **totals, "time": "0"})
    root.append(suite)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ElementTree.tostring(root, encoding="unicode") + "\n"


def _add_row_test(
    suite: ElementTree.Element, model: str, test: TestResult, counts: dict[str, int], *, fails: bool
) -> None:
    case = _case(suite, model, test.test)
    if not test.failed:
        return
    lines = [f"{counted(test.failed, 'row')} of {test.judged:,}: {test.message}"]
    lines += [f"  row {failure.row_number}: {failure.message}" for failure in test.examples]
    lines += [f"  {test.hint}"] if test.hint else []
    told = "\n".join(lines)
    if fails and test.severity == "refuse":
        counts["failures"] += 1
        failure = ElementTree.SubElement(
            case, "failure", {"message": legal(lines[0]), "type": str(test.severity.value)}
        )
        failure.text = legal(told)
    else:
        ElementTree.SubElement(case, "system-out").text = legal(f"{test.severity.value}: {told}")


def _add_table_test(suite: ElementTree.Element, model: str, table: TableResult, counts: dict[str, int]) -> None:
    case = _case(suite, model, table.test)
    told = "\n".join((table.message, *(f"  {example}" for example in table.examples)))
    if table.passed is None:
        counts["skipped"] += 1
        ElementTree.SubElement(case, "skipped", {"message": legal(table.message)})
    elif not table.passed and table.severity == "refuse":
        counts["failures"] += 1
        given = {"message": legal(table.message), "type": str(table.severity.value)}
        ElementTree.SubElement(case, "failure", given).text = legal(told)
    else:
        word = "" if table.passed else f"{table.severity.value}: "
        ElementTree.SubElement(case, "system-out").text = legal(f"{word}{told}")


def _case(suite: ElementTree.Element, model: str, test: str) -> ElementTree.Element:
    of = test.partition(".")[0]
    return ElementTree.SubElement(suite, "testcase", {"classname": f"{model}.{of}", "name": test, "time": "0"})


def legal(text: str) -> str:
    """Return text as XML can hold it: what it cannot is a question mark."""
    return _ILLEGAL.sub("\ufffd", text)
