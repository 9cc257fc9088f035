"""The last rows beside the baseline: what is said of numbers, names, missing values, seasons and identities."""

from __future__ import annotations

from statistics import NormalDist

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdtrue.monitors import recent_inputs
from holdtrue.profiles import MISSING, Season, build_baseline

DRAW = np.random.default_rng(0)
HELD = pl.DataFrame(
    {
        "area": DRAW.normal(1500, 300, 2000),
        "wall": DRAW.choice(["wood", "brick", "stone"], 2000, p=[0.5, 0.3, 0.2]),
        "note": [None if place % 4 == 0 else 1.0 for place in range(2000)],
    }
)
BASELINE = build_baseline(HELD)


def as_held(rows: int = 500, **changed: object) -> dict[str, object]:
    held = {name: HELD[name].head(rows) for name in HELD.columns}
    columns = {name: each.to_list() if name == "wall" else each.to_numpy() for name, each in held.items()}
    return {**columns, **changed}


def test_the_input_that_differs_most_comes_first_in_its_own_unit() -> None:
    walls = ["wood"] * 100 + ["vinyl"] * 400
    wall, area, note = recent_inputs(BASELINE, as_held(wall=walls, area=np.full(500, 1600.0)))  # type: ignore[arg-type]
    assert (wall.quantity, wall.level, wall.now, wall.baseline) == ("wall", "vinyl", 0.8, 0.0)
    assert (area.now, area.baseline) == (1600.0, pytest.approx(HELD["area"].mean()))
    assert area.moved == pytest.approx(2 * NormalDist().cdf((1600 - HELD["area"].mean()) / 600) - 1, abs=0.01)
    assert (note.missing, note.missing_baseline, note.now) == (0.25, 0.25, 1.0)
    assert note.moved == 0.0


def test_missing_values_move_an_input_whatever_the_others_are() -> None:
    gone = np.where(np.arange(500) < 300, np.nan, HELD["area"].head(500).to_numpy())
    walls = [MISSING if place < 200 else "wood" for place in range(500)]
    found = {each.quantity: each for each in recent_inputs(BASELINE, as_held(area=gone, wall=walls))}  # type: ignore[arg-type]
    assert found["area"].moved == found["area"].missing == 0.6
    assert (found["wall"].missing, found["wall"].missing_baseline) == (0.4, 0.0)
    nothing = recent_inputs(BASELINE, {"area": np.full(40, np.nan), "wall": [MISSING] * 40})
    assert all(each.moved == 1.0 and each.missing == 1.0 for each in nothing)
    assert {each.quantity: each.now for each in nothing} == {"area": None, "wall": 0.0}


def test_rows_are_set_beside_those_of_their_own_season() -> None:
    seasons = np.repeat([0, 1], 1000)
    shop = ["night"] * 1000 + ["day"] * 1000
    heat = DRAW.normal(np.where(seasons == 0, 0.0, 20.0), 1.0)
    season = Season("shop", ("night", "day"))
    baseline = build_baseline(pl.DataFrame({"heat": heat, "shop": shop}), season=season, seasons=seasons)
    by_name = {each.quantity: each for each in recent_inputs(baseline, {"heat": heat[1000:1400]})}
    assert by_name["heat"].baseline == pytest.approx(heat.mean())
    own = recent_inputs(baseline, {"heat": heat[1000:1400]}, np.full(400, 1))[0]
    assert own.baseline == pytest.approx(heat[1000:].mean())
    assert own.moved < 0.1 < by_name["heat"].moved
    unknown = recent_inputs(baseline, {"heat": heat[:40]}, np.full(40, 2))[0]
    assert unknown.baseline == pytest.approx(heat.mean())  # a shop that the baseline has not: beside all of it


def test_of_names_that_tell_rows_apart_only_a_common_one_is_told() -> None:
    baseline = build_baseline(pl.DataFrame({"client": [f"c{place}" for place in range(2000)]}))
    assert recent_inputs(baseline, {"client": [f"d{place}" for place in range(500)]}) == ()
    walls = [f"d{place}" for place in range(250)] + ["flood"] * 250
    (found,) = recent_inputs(baseline, {"client": walls})
    assert (found.level, found.now) == ("flood", pytest.approx(0.5, abs=0.01)) and (found.baseline or 0) < 0.01


@given(st.lists(st.sampled_from([1.0, 2.0, 2.5, 3.0, float("nan"), float("inf")]), min_size=1, max_size=60))
def test_how_far_an_average_is_off_is_told_on_the_scale_of_shares(live: list[float]) -> None:
    held = np.array([1.0, 1.0, 2.0, 3.0, 3.0, np.nan])
    baseline = build_baseline(pl.DataFrame({"beds": held}))
    (found,) = recent_inputs(baseline, {"beds": np.array(live)})
    assert found.missing == pytest.approx(np.isnan(live).mean())
    finite = np.array(live)[np.isfinite(live)]
    gap = abs(found.missing - 1 / 6)
    if finite.size:
        assert found.now == pytest.approx(finite.mean())
        # What lies beyond the middle between two normals would have to be moved.
        gap = max(gap, 1 - 2 * NormalDist().cdf(-abs(finite.mean() - 2.0) / 2))
    assert found.moved == pytest.approx(gap)
