"""How many different values: exact while few, within the stated error beyond, the same hashes on every machine."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdtrue.profiles import distinct_names, merge_distinct, profile_column

HASHES = [9240236289276761414, 9953605987292740153, 16294208416658607535]
TEXTS = st.lists(st.text(max_size=20) | st.sampled_from(["", "\0", "\0\0", "a" * 8, "a" * 8 + "\0", "é" * 40]))


@given(TEXTS, TEXTS)
def test_texts_are_counted_exactly_however_long_and_wherever_cut(a: list[str], b: list[str]) -> None:
    parts = merge_distinct(distinct_names(pl.Series(a, dtype=pl.String)), distinct_names(pl.Series(b, dtype=pl.String)))
    assert parts == distinct_names(pl.Series(a + b, dtype=pl.String))
    assert parts.count == len({*a, *b})


def test_the_error_is_the_one_stated() -> None:
    errors = [
        distinct_names(pl.Series([f"{seed} Elm Street {place}" for place in range(5_000)])).count / 5_000 - 1
        for seed in range(100)
    ]
    assert abs(float(np.mean(errors))) < 3 * 0.044 / math.sqrt(100)
    assert 0.03 < float(np.std(errors)) < 0.06


def test_hashes_are_the_same_on_every_machine() -> None:
    found = np.frombuffer(distinct_names(pl.Series(["", "wood", "brick and stone"])).hashes, dtype="<u8")
    assert found.tolist() == HASHES


def test_many_texts_are_hashed_in_pieces() -> None:
    many = pl.Series([f"{place % 70_001}" for place in range(140_000)])
    assert distinct_names(many) == distinct_names(many.unique())


@pytest.mark.parametrize(
    ("given", "nulls", "moments", "distinct"),
    [
        ([math.nan, None, 1.0], 2, 1, 1),
        ([math.inf, -math.inf, 1.0, 1.0], 0, 2, 3),
        ([0.0, -0.0], 0, 2, 1),
        ([None, None], 2, 0, 0),
        ([], 0, 0, 0),
        ([math.inf], 0, 0, 1),
    ],
)
def test_what_is_missing_infinite_or_zero(given: list[float | None], nulls: int, moments: int, distinct: int) -> None:
    profile = profile_column(pl.Series(given, dtype=pl.Float64))
    assert (profile.nulls, profile.moments.n, profile.distinct.count) == (nulls, moments, distinct)
    assert sum(weights.sum() for _, weights in (run.arrays for run in profile.quantiles.runs)) == moments
