"""The report of a data test: everything in it, nothing fetched, whatever values hold is text."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import msgspec
import polars as pl
import pytest
from web_serving import Seen

from holdtrue.contracts import (
    BatchChecker,
    Category,
    Contract,
    DateTime,
    Float,
    Int,
    Key,
    Severity,
    TableResult,
    Text,
    check_table,
    field,
    rule,
    table_test,
)
from holdtrue.foundation import ManualClock
from holdtrue.profiles import ColumnProfile, Drift, profile_column
from holdtrue.web import data_report_page
from holdtrue.web.distribution import column_card, histogram
from holdtrue.workspace import (
    ColumnReport,
    ColumnsReport,
    DataReport,
    DriftReport,
    Profiling,
    columns_report,
    open_workspace,
    write_template,
)  # fmt: skip
from holdtrue.workspace import (
    test_data as judged,
)

AT = dt.datetime(2026, 11, 24, 12, 30, tzinfo=dt.UTC)
HOSTILE = "</style></p><script>alert(1)</script><img src=x onerror=alert(1)>\"'`{{ 7 * 7 }}&lt;\u202e\x00"


class Order(Contract):
    id: Key
    amount: Float = field(ge=0, unit=HOSTILE[:40])
    pieces: Int
    state: Category
    note: Text = field(max_length=500)
    at: DateTime = field(null=True)

    @rule(severity="warn")
    def some(row):
        """At least one </script> piece."""
        return row.pieces > 0

    @table_test
    def enough(table):
        return table.rows > 10_000

    @table_test(severity="warn")
    def usual(table):
        return table.column("amount").mean < 3


def orders(rows: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "id": [f"{HOSTILE}{place}" for place in range(rows)],
            "amount": [-1.0 if place == 3 else place / 7 for place in range(rows)],
            "pieces": [place % 5 for place in range(rows)],
            "state": [(HOSTILE, "open", "paid")[place % 3] for place in range(rows)],
            "note": [f"a note of {HOSTILE}" for _ in range(rows)],
            "at": [None if place % 4 == 0 else dt.datetime(2026, 1, 1 + place % 28, 12) for place in range(rows)],
        }
    )


def reported(frame: pl.DataFrame, baseline: dict[str, ColumnProfile] | None = None) -> str:
    result, profiling = BatchChecker(Order.spec).check(frame), Profiling()
    profiling.add(Order.spec, result.accepted)
    report = DataReport(
        model="orders",
        rows=result.rows,
        refused=int(result.refused.sum()),
        passed=False,
        tests=result.tests,
        table_tests=check_table(Order.spec, result.accepted),
        rows_pass=False,
    )
    columns = tuple(
        ColumnReport(name=name, kind=Order.spec.kinds[name], now=now.compact(), baseline=(baseline or {}).get(name))
        for name, now in profiling.columns.items()
    )
    whole = ColumnsReport(columns=columns, baseline_of="orders:v3" if baseline else "", baseline_rows=10)
    return data_report_page(report, whole, f"data {HOSTILE}", AT)


def test_whatever_values_hold_is_text_and_nothing_is_fetched() -> None:
    page = reported(orders(300))
    seen = Seen(page)
    assert {"script", "img", "link", "iframe"}.isdisjoint(tag for tag, _ in seen.elements)
    assert all(not name.startswith("on") for _, attributes in seen.elements for name in attributes)
    assert seen.values("src") == seen.values("href") == []
    assert "default-src 'none'" in page
    assert "@import" not in page
    assert "url(" not in page
    assert "alert(1)" in seen.text
    assert "{{ 7 * 7 }}" in seen.text


def test_it_says_the_verdict_the_failed_tests_with_examples_and_the_figures() -> None:
    text = Seen(reported(orders(300))).text
    for said in (
        "Failed: 1 row of 300 refused, more than max_refused; table.enough",
        "amount.ge", "row 4: amount: -1 is less than 0",
        "rule.some", "60 rows", "20%", "At least one", "FAILED", "rows > 10,000: does not hold, rows is 299",
        "warn", "No version is registered yet", "2026-11-24 12:30 UTC",
    ):  # fmt: skip
        assert said in text, said


def test_columns_stand_beside_the_baselines() -> None:
    before = orders(300).with_columns(amount=pl.col("amount") + 100)
    baseline = {name: profile_column(before[name]).compact() for name in ("amount", "state")}
    page = reported(orders(300), baseline)
    text = Seen(page).text
    assert "baseline of orders:v3" in text
    assert page.count("<polyline") == 1
    assert "33% (was 33%)" in text
    assert text.count("not in the baseline") == 4


def test_a_column_that_moved_is_named_and_says_how() -> None:
    moved = {
        "state": Drift(effect=0.4, chance=0.05, event='"<b>"', before=0.1, now=0.5),
        "pieces": Drift(effect=0.01, chance=0.05, event="at most 2", before=0.5, now=0.51),
    }
    drift = DriftReport(against="the baseline of orders:v3", rows=300, columns=moved)
    report = DataReport(model="orders", rows=300, refused=0, passed=True, tests=(), table_tests=(), drift=drift)
    profile = profile_column(pl.Series(["a", "b"]))
    names = [ColumnReport(name=name, kind="category", now=profile) for name in moved]
    page = data_report_page(report, ColumnsReport(columns=tuple(names)), "s", AT)
    text = Seen(page).text
    assert "farther than by chance (0 is not at all, 1 is all rows): state 0.40." in text
    assert 'most of it "<b>": 10% then, 50% now' in text
    assert text.count("moved by") == 1
    few = DriftReport(against="the baseline of orders:v3", rows=2, columns={}, unjudged={"state": 22, "pieces": 16})
    page = data_report_page(msgspec.structs.replace(report, drift=few), ColumnsReport(columns=tuple(names)), "s", AT)
    said = "Whether any column moved from the baseline of orders:v3 is not judged: too few rows (2; from 22 on)."
    assert said in Seen(page).text and "moved by" not in Seen(page).text
    some = msgspec.structs.replace(few, columns=moved, rows=18, unjudged={"wall": 22})
    assert some.unjudged_words.startswith(
        "whether wall moved from the baseline of orders:v3 is not judged: too few rows"
    )
    small = msgspec.structs.replace(few, unjudged={"state": None}).unjudged_words
    assert small.endswith("is not judged: the baseline of orders:v3 has too few rows")


def test_where_no_row_was_accepted_one_line_says_so() -> None:
    unjudged = TableResult(
        test="table.x", passed=None, value={}, message="x: not judged [table.x]", severity=Severity.WARN
    )
    report = DataReport(model="m", rows=2, refused=2, passed=False, tests=(), table_tests=(unjudged,) * 27)
    wall = ColumnReport(name="wall", kind="category", now=profile_column(pl.Series([], dtype=pl.String)))
    text = Seen(data_report_page(report, ColumnsReport(columns=(wall,)), "s", AT)).text
    assert "No row was accepted, so there is nothing to compare" in text and "wall" not in text
    assert "not judged 27 tests no row was accepted" in text and "table.x" not in text


def test_a_count_that_a_test_made_is_not_contradicted_by_an_estimate() -> None:
    codes = profile_column(pl.Series([f"SKU-{place}" for place in range(5574)]))
    other = profile_column(pl.Series([f"SKU-{place % 3000}" for place in range(5574)]))
    columns = ColumnsReport(
        columns=tuple(ColumnReport(name=name, kind="text", now=now) for name, now in (("sku", codes), ("zip", other)))
    )
    unique = TableResult(
        test="table.sku_unique", passed=True, value={"sku.duplicates": 0}, message="", severity=Severity.REFUSE
    )
    report = DataReport(model="m", rows=5574, refused=0, passed=True, tests=(), table_tests=(unique,))

    def said(report: DataReport) -> list[str]:
        return re.findall(
            r"different (most or all|(?:about )?[\d,]+)", Seen(data_report_page(report, columns, "s", AT)).text
        )

    assert said(report) == ["5,574", "about 3,000"]
    alone = msgspec.structs.replace(report, table_tests=())
    assert said(alone) == ["most or all", "about 3,000"]
    counted = msgspec.structs.replace(unique, value={"zip.distinct": 3000, "sku.distinct": 5574})
    exact = msgspec.structs.replace(report, table_tests=(counted,))
    assert said(exact) == ["5,574", "3,000"]


def test_a_histogram_shows_all_values_once_and_parts_are_the_whole() -> None:
    column = pl.Series([0.0, 1.0, 1.0, 2.0, 5.0] * 40)
    found = histogram(profile_column(column), None)
    assert found is not None
    heights = [bar[3] for bar in found.bars]
    assert len(heights) == 6
    assert heights == [50.0, 100.0, 50.0, 0.0, 0.0, 50.0]
    assert (found.low, found.high, found.line) == ("0", "5", "")
    assert histogram(profile_column(pl.Series([None, None], dtype=pl.Float64)), None) is None
    alone = histogram(profile_column(pl.Series([7.5])), None)
    assert alone is not None
    assert [bar[3] for bar in alone.bars] == [100.0]


@pytest.mark.parametrize("values", [[], [None], [float("inf")], [1e300, -1e300], [2**63 - 1, -(2**63)]])
def test_odd_columns_are_shown_too(values: list[float | None]) -> None:
    profile = profile_column(pl.Series(values, dtype=pl.Float64))
    card = column_card(ColumnReport(name="x", kind="float", now=profile))
    assert card.name == "x"
    page = data_report_page(
        DataReport(model="m", rows=0, refused=0, passed=True, tests=(), table_tests=()),
        ColumnsReport(columns=(ColumnReport(name="x", kind="float", now=profile, remarks=("drifts",)),)),
        "s",
        AT,
    )
    assert "Passed: 0 rows of 0 refused" in page
    assert "drifts" in page


def test_a_projects_data_is_profiled_in_the_same_pass(tmp_path: Path) -> None:
    write_template("houses", tmp_path / "houses")
    workspace = open_workspace(tmp_path / "houses", environ={}, clock=ManualClock(1_700_000_000_000_000))
    profiling = Profiling()
    report = judged(workspace, None, profiling=profiling)
    assert report == judged(workspace, None)
    columns = columns_report(workspace, report.model, profiling)
    assert columns.baseline_of == ""
    assert [column.name for column in columns.columns] == list(workspace.model().spec.kinds)
    assert {column.now.count for column in columns.columns} == {report.rows - report.refused}
    page = data_report_page(report, columns, "sales", AT)
    assert len(page) < 12_000 + 3_000 * len(columns.columns)
