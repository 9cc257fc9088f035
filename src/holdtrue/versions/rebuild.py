"""The catalog's index made again from the store alone: what is content needs no index to be kept."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from holdtrue.catalog import Catalog
from holdtrue.foundation import SILENT, Progress
from holdtrue.store import Store
from holdtrue.versions.manifests import DataManifest, FirstSeen, ModelManifest, RunManifest, get_manifest


class Rebuilt(Struct, frozen=True, kw_only=True):
    """How many entries the index has after it was made again."""

    data: int
    runs: int
    versions: int


def rebuild_index(store: Store, catalog: Catalog, *, progress: Progress = SILENT) -> Rebuilt:
    """Clear the catalog's index and fill it from the store's manifests, in the order in which they were made.

    Pointers and the record of events are not touched. Repeating it gives the same index. Runs that were never
    completed left no manifest and are not in it.

    Raises:
        StoreDamaged: a manifest is gone or wrong; the index then lacks it and all after it: mend the store, repeat.
    """
    seen = _first_seen(store)
    captured = sorted((seen.get(data_id, 0), data_id) for data_id in store.objects("data"))
    runs = sorted(
        ((run := get_manifest(store, run_id, RunManifest)).started, run_id, run) for run_id in store.objects("run")
    )
    models = sorted(
        ((model := get_manifest(store, model_id, ModelManifest)).created, model_id, model)
        for model_id in store.objects("model")
    )
    run_ids = {manifest_id: run.id or manifest_id for _, manifest_id, run in runs}
    version_of = {model.run: model_id for _, model_id, model in models}
    progress.start("rebuild", len(captured) + len(runs) + len(models))
    catalog.clear_index()
    for created, data_id in captured:
        manifest = get_manifest(store, data_id, DataManifest)
        catalog.data.add(manifest.name, data_id, created, manifest.rows or 0)
        progress.advance()
    for _, manifest_id, run in runs:
        data: dict[str, Any] = {"manifest": manifest_id, "data": run.data}
        if run.quarantine:
            data |= {"refused": run.refused, "quarantine": run.quarantine}
        catalog.runs.add(run_ids[manifest_id], run.model, run.started, why=run.why, data=data)
        version_id = version_of.get(manifest_id)
        catalog.runs.finish(run_ids[manifest_id], status="done", finished=run.finished, version_id=version_id)
        progress.advance()
    for created, model_id, model in models:
        run_id = run_ids.get(model.run, model.run)
        catalog.versions.add(model.model, model_id, created, run_id, model.gate.passed, model.metrics)
        progress.advance()
    progress.finish(f"{len(captured)} data versions, {len(runs)} runs, {len(models)} model versions")
    return Rebuilt(data=len(captured), runs=len(runs), versions=len(models))


def _first_seen(store: Store) -> dict[str, int]:
    # Two processes that captured the same thing at once may both have noted it: the earlier counts.
    seen: dict[str, int] = {}
    for note_id in store.objects("first-seen"):
        note = get_manifest(store, note_id, FirstSeen)
        seen[note.subject] = min(note.at, seen.get(note.subject, note.at))
    return seen
