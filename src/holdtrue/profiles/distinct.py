"""How many different values there are, mergeable: the smallest hashes of them all.

Of n different values with hashes uniform on [0, 1) the k-th smallest hash is near k / n, so (k - 1) / it estimates n
without bias, with a relative standard error of 1 / sqrt(k - 2): 4.4 % for k = 512 (Bar-Yossef et al. 2002; Beyer et
al., "On synopses for distinct-value estimation under multiset operations", SIGMOD 2007, eq. 3 and 5). Up to k different
values the count is exact. Hashes are the same on every machine, so parts may be made anywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

KEPT = 512

Hashes = NDArray[np.uint64]


class DistinctSketch(Struct, frozen=True, kw_only=True):
    """The smallest hashes of the different values, in growing order: uint64 bytes, little-endian, at most `KEPT`."""

    hashes: bytes = b""

    @property
    def exact(self) -> bool:
        """Whether the count is not an estimate."""
        return len(self.hashes) < 8 * KEPT

    @property
    def count(self) -> int:
        """How many different values there are, estimated from `KEPT` of them on.

        Example:
            >>> distinct_numbers(np.array([3.0, 1.0, 3.0])).count
            2
        """
        if self.exact:
            return len(self.hashes) // 8
        largest = int(np.frombuffer(self.hashes, dtype="<u8")[-1]) + 1
        return round((KEPT - 1) * 2**64 / largest)


def distinct_numbers(values: NDArray[np.float64]) -> DistinctSketch:
    """Summarise numbers, shape (n,); NaN is no value, and -0 is 0."""
    bits = (values[values == values] + 0.0).view(np.uint64)
    return _smallest(_mixed(bits))


def distinct_names(names: Iterable[bytes]) -> DistinctSketch:
    """Summarise names, in UTF-8; it saves time if each comes once.

    Example:
        >>> distinct_names([b"wood", b"brick", b"wood"]).count
        2
    """
    digests = b"".join([blake2b(name, digest_size=8).digest() for name in names])
    return _smallest(np.frombuffer(digests, dtype="<u8"))


def merge_distinct(a: DistinctSketch, b: DistinctSketch) -> DistinctSketch:
    """Return the sketch of both lots of values together: the same as if they had come at once."""
    return _smallest(np.frombuffer(a.hashes + b.hashes, dtype="<u8"))


def _smallest(hashes: Hashes) -> DistinctSketch:
    if hashes.size > 64 * KEPT:
        # The smallest of many are found among those under a bound that some multiple of them passes.
        bound = np.partition(hashes[:: hashes.size // (16 * KEPT)], KEPT)[KEPT]
        few = np.unique(hashes[hashes <= bound])
        if few.size >= KEPT:
            return DistinctSketch(hashes=few[:KEPT].astype("<u8").tobytes())
    return DistinctSketch(hashes=np.unique(hashes)[:KEPT].astype("<u8").tobytes())


def _mixed(bits: Hashes) -> Hashes:
    """Return SplitMix64 of each (Steele, Lea, Flood, "Fast splittable pseudorandom number generators", 2014)."""
    z = bits + np.uint64(0x9E3779B97F4A7C15)
    z ^= z >> np.uint64(30)
    z *= np.uint64(0xBF58476D1CE4E5B9)
    z ^= z >> np.uint64(27)
    z *= np.uint64(0x94D049BB133111EB)
    z ^= z >> np.uint64(31)
    return z
