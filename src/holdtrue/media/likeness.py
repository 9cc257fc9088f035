"""Which of many fingerprints differ in a few bits only: near-duplicates, without comparing each with each.

The 64 bits are cut into six bands. Two fingerprints that differ in at most four bits agree in at least two of the six
whole bands, so only those are compared that agree in some pair of bands: 15 sortings, and few comparisons besides.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

LIKE_BITS = 4
"""Pictures whose fingerprints differ in at most so many of 64 bits look alike."""

_CUTS = (0, 11, 22, 33, 43, 53, 64)
_Hashes = NDArray[np.uint64]
_Places = NDArray[np.int64]


def count_alike(fingerprints: _Hashes) -> int:
    """Return in how many groups different fingerprints fall, those that are alike (by a chain of likes) in one group.

    Args:
        fingerprints: shape (n,), any order, may repeat.

    Example:
        >>> count_alike(np.array([0b0000, 0b0111, 2**63 - 1, 0b0000], dtype=np.uint64))
        2
    """
    different = np.unique(fingerprints)
    groups = np.arange(different.size)
    for a, b in _pairs(different):
        groups = _joined(groups, a, b)
    return int(np.unique(groups).size)


def _pairs(values: _Hashes) -> Iterator[tuple[_Places, _Places]]:
    """Give the places of all pairs that are alike, some of them several times."""
    bands = list(pairwise(_CUTS))
    for (low, until), (more, last) in combinations(bands, 2):
        mask = np.uint64(((1 << until) - (1 << low)) | ((1 << last) - (1 << more)))
        keys = values & mask
        order = np.argsort(keys, kind="stable")
        keys = keys[order]
        first = np.arange(values.size - 1)
        step = 1
        # Neighbours, then those two apart, and so on as long as the two bands agree.
        while first.size:
            first = first[first + step < values.size]
            first = first[keys[first] == keys[first + step]]
            a, b = order[first], order[first + step]
            alike = np.bitwise_count(values[a] ^ values[b]) <= LIKE_BITS
            if alike.any():
                yield a[alike], b[alike]
            step += 1


def _joined(groups: _Places, a: _Places, b: _Places) -> _Places:
    """Give each pair one group: the lowest, handed on until nothing changes."""
    while True:
        before = groups.copy()
        lowest = np.minimum(groups[a], groups[b])
        np.minimum.at(groups, groups[a], lowest)
        np.minimum.at(groups, groups[b], lowest)
        groups = groups[groups]
        if np.array_equal(groups, before):
            return groups
