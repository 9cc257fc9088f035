"""Earlier data that table tests compare with: what the newest version was made of, and what production is held to."""

from __future__ import annotations

from holdtrue.catalog import Catalog
from holdtrue.contracts import Past
from holdtrue.foundation import HoldtrueError, UnknownReference
from holdtrue.profiles import Baseline, TableProfile
from holdtrue.registry import PRODUCTION, approved
from holdtrue.store import Store
from holdtrue.versions import ModelManifest, get_manifest, read_whole


def earlier_data(catalog: Catalog, store: Store, model: str) -> dict[str, Past]:
    """Return what `table.last` and `table.baseline` stand for, as far as there is such a thing.

    `last`: all rows accepted for the newest version that can be read. `baseline`: the features of the held rows that
    the version in production is watched against, which is the last one there that passed its gate.
    """
    found = {}
    last = _last(catalog, store, model)
    if last is not None:
        found["last"] = last
    baseline = _baseline(catalog, store, model)
    if baseline is not None:
        found["baseline"] = baseline
    return found


def _last(catalog: Catalog, store: Store, model: str) -> Past | None:
    for version in sorted(catalog.versions.list(model), key=lambda each: -each.number):
        try:
            manifest = get_manifest(store, version.id, ModelManifest)
            if manifest.profile is not None:
                profile = TableProfile.from_bytes(read_whole(store, manifest.profile))
                return Past(name=f"{model}:v{version.number}", profile=profile)
        except HoldtrueError:
            continue  # of a version that cannot be read nothing can be said; `holdtrue store check` names it
    return None


def _baseline(catalog: Catalog, store: Store, model: str) -> Past | None:
    try:
        version = approved(catalog, store, model, PRODUCTION)
        if version is None:
            return None
        manifest = get_manifest(store, version.id, ModelManifest)
        baseline = Baseline.from_bytes(read_whole(store, manifest.baseline))
    except UnknownReference:
        return None
    profile = TableProfile(rows=baseline.rows, columns=baseline.profiles)
    return Past(name=f"the baseline of {model}:v{version.number}", profile=profile)
