"""The profile of a table as a version keeps it, and samples of rows."""

from __future__ import annotations

import itertools

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdtrue.foundation import WrongUse
from holdtrue.profiles import RowSample, TableProfile, profile_table


def test_it_comes_back_from_its_stored_form() -> None:
    frame = pl.DataFrame({"price": [1.5, None, 3.0], "wall": ["wood", "wood", None]})
    found = profile_table(frame)
    again = TableProfile.from_bytes(found.to_bytes())
    assert msgspec.msgpack.encode(again) == found.to_bytes() and again.rows == 3
    assert again.columns["price"].moments.mean == 2.25
    with pytest.raises(WrongUse, match="no profile"):
        TableProfile.from_bytes(b"\x00")
    with pytest.raises(WrongUse, match="format 99"):
        TableProfile.from_bytes(msgspec.msgpack.encode({"format": 99, "rows": 1, "columns": {}}))


def test_whole_texts_are_not_kept() -> None:
    frame = pl.DataFrame(
        {"remark": ["call anna at 0171 2345", "the garden"], "wall": ["wood", "brick"], "id": ["k-17", "k-4"]}
    )
    stored = profile_table(frame, texts=["remark"], private=["id"])
    assert b"call anna at" not in stored.to_bytes() and b"brick" in stored.to_bytes()
    assert b"k-17" not in stored.to_bytes() and stored.columns["id"].distinct.count == 2
    assert stored.columns["remark"].words.counts["garden"] == 1


@settings(deadline=None)
@given(st.integers(0, 3000), st.lists(st.integers(0, 3000), max_size=4), st.integers(1, 400))
def test_a_sample_is_the_same_however_the_table_is_cut(n: int, cuts: list[int], most: int) -> None:
    frame = pl.DataFrame({"a": range(n)}, schema={"a": pl.Int64})
    whole, parts = RowSample(most=most), RowSample(most=most)
    whole.add(frame)
    for start, end in itertools.pairwise([0, *sorted(min(cut, n) for cut in cuts), n]):
        parts.add(frame[start:end])
    assert whole.frame.equals(parts.frame)
    assert whole.seen == parts.seen == n
    assert whole.frame.height <= most
    assert n > most or whole.frame.equals(frame)


def test_a_sample_is_of_all_of_the_table() -> None:
    sample = RowSample(most=2_000)
    for start in range(0, 50_000, 5_000):
        sample.add(pl.DataFrame({"a": range(start, start + 5_000)}))
    assert 800 < sample.frame.height <= 2_000
    assert sample.frame["a"].is_sorted()
    assert sample.frame["a"].mean() == pytest.approx(25_000, rel=0.1)
    assert RowSample().frame.is_empty()
