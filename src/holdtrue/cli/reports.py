"""How the commands show what they found to a person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from holdtrue.catalog import AlarmRecord, AliasRecord, RunRecord, VersionRecord
from holdtrue.cli.output import console, print_table, say, size_text
from holdtrue.contracts import TableResult, TestResult
from holdtrue.foundation import Event, datetime_of
from holdtrue.pipeline import RunReport
from holdtrue.versions import Difference
from holdtrue.workspace import DataReport, ModelOverview, Overview, Shown, StoreUsage

_VERDICTS = {True: ("passed", "green"), False: ("FAILED", "bold red"), None: ("not judged", "yellow")}


def when(micros: int | None) -> str:
    """Write a time (microseconds UTC) to the minute."""
    return "" if micros is None else datetime_of(micros).strftime("%Y-%m-%d %H:%M")


def day(micros: int | None) -> str:
    """Write the day of a time (microseconds UTC), such as 1 July 1996."""
    if micros is None:
        return ""
    moment = datetime_of(micros)
    return f"{moment.day} {moment:%B %Y}"


def print_run(report: RunReport) -> None:
    """Show what came of a run."""
    if report.status == "unchanged" and report.version is not None:
        say(f"nothing to do: {report.model}:v{report.version.number} was made of this very code, data and parameters")
        return
    print_tests(report.tests, report.table_tests, report.rows, report.refused)
    say()
    parts = ", ".join(f"{count:,} {name}" for name, count in report.parts.items())
    say(f"rows: {parts}")
    for name, value in report.metrics.items():
        say(f"  {name:<12} {value:,.4g}" if abs(value) < 100 else f"  {name:<12} {value:,.0f}")
    for check in report.checks:
        _print_verdict(check.passed, f"check {check.name}", check.message)
    if report.gate is not None:
        for result in report.gate.results:
            _print_verdict(result.passed, f"gate  {result.condition}", result.message)
    if report.version is not None:
        name = f"{report.model}:v{report.version.number}"
        passed = report.gate is not None and report.gate.passed
        say()
        say(f"registered {name}" + ("" if passed else ", which did not pass its gate"), "bold")
        if passed:
            say(f"next: holdtrue promote {name}")
    if report.note:
        say(report.note)


def _print_verdict(passed: bool | None, what: str, message: str) -> None:
    word, style = _VERDICTS[passed]
    console.print(f"  [{style}]{word:<10}[/] ", end="")
    say(what + (f": {message}" if message else ""))


def print_tests(
    tests: Sequence[TestResult], tables: Sequence[TableResult], rows: int, refused: int, *, every: bool = False
) -> None:
    """Show data tests: those that something failed, or all of them."""
    failed = [test for test in tests if test.failed]
    say(f"{rows:,} rows, {len(tests)} tests of each, {len(tables)} of the table; {refused:,} rows refused")
    shown = list(tests) if every else failed
    if shown:
        print_table(
            ("test", "if it fails", "rows", "what", "example"),
            [
                (
                    test.test,
                    str(test.severity.value),
                    f"{test.failed:,}",
                    test.message,
                    test.examples[0].message.rsplit(" [", 1)[0] if test.examples else "",
                )
                for test in shown
            ],
            right="rows",
        )
    for table in tables:
        if every or table.passed is not True:
            _print_verdict(table.passed, f"table {table.test}", table.message)


def print_data_tests(report: DataReport) -> None:
    """Show the outcome of `data test`."""
    print_tests(report.tests, report.table_tests, report.rows, report.refused, every=True)
    say("passed" if report.passed else "failed: a test of severity refuse does not hold", "bold")


def print_status(found: Overview) -> None:
    """Show a project at a glance."""
    say(f"{found.project}  ({found.root})", "bold")
    if not found.models:
        say("  no version yet: holdtrue run")
    for model in found.models:
        _print_model(model)
    say(f"  kept: {size_text(found.bytes_stored)}, ${found.month:.4f} a month")


def _print_model(model: ModelOverview) -> None:
    if model.version is None:
        say(f"  {model.name}: {model.versions} versions, none in production; holdtrue promote {model.name}:latest")
    else:
        forced = ", by force" if model.forced else ""
        say(f"  {model.name}: {model.version} in production since {when(model.promoted_at)}{forced} ({model.why})")
        if model.reference and model.reference != model.version:
            say(f"    watched against {model.reference}, the last version that passed its gate")
        say(
            f"    {model.answered:,} rows answered, {model.refused:,} refused, {model.odd:,} marked as odd, "
            f"{model.labelled:,} labelled" + (f"; data time {day(model.data_time)}" if model.data_time else "")
        )
        for each in model.comparisons:
            if each.now is not None and each.training is not None:
                say(f"    {each.name}: {each.now:,.0f} {each.unit} now, {each.training:,.0f} in training")
    for alarm in model.alarms:
        if alarm.status == "open":
            say(f"    ALARM {alarm.message}", "bold red")
    for waiting in model.waiting:
        say(f"    waiting: {waiting}")


def print_versions(versions: Sequence[VersionRecord], aliases: Sequence[AliasRecord]) -> None:
    """Show versions with their aliases."""
    names: dict[str, list[str]] = {}
    for alias in aliases:
        names.setdefault(alias.version_id, []).append(alias.alias)
    print_table(
        ("version", "made", "gate", "mae", "aliases", "id"),
        [
            (
                f"{each.model}:v{each.number}",
                when(each.created),
                "passed" if each.gate_passed else "failed",
                _figure(each.metrics),
                ", ".join(names.get(each.id, [])),
                each.id[:12],
            )
            for each in versions
        ],
        right="mae",
    )


def _figure(metrics: dict[str, Any]) -> str:
    value = next(iter(metrics.values()), None)
    return f"{value:,.0f}" if isinstance(value, (int, float)) and abs(value) >= 100 else str(value or "")


def print_runs(runs: Sequence[RunRecord], versions: Sequence[VersionRecord]) -> None:
    """Show runs."""
    names = {version.id: f"{version.model}:v{version.number}" for version in versions}
    print_table(
        ("started", "model", "status", "version", "why"),
        [(when(run.started), run.model, run.status, names.get(run.version_id or "", ""), run.why) for run in runs],
    )


def print_alarms(alarms: Sequence[AlarmRecord]) -> None:
    """Show alarms."""
    if not alarms:
        say("no open alarm")
    for alarm in alarms:
        say(f"{alarm.status:<10} {alarm.model} {alarm.data.get('version', '')}  {alarm.group}", "bold")
        say(f"  {alarm.data.get('message', alarm.quantity)}")
        say(
            f"  row of {day(alarm.time)}; evidence {alarm.data.get('evidence', 0):,.3g} times what is an alarm; {alarm.id}"
        )


def print_events(events: Sequence[Event]) -> None:
    """Show the timeline, oldest first."""
    for event in events:
        time = f" (data: {day(event.time)})" if event.time is not None else ""
        say(f"{when(event.at)}{time}  {event.kind}  {event.subject}", "bold")
        say(f"    {event.why}  [{event.actor}]")


def print_difference(before: str, after: str, found: Difference) -> None:
    """Show what differs between two versions."""
    say(f"{before} -> {after}", "bold")
    if found.same:
        say("  nothing differs")
    for file in found.code:
        say(f"  code {file.kind}: {file.path}")
        for line in file.lines:
            say(f"    {line}", "green" if line.startswith("+") else "red" if line.startswith("-") else "dim")
    for data in found.data:
        say(f"  data {data.name}: {_count(data.rows_before)} -> {_count(data.rows_after)} rows")
    for title, changed in (
        ("parameter", found.parameters),
        ("metric", found.metrics),
        ("environment", found.environment),
        ("definition", found.definitions),
    ):
        for change in changed:
            if title == "definition":
                say(f"  {change.name} differs")
            else:
                say(f"  {title} {change.name}: {change.before} -> {change.after}")


def _count(rows: int | None) -> str:
    return "no" if rows is None else f"{rows:,}"


def print_shown(shown: Shown) -> None:
    """Show what a reference leads to."""
    for title, value in shown.lines:
        say(f"{title:<14} {value}")


def print_usage(usage: StoreUsage) -> None:
    """Show what is kept and what it costs."""
    say(f"{size_text(usage.stored)} stored for {size_text(usage.content)} of content, {usage.versions} model versions")
    say(f"${usage.month:.4f} a month at ${usage.price:g} per GB")
    say(
        f"1,000 more versions like the last: {size_text(usage.next_thousand)}, ${usage.next_thousand_month:.2f} a month "
        f"(as plain copies: {size_text(usage.plain_thousand)}, ${usage.plain_thousand_month:.2f})"
    )
