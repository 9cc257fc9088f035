"""Normal scores of values in the baseline, and how much a lot of values speaks for a change.

The evidence of a change is a Bayes factor: what the values are worth under a mixture of changes over what they are
worth under none, so that it is 20 or more by chance in at most one of twenty columns that have not changed. The
baseline is a sample too: with N rows of it and n live ones the likelihood counts N / (N + n) of what it would (the
normal scores' mean then has exactly the variance that the mixture takes it to have).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import lgamma, log
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from holdtrue.monitors.diagnosis.rows import Floats, Values
from holdtrue.profiles import MISSING, CategoryReference, NumericReference, Reference, fold, mid_ranks

PLACES = tuple(sign * delta for delta in (0.125, 0.25, 0.5, 0.75, 1.0, 1.5, 2.0) for sign in (1, -1))
SPREADS = (0.5, 0.7, 0.85, 1.0, 1.2, 1.5)
CLIP = 0.002
FEW = 12
"""A number with so few different values is judged by the share of each."""

_TABLE = np.array([NormalDist().inv_cdf(min(max(u, CLIP), 1 - CLIP)) for u in np.arange(4097) / 4096])


def normal_scores(ranks: Floats) -> Floats:
    """Return the normal scores of ranks in [0, 1], clipped at 0.002; NaN stays.

    Example:
        >>> normal_scores(np.array([0.5, 1.0])).round(2).tolist()
        [0.0, 2.88]
    """
    known = np.where(np.isnan(ranks), 0.5, ranks)
    return np.where(np.isnan(ranks), np.nan, np.interp(known, np.arange(4097) / 4096, _TABLE))


def scores_of(
    whole: NumericReference,
    values: Floats,
    seasonal: Sequence[Mapping[str, Reference]] = (),
    quantity: str = "",
    seasons: NDArray[np.int64] | None = None,
) -> Floats:
    """Return the normal score of each value in the baseline, of its own season where there are seasons."""
    if seasons is None or not seasonal:
        return _standard(whole, values)
    found = np.empty(values.size)
    for season in np.unique(seasons).tolist():
        own, rows = seasonal[season].get(quantity, whole), seasons == season
        found[rows] = _standard(own if isinstance(own, NumericReference) and own.n else whole, values[rows])
    return found


def _standard(reference: NumericReference, values: Floats) -> Floats:
    """Return normal scores that have mean 0 and spread 1 over the baseline: those of ties have not by themselves."""
    if not reference.n:
        return np.zeros(values.size)
    cuts = normal_scores(mid_ranks(reference, reference.cut_values()))
    weights = reference.below_cuts() + reference.equal_to_cuts()
    middle = float(np.average(cuts, weights=weights))
    spread = float(np.average((cuts - middle) ** 2, weights=weights)) ** 0.5
    return np.asarray((normal_scores(mid_ranks(reference, values)) - middle) / max(spread, 0.2))


def log_odds(scores: Floats, baseline_rows: int) -> float:
    """Return the natural logarithm of the evidence that normal scores, shape (n,), are standard no more."""
    z = scores[~np.isnan(scores)]
    if not z.size:
        return 0.0
    weight = baseline_rows / (baseline_rows + z.size)
    n, total, squares = z.size, float(z.sum()), float((z * z).sum())
    found = []
    for sigma in SPREADS:
        for delta in (0.0, *PLACES) if sigma != 1.0 else PLACES:
            off = squares - 2 * delta * total + n * delta * delta
            found.append(weight * (squares / 2 - off / (2 * sigma * sigma) - n * log(sigma)))
    return _mean_of(found)


def log_odds_of_share(before: int, rows_before: int, now: int, rows_now: int) -> float:
    """Return the logarithm of the evidence that a share has changed: two beta-binomials against one."""
    return (
        _beta(now, rows_now - now) + _beta(before, rows_before - before)
        - _beta(now + before, rows_now - now + rows_before - before) - _beta(0, 0)
    )  # fmt: skip


def log_odds_of_levels(before: Mapping[Any, int], now: Mapping[Any, int]) -> float:
    """Return the logarithm of the evidence that the shares of levels have changed: two Dirichlet-multinomials."""
    levels = sorted({*before, *now})
    prior = 1.0 / len(levels) if levels else 1.0
    whole = {level: before.get(level, 0) + now.get(level, 0) for level in levels}
    return _dirichlet(before, levels, prior) + _dirichlet(now, levels, prior) - _dirichlet(whole, levels, prior)


def counted_levels(reference: CategoryReference, values: Sequence[str]) -> dict[str, int]:
    """Count the levels of values as the reference does."""
    found: dict[str, int] = {}
    for value in values:
        level = fold(value) if reference.folded else value
        found[level] = found.get(level, 0) + 1
    return found


def evidence_of(reference: Reference, values: Values, scores: Floats | None = None) -> float:
    """Return the logarithm of the evidence that a column's values, present or missing, are another lot than before.

    Args:
        scores: their normal scores, where they were worked out by season.

    Example:
        >>> from holdtrue.profiles import numeric_reference
        >>> ref = numeric_reference(np.random.default_rng(0).normal(size=2000))
        >>> [bool(evidence_of(ref, ref.cut_values()[::9] + shift) > 6) for shift in (0, 1)]
        [False, True]
    """
    if isinstance(reference, CategoryReference):
        assert isinstance(values, list)
        return log_odds_of_levels(reference.levels, counted_levels(reference, values))
    assert isinstance(values, np.ndarray)
    absent = int(np.isnan(values).sum())
    missing = log_odds_of_share(reference.missing, reference.n + reference.missing, absent, values.size)
    cuts = reference.cut_values()
    if cuts.size <= FEW:
        before = dict(zip(cuts.tolist(), reference.equal_to_cuts().tolist(), strict=True))
        levels, counts = np.unique(values[~np.isnan(values)], return_counts=True)
        return _mean_of([log_odds_of_levels(before, dict(zip(levels.tolist(), counts.tolist(), strict=True))), missing])
    own = scores_of(reference, values) if scores is None else scores
    return _mean_of([log_odds(own, max(reference.n, 1)), missing])


def share_of_level(reference: Reference, level: str) -> tuple[int, int]:
    """Return how many rows of the baseline had a level, or were missing, and how many rows there were."""
    if isinstance(reference, CategoryReference):
        return reference.levels.get(level, 0), reference.n
    return (reference.missing if level == MISSING else 0), reference.n + reference.missing


def _mean_of(logs: Sequence[float]) -> float:
    return float(np.logaddexp.reduce(np.array(logs)) - log(len(logs)))


def _beta(a: float, b: float) -> float:
    return lgamma(a + 0.5) + lgamma(b + 0.5) - lgamma(a + b + 1)


def _dirichlet(counts: Mapping[Any, int], levels: Sequence[Any], prior: float) -> float:
    n = sum(counts.values())
    whole = prior * len(levels)
    return (
        lgamma(whole) - lgamma(whole + n)
        + sum(lgamma(counts.get(level, 0) + prior) - lgamma(prior) for level in levels)
    )  # fmt: skip
