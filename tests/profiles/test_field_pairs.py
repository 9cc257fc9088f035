"""Pairs that move together: which are chosen, and what their score tells."""

from __future__ import annotations

import numpy as np
import pytest

from holdtrue.profiles import pairs_of


def test_only_what_goes_together_beyond_chance_is_a_pair_and_no_pair_says_what_others_do() -> None:
    rng = np.random.default_rng(0)
    a = rng.normal(size=2000)
    b = a + 0.5 * rng.normal(size=2000)
    c = b + 0.5 * rng.normal(size=2000)  # goes with a as well, but by b alone
    wall = np.where(rng.random(2000) < 0.5 + 0.4 * np.sign(a), "wood", "brick").tolist()
    alone = rng.normal(size=2000)
    coin = rng.choice(["x", "y"], 2000).tolist()
    _, pairs = pairs_of({"a": a, "b": b, "c": c, "wall": wall, "alone": alone, "coin": coin})
    assert set(pairs) == {"a & b", "b & c", "a & wall"}


def test_among_fields_that_have_nothing_to_do_with_each_other_there_is_almost_never_a_pair() -> None:
    rng = np.random.default_rng(1)
    found = 0
    for _ in range(40):
        columns = {f"n{i}": rng.normal(size=600) for i in range(6)}
        columns |= {f"c{i}": rng.choice(list("abcdef"), 600, p=[0.5, 0.3, 0.1, 0.05, 0.03, 0.02]) for i in range(4)}
        found += bool(pairs_of({name: list(v) if v.dtype.kind == "U" else v for name, v in columns.items()})[1])
    assert found <= 1


def test_the_mean_score_is_the_mutual_information() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2, 20_000))
    columns = {"x": x[0], "y": 0.8 * x[0] + 0.6 * x[1]}
    cells, pairs = pairs_of(columns)
    codes = [cells[name].codes(columns[name]) for name in ("x", "y")]
    score = pairs["x & y"].values(*codes, cells["y"].count)
    assert score.mean() == pytest.approx(-0.5 * np.log2(1 - 0.8**2), abs=0.12)  # what cells of numbers keep of it
    apart = pairs["x & y"].values(codes[0], np.random.default_rng(1).permutation(codes[1]), cells["y"].count)
    assert apart.mean() < 0


def test_missing_values_and_names_never_seen_have_cells_of_their_own() -> None:
    rng = np.random.default_rng(0)
    size = rng.normal(size=1000)
    wall = [None if each < -1 else "wood" if each < 0.5 else "brick" for each in size.tolist()]
    cells, pairs = pairs_of({"size": np.where(rng.random(1000) < 0.1, np.nan, size), "wall": wall})
    assert list(pairs) == ["size & wall"]
    assert cells["wall"].codes([None, "wood", "straw"]).tolist() == [3, 0, 2]
    assert cells["size"].codes([None, -9.0, 9.0]).tolist() == [cells["size"].count - 1, 0, cells["size"].count - 2]


def test_a_field_that_stands_still_or_tells_rows_apart_is_in_no_pair() -> None:
    rng = np.random.default_rng(0)
    x = rng.normal(size=500)
    columns = {
        "x": x,
        "y": x * 2,
        "same": np.ones(500),
        "empty": np.full(500, np.nan),
        "id": [f"id {i}" for i in range(500)],
    }
    assert list(pairs_of(columns)[1]) == ["x & y"]
    assert pairs_of({}) == ({}, {})
