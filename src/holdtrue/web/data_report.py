"""The outcome of `data test` as one HTML file: complete in itself, nothing fetched, no script, opened from a disk."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

from msgspec import Struct
from msgspec.structs import replace

from holdtrue.contracts import TableResult, TestResult
from holdtrue.foundation import HoldtrueError, counted, figure, share
from holdtrue.web.distribution import ColumnCard, column_card
from holdtrue.web.environment import page_environment, report_styles
from holdtrue.workspace import ColumnReport, ColumnsReport, DataReport


class Verdict(Struct, frozen=True):
    """A table test in words: `word` is passed, FAILED, warns or not judged; `examples` speak against it."""

    word: str
    bad: bool
    test: str
    message: str
    examples: tuple[str, ...] = ()


def data_report_page(report: DataReport, columns: ColumnsReport, source: str, at: dt.datetime) -> str:
    """Return the report as a page.

    Args:
        source: the data that was tested, in words. at: when.
    """
    environment = page_environment()
    environment.filters |= {"counted": counted, "figure": figure, "share": share}
    broken = sorted((test for test in report.tests if test.failed), key=_rank)
    verdicts = [_verdict(table) for table in report.table_tests]
    if verdicts and report.rows == report.refused > 0:
        verdicts = [Verdict("not judged", False, counted(len(verdicts), "test"), "no row was accepted")]
    return environment.get_template("data_report.html").render(
        report=report,
        source=source,
        at=at,
        styles=report_styles(),
        broken=broken,
        sound=[test for test in report.tests if not test.failed],
        verdicts=sorted(verdicts, key=lambda each: (not each.bad, each.word == "passed")),
        outcome=outcome(report),
        cards=[] if report.rows == report.refused > 0 else _cards(report, columns),
        columns=columns,
        moved=_farthest(report),
    )


def unread_page(error: HoldtrueError, model: str, source: str, at: dt.datetime) -> str:
    """Return the page of data that could not be tested at all: what went wrong, and what to do next.

    Args:
        model: its name; "" where not even that is known.
        source: the data that was to be tested, in words. at: when.
    """
    template = page_environment().get_template("data_unread.html")
    return template.render(error=error, model=model, source=source, at=at, styles=report_styles())


def outcome(report: DataReport) -> str:
    """Say in a sentence how data fared."""
    failed = [table.test for table in report.table_tests if table.passed is False and table.severity == "refuse"]
    said = f"{counted(report.refused, 'row')} of {report.rows:,} refused"
    if report.passed:
        return f"Passed: {said}" + (", within max_refused" if report.refused else "")
    if report.rows_pass:
        return f"Failed: {', '.join(failed)}"
    return f"Failed: {said}, more than max_refused" + (f"; {', '.join(failed)}" if failed else "")


def _rank(test: TestResult) -> tuple[int, int]:
    return ("refuse", "warn", "note").index(test.severity.value), -test.failed


def _verdict(table: TableResult) -> Verdict:
    if table.passed is None:
        word, bad = "not judged", False
    elif table.passed:
        word, bad = "passed", False
    else:
        word, bad = ("FAILED", True) if table.severity == "refuse" else (table.severity.value, True)
    return Verdict(word, bad, table.test, table.words, table.examples)


def _farthest(report: DataReport) -> str:
    """Name the columns that moved farther than by chance, the farthest first; "" where nothing was compared."""
    if report.drift is None:
        return ""
    unjudged = report.drift.unjudged_words
    more = f" {unjudged[:1].upper()}{unjudged[1:]}." if unjudged else ""
    if not report.drift.columns:
        return more.strip()
    found = [(name, each) for name, each in report.drift.columns.items() if each.effect > each.chance]
    if not found:
        return f"No column has moved from {report.drift.against} farther than by chance.{more}"
    listed = ", ".join(f"{name} {each.effect:.2f}" for name, each in found)
    return f"Moved from {report.drift.against} farther than by chance (0 is not at all, 1 is all rows): {listed}.{more}"


def _cards(report: DataReport, columns: ColumnsReport) -> Sequence[ColumnCard]:
    return [
        column_card(
            replace(column, remarks=(*column.remarks, *_moved(report, column))), different=_different(report, column)
        )
        for column in columns.columns
    ]


def _different(report: DataReport, column: ColumnReport) -> int | None:
    """Return how many different values a column has, where a table test counted them."""
    present = column.now.count - column.now.nulls
    for table in report.table_tests:
        distinct, duplicates = (table.value.get(f"{column.name}.{figure}") for figure in ("distinct", "duplicates"))
        if distinct is not None:
            return int(distinct)
        if duplicates is not None:
            return present - int(duplicates)
    return None


def _moved(report: DataReport, column: ColumnReport) -> Iterator[str]:
    """Say how far a column has moved, where that is farther than by chance."""
    found = None if report.drift is None else report.drift.columns.get(column.name)
    if report.drift is not None and found is not None and found.effect > found.chance:
        yield (
            f"moved by {found.effect:.2f} from {report.drift.against} (by chance: up to {found.chance:.2f}), "
            f"most of it {found.event}: {share(found.before)} then, {share(found.now)} now"
        )
