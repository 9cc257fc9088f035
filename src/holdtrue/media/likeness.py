"""Which of many fingerprints differ in a few bits only: near-duplicates, without comparing each with each.

The bits in which fingerprints differ at all are cut into six bands. Two that differ in at most four bits agree in at
least two of the six whole bands, so only those are compared that agree in some pair of bands: 15 sortings, and few
comparisons besides. Many that agree in a pair of bands are parted in the same way by the bits that are left. Those that
what was found so far joins already are not compared again.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

LIKE_BITS = 4
"""Pictures whose fingerprints differ in at most so many of 64 bits look alike."""

_BANDS = 6
_FEW = 64  # that agree in a pair of bands are compared each with each
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
    return int(np.unique(_grouped(different, np.arange(different.size))).size)


def _grouped(values: _Hashes, groups: _Places) -> _Places:
    """Return the groups of different fingerprints, by the place of one of each, after joining those that are alike.

    Args:
        values: shape (n,). groups: shape (n,), as known so far.
    """
    for mask in _pairs_of_bands(values):
        keys = values & mask
        order = np.argsort(keys, kind="stable")
        starts = np.flatnonzero(np.diff(keys[order], prepend=~keys[order[:1]]))
        sizes = np.diff(starts, append=order.size)
        known = groups[order]
        apart = np.minimum.reduceat(known, starts) < np.maximum.reduceat(known, starts)
        few, many = apart & (sizes <= _FEW), apart & (sizes > _FEW)
        pairs = list(_alike(values, order, np.repeat(starts + sizes, sizes), np.repeat(few, sizes)))
        for start, size in zip(starts[many], sizes[many], strict=True):
            places = order[start : start + size]
            _, lowest, at = np.unique(groups[places], return_index=True, return_inverse=True)
            pairs.append((places, places[_grouped(values[places], lowest[at])]))
        if pairs:
            groups = _joined(groups, *(np.concatenate(side) for side in zip(*pairs, strict=True)))
    return groups


def _pairs_of_bands(values: _Hashes) -> Iterator[np.uint64]:
    """Give the bits of each pair of bands, of the bits that are not the same in all."""
    if values.size < 2:
        return
    differ = int(np.bitwise_or.reduce(values ^ values[0]))
    bits = [bit for bit in range(64) if differ >> bit & 1]
    bands = [sum(1 << int(bit) for bit in band) for band in np.array_split(bits, _BANDS)]
    yield from (np.uint64(a | b) for a, b in combinations(bands, 2))


def _alike(values: _Hashes, order: _Places, ends: _Places, few: NDArray[np.bool_]) -> Iterator[tuple[_Places, _Places]]:
    """Give the places of pairs that are alike, among the few that agree in a pair of bands.

    Args:
        order: places, those together that agree. ends: where in it those end that agree.
        few: whether they are to be compared.
    """
    first, step = np.flatnonzero(few), 1
    # Neighbours, then those two apart, and so on as long as they agree.
    while first.size:
        first = first[first + step < ends[first]]
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
