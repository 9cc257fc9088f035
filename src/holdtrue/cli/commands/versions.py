"""show, diff, checkout, predict."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from holdtrue.cli.options import Json, VersionRef


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.command()(show)
    app.command()(diff)
    app.command()(checkout)
    app.command()(predict)


def show(
    ref: Annotated[
        str, typer.Argument(help="NAME[:vN|:ALIAS|:HASH], DATA@N, run:ID, prediction:ID or alarm:ID.")
    ] = "production",
    json: Json = False,
) -> None:
    """Where a version, a prediction or anything came from.

    Of a version: its code, data, environment, parameters and tests. Of a prediction (by its id, or by the row's own key
    where the model has one): the answer, the reasons for it, the row, and the version that gave it.

    Example: holdtrue show house-price:v1

    Example: holdtrue show sales@latest
    """
    from holdtrue.cli.output import print_json
    from holdtrue.cli.reports.records import print_shown
    from holdtrue.workspace import open_archive, show_reference

    shown = show_reference(open_archive(), ref)
    if json:
        print_json(shown)
    else:
        print_shown(shown)


def diff(before: VersionRef, after: VersionRef, json: Json = False) -> None:
    """What differs between two versions.

    Code line by line, data, environment, parameters, metrics and definitions.

    Example: holdtrue diff v1 v2
    """
    from holdtrue.cli.output import print_json
    from holdtrue.cli.reports.records import print_difference
    from holdtrue.registry import resolve
    from holdtrue.versions import diff as compare
    from holdtrue.workspace import open_archive

    archive = open_archive()
    old, new = resolve(archive.catalog, before), resolve(archive.catalog, after)
    found = compare(archive.store, old.id, new.id)
    if json:
        print_json(found)
    else:
        print_difference(f"{old.model}:v{old.number}", f"{new.model}:v{new.number}", found)


def checkout(
    ref: VersionRef, to: Annotated[Path, typer.Option("--to", help="A new or empty folder.")], json: Json = False
) -> None:
    """A version's code, data and model files back on disk.

    Example: holdtrue checkout house-price:v1 --to v1
    """
    from holdtrue.cli.output import print_json, say
    from holdtrue.cli.progress import progress_for_console
    from holdtrue.foundation import counted
    from holdtrue.registry import resolve
    from holdtrue.versions import checkout as write
    from holdtrue.workspace import open_archive

    archive = open_archive()
    record = resolve(archive.catalog, ref)
    written = write(archive.store, record.id, to, progress=progress_for_console(json=json))
    if json:
        print_json({"to": str(to), "code": written.code, "data": written.data, "model": written.model})
    else:
        code, model = counted(len(written.code), "file"), counted(len(written.model), "file")
        say(f"{to}: {code} of code, {len(written.data):,} of data, {model} of {record.model}:v{record.number}")


def predict(
    ref: VersionRef,
    file: Annotated[Path, typer.Argument(help="A table: Parquet, CSV or JSON lines.")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Where to write: .parquet or .csv.")],
    json: Json = False,
) -> None:
    """Predict a table, tested and watched as live rows are.

    Answers go to the file, refused rows are counted, and both to the prediction log. Exit 1 if every row is refused.

    Example: holdtrue predict production live/1997.parquet -o prices.parquet
    """
    from holdtrue.cli.output import print_json, say
    from holdtrue.cli.progress import progress_for_console
    from holdtrue.cli.reports.verdicts import print_failed_tests
    from holdtrue.foundation import counted
    from holdtrue.workspace import open_workspace, predict_file

    report = predict_file(open_workspace(), ref, file, out, progress_for_console(json=json))
    if json:
        print_json(report)
    else:
        say(f"{report.answered:,} rows predicted by {report.version}, {report.refused:,} refused, written to {out}")
        if report.replaced or report.fallback:
            mended = counted(report.replaced, "row") + " with values replaced"
            say(f"by live policies: {mended}, {counted(report.fallback, 'row')} answered by the fallback")
        print_failed_tests(report.tests)
    if report.answered == 0 and report.refused:
        raise typer.Exit(1)
