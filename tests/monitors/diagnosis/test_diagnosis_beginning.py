"""When a change began: the interval holds the true row as often as it says."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdtrue.monitors import Watch, WatchSettings
from holdtrue.monitors.diagnosis.beginning import COVERAGE, interval_of, of_hits, of_scores, shares_of_starts
from holdtrue.monitors.diagnosis.scores import scores_of
from holdtrue.profiles import build_baseline


@given(st.lists(st.floats(-4, 4), min_size=1, max_size=60))
def test_the_probabilities_of_all_first_rows_add_up_to_one(scores: list[float]) -> None:
    shares = shares_of_starts(of_scores(np.array(scores)))
    assert shares.shape == (len(scores),)
    assert shares.min() >= 0
    assert shares.sum() == pytest.approx(1)


@given(st.lists(st.floats(0.001, 1), min_size=1, max_size=40), st.floats(0.1, 0.99))
def test_the_interval_is_the_shortest_run_with_the_stated_probability(weights: list[float], coverage: float) -> None:
    shares = np.array(weights) / sum(weights)
    first, last = interval_of(shares, coverage)
    assert shares[first : last + 1].sum() >= coverage - 1e-9
    for begin in range(len(shares)):
        for end in range(begin, min(len(shares), begin + last - first)):
            assert shares[begin : end + 1].sum() < coverage


def test_missing_scores_tell_nothing() -> None:
    shares = shares_of_starts(of_scores(np.array([0.1, np.nan, np.nan, 3.0, 3.0, 3.0, 3.0])))
    assert shares[1] == pytest.approx(shares[2])
    assert int(shares.argmax()) in (1, 2, 3)


@pytest.mark.parametrize("shift", [0.5, 1.0, 2.0])
def test_the_interval_covers_the_true_row_as_often_as_stated(shift: float) -> None:
    """120 streams: at a coverage of 0.9 fewer than 98 come by chance in under 1 of 300 runs (binomial)."""
    import polars as pl

    held = covered = 0
    for seed in range(120):
        rng = np.random.default_rng((seed, int(10 * shift)))
        baseline = build_baseline(pl.DataFrame({"x": rng.normal(size=1000)}))
        start = int(rng.integers(100, 400))
        values = rng.normal(size=start + 600)
        values[start:] += shift
        watch = Watch.begin(baseline, WatchSettings(false_alarm_rows=10_000))
        raised = watch.update("inputs", {"x": values}, [str(row) for row in range(values.size)])
        if not raised or raised[0].at_row <= start:
            continue
        held += 1
        seen = values[: raised[0].at_row]
        reference = baseline.groups["inputs"]["x"]
        first, last = interval_of(shares_of_starts(of_scores(scores_of(reference, seen))))  # type: ignore[arg-type]
        covered += first <= start <= last
    assert held > 100
    assert covered >= (COVERAGE - 0.085) * held


def test_a_level_that_comes_begins_where_it_first_comes_often() -> None:
    hits = np.zeros(200)
    hits[120::3] = 1
    first, last = interval_of(shares_of_starts(of_hits(hits, 0.01)))
    assert first <= 120 <= last
    assert last - first < 20
