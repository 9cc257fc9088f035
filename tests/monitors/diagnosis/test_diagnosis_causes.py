"""What may have befallen a column, weighed; and columns that hold each other's values."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdtrue.monitors.diagnosis.assignment import best_assignment
from holdtrue.monitors.diagnosis.columns import causes_of, moved_inputs
from holdtrue.monitors.diagnosis.density import density_of
from holdtrue.monitors.diagnosis.drifting import ramp_of
from holdtrue.monitors.diagnosis.effects import effect_of_number
from holdtrue.monitors.diagnosis.scores import evidence_of, scores_of
from holdtrue.profiles import category_reference, mid_ranks, numeric_reference

RNG = np.random.default_rng(20)
FRAME = {
    "area": np.exp(RNG.normal(7.3, 0.3, 2000)),
    "width": np.exp(RNG.normal(3.0, 0.3, 2000)),
    "gain": RNG.normal(2, 1, 2000),
    "degrees": RNG.normal(12, 5, 2000),
    "rooms": RNG.integers(1, 8, 2000).astype(float),
    "wall": RNG.choice(["wood", "brick", "stone"], 2000, p=[0.6, 0.3, 0.1]).tolist(),
}
REFERENCES = {
    name: category_reference(values) if isinstance(values, list) else numeric_reference(values)
    for name, values in FRAME.items()
}


def _rows(n: int = 150, seed: int = 1) -> dict[str, object]:
    rng = np.random.default_rng(seed)
    chosen = rng.integers(0, 2000, n)
    return {
        name: [values[place] for place in chosen] if isinstance(values, list) else values[chosen].copy()
        for name, values in FRAME.items()
    }


def _cause(rows: dict[str, object], units: dict[str, str] | None = None):
    return causes_of(moved_inputs(REFERENCES, rows, {}), REFERENCES, rows, units or {})


def test_nothing_is_named_of_rows_like_the_baselines() -> None:
    """100 draws of 6 columns: at the stated 5% more than 12 come in under 1 of 300 runs."""
    assert sum(bool(moved_inputs(REFERENCES, _rows(seed=seed), {})) for seed in range(100)) <= 12


@pytest.mark.parametrize(
    ("name", "change", "unit", "clause"),
    [
        ("area", lambda x: x * 0.09290304, "sq ft", "area written as sq m in place of sq ft"),
        ("width", lambda x: x * 0.3048, "ft", "width written as m in place of ft"),
        ("degrees", lambda x: x * 1.8 + 32, "", "degrees written as °F in place of °C"),
        ("gain", lambda x: -x, "", "gain with the other sign"),
        ("area", np.log, "", "area as their natural logarithms"),
        ("degrees", lambda x: np.full(x.shape, 11.5), "", "degrees stuck at 11.5"),
        ("gain", lambda x: np.where(np.arange(x.size) % 3 == 0, np.nan, x), "", "gain: missing values"),
    ],
)
def test_a_fault_of_a_number_is_named(name: str, change, unit: str, clause: str) -> None:
    rows = _rows()
    rows[name] = change(rows[name])
    found = _cause(rows, {name: unit})
    assert found.causes[0].clause == clause
    assert found.causes[0].confidence > 0.5
    assert [moved for moved, _ in found.moved] == [name]


def test_a_column_that_drifts_is_said_to_have_drifted() -> None:
    rows = _rows()
    rows["degrees"] = rows["degrees"] + 4
    cause = _cause(rows).causes[0]
    assert (cause.kind, cause.columns) == ("drift", ("degrees",))


def test_a_new_level_a_renamed_one_and_a_drifting_one_are_told_apart() -> None:
    walls = _rows()["wall"]
    renamed = _cause(_rows() | {"wall": ["Brick" if wall == "brick" else wall for wall in walls]}).causes[0]
    assert (renamed.kind, renamed.clause) == ("renamed", 'wall: "brick" is now called "Brick"')
    new = ["straw" if place % 6 == 0 else wall for place, wall in enumerate(walls)]
    assert _cause(_rows() | {"wall": new}).causes[0].kind == "new category"
    more = ["stone" if place % 3 == 0 else wall for place, wall in enumerate(walls)]
    assert _cause(_rows() | {"wall": more}).causes[0].kind == "drift"
    lost = [None if place % 4 == 0 else wall for place, wall in enumerate(walls)]
    rows = _rows() | {"wall": ["(missing)" if wall is None else wall for wall in lost]}
    assert _cause(rows).causes[0].kind == "missing"


def test_two_columns_that_are_swapped_are_one_cause() -> None:
    rows = _rows()
    rows["area"], rows["width"] = rows["width"], rows["area"]
    cause = _cause(rows).causes[0]
    assert cause.kind == "swap"
    assert set(cause.columns) == {"area", "width"}


def test_a_unit_in_a_part_of_the_rows_is_said_to_be_so() -> None:
    rows = _rows()
    rows["area"][::3] *= 0.09290304
    cause = _cause(rows, {"area": "sq ft"}).causes[0]
    assert cause.clause == "area written as sq m in place of sq ft in a part of the rows"
    assert "33% of the rows" in cause.words


@given(
    st.integers(1, 5).flatmap(
        lambda n: st.lists(st.lists(st.integers(-9, 9), min_size=n, max_size=n), min_size=n, max_size=n)
    )
)
def test_the_best_assignment_is_the_best_of_all(worth: list[list[int]]) -> None:
    table = np.array(worth, dtype=float)
    n = len(worth)
    found = best_assignment(table)
    assert sorted(found) == list(range(n))
    best = max(sum(table[row, column] for row, column in enumerate(order)) for order in permutations(range(n)))
    assert sum(table[row, column] for row, column in enumerate(found)) == best


def test_evidence_of_what_has_not_changed_is_bounded_as_a_bayes_factor_is() -> None:
    """600 lots of 200 rows against a baseline of 500: 20 or more by chance in at most 1 of 20 (Markov)."""
    hits = 0
    for seed in range(600):
        rng = np.random.default_rng((3, seed))
        reference = numeric_reference(rng.standard_t(3, 500))
        hits += evidence_of(reference, rng.standard_t(3, 200)) > np.log(20)
    assert hits <= 30


def test_scores_of_ties_have_the_spread_that_is_taken_for_granted() -> None:
    scores = scores_of(REFERENCES["rooms"], FRAME["rooms"])
    assert abs(scores.mean()) < 0.01
    assert scores.std() == pytest.approx(1, abs=0.01)


def test_a_density_is_one() -> None:
    for name in ("area", "gain", "rooms"):
        density = density_of(REFERENCES[name])
        values = FRAME[name]
        grid = np.linspace(values.min() - 20 * values.std(), values.max() + 20 * values.std(), 20_001)
        assert np.trapezoid(np.exp(density.log(grid)), grid) == pytest.approx(1, abs=0.02)


def test_the_interval_of_superiority_covers_it_as_often_as_stated() -> None:
    """300 draws at 95%: fewer than 275 come in under 1 of 100 runs; P(X > Y) of a shift by 1 sd is Phi(1/sqrt 2)."""
    covered = 0
    for seed in range(300):
        rng = np.random.default_rng((4, seed))
        reference = numeric_reference(rng.normal(size=600))
        now = rng.normal(1, 1, 60)
        effect = effect_of_number(reference, now, mid_ranks(reference, now), "")
        covered += effect.low <= 0.76025 <= effect.high
    assert covered >= 275


def test_a_step_is_no_ramp_and_a_ramp_no_step() -> None:
    noise = np.random.default_rng(7).normal(size=6000)
    assert ramp_of(noise + 0.9 * np.clip(np.arange(6000) - 1500, 0, None) / 4500).log_odds > 3
    assert ramp_of(noise + 0.6 * (np.arange(6000) >= 3000)).log_odds < -3
