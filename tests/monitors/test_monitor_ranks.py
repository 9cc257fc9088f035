"""Ranks and bets: equal to their plain definitions."""

from __future__ import annotations

import math
from collections import Counter
from statistics import NormalDist

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdtrue.monitors.detectors.bets import CELLS, CLIP, COUNT, PLACES, SPREADS, STAKES, bets
from holdtrue.monitors.detectors.levels import CategoryLevels
from holdtrue.monitors.detectors.ranks import NumericRanks
from holdtrue.profiles import category_reference, numeric_reference


@pytest.mark.parametrize("tolerance", [0.0, 0.1])
def test_bets_have_mean_one_or_less_and_at_most_one_within_the_tolerance(tolerance: float) -> None:
    grid = bets(tolerance)
    assert (grid.steps.mean(axis=0) <= 1 + 1e-12).all()
    assert (grid.steps > 0).all()
    rng = np.random.default_rng(0)
    normal = NormalDist()
    for move in (tolerance, -tolerance):
        z = rng.normal(size=20_000) + move
        ranks = np.array([normal.cdf(score) for score in z])
        means = grid.steps[(ranks * CELLS).astype(int).clip(0, CELLS - 1)].mean(axis=0)
        assert (means <= 1.05).all()


def test_bets_are_the_likelihood_ratios_within_the_clip() -> None:
    grid = bets(0.0)
    first = round(CLIP * CELLS)
    for bet, (delta, sigma) in enumerate([(d, 1.0) for d in PLACES] + [(0.0, s) for s in SPREADS]):
        z = [NormalDist().inv_cdf((cell + 0.5) / CELLS) for cell in (1400, 800)]
        exact = [math.exp(v * v / 2 - (v - delta) ** 2 / (2 * sigma**2)) / sigma for v in z]
        assert grid.steps[1400, bet] / grid.steps[800, bet] == pytest.approx(exact[0] / exact[1], rel=1e-4)
        assert (grid.steps[:first, bet] == grid.steps[0, bet]).all()
        assert grid.steps[first, bet] != grid.steps[0, bet]
    assert grid.steps.max() < 8.2
    assert grid.shares[0].tolist() == [1.0] * COUNT and (np.diff(grid.shares, axis=0) <= 0).all()
    # Four wild rows multiply what counts by no more than three, or two of a smaller bet.
    assert (grid.steps[-1] ** 4 * grid.shares[4])[6] == pytest.approx(grid.steps[-1, 6] ** 3)
    assert (grid.steps[-1] ** 4 * grid.shares[4])[10] == pytest.approx(grid.steps[-1, 10] ** 2)


def test_stakes_add_up_and_up_is_staked_as_down_is() -> None:
    assert math.fsum(STAKES) == pytest.approx(1.0, abs=1e-12) and len(STAKES) == COUNT
    places = dict(zip(PLACES, STAKES, strict=False))
    assert all(places[delta] == places[-delta] > 0 for delta in PLACES)


@given(low=st.floats(0, 0.999), width=st.floats(1e-6, 1))
def test_averages_of_bets_are_their_integrals(low: float, width: float) -> None:
    grid = bets(0.0)
    high = min(1.0, low + width)
    edges = np.clip(np.arange(CELLS + 1) / CELLS, low, high)
    slow = (grid.steps * np.diff(edges)[:, None]).sum(axis=0) / (high - low)
    np.testing.assert_allclose(grid.average(np.array([low]), np.array([high]))[0], slow, rtol=1e-6)


numbers = st.lists(st.one_of(st.integers(-3, 3).map(float), st.floats(-5, 5), st.just(math.nan)), max_size=40)


@settings(deadline=None)
@given(base=numbers, other=numbers, live=st.lists(st.integers(-4, 4).map(float) | st.just(math.nan), max_size=40))
def test_ranks_are_those_counted_by_hand(base: list[float], other: list[float], live: list[float]) -> None:
    references = [numeric_reference(np.array(base)), numeric_reference(np.array(other), bins=5)]
    ranks = NumericRanks([references])
    values = np.array([live, live[::-1]]).T.reshape(-1, 2)
    seasons = np.zeros(len(values), dtype=np.int64)
    bins, ties = ranks.locate(values, seasons)
    low, high = ranks.intervals(bins, ties, seasons)
    for c, (given_values, reference) in enumerate(zip((base, other), references, strict=True)):
        seen = [x for x in given_values if not math.isnan(x)]
        cuts = reference.cut_values().tolist()
        often = {cut for cut in cuts if seen.count(cut) > 1}

        def class_of(x: float, cuts: list[float] = cuts, often: set[float] = often) -> tuple[float, bool]:
            """The next cut, and whether the value is that cut itself and the cut has a class of its own."""
            above = next((cut for cut in cuts if cut >= x), math.inf)
            return above, x == above and above in often

        for row, x in enumerate(values[:, c]):
            if math.isnan(x):
                assert (low[row, c], high[row, c]) == (0.0, 1.0)
                continue
            less = sum(class_of(y) < class_of(x) for y in seen)
            same = sum(class_of(y) == class_of(x) for y in seen) + (class_of(x)[0] == math.inf)
            tie = class_of(x)[0] in often
            assert low[row, c] == less / (len(seen) + 1)
            assert high[row, c] == min(1.0, (less + same + tie) / (len(seen) + 1))
            seen.append(x)
    ranks.add(bins, seasons)
    again = NumericRanks([references], ranks.live)
    np.testing.assert_array_equal(ranks.intervals(bins, ties, seasons), again.intervals(bins, ties, seasons))


@settings(deadline=None)
@given(
    bases=st.tuples(numbers, numbers),
    live=st.lists(st.tuples(st.integers(-4, 4).map(float) | st.just(math.nan), st.integers(0, 1)), max_size=40),
)
def test_each_season_is_ranked_by_itself(bases: tuple[list[float], list[float]], live: list[tuple[float, int]]) -> None:
    references = [[numeric_reference(np.array(base), bins=9)] for base in bases]
    values, seasons = np.array([x for x, _ in live])[:, None], np.array([s for _, s in live], dtype=np.int64)
    both = NumericRanks(references)
    bins, ties = both.locate(values, seasons)
    low, high = both.intervals(bins, ties, seasons)
    both.add(bins, seasons)
    for season in (0, 1):
        own, mine = NumericRanks([references[season]]), values[seasons == season]
        alone = np.zeros(len(mine), dtype=np.int64)
        own_bins, own_ties = own.locate(mine, alone)
        own_low, own_high = own.intervals(own_bins, own_ties, alone)
        np.testing.assert_array_equal(low[seasons == season], own_low)
        np.testing.assert_array_equal(high[seasons == season], own_high)
        own.add(own_bins, alone)
        width = own.live.shape[1]
        np.testing.assert_array_equal(both.live[season, :width], own.live[0])


@given(
    bases=st.tuples(st.lists(st.sampled_from("abcd"), max_size=60), st.lists(st.sampled_from("abcd"), max_size=60)),
    live=st.lists(st.tuples(st.sampled_from("abcxy"), st.integers(0, 1)), min_size=1, max_size=60),
)
def test_each_season_has_its_bag(bases: tuple[list[str], list[str]], live: list[tuple[str, int]]) -> None:
    both = CategoryLevels([category_reference(base) for base in bases])
    own = [CategoryLevels([category_reference(base)]) for base in bases]
    nought = np.zeros(1, dtype=np.int64)
    for value, season in live:
        at = np.array([season])
        both.promote(value, season)
        own[season].promote(value, 0)
        lot, alone = both.propose([value], at), own[season].propose([value], nought)
        for place, name in enumerate(both.classes):
            # A level that has a class for the other season's sake is not judged, and counts among the rare.
            if name not in own[season].classes:
                assert not lot.active[0, place]
                continue
            mine = own[season].classes.index(name)
            assert lot.active[0, place] == alone.active[0, mine]
            assert lot.hits[0, place] == alone.hits[0, mine]
            if lot.active[0, place]:
                assert lot.shares[0, place] == alone.shares[0, mine]
        both.add(lot, 1, at)
        own[season].add(alone, 1, nought)


def drawn(rng: np.random.Generator, n: int) -> list[str | None]:
    """Names of a few common levels and many rare ones."""
    plain = rng.choice(["a", "b", "c"], size=n, p=[0.7, 0.2, 0.1]).tolist()
    return [f"odd {rng.integers(40)}" if rng.random() < 0.3 else None if rng.random() < 0.1 else v for v in plain]


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 10_000), n=st.integers(0, 300))
def test_classes_of_names_depend_on_the_bag_alone(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    base = drawn(rng, n)
    levels = CategoryLevels([category_reference(base)])
    bag = ["(missing)" if value is None else value for value in base]
    for value in drawn(rng, 80):
        levels.promote(value, 0)
        lot = levels.propose([value], np.zeros(1, dtype=np.int64))
        bag.append("(missing)" if value is None else value)
        counts = Counter(bag)
        common = [level for level, count in counts.items() if count >= max(10, 0.01 * len(bag))]
        assert set(common) <= set(levels.common)
        single = [level for level, count in counts.items() if count == 1]
        classes = [single, set(counts) - set(common) - set(single), *([level] for level in levels.common)]
        assert lot.active[0].tolist() == [True, True, *(level in common for level in levels.common)]
        for place, members in enumerate(classes):
            if lot.active[0, place]:
                assert lot.hits[0, place] == (bag[-1] in members)
                assert lot.shares[0, place] == sum(counts[level] for level in members) / len(bag)
        levels.add(lot, 1, np.zeros(1, dtype=np.int64))


@pytest.mark.parametrize(("seed", "cuts", "n"), [(0, 1, 10), (1, 4, 13), (2, 12, 12)])
def test_bins_of_unchanged_numbers_are_an_urn(seed: int, cuts: int, n: int) -> None:
    """The chance that the next value falls into a bin, over draws of data, is the width of its interval of ranks."""
    rng = np.random.default_rng(seed)
    values = rng.random((1500, n + 1))
    hits, widths = np.zeros(cuts + 1), np.zeros(cuts + 1)
    for draw in values:
        ranks = NumericRanks([[numeric_reference(draw[:n], bins=cuts)]])
        bins, _ = ranks.locate(draw[n:, None], np.zeros(len(draw) - n, dtype=np.int64))
        hits[bins[0, 0]] += 1
        each = np.arange(cuts + 1)[:, None]
        for place in each:
            low, high = ranks.intervals(place[None], np.zeros((1, 1), dtype=bool), np.zeros(1, dtype=np.int64))
            widths[place] += (high - low)[0]
    assert (np.abs(hits - widths) <= 5 * np.sqrt(widths)).all()
