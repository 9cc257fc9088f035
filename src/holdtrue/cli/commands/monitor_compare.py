"""monitor compare."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from holdtrue.cli.options import Json

if TYPE_CHECKING:
    from holdtrue.foundation import HoldtrueError


def add_to(monitor: typer.Typer) -> None:
    """Add the command to its group."""
    monitor.command("compare")(compare)


def compare(
    reference: Annotated[Path, typer.Argument(help="The table that says how things were.")],
    table: Annotated[Path, typer.Argument(help="The table that may differ.")],
    time: Annotated[
        str, typer.Option("--time", help="A column with the rows' time: tells when each change began.")
    ] = "",
    season: Annotated[
        str, typer.Option("--season", help="With --time: compare within the same hour, weekday or month.")
    ] = "",
    tolerance: Annotated[
        float, typer.Option("--tolerance", min=0, max=1, help="Least share of the rows that a change must move.")
    ] = 0.05,
    level: Annotated[
        float, typer.Option("--level", help="How often equal tables may be said to differ, all columns together.")
    ] = 0.01,
    false_alarm_rows: Annotated[
        float, typer.Option("--false-alarm-rows", min=1, help="With --time: at most one false alarm in so many rows.")
    ] = 100_000.0,
    columns: Annotated[
        list[str] | None, typer.Option("--column", help="Only this column; may be repeated.", show_default=False)
    ] = None,
    leave_out: Annotated[
        list[str] | None, typer.Option("--leave-out", help="Not this column; may be repeated.", show_default=False)
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also the columns that did not change.")] = False,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write a report of one HTML file.", show_default=False)
    ] = None,
    junit: Annotated[
        Path | None, typer.Option("--junit", help="Write JUnit XML, for continuous integration.", show_default=False)
    ] = None,
    json: Json = False,
) -> None:
    """Compare two tables column by column; needs no project.

    CSV, Parquet and JSON lines, packed or not, as holdtrue data test reads them. A column has changed if the difference
    is more than chance, all columns together, and moves at least the tolerated share of the rows. Exit 1 if one has, or
    if only one of the tables has it.

    Example: holdtrue monitor compare 1995.csv 1996.csv --time sdate --html report.html
    """
    from holdtrue.cli.output import print_json
    from holdtrue.cli.progress import progress_for_console
    from holdtrue.foundation import HoldtrueError, SystemClock, datetime_of
    from holdtrue.monitors.comparison import ComparisonSettings
    from holdtrue.workspace import TableToCompare, require_apart
    from holdtrue.workspace import compare as compare_tables

    require_apart([html, junit], {each.resolve(): "read" for each in (reference, table)})
    at = datetime_of(SystemClock().now())
    try:
        found = compare_tables(
            TableToCompare.of(reference, ""),
            TableToCompare.of(table, ""),
            ComparisonSettings(level=level, tolerance=tolerance),
            time=time,
            season=season,  # type: ignore[arg-type]  # it is looked at there
            false_alarm_rows=false_alarm_rows,
            columns=columns or (),
            leave_out=leave_out or (),
            progress=progress_for_console(json=json),
        )
    except HoldtrueError as error:
        _write_unread(error, f"{table} beside {reference}", at, html, junit)
        raise
    if html is not None:
        from holdtrue.web import comparison_page

        html.write_text(comparison_page(found, at), encoding="utf-8")
    if junit is not None:
        from holdtrue.cli.reports.comparison_junit import comparison_xml

        junit.write_text(comparison_xml(found.comparison, at), encoding="utf-8")
    if json:
        print_json(found.comparison)
    else:
        from holdtrue.cli.reports.comparisons import print_comparison

        print_comparison(found, every=everything)
    if found.comparison.changed:
        raise typer.Exit(1)


def _write_unread(error: HoldtrueError, what: str, at: dt.datetime, html: Path | None, junit: Path | None) -> None:
    """Write the reports that were asked for, so that who reads them alone hears of the error too."""
    if html is not None:
        from holdtrue.web import unread_page

        html.write_text(unread_page(error, "", what, at), encoding="utf-8")
    if junit is not None:
        from holdtrue.cli.reports.junit import unread_xml

        junit.write_text(unread_xml(error, "", what, at), encoding="utf-8")
