"""Brings a model version from the store into memory."""

from __future__ import annotations

from pathlib import Path

from holdtrue.flavors import flavor_named
from holdtrue.monitors import estimator_from
from holdtrue.predicting.loaded import LoadedVersion
from holdtrue.profiles import Baseline
from holdtrue.store import Store
from holdtrue.versions import ModelManifest, SelfTest, get_manifest, matrix_of, read_whole


def load_version(store: Store, version_id: str, cache_dir: Path | None = None) -> LoadedVersion:
    """Return a model version, ready to predict. It is not tested yet: see `self_test`.

    Args:
        store: where it is kept.
        version_id: the id of its manifest.
        cache_dir: a folder to keep copies of its files in, for a store that is far away; None: read the store.

    Raises:
        UnknownReference: the store has no such version.
        StoreDamaged: a part of it is gone or altered.
        MissingExtra: its model library is not installed.
    """
    manifest = get_manifest(store, version_id, ModelManifest)
    estimator = None if manifest.estimator is None else read_whole(store, manifest.estimator, cache_dir)
    files = {name: read_whole(store, blob, cache_dir) for name, blob in manifest.files.items()}
    return LoadedVersion(
        version_id,
        manifest,
        flavor_named(manifest.flavor).load(files),
        Baseline.from_bytes(read_whole(store, manifest.baseline, cache_dir)),
        SelfTest.from_bytes(read_whole(store, manifest.selftest, cache_dir)),
        matrix_of(read_whole(store, manifest.background, cache_dir)),
        None if estimator is None else estimator_from(estimator),
    )
