"""A quantity's own tolerance: what lies within it is no alarm, what lies beyond is found, however it is stated."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from monitored_streams import MINUTE

from holdtrue.foundation import WrongUse
from holdtrue.monitors import Watch, WatchSettings
from holdtrue.monitors.detectors import kernel, stepping
from holdtrue.monitors.detectors.bets import COUNT, largest_means
from holdtrue.monitors.tolerances import bets_within, scores_of, unusable
from holdtrue.profiles import Block, build_baseline, numeric_reference

BLOCK = Block("day")
DRAWS = {
    "normal": lambda rng, n: rng.normal(1500.0, 400.0, n),
    "skewed": lambda rng, n: rng.lognormal(7.0, 0.5, n),
    "whole": lambda rng, n: rng.poisson(4.0, n).astype(float),
}


def watch_of(draw: str, stated: float | str, rows: float = 2_000.0, seed: int = 0) -> Watch:
    held = pl.DataFrame({"a": DRAWS[draw](np.random.default_rng(seed), 4_000)})
    return Watch.begin(build_baseline(held), WatchSettings(false_alarm_rows=rows, tolerances={"a": stated}))


def fed(watch: Watch, values: np.ndarray) -> int | None:
    """Feed rows; return how many there were at the first alarm."""
    for first in range(0, values.size, 100):
        part = values[first : first + 100]
        alarms = watch.update("inputs", {"a": part}, [str(first + i) for i in range(part.size)])
        if alarms:
            return alarms[0].at_row
    return None


@pytest.mark.parametrize(
    ("draw", "stated", "within", "beyond"),
    [
        ("normal", 200.0, 200.0, 500.0),
        ("normal", "0.5 sd", 190.0, 500.0),
        ("normal", "0.64 superiority", 190.0, 500.0),
        ("skewed", 200.0, 200.0, 900.0),
        ("whole", 1.0, 1.0, 4.0),
    ],
)
@pytest.mark.parametrize("sign", [1, -1])
def test_what_lies_within_is_no_alarm_and_what_lies_beyond_is_found(
    draw: str, stated: float | str, within: float, beyond: float, sign: int
) -> None:
    found = 0
    for seed in range(10):
        rng = np.random.default_rng(100 + seed)
        found += fed(watch_of(draw, stated, seed=seed), DRAWS[draw](rng, 2_000) + sign * within) is not None
    assert found <= 4  # 10 at the stated rate
    at = fed(watch_of(draw, stated), DRAWS[draw](np.random.default_rng(7), 2_000) + sign * beyond)
    assert at is not None and at < 200


def test_other_quantities_are_found_as_soon_as_without() -> None:
    rng = np.random.default_rng(0)
    held = pl.DataFrame({"a": rng.normal(size=2000), "b": rng.normal(size=2000)})
    live = {"a": rng.normal(1.0, 1.0, 400), "b": rng.normal(1.0, 1.0, 400)}
    ids = [str(i) for i in range(400)]
    without = Watch.begin(build_baseline(held), WatchSettings()).update("inputs", live, ids)
    tolerant = Watch.begin(build_baseline(held), WatchSettings(tolerances={"a": 1.5})).update("inputs", live, ids)
    assert [alarm.quantity for alarm in tolerant] == ["b"] and tolerant[0].at_row <= without[0].at_row + 10


@settings(max_examples=20, deadline=None)
@given(st.floats(0.0, 1.5), st.sampled_from(sorted(DRAWS)))
def test_a_larger_tolerance_takes_off_no_less(amount: float, draw: str) -> None:
    reference = numeric_reference(DRAWS[draw](np.random.default_rng(1), 3_000))
    sd = reference.sd
    small, large = (bets_within("a", each * sd, reference, 0.0).factors for each in (amount, amount + 0.3))
    assert (small <= 1.0).all() and (large <= 1.0).all() and large[:8].sum() <= small[:8].sum() + 1e-9
    assert small.shape == (COUNT,)


def test_the_words_are_read_and_what_is_none_is_told_what_to_write() -> None:
    assert scores_of("a", "0.25 sd") == 0.25
    assert scores_of("a", "0.5 superiority") == pytest.approx(0.0, abs=1e-12)
    for wrong in ("5 ft", "sd", "2 sd", "0.95 superiority", "0.4 superiority", "-1 sd"):
        with pytest.raises(WrongUse, match="the tolerance of a is"):
            WatchSettings(tolerances={"a": wrong})
    with pytest.raises(WrongUse, match="the tolerance of a is -5"):
        WatchSettings(tolerances={"a": -5.0})
    baseline = build_baseline(pl.DataFrame({"wall": ["wood", "brick"] * 50}))
    with pytest.raises(WrongUse, match="wall has names for values"):
        Watch.begin(baseline, WatchSettings(tolerances={"wall": 3.0}))
    assert unusable({"wall": 3.0, "wal": "0.1 sd"}, baseline.groups) == {
        "wall": "it has names for values, and no unit: state superiority",
        "wal": "there is no such quantity",
    }


def test_the_groups_tolerance_is_what_quantities_without_their_own_have() -> None:
    reference = numeric_reference(np.arange(100.0))
    own = bets_within("a", "0.3 sd", reference, 0.1)
    assert np.allclose(own.steps * own.factors, bets_within("a", "0.3 sd", reference, 0.0).steps / largest_means(0.3))


def test_blocks_have_amounts_in_the_unit_of_their_rows() -> None:
    rng = np.random.default_rng(3)
    times = np.arange(24 * 300) * 60 * MINUTE

    def told(shift: float, stated: float) -> int:
        baseline = build_baseline(
            pl.DataFrame({"a": rng.normal(size=24 * 300)}), times=times, block=BLOCK, blocks=BLOCK.places(times)
        )
        watch = Watch.begin(baseline, WatchSettings(false_alarm_rows=5_000, tolerances={"a": stated}))
        live, ids = rng.normal(shift, 1.0, 24 * 100), [str(i) for i in range(24 * 100)]
        return len(watch.update("inputs", {"a": live}, ids, times[: 24 * 100]))

    assert told(0.1, 0.0) == 1 and told(0.1, 0.15) == 0 and told(0.5, 0.15) == 1


def test_numpy_and_the_kernel_agree_to_the_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("numba")
    values = DRAWS["skewed"](np.random.default_rng(5), 600) + 150.0
    states = []
    for compiled in (stepping.compiled_kernel(), None, kernel.advance):
        monkeypatch.setattr(stepping, "compiled_kernel", lambda found=compiled: found)
        watch = watch_of("skewed", 120.0)
        fed(watch, values)
        states.append(watch.to_bytes())
    assert states[0] == states[1] == states[2]
    again = Watch.from_bytes(states[0])
    assert again.settings.tolerances == {"a": 120.0} and again.to_bytes() == states[0]
