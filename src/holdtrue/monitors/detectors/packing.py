"""Arrays as bytes, for stored states."""

from __future__ import annotations

from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray


class Packed(Struct, frozen=True, array_like=True):
    """An array: NumPy's name of its type (little-endian), its shape, its bytes in C order."""

    type: str
    shape: tuple[int, ...]
    data: bytes


def pack(array: NDArray[Any]) -> Packed:
    """Return an array's stored form.

    Example:
        >>> unpack(pack(np.array([1.5, 2.5]))).tolist()
        [1.5, 2.5]
    """
    plain = np.ascontiguousarray(array)
    plain = plain.astype(plain.dtype.newbyteorder("<"), copy=False)
    return Packed(plain.dtype.str, plain.shape, plain.tobytes())


def unpack(packed: Packed) -> NDArray[Any]:
    """Return the array, writable."""
    return np.frombuffer(packed.data, dtype=np.dtype(packed.type)).reshape(packed.shape).copy()


Sparse = tuple[Packed, Packed]
"""Places (uint16) and values (uint32) of what is not 0."""


def sparse(counts: NDArray[np.int64]) -> Sparse:
    """Return the stored form of counts that are mostly 0, shape (m,), m <= 65,536.

    Example:
        >>> dense(sparse(np.array([0, 7, 0])), 3).tolist()
        [0, 7, 0]
    """
    places = np.nonzero(counts)[0]
    return pack(places.astype(np.uint16)), pack(counts[places].astype(np.uint32))


def dense(packed: Sparse, width: int) -> NDArray[np.int64]:
    """Return the counts, shape (width,)."""
    counts = np.zeros(width, dtype=np.int64)
    counts[unpack(packed[0])] = unpack(packed[1])
    return counts
