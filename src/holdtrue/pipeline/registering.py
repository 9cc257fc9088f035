"""Last station: everything is stored, then the version is entered, so that what is entered can always be read."""

from __future__ import annotations

from msgspec import Struct

from holdtrue.catalog import VersionRecord
from holdtrue.contracts import NO_FEATURES
from holdtrue.foundation import Event, UnknownReference, new_id
from holdtrue.monitors import estimator_bytes
from holdtrue.pipeline.assessed import Assessment, figures
from holdtrue.pipeline.captured import CapturedCode, CapturedData
from holdtrue.pipeline.fitted import FittedModel, SplitRows
from holdtrue.pipeline.records import Ground, RunRequest
from holdtrue.pipeline.tested import TestedData
from holdtrue.profiles import TableProfile, profile_table
from holdtrue.project import Model
from holdtrue.registry import PRODUCTION, approved
from holdtrue.store import Blob
from holdtrue.versions import ModelManifest, Roles, RunManifest, put_manifest, run_record, version_record


class Captured(Struct, frozen=True):
    """What a run set out with: code, data and environment, the recipe of them all, and that of the fit alone."""

    code: CapturedCode
    data: CapturedData
    environment: str
    model: Model
    since: int | None
    recipe: str
    fitting: str


class Trip(Struct, frozen=True, kw_only=True):
    """One run and what each station made: what a version is registered from."""

    request: RunRequest
    run_id: str
    started: int
    captured: Captured
    tested: TestedData
    quarantine: str
    rows: SplitRows
    fitted: FittedModel
    found: Assessment
    rehearsal: Blob | None = None


def register(ground: Ground, trip: Trip) -> VersionRecord:
    """Store the manifests of run and model durably, then enter version, run and event in one transaction."""
    now = ground.clock.now()
    run = _run_manifest(trip, now)
    run_id = put_manifest(ground.store, run)
    manifest = _model_manifest(ground, trip, run_id, now)
    version_id = put_manifest(ground.store, manifest)
    ground.store.commit()
    kept = {run.quarantine: ground.catalog.data.by_id(run.quarantine)} if run.quarantine else {}
    return ground.catalog.register(
        version_record(version_id, manifest, run),
        run_record(run_id, run, version_id, manifest, kept),
        lambda version: _event(trip, version, now),
    )


def _event(trip: Trip, version: VersionRecord, now: int) -> Event:
    return Event(
        id=new_id(now),
        kind="version.registered",
        at=now,
        time=trip.request.at_time,
        actor=trip.request.actor,
        model=version.model,
        subject=f"{version.model}:v{version.number}",
        why=trip.request.why,
        data={
            "gate": version.gate_passed,
            "metrics": version.metrics,
            "rows": trip.rows.sizes,
            "refused": trip.tested.quarantine.height,
        },
    )


def _run_manifest(trip: Trip, now: int) -> RunManifest:
    captured, tested = trip.captured, trip.tested
    return RunManifest(
        id=trip.run_id,
        model=captured.model.name,
        data=captured.data.ids,
        code=captured.code.id,
        environment=captured.environment,
        recipe=captured.recipe,
        started=trip.started,
        finished=now,
        parameters=trip.fitted.parameters,
        seed=captured.model.seed,
        slice=trip.request.slice,
        why=trip.request.why,
        parts=trip.rows.sizes,
        rows=tested.result.rows,
        refused=tested.quarantine.height,
        quarantine=trip.quarantine,
        data_tests=tested.result.tests,
        table_tests=tested.table_tests,
    )


def _model_manifest(ground: Ground, trip: Trip, run_id: str, now: int) -> ModelManifest:
    model, fitted, found, store = trip.captured.model, trip.fitted, trip.found, ground.store
    return ModelManifest(
        model=model.name,
        run=run_id,
        flavor=fitted.flavor,
        files=fitted.files,
        contract=trip.rows.contract,
        encoder=trip.rows.encoder,
        baseline=store.put_blob(found.baseline.to_bytes()),
        explainer=found.explainer,
        background=fitted.background,
        metrics=figures(found.metrics),
        checks=found.checks,
        gate=found.gate,
        selftest=store.put_blob(found.selftest.to_bytes()),
        target=model.target,
        created=now,
        time=model.time,
        roles=Roles(features=trip.rows.encoder.names, key=model.key, weight=model.weight, group=model.group),
        task=model.task,
        approved_baseline=_approved_id(ground, model),
        since=found.baseline.since,
        seen=trip.rows.seen,
        fallback=model.fallback,
        profile=store.put_blob(_profile(model, trip.tested).to_bytes()),
        rehearsal=trip.rehearsal,
        estimator=None if found.estimator is None else store.put_blob(estimator_bytes(found.estimator)),
        unestimated=found.unestimated,
    )


def _profile(model: Model, tested: TestedData) -> TableProfile:
    kinds = model.spec.kinds
    texts = [name for name, kind in kinds.items() if kind == "text"]
    private = [name for name, kind in kinds.items() if kind in NO_FEATURES]
    return profile_table(tested.accepted, texts=texts, private=private)


def _approved_id(ground: Ground, model: Model) -> str | None:
    try:
        record = approved(ground.catalog, ground.store, model.name, PRODUCTION)
    except UnknownReference:
        return None
    return None if record is None else record.id
