"""What a group takes in: the same one row at a time, and nothing at all of rows that are refused."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from monitored_streams import MINUTE

from holdtrue.foundation import DAY, WrongUse
from holdtrue.monitors import Watch, WatchSettings
from holdtrue.monitors.intake import Intake
from holdtrue.profiles import Block, Season, build_baseline, numeric_reference

CELL = st.none() | st.floats() | st.integers(-(2**70), 2**70) | st.booleans() | st.sampled_from(["1.5", " nan "])
DTYPES: list[Any] = [np.float64, np.float32, np.int64, np.bool_, object]


@st.composite
def columns_of_numbers(draw: st.DrawFn) -> tuple[dict[str, Any], int]:
    n, width = draw(st.integers(0, 5)), draw(st.integers(1, 4))
    found: dict[str, Any] = {}
    for place in range(width):
        if draw(st.booleans()):
            found[f"x{place}"] = draw(st.lists(CELL, min_size=n, max_size=n))
        else:
            whole = draw(st.lists(st.integers(-9, 9), min_size=n, max_size=n))
            found[f"x{place}"] = np.array(whole).astype(draw(st.sampled_from(DTYPES)))
    return found, n


@given(columns_of_numbers())
def test_rows_are_read_alike_one_by_one_and_together(drawn: tuple[dict[str, Any], int]) -> None:
    columns, n = drawn
    intake = Intake("inputs", tuple(columns), tuple(columns), ())
    together, _ = intake.read(columns, n)
    assert together.dtype == np.float64 and together.shape == (n, len(columns))
    single = [intake.read({name: each[i : i + 1] for name, each in columns.items()}, 1)[0] for i in range(n)]
    assert b"".join(row.tobytes() for row in single) == np.ascontiguousarray(together).tobytes()


@pytest.mark.parametrize("wrong", [["one"], [[1.0]], np.ones((1, 2)), [object()]])
def test_what_is_no_number_is_named_in_a_single_row_too(wrong: Any) -> None:
    intake = Intake("inputs", ("x", "y"), ("x", "y"), ())
    with pytest.raises(WrongUse, match="y: not a column of numbers"):
        intake.read({"x": [1.0], "y": wrong}, 1)
    with pytest.raises(WrongUse, match="y: not a column of numbers"):
        intake.read({"x": np.ones(1), "y": wrong}, 1)


ROWS = {"x": [1.0, 2.0], "k": ["a", "b"]}
REFUSED: list[dict[str, Any]] = [
    {"columns": {"x": [1.0, 2.0]}},
    {"columns": {"x": [1.0], "k": ["a", "b"]}},
    {"columns": {"x": ["one", 2.0], "k": ["a", "b"]}},
    {"times": [1, 2, 3]},
    {"times": [1, None]},
    {"times": None},
    {"seasons": np.array([0, 99])},
    {"seasons": np.array([0])},
    {"asked": np.array([7])},
    {"clock": np.array([7])},
]


@pytest.mark.parametrize("refused", REFUSED, ids=str)
@pytest.mark.parametrize("block", [None, Block("day")])
def test_refused_rows_leave_no_trace_and_spend_nothing(refused: dict[str, Any], block: Block | None) -> None:
    rng, season, n = np.random.default_rng(0), Season("hour"), 60 * 24
    times = 60 * MINUTE * np.arange(n)
    frame = pl.DataFrame({"x": rng.normal(size=n), "k": rng.choice(["a", "b"], n)})
    blocks = block.places(times, 0) if block else None
    baseline = build_baseline(
        frame, season=season, seasons=season.places(times), block=block, blocks=blocks, times=times
    )
    watch = Watch.begin(baseline, WatchSettings(false_alarm_days=30), ["inputs"])
    later = times[-1] + np.array([1, 2]) * DAY
    watch.update("inputs", ROWS, ["1", "2"], later)
    before = watch.to_bytes(references=False)
    asked: dict[str, Any] = {"columns": ROWS, "ids": ["3", "4"], "times": later + DAY, "asked": np.array([50, 90])}
    with pytest.raises(WrongUse):
        watch.update("inputs", **asked | refused)
    assert watch.to_bytes(references=False) == before
    watch.update("inputs", **asked)
    assert watch.to_bytes(references=False) != before


def test_a_whole_number_that_no_float_can_hold_is_infinite_and_holds_up_no_row() -> None:
    intake = Intake.of("inputs", {"a": numeric_reference(np.arange(10.0))})
    numbers, _ = intake.read({"a": [1, 10**400, None, -(10**400)]}, 4)
    assert numbers[:, 0].tolist()[:2] == [1.0, math.inf] and math.isnan(numbers[2, 0]) and numbers[3, 0] == -math.inf
    assert intake.read({"a": [10**400]}, 1)[0].tolist() == [[math.inf]]
