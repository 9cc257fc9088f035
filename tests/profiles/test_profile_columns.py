"""Profiles of parts, merged, are the profile of the whole: exactly where they say so."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdtrue.profiles import ColumnProfile, merge, merge_sketches, profile_column, profile_frame, sketch

values = st.lists(st.floats(-1e6, 1e6) | st.none(), max_size=60)


@given(values, values)
def test_figures_of_parts_merge_to_those_of_the_whole(a: list[float | None], b: list[float | None]) -> None:
    whole = profile_column(pl.Series("x", a + b, dtype=pl.Float64))
    parts = merge(profile_column(pl.Series(a, dtype=pl.Float64)), profile_column(pl.Series(b, dtype=pl.Float64)))
    assert (parts.count, parts.nulls, parts.numbers) == (whole.count, whole.nulls, whole.numbers)
    assert parts.mean == pytest.approx(whole.mean, rel=1e-9, abs=1e-6)
    assert parts.m2 == pytest.approx(whole.m2, rel=1e-6, abs=1e-3)
    assert (parts.min, parts.max) == pytest.approx((whole.min, whole.max), nan_ok=True)
    assert parts.quantiles == whole.quantiles  # exact while there are few


@given(st.lists(st.sampled_from("abc") | st.none()), st.lists(st.sampled_from("abc") | st.none()))
def test_frequent_values_of_parts_merge(a: list[str | None], b: list[str | None]) -> None:
    parts = [profile_column(pl.Series(part, dtype=pl.String)) for part in (a, b, a + b)]
    merged = merge(parts[0], parts[1])
    assert (merged.count, merged.nulls, merged.top) == (parts[2].count, parts[2].nulls, parts[2].top)


def test_quantiles_of_many_parts_stay_near_the_truth() -> None:
    data = np.random.default_rng(0).lognormal(size=40_000)
    merged = sketch(data[:2000])
    for part in range(1, 20):
        merged = merge_sketches(merged, sketch(data[2000 * part : 2000 * part + 2000]))
    assert merge_sketches(merged, sketch(data[:7])) == merge_sketches(sketch(data[:7]), merged)
    for q in (0.01, 0.25, 0.5, 0.75, 0.99):
        assert (data <= merged.quantile(q)).mean() == pytest.approx(q, abs=21 / 512)
        assert (data <= sketch(data).quantile(q)).mean() == pytest.approx(q, abs=1 / 256)
    assert math.isnan(sketch(np.array([])).quantile(0.5))


def test_a_frame_is_profiled_column_by_column() -> None:
    profiles = profile_frame(pl.DataFrame({"beds": [2, None, 4], "wall": ["wood", "wood", None], "pool": [True] * 3}))
    assert profiles["beds"].sd == pytest.approx(math.sqrt(2)) and profiles["beds"].null_share == pytest.approx(1 / 3)
    assert profiles["wall"].top == {"wood": 2} and profiles["pool"].top == {"true": 3}
    assert ColumnProfile(count=0, nulls=0).null_share == 0.0
