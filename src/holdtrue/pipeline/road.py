"""The training road, from capture to a registered version."""

from __future__ import annotations

import os
import socket
from typing import Any

import msgspec

from holdtrue.catalog import RunRecord, VersionRecord
from holdtrue.foundation import SILENT, HoldtrueError, Progress, UnknownReference, new_id
from holdtrue.monitors.rehearsal import Rehearsal, headline
from holdtrue.pipeline.assessed import Assessment, assess, figures, gate_summary
from holdtrue.pipeline.captured import Piece, capture_data, capture_project, capture_world, choose_model
from holdtrue.pipeline.earlier import earlier_data
from holdtrue.pipeline.fitted import FittedModel, SplitRows, contender_of, fit, keep_fitted, kept_fitted, split
from holdtrue.pipeline.recipe import run_recipe
from holdtrue.pipeline.records import Ground, RunReport, RunRequest
from holdtrue.pipeline.registering import Captured, Trip, register
from holdtrue.pipeline.rehearsed import keep_rehearsal, kept_rehearsal, rehearsal_recipe, rehearsed
from holdtrue.pipeline.slicing import require_slice, slice_share, take_slice
from holdtrue.pipeline.stopwatch import Stopwatch
from holdtrue.pipeline.tested import TestedData, judge_data, keep_quarantine, refuse_bad_data
from holdtrue.pipeline.twins import judge_parts, refuse_twins
from holdtrue.pipeline.usercode import is_alive
from holdtrue.project import Model
from holdtrue.registry import PRODUCTION, approved
from holdtrue.store import Blob
from holdtrue.versions import CodeManifest, DataManifest, ModelManifest, RunManifest, get_manifest, is_whole


def travel(request: RunRequest, ground: Ground, progress: Progress = SILENT) -> RunReport:
    """Go the whole road once.

    Nothing is registered before everything is stored durably; a run that is stopped leaves a record that says so, and
    a fitted model that the next run takes up.

    Raises:
        UnknownReference: no such model. ProjectBroken: its code fails. DataNotFound, DataUnreadable: its data.
        TestsFailed: the data is refused. The verdict of the gate is no error: it is in the report.
    """
    if request.slice:
        require_slice(request.slice)
    watch = Stopwatch(progress)
    started = ground.clock.now()
    with watch.step("capture") as step:
        captured = _capture(ground, request, progress)
        step.outcome = _captured_words(ground, captured)
    model = captured.model.name
    _bury_dead_runs(ground, model)
    known = None if request.force or request.slice else _known_version(ground, captured)
    if known is not None:
        return _unchanged(ground, known, watch)
    run_id = new_id(started)
    # What is known of the run so far; it goes on record however the run ends.
    noted: dict[str, Any] = {"process": _process(os.getpid()), "data": captured.data.ids}
    ground.catalog.runs.add(run_id, model, started, why=request.why, data=noted)
    try:
        return _travel(request, ground, watch, captured, run_id, started, noted)
    except BaseException as ended:
        status = "failed" if isinstance(ended, HoldtrueError) else "stopped"
        # The signals of Ctrl-C and of a cancelled job come as these two, with no words or a mere number.
        told = isinstance(ended, (KeyboardInterrupt, SystemExit))
        noted["error"] = "it was told to stop" if told else str(ended) or type(ended).__name__
        try:
            _end(request, ground, model, run_id, started, status, noted)
        except HoldtrueError as unrecorded:
            # What ended the run is what its caller must hear of.
            ended.add_note(f"nor could it be recorded that the run {status}: {unrecorded}")
        raise


def _end(
    request: RunRequest, ground: Ground, model: str, run_id: str, started: int, status: str, noted: dict[str, Any]
) -> None:
    """Record how a run ended that registered nothing."""
    ground.catalog.runs.end(
        RunRecord(
            id=run_id,
            model=model,
            started=started,
            finished=ground.clock.now(),
            status=status,
            why=request.why,
            data=noted,
        )
    )


def _travel(
    request: RunRequest,
    ground: Ground,
    watch: Stopwatch,
    captured: Captured,
    run_id: str,
    started: int,
    noted: dict[str, Any],
) -> RunReport:
    model = captured.model
    with watch.step("test the data") as step:
        with captured.code.running():
            tested = _tested(request, captured, ground)
        step.outcome = f"{tested.result.rows:,} rows, {tested.quarantine.height:,} set aside"
        # Kept before they may end the run: that is when they are wanted most.
        quarantine = "" if request.slice else keep_quarantine(ground, model, tested)
        noted |= {"read": tested.result.rows, "refused": tested.quarantine.height}
        if quarantine:
            noted["quarantine"] = _data_ref(ground, quarantine)
        refuse_bad_data(model, tested)
    with watch.step("split") as step:
        rows = split(model, tested.accepted, captured.since)
        noted["rows"] = rows.sizes
        step.outcome = ", ".join(f"{count:,} {name}" for name, count in rows.sizes.items())
        apart = judge_parts(model, rows)
        tested = msgspec.structs.replace(tested, table_tests=(*tested.table_tests, apart))
        refuse_twins(apart)
    fitted = _fitted(request, ground, watch, captured, rows)
    with watch.step("test the model") as step:
        own = contender_of(ground, "this version", model, rows, fitted)
        with captured.code.running():
            found = assess(ground, model, rows, own, tested, captured.since)
        noted |= {"metrics": figures(found.metrics), "gate": found.gate.passed}
        step.outcome = gate_summary(found.gate)
    rehearsal = None if request.slice else _rehearsal(request, ground, watch, captured, rows, tested, found)
    trip = Trip(
        request=request,
        run_id=run_id,
        started=started,
        captured=captured,
        tested=tested,
        quarantine=quarantine,
        rows=rows,
        fitted=fitted,
        found=found,
        rehearsal=None if rehearsal is None else rehearsal[1],
    )
    told = None if rehearsal is None else rehearsal[0]
    kept = str(noted.get("quarantine", ""))
    if request.slice:
        _end(request, ground, model.name, run_id, started, "looked", noted)
        return _report(trip, None, "looked", watch, quarantine=kept)
    with watch.step("register") as step:
        version = register(ground, trip)
        step.outcome = f"{model.name}:v{version.number}"
    return _report(trip, version, "registered", watch, quarantine=kept, rehearsal=told)


def _fitted(request: RunRequest, ground: Ground, watch: Stopwatch, captured: Captured, rows: SplitRows) -> FittedModel:
    """Fit, or take what this recipe gave before."""
    with watch.step("fit") as step:
        fitted = None if request.force else kept_fitted(ground, captured.fitting)
        step.cached = fitted is not None
        if fitted is None:
            fitted = fit(ground, request, captured.model, rows, captured.code)
            keep_fitted(ground, captured.fitting, fitted)
        parameters = ", ".join(f"{name} {value}" for name, value in fitted.parameters.items())
        step.outcome = f"{fitted.flavor}, {parameters or 'no parameters'}"
    return fitted


def _rehearsal(
    request: RunRequest,
    ground: Ground,
    watch: Stopwatch,
    captured: Captured,
    rows: SplitRows,
    tested: TestedData,
    found: Assessment,
) -> tuple[Rehearsal, Blob]:
    """Rehearse the watch, or take what was found before."""
    with watch.step("rehearse") as step:
        recipe = rehearsal_recipe(ground, captured.model, captured.recipe)
        kept = None if request.force else kept_rehearsal(ground, recipe)
        step.cached = kept is not None
        if kept is None:
            told = rehearsed(ground, captured.model, rows, tested, found, captured.since, progress=watch.progress)
            kept = told, keep_rehearsal(ground, recipe, told)
        step.outcome = headline(kept[0])
    return kept


def _report(
    trip: Trip,
    version: VersionRecord | None,
    status: str,
    watch: Stopwatch,
    *,
    quarantine: str,
    rehearsal: Rehearsal | None = None,
) -> RunReport:
    asked = trip.request.slice
    return RunReport(
        run_id=trip.run_id,
        model=trip.captured.model.name,
        status=status,
        version=version,
        steps=tuple(watch.reports),
        rows=trip.tested.result.rows,
        refused=trip.tested.quarantine.height,
        quarantine=quarantine,
        tests=trip.tested.result.tests,
        table_tests=trip.tested.table_tests,
        parts=trip.rows.sizes,
        metrics=trip.found.metrics,
        checks=trip.found.checks,
        gate=trip.found.gate,
        explainer=trip.found.explainer,
        explained_per_second=trip.found.explained_per_second,
        faster_with=trip.found.faster_with,
        unestimated=trip.found.unestimated,
        rehearsal=rehearsal,
        note=f"a slice ({asked}) is for a quick look: nothing was registered" if asked else "",
    )


def _unchanged(ground: Ground, known: VersionRecord, watch: Stopwatch) -> RunReport:
    """Report the version that this recipe gave before, as its manifests tell it."""
    manifest = get_manifest(ground.store, known.id, ModelManifest)
    run = get_manifest(ground.store, manifest.run, RunManifest)
    return RunReport(
        run_id=known.run_id,
        model=known.model,
        status="unchanged",
        version=known,
        steps=tuple(watch.reports),
        rows=run.rows,
        refused=run.refused,
        quarantine=_data_ref(ground, run.quarantine) if run.quarantine else "",
        tests=run.data_tests,
        table_tests=run.table_tests,
        parts=run.parts,
        metrics=manifest.metrics,
        checks=manifest.checks,
        gate=manifest.gate,
        explainer=manifest.explainer,
    )


def _capture(ground: Ground, request: RunRequest, progress: Progress) -> Captured:
    code = capture_project(ground, progress)
    model = choose_model(code.models, request.model)
    now = ground.clock.now()
    data = capture_data(ground, model, at=now, progress=progress)
    environment = capture_world(ground)
    ground.store.commit()
    for name, data_id in data.ids.items():
        rows = get_manifest(ground.store, data_id, DataManifest).rows or 0
        ground.catalog.data.add(name, data_id, now, rows)
    since = request.since if request.since is not None else _regime_of_production(ground, model)
    recipe, fitting = (
        run_recipe(ground, request, model, code.id, data, since, watched=watched) for watched in (True, False)
    )
    return Captured(code, data, environment, model, since, recipe, fitting)


def _regime_of_production(ground: Ground, model: Model) -> int | None:
    """Return the beginning of the regime that the approved version was trained for; a later run goes on in it."""
    try:
        record = approved(ground.catalog, ground.store, model.name, PRODUCTION)
    except UnknownReference:
        return None
    return None if record is None else get_manifest(ground.store, record.id, ModelManifest).since


def _captured_words(ground: Ground, captured: Captured) -> str:
    files = len(get_manifest(ground.store, captured.code.id, CodeManifest).files)
    data = captured.data
    return f"{files:,} {'file' if files == 1 else 'files'} of code, {data.rows:,} rows of {', '.join(data.ids)}"


def _known_version(ground: Ground, captured: Captured) -> VersionRecord | None:
    """Return the newest version of this very recipe that can be read, if there is one; a damaged one is made again."""
    for version in ground.catalog.versions.of_recipe(captured.model.name, captured.recipe):
        if is_whole(ground.store, version.id, with_run=True):
            return version
    return None


def _bury_dead_runs(ground: Ground, model: str) -> None:
    """Say of runs that were killed on this machine that they were: they could not."""
    for run in ground.catalog.runs.list(model):
        process = str(run.data.get("process", ""))
        if run.status == "running" and process and not _alive(process):
            data = {**run.data, "error": "its process was killed"}
            ground.catalog.runs.finish(run.id, status="stopped", finished=ground.clock.now(), data=data)


def _process(number: int) -> str:
    return f"{socket.gethostname()}/{number}"


def _alive(process: str) -> bool:
    number = int(process.rpartition("/")[2])
    if process != _process(number):
        return True  # of another machine: not ours to judge
    return is_alive(number)


def _data_ref(ground: Ground, data_id: str) -> str:
    try:
        record = ground.catalog.data.by_id(data_id)
    except UnknownReference:
        return data_id
    return f"{record.name}@{record.number}"


def _tested(request: RunRequest, captured: Captured, ground: Ground) -> TestedData:
    model, data = captured.model, captured.data
    if request.slice:
        share = slice_share(request.slice, data.rows)
        fields = [each.name for each in model.spec.fields]
        files = tuple(Piece(take_slice(each.frame, share, fields), each.spelling) for each in data.files)
        served = None if data.served is None else take_slice(data.served, share, fields)
        data = msgspec.structs.replace(data, files=files, served=served)
    pasts = earlier_data(ground.catalog, ground.store, model.name)
    return judge_data(model, data, is_slice=bool(request.slice), now=ground.clock.now(), pasts=pasts)
