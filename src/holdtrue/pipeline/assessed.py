"""Fourth station: the model is judged on held rows, beside production, and its baseline is taken from them."""

from __future__ import annotations

import math
import time
from typing import Any

import msgspec
import numpy as np
import polars as pl
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.attributions import Attributions, PermutationExplainer, missing_library
from holdtrue.checks import CheckVerdict, Reasons, Rival, Scored, Trial, measure, metrics_of, run_check
from holdtrue.contracts import NO_FEATURES, ContractSpec, RowChecker
from holdtrue.foundation import ProjectBroken
from holdtrue.gates import GateDecision, GateResult, aliases_of, decide_gate
from holdtrue.monitors import Estimator, Fitted, fit_estimator
from holdtrue.monitors.rehearsal import Manner, manner_of
from holdtrue.pipeline.contender import Contender, Matrix, load_contender
from holdtrue.pipeline.fitted import SplitRows, times_of, unseen
from holdtrue.pipeline.records import Asked, Ground
from holdtrue.pipeline.tested import TestedData
from holdtrue.profiles import FEWEST_BLOCKS, LENGTHS, PARTS, Baseline, Block, Season, build_baseline, season_of
from holdtrue.project import Model, ServedSource
from holdtrue.versions import ModelManifest, SelfTest, get_manifest

SELFTEST_ROWS = 20
REASONS_ROWS = 500
# Fewer rows since a change than this make no baseline to speak of; then all held rows do.
FEWEST_SINCE = 50


class Assessment(Struct, frozen=True, kw_only=True, eq=False):
    """What was found about a model on held rows; `unestimated` says why there is no estimator, where there is none."""

    metrics: dict[str, float]
    checks: tuple[CheckVerdict, ...]
    gate: GateDecision
    baseline: Baseline
    estimator: Estimator | None
    unestimated: str
    selftest: SelfTest
    explainer: str
    explained_per_second: float
    faster_with: str
    predicted: Matrix
    attributed: Matrix


def assess(
    ground: Ground, model: Model, rows: SplitRows, own: Contender, tested: TestedData, since: int | None
) -> Assessment:
    """Judge a model: metrics, the user's checks, the gate, and the check that no one can switch off."""
    held = rows.held
    predicted = own.predict(held)
    began = time.perf_counter()
    reasons = _reasons(own, held.frame)
    seconds = time.perf_counter() - began
    trial = Trial(
        train=Scored(truth=rows.train.y, predicted=own.predict(rows.train), weight=rows.train.weight),
        held=Scored(truth=held.y, predicted=predicted, weight=held.weight),
        task=model.task,
        reasons=reasons,
    )
    selftest = make_selftest(model, own, held.frame, predicted)
    verdicts = tuple(run_check(check, own, held) for check in model.checks)
    served = served_as_trained(own, selftest)
    rivals = {alias: _rival(ground, model, alias, held.frame) for alias in aliases_of(model.conditions)}
    attributed = own.explain(held.frame)
    decision = decide_gate(model.conditions, trial=trial, rivals=rivals, checks=(*verdicts, served))
    asked, manner = _asked(ground, model, since), watched_as(ground, model)
    baseline, fitted = make_baseline(model, rows, own, predicted, attributed, tested, since, asked, manner)
    measured = measure(held.y, predicted, metrics=metrics_of(model.task), weight=held.weight)
    return Assessment(
        metrics={name: each.value for name, each in measured.items() if each.value is not None},
        checks=(*verdicts, served),
        gate=decision,
        baseline=baseline,
        estimator=fitted.estimator,
        unestimated=fitted.why,
        selftest=selftest,
        explainer=own.explainer.name,
        explained_per_second=len(reasons.attributions.values) / max(seconds, 1e-9),
        faster_with=missing_library(own.predictor) if own.explainer.name == PermutationExplainer.name else "",
        predicted=predicted,
        attributed=attributed,
    )


def make_baseline(
    model: Model,
    rows: SplitRows,
    own: Contender,
    predicted: Matrix,
    attributed: Matrix,
    tested: TestedData,
    since: int | None,
    asked: Asked,
    manner: Manner,
) -> tuple[Baseline, Fitted]:
    """Take the reference values of inputs, predictions, reasons and errors from held rows, since a change if any.

    What estimates errors without labels is fitted to the same rows.

    Held rows are accepted ones, so the share of refused rows is that of all the data, and of the rows asked about live
    where the model learns from those: since a change of these alone, or what was refused before it would alarm again.
    """
    frame, labels = rows.held.frame, rows.held.y
    note = f"{frame.height:,} held rows"
    used_since = None
    recent = rows_since(model, frame, since)
    if recent is not None:
        frame, labels, predicted, attributed = frame[recent], labels[recent], predicted[recent], attributed[recent]
        used_since = since
        note = f"{frame.height:,} held rows since the change"
    season, seasons = _season_of(model, manner.season, frame)
    times = times_of(model, frame)
    watched = [*own.encoder.names, *_viewed(model)]
    row_count, refused, failed = _failures(tested, asked, since)
    matrix, categorical = own.matrix(frame), own.encoder.categorical
    fitted = fit_estimator(model.task, matrix, predicted, labels, categorical=categorical, seed=model.seed)
    baseline = build_baseline(
        frame.select(watched),
        predictions=predicted,
        attributions=attributed,
        features=own.encoder.names,
        labels=labels,
        expected=None if fitted.estimator is None else fitted.expected,
        task=model.task,
        kinds=model.live.kinds,
        times=None if times is None else times.astype(np.int64),
        other_rows=rows.train.frame.select(watched),
        tested=(row_count, refused),
        failed=failed,
        odd_rows=tested.accepted.select(own.encoder.names),
        segments=frame.select(model.group) if model.group and model.group not in watched else None,
        season=season,
        seasons=seasons,
        block=manner.blocks,
        blocks=_blocks_of(model, manner.blocks, frame),
        since=used_since,
        note=note,
    )
    return baseline, fitted


def rows_since(model: Model, frame: pl.DataFrame, since: int | None) -> NDArray[np.int64] | None:
    """Return which rows have come since a change; None where there was none, or they are too few for a baseline."""
    times = None if since is None else times_of(model, frame)
    if since is None or times is None:
        return None
    recent = np.flatnonzero(times >= since)
    return recent if recent.size >= FEWEST_SINCE else None


def watched_as(ground: Ground, model: Model) -> Manner:
    """Return how a model's rows are compared with its baseline: as it declares, else as its project's settings say."""
    adopted = ground.adopted.get(model.name, Manner())
    manner = manner_of(model.season, model.block, ground.watch(model.name).tolerance)
    season, block = manner.season or adopted.season, manner.block or adopted.block
    place = f"[tool.holdtrue.watch.{model.name}]"
    if season not in (None, *PARTS, *model.live.kinds):
        raise ProjectBroken(f"{place}: season {season!r} is no part of the calendar and no field of {model.name}")
    if model.time is None and (season in PARTS or block in LENGTHS):
        raise ProjectBroken(
            f"{place}: the time of each row is needed, and {model.name} names none", hint='name its field: time="..."'
        )
    return Manner(season=season, block=block, tolerance=manner.tolerance)


def _blocks_of(model: Model, block: Block | None, frame: pl.DataFrame) -> NDArray[np.int64] | None:
    if block is None:
        return None
    times = times_of(model, frame)
    blocks = block.places(np.zeros(frame.height, dtype=np.int64) if times is None else times)
    count = np.unique(blocks).size
    if count < FEWEST_BLOCKS:
        what = f"blocks of {block.rows} rows" if block.of == "rows" else f"{block.of}s"
        raise ProjectBroken(
            f"{model.name}: the {frame.height:,} held rows are of {count} {what}: too few to say what is usual",
            hint=f"hold out more, or take a shorter block; from {FEWEST_BLOCKS} on they will do",
        )
    return blocks


def _season_of(
    model: Model, of: str | None, frame: pl.DataFrame
) -> tuple[Season, NDArray[np.int64]] | tuple[None, None]:
    """Return the season, and which each row is of; of a field its most frequent levels."""
    if of is None:
        return None, None
    times = times_of(model, frame)
    clock = np.zeros(frame.height, dtype=np.int64) if times is None else times.astype(np.int64)
    values = None if of in PARTS else frame.get_column(of).to_list()
    season = season_of(of, values)
    return season, season.places(clock, values)


def _viewed(model: Model) -> list[str]:
    """Return the fields that no model takes as they are, but that can be watched: texts, lists, media."""
    aside = {model.key, model.group}
    kinds = model.live.kinds
    return [name for name in kinds if kinds[name] in NO_FEATURES and kinds[name] != "key" and name not in aside]


def _asked(ground: Ground, model: Model, since: int | None) -> Asked:
    learns = any(isinstance(source, ServedSource) for source in model.sources)
    return ground.asked(model.name, since) if learns else (0, 0, {})


def _failures(tested: TestedData, asked: Asked, since: int | None) -> Asked:
    """Return how many rows were judged, how many refused as live rows are, and how many failed each test.

    Served rows are among those asked about.
    """
    rows, refused, by_test = asked
    live = {test: by_test.get(test, 0) for test in tested.failed_live}
    if since is not None and rows >= FEWEST_SINCE:
        return rows, refused, live
    failed = {test: count + live[test] for test, count in tested.failed_live.items()}
    return tested.result.rows - tested.served + rows, tested.refused_live + refused, failed


def make_selftest(model: Model, own: Contender, held: pl.DataFrame, predicted: Matrix) -> SelfTest:
    """Store a few held rows, as a client would send them, with their predictions by the batch path."""
    places = np.unique(np.linspace(0, held.height - 1, min(SELFTEST_ROWS, held.height)).astype(int))
    names = [each.name for each in own.spec.fields]
    sent = held[places].select(names).to_dicts()
    rows = tuple(msgspec.to_builtins(row) for row in sent)
    return SelfTest(rows=rows, predictions=tuple(float(predicted[place]) for place in places))


def served_as_trained(own: Contender, selftest: SelfTest) -> CheckVerdict:
    """Predict stored rows by the live road's own path and compare: the check that no one can switch off."""
    checker = RowChecker(own.spec)
    name = "served_as_trained"
    for row, expected in zip(selftest.rows, selftest.predictions, strict=True):
        verdict = checker.check(row)
        if verdict.row is None:
            refused = "; ".join(failure.message for failure in verdict.failures)
            return CheckVerdict(name=name, passed=False, message=f"a held row is refused live: {refused}")
        found = own.predict_one(verdict.row)
        if not math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-9):
            message = f"a row predicted {expected!r} in training is predicted {found!r} live"
            return CheckVerdict(name=name, passed=False, message=message, examples=(row,))
    alike = "1 stored row is" if len(selftest.rows) == 1 else f"{len(selftest.rows):,} stored rows are"
    return CheckVerdict(name=name, passed=True, message=f"{alike} predicted alike")


def _reasons(contender: Contender, held: pl.DataFrame) -> Reasons:
    sample = held.tail(REASONS_ROWS)
    found: Attributions = contender.explainer.explain(contender.matrix(sample))
    return Reasons(names=contender.encoder.names, attributions=found, explainer=contender.explainer.name)


def _rival(ground: Ground, model: Model, alias: str, held: pl.DataFrame) -> Rival | None:
    """Return what the version of an alias makes of the held rows, or why it can make nothing of them."""
    record = ground.catalog.aliases.get(model.name, alias)
    if record is None:
        return None
    manifest = get_manifest(ground.store, record.version_id, ModelManifest)
    name = f"{model.name}:v{record.number}"
    fault = _incomparable(model, manifest, name)
    if fault:
        return Rival(name=name, predicted=np.empty(0), fault=fault)
    rival = load_contender(ground.store, manifest, name)
    times = times_of(model, held)
    return Rival(
        name=name,
        predicted=rival.predict(held),
        unseen=unseen(times, manifest.seen) if times is not None and manifest.seen else None,
        reasons=_reasons(rival, held),
    )


def _incomparable(model: Model, rival: ModelManifest, name: str) -> str:
    """Say why a version cannot take rows of the model's contract as it is now; empty where it can."""
    if rival.target != model.target or rival.task != model.task:
        return f"{name} predicts {rival.target} ({rival.task}), not {model.target} ({model.task}): not comparable"
    now, before = _kinds(model.spec), _kinds(rival.contract)
    missing = [each for each in rival.encoder.names if each not in now]
    changed = [each for each in rival.encoder.names if each in now and now[each] != before[each]]
    faults = [f"takes {', '.join(missing)}, which the contract no longer has"] if missing else []
    faults += [f"takes {', '.join(changed)} of another kind"] if changed else []
    return f"{name} cannot be compared with: it {' and '.join(faults)}" if faults else ""


def _kinds(contract: ContractSpec) -> dict[str, str]:
    fields: dict[str, str] = {each.name: each.kind for each in contract.fields}
    return fields | {each.name: each.kind for each in contract.derives}


def gate_summary(gate: GateDecision) -> str:
    """Say in a few words how a gate decided."""
    if gate.passed:
        return f"gate passed ({len(gate.results)} conditions)"
    failed: list[GateResult] = list(gate.failed)
    return f"gate FAILED: {'; '.join(each.condition for each in failed)}"


def figures(metrics: dict[str, float]) -> dict[str, Any]:
    """Return metrics ready for JSON: no infinities."""
    return {name: value for name, value in metrics.items() if math.isfinite(value)}
