"""Near-duplicates found by bands are those found by comparing each with each."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdtrue.media import LIKE_BITS, count_alike, likeness


def slowly(values: list[int]) -> int:
    """Compare each with each, and put together what a chain of likes joins."""
    groups = [{value} for value in set(values)]
    for a in set(values):
        for b in set(values):
            if (a ^ b).bit_count() <= LIKE_BITS:
                first, second = (next(group for group in groups if value in group) for value in (a, b))
                if first is not second:
                    first |= second
                    groups.remove(second)
    return len(groups)


@st.composite
def families(draw: st.DrawFn) -> list[int]:
    """Draw some fingerprints, and for each some others that differ in a few bits."""
    values: list[int] = []
    for first in draw(st.lists(st.integers(0, 2**64 - 1), max_size=8)):
        values.append(first)
        for bits in draw(st.lists(st.sets(st.integers(0, 63), min_size=1, max_size=6), max_size=4)):
            values.append(first ^ sum(1 << bit for bit in bits))
    return values


@settings(max_examples=300, deadline=None)
@given(families())
def test_groups_are_those_of_comparing_all(values: list[int]) -> None:
    assert count_alike(np.array(values, dtype=np.uint64)) == slowly(values)


def test_chains_are_one_group() -> None:
    chain = [(1 << (4 * step)) - 1 for step in range(17)]
    assert count_alike(np.array(chain, dtype=np.uint64)) == 1


def test_many_different_ones_stay_apart() -> None:
    values = np.random.default_rng(0).integers(0, 2**64, 100_000, dtype=np.uint64)
    assert count_alike(np.concatenate([values, values ^ np.uint64(0b1011)])) == 100_000


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**64 - 1), st.sets(st.integers(0, 63), min_size=8, max_size=24), st.integers(0, 2**32))
def test_groups_of_many_that_share_bits_are_those_of_comparing_all(base: int, free: set[int], seed: int) -> None:
    drawn = np.random.default_rng(seed).integers(0, 2, (250, len(free)))
    values = [base ^ sum(1 << bit for bit, on in zip(sorted(free), row, strict=True) if on) for row in drawn]
    assert count_alike(np.array(values, dtype=np.uint64)) == slowly(values)


def test_many_that_share_whole_bands_are_not_compared_each_with_each(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = 0

    def counted(values: np.ndarray) -> np.ndarray:
        nonlocal compared
        compared += values.size
        return np.bitwise_count(values)

    monkeypatch.setattr(likeness, "np", SimpleNamespace(**{**vars(np), "bitwise_count": counted}))
    values = np.random.default_rng(0).integers(0, 2**40, 20_000, dtype=np.uint64)
    assert count_alike(values) < values.size
    assert 0 < compared < 200 * values.size  # each with each would be 10,000 times as many
    every = np.arange(2**14, dtype=np.uint64)
    compared = 0
    assert count_alike(every) == 1
    assert compared < 200 * every.size
