"""What may have befallen one column, each possibility with how well it tells the values that came.

A score is the logarithm of what the values are worth under a possibility over what they are worth as values of the
baseline, and of how likely it is beforehand. A possibility with parameters pays half the logarithm of the rows for each
(Schwarz, "Estimating the dimension of a model", Annals of Statistics 6, 1978). So "as square metres" beats "has drifted
to a tenth of its mean and a tenth of its spread" where both tell the values, and does not where it does not fit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from msgspec import Struct

from holdtrue.foundation import counted, figure, share
from holdtrue.monitors.diagnosis.density import Density, density_of, quantiles_of
from holdtrue.monitors.diagnosis.rows import Floats
from holdtrue.monitors.diagnosis.scores import log_odds, log_odds_of_share, normal_scores
from holdtrue.monitors.diagnosis.units import Rewriting, rewritings
from holdtrue.profiles import NumericReference, mid_ranks

MOST = 400
"""Rows that possibilities are weighed by, spread evenly over those since the change."""
_PARTS = (1.0, 0.8, 0.5, 0.25)
_ENDLESS = 10**9
_FEW = 5


class Hypothesis(Struct, frozen=True, kw_only=True):
    """A possibility.

    Attributes:
        kind: as of `Cause`. clause, words: as of `Cause`, without the column's name.
        score: see above. prior: what of it was known beforehand.
        source: the column whose values these would be, of `copy`.
        telling: gives for each of the values how much it speaks for this; None where each does alike.
        whole: whether all rows are told by it, not only a part of them.
    """

    kind: str
    clause: str
    words: str
    score: float
    prior: float = 0.0
    source: str = ""
    telling: Callable[[Any], Floats] | None = None
    whole: bool = True


def spread_evenly(count: int, most: int = MOST) -> np.ndarray[tuple[int], np.dtype[np.intp]]:
    """Return at most so many places of `count`, spread evenly, the last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, most)).round().astype(np.intp))


def of_number(
    reference: NumericReference, values: Floats, *, unit: str, others: Mapping[str, Density]
) -> list[Hypothesis]:
    """Return what may have befallen a column of numbers, the likeliest first.

    Args:
        values: since the change, shape (n,), NaN for missing. others: densities of the other columns of numbers.
    """
    present = values[~np.isnan(values) & np.isfinite(values)]
    found = [_missing(reference, values)]
    density = density_of(reference)
    if present.size:
        found.append(_stuck(reference, values))
    if present.size >= _FEW and density is not None:
        few = present[spread_evenly(present.size)]
        base = density.log(few)
        signed = reference.min < 0 or float(few.min()) < 0
        found.append(_drift(reference, density, few, base))
        found += [
            _rewritten(each, reference, density, few, base)
            for each in (*rewritings(unit, signed), *_ratio(reference, few))
        ]
        prior = math.log(0.15 / max(1, len(others)))
        found += [_copied(name, each, few, base, prior) for name, each in others.items()]
    return sorted((each for each in found if each.score > -math.inf), key=lambda each: -each.score)


def _drift(reference: NumericReference, density: Density, values: Floats, base: Floats) -> Hypothesis:
    scores = normal_scores(mid_ranks(reference, values))
    found = [log_odds(scores, _ENDLESS)]
    points, n = density.points, values.size
    for middle, now in ((float(points.mean()), float(values.mean())), (density.middle, float(np.median(values)))):
        spread = float(points.std()) or 1.0
        for scale in (1.0, max(float(values.std()) / spread, 0.2)):
            moved = density.log((values - now) / scale + middle) - math.log(scale)
            shift = (now - middle) / spread
            # True drift is seldom by more than a standard deviation, or of the spread by more than a half.
            unlikely = 1.5 * (math.log1p(shift * shift) + math.log1p((math.log(scale) / 0.5) ** 2))
            free = 1 if scale == 1.0 else 2
            found.append(float((moved - base).sum()) - free * 0.5 * math.log(n) - unlikely)
    return Hypothesis(kind="drift", clause="", words="", score=max(found) + math.log(0.5))


def _rewritten(
    how: Rewriting, reference: NumericReference, density: Density, values: Floats, base: Floats
) -> Hypothesis:
    with np.errstate(over="ignore", invalid="ignore"):
        written = density.log(how.back(values)) + how.stretch(values)
    best, part = -math.inf, 1.0
    for each in _PARTS:
        mixed = written if each == 1.0 else np.logaddexp(math.log(1 - each) + base, math.log(each) + written)
        gain = float((mixed - base).sum()) - (0.0 if each == 1.0 else math.log(values.size))
        if gain > best:
            best, part = gain, each
    told = values if part == 1.0 or not (written > base).any() else values[written > base]
    fits = _fits(reference, how.back(values)) if part == 1.0 else True
    where = "" if part == 1.0 else f", {share(told.size / values.size)} of the rows"
    return Hypothesis(
        kind=how.kind,
        clause=_clause(how) + ("" if part == 1.0 else " in a part of the rows"),
        words=_rewriting_words(how, reference, told, fits) + where,
        score=best + how.prior - (0.0 if fits else 0.1 * abs(best)),
        telling=lambda new: density.log(how.back(new)) + how.stretch(new) - density.log(new),
        whole=part == 1.0,
    )


def _clause(how: Rewriting) -> str:
    if how.words:
        return f"written {how.words}" if how.kind == "unit" else how.words
    return f"{figure(how.factor)} times what it was" + ("" if how.kind != "unit" else ": another unit")


def _rewriting_words(how: Rewriting, reference: NumericReference, values: Floats, fits: bool) -> str:
    clause = _clause(how)
    back = "; written back, they are as before" if fits else "; written back, they are not quite as before"
    if how.kind == "unit":
        middle, low, high = _ratio_of_middles(reference, values)
        if middle and how.factor:
            times = f"its values are {figure(middle)} times those of before ({low} to {high} by the medians)"
            return f"{clause}: {times}{back}"
    if how.kind == "sign":
        below = float((values < 0).mean())
        share_before = _below_zero(reference)
        return f"{clause}: {share(below)} of its values are below 0, {share(share_before)} were{back}"
    return f"{clause}{back}"


def _below_zero(reference: NumericReference) -> float:
    return float(mid_ranks(reference, np.array([0.0]))[0]) if reference.n else 0.0


def _ratio_of_middles(reference: NumericReference, values: Floats) -> tuple[float, str, str]:
    then = float(quantiles_of(reference, np.array([0.5]))[0])
    if not then:
        return 0.0, "", ""
    n, ordered = values.size, np.sort(values)
    half = 0.98 * math.sqrt(n)
    ends = [ordered[min(n - 1, max(0, round(n / 2 + sign * half)))] / then for sign in (-1, 1)]
    return float(np.median(values)) / then, figure(min(ends)), figure(max(ends))


def _ratio(reference: NumericReference, values: Floats) -> list[Rewriting]:
    """Return a factor that is of no units known here: the ratio of the medians, where it is two or more."""
    then, now = float(quantiles_of(reference, np.array([0.5]))[0]), float(np.median(values))
    if then * now <= 0 or abs(math.log(now / then)) < math.log(2):
        return []
    factor = now / then
    return [
        Rewriting(
            kind="unit",
            words="",
            prior=math.log(0.02) - 0.5 * math.log(values.size),
            back=lambda new: new / factor,
            stretch=lambda new: np.full(new.shape, -math.log(factor)),
            factor=factor,
        )
    ]


def _fits(reference: NumericReference, values: Floats) -> bool:
    """Return whether values are the baseline's by the test of Kolmogorov and Smirnov, at 1%."""
    known = values[np.isfinite(values)]
    if not known.size:
        return False
    ranks = np.sort(mid_ranks(reference, known))
    n = ranks.size
    ties = float(reference.equal_to_cuts().max()) / max(reference.n, 1)
    distance = max(float((np.arange(1, n + 1) / n - ranks).max()), float((ranks - np.arange(n) / n).max()))
    return distance - ties / 2 <= 1.63 * math.sqrt(1 / n + 1 / max(reference.n, 1))


def _copied(source: str, density: Density, values: Floats, base: Floats, prior: float) -> Hypothesis:
    gain = float((density.log(values) - base).sum())
    return Hypothesis(
        kind="copy",
        clause=f"holding the values of {source}",
        words=f"holding the values of {source}: they are spread as those of {source} were",
        score=gain + prior,
        prior=prior,
        source=source,
    )


def _stuck(reference: NumericReference, values: Floats) -> Hypothesis:
    levels, counts = np.unique(values[~np.isnan(values)], return_counts=True)
    top = int(counts.argmax())
    value, hits, n = float(levels[top]), int(counts[top]), values.size
    at = np.searchsorted(reference.cut_values(), value)
    known = at < reference.cut_values().size and reference.cut_values()[at] == value
    equal = int(reference.equal_to_cuts()[at]) if known else 0
    if hits < _FEW or hits / n < 0.3 or equal / max(reference.n, 1) > 0.5:
        return Hypothesis(kind="stuck", clause="", words="", score=-math.inf)
    run = _longest_run(values == value)
    before = share(equal / max(reference.n, 1))
    return Hypothesis(
        kind="stuck",
        clause=f"stuck at {figure(value)}",
        words=f"stuck at {figure(value)}: {hits:,} of {counted(n, 'row')} have that value, up to {run:,} on end; "
        f"{before} of the baseline had it",
        score=log_odds_of_share(equal, reference.n, hits, n) + math.log(0.08) + _tied(hits, equal, reference.n),
        telling=lambda new: np.where(new == value, 1.0, -1.0),
        whole=hits == n,
    )


def _tied(hits: int, before: int, baseline_rows: int) -> float:
    # That many values are the very same one is what no shift or change of unit would bring about.
    return hits * math.log(max(baseline_rows, 2)) / 2 if before < 0.05 * baseline_rows else 0.0


def _missing(reference: NumericReference, values: Floats) -> Hypothesis:
    absent = np.isnan(values)
    hits, n = int(absent.sum()), values.size
    whole = reference.n + reference.missing
    before = reference.missing / whole if whole else 0.0
    if not n or hits / n <= before:
        return Hypothesis(kind="missing", clause="", words="", score=-math.inf)
    return Hypothesis(
        kind="missing",
        clause="missing values",
        words=missing_words(absent, before),
        score=log_odds_of_share(reference.missing, whole, hits, n) + math.log(0.3),
        telling=lambda new: np.where(np.isnan(new), 1.0, -1.0),
        whole=hits == n,
    )


def missing_words(absent: np.ndarray[tuple[int], np.dtype[np.bool_]], before: float) -> str:
    """Say how many values are missing, and whether they come in bursts."""
    hits, n = int(absent.sum()), absent.size
    rate, run = hits / n, _longest_run(absent)
    usual = math.log(n) / -math.log(rate) if 0 < rate < 1 else n
    bursts = f", up to {run:,} rows on end" if run >= 4 and run > 2 * usual else ""
    return f"missing values: {hits:,} of {counted(n, 'row')} lack it{bursts}; {share(before)} of the baseline did"


def _longest_run(hits: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> int:
    longest = run = 0
    for hit in hits.tolist():
        run = run + 1 if hit else 0
        longest = max(longest, run)
    return longest
