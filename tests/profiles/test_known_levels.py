"""Which levels are new: exactly of a few, by their hashes of up to ten thousand."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdtrue.profiles import (
    MOST_KNOWN,
    Baseline,
    TableProfile,
    build_baseline,
    known_levels,
    merge,
    profile_column,
    profile_table,
)


def names(count: int, first: int = 0) -> pl.Series:
    return pl.Series("code", [f"level {place}" for place in range(first, first + count)])


@pytest.mark.parametrize("count", [3, 1000, 1001, MOST_KNOWN])
def test_every_level_is_known_again_and_no_other(count: int) -> None:
    profile = profile_table(names(count).to_frame())
    stored = TableProfile.from_bytes(profile.to_bytes()).columns["code"]
    assert bool(stored.levels) is (count > 1000)
    known = known_levels(stored)
    assert known is not None
    seen = names(2 * count).sample(fraction=1, shuffle=True, seed=1)
    assert known.new(seen).to_list() == [int(each.split()[1]) >= count for each in seen]
    assert known.new(seen.clear()).len() == 0
    if count == MOST_KNOWN:
        alone = profile_table(names(MOST_KNOWN // 10).to_frame())
        assert len(profile.to_bytes()) - len(alone.to_bytes()) == pytest.approx(4 * MOST_KNOWN, rel=0.2)


def test_of_more_levels_they_are_not_known() -> None:
    assert known_levels(profile_table(names(MOST_KNOWN + 1).to_frame()).columns["code"]) is None
    # Nor of a profile that was put together of parts: what one part had is not kept of the other.
    half = profile_table(names(2000).to_frame()).columns["code"]
    assert known_levels(merge(half, half)) is None
    assert known_levels(profile_column(pl.Series([1.0]))) is None


def test_no_value_of_keys_and_texts_is_kept() -> None:
    frame = pl.DataFrame({"key": names(2000), "text": names(2000), "code": names(2000)})
    columns = profile_table(frame, texts=["text"], private=["key"]).columns
    assert [name for name, each in columns.items() if each.levels] == ["code"]


def test_a_baseline_knows_them_too() -> None:
    few = build_baseline(pl.DataFrame({"code": names(150)})).profiles["code"]
    many = Baseline.from_bytes(build_baseline(pl.DataFrame({"code": names(5000)})).to_bytes()).profiles["code"]
    known = known_levels(many)
    assert not few.levels and known is not None
    assert known.new(pl.Series(["level 4999", "level 5000"])).to_list() == [False, True]


@settings(deadline=None, max_examples=50)
@given(st.lists(st.text(max_size=20), max_size=30), st.lists(st.text(max_size=20), max_size=30))
def test_hashes_tell_what_names_tell(before: list[str], now: list[str]) -> None:
    padding = [f"level {place}" for place in range(1001)]
    many = known_levels(
        profile_table(pl.DataFrame({"x": pl.Series([*before, *padding], dtype=pl.String)})).columns["x"]
    )
    assert many is not None and many.hashes
    seen = pl.Series(now, dtype=pl.String)
    assert many.new(seen).to_list() == [each not in {*before, *padding} for each in now]


def test_a_new_level_is_hardly_ever_taken_for_a_known_one() -> None:
    known = known_levels(profile_table(names(MOST_KNOWN).to_frame()).columns["code"])
    assert known is not None
    others = known.new(names(400_000, first=MOST_KNOWN))
    # One of 400,000 is to be expected: five or more would come once in 270 such tests.
    assert np.count_nonzero(~others.to_numpy()) < 5
