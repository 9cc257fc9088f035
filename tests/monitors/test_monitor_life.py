"""What becomes of an alarm: each transition told once, the same in batches as row by row, and rarely falsely."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from monitored_streams import MINUTE, begin, feed, mixed

from holdtrue.foundation import WrongUse
from holdtrue.monitors import Transition, Watch, WatchSettings
from holdtrue.monitors.detectors import kernel, stepping
from holdtrue.monitors.watch import WatchReference
from holdtrue.profiles import Block, Season, build_baseline, numeric_reference

HOURLY, DAILY = Season("hour"), Block("day")
HOUR = 60 * MINUTE


def lived(watch: Watch, columns: dict[str, Any], step: int = 100) -> tuple[list[Any], list[Transition]]:
    """Feed columns in steps; return the alarms, and what became of them."""
    n = len(next(iter(columns.values())))
    alarms, told = [], []
    for first in range(0, n, step):
        alarms += feed(watch, columns, first, first + step)
        told += watch.transitions
    return alarms, told


def moving(rng: np.random.Generator, n: int) -> dict[str, Any]:
    """A stream of which several quantities change, change again, and come back."""
    columns = mixed(rng, n)
    third = n // 4
    columns["c"][third : 2 * third] += 2.0
    columns["c"][2 * third : 3 * third] -= 2.0
    columns["heavy"][third + 20 : 3 * third] *= 4.0
    columns["count"][third : 2 * third] += 2.0
    columns["gappy"][third : 2 * third : 2] = np.nan
    columns["a"][third + 40 :: 3] = np.nan  # missing for the first time, for good
    columns["wall"][third : 2 * third] = ["plastic", "wood"] * (third // 2)
    columns["coin"][2 * third :] = [True] * (n - 2 * third)
    return columns


@settings(max_examples=5, deadline=None)
@given(
    seed=st.integers(0, 1000),
    cuts=st.lists(st.integers(1, 399), max_size=12, unique=True),
    stored=st.booleans(),
    season=st.sampled_from([None, HOURLY]),
    accepted=st.booleans(),
)
def test_batches_equal_row_by_row_to_the_bit(
    seed: int, cuts: list[int], stored: bool, season: Season | None, accepted: bool
) -> None:
    rng = np.random.default_rng(seed)
    baseline, stream = mixed(rng, 150), moving(rng, 400)
    single, batched = (begin(baseline, season, false_alarm_rows=60) for _ in range(2))
    by_row, told_by_row = lived(single, stream, 1)
    if accepted and by_row:
        # What was accepted at a row is accepted there when the rows come again.
        single, row = begin(baseline, season, false_alarm_rows=60), by_row[0].at_row + 110
        for watch in (single, batched):
            watch.plan(by_row[0].id, "inputs", row)
        by_row, told_by_row = lived(single, stream, 1)
    by_batch, told = [], []
    for first, last in itertools.pairwise([0, *sorted(cuts), 400]):
        by_batch += feed(batched, stream, first, last)
        told += batched.transitions
        if stored:
            batched = Watch.from_bytes(batched.to_bytes())
    assert by_batch == by_row
    assert told == told_by_row
    assert batched.alarms == single.alarms
    assert batched.to_bytes() == single.to_bytes()


def test_the_streams_above_do_live() -> None:
    """Else they would prove nothing: there are alarms, changes and ends among them."""
    alarms, kinds = 0, set()
    for seed in range(3):
        rng = np.random.default_rng(seed)
        raised, told = lived(begin(mixed(rng, 150), false_alarm_rows=60), moving(rng, 600))
        alarms, kinds = alarms + len(raised), kinds | {each.kind for each in told}
    assert alarms > 6 and kinds == {"changed", "resolved"}


def machine(rng: np.random.Generator, days: int) -> dict[str, Any]:
    hours = np.arange(24 * days)
    who = np.repeat(rng.choice(["ann", "bob", "eve"], size=days, p=[0.6, 0.3, 0.1]), 24)
    heat = 20 + 5 * np.sin(2 * np.pi * hours / 24) + np.repeat(rng.normal(size=days), 24)
    return {"heat": heat + 0.3 * rng.normal(size=hours.size), "who": who.tolist()}


def begin_blocks(rows: dict[str, Any], rate: float) -> Watch:
    times = HOUR * np.arange(len(rows["who"]))
    built = build_baseline(
        pl.DataFrame(rows),
        season=HOURLY,
        seasons=HOURLY.places(times),
        block=DAILY,
        blocks=DAILY.places(times),
    )
    return Watch.begin(built, WatchSettings(false_alarm_rows=rate), ["inputs"])


def feed_hours(watch: Watch, rows: dict[str, Any], first: int, last: int) -> list[Any]:
    span = range(first, min(last, len(rows["who"])))
    part = {name: values[first:last] for name, values in rows.items()}
    return watch.update("inputs", part, [f"hour {i}" for i in span], HOUR * np.array(span, dtype=np.int64))


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 100), step=st.sampled_from([7, 24, 100, 1000]), stored=st.booleans())
def test_blocks_live_the_same_in_batches_of_any_size(seed: int, step: int, stored: bool) -> None:
    rng = np.random.default_rng(seed)
    before, now = machine(rng, 60), machine(rng, 160)
    now["heat"][24 * 20 : 24 * 90] += 4.0
    whole, parts = begin_blocks(before, 500), begin_blocks(before, 500)
    raised = feed_hours(whole, now, 0, 24 * 160)
    became = whole.transitions
    alarms, told = [], []
    for first in range(0, 24 * 160, step):
        alarms += feed_hours(parts, now, first, first + step)
        told += parts.transitions
        parts = Watch.from_bytes(parts.to_bytes()) if stored else parts
    assert raised and (alarms, tuple(told)) == (raised, became)
    assert parts.to_bytes() == whole.to_bytes()


def test_over_blocks_what_is_back_is_resolved() -> None:
    rng = np.random.default_rng(2)
    before, now = machine(rng, 200), machine(rng, 300)
    now["heat"][24 * 20 : 24 * 90] += 6.0
    watch = begin_blocks(before, 24_000)
    (alarm,) = feed_hours(watch, now, 0, 24 * 300)
    (told,) = watch.transitions
    assert alarm.quantity == "heat" and told.kind == "resolved"
    assert 24 * 90 < told.at_row < 24 * 300 and told.at_row % 24 == 0
    assert 24 * 90 <= told.began_row < told.at_row and told.began_row % 24 == 0


@given(seed=st.integers(0, 10_000), season=st.sampled_from([None, HOURLY]))
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_numpy_and_the_kernel_agree_to_the_bit(
    monkeypatch: pytest.MonkeyPatch, seed: int, season: Season | None
) -> None:
    found = []
    with monkeypatch.context() as patched:
        for way in (None, stepping.compiled_kernel(), kernel.advance):
            patched.setattr(stepping, "compiled_kernel", lambda way=way: way)
            rng = np.random.default_rng(seed)
            watch = begin(mixed(rng, 100), season, false_alarm_rows=60)
            found.append((*lived(watch, moving(rng, 400)), watch.to_bytes()))
    assert found[0] == found[1] == found[2]


def test_an_alarm_changes_once_and_is_resolved_once_and_the_quantity_is_watched_again() -> None:
    rng = np.random.default_rng(3)
    watch = begin({"x": rng.normal(size=1000), "y": rng.normal(size=1000)})
    live = {name: rng.normal(size=5000) for name in "xy"}
    live["x"][500:1500] += 1.0
    live["x"][1500:2000] -= 2.0
    live["x"][2000:2500] += 6.0
    live["x"][4000:] += 1.0
    alarms, told = lived(watch, live)
    assert [alarm.quantity for alarm in alarms] == ["x", "x"]
    assert [each.kind for each in told] == ["changed", "resolved"]  # the second move says nothing more
    changed, resolved = told
    assert 1500 < changed.at_row < 1600 and abs(changed.began_row - 1500) < 15
    assert changed.alarm == resolved.alarm == alarms[0].id
    assert changed.message.startswith("x has changed again: average -")
    assert 2500 < resolved.at_row < 2560 and abs(resolved.began_row - 2500) < 15
    assert resolved.rows == resolved.began_row - alarms[0].began_row
    assert resolved.micros == MINUTE * resolved.rows
    assert "x is what it was in the baseline again since " in resolved.message
    assert resolved.message.endswith(f"it lasted {resolved.rows:,} rows, {resolved.rows // 60} hours")
    assert 4000 < alarms[1].at_row < 4100  # a new change is a new alarm
    assert watch.evidence()["inputs"].alarmed == ("x",)


def test_a_quantity_that_is_back_has_no_evidence_and_only_baseline_ranks() -> None:
    rng = np.random.default_rng(4)
    watch = begin({"x": rng.normal(size=1000), "y": rng.normal(size=1000)})
    live = {name: rng.normal(size=1200) for name in "xy"}
    live["x"][200:600] += 3.0
    first = 0
    while not watch.transitions:
        feed(watch, live, first, first + 1)
        first += 1
    found = watch.evidence()["inputs"]
    assert 600 < first < 760 and found.quantities["x"] == 0.0 and found.stages == {} and found.alarmed == ()


def test_a_short_burst_is_resolved_although_hardly_a_row_of_it_came_after_its_alarm() -> None:
    rng = np.random.default_rng(5)
    watch = begin({"x": rng.normal(size=1000)})
    live = rng.normal(size=1000)
    live[300:325] += 3.0
    (alarm,), (told,) = lived(watch, {"x": live})
    assert 300 < alarm.at_row < 325 and told.kind == "resolved" and 325 < told.at_row < 420


def test_what_went_to_the_other_side_is_not_back() -> None:
    rng = np.random.default_rng(6)
    watch = begin({"x": rng.normal(size=1000)})
    live = rng.normal(size=1500)
    live[200:600] += 2.0
    live[600:] -= 1.0
    _, told = lived(watch, {"x": live})
    assert [each.kind for each in told] == ["changed"]


def test_quantities_of_one_alarm_come_back_one_by_one_and_end_it_together() -> None:
    rng = np.random.default_rng(7)
    watch = begin({name: rng.normal(size=1000) for name in "vxyz"})
    live = {name: rng.normal(size=2000) for name in "vxyz"}
    live["x"][300:600] += 2.0
    live["y"][300:900] += 2.0
    (alarm,), (told,) = lived(watch, live)
    assert told.kind == "resolved" and told.alarm == alarm.id
    assert set(told.quantities) == {"x", "y"} and told.quantity == "y"
    assert 900 < told.at_row < 1040 and "and 1 other are what they were" in told.message


@pytest.mark.parametrize("what", ["level", "new level", "missing", "first missing", "spread"])
def test_every_kind_of_change_that_ends_is_resolved(what: str) -> None:
    rng = np.random.default_rng(8)
    n = 4000
    away = slice(500, 1500)
    if what in ("level", "new level"):
        base: Any = rng.choice(["a", "b", "c"], size=2000, p=[0.5, 0.3, 0.2]).tolist()
        live: Any = rng.choice(["a", "b", "c"], size=n, p=[0.5, 0.3, 0.2]).tolist()
        others = ["a", "b", "c"] if what == "level" else ["a", "b", "d"]
        live[away] = rng.choice(others, size=1000, p=[0.15, 0.3, 0.55]).tolist()
    else:
        base, live = rng.normal(size=2000), rng.normal(size=n)
        if what == "spread":
            live[away] *= 2.0
        else:
            if what == "missing":
                base[::50], live[::50] = np.nan, np.nan
            live[away][rng.random(1000) < 0.3] = np.nan
    alarms, told = lived(begin({"x": base}), {"x": live})
    assert len(alarms) == 1 and [each.kind for each in told] == ["resolved"]
    assert 1500 < told[0].at_row < 2100


def test_what_was_accepted_is_the_reference_and_a_further_change_a_new_alarm() -> None:
    rng = np.random.default_rng(9)
    watch = begin({"x": rng.normal(size=1000), "y": rng.normal(size=1000)})
    live = {name: rng.normal(size=6000) for name in "xy"}
    live["x"][500:] += 1.0
    live["x"][3000:4000] += 1.0
    (alarm,) = feed(watch, live, 0, 600)
    with pytest.raises(
        WrongUse, match=r"x has been watched over \d\d rows since it changed, and a reference needs 100"
    ):
        watch.accept(alarm.id)
    assert feed(watch, live, 600, 1000) == []
    assert watch.accept(alarm.id) == ("inputs", 1000, ("x",))
    with pytest.raises(WrongUse, match="no quantity of the alarm"):
        watch.accept(alarm.id)
    found = watch.evidence()["inputs"]
    assert found.alarmed == () and found.stages["x"].standing == "accepted"
    watch = Watch.from_bytes(watch.to_bytes())
    assert feed(watch, live, 1000, 3000) == []
    (again,) = feed(watch, live, 3000, 4000)
    assert again.quantity == "x" and again.accepted and again.at_row < 3100
    assert again.reference.mean == pytest.approx(1.0, abs=0.1) and "as accepted" in again.message
    assert feed(watch, live, 4000, 6000) == []
    (told,) = watch.transitions
    assert told.kind == "resolved" and told.alarm == again.id and "what was accepted" in told.message
    assert watch.evidence()["inputs"].stages["x"].standing == "accepted"
    away = {"x": rng.normal(3.0, 1.0, 300), "y": rng.normal(size=300)}
    assert [each.quantity for each in feed(watch, away)] == ["x"]


def test_an_accepted_level_is_no_alarm_again_and_its_loss_is_one() -> None:
    rng = np.random.default_rng(10)
    watch = begin({"k": rng.choice(["a", "b"], 2000).tolist()})
    (alarm,) = feed(watch, {"k": rng.choice(["a", "b", "c"], 600).tolist()})
    watch.accept(alarm.id)
    assert feed(watch, {"k": rng.choice(["a", "b", "c"], 3000).tolist()}) == []
    (again,) = feed(watch, {"k": rng.choice(["a", "b"], 400).tolist()})
    assert again.accepted and again.quantity == "k"


def test_a_quantity_that_stays_as_it_is_seldom_says_anything() -> None:
    """At one false word in 500 rows, 50 may come in 25,000 rows; over 65 would be chance in one case of a hundred."""
    said = rows = 0
    for seed in itertools.count():
        if rows > 25_000:
            break
        rng = np.random.default_rng([27, seed])
        watch = begin({"x": rng.normal(size=500)}, false_alarm_rows=500)
        alarmed = 0
        for _ in range(20):
            raised = feed(watch, {"x": rng.normal(1.0, 1.0, 100)})
            alarmed = raised[0].at_row if raised and not alarmed else alarmed
            if watch.transitions:
                break
        said += bool(watch.transitions)
        rows += (watch.transitions[0].at_row if watch.transitions else 2_000) - alarmed
    assert 5 < said < 65


@pytest.mark.parametrize("season", [None, HOURLY])
def test_a_new_level_that_stays_is_not_said_to_be_gone(season: Season | None) -> None:
    """Its first rows in each hour are all of levels seen once, and say more than there is."""
    resolved = 0
    for seed in range(8):
        rng = np.random.default_rng([28, seed])
        watch = begin({"k": rng.choice(["a", "b"], 2000).tolist()}, season, false_alarm_rows=2_000)
        live = {"k": rng.choice(["a", "b", "c"], 3000, p=[0.4, 0.4, 0.2]).tolist()}
        alarms, told = lived(watch, live)
        assert alarms
        resolved += sum(each.kind == "resolved" for each in told)
    assert resolved <= 2


def test_a_watch_of_many_alarms_stays_small() -> None:
    rng = np.random.default_rng(11)
    watch = begin({f"x{i}": rng.normal(size=500) for i in range(3)}, false_alarm_rows=200)
    sizes = []
    for _ in range(60):
        for shift in (3.0, 0.0):
            feed(watch, {f"x{i}": rng.normal(shift * (i == 0), 1.0, 150) for i in range(3)})
        sizes.append(len(watch.to_bytes(references=False)))
    assert len(watch.alarms) <= 20 + 3
    assert max(sizes[30:]) < 1.3 * max(sizes[25:30]) and max(sizes) < 60_000


def failing(rng: np.random.Generator, *parts: tuple[int, float]) -> dict[str, Any]:
    """Rows that fail a test, so many with such a probability each."""
    return {"beds.ge": np.concatenate([rng.binomial(1, share, n).astype(float) for n, share in parts])}


def watch_of(reference: Any, rows: int = 100_000) -> Watch:
    held = WatchReference(groups={"inputs": {"beds.ge": numeric_reference(reference)}})
    return Watch(WatchSettings(false_alarm_rows=rows), held, {})


@pytest.mark.parametrize(
    ("before", "since", "rows", "within"),
    [(0.0, 0.3, 300, 200), (0.0, 1.0, 50, 100), (0.002, 0.3, 300, 300), (0.02, 0.2, 400, 400), (0.98, 0.5, 300, 200)],
)
def test_what_was_nearly_always_the_same_is_said_to_be_so_again(
    before: float, since: float, rows: int, within: int
) -> None:
    rng = np.random.default_rng(5)
    watch = watch_of(rng.binomial(1, before, 2000).astype(float))
    alarms, told = lived(watch, failing(rng, (500, before), (rows, since), (within + 100, before)), 10)
    assert [alarm.quantity for alarm in alarms] == ["beds.ge"]
    assert [each.kind for each in told] == ["resolved"]
    assert watch.evidence()["inputs"].stages == {}


def test_what_is_no_longer_always_the_same_is_rarely_said_to_be_so() -> None:
    rows, resolved = 40_000, 0
    for seed, (before, since) in enumerate([(0.0, 0.2), (0.0, 0.9), (0.02, 0.08), (0.02, 0.3)]):
        rng = np.random.default_rng(seed)
        watch = watch_of(rng.binomial(1, before, 2000).astype(float), rows=2_000)
        _, told = lived(watch, failing(rng, (100, before), (rows, since)), 100)
        resolved += sum(each.kind == "resolved" for each in told)
    assert resolved <= 4 * rows / (2 * 2_000) / 4  # a quarter of what is stated
