"""What the reports say, from the records they are given."""

from __future__ import annotations

import msgspec
import pytest

from holdtrue.cli.reports.verdicts import print_run, print_tests
from holdtrue.contracts import Severity, TableResult
from holdtrue.pipeline import RunReport


def test_a_run_names_its_explainer_its_pace_and_what_would_be_faster(capsys: pytest.CaptureFixture[str]) -> None:
    report = RunReport(
        run_id="1", model="flats", status="looked", version=None, explainer="permutation", explained_per_second=7.31
    )
    print_run(report)
    assert "reasons by permutation, about 7.31 rows a second here\n" in capsys.readouterr().out
    print_run(msgspec.structs.replace(report, faster_with="pip install 'holdtrue[shap]'"))
    assert "rows a second here; far faster with: pip install 'holdtrue[shap]'" in capsys.readouterr().out


def test_a_table_test_is_named_once_and_that_of_the_parts_is_counted_apart(capsys: pytest.CaptureFixture[str]) -> None:
    said = {"severity": Severity.WARN, "value": {}}
    enough = "rows >= 1,000: does not hold, rows is 7 [table.enough]"
    tables = (
        TableResult(test="table.enough", passed=False, message=enough, **said),
        TableResult(test="table.parts_apart", passed=True, message="fine [table.parts_apart]", **said),
    )
    print_tests((), tables, 7, 0)
    assert capsys.readouterr().out == (
        "7 rows, 0 tests of each, 1 of the table, 1 of its parts; 0 rows refused\n"
        "  warning     table.enough: rows >= 1,000: does not hold, rows is 7\n"
    )
    print_tests((), tables[:1], 7, 0)
    assert "0 tests of each, 1 of the table; 0 rows refused\n" in capsys.readouterr().out


def test_of_a_table_without_accepted_rows_one_line_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    message = "rows >= 1,000: not judged: no row was accepted [table.enough]"
    tables = (TableResult(test="table.enough", passed=None, message=message, severity=Severity.WARN, value={}),) * 2
    print_tests((), tables, 7, 7)
    told = capsys.readouterr().out.splitlines()
    assert told[1:] == ["  not judged  2 tests of the table: no row was accepted (--all shows them)"]
    print_tests((), tables, 7, 7, every=True)
    told = capsys.readouterr().out.splitlines()
    assert told[1:] == ["  not judged  table.enough: rows >= 1,000: not judged: no row was accepted"] * 2
