"""Rows are judged the same, to the bit, by NumPy, by the compiled kernel, and by the kernel as plain Python."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from monitored_streams import begin, feed, mixed

from holdtrue.monitors.detectors import kernel, stepping
from holdtrue.profiles import Season

COMPILED = stepping.compiled_kernel()


def judged(
    monkeypatch: pytest.MonkeyPatch, way: Any, seed: int, cuts: list[int], moved: str, season: Season | None
) -> tuple[bytes, int]:
    monkeypatch.setattr(stepping, "compiled_kernel", lambda: way)
    rng = np.random.default_rng(seed)
    watch = begin(mixed(rng, 300), season, false_alarm_rows=200)
    live = mixed(rng, 160)
    live[moved][40:] += 1.5
    live["heavy"][rng.random(160) < 0.05] = np.inf
    live["c"][70] = np.nan  # missing for the first time
    live["b"][100:112:3] = 50.0
    alarms = 0
    for first, last in zip([0, *cuts], [*cuts, 160], strict=True):
        alarms += len(feed(watch, live, first, last))
    return watch.to_bytes(), alarms


@given(
    seed=st.integers(0, 10_000),
    cuts=st.lists(st.integers(0, 160), max_size=4).map(sorted),
    moved=st.sampled_from(["a", "count", "heavy", "gappy"]),
    season=st.sampled_from([None, Season("hour")]),
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_all_ways_agree_to_the_bit(
    monkeypatch: pytest.MonkeyPatch, seed: int, cuts: list[int], moved: str, season: Season | None
) -> None:
    assert COMPILED is not None, "the development tools bring Numba"
    with monkeypatch.context() as patched:
        expected = judged(patched, None, seed, cuts, moved, season)
        assert judged(patched, COMPILED, seed, cuts, moved, season) == expected
        assert judged(patched, kernel.advance, seed, cuts, moved, season) == expected
    assert expected[1] >= 1 or season is not None


def test_numpy_judges_where_there_is_no_numba(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "numba", None)
    assert stepping.compiled_kernel.__wrapped__() is None
