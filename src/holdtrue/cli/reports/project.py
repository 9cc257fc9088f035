"""A project at a glance: status, versions, runs, what is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from holdtrue.catalog import GOING_ON, AliasRecord, RunRecord, VersionRecord
from holdtrue.cli.output import print_table, say, say_pair
from holdtrue.cli.wording import size_text
from holdtrue.foundation import counted, day, dollars, figure, share, when

if TYPE_CHECKING:
    from holdtrue.workspace import Finding, ModelOverview, Overview, ServerNote, StoreUsage

MOST_UNWATCHED = 100_000  # so far they are counted
_SHOWN = 3  # inputs and features that status names
_STYLES = {"fine": "green", "warning": "yellow", "bad": "bold red"}


def print_status(found: Overview, servers: Sequence[ServerNote], *, inputs: bool = False) -> None:
    """Show a project at a glance; inputs: every input beside the baseline, not only those that differ most."""
    say(f"{found.project}  ({found.root})", "bold")
    if not found.models:
        say("  no version yet; next: holdtrue run")
    for model in found.models:
        _print_model(model, inputs=inputs)
    for server in servers:
        say(f"  serving at {server.url} since {when(server.started)}")
    if found.models and not servers:
        say("  no server runs; holdtrue up starts one")
    for note in found.notes:
        say(f"  {note}", "yellow", hang=2)
    say(f"  kept: {size_text(found.bytes_stored)}, {dollars(found.month)} a month")


def _print_model(model: ModelOverview, *, inputs: bool) -> None:
    if model.version is None:
        made = counted(model.versions, "version")
        say(f"  {model.name}: {made}, none in production; next: holdtrue promote {model.name}:latest", hang=2)
    else:
        from holdtrue.web.wording import clause

        forced, why = ", by force" if model.forced else "", clause(model.why, model.promoted_by)
        say(
            f"  {model.name}: {model.version} in production since {when(model.promoted_at)}{forced} ({why})",
            hang=2,
        )
        if model.reference and model.reference != model.version:
            say(f"    watched against {model.reference}, the last version that passed its gate")
        if model.rollback:
            say(f"    a rollback would go to {model.rollback}, the last in production before that passed its gate")
        more = "over " if model.unwatched >= MOST_UNWATCHED else ""
        behind = f" ({more}{model.unwatched:,} more answered and not yet watched)" if model.unwatched else ""
        say(
            f"    {model.answered:,} rows watched{behind}, {model.refused:,} refused, {model.odd:,} marked as odd, "
            f"{model.labelled:,} labelled" + (f"; data time {day(model.data_time)}" if model.data_time else ""),
            hang=2,
        )
        for each in model.comparisons:
            if each.now is not None and each.baseline is not None:
                now, before = " ".join((figure(each.now), each.unit)).rstrip(), figure(each.baseline)
                last = counted(each.rows, "row")
                say(f"    {each.name}: {now} over the last {last}, {before} in the baseline", hang=2)
    _print_estimated(model)
    if inputs:
        _print_all_inputs(model)
    else:
        _print_inputs(model)
    _print_reasons(model)
    if model.false_alarms is not None:
        say(f"    watched with {model.false_alarms.promise}", hang=2)
    for alarm in model.alarms:
        if alarm.status in GOING_ON:
            say(f"    ALARM {alarm.message}", "bold red", hang=6)
        if alarm.status == "changing":
            say(f"      {alarm.why}", hang=8)
    for waiting in model.waiting:
        say(f"    waiting: {waiting}", hang=2)


def _print_inputs(model: ModelOverview) -> None:
    """Say which inputs of the last rows differ most from the baseline."""
    from holdtrue.web.wording import input_line

    if not model.inputs:
        return
    say(f"    inputs over the last {counted(model.input_rows, 'row')}, those that differ most from the baseline:")
    for each in model.inputs[:_SHOWN]:
        say(f"      {input_line(each)}", hang=2)


def _print_all_inputs(model: ModelOverview) -> None:
    from holdtrue.web.wording import input_difference, input_figure, input_of, input_standing

    if not model.inputs:
        return
    say()
    say(f"inputs over the last {counted(model.input_rows, 'row')}, what differs most first")
    print_table(
        ("input", "now", "baseline", "difference", "what", ""),
        [
            (
                each.name,
                input_figure(each, each.now),
                input_figure(each, each.baseline),
                input_difference(each),
                input_of(each),
                input_standing(each),
            )
            for each in model.inputs
        ],
        right="now baseline difference",
        fold="what",
    )
    say()


def _print_reasons(model: ModelOverview) -> None:
    """Say what drives predictions, beside the baseline."""
    found = model.reasons
    if found is not None:
        told = [f"{each.name} {share(each.now)} (was {share(each.baseline)})" for each in found.features[:_SHOWN]]
        rows = counted(found.rows, "row")
        say(f"    reasons over {rows}: {', '.join(told)}; order of the baseline kept {found.order:.2f}", hang=2)


def _print_estimated(model: ModelOverview) -> None:
    """Say what is to be expected of the last rows, and what labels say of them, where enough came."""
    found = model.estimated
    if found is None:
        return
    for each in found.metrics:
        if each.name == found.main:
            unit = f" {each.unit}" if each.unit else ""
            said = f"{figure(each.value)}{unit} ({figure(each.low)} to {figure(each.high)}) over {found.rows:,} rows"
            truth = "" if each.realised is None else f"; by {found.labelled:,} labels {figure(each.realised)}"
            say(f"    {each.name} estimated without labels: {said}{truth}", hang=6)


def print_versions(versions: Sequence[VersionRecord], aliases: Sequence[AliasRecord]) -> None:
    """Show versions with their aliases."""
    if not versions:
        say("no version yet; next: holdtrue run")
        return
    names: dict[str, list[str]] = {}
    for alias in aliases:
        names.setdefault(alias.version_id, []).append(alias.alias)
    print_table(
        ("version", "made", "gate", "error", "aliases", "id"),
        [
            (
                f"{each.model}:v{each.number}",
                when(each.created),
                "passed" if each.gate_passed else "failed",
                _error(each.metrics),
                ", ".join(names.get(each.id, [])),
                each.id[:12],
            )
            for each in versions
        ],
        fold="aliases",
    )


def _error(metrics: dict[str, Any]) -> str:
    name = next((name for name in ("mae", "log_loss") if name in metrics), next(iter(metrics), ""))
    return f"{name} {figure(metrics[name])}" if name else ""


def print_runs(runs: Sequence[RunRecord], versions: Sequence[VersionRecord]) -> None:
    """Show runs."""
    if not runs:
        say("no run yet; next: holdtrue run")
        return
    names = {version.id: f"{version.model}:v{version.number}" for version in versions}
    print_table(
        ("started", "run", "came of it", "why"),
        [(when(run.started), run.id, _came_of(run, names), _why(run)) for run in runs],
        fold="why",
    )


def _came_of(run: RunRecord, names: dict[str, str]) -> str:
    if run.version_id in names:
        return names[run.version_id]
    words = {"looked": "a look at a slice"}
    return f"{run.model} {words.get(run.status, run.status)}"


def _why(run: RunRecord) -> str:
    error = run.data.get("error", "")
    return f"{run.why}: {error}" if error else run.why


def print_usage(usage: StoreUsage) -> None:
    """Show what is kept and what it costs."""
    versions = counted(usage.versions, "model version")
    say(f"{size_text(usage.stored)} stored for {size_text(usage.content)} of content, {versions}")
    say(f"{dollars(usage.month)} a month at ${usage.price:g} per GB (the setting price_per_gb_month)")
    if usage.versions:
        say(
            f"1,000 more versions like the last: {size_text(usage.next_thousand)}, "
            f"{dollars(usage.next_thousand_month)} a month "
            f"(as plain copies: {size_text(usage.plain_thousand)}, {dollars(usage.plain_thousand_month)})",
            hang=2,
        )


def print_findings(findings: Sequence[Finding]) -> None:
    """Show what was looked at and how it is."""
    for found in findings:
        say_pair(found.status, _STYLES[found.status], f"{found.name}: {found.message}", width=9, indent=0)
