"""References and the baseline."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from holdtrue.foundation import WrongUse
from holdtrue.profiles import (
    Baseline,
    CategoryReference,
    NumericReference,
    build_baseline,
    category_reference,
    merge_categories,
    numeric_reference,
)


@given(st.integers(1, 3_000), st.integers(1, 200))
@example(1_264, 146)  # divided and multiplied again, this gives a little more than there are
def test_any_number_of_values_is_cut_into_any_number_of_bins(n: int, bins: int) -> None:
    reference = numeric_reference(np.arange(n, dtype=np.float64), bins=bins)
    assert reference.below_cuts().sum() + reference.equal_to_cuts().sum() == n
    assert reference.cut_values().size == min(n, bins) and reference.cut_values()[-1] == n - 1


@given(st.lists(st.floats(-1e6, 1e6) | st.integers(-3, 3).map(float), max_size=300), st.integers(1, 50))
def test_numeric_references_count_every_value_once(values: list[float], bins: int) -> None:
    reference = numeric_reference(np.array(values), bins=bins)
    cuts = reference.cut_values()
    assert cuts.size <= bins and (np.diff(cuts) > 0).all()
    assert set(cuts.tolist()) <= set(values)
    assert int((reference.below_cuts() + reference.equal_to_cuts()).sum()) == reference.n == len(values)
    assert reference.equal_to_cuts().tolist() == [values.count(cut) for cut in cuts.tolist()]
    if values:
        assert cuts[-1] == max(values)
    if len(set(values)) <= bins:
        assert cuts.tolist() == sorted(set(values))
        assert not reference.below_cuts().any()


@given(st.lists(st.sampled_from("abc") | st.none()), st.lists(st.sampled_from("bcd") | st.none()))
def test_category_references_merge_exactly(a: list[str | None], b: list[str | None]) -> None:
    assert merge_categories(category_reference(a), category_reference(b)) == category_reference(a + b)


def test_too_many_levels_are_folded_and_merge_still() -> None:
    many = category_reference([f"id {i}" for i in range(20_000)])
    assert many.folded and len(many.levels) <= 4096 and many.n == 20_000
    few = category_reference(["id 1", "id 1"])
    assert merge_categories(few, many) == merge_categories(many, few)
    assert merge_categories(few, many).n == 20_002


def test_a_baseline_has_all_groups_and_survives_storage() -> None:
    rng = np.random.default_rng(0)
    n = 300
    frame = pl.DataFrame(
        {
            "area": rng.normal(size=n),
            "beds": rng.integers(1, 5, n),
            "lot": [None if i % 10 == 0 else float(i) for i in range(n)],
            "wall": rng.choice(["wood", "brick"], n),
            "pool": rng.random(n) < 0.1,
            "sold": [None] * n,
        },
        schema_overrides={"sold": pl.Date},
    )
    predictions, labels = rng.normal(size=n), rng.normal(size=n)
    labels[5] = np.nan
    baseline = build_baseline(
        frame,
        predictions=predictions,
        attributions=rng.normal(size=(n, 2)),
        features=["area", "beds"],
        labels=labels,
        note="held rows",
        since=7,
    )
    assert list(baseline.groups["inputs"]) == ["area", "beds", "lot", "wall", "pool"]  # dates only ever grow
    inputs = baseline.groups["inputs"]
    assert isinstance(inputs["wall"], CategoryReference) and isinstance(inputs["pool"], CategoryReference)
    missing = {q: r.missing for q, r in inputs.items() if isinstance(r, NumericReference)}
    assert missing == {"area": 0, "beds": 0, "lot": 30}
    error = baseline.groups["errors"]["signed error"]
    assert isinstance(error, NumericReference) and error.n == n - 1
    assert error.mean == pytest.approx(np.nanmean(predictions - labels))
    assert set(baseline.attribution) == {"area", "beds"}
    again = Baseline.from_bytes(baseline.to_bytes())
    assert again.groups == baseline.groups and again.oddity == baseline.oddity
    assert again.to_bytes() == baseline.to_bytes()  # profiles hold NaN, which equals nothing
    with pytest.raises(WrongUse, match="no baseline"):
        Baseline.from_bytes(b"x")


def test_the_baseline_of_a_wide_table_is_a_few_hundred_kilobytes() -> None:
    rng = np.random.default_rng(0)
    values = rng.normal(size=(20_000, 20))
    frame = pl.DataFrame({f"c{i}": values[:, i] for i in range(20)})
    size = len(build_baseline(frame, predictions=values[:, 0], labels=values[:, 1]).to_bytes())
    assert size < 650_000  # 46 KB of it is the sample of whole rows


def test_what_does_not_fit_is_refused() -> None:
    frame = pl.DataFrame({"x": [1.0, 2.0]})
    with pytest.raises(WrongUse, match="needs rows"):
        build_baseline(frame.clear())
    with pytest.raises(WrongUse, match=r"predictions of shape \(3,\)"):
        build_baseline(frame, predictions=np.zeros(3))
    with pytest.raises(WrongUse, match="attributions of shape"):
        build_baseline(frame, attributions=np.zeros((2, 2)), features=["x"])
    with pytest.raises(WrongUse, match="errors need predictions"):
        build_baseline(frame, labels=np.zeros(2))
