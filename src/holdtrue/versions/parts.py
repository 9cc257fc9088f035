"""The stored parts of a model version that are not manifests: whole blobs, the background matrix, the self-test."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.foundation import StoreDamaged, canonical, digest
from holdtrue.store import Blob, Store

Matrix = NDArray[np.float64]

FORMAT = 1


class SelfTest(Struct, frozen=True, kw_only=True):
    """Stored rows and what the version predicted for them in training, by the batch path.

    Attributes:
        rows: rows as a client would send them: live fields only, values as JSON gives them (dates as ISO text).
        predictions: one for each row, in the unit of the target.
    """

    rows: tuple[dict[str, Any], ...]
    predictions: tuple[float, ...]
    format: int = FORMAT

    def to_bytes(self) -> bytes:
        """Return the stored form, canonical JSON."""
        return canonical(self)

    @staticmethod
    def from_bytes(data: bytes) -> SelfTest:
        """Read the stored form.

        Raises:
            StoreDamaged: these bytes are no self-test of a known format.

        Example:
            >>> test = SelfTest(rows=({"beds": 3},), predictions=(9.5,))
            >>> SelfTest.from_bytes(test.to_bytes()) == test
            True
        """
        try:
            test = msgspec.json.decode(data, type=SelfTest)
        except msgspec.DecodeError as broken:
            raise StoreDamaged(f"these bytes are no stored self-test: {broken}") from broken
        if test.format != FORMAT or len(test.rows) != len(test.predictions):
            raise StoreDamaged("a stored self-test is not of the known form", hint="use the release that wrote it")
        return test


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
