"""data add, list, show, test, suggest, export, import, diff, status, checkout."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from holdtrue.cli.options import Json, ModelOption, group

if TYPE_CHECKING:
    from holdtrue.workspace import DataReport, Profiling, Workspace

DataRef = Annotated[str, typer.Argument(help="DATA, DATA@latest or DATA@N.")]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    data = group("Versions and tests of data.")
    data.command("add")(add)
    data.command("list")(list_)
    data.command("show")(show)
    data.command("status")(status)
    data.command("diff")(diff)
    data.command("test")(test)
    data.command("suggest")(suggest)
    data.command("export")(export)
    data.command("import")(import_)
    data.command("checkout")(checkout)
    app.add_typer(data, name="data")


def add(
    path: Annotated[Path, typer.Argument(help="A file or folder.")],
    name: Annotated[str, typer.Option("--name", help="What to call it.")],
    json: Json = False,
) -> None:
    """Keep a file or a folder as a data version.

    The same content again is the same version. What a model declares with ht.files is captured by holdtrue run.

    Example: holdtrue data add live --name later-sales
    """
    from holdtrue.cli.output import print_json, say
    from holdtrue.cli.progress import progress_for_console
    from holdtrue.workspace import add_data, open_workspace

    record = add_data(open_workspace(), path, name, progress_for_console(json=json))
    if json:
        print_json(record)
    else:
        rows = f", {record.rows:,} rows" if record.rows else ""
        say(f"{record.name}@{record.number}{rows}")


def list_(json: Json = False) -> None:
    """Every data version.

    Example: holdtrue data list
    """
    from holdtrue.cli.output import print_json, print_table, say
    from holdtrue.foundation import when
    from holdtrue.workspace import open_archive

    found = open_archive().catalog.data.list()
    if json:
        print_json(found)
    elif found:
        print_table(
            ("data", "rows", "captured", "id"),
            [(f"{each.name}@{each.number}", f"{each.rows:,}", when(each.created), each.id[:12]) for each in found],
            right="rows",
        )
    else:
        say("no data version yet; holdtrue run captures what a model declares")


def show(ref: DataRef, json: Json = False) -> None:
    """A data version: its files, rows and columns.

    Example: holdtrue data show sales@1
    """
    from holdtrue.cli.output import print_json
    from holdtrue.cli.reports.records import print_shown
    from holdtrue.workspace import data_record, open_archive, show_reference

    archive = open_archive()
    record = data_record(archive, ref)
    shown = show_reference(archive, f"{record.name}@{record.number}")
    if json:
        print_json(shown)
    else:
        print_shown(shown)


def status(json: Json = False) -> None:
    """Whether declared data changed since it was captured.

    Example: holdtrue data status
    """
    from holdtrue.cli.output import print_json
    from holdtrue.cli.reports.records import print_data_status
    from holdtrue.workspace import data_status, open_workspace

    found = data_status(open_workspace())
    if json:
        print_json(found)
    else:
        print_data_status(found)


def diff(before: DataRef, after: DataRef, json: Json = False) -> None:
    """What differs between two data versions.

    Example: holdtrue data diff sales@1 sales@2
    """
    from holdtrue.cli.output import print_json
    from holdtrue.cli.reports.records import print_data_difference
    from holdtrue.workspace import data_difference, open_archive

    found = data_difference(open_archive(), before, after)
    if json:
        print_json(found)
    else:
        print_data_difference(before, after, found)


def test(
    file: Annotated[
        Path | None, typer.Argument(help="A table; by default the model's declared data.", show_default=False)
    ] = None,
    model: ModelOption = "",
    everything: Annotated[bool, typer.Option("--all", help="Also the tests that no row broke.")] = False,
    junit: Annotated[
        Path | None, typer.Option("--junit", help="Write JUnit XML, for continuous integration.", show_default=False)
    ] = None,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write a report of one HTML file.", show_default=False)
    ] = None,
    refused: Annotated[
        Path | None,
        typer.Option(help="Write refused rows with their reasons, .parquet or .csv.", show_default=False),
    ] = None,
    json: Json = False,
) -> None:
    """Judge data by the contract, test by test.

    A file without the target is judged as live rows are. Exit 1 if more rows are refused than the model allows, or a
    table test fails. The HTML report shows each column beside the baseline of the model's newest version. Both reports
    are written too where the data cannot be read: they say why. `--refused` sets the refused rows aside, each with its
    row number and the reasons.

    Example: holdtrue data test live/1996.parquet --html report.html
    """
    from holdtrue.cli.output import print_json
    from holdtrue.cli.progress import progress_for_console
    from holdtrue.cli.reports.unread import write_unread
    from holdtrue.cli.reports.verdicts import print_data_tests
    from holdtrue.foundation import HoldtrueError
    from holdtrue.workspace import Profiling, note_outputs, open_workspace, require_spare, test_data

    workspace = open_workspace()
    require_spare(workspace.root, [junit, html, refused], [] if file is None else [file])
    profiling = None if html is None else Profiling()
    source = "the declared data" if file is None else str(file)
    try:
        progress = progress_for_console(json=json)
        report = test_data(workspace, file, model, progress=progress, profiling=profiling, refused=refused)
    except HoldtrueError as error:
        write_unread(workspace, error, model, source, junit, html)
        note_outputs(workspace.root, [junit, html])
        raise
    _write_reports(workspace, report, profiling, source, junit, html)
    note_outputs(workspace.root, [junit, html, refused])
    if json:
        print_json(report)
    else:
        print_data_tests(report, every=everything, refused=refused)
    if not report.passed:
        raise typer.Exit(1)


def _write_reports(
    workspace: Workspace,
    report: DataReport,
    profiling: Profiling | None,
    source: str,
    junit: Path | None,
    html: Path | None,
) -> None:
    from holdtrue.foundation import datetime_of

    at = datetime_of(workspace.clock.now())
    if junit is not None:
        from holdtrue.cli.reports.junit import junit_xml

        junit.write_text(junit_xml(report, source, at), encoding="utf-8")
    if html is not None and profiling is not None:
        from holdtrue.web import data_report_page
        from holdtrue.workspace import columns_report

        columns = columns_report(workspace, report.model, profiling)
        html.write_text(data_report_page(report, columns, source, at), encoding="utf-8")


def suggest(
    file: Annotated[Path, typer.Argument(help="A table: CSV, Parquet or JSON lines.")],
    name: Annotated[str, typer.Option("--name", help="What to call the contract.")] = "",
    json: Json = False,
) -> None:
    """A contract drafted from a table, ready for model.py.

    Kinds, limits with a margin, levels, patterns, keys, and table tests of what no single row shows. Every line says
    what it was inferred from: look it through before you use it.

    Example: holdtrue data suggest data/sales.csv --name Sale
    """
    from holdtrue.cli.output import print_json, write
    from holdtrue.cli.progress import progress_for_console
    from holdtrue.workspace import suggest_contract

    found = suggest_contract(file, name, progress=progress_for_console(json=json))
    if json:
        print_json(found)
    else:
        write(found.text)


def export(
    format_: Annotated[
        str, typer.Option("--format", help="json-schema: of one live row; odcs: of the whole table, as YAML.")
    ] = "json-schema",
    out: Annotated[Path | None, typer.Option("--out", help="A file to write to.", show_default=False)] = None,
    model: ModelOption = "",
    json: Json = False,
) -> None:
    """The contract as JSON Schema, or as an ODCS document.

    What the form cannot say stands in it in words, and is listed (on standard error where the document itself is
    printed).

    Example: holdtrue data export --format odcs --out sales.odcs.yaml
    """
    from holdtrue.cli.output import print_json, say, warn, write
    from holdtrue.workspace import export_contract, open_workspace, require_spare

    workspace = open_workspace()
    require_spare(workspace.root, [out])
    found = export_contract(workspace, format_, model)
    if out is not None:
        out.write_text(found.text, encoding="utf-8")
    if json:
        print_json(found)
    elif out is None:
        write(found.text)
        for note in found.notes:
            warn(f"not in it as a test: {note}")
    else:
        say(f"the contract of {found.model} as {found.form}, written to {out}")
        for note in found.notes:
            say(f"  not in it as a test: {note}", hang=2)


def import_(
    file: Annotated[Path, typer.Argument(help="A JSON Schema of a row, or an ODCS contract: JSON or YAML.")],
    name: Annotated[str, typer.Option("--name", help="What to call the contract.")] = "",
    json: Json = False,
) -> None:
    """A contract read from another form, ready for model.py.

    What could not be taken over is named in comments, beside its field. Nothing is fetched: a schema must be whole.

    Example: holdtrue data import order.schema.json --name Order
    """
    from holdtrue.cli.output import print_json, write
    from holdtrue.workspace import import_contracts

    found = import_contracts(file, name)
    if json:
        print_json(found)
    else:
        write(found.text)


def checkout(
    ref: DataRef, to: Annotated[Path, typer.Option("--to", help="A new or empty folder.")], json: Json = False
) -> None:
    """A data version's files back on disk, as the same bytes.

    Example: holdtrue data checkout sales@1 --to old-sales
    """
    from holdtrue.cli.output import print_json, say
    from holdtrue.cli.progress import progress_for_console
    from holdtrue.foundation import counted
    from holdtrue.versions import checkout as write
    from holdtrue.workspace import data_record, open_archive

    archive = open_archive()
    written = write(archive.store, data_record(archive, ref).id, to, progress=progress_for_console(json=json))
    if json:
        print_json({"to": str(to), "data": written.data})
    else:
        say(f"{to}: {counted(len(written.data), 'file')}")
