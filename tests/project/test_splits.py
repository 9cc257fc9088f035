"""Three parts: disjoint, together everything, newest held, groups whole, regimes apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from holdtrue.foundation import WrongUse
from holdtrue.project import Parts, split_rows


def all_rows(parts: Parts) -> list[int]:
    return sorted(np.concatenate([parts.train, parts.valid, parts.held]).tolist())


CASES = st.fixed_dictionaries(
    {
        "n": st.integers(2, 120),
        "held": st.floats(0.01, 0.6),
        "valid": st.floats(0, 0.35),
        "timed": st.booleans(),
        "grouped": st.booleans(),
        "changed": st.booleans(),
        "seed": st.integers(0, 9),
    }
)


@given(CASES)
@settings(max_examples=300, deadline=None)
def test_every_row_is_in_one_part_and_groups_stay_whole(case: dict[str, object]) -> None:
    n, seed = int(case["n"]), int(case["seed"])  # type: ignore[call-overload]
    generator = np.random.default_rng(seed)
    times = generator.integers(0, 50, n) if case["timed"] else None
    groups = generator.integers(0, max(n // 3, 1), n) if case["grouped"] else None
    since = 30 if case["changed"] and times is not None else None
    try:
        parts = split_rows(times, n, held=case["held"], valid=case["valid"], groups=groups, since=since, seed=seed)  # type: ignore[arg-type]
    except WrongUse:
        # Only where no regime has two units.
        units = np.arange(n) if groups is None else groups
        regimes = np.zeros(n) if times is None or since is None else times >= since
        assert all(len(set(units[regimes == each].tolist())) <= 1 for each in (0, 1))
        return
    assert all_rows(parts) == list(range(n))
    assert parts.train.size and parts.held.size
    if groups is not None and since is None:
        of = [set(groups[part].tolist()) for part in (parts.train, parts.valid, parts.held)]
        assert not (of[0] & of[1] or of[0] & of[2] or of[1] & of[2])


@given(CASES)
@settings(max_examples=200, deadline=None)
def test_nothing_held_is_older_than_what_trains_and_sizes_are_as_asked(case: dict[str, object]) -> None:
    n, held, valid = int(case["n"]), float(case["held"]), float(case["valid"])  # type: ignore[call-overload, arg-type]
    assume(n > 10)
    times = np.random.default_rng(int(case["seed"])).integers(0, 1000, n)  # type: ignore[call-overload]
    parts = split_rows(times, n, held=held, valid=valid)
    assert times[parts.train].max() <= times[parts.held].min()
    if parts.valid.size:
        assert times[parts.train].max() <= times[parts.valid].min()
        assert times[parts.valid].max() <= times[parts.held].min()
    assert abs(parts.held.size - held * n) <= 1
    assert abs(parts.valid.size - valid * n) <= 1
    for part in (parts.train, parts.valid, parts.held):
        assert (np.diff(times[part]) >= 0).all()


def test_after_a_change_each_regime_is_split_by_itself() -> None:
    times = np.arange(1000)
    parts = split_rows(times, 1000, held=0.2, valid=0.1, since=800)
    assert parts.train.tolist() == [*range(560), *range(800, 900)]
    assert parts.valid.tolist() == [*range(560, 640)]
    assert parts.held.tolist() == [*range(640, 800), *range(900, 1000)]


@pytest.mark.parametrize(
    ("rows_since", "trains", "held"),
    [(0, [], []), (1, [7], []), (2, [6], [7]), (3, [5, 6], [7]), (8, [0, 1, 2, 3], [4, 5, 6, 7])],
)
def test_of_few_rows_since_the_older_half_and_the_odd_one_train(
    rows_since: int, trains: list[int], held: list[int]
) -> None:
    parts = split_rows(np.arange(8), 8, held=0.2, valid=0.1, since=8 - rows_since)
    assert [row for row in parts.train if row >= 8 - rows_since] == trains
    assert [row for row in parts.held if row >= 8 - rows_since] == held


def test_rows_in_no_order_are_ordered_and_those_without_a_time_are_oldest() -> None:
    times = np.array([50, np.iinfo(np.int64).min, 10, 40, 30, 20])
    parts = split_rows(times, 6, held=0.3, valid=0.0)
    assert parts.train.tolist() == [1, 2, 5, 4]
    assert parts.held.tolist() == [3, 0]


def test_a_group_is_as_old_as_its_newest_row() -> None:
    times = np.array([0, 100, 1, 2, 3, 4, 5, 6, 7, 8])
    groups = np.array(["a", "a", *"bcdefghi"])
    assert set(split_rows(times, 10, held=0.2, valid=0.1, groups=groups).held.tolist()) == {0, 1}


def test_a_draw_depends_on_the_seed_alone() -> None:
    one, same, other = (split_rows(None, 50, seed=seed).held.tolist() for seed in (1, 1, 2))
    assert one == same != other
    assert one == sorted(one)
    names = np.array(["x", "y", "z", "w", "v"] * 10)
    renamed = np.array(["q", "b", "k", "a", "m"] * 10)
    first, second = (split_rows(None, 50, groups=groups, seed=1).held.tolist() for groups in (names, renamed))
    assert first == second


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"held": 0.9, "valid": 0.1}, "leave no rows to train"),
        ({"held": -0.1}, "leave no rows to train"),
        ({"since": 5}, "needs times"),
        ({"groups": np.zeros(3)}, "3 groups for 10 rows"),
        ({"times": np.zeros(3, dtype=np.int64)}, "3 times for 10 rows"),
        ({"n": 1}, "cannot be split"),
        ({"groups": np.zeros(10)}, "none could be held.*more groups"),
        ({"n": 2, "times": np.array([1, 9]), "since": 5}, "none could be held"),
    ],
)
def test_what_cannot_be_split_is_refused(more: dict[str, object], words: str) -> None:
    given: dict[str, object] = {"times": None, "n": 10, **more}
    with pytest.raises(WrongUse, match=words):
        split_rows(given.pop("times"), given.pop("n"), **given)  # type: ignore[arg-type]


def test_rows_without_a_group_are_groups_of_their_own() -> None:
    for groups in (np.array(["a", None, "b", "a", None, None], object), np.array([1, np.nan, 2, 1, np.nan, np.nan])):
        parts = split_rows(np.arange(6), 6, held=0.34, valid=0.0, groups=groups)
        assert parts.held.tolist() == [4, 5]
        assert parts.train.tolist() == [0, 1, 2, 3]
