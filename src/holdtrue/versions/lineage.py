"""Where a model version came from: version to run, to code, data and environment; what tested it; what points to it."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from holdtrue.catalog import AliasRecord, Catalog, VersionRecord
from holdtrue.checks import CheckVerdict
from holdtrue.contracts import TableResult, TestResult
from holdtrue.foundation import UnknownReference
from holdtrue.gates import GateDecision
from holdtrue.monitors import estimator_from, estimator_in_words, metrics_estimated
from holdtrue.monitors.rehearsal import Rehearsal
from holdtrue.store import Store
from holdtrue.versions.manifests import (
    CodeManifest,
    DataManifest,
    EnvironmentManifest,
    ModelManifest,
    RunManifest,
    get_manifest,
)
from holdtrue.versions.parts import read_whole


class DataLineage(Struct, frozen=True, kw_only=True):
    """One captured source: `ref` is `sales@3`, or its name and id where the catalog has no number for it."""

    name: str
    ref: str
    id: str
    rows: int | None
    files: int


class CodeLineage(Struct, frozen=True, kw_only=True):
    """The captured code: commit (empty without git), whether the folder differed from it, and the files' paths."""

    id: str
    commit: str
    dirty: bool
    files: int
    paths: tuple[str, ...] = ()


class EstimatorLineage(Struct, frozen=True, kw_only=True):
    """How a version's performance is estimated without labels: which metrics, from how many held rows, and in words."""

    metrics: tuple[str, ...]
    rows: int
    words: str


class Lineage(Struct, frozen=True, kw_only=True):
    """A model version and all that it came from.

    Attributes:
        ref: `house-price:v3`.
        aliases: those that point to it now.
        approved_baseline: REF of the version whose baseline was the approved one when this was made, empty if none.
        rows: rows read; refused: of them, set aside by a test; quarantine: REF of the data that keeps those with their
            reasons, empty if none.
        data_tests, table_tests: what each test of the contract said of the data.
        rehearsal: what watching would have been like over history; None where none was made.
        estimator: how its performance is estimated without labels; None where it is not: unestimated says why.
    """

    ref: str
    version: VersionRecord
    run_id: str
    started: int
    finished: int
    why: str
    code: CodeLineage
    data: tuple[DataLineage, ...]
    environment_id: str
    python: str
    platform: str
    distributions: dict[str, str]
    parameters: dict[str, Any]
    seed: int
    slice: str
    recipe: str
    parts: dict[str, int]
    flavor: str
    explainer: str
    metrics: dict[str, Any]
    checks: tuple[CheckVerdict, ...]
    gate: GateDecision
    aliases: tuple[AliasRecord, ...]
    approved_baseline: str
    rows: int = 0
    refused: int = 0
    quarantine: str = ""
    data_tests: tuple[TestResult, ...] = ()
    table_tests: tuple[TableResult, ...] = ()
    rehearsal: Rehearsal | None = None
    estimator: EstimatorLineage | None = None
    unestimated: str = ""


def show(store: Store, catalog: Catalog, version: VersionRecord) -> Lineage:
    """Walk from a model version back to all that it came from.

    Raises:
        UnknownReference, StoreDamaged: a manifest on the way is gone or wrong.
    """
    model = get_manifest(store, version.id, ModelManifest)
    run = get_manifest(store, model.run, RunManifest)
    code = get_manifest(store, run.code, CodeManifest)
    environment = get_manifest(store, run.environment, EnvironmentManifest)
    return Lineage(
        ref=f"{version.model}:v{version.number}",
        version=version,
        run_id=run.id or model.run,
        started=run.started,
        finished=run.finished,
        why=run.why,
        code=_code(run.code, code),
        data=tuple(_data(store, catalog, name, data_id) for name, data_id in sorted(run.data.items())),
        environment_id=run.environment,
        python=environment.python,
        platform=environment.platform,
        distributions=environment.distributions,
        parameters=run.parameters,
        seed=run.seed,
        slice=run.slice,
        recipe=run.recipe,
        parts=run.parts,
        flavor=model.flavor,
        explainer=model.explainer,
        metrics=model.metrics,
        checks=model.checks,
        gate=model.gate,
        aliases=tuple(alias for alias in catalog.aliases.list(version.model) if alias.version_id == version.id),
        approved_baseline=_approved(catalog, model.approved_baseline),
        rows=run.rows,
        refused=run.refused,
        quarantine=_data(store, catalog, "refused", run.quarantine).ref if run.quarantine else "",
        data_tests=run.data_tests,
        table_tests=run.table_tests,
        rehearsal=None if model.rehearsal is None else Rehearsal.from_bytes(read_whole(store, model.rehearsal)),
        estimator=None if model.estimator is None else _estimator(read_whole(store, model.estimator)),
        unestimated=model.unestimated,
    )


def _estimator(data: bytes) -> EstimatorLineage:
    found = estimator_from(data)
    return EstimatorLineage(metrics=metrics_estimated(found), rows=found.rows, words=estimator_in_words(found))


def _code(code_id: str, code: CodeManifest) -> CodeLineage:
    paths = tuple(entry.path for entry in code.files)
    return CodeLineage(id=code_id, commit=code.commit, dirty=code.dirty, files=len(paths), paths=paths)


def _data(store: Store, catalog: Catalog, name: str, data_id: str) -> DataLineage:
    manifest = get_manifest(store, data_id, DataManifest)
    try:
        record = catalog.data.by_id(data_id)
        ref = f"{record.name}@{record.number}"
    except UnknownReference:
        ref = f"{name}@{data_id[:12]}"
    return DataLineage(name=name, ref=ref, id=data_id, rows=manifest.rows, files=len(manifest.files))


def _approved(catalog: Catalog, version_id: str | None) -> str:
    if version_id is None:
        return ""
    try:
        record = catalog.versions.by_id(version_id)
    except UnknownReference:
        return version_id[:12]
    return f"{record.model}:v{record.number}"
