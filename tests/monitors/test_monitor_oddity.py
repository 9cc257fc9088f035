"""One odd row is marked, seldom wrongly, and at little cost."""

from __future__ import annotations

import numpy as np
from monitored_streams import mixed

from holdtrue.monitors import oddity
from holdtrue.profiles import OddityReference, oddity_reference


def reference_of(rng: np.random.Generator, n: int, **settings: float) -> OddityReference:
    columns = mixed(rng, n)
    names = {k: columns[k] for k in ("wall", "coin", "street", "country")}
    return oddity_reference({k: v for k, v in columns.items() if k not in names}, names, **settings)


def marked(reference: OddityReference, rng: np.random.Generator, n: int) -> int:
    columns = mixed(rng, n)
    listed = {k: v if isinstance(v, list) else v.tolist() for k, v in columns.items()}
    rows = (dict(zip(listed, values, strict=True)) for values in zip(*listed.values(), strict=True))
    return sum(oddity(reference, row) is not None for row in rows)


def test_the_share_of_marks_on_unchanged_data_is_at_most_the_stated() -> None:
    """40 references of 4,000 rows, 2,500 new rows each: 100,000 rows, 100 marks stated at most.

    Given its reference, the share of marks is Beta(2, 1999) (order statistics of 2,000 calibration scores), so the
    count has mean at most 100 and a standard deviation of at most sqrt(100 + 100^2 / 80) = 15: 145 is three of them.
    """
    rng = np.random.default_rng(0)
    marks = sum(marked(reference_of(rng, 4_000), rng, 2_500) for _ in range(40))
    assert 30 <= marks <= 145


def test_a_small_reference_states_the_share_it_can_keep() -> None:
    rng = np.random.default_rng(1)
    reference = reference_of(rng, 200)
    assert reference.share == 1 / 101
    assert oddity(reference_of(rng, 2), {"a": 1e9}) is None


def test_reasons_name_each_odd_field_and_missing_ones_are_not_judged() -> None:
    rng = np.random.default_rng(2)
    values = rng.normal(size=6_000)
    reference = oddity_reference({"x": values, "y": values}, {"k": ["a", "a", "b", "b"] * 1_500})
    mark = oddity(reference, {"x": -40.0, "y": 0.0, "k": "z"})
    assert mark is not None
    assert mark.fields == ("x", "k")
    assert "x -40 is below all 6,000 rows of the reference" in mark.reason
    assert 'k "z" is none of the levels of nearly all 6,000 rows (a, b)' in mark.reason
    assert oddity(reference, {"x": None, "y": float("nan"), "k": None}) is None


def test_rows_that_take_turns_leave_no_level_out_of_the_calibration() -> None:
    reference = oddity_reference({}, {"wall": ["wood", "brick"] * 3_000})
    assert oddity(reference, {"wall": "wood"}) is None and oddity(reference, {"wall": "brick"}) is None
    mark = oddity(reference, {"wall": "straw"})
    assert mark is not None and mark.fields == ("wall",)
