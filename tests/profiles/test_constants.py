"""A column that does not vary has a spread of exactly 0, whatever its value, and however it is cut into parts."""

from __future__ import annotations

import itertools
import math
from functools import reduce

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from holdtrue.profiles import Comoments, Moments, comoments_of, merge_comoments, merge_moments, moments_of

VALUES = st.floats(allow_nan=False, allow_infinity=False)
PARTS = st.lists(st.integers(0, 60), min_size=1, max_size=5)


@given(VALUES, PARTS)
@example(0.1, [50])
@example(-0.1, [3, 1, 7])
@example(1e308, [2, 3])
def test_equal_values_have_no_spread(value: float, parts: list[int]) -> None:
    found = reduce(merge_moments, (moments_of(np.full(size, value)) for size in parts), Moments())
    if not sum(parts):
        assert found.n == 0
        return
    assert (found.n, found.m2, found.m3, found.m4) == (sum(parts), 0, 0, 0)
    assert (found.min, found.max) == (value, value)
    assert found.mean == max(-1e150, min(1e150, value))
    assert found.sd == 0 or found.n == 1


@given(VALUES, PARTS)
@example(0.1, [50])
def test_with_equal_values_nothing_goes_together(value: float, parts: list[int]) -> None:
    other = np.random.default_rng(0).normal(size=sum(parts))
    edges = np.cumsum([0, *parts])
    for swapped in (False, True):
        merged = Comoments()
        for start, end in itertools.pairwise(edges):
            pair = [np.full(end - start, value), other[start:end]]
            merged = merge_comoments(merged, comoments_of(*(reversed(pair) if swapped else pair)))
        assert math.isnan(merged.correlation)


@pytest.mark.parametrize("value", [0.1, 1 / 3, 7.7, 123_456.789])
def test_a_value_that_differs_is_seen(value: float) -> None:
    values = np.full(1_000, value)
    values[500] = np.nextafter(value, math.inf)
    assert moments_of(values).sd > 0
