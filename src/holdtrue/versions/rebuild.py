"""The catalog's index made again from the store alone: what is content needs no index to be kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from msgspec import Struct

from holdtrue.catalog import Catalog, DataRecord, Index, RunRecord, VersionRecord
from holdtrue.foundation import SILENT, HoldtrueError, Progress
from holdtrue.store import Store
from holdtrue.versions.manifests import DataManifest, FirstSeen, ModelManifest, RunManifest, get_manifest

_M = TypeVar("_M", DataManifest, RunManifest, ModelManifest, FirstSeen)


class Unreadable(Struct, frozen=True, kw_only=True):
    """A manifest that could not be read: `kind` is data, run or model; `message` says why. It is not in the index."""

    id: str
    kind: str
    message: str


class Rebuilt(Struct, frozen=True, kw_only=True):
    """How many entries the index got from the store, and what could not be read."""

    data: int
    runs: int
    versions: int
    unreadable: tuple[Unreadable, ...] = ()


def rebuild_index(store: Store, catalog: Catalog, *, progress: Progress = SILENT) -> Rebuilt:
    """Read all manifests, in the order in which they were made, and put what they say in the place of the index.

    Pointers, the record of events and runs that registered nothing are not touched. Repeating it gives the same
    index. A manifest that cannot be read is left out and named; whoever reads meanwhile sees the old index or the new.
    """
    gathering = _Gathering(store, progress)
    known = {"data": {each.id for each in catalog.data.list()}, "model": {each.id for each in catalog.versions.list()}}
    catalog.refill_index(gathering.index)
    gone = {kind: sorted(ids - gathering.found[kind]) for kind, ids in known.items()}
    lost = [
        Unreadable(id=each, kind=kind, message="it was in the index and is not in the store")
        for kind, ids in gone.items()
        for each in ids
    ]
    data, runs, versions = (len(gathering.read[kind]) for kind in ("data", "run", "model"))
    progress.finish(f"{data} data versions, {runs} runs, {versions} model versions")
    return Rebuilt(data=data, runs=runs, versions=versions, unreadable=(*gathering.unreadable, *lost))


class _Gathering:
    """Reads every manifest that the index is made of, each once, and notes those that cannot be read."""

    def __init__(self, store: Store, progress: Progress) -> None:
        self._store, self._progress = store, progress
        self.found: dict[str, set[str]] = {}
        self.read: dict[str, dict[str, Any]] = {}
        self.unreadable: list[Unreadable] = []

    def index(self) -> Index:
        ids = {kind: sorted(self._store.objects(kind)) for kind in ("first-seen", "data", "run", "model")}
        self.found = {kind: set(each) for kind, each in ids.items()}
        self._progress.start("rebuild", sum(len(each) for each in ids.values()))
        seen: dict[str, int] = {}
        # Two processes that captured the same thing at once may both have noted it: the earlier counts.
        for note in self._all("first-seen", ids["first-seen"], FirstSeen).values():
            seen[note.subject] = min(note.at, seen.get(note.subject, note.at))
        data = self._all("data", ids["data"], DataManifest)
        runs = self._all("run", ids["run"], RunManifest)
        models = self._all("model", ids["model"], ModelManifest)
        captured = [
            DataRecord(id=each, name=manifest.name, number=0, created=seen.get(each, 0), rows=manifest.rows or 0)
            for each, manifest in data.items()
        ]
        versions = [version_record(each, model, runs.get(model.run)) for each, model in models.items()]
        return Index(
            data=sorted(captured, key=lambda each: (each.created, each.id)),
            versions=sorted(versions, key=lambda each: (each.created, each.id)),
            runs=lambda numbered: [
                run_record(model.run, runs[model.run], each, model, numbered)
                for each, model in models.items()
                if model.run in runs
            ],
        )

    def _all(self, kind: str, ids: list[str], form: type[_M]) -> dict[str, _M]:
        read: dict[str, _M] = {}
        for each in ids:
            try:
                read[each] = get_manifest(self._store, each, form)
            except HoldtrueError as error:
                self.unreadable.append(Unreadable(id=each, kind=kind, message=error.message))
            self._progress.advance()
        self.read[kind] = read
        return read


def version_record(version_id: str, model: ModelManifest, run: RunManifest | None) -> VersionRecord:
    """Return what the index says of a model version, from its manifests; the catalog gives it a number."""
    return VersionRecord(
        id=version_id,
        model=model.model,
        number=0,
        created=model.created,
        run_id=model.run if run is None else run.id or model.run,
        gate_passed=model.gate.passed,
        metrics=model.metrics,
        recipe="" if run is None else run.recipe,
    )


def run_record(
    manifest_id: str, run: RunManifest, version_id: str, model: ModelManifest, data: Mapping[str, DataRecord]
) -> RunRecord:
    """Return what the index says of a run that registered a version, from its manifests.

    Args:
        manifest_id: of `run`. version_id: of `model`, which the run registered.
        data: data id to its record, for the reference to the rows that were set aside.
    """
    noted: dict[str, Any] = {
        "manifest": manifest_id,
        "data": run.data,
        "read": run.rows,
        "refused": run.refused,
        "rows": run.parts,
        "metrics": model.metrics,
        "gate": model.gate.passed,
    }
    if run.quarantine:
        kept = data.get(run.quarantine)
        noted["quarantine"] = run.quarantine if kept is None else f"{kept.name}@{kept.number}"
    return RunRecord(
        id=run.id or manifest_id,
        model=run.model,
        started=run.started,
        finished=run.finished,
        status="registered",
        version_id=version_id,
        why=run.why,
        data=noted,
    )
