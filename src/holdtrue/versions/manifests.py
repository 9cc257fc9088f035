"""What ties bytes together: frozen records of data, code, environment, run and model, kept as objects in the store.

A manifest's id is the hash of its canonical JSON, so equal content has one id wherever and whenever it was captured.
For that reason the manifests of data, code and environment hold no time; when one was first captured is kept beside it
(`FirstSeen`). A run and a model are events in time, and say when.
"""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from msgspec import Struct, field

from holdtrue.checks import CheckVerdict
from holdtrue.contracts import ContractSpec, EncoderSpec, TableResult, TestResult
from holdtrue.foundation import EnvironmentFailed, StoreDamaged, UnknownReference, canonical, digest
from holdtrue.gates import GateDecision
from holdtrue.store import Blob, Store

FORMAT = 1


class FileEntry(Struct, frozen=True, kw_only=True):
    """One file: its path from the root of what was captured (with `/`), its content, and whether it may be run.

    A link to a folder inside the root has a `link` (the target as written) and an empty blob.
    """

    path: str
    blob: Blob
    executable: bool = False
    link: str = ""


class DataManifest(Struct, frozen=True, kw_only=True, tag_field="manifest", tag="data"):
    """A data version: files as they were found, or one table that holdtrue wrote (`table`).

    Attributes:
        name: what the project calls it; versions are numbered within a name.
        rows: number of rows, where the files are tables.
        columns: column to Polars type, where the files are tables.
    """

    name: str
    files: tuple[FileEntry, ...]
    rows: int | None
    columns: dict[str, str]
    table: bool = False
    format: int = FORMAT


class CodeManifest(Struct, frozen=True, kw_only=True, tag_field="manifest", tag="code"):
    """A code version.

    Attributes:
        commit: the git commit checked out, empty without git.
        dirty: something differed from that commit, or was not in it.
        root: the project's folder within the repository, `.` where it is the whole of it.
    """

    files: tuple[FileEntry, ...]
    commit: str = ""
    dirty: bool = False
    root: str = "."
    format: int = FORMAT


class EnvironmentManifest(Struct, frozen=True, kw_only=True, tag_field="manifest", tag="environment"):
    """What a run ran in.

    Attributes:
        python: implementation and version.
        platform: system, release and processor.
        distributions: installed distribution to version.
        variables: names of the environment variables that were set; never what they held.
        values: what those on the allow-list held.
    """

    python: str
    platform: str
    distributions: dict[str, str]
    variables: tuple[str, ...] = ()
    values: dict[str, str] = field(default_factory=dict)
    format: int = FORMAT


class RunManifest(Struct, frozen=True, kw_only=True, tag_field="manifest", tag="run"):
    """One completed trip down the training road.

    Attributes:
        id: what the catalog and `run:ID` call it; given when it began, before there was a manifest.
        data: source name to data id. code, environment: ids.
        parameters: what the training function asked for and was given.
        slice: the share or number of rows asked for, empty for all.
        recipe: hash of all that decides whether the work must be done again.
        started, finished: microseconds UTC.
        parts: rows in `train`, `valid` and `held`.
        rows: rows read. refused: of them, set aside by a test of the contract; quarantine: id of the data version that
            keeps those with their reasons, empty where there is none.
        data_tests, table_tests: what each test of the contract said.
    """

    model: str
    data: dict[str, str]
    code: str
    environment: str
    recipe: str
    started: int
    finished: int
    parameters: dict[str, Any] = field(default_factory=dict)
    seed: int = 0
    slice: str = ""
    why: str = ""
    parts: dict[str, int] = field(default_factory=dict)
    rows: int = 0
    refused: int = 0
    quarantine: str = ""
    data_tests: tuple[TestResult, ...] = ()
    table_tests: tuple[TableResult, ...] = ()
    id: str = ""
    format: int = FORMAT


class Roles(Struct, frozen=True, kw_only=True):
    """Which fields play a part besides target and time; `features` in the order the model takes them."""

    features: tuple[str, ...] = ()
    key: str | None = None
    weight: str | None = None
    group: str | None = None


class ModelManifest(Struct, frozen=True, kw_only=True, tag_field="manifest", tag="model"):
    """A model version: all that serving, watching and going back need, and nothing that is not in the store.

    Attributes:
        run: id of its run's manifest, which leads on to code, data and environment.
        files: the model's own files, as its flavor wrote them.
        contract, encoder: the definitions that training used, and live use reads.
        baseline: reference values of inputs, predictions, attributions and errors on held rows.
        background: rows that attributions are measured against.
        metrics: name to value on held rows.
        selftest: stored rows with their predictions, for the check before it serves.
        approved_baseline: the version whose baseline was the approved one when this was made; None for the first.
        created: microseconds UTC.
        seen: spans of data time (microseconds UTC, ends included) that its training rows lie in; empty without times.
        since: data time at which the regime it was made for began, where it was made after a change.
        fallback: what a row is answered with that a live policy keeps from the model, in the unit of the target.
        profile: of all the rows that were accepted, for tests of the data that comes after.
        rehearsal: what watching would have been like over history; None where none was made.
        estimator: what estimates its performance without labels, fitted to held rows; None where they did not do:
            unestimated says why.
    """

    model: str
    run: str
    flavor: str
    files: dict[str, Blob]
    contract: ContractSpec
    encoder: EncoderSpec
    baseline: Blob
    explainer: str
    background: Blob
    metrics: dict[str, Any]
    checks: tuple[CheckVerdict, ...]
    gate: GateDecision
    selftest: Blob
    target: str
    created: int
    time: str | None = None
    roles: Roles = field(default_factory=Roles)
    task: str = "regression"
    approved_baseline: str | None = None
    since: int | None = None
    seen: tuple[tuple[int, int], ...] = ()
    fallback: float | None = None
    profile: Blob | None = None
    rehearsal: Blob | None = None
    estimator: Blob | None = None
    unestimated: str = ""
    format: int = FORMAT


class FirstSeen(Struct, frozen=True, kw_only=True, tag_field="manifest", tag="first-seen"):
    """When a manifest of data, code or environment was first captured (microseconds UTC)."""

    subject: str
    at: int
    format: int = FORMAT


Manifest = DataManifest | CodeManifest | EnvironmentManifest | RunManifest | ModelManifest | FirstSeen
M = TypeVar("M", DataManifest, CodeManifest, EnvironmentManifest, RunManifest, ModelManifest, FirstSeen)

KINDS: dict[type, str] = {
    DataManifest: "data",
    CodeManifest: "code",
    EnvironmentManifest: "environment",
    RunManifest: "run",
    ModelManifest: "model",
    FirstSeen: "first-seen",
}


class _Head(Struct, frozen=True):
    manifest: str
    format: int


def put_manifest(store: Store, manifest: Manifest) -> str:
    """Put a manifest in the store and return its id. It is durable after the store's next `commit()`."""
    return store.put_object(KINDS[type(manifest)], canonical(manifest))


def get_manifest(store: Store, manifest_id: str, kind: type[M]) -> M:
    """Return the manifest of an id.

    Raises:
        UnknownReference: the store has no such object, or it is of another kind.
        StoreDamaged: the object's bytes are not what they were.
        EnvironmentFailed: a later release wrote it.
    """
    body = store.get_object(manifest_id)
    wanted = KINDS[kind]
    head = _head(body, manifest_id)
    if head.manifest != wanted:
        message = f"{manifest_id[:12]} is a manifest of {head.manifest}, not of {wanted}"
        raise UnknownReference(message, hint="give the id of the right thing")
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.DecodeError as error:
        raise StoreDamaged(f"the {wanted} manifest {manifest_id[:12]} cannot be read: {error}") from error


def kind_of(store: Store, manifest_id: str) -> str:
    """Return which kind of manifest an id is of: `data`, `code`, `environment`, `run`, `model` or `first-seen`.

    Raises:
        UnknownReference: the store has no such object.
        StoreDamaged: the object is no manifest.
        EnvironmentFailed: a later release wrote it.
    """
    return _head(store.get_object(manifest_id), manifest_id).manifest


def _head(body: bytes, manifest_id: str) -> _Head:
    try:
        head = msgspec.json.decode(body, type=_Head)
    except msgspec.DecodeError as error:
        raise StoreDamaged(f"the object {manifest_id[:12]} is no manifest: {error}") from error
    if head.format > FORMAT:
        message = f"the {head.manifest} manifest {manifest_id[:12]} has format {head.format}, known up to {FORMAT}"
        raise EnvironmentFailed(message, hint="it was written by a later holdtrue: install that one")
    return head


def put_captured(store: Store, manifest: DataManifest | CodeManifest | EnvironmentManifest, *, at: int) -> str:
    """Put a captured manifest and, the first time it is seen, when that was (microseconds UTC); return its id."""
    body = canonical(manifest)
    known = _has(store, digest(body))
    manifest_id = store.put_object(KINDS[type(manifest)], body)
    if not known:
        put_manifest(store, FirstSeen(subject=manifest_id, at=at))
    return manifest_id


def _has(store: Store, object_id: str) -> bool:
    try:
        store.get_object(object_id)
    except (UnknownReference, StoreDamaged):
        return False
    return True
