"""Brings a model version from the store into memory."""

from __future__ import annotations

import io
import os
from pathlib import Path

import numpy as np

from holdtrue.flavors import flavor_named
from holdtrue.foundation import StoreDamaged, digest
from holdtrue.predicting.loaded import LoadedVersion, Matrix
from holdtrue.predicting.selftests import SelfTest
from holdtrue.profiles import Baseline
from holdtrue.store import Blob, Store
from holdtrue.versions import ModelManifest, get_manifest


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
    files = {name: read_whole(store, blob, cache_dir) for name, blob in manifest.files.items()}
    return LoadedVersion(
        version_id,
        manifest,
        flavor_named(manifest.flavor).load(files),
        Baseline.from_bytes(read_whole(store, manifest.baseline, cache_dir)),
        SelfTest.from_bytes(read_whole(store, manifest.selftest, cache_dir)),
        matrix_of(read_whole(store, manifest.background, cache_dir)),
    )


def matrix_bytes(matrix: Matrix) -> bytes:
    """Return a float64 matrix in NumPy's `.npy` form, as a version's background is kept."""
    file = io.BytesIO()
    np.save(file, np.ascontiguousarray(matrix, dtype=np.float64), allow_pickle=False)
    return file.getvalue()


def matrix_of(data: bytes) -> Matrix:
    """Return the matrix that `matrix_bytes` wrote.

    Raises:
        StoreDamaged: these bytes are no float64 matrix.

    Example:
        >>> matrix_of(matrix_bytes(np.eye(2))).tolist()
        [[1.0, 0.0], [0.0, 1.0]]
    """
    try:
        matrix = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, EOFError) as broken:
        raise StoreDamaged(f"these bytes are no stored matrix: {broken}") from broken
    if matrix.dtype != np.float64 or matrix.ndim != 2:
        raise StoreDamaged(f"a stored matrix is {matrix.dtype} of {matrix.ndim} dimensions, not float64 of 2")
    return np.asarray(matrix, dtype=np.float64)


def read_whole(store: Store, blob: Blob, cache_dir: Path | None = None) -> bytes:
    """Return a blob's content, from the cache if it is there unharmed, else from the store and into the cache."""
    copy = None if cache_dir is None else cache_dir / blob.id
    if copy is not None and copy.is_file():
        data = copy.read_bytes()
        if digest(data) == blob.id:
            return data
    data = b"".join(store.read_blob(blob))
    if copy is not None:
        copy.parent.mkdir(parents=True, exist_ok=True)
        part = copy.with_name(f"{blob.id}.{os.getpid()}.part")
        part.write_bytes(data)
        part.replace(copy)
    return data
