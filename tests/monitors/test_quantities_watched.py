"""Views, pairs, classes and labels in a watch: what changes is found, what does not is not, and the words are right."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl
import pytest

from holdtrue.foundation import DAY, WrongUse
from holdtrue.monitors import Alarm, Watch, WatchSettings
from holdtrue.profiles import DELAY, IN_TIME, LABEL, Baseline, build_baseline, numeric_reference

IN_FULL = WatchSettings(weights={"inputs": 0.25, "pairs": 0.1, "others": 0.65})
"""What a watch of all groups leaves to inputs and pairs is asked for in `begin` by `later`."""

Rng = np.random.Generator


def begun(baseline: Baseline, *groups: str) -> Watch:
    return Watch.begin(baseline, IN_FULL, groups, later=("others",))


def feed(watch: Watch, group: str, columns: dict[str, Any], moment: int = 0) -> list[Alarm]:
    n = len(next(iter(columns.values())))
    first = watch.rows(group)
    return watch.update(group, columns, [f"row {first + i}" for i in range(n)], [moment] * n)


def pair(rng: Rng, n: int, rho: float) -> dict[str, Any]:
    x, y, z = rng.normal(size=(3, n))
    sort = np.where(x > 0.5, "large", "small")
    roof = np.where(rng.random(n) < 0.9, np.where(sort == "large", "flat", "gable"), "other")
    return {"x": x, "y": rho * x + (1 - rho * rho) ** 0.5 * y, "z": z, "sort": sort.tolist(), "roof": roof.tolist()}


@pytest.mark.parametrize("size", [500, 2_000])
def test_a_correlation_that_breaks_is_found_while_each_field_is_as_it_was(size: int) -> None:
    rng = np.random.default_rng(size)
    baseline = build_baseline(pl.DataFrame(pair(rng, size, 0.8)), other_rows=pl.DataFrame(pair(rng, 2 * size, 0.8)))
    watch = begun(baseline, "inputs", "pairs")
    assert set(watch.quantities("pairs")) == {"x & y", "x & sort", "sort & roof"}
    calm, broken = pair(rng, 1500, 0.8), pair(rng, 300, 0.8)
    broken["y"] = rng.permutation(broken["y"])
    for columns in (calm, broken):
        assert feed(watch, "inputs", columns) == []
    assert feed(watch, "pairs", calm) == []
    (alarm,) = feed(watch, "pairs", broken)
    assert (alarm.quantity, alarm.direction) == ("x & y", "down")
    assert 1500 < alarm.at_row <= 1600
    assert alarm.message.startswith(
        "x & y: go together otherwise since 1 January 1970: what one tells of the other is "
    )
    again = Watch.from_bytes(watch.to_bytes(references=False), baseline)
    assert again.to_bytes() == watch.to_bytes()


def test_what_goes_with_a_category_is_found_though_both_shares_stay() -> None:
    rng = np.random.default_rng(7)
    baseline = build_baseline(pl.DataFrame(pair(rng, 2000, 0.8)), other_rows=pl.DataFrame(pair(rng, 4000, 0.8)))
    watch = begun(baseline, "inputs", "pairs")
    live = pair(rng, 300, 0.8)
    live["roof"] = rng.permutation(live["roof"]).tolist()
    assert feed(watch, "inputs", live) == []
    (alarm,) = feed(watch, "pairs", live)
    assert alarm.quantity == "sort & roof" and alarm.at_row < 120


def test_pairs_raise_no_more_false_alarms_than_stated() -> None:
    """Streams in which nothing changes, A = 1,000: 60 would be expected at the stated rate; seeds fixed."""
    rng = np.random.default_rng(0)
    rows = alarms = 0
    while rows < 60_000:
        held, others = pl.DataFrame(pair(rng, 500, 0.5)), pl.DataFrame(pair(rng, 1000, 0.5))
        watch = Watch.begin(build_baseline(held, other_rows=others), WatchSettings(false_alarm_rows=1000), ["pairs"])
        for _ in range(20):
            raised = feed(watch, "pairs", pair(rng, 500, 0.5))
            if raised:
                alarms += 1
                break
        rows += raised[0].at_row if raised else watch.rows("pairs")
    assert 12 <= alarms <= 60


ENGLISH = re.findall(r"\w+", "the a of in house garden with large near is and it has new old park rooms quiet")
GERMAN = re.findall(r"\w+", "das ein von im haus garten mit großes kleines nahe ist und es hat neu alt park ruhig")


def notes(rng: Rng, n: int, words: Sequence[str], length: int = 12) -> dict[str, Any]:
    return {"note": [" ".join(rng.choice(words, rng.integers(length - 4, length + 5))) for _ in range(n)]}


def test_a_text_in_another_language_is_found_and_the_same_language_is_not() -> None:
    rng = np.random.default_rng(0)
    baseline = build_baseline(pl.DataFrame(notes(rng, 1000, ENGLISH)), kinds={"note": "text"})
    watch = begun(baseline, "inputs")
    assert feed(watch, "inputs", notes(rng, 3000, ENGLISH)) == []
    (alarm,) = feed(watch, "inputs", notes(rng, 40, GERMAN))
    named = {alarm.quantity, *(name for name, _ in watch.alarms[0].also)}
    assert {"note new words", "note frequent words", "note letters"} <= named and alarm.at_row < 3020
    longer = begun(baseline, "inputs")
    (alarm,) = feed(longer, "inputs", notes(rng, 100, ENGLISH, length=20))
    assert alarm.quantity == "note length" and alarm.direction == "up"


def test_texts_that_go_missing_are_told_once_by_the_first_view() -> None:
    rng = np.random.default_rng(0)
    watch = begun(build_baseline(pl.DataFrame(notes(rng, 1000, ENGLISH)), kinds={"note": "text"}), "inputs")
    live = notes(rng, 100, ENGLISH)
    live["note"] = [None if i % 3 == 0 else note for i, note in enumerate(live["note"])]
    (alarm,) = feed(watch, "inputs", live)
    assert (alarm.quantity, alarm.level, alarm.also) == ("note length", "(missing)", ())


def test_vectors_that_turn_are_found() -> None:
    rng = np.random.default_rng(0)

    def vectors(n: int) -> np.ndarray:
        return rng.normal(size=(n, 16)) + 3 * rng.normal(size=(n, 1)) * np.eye(16)[0]

    watch = begun(build_baseline(pl.DataFrame({"v": vectors(1500).tolist()})), "inputs")
    assert feed(watch, "inputs", {"v": vectors(2000).tolist()}) == []
    turned = vectors(300)[:, [1, 0, *range(2, 16)]]  # of the same length, and as far from the centre
    (alarm,) = feed(watch, "inputs", {"v": turned.tolist()})
    assert alarm.quantity == "v direction 1" and alarm.at_row < 2100


def test_predictions_of_two_classes_are_watched_by_class_and_confidence() -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"x": np.arange(2000.0)})
    held, truth = rng.beta(2, 5, 2000), rng.random(2000)
    labels = (truth < held).astype(float)
    baseline = build_baseline(frame, predictions=held, labels=labels, task="binary")
    watch = begun(baseline, "predictions", "errors")
    assert watch.quantities("predictions") == ("prediction", "class", "confidence")
    assert watch.quantities("errors") == ("signed error", "absolute error", "overconfidence")
    calm = rng.beta(2, 5, 3000)
    assert feed(watch, "predictions", {"prediction": calm}) == []
    assert feed(watch, "errors", {"prediction": calm, "label": (rng.random(3000) < calm).astype(float)}) == []
    true = np.where(calm > 0.28, calm * 0.4, calm)  # as confident, and less often right
    (alarm,) = feed(watch, "errors", {"prediction": calm, "label": (rng.random(3000) < true).astype(float)})
    assert alarm.quantity in ("signed error", "overconfidence") and alarm.at_row < 3600


def test_predictions_beyond_all_there_were_are_told_as_a_share() -> None:
    rng = np.random.default_rng(0)
    frame = pl.DataFrame({"x": np.arange(2000.0)})
    watch = begun(build_baseline(frame, predictions=rng.uniform(size=2000)), "predictions")
    assert feed(watch, "predictions", {"prediction": rng.uniform(size=2000)}) == []
    live = np.where(rng.random(400) < 0.05, 1.5, rng.uniform(size=400))
    (alarm,) = feed(watch, "predictions", {"prediction": live})
    assert alarm.quantity == "outside the range"
    assert alarm.message.startswith("predictions outside the range they had: share ")


def test_a_group_whose_reference_comes_later_shares_the_budget_from_the_start() -> None:
    rng = np.random.default_rng(0)
    baseline = build_baseline(pl.DataFrame({"x": rng.normal(size=500)}))
    settings = WatchSettings(weights={"inputs": 0.5, "labels": 0.5})
    watch = Watch.begin(baseline, settings, ["inputs"], later=["labels"])
    assert (watch.groups, watch.awaited) == (("inputs",), ("labels",))
    assert watch.evidence()["inputs"].threshold == pytest.approx(2e5)
    with pytest.raises(WrongUse, match="labels is not watched"):
        watch.update("labels", {}, [])
    ones = numeric_reference(np.repeat([0.0, 1.0], [4, 196]))
    delays = numeric_reference(rng.exponential(5, 200))
    watch.refer("labels", {LABEL: numeric_reference(rng.normal(size=500), partial=True), DELAY: delays, IN_TIME: ones})
    with pytest.raises(WrongUse, match="does not begin now"):
        watch.refer("labels", {})
    watch = Watch.from_bytes(watch.to_bytes(references=False), baseline)
    columns = {LABEL: rng.normal(size=600), DELAY: rng.exponential(5, 600), IN_TIME: np.ones(600)}
    columns[LABEL][300:], columns[DELAY][300:], columns[IN_TIME][300:] = np.nan, 45.0, 0.0
    (alarm, *_) = watch.update("labels", columns, [str(i) for i in range(600)], [DAY] * 600)
    assert alarm.at_row < 330 and alarm.quantity in (DELAY, IN_TIME)
    assert watch.evidence()["labels"].quantities[LABEL] < 0.1  # what is not there says nothing


def test_names_that_tell_rows_apart_take_little_room_however_many_come() -> None:
    rng = np.random.default_rng(0)
    ids = {"id": [f"order {i}" for i in rng.integers(0, 10**9, 3000)]}
    watch = begun(build_baseline(pl.DataFrame(ids)), "inputs")
    sizes = []
    for _ in range(3):
        live = {"id": [f"order {i}" for i in rng.integers(0, 10**9, 10_000)]}
        assert feed(watch, "inputs", live) == []
        sizes.append(len(watch.to_bytes(references=False)))
    assert sizes[-1] < 30_000 and sizes[-1] < sizes[0] * 1.2
    (alarm,) = feed(watch, "inputs", {"id": ["order 7"] * 600})
    assert alarm.quantity == "id" and alarm.at_row < 30_600


def test_levels_without_end_are_folded_once_there_are_too_many_and_batches_do_not_matter() -> None:
    rng = np.random.default_rng(0)
    walls = ["wood", "brick", "stone"]
    baseline = build_baseline(pl.DataFrame({"wall": rng.choice(walls, 1000).tolist()}))
    settings = WatchSettings(false_alarm_rows=1e12)
    live = [f"junk {i}" if i % 3 == 0 else str(rng.choice(walls)) for i in range(20_000)]
    one, other = (Watch.begin(baseline, settings, ["inputs"]) for _ in range(2))
    ids = [str(i) for i in range(len(live))]
    one.update("inputs", {"wall": live}, ids)
    for start in range(0, len(live), 777):
        part = slice(start, start + 777)
        other.update("inputs", {"wall": live[part]}, ids[part])
        if start % 7 == 0:
            other = Watch.from_bytes(other.to_bytes())
    assert one.to_bytes() == other.to_bytes()
    assert len(one.to_bytes(references=False)) < 60_000
