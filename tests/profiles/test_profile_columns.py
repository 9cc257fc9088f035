"""Profiles of parts, merged, are the profile of the whole: exactly where they say so."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from functools import reduce

import msgspec
import numpy as np
import polars as pl
import pytest
import scipy.stats
from hypothesis import given
from hypothesis import strategies as st

from holdtrue.foundation import WrongUse
from holdtrue.profiles import (
    ColumnProfile,
    Frequent,
    merge,
    merge_frames,
    merge_sketches,
    moments_of,
    profile_column,
    profile_frame,
    sketch,
)
from holdtrue.profiles.columns import WIDE

values = st.lists(st.floats(-1e6, 1e6) | st.integers(-3, 3).map(float) | st.none(), max_size=60)
names = st.lists(st.text(max_size=3) | st.none(), max_size=60)


@given(values, values)
def test_figures_of_parts_merge_to_those_of_the_whole(a: list[float | None], b: list[float | None]) -> None:
    whole = profile_column(pl.Series("x", a + b, dtype=pl.Float64))
    parts = merge(profile_column(pl.Series(a, dtype=pl.Float64)), profile_column(pl.Series(b, dtype=pl.Float64)))
    assert (parts.count, parts.nulls, parts.moments.n) == (whole.count, whole.nulls, whole.moments.n)
    assert parts.moments.mean == pytest.approx(whole.moments.mean, rel=1e-9, abs=1e-6)
    for power, name in ((2, "m2"), (3, "m3"), (4, "m4")):
        scale = sum(abs(x - whole.moments.mean) ** power for x in a + b if x is not None)
        assert getattr(parts.moments, name) == pytest.approx(getattr(whole.moments, name), abs=1e-9 * scale + 1e-9)
    assert (parts.moments.min, parts.moments.max) == pytest.approx((whole.moments.min, whole.moments.max), nan_ok=True)
    assert parts.quantiles == whole.quantiles  # exact while there are few
    assert parts.distinct == whole.distinct
    assert whole.distinct.count == len({x for x in a + b if x is not None})


@given(names, names)
def test_frequent_values_of_parts_merge(a: list[str | None], b: list[str | None]) -> None:
    parts = [profile_column(pl.Series(part, dtype=pl.String), text=True) for part in (a, b, a + b)]
    merged = merge(parts[0], parts[1])
    assert (merged.count, merged.nulls, merged.distinct) == (parts[2].count, parts[2].nulls, parts[2].distinct)
    assert merged.top == parts[2].top and merged.top.missed == 0
    assert merged.words == parts[2].words
    assert merged.lengths.n == parts[2].lengths.n
    assert merged.top.counts == dict(Counter(x for x in a + b if x is not None))


@given(st.lists(st.floats(-100, 100), min_size=3, max_size=50))
def test_moments_are_those_of_scipy(data: list[float]) -> None:
    array = np.array(data)
    found = moments_of(array)
    if array.std() > 1e-3:
        assert found.sd == pytest.approx(array.std(ddof=1))
        assert found.skewness == pytest.approx(scipy.stats.skew(array), abs=1e-6)
        assert found.kurtosis == pytest.approx(scipy.stats.kurtosis(array), abs=1e-6)


@pytest.mark.parametrize("parts", [1, 7, 300])
@pytest.mark.parametrize("order", ["drawn", "rising", "falling"])
def test_quantiles_keep_within_their_stated_error_whatever_the_parts(parts: int, order: str) -> None:
    data = np.random.default_rng(0).lognormal(size=60_000)
    ordered = {"drawn": data, "rising": np.sort(data), "falling": np.sort(data)[::-1]}[order]
    merged = reduce(merge_sketches, (sketch(part) for part in np.array_split(ordered, parts)))
    assert merged.error <= (math.log2(parts) + 2) / 1024
    shares = np.linspace(0.001, 0.999, 200)
    true = np.sort(data)
    for stored, allowed in ((merged, merged.error), (merged.compact(), merged.error + 1 / 1024)):
        found = stored.quantiles(shares)
        ranks = np.searchsorted(true, found, side="right") / data.size
        assert np.abs(ranks - shares).max() <= allowed + 1 / data.size
        assert np.abs(stored.shares_below(found) - ranks).max() <= allowed + 1 / data.size
    assert len(merged.compact().runs) == 1


def test_numbers_of_few_values_stay_exact_however_many_there_are() -> None:
    data = np.random.default_rng(0).poisson(30, size=200_000).astype(float)
    merged = reduce(merge_sketches, (sketch(part) for part in np.array_split(data, 50)))
    assert merged.error == 0.0
    assert merged == sketch(data)
    assert merged.shares_below([30.0])[0] == (data <= 30).mean()
    assert np.isnan(sketch(np.array([])).quantiles([0.5])).all()


@pytest.mark.parametrize("true", [300, 5_000, 200_000])
def test_distinct_values_are_counted_within_their_standard_error(true: int) -> None:
    """Exact up to 511; beyond, the mean of 20 estimates is within three of its standard errors (4.4 % each)."""
    rng = np.random.default_rng(0)
    estimates, of_names = [], []
    for draw in range(20):
        data = rng.normal(size=true)
        parts = [profile_column(pl.Series(np.append(part, data[:100]))) for part in np.array_split(data, 4)]
        merged = reduce(merge, parts)
        assert merged.distinct == profile_column(pl.Series(data)).distinct
        estimates.append(merged.distinct.count)
        ids = pl.Series([f"{draw} {place}" for place in range(min(true, 20_000))])
        of_names.append(profile_column(ids).distinct.count)
    if true < 512:
        assert estimates == of_names == [true] * 20
    assert np.mean(estimates) == pytest.approx(true, rel=3 * 0.044 / math.sqrt(20))
    assert np.mean(of_names) == pytest.approx(min(true, 20_000), rel=3 * 0.044 / math.sqrt(20))


def test_frequent_values_state_how_far_they_may_be_off() -> None:
    rng = np.random.default_rng(0)
    data = [f"level {place}" for place in rng.zipf(1.3, size=60_000)]
    merged = reduce(
        merge, (profile_column(pl.Series(data[start : start + 6_000])) for start in range(0, 60_000, 6_000))
    )
    true = Counter(data)
    assert 0 < merged.top.missed < 200 and len(merged.top.counts) == WIDE
    for level, count in merged.top.counts.items():
        assert count <= true[level] <= count + merged.top.missed
    assert all(count <= merged.top.missed for level, count in true.items() if level not in merged.top.counts)
    stored = merged.compact().top
    assert len(stored.counts) == 200
    assert all(count <= stored.missed for level, count in true.items() if level not in stored.counts)


def test_a_frame_is_profiled_column_by_column() -> None:
    days = [dt.date(1996, 7, 1), None, dt.date(1996, 7, 3)]
    frame = pl.DataFrame({"beds": [2, None, 4], "wall": ["wood", "wood", None], "pool": [True] * 3, "sold": days})
    profiles = profile_frame(frame)
    assert profiles["beds"].moments.sd == pytest.approx(math.sqrt(2))
    assert profiles["beds"].null_share == pytest.approx(1 / 3)
    assert profiles["wall"].top == Frequent(counts={"wood": 2}) and profiles["wall"].lengths.mean == 4
    assert profiles["pool"].top.counts == {"true": 3}
    assert profiles["sold"].kind == "time" and profiles["sold"].moments.max == 836_352_000_000_000
    assert profiles["sold"].moments.max - profiles["sold"].moments.min == 2 * 86_400 * 1_000_000
    assert ColumnProfile(kind="number", count=0, nulls=0).null_share == 0.0


def test_what_a_part_lacks_is_missing_in_its_rows() -> None:
    merged = merge_frames(profile_frame(pl.DataFrame({"a": [1, 2]})), profile_frame(pl.DataFrame({"b": ["x"]})))
    assert (merged["a"].count, merged["a"].nulls, merged["b"].count, merged["b"].nulls) == (3, 1, 3, 2)
    with pytest.raises(WrongUse, match="cannot be put together"):
        merge(profile_column(pl.Series([1])), profile_column(pl.Series(["x"])))


def test_words_are_counted_in_any_script_and_case() -> None:
    profile = profile_column(pl.Series(["The cat, the hat", "Don't! Été\u0301 à la mode; 42", None]), text=True)
    assert profile.words.counts["the"] == 2 and profile.words.counts["don't"] == 1
    assert profile.words.counts["à"] == 1 and "42" not in profile.words.counts
    assert profile_column(pl.Series(["the cat"])).words.counts == {}


def test_a_stored_column_takes_a_few_kilobytes() -> None:
    data = np.random.default_rng(0).normal(size=100_000)
    parts = [profile_column(pl.Series(part)) for part in np.array_split(data, 10)]
    stored = msgspec.msgpack.encode(reduce(merge, parts).compact())
    assert len(stored) < 9_000
    assert msgspec.msgpack.encode(msgspec.msgpack.decode(stored, type=ColumnProfile)) == stored
