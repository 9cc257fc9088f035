"""What a watch promises: the same in batches as row by row, transitions not levels, odd rows no alarm."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from monitored_streams import begin, feed, mixed
from msgspec.structs import replace

from holdtrue.foundation import WrongUse
from holdtrue.monitors import Alarm, Watch, WatchSettings
from holdtrue.monitors.alarms import message_of
from holdtrue.monitors.transitions import changed_words, resolved_words
from holdtrue.profiles import build_baseline


def changed(rng: np.random.Generator, n: int, at: int) -> dict[str, Any]:
    """A stream of which `c`, `wall` and `gappy` change from row `at` on."""
    columns = mixed(rng, n)
    columns["c"][at:] += 1.5
    columns["gappy"][at + 30 :: 2] = np.nan
    columns["wall"][at:] = ["wood", "plastic", "plastic", "mud"][: n - at] + ["plastic"] * max(0, n - at - 4)
    return columns


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 1000),
    cuts=st.lists(st.integers(1, 199), max_size=12, unique=True),
    stored=st.booleans(),
)
def test_batches_equal_row_by_row_to_the_bit(seed: int, cuts: list[int], stored: bool) -> None:
    rng = np.random.default_rng(seed)
    baseline, stream = mixed(rng, 150), changed(rng, 200, 80)
    single, batched = begin(baseline, false_alarm_rows=300), begin(baseline, false_alarm_rows=300)
    by_row: list[Alarm] = []
    for i in range(200):
        by_row += feed(single, stream, i, i + 1)
    by_batch: list[Alarm] = []
    for first, last in itertools.pairwise([0, *sorted(cuts), 200]):
        by_batch += feed(batched, stream, first, last)
        if stored:
            batched = Watch.from_bytes(batched.to_bytes())
    assert by_row, "the stream has changes to be found"
    assert by_batch == by_row
    assert batched.alarms == single.alarms
    assert batched.to_bytes() == single.to_bytes()


def test_a_state_without_references_goes_on_with_its_baseline_only() -> None:
    rng = np.random.default_rng(1)
    baseline = build_baseline(pl.DataFrame(mixed(rng, 200)))
    other = build_baseline(pl.DataFrame(mixed(rng, 200)))
    watch = Watch.begin(baseline)
    feed(watch, mixed(rng, 100))
    small = watch.to_bytes(references=False)
    assert len(small) < len(watch.to_bytes())
    assert Watch.from_bytes(small, baseline).to_bytes() == watch.to_bytes()
    with pytest.raises(WrongUse, match="another baseline"):
        Watch.from_bytes(small, other)
    with pytest.raises(WrongUse, match="without references"):
        Watch.from_bytes(small)
    with pytest.raises(WrongUse, match="no state of a watch"):
        Watch.from_bytes(b"nonsense")


def with_wild_rows(seed: int, size: int, quantities: int, wild: int) -> bool:
    """Whether `wild` values of 50 sd in a row, in one of some quantities, raise an alarm."""
    rng = np.random.default_rng(seed)
    columns = {f"x{i}": rng.normal(size=size + 250) for i in range(quantities)}
    columns["x0"][size + 200 : size + 200 + wild] = 50.0
    watch = begin({name: values[:size] for name, values in columns.items()})
    return bool(feed(watch, columns, size))


@pytest.mark.parametrize("size", [500, 2_000, 20_000, pytest.param(1_000_000, marks=pytest.mark.heavy)])
def test_a_few_wild_rows_raise_no_alarm_and_twenty_do(size: int) -> None:
    assert not any(with_wild_rows(seed, size, 20, wild) for seed in range(8) for wild in (1, 4))
    assert all(with_wild_rows(seed, size, 20, 20) for seed in range(8))


@pytest.mark.parametrize("size", [500, 2_000])
def test_a_single_quantity_is_nearly_as_calm(size: int) -> None:
    """Alone, a quantity needs a twentieth of the evidence: four wild rows raise an alarm in 1 or 2 of 100 streams."""
    assert not any(with_wild_rows(seed, size, 1, 1) for seed in range(40))
    assert sum(with_wild_rows(seed, size, 1, 4) for seed in range(40)) <= 2
    assert all(with_wild_rows(seed, size, 1, 20) for seed in range(40))


def test_a_fourth_wild_row_counts_for_no_more_than_a_third() -> None:
    """Four rows pay 400, of which 50 counts; from the fifth on each counts whole."""
    rng = np.random.default_rng(0)
    watch = begin({"x": rng.normal(size=2_000)}, false_alarm_rows=300)
    levels = []
    for row in range(5):
        alarms = feed(watch, {"x": [50.0] * 5}, row, row + 1)
        levels.append(300 * watch.evidence()["inputs"].evidence if not alarms else None)
    assert levels[3] == pytest.approx(levels[2], rel=0.2) and levels[3] < 100
    assert levels[4] is None and alarms[0].at_row == 5


def test_rows_far_out_on_both_sides_count_as_a_greater_spread() -> None:
    rng = np.random.default_rng(0)
    watch = begin({"x": rng.normal(size=2_000)})
    levels = []
    for row in range(0, 8, 2):
        feed(watch, {"x": [9.0, -9.0] * 4}, row, row + 2)
        levels.append(watch.evidence()["inputs"].evidence)
    # A bet on twice the spread pays up to seven to one for each.
    assert all(later > 10 * earlier for earlier, later in itertools.pairwise(levels))


def test_four_wild_rows_in_one_of_ten_columns_raise_no_alarm() -> None:
    for seed in range(4):
        rng = np.random.default_rng(seed)
        watch = begin(mixed(rng, 2_000))
        live = mixed(rng, 300)
        live["c"][100:104] = 50.0
        live["wall"][200:203] = ["never seen"] * 3
        assert feed(watch, live) == []


def test_an_alarm_tells_of_the_transition_once_and_others_are_still_watched() -> None:
    rng = np.random.default_rng(3)
    watch = begin({"x": rng.normal(size=1000), "y": rng.normal(size=1000), "z": rng.normal(size=1000)})
    live = {name: rng.normal(size=6000) for name in "xyz"}
    live["x"][500:] += 1.0
    live["y"][3000:] *= 2.0
    alarms = feed(watch, live)
    assert [(alarm.quantity, alarm.direction) for alarm in alarms] == [("x", "up"), ("y", "wider")]
    first, second = alarms
    assert 500 < first.at_row < 600 and abs(first.began_row - 500) <= 15
    assert first.rows_taken == first.at_row - first.began_row
    assert (first.began_id, first.began_time) == (f"row {first.began_row}", 60_000_000 * first.began_row)
    assert 3000 < second.at_row < 3200 and abs(second.began_row - 3000) <= 40
    assert first.effect == pytest.approx(0.76, abs=0.15)  # P(N(1, 1) > N(0, 1))
    assert first.live.mean == pytest.approx(1.0, abs=0.5) and first.reference.n == 1000
    assert watch.evidence()["inputs"].alarmed == ("x", "y")


def test_quantities_that_change_together_are_one_alarm() -> None:
    rng = np.random.default_rng(5)
    base = {name: rng.normal(size=1000) for name in "uvwxyz"}
    live = {name: rng.normal(size=1500) for name in "uvwxyz"}
    for name in "xyz":
        live[name][300:] += 1.2
    watch = begin(base)
    alarms = feed(watch, live)
    assert len(alarms) == 1
    (final,) = watch.alarms
    assert {final.quantity, *(name for name, _ in final.also)} == {"x", "y", "z"}


def test_a_rare_level_that_triples_is_found() -> None:
    rng = np.random.default_rng(0)
    base = np.where(rng.random(2000) < 0.02, "rare", "plain").tolist()
    live = np.where(rng.random(3000) < 0.06, "rare", "plain").tolist()
    (alarm,) = feed(begin({"kind": base}), {"kind": live})
    assert alarm.level in ("rare", "plain") and alarm.at_row < 1500


def test_a_new_level_is_found_and_named() -> None:
    rng = np.random.default_rng(0)
    base = rng.choice(["a", "b", "c"], size=1000).tolist()
    live = [*rng.choice(["a", "b", "c"], size=300), *rng.choice(["a", "b", "c", "d"], size=400)]
    (alarm,) = feed(begin({"kind": base}), {"kind": [str(level) for level in live]})
    assert 300 < alarm.at_row < 360
    assert alarm.level in ("d", "(rare)", "(new)")


def test_values_that_go_missing_are_found() -> None:
    rng = np.random.default_rng(0)
    base, live = rng.normal(size=1000), rng.normal(size=1000)
    base[:10] = np.nan
    live[400:][rng.random(600) < 0.2] = np.nan
    (alarm,) = feed(begin({"x": base}), {"x": live})
    assert alarm.level == "(missing)" and 400 < alarm.at_row < 500
    assert alarm.message.startswith("x: share missing ") and "(1% in the baseline)" in alarm.message


def test_values_that_go_missing_though_none_was_in_the_baseline_are_found() -> None:
    rng = np.random.default_rng(0)
    live = rng.normal(size=600)
    live[400:][rng.random(200) < 0.2] = np.nan
    (alarm,) = feed(begin({"x": rng.normal(size=1000)}), {"x": live})
    assert alarm.level == "(missing)" and 400 < alarm.at_row < 470
    assert "(0% in the baseline)" in alarm.message


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ([3.0], [4.0]),
        ([3.0], [2.0]),
        ([3.0], [-1e9]),
        ([0.0, 1.0], [0.0, 100.0]),
        ([0.0, 1.0], [-100.0, 1.0]),
        ([0.0, 1.0], [0.0, 0.001]),
        ([1.0, 2.0, 3.0, 4.0, 5.0], [1.5, 2.5, 3.5, 4.5, 5.5]),
        ([1.0, 2.0, 3.0, 4.0, 5.0], [0.5, 1.5, 2.5, 3.5, 4.5]),
    ],
)
def test_numbers_of_few_values_are_found_whichever_way_they_go(before: list[float], now: list[float]) -> None:
    rng = np.random.default_rng(0)
    (alarm,) = feed(begin({"x": rng.choice(before, 2_000)}), {"x": rng.choice(now, 400)})
    assert alarm.quantity == "x" and alarm.at_row < 200


def test_a_value_that_is_most_of_a_wide_column_is_told_from_its_neighbours() -> None:
    """Zeros among thousands of other values become a sentinel next to zero: no bin swallows both."""
    rng = np.random.default_rng(0)

    def column(n: int, zero: float) -> Any:
        return np.where(rng.random(n) < 0.6, zero, rng.normal(size=n))

    for sentinel in (-1e-6, 1e-6):
        (alarm,) = feed(begin({"x": column(5_000, 0.0)}), {"x": column(3_000, sentinel)})
        assert alarm.quantity == "x"


def test_a_column_and_its_mirror_image_are_found_alike() -> None:
    rng = np.random.default_rng(0)
    base, live = rng.poisson(2.0, 2_000).astype(float), rng.poisson(2.0, 800).astype(float)
    live[300:] += 0.5
    (up,) = feed(begin({"x": base}), {"x": live})
    (down,) = feed(begin({"x": -base}), {"x": -live})
    assert (up.direction, down.direction) == ("up", "down")
    assert abs(up.at_row - down.at_row) <= 30 and abs(up.began_row - down.began_row) <= 10


def test_what_cannot_move_gathers_no_evidence_and_is_not_blamed() -> None:
    """Constants, one-level names and columns always missing say nothing, however long nothing changes."""
    rng = np.random.default_rng(0)

    def columns(n: int) -> dict[str, Any]:
        return {
            "x": rng.normal(size=n),
            "always": np.full(n, 3.0),
            "never": np.full(n, np.nan),
            "country": ["us"] * n,
            "wall": rng.choice(["wood", "brick"], n).tolist(),
        }

    watch = begin(columns(1_000))
    live = columns(30_000)
    live["x"][29_000:] += 1.5
    (alarm,) = feed(watch, live)
    assert alarm.quantity == "x"
    evidence = watch.evidence()["inputs"].quantities
    assert evidence["always"] == evidence["never"] == evidence["country"] == 0
    (final,) = watch.alarms
    assert not {"always", "never", "country"} & {name for name, _ in final.also}


def test_who_is_named_beside_an_alarm_is_still_watched() -> None:
    """At a small A others are named by chance; a later change of theirs must be found all the same."""
    found = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        names = [f"x{i}" for i in range(10)]
        watch = begin({name: rng.normal(size=1_000) for name in names}, false_alarm_rows=1_000)
        live = {name: rng.normal(size=1_600) for name in names}
        live["x0"][300:] += 2.0
        live["x5"][1_000:] += 2.0
        alarms = feed(watch, live)
        found += any(alarm.quantity == "x5" and alarm.at_row > 1_000 for alarm in alarms)
    assert found >= 9


def test_a_level_that_is_empty_text_is_told_as_a_level() -> None:
    rng = np.random.default_rng(0)
    (alarm,) = feed(begin({"k": rng.choice(["", "a"], 1_000).tolist()}), {"k": [""] * 200})
    assert alarm.level in ("", "a") and alarm.message.startswith('k: share of "')


def test_where_few_values_move_the_average_the_other_way_it_is_said() -> None:
    rng = np.random.default_rng(0)
    (alarm,) = feed(begin({"x": rng.normal(size=2_000)}), {"x": rng.normal(-1.0, 1.0, 300)})
    assert alarm.message == message_of(alarm) and alarm.message.startswith("x: average -")
    wild = replace(alarm, live=replace(alarm.live, mean=7.0))
    assert "x: mostly lower since " in message_of(wild)
    assert "% of pairs, though the average is 7 (-0.02" in message_of(wild)


def test_what_became_of_an_alarm_is_told_of_one_and_of_many() -> None:
    rng = np.random.default_rng(0)
    (alarm,) = feed(begin({"x": rng.normal(size=2_000)}), {"x": rng.normal(-1.0, 1.0, 300)})
    assert changed_words(alarm, 5, None).startswith("x has changed again: average -")
    assert changed_words(replace(alarm, quantity="rows sold"), 5, None).startswith("rows sold has changed")
    of_tests = replace(alarm, group="tests", quantity="beds.ge")
    assert changed_words(of_tests, 5, None).startswith("rows that fail beds.ge have changed again: share ")
    assert resolved_words(of_tests, ("beds.ge",), 5, None, 9, None).startswith("share of rows that fail beds.ge is ")
    refused = resolved_words(replace(of_tests, quantity="refused"), ("refused",), 5, None, 9, None)
    assert refused == "share of refused rows is what it was in the baseline again since row 6; it lasted 9 rows"


def test_tolerance_is_silent_about_small_changes() -> None:
    rng = np.random.default_rng(0)
    base, live = rng.normal(size=20_000), 0.15 + rng.normal(size=8_000)
    assert feed(begin({"x": base}), {"x": live})
    assert not feed(begin({"x": base}, tolerance=0.2), {"x": live})
    assert feed(begin({"x": base}, tolerance=0.2), {"x": live + 1.0})


def test_wrong_use_is_told_and_judges_nothing() -> None:
    watch = begin({"x": np.arange(100.0), "k": ["a", "b"] * 50})
    with pytest.raises(WrongUse, match="group outputs is not watched"):
        watch.update("outputs", {}, [])
    with pytest.raises(WrongUse, match="no column k"):
        watch.update("inputs", {"x": [1.0]}, ["1"])
    with pytest.raises(WrongUse, match="2 values of x do not fit 1 ids"):
        watch.update("inputs", {"x": [1.0, 2.0], "k": ["a"]}, ["1"])
    with pytest.raises(WrongUse, match="x: not a column of numbers"):
        watch.update("inputs", {"x": ["one"], "k": ["a"]}, ["1"])
    with pytest.raises(WrongUse, match="false_alarm_rows"):
        WatchSettings(false_alarm_rows=0)
    assert watch.rows("inputs") == 0
    assert watch.update("inputs", {"x": [None], "k": [None]}, ["1"], [None]) == []
    assert watch.rows("inputs") == 1
