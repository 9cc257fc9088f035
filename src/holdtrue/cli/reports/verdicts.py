"""Tests, checks and gates."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from holdtrue.cli.output import print_table, say, say_pair
from holdtrue.foundation import counted, figure, share

if TYPE_CHECKING:
    from holdtrue.contracts import TableResult, TestResult
    from holdtrue.gates import GateDecision
    from holdtrue.pipeline import RunReport
    from holdtrue.workspace import DataReport, DriftReport

_MOST_MOVED = 8
_VERDICTS = {True: ("passed", "green"), False: ("FAILED", "bold red"), None: ("not judged", "yellow")}


def print_verdict(passed: bool | None, what: str, message: str) -> None:
    """Show what was judged and how it came out."""
    word, style = _VERDICTS[passed]
    say_pair(word, style, what + (f": {message}" if message else ""), width=12)


def print_run(report: RunReport) -> None:
    """Show what came of a run."""
    if report.status == "unchanged" and report.version is not None:
        name = f"{report.model}:v{report.version.number}"
        say(f"nothing to do: {name} was made of this very code, data and parameters (--force does it again)")
        return
    print_tests(report.tests, report.table_tests, report.rows, report.refused)
    say()
    order = [name for name in ("train", "valid", "held") if name in report.parts]
    say("rows    " + ", ".join(f"{report.parts[name]:,} {name}" for name in order), hang=8)
    say("error   " + ", ".join(f"{name} {figure(value)}" for name, value in report.metrics.items()), hang=8)
    say(f"reasons {_explained(report)}", hang=8)
    if report.unestimated:
        say(f"note    {report.unestimated}", hang=8)
    if report.rehearsal is not None and report.version is not None:
        from holdtrue.cli.reports.rehearsals import print_summary

        print_summary(report.rehearsal, f"{report.model}:v{report.version.number}")
    _print_gate(report)
    if report.version is not None:
        name = f"{report.model}:v{report.version.number}"
        passed = report.gate is not None and report.gate.passed
        say()
        say(f"registered {name}" + ("" if passed else ", which did not pass its gate"), "bold")
        say(f"next: holdtrue promote {name}" if passed else f"next: mend it and run again; holdtrue show {name}")
    if report.note:
        say()
        say(report.note)


def _explained(report: RunReport) -> str:
    text = f"by {report.explainer}, about {figure(report.explained_per_second)} rows a second here"
    return f"{text}; far faster with: {report.faster_with}" if report.faster_with else text


def _print_gate(report: RunReport) -> None:
    gate = report.gate
    asked = {each.condition for each in gate.results} if gate is not None else set()
    free = [check for check in report.checks if f"check {check.name}" not in asked]
    if free:
        say("checks that the gate does not ask for")
        for check in free:
            print_verdict(check.passed, check.name, check.message)
    if gate is not None:
        print_gate(gate)


def print_gate(gate: GateDecision) -> None:
    """Show a gate's decision, condition by condition."""
    say("gate    " + ("passed" if gate.passed else "did not pass"))
    for result in gate.results:
        print_verdict(result.passed, result.condition, result.message)


def print_tests(
    tests: Sequence[TestResult], tables: Sequence[TableResult], rows: int, refused: int, *, every: bool = False
) -> None:
    """Show data tests: those that something failed, or all of them."""
    shown = [test for test in tests if every or test.failed]
    from holdtrue.pipeline import PARTS_APART

    # A run tests how it parts its rows too; so `data test` has one test less.
    apart = sum(table.test == PARTS_APART for table in tables)
    said = f"{counted(rows, 'row')}, {counted(len(tests), 'test')} of each, {len(tables) - apart} of the table"
    say(said + (f", {apart} of its parts" if apart else "") + f"; {counted(refused, 'row')} refused")
    if shown:
        print_table(
            ("rows", "then", "test", "for example" if not every else "what fails it"),
            [(f"{each.failed:,}", str(each.severity.value), each.test, _example(each)) for each in shown],
            right="rows",
            fold="for example" if not every else "what fails it",
        )
    for test in tests:
        if test.hint:
            say(f"hint    {test.test}: {test.hint}", hang=8)
    if rows == refused > 0 and tables and not every:
        print_verdict(None, counted(len(tables), "test") + " of the table", "no row was accepted (--all shows them)")
        return
    for table in tables:
        if every or table.passed is not True:
            _print_table_test(table)


def print_failed_tests(tests: Sequence[TestResult]) -> None:
    """Show the tests that some rows did not pass, each with an example; nothing where there is none."""
    if tests:
        rows = [(f"{each.failed:,}", str(each.severity.value), each.test, _example(each)) for each in tests]
        print_table(("rows", "then", "test", "for example"), rows, right="rows", fold="for example")


def _print_table_test(table: TableResult) -> None:
    what = f"{table.test}: {table.words}"
    if table.passed is False and table.severity != "refuse":
        say_pair({"warn": "warning"}.get(table.severity, "note"), "yellow", what, width=12)
    else:
        print_verdict(table.passed, table.test, table.words)
    for example in table.examples:
        say(f"            {example}", hang=12)


def _example(test: TestResult) -> str:
    # The message ends with the test's name in brackets, which has a column of its own here.
    message = test.examples[0].message if test.examples else test.message
    return message.removesuffix(f" [{test.test}]")


def print_data_tests(report: DataReport, *, every: bool, refused: Path | None = None) -> None:
    """Show the outcome of `data test`.

    Args:
        refused: the file that the refused rows were written to, if they were.
    """
    print_tests(report.tests, report.table_tests, report.rows, report.refused, every=every)
    sound = sum(not test.failed for test in report.tests)
    if sound and not every:
        say(f"{sound} tests that no row broke (--all shows them)")
    if refused is not None:
        say(f"{counted(report.refused, 'refused row')} with the reasons in {refused}")
    if report.drift is not None:
        _print_drift(report.drift, every=every)
    say(_outcome(report), "bold")


def _print_drift(report: DriftReport, *, every: bool) -> None:
    """Show which columns have moved: those that moved farther than by chance, or all."""
    if report.unjudged:
        say(report.unjudged_words)
    if not report.columns:
        return
    shown = [(name, each) for name, each in report.columns.items() if every or each.effect > each.chance]
    if not shown:
        say(f"no column has moved from {report.against} farther than by chance")
        return
    say(f"moved from {report.against}, by {counted(report.rows, 'row')}: 0 is not at all, 1 is all of them")
    print_table(
        ("column", "moved", "chance", "most of it", "then", "now"),
        [
            (name, f"{each.effect:.2f}", f"{each.chance:.2f}", each.event, share(each.before), share(each.now))
            for name, each in (shown if every else shown[:_MOST_MOVED])
        ],
        right="moved chance then now",
    )
    if len(shown) > _MOST_MOVED and not every:
        say(f"and {len(shown) - _MOST_MOVED} more (--all shows them)")


def _outcome(report: DataReport) -> str:
    if report.passed:
        return "passed" + (f": {counted(report.refused, 'row')} refused, within max_refused" if report.refused else "")
    wrong = [table.test for table in report.table_tests if table.passed is False and table.severity == "refuse"]
    if wrong:
        return f"failed: {', '.join(wrong)}"
    return f"failed: {report.refused:,} of {counted(report.rows, 'row')} refused, more than max_refused"
