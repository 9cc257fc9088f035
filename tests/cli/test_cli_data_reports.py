"""`data test --junit --html`: files that other programs read, of the same verdict as the exit code."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import polars as pl
import pytest
from commanding import holdtrue
from markupsafe import escape

from holdtrue.cli.reports.junit import junit_xml
from holdtrue.contracts import (
    BatchChecker,
    Category,
    Contract,
    Float,
    Severity,
    TableResult,
    check_table,
    field,
    table_test,
)
from holdtrue.foundation import datetime_of
from holdtrue.web import data_report_page
from holdtrue.workspace import ColumnsReport, DataReport, open_workspace, write_template


def test_the_reports_are_written_and_say_what_the_command_says(tmp_path: Path) -> None:
    write_template("houses", tmp_path / "houses")
    code = open_workspace(tmp_path / "houses").captured().id
    told = holdtrue(
        tmp_path / "houses",
        "data",
        "test",
        "live/1996.parquet",
        "--junit",
        "r.xml",
        "--html",
        "r.html",
        "--refused",
        "r.csv",
    )
    assert "114 refused rows with the reasons in r.csv" in told.out
    assert told.code == 1
    assert "114 of 4,838 rows refused" in told.out
    suite = ElementTree.parse(tmp_path / "houses" / "r.xml").getroot().find("testsuite")
    assert suite is not None
    cases = suite.findall("testcase")
    counts = {name: int(suite.attrib[name]) for name in ("tests", "failures", "errors", "skipped")}
    assert counts == {"tests": len(cases), "failures": 1, "errors": 0, "skipped": 0}
    (failed,) = [case for case in cases if case.find("failure") is not None]
    assert failed.attrib["name"] == "rule.sold_after_it_was_built"
    said = failed.find("failure")
    assert said is not None
    assert said.attrib["message"].startswith("114 rows of 4,838: ")
    assert "row 158: yrbuilt 1997, sdate 1996-01-22" in (said.text or "")
    warned = {case.attrib["name"]: case.findtext("system-out") for case in cases if case.find("system-out") is not None}
    assert (warned["depth.warn.gt"] or "").startswith("warn: 780 rows of 4,838")
    properties = {each.attrib["name"]: each.attrib["value"] for each in suite.iter("property")}
    assert properties == {"model": "house-price", "data": "live/1996.parquet", "rows": "4838", "refused": "114"}
    page = (tmp_path / "houses" / "r.html").read_text("utf-8")
    assert "114 rows of 4,838 refused, more than max_refused" in page
    fine = holdtrue(tmp_path / "houses", "data", "test", "--junit", "r.xml")
    assert fine.code == 0
    suite = ElementTree.parse(tmp_path / "houses" / "r.xml").getroot()[0]
    assert suite.attrib["failures"] == "0"
    assert "refuse: 24 rows" in "".join(suite.itertext())
    assert open_workspace(tmp_path / "houses").captured().id == code  # a report is no code
    (tmp_path / "houses" / "r.xml").write_text("of someone else")
    assert open_workspace(tmp_path / "houses").captured().id != code


@pytest.mark.parametrize(
    ("name", "said", "code"),
    [
        ("cut.parquet", "cut.parquet: not a readable Parquet file", "unreadable-data"),
        ("short.csv", "short.csv:3: 1 field where the header has 2", "unreadable-data"),
        ("none.csv", "no such file: none.csv", "no-data"),
        ("wide.csv", "wide.csv", "unreadable-data"),  # readable, and without what the contract names
    ],
)
def test_what_cannot_be_read_is_said_in_every_report(tmp_path: Path, name: str, said: str, code: str) -> None:
    project = tmp_path / "houses"
    write_template("houses", project)
    (project / "cut.parquet").write_bytes((project / "live" / "1996.parquet").read_bytes()[:-500])
    (project / "short.csv").write_text("a,b\n1,2\n3\n")
    (project / "wide.csv").write_text("a,b\n1,2\n3,4\n")
    told = holdtrue(project, "data", "test", name, "--json", "--junit", "r.xml", "--html", "r.html")
    assert told.code == 2
    assert told.value["code"] == code
    assert told.value["error"].startswith(said)
    assert told.err == f"holdtrue: {told.value['error']}\n  {told.value['hint']}\n"
    root = ElementTree.parse(project / "r.xml").getroot()
    assert [root.attrib[each] for each in ("tests", "failures", "errors", "skipped")] == ["1", "0", "1", "0"]
    (case,) = root.iter("testcase")
    assert (case.attrib["classname"], case.attrib["name"]) == ("house-price.read", f"read {name}")
    error = case.find("error")
    assert error is not None
    assert error.attrib == {"message": told.value["error"], "type": code}
    page = (project / "r.html").read_text("utf-8")
    assert f"Not tested: {escape(told.value['error'])}" in page
    assert str(escape(told.value["hint"])) in page


def test_a_project_that_cannot_be_read_is_said_in_every_report_too(tmp_path: Path) -> None:
    write_template("houses", tmp_path / "houses")
    (tmp_path / "houses" / "model.py").write_text("import no_such_library\n")
    told = holdtrue(tmp_path / "houses", "data", "test", "--json", "--junit", "r.xml", "--html", "r.html")
    assert (told.code, told.value["code"]) == (2, "project-broken")
    (case,) = ElementTree.parse(tmp_path / "houses" / "r.xml").getroot().iter("testcase")
    assert (case.attrib["classname"], case.attrib["name"]) == ("read", "read the declared data")
    assert "no_such_library" in (tmp_path / "houses" / "r.html").read_text("utf-8")


def test_the_first_row_is_row_1_in_every_report(tmp_path: Path) -> None:
    project = tmp_path / "houses"
    write_template("houses", project)
    rows = pl.read_parquet(project / "live" / "1996.parquet").head(4)
    rows.with_columns(beds=pl.Series([-1, 3, 3, -4])).write_csv(project / "four.csv")
    told = holdtrue(project, "data", "test", "four.csv", "--json", "--junit", "r.xml", "--html", "r.html")
    (test,) = [test for test in told.value["tests"] if test["test"] == "beds.ge"]
    assert [each["row_number"] for each in test["examples"]] == [1, 4]
    for name in ("r.xml", "r.html"):
        text = (project / name).read_text("utf-8")
        assert "row 1: beds: -1 is less than 0" in text
        assert "row 4: beds: -4 is less than 0" in text


class Row(Contract):
    level: Category = field(allowed=["a"])
    size: Float = field(null=True)

    @table_test
    def not_judged(table):
        return table.column("size").mean > 3

    @table_test(severity="warn")
    def warned(table):
        return table.rows > 5

    @table_test
    def broken(table):
        return table.rows > 7


def test_what_xml_cannot_hold_is_replaced_and_each_verdict_has_its_form() -> None:
    frame = pl.DataFrame({"level": ["a", "b\x00\x1b[31m]]></failure>&\ufffe"], "size": [None, None]})
    result = BatchChecker(Row.spec).check(frame)
    report = DataReport(
        model="m",
        rows=2,
        refused=1,
        passed=False,
        tests=result.tests,
        table_tests=check_table(Row.spec, result.accepted),
        rows_pass=False,
    )
    suite = ElementTree.fromstring(junit_xml(report, "a<b>.csv", datetime_of(0)))[0]
    by_name = {case.attrib["name"]: [each.tag for each in case] for case in suite.iter("testcase")}
    assert by_name["level.allowed"] == by_name["table.broken"] == ["failure"]
    assert by_name["table.not_judged"] == ["skipped"]
    assert by_name["table.warned"] == ["system-out"]
    assert by_name["level.type"] == []
    assert (suite.attrib["failures"], suite.attrib["skipped"]) == ("2", "1")
    assert "]]></failure>&" in "".join(suite.itertext())
    assert suite.attrib["name"] == "m: a<b>.csv"


def test_values_that_count_against_a_table_test_are_in_both_reports() -> None:
    wrong = 'level: "<b>new" does not occur in m:v1'
    tests = [
        TableResult(
            test=f"table.{severity.value}",
            passed=False,
            severity=severity,
            value={},
            message="0.1 is new",
            examples=(wrong,),
        )
        for severity in (Severity.REFUSE, Severity.WARN)
    ]
    report = DataReport(model="m", rows=2, refused=0, passed=False, tests=(), table_tests=tuple(tests), rows_pass=True)
    suite = ElementTree.fromstring(junit_xml(report, "a.csv", datetime_of(0)))[0]
    told = {case.attrib["name"]: "".join(case.itertext()) for case in suite.iter("testcase")}
    assert wrong in told["table.refuse"]
    assert wrong in told["table.warn"]
    page = data_report_page(report, ColumnsReport(columns=()), "a.csv", datetime_of(0))
    assert page.count("<li>level: &#34;&lt;b&gt;new&#34; does not occur in m:v1</li>") == 2
