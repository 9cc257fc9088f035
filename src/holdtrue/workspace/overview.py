"""A project at a glance, for the terminal and for the page: read from the catalog alone, so it is cheap."""

from __future__ import annotations

import functools
import math

import msgspec

from holdtrue.catalog import AlarmRecord, AliasRecord, Catalog, VersionRecord, WatchRecord
from holdtrue.foundation import SECOND, Event, HoldtrueError
from holdtrue.loop import recall
from holdtrue.monitors.diagnosis import cause_in_words
from holdtrue.monitors.rehearsal import summary
from holdtrue.profiles import SIGNED_ERROR, NumericReference
from holdtrue.registry import PRODUCTION, rollback_target
from holdtrue.store import Store, monthly_cost
from holdtrue.versions import ModelManifest, get_manifest
from holdtrue.watching import RECENT, WatcherState, state_from
from holdtrue.workspace.alarm_shown import diagnosis_in
from holdtrue.workspace.archive import Archive
from holdtrue.workspace.backlog import notes_of, unwatched_rows
from holdtrue.workspace.estimated import estimate_overview
from holdtrue.workspace.overview_records import (
    AlarmOverview,
    Comparison,
    EventOverview,
    GroupEvidence,
    ModelOverview,
    Overview,
)
from holdtrue.workspace.recent import baseline_of, input_comparisons, reasons_overview
from holdtrue.workspace.rehearsals import rehearsal_of

_EVENTS = 60
_MOVES = 20  # of any alias: the last of production is among them
_RATE_SECONDS = 10
_EVIDENCE_FLOOR = 1e-3


def overview(archive: Archive, *, usage: bool = True) -> Overview:
    """Return what there is and how it is doing.

    Args:
        usage: also add up what is stored (reads the store's index).
    """
    catalog = archive.catalog
    stored = archive.store.usage().stored_bytes if usage else 0
    return Overview(
        project=archive.root.name,
        root=str(archive.root),
        at=archive.clock.now(),
        models=tuple(_model(archive, name) for name in catalog.versions.models()),
        events=tuple(_event(event) for event in reversed(latest_events(catalog, _EVENTS))),
        bytes_stored=stored,
        month=monthly_cost(stored, archive.settings.price_per_gb_month),
        notes=notes_of(archive),
    )


def latest_events(catalog: Catalog, count: int) -> tuple[Event, ...]:
    """Return the last events, oldest first."""
    return catalog.events.list(limit=count)


def watch_state(catalog: Catalog, model: str, alias: str = PRODUCTION) -> WatcherState | None:
    """Return what the watcher of a model knew when it last saved; None before it ever did."""
    saved = catalog.watches.load(f"{model}/{alias}")
    return None if saved is None else state_from(saved.state)


def _model(archive: Archive, name: str) -> ModelOverview:
    catalog = archive.catalog
    versions = {version.id: version for version in catalog.versions.list(name)}
    alias = catalog.aliases.get(name, PRODUCTION)
    alarms = tuple(_alarm(alarm) for alarm in catalog.alarms.list(name))
    if alias is None:
        return ModelOverview(name=name, versions=len(versions), alarms=alarms)
    target = rollback_target(catalog, archive.store, name, read=False)
    saved = catalog.watches.load(f"{name}/{PRODUCTION}")
    state = None if saved is None else state_from(saved.state)
    found = ModelOverview(
        name=name,
        version=f"v{alias.number}",
        versions=len(versions),
        promoted_at=alias.moved_at,
        promoted_by=alias.by,
        why=alias.why,
        forced=alias.forced,
        back=_went_back(catalog, alias),
        rollback=f"v{target.number}" if target else None,
        alarms=alarms,
        unwatched=unwatched_rows(archive, name, saved),
        rehearsal=_rehearsal(archive, alias),
    )
    if saved is None or state is None or state.epoch != alias.epoch:
        return found
    return _with_watch(found, saved, state, versions, archive)


def _rehearsal(archive: Archive, alias: AliasRecord) -> tuple[str, ...]:
    try:
        found = rehearsal_of(archive.store, alias.version_id)  # type: ignore[arg-type]  # a store is itself alone
    except HoldtrueError:
        return ()  # what is damaged is told by `doctor` and `store check`
    return () if found is None else summary(found, f"holdtrue monitor adopt {alias.model}:v{alias.number}")


def _went_back(catalog: Catalog, alias: AliasRecord) -> bool:
    moves = catalog.events.list(alias.model, kind="alias.moved", limit=_MOVES)
    here = [each for each in moves if each.data.get("alias") == alias.alias and each.data.get("epoch") == alias.epoch]
    return any(each.data.get("back") for each in here)


def _with_watch(
    found: ModelOverview,
    saved: WatchRecord,
    state: WatcherState,
    versions: dict[str, VersionRecord],
    archive: Archive,
) -> ModelOverview:
    reference = versions.get(state.reference)
    manifest = get_manifest(archive.store, state.version, ModelManifest)
    target = manifest.contract.field(manifest.target)
    unit = target.unit if target else ""
    input_rows, inputs = input_comparisons(archive, state, saved, manifest)
    return msgspec.structs.replace(
        found,
        reference=f"v{reference.number}" if reference else None,
        answered=state.answered,
        per_second=_rate(state.arrivals, archive.clock.now()),
        refused=state.refused,
        odd=state.odd,
        labelled=state.labelled,
        data_time=state.data_time,
        comparisons=_comparisons(state, archive.store, manifest, unit),
        evidence=tuple(
            GroupEvidence(
                group=group,
                level=_level(each.level),
                quantity=each.quantity,
                rows=each.rows,
                alarm_row=each.alarm_row or None,
                left=each.left,
            )
            for group, each in state.standing.items()
        ),
        error_series=tuple(state.series),
        error_baseline=state.errors.reference_mae,
        unit=unit,
        estimated=estimate_overview(archive.store, state, manifest, unit),
        unestimated=manifest.unestimated,
        task=manifest.task,
        waiting=tuple(recall(archive.catalog, found.name).waiting.values()),
        false_alarms=state.false_alarms,
        input_rows=input_rows,
        inputs=inputs,
        reasons=reasons_overview(archive, state),
    )


def _rate(arrivals: list[int], now: int) -> float | None:
    """Return rows a second over the last ten seconds, from when the last rows were received; None before the first.

    Only the last rows' times are kept: where all of them came within ten seconds, their own span is the measure.

    Example:
        >>> _rate([0, 5_000_000, 9_000_000], 10_000_000), _rate([0], 60_000_000)
        (0.3, 0.0)
    """
    if not arrivals:
        return None
    since = now - _RATE_SECONDS * SECOND
    within = [moment for moment in arrivals if moment >= since]
    if len(within) < RECENT:
        return len(within) / _RATE_SECONDS
    return len(within) * SECOND / max(now - within[0], 1)


def _comparisons(state: WatcherState, store: Store, manifest: ModelManifest, unit: str) -> tuple[Comparison, ...]:
    recent, errors = state.recent, state.errors
    binary = manifest.task == "binary"
    prediction = Comparison(
        name="average probability" if binary else "average prediction",
        unit=unit,
        now=math.fsum(recent) / len(recent) if recent else None,
        baseline=state.reference_prediction,
        rows=len(recent),
    )
    error = Comparison(
        name="mean absolute error",
        unit=unit,
        now=errors.last_mae,
        baseline=errors.reference_mae,
        rows=len(errors.last),
    )
    if binary:
        squares = [each**2 for each in errors.last]
        error = Comparison(
            name="Brier score",
            unit="",
            now=math.fsum(squares) / len(squares) if squares else None,
            baseline=_mean_square(store, state.reference),  # type: ignore[arg-type]  # a store is itself alone
            rows=len(squares),
        )
    return prediction, error


@functools.lru_cache(maxsize=16)  # a version never changes, and the page asks each second
def _mean_square(store: Store, version_id: str) -> float | None:
    """Return the mean squared error of a version's baseline: of two classes its Brier score."""
    errors = baseline_of(store, version_id).groups.get("errors", {})  # type: ignore[arg-type]  # see above
    signed = errors.get(SIGNED_ERROR)
    if not isinstance(signed, NumericReference) or not signed.n:
        return None
    return signed.mean**2 + signed.sd**2 * (signed.n - 1) / signed.n


def _level(evidence: float) -> float:
    """Return where evidence stands between nothing (0) and an alarm (1), on a logarithmic scale."""
    if evidence <= _EVIDENCE_FLOOR:
        return 0.0
    return min(1.0, 1.0 - math.log(evidence) / math.log(_EVIDENCE_FLOOR))


def _alarm(alarm: AlarmRecord) -> AlarmOverview:
    data, diagnosis = alarm.data, diagnosis_in(alarm)
    return AlarmOverview(
        id=alarm.id,
        group=alarm.group,
        quantity=alarm.quantity,
        message=data.get("message", ""),
        status=alarm.status,
        why=alarm.why,
        raised_at=alarm.raised_at,
        time=alarm.time,
        version=data.get("version", ""),
        began_time=data.get("began_time"),
        rows_taken=data.get("rows_taken"),
        also=tuple(name for name, _ in data.get("also", ())),
        cause="" if diagnosis is None else cause_in_words(diagnosis),
    )


def _event(event: Event) -> EventOverview:
    return EventOverview(
        id=event.id,
        at=event.at,
        time=event.time,
        kind=event.kind,
        model=event.model,
        subject=event.subject,
        actor=event.actor,
        why=event.why,
        data=event.data,
    )
