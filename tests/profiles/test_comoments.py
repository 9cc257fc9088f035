"""How two columns go together is the same in parts as in one."""

from __future__ import annotations

import itertools
from functools import reduce

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdtrue.profiles import Comoments, comoments_of, merge_comoments

pairs = st.lists(st.tuples(st.integers(-1000, 1000), st.integers(-1000, 1000)), min_size=3, max_size=60)


@settings(deadline=None)
@given(pairs, st.lists(st.integers(0, 60), max_size=4))
def test_parts_merge_to_the_correlation_of_the_whole(rows: list[tuple[int, int]], cuts: list[int]) -> None:
    x, y = np.array(rows, dtype=np.float64).T
    edges = [0, *sorted(min(cut, x.size) for cut in cuts), x.size]
    parts = [comoments_of(x[a:b], y[a:b]) for a, b in itertools.pairwise(edges)]
    merged = reduce(merge_comoments, parts, Comoments())
    if x.std() == 0 or y.std() == 0:
        assert abs(merged.c2) < 1e-6
        return
    assert merged.n == x.size
    assert merged.correlation == pytest.approx(np.corrcoef(x, y)[0, 1], abs=1e-9)


def test_only_rows_with_both_count() -> None:
    x = np.array([1.0, 2.0, np.nan, 4.0, np.inf])
    y = np.array([2.0, 1.0, 5.0, np.nan, 3.0])
    assert comoments_of(x, y).n == 2
    assert comoments_of(x, y).correlation == pytest.approx(-1)


def test_what_does_not_vary_goes_with_nothing_and_the_largest_numbers_do_no_harm() -> None:
    assert np.isnan(comoments_of(np.ones(5), np.arange(5.0)).correlation)
    assert np.isnan(Comoments().correlation)
    huge = np.array([-1e308, 0.0, 1e308])
    assert comoments_of(huge, huge).correlation == pytest.approx(1)
