"""The training road, from capture to a registered version."""

from __future__ import annotations

import polars as pl
from msgspec import Struct

from holdtrue.catalog import VersionRecord
from holdtrue.foundation import SILENT, Event, HoldtrueError, Progress, UnknownReference, new_id
from holdtrue.pipeline.assessed import Assessment, assess, figures, gate_summary
from holdtrue.pipeline.captured import (
    CapturedCode,
    CapturedData,
    capture_data,
    capture_project,
    capture_world,
    choose_model,
)
from holdtrue.pipeline.fitted import FittedModel, SplitRows, contender_of, fit, keep_fitted, kept_fitted, split
from holdtrue.pipeline.recipe import run_recipe
from holdtrue.pipeline.records import Ground, RunReport, RunRequest
from holdtrue.pipeline.slicing import slice_share, take_slice
from holdtrue.pipeline.stopwatch import Stopwatch
from holdtrue.pipeline.tested import TestedData, judge_data, refuse_bad_data
from holdtrue.project import Model
from holdtrue.registry import PRODUCTION, approved
from holdtrue.versions import DataManifest, ModelManifest, Roles, RunManifest, get_manifest, put_manifest


class _Captured(Struct, frozen=True):
    code: CapturedCode
    data: CapturedData
    environment: str
    model: Model
    since: int | None
    recipe: str


def travel(request: RunRequest, ground: Ground, progress: Progress = SILENT) -> RunReport:
    """Go the whole road once.

    Nothing is registered before everything is stored durably; a run that is stopped leaves a record that says so, and
    a fitted model that the next run takes up.

    Raises:
        UnknownReference: no such model. ProjectBroken: its code fails. DataNotFound, DataUnreadable: its data.
        TestsFailed: the data is refused. The verdict of the gate is no error: it is in the report.
    """
    watch = Stopwatch(progress)
    started = ground.clock.now()
    with watch.step("capture") as step:
        captured = _capture(ground, request)
        step.outcome = _captured_words(captured)
    model = captured.model
    known = _known_version(ground, captured)
    if known is not None and not request.force and not request.slice:
        return RunReport(
            run_id=known.run_id, model=model.name, status="unchanged", version=known, steps=tuple(watch.reports)
        )
    run_id = new_id(started)
    ground.catalog.runs.add(run_id, model.name, started, why=request.why)
    try:
        return _travel(request, ground, watch, captured, run_id, started)
    except BaseException as ended:
        status = "failed" if isinstance(ended, HoldtrueError) else "stopped"
        ground.catalog.runs.finish(run_id, status=status, finished=ground.clock.now(), data={"error": str(ended)})
        raise


def _travel(
    request: RunRequest, ground: Ground, watch: Stopwatch, captured: _Captured, run_id: str, started: int
) -> RunReport:
    model = captured.model
    with watch.step("test the data") as step:
        tested = _tested(request, captured)
        step.outcome = f"{tested.result.rows:,} rows, {tested.quarantine.height:,} set aside"
    with watch.step("split") as step:
        rows = split(model, tested.accepted, captured.since)
        step.outcome = ", ".join(f"{count:,} {name}" for name, count in rows.sizes.items())
    with watch.step("fit") as step:
        fitted = None if request.force else kept_fitted(ground, captured.recipe)
        step.cached = fitted is not None
        if fitted is None:
            fitted = fit(ground, request, model, rows)
            keep_fitted(ground, captured.recipe, fitted)
        step.outcome = (
            f"{fitted.flavor}, {', '.join(f'{k} {v}' for k, v in fitted.parameters.items()) or 'no parameters'}"
        )
    with watch.step("test the model") as step:
        own = contender_of(ground, "this version", model, rows, fitted)
        found = assess(ground, model, rows, own, tested.accepted, captured.since)
        step.outcome = gate_summary(found.gate)
    version = None
    status = "looked"
    if not request.slice:
        with watch.step("register") as step:
            version = _register(request, ground, captured, rows, fitted, found, run_id, started, tested)
            status = "registered"
            step.outcome = f"{model.name}:v{version.number}"
    ground.catalog.runs.finish(
        run_id,
        status=status,
        finished=ground.clock.now(),
        version_id=version.id if version else None,
        data={"metrics": figures(found.metrics), "gate": found.gate.passed, "rows": rows.sizes},
    )
    return RunReport(
        run_id=run_id,
        model=model.name,
        status=status,
        version=version,
        steps=tuple(watch.reports),
        rows=tested.result.rows,
        refused=tested.quarantine.height,
        tests=tested.result.tests,
        table_tests=tested.table_tests,
        parts=rows.sizes,
        metrics=found.metrics,
        checks=found.checks,
        gate=found.gate,
        note=f"a slice ({request.slice}) is for a quick look: nothing was registered" if request.slice else "",
    )


def _capture(ground: Ground, request: RunRequest) -> _Captured:
    code = capture_project(ground)
    model = choose_model(code.models, request.model)
    data = capture_data(ground, model)
    environment = capture_world(ground)
    ground.store.commit()
    now = ground.clock.now()
    for name, data_id in data.ids.items():
        rows = get_manifest(ground.store, data_id, DataManifest).rows or 0
        ground.catalog.data.add(name, data_id, now, rows)
    since = request.since if request.since is not None else _regime_of_production(ground, model)
    return _Captured(code, data, environment, model, since, run_recipe(ground, request, model, code.id, data, since))


def _regime_of_production(ground: Ground, model: Model) -> int | None:
    """Return the beginning of the regime that the approved version was trained for; a later run goes on in it."""
    try:
        record = approved(ground.catalog, model.name, PRODUCTION)
    except UnknownReference:
        return None
    return None if record is None else get_manifest(ground.store, record.id, ModelManifest).since


def _captured_words(captured: _Captured) -> str:
    rows = sum(frame.height for frame in (captured.data.files, captured.data.served) if frame is not None)
    return f"code {captured.code.id[:8]}, {rows:,} rows of {', '.join(captured.data.ids)}"


def _known_version(ground: Ground, captured: _Captured) -> VersionRecord | None:
    """Return the newest version of this very recipe, if there is one."""
    for version in reversed(ground.catalog.versions.list(captured.model.name)):
        manifest = get_manifest(ground.store, version.id, ModelManifest)
        if get_manifest(ground.store, manifest.run, RunManifest).recipe == captured.recipe:
            return version
    return None


def _tested(request: RunRequest, captured: _Captured) -> TestedData:
    data = captured.data
    if request.slice:
        rows = sum(frame.height for frame in (data.files, data.served) if frame is not None)
        share = slice_share(request.slice, rows)
        data = CapturedData(data.ids, _part(data.files, share), data.spelling, _part(data.served, share))
    tested = judge_data(captured.model, data, is_slice=bool(request.slice))
    refuse_bad_data(captured.model, tested)
    return tested


def _part(frame: pl.DataFrame | None, share: float) -> pl.DataFrame | None:
    return None if frame is None else take_slice(frame, share)


def _register(
    request: RunRequest,
    ground: Ground,
    captured: _Captured,
    rows: SplitRows,
    fitted: FittedModel,
    found: Assessment,
    run_id: str,
    started: int,
    tested: TestedData,
) -> VersionRecord:
    model, store, now = captured.model, ground.store, ground.clock.now()
    run = RunManifest(
        id=run_id,
        model=model.name,
        data=captured.data.ids,
        code=captured.code.id,
        environment=captured.environment,
        recipe=captured.recipe,
        started=started,
        finished=now,
        parameters=fitted.parameters,
        seed=model.seed,
        slice=request.slice,
        why=request.why,
        parts=rows.sizes,
    )
    manifest = ModelManifest(
        model=model.name,
        run=put_manifest(store, run),
        flavor=fitted.flavor,
        files=fitted.files,
        contract=model.spec,
        encoder=rows.encoder,
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
        roles=Roles(features=rows.encoder.names, key=model.key, weight=model.weight, group=model.group),
        task=model.task,
        approved_baseline=_approved_id(ground, model),
        since=found.baseline.since,
        seen=rows.seen,
    )
    version_id = put_manifest(store, manifest)
    store.commit()
    version = ground.catalog.versions.add(model.name, version_id, now, run_id, found.gate.passed, manifest.metrics)
    ground.catalog.events.append(
        Event(
            id=new_id(now),
            kind="version.registered",
            at=now,
            time=request.at_time,
            actor=request.actor,
            model=model.name,
            subject=f"{model.name}:v{version.number}",
            why=request.why,
            data={
                "gate": found.gate.passed,
                "metrics": manifest.metrics,
                "rows": rows.sizes,
                "refused": tested.quarantine.height,
            },
        )
    )
    return version


def _approved_id(ground: Ground, model: Model) -> str | None:
    try:
        record = approved(ground.catalog, model.name, PRODUCTION)
    except UnknownReference:
        return None
    return None if record is None else record.id
