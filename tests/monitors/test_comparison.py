"""Two tables compared: what changed is named, what is chance is not, and intervals hold what is true."""

from __future__ import annotations

from datetime import date, timedelta
from statistics import NormalDist

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdtrue.foundation import WrongUse
from holdtrue.monitors.comparison import ColumnPlan, ComparisonSettings, plan_columns, plan_together, tolerance_in_sd
from holdtrue.profiles import profile_column, superiority
from holdtrue.web import Compared, compare


def tables(seed: int, rows: int = 2000) -> pl.DataFrame:
    rng = np.random.default_rng(seed)
    return pl.DataFrame(
        {
            "price": rng.normal(70_000, 20_000, rows),
            "beds": rng.poisson(3, rows),
            "wall": rng.choice(["wood", "brick", "stone"], rows, p=[0.5, 0.3, 0.2]),
            "garden": rng.random(rows) < 0.4,
            "said": rng.choice(["a fine house", "by the lake, quiet", "needs work"], rows),
        }
    )


def test_what_changed_is_named_with_its_unit_and_what_did_not_is_not() -> None:
    before, now = tables(1), tables(2)
    now = now.with_columns(pl.col("price") + 20_000, wall=pl.lit("wood"))
    found = compare(before, now)
    assert found.changed == ("wall", "price")
    assert found["wall"].event == '"wood"' and found["wall"].event_now == 1.0
    price = found["price"]
    assert price.difference == pytest.approx(20_000, abs=2_000) and price.in_sd == pytest.approx(1, abs=0.1)
    assert price.superiority == pytest.approx(NormalDist().cdf(1 / 2**0.5), abs=0.02)
    assert price.words.startswith("average 8") and ", was 69," in price.words
    assert [found[name].verdict for name in ("beds", "garden")] == ["same", "same"]
    assert found.frame()["name"].to_list()[:2] == ["wall", "price"]


def test_unchanged_tables_are_seldom_said_to_differ() -> None:
    """60 comparisons at 20 %, tolerance 0: 12 are allowed, and more than 20 would come in 1 of 100 such tests."""
    wrong = sum(
        bool(compare(tables(2 * k, 300), tables(2 * k + 1, 300), level=0.2, tolerance=0.0).changed) for k in range(60)
    )
    assert wrong <= 20


def test_a_trifle_in_many_rows_is_slight_and_no_change() -> None:
    rng = np.random.default_rng(0)
    before, now = (pl.DataFrame({"x": rng.normal(shift, 1, 400_000)}) for shift in (0.0, 0.03))
    found = compare(before, now)
    assert found.changed == () and found["x"].verdict == "slight"
    assert compare(before, now, tolerance=0.005).changed == ("x",)


def test_few_rows_that_seem_to_differ_are_unclear() -> None:
    found = compare({"x": [1.0, 2.0, 3.0, 4.0] * 5}, {"x": [3.0, 4.0, 5.0, 6.0] * 4})
    assert found["x"].verdict == "unclear" and not found.changed
    assert "it is unclear" in repr(found)


@settings(max_examples=25, deadline=None)
@given(
    st.lists(st.integers(0, 6), min_size=1, max_size=60),
    st.lists(st.integers(0, 6), min_size=1, max_size=60),
)
def test_superiority_is_the_share_of_pairs(before: list[int], now: list[int]) -> None:
    pairs = [(b > a) + (b == a) / 2 for a in before for b in now]
    told = superiority(profile_column(pl.Series(before)), profile_column(pl.Series(now)))
    assert told == pytest.approx(sum(pairs) / len(pairs))


def test_intervals_hold_the_true_distance() -> None:
    true = 2 * NormalDist().cdf(0.25) - 1
    missed = 0
    for seed in range(40):
        rng = np.random.default_rng(seed)
        found = compare({"x": rng.normal(0, 1, 800)}, {"x": rng.normal(0.5, 1, 800)}, level=0.05)["x"]
        assert found.at_least is not None and found.at_most is not None
        missed += not found.at_least <= true <= found.at_most
    assert missed <= 6  # two are allowed; more than six would come in 1 of 100 such tests


def test_columns_of_one_table_alone_and_of_another_kind_have_changed() -> None:
    found = compare({"a": [1, 2] * 50, "b": [1, 2] * 50}, {"b": ["one", "two"] * 50, "c": [1, 2] * 50})
    assert {each.name: each.verdict for each in found.comparison.columns} == {
        "b": "other kind",
        "a": "gone",
        "c": "new",
    }
    assert set(found.changed) == {"a", "b", "c"}
    assert found["b"].words == "whole numbers in before, names in now"
    assert compare({"a": [1] * 50, "y": [1] * 50}, {"a": [1] * 50}, leave_out=["y"]).changed == ()
    assert compare({"a": [1] * 50, "y": [1] * 50}, {"a": [1] * 50}, columns=["a"]).changed == ()
    with pytest.raises(WrongUse, match="neither table has a column z"):
        compare({"a": [1]}, {"a": [1]}, leave_out=["z"])


def test_missing_values_new_levels_and_longer_texts_are_told() -> None:
    before, now = tables(1), tables(2)
    now = now.with_columns(
        price=pl.when(pl.int_range(pl.len()) % 4 > 0).then("price"),
        wall=pl.when(pl.int_range(pl.len()) % 3 == 0).then(pl.lit("glass")).otherwise("wall"),
    )
    found = compare(before, now)
    assert found["price"].event == "(missing)" and found["price"].remarks == ("missing in 25% of now, never in before",)
    assert found["wall"].remarks == ('1 level that before has not: "glass" 33%',)
    texts = [f"house number {each} in a quiet street" for each in range(3000)]
    longer = compare({"said": texts[:1500]}, {"said": [each + ", with a view of the lake" for each in texts[1500:]]})
    assert longer.changed == ("said",) and longer["said"].of == "length"
    assert any('"lake"' in remark for remark in longer["said"].remarks)


def test_days_that_move_on_are_no_change_but_others_are() -> None:
    def days(first: date, count: int) -> list[date]:
        return [first + timedelta(days=each) for each in range(count)]

    later = compare({"d": days(date(1995, 1, 1), 365)}, {"d": days(date(1996, 1, 1), 200)})
    assert later["d"].verdict == "not judged" and not later.changed
    births = compare({"d": days(date(1950, 1, 1), 9000)}, {"d": days(date(1960, 1, 1), 9000)})
    assert births.changed == ("d",) and births["d"].event.startswith("at most 19")


def test_keys_are_not_compared() -> None:
    found = compare({"id": range(100), "x": [1, 2] * 50}, {"id": range(500, 600), "x": [1, 2] * 50})
    assert found["id"].verdict == "not judged" and found["id"].words == "a key is different in every row"


def test_since_when_is_told_where_rows_have_a_time() -> None:
    start = date(2026, 1, 1)
    before, now = tables(1), tables(2, 400)
    now = now.with_columns(
        day=pl.Series([start + timedelta(days=each // 4) for each in range(400)]),
        wall=pl.when(pl.int_range(pl.len()) >= 200).then(pl.lit("stone")).otherwise("wall"),
    )
    shuffled = now.sample(fraction=1, shuffle=True, seed=3)
    found = compare(before, shuffled, time="day", leave_out=["said"])
    assert found["wall"].alarm is not None
    assert "February 2026" in found["wall"].alarm.message and "stone" in found["wall"].alarm.message
    assert found.changed == ("wall",) and found["day"].words == "it orders the rows"
    assert found["price"].alarm is None
    with pytest.raises(WrongUse, match="no column price of days"):
        compare(before, now, time="price")
    with pytest.raises(WrongUse, match="needs the rows' time"):
        compare(before, now, season="hour")


def test_a_change_that_only_the_order_shows_counts() -> None:
    """The level comes and goes: all in all it is as frequent as before."""
    rows = 3000
    rng = np.random.default_rng(0)
    before = pl.DataFrame({"x": rng.normal(0, 1, rows)})
    wave = np.where(np.arange(rows) < rows // 2, -0.5, 0.5)
    now = pl.DataFrame({"x": rng.normal(0, 0.8, rows) + wave, "at": pl.Series(range(rows)).cast(pl.Datetime("us"))})
    found = compare(before, now, time="at", columns=["x", "at"], tolerance=0.2)
    assert found["x"].verdict != "changed" and found["x"].alarm is not None
    assert "x" in found.changed


def test_settings_that_mean_nothing_are_refused() -> None:
    for wrong in ({"level": 0}, {"level": 1}, {"tolerance": 1}, {"tolerance": -0.1}):
        with pytest.raises(WrongUse):
            ComparisonSettings(**wrong)


def test_kinds_are_told_together() -> None:
    plan = plan_columns(pl.DataFrame({"beds": ["3", "4", "n/a"] * 400 + ["5"] * 9000}), "csv")["beds"]
    assert plan_together(plan, ColumnPlan(kind="int")) is not None
    assert plan_together(ColumnPlan(kind=""), ColumnPlan(kind="date")) == ColumnPlan(kind="date")
    assert plan_together(ColumnPlan(kind="date"), ColumnPlan(kind="datetime")) == ColumnPlan(kind="datetime")
    assert plan_together(ColumnPlan(kind="bool"), ColumnPlan(kind="date")) is None
    assert tolerance_in_sd(0.0) == pytest.approx(0)


def test_a_comparison_shows_itself_in_a_notebook(tmp_path) -> None:  # type: ignore[no-untyped-def]
    found = compare(tables(1), tables(2).with_columns(wall=pl.lit("<b>wood</b>")))
    assert isinstance(found, Compared)
    assert "srcdoc=" in found._repr_html_() and "<b>wood" not in found._repr_html_()
    found.to_html(tmp_path / "r.html")
    page = (tmp_path / "r.html").read_text()
    assert "1 of 5 columns changed: wall" in page and "<script" not in page and "&lt;b&gt;wood" in page
    with pytest.raises(KeyError):
        found["none"]
