"""The smallest change of a quantity that is worth an alarm, and what it takes off the bets.

A tolerance is stated in one of three ways: in standard deviations of a normal score, as a probability of superiority
(that a value now is greater than one before), or as an amount in the quantity's own unit. Bets are divided by the
largest mean they can have within it: so while nothing has changed by more, each has mean 1 at most, and the rate of
false alarms holds.

- Of normal scores: no score moves by more, see `bets`. Of superiority p: the same, by sqrt(2) PhiInverse(p), which two
  normal values that far apart have.
- Of an amount x: no value moves by more than x. The largest mean is taken over the four extreme moves: all values up by
  x, all down, all away from the middle, all towards it; at the ranks that the baseline's values then have.
"""

from __future__ import annotations

import math
from collections.abc import Container, Mapping
from statistics import NormalDist
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from holdtrue.foundation import WrongUse
from holdtrue.monitors.detectors.bets import CELLS, Bets, bets, largest_means
from holdtrue.profiles import RANKS, BlockReference, CategoryReference, NumericReference, Reference, mid_ranks

Floats = NDArray[np.float64]
Stated = float | str

_FORM = 'write a number in its own unit, such as 50, or "0.2 sd", or "0.55 superiority"'
_PLAIN = ("inputs", "predictions", "errors", "labels")
"""Groups whose quantities are named without their group."""


def tolerance_of(tolerances: Mapping[str, Stated], group: str, quantity: str) -> Stated | None:
    """Return what is stated for a quantity, by its name or, of any group, as `GROUP.QUANTITY`.

    Example:
        >>> given = {"area": 50.0, "attributions.area": "0.2 sd"}
        >>> tolerance_of(given, "inputs", "area"), tolerance_of(given, "attributions", "area")
        (50.0, '0.2 sd')
    """
    own = tolerances.get(f"{group}.{quantity}")
    return tolerances.get(quantity) if own is None and group in _PLAIN else own


def unusable(
    tolerances: Mapping[str, Stated],
    groups: Mapping[str, Mapping[str, Reference]],
    later: Mapping[str, tuple[str, ...]] = MappingProxyType({}),
) -> dict[str, str]:
    """Return the tolerances that say nothing of a baseline, each with why.

    Args:
        groups: the baseline's. later: the quantities of groups whose reference live rows will give.
    """
    found = {}
    for name, stated in tolerances.items():
        held = [
            quantities[quantity]
            for group, quantities in groups.items()
            for quantity in quantities
            if tolerance_of({name: stated}, group, quantity) is not None
        ]
        named = [group for group, names in later.items() for each in names if tolerance_of({name: stated}, group, each)]
        if not held and not named:
            found[name] = "there is no such quantity"
        elif not isinstance(stated, str) and any(isinstance(each, CategoryReference) for each in held):
            found[name] = "it has names for values, and no unit: state superiority"
    return found


def usable(tolerances: Mapping[str, Stated], idle: Container[str]) -> dict[str, Stated]:
    """Return the tolerances that are not among those `unusable` names."""
    return {name: stated for name, stated in tolerances.items() if name not in idle}


def checked(name: str, stated: Stated) -> Stated:
    """Return a stated tolerance if it is one.

    Raises:
        WrongUse: it is none; the hint says what to write.
    """
    if isinstance(stated, str):
        scores_of(name, stated)
    elif not 0 <= stated < math.inf:
        raise WrongUse(f"the tolerance of {name} is {stated:g}", hint=f"0 or more: {_FORM}")
    return stated


def scores_of(name: str, stated: str) -> float:
    """Return a tolerance that is stated in words, in normal scores.

    Raises:
        WrongUse: it is none, or too large to leave anything to find.

    Example:
        >>> scores_of("area", "0.2 sd"), round(scores_of("area", "0.55 superiority"), 3)
        (0.2, 0.178)
    """
    number, _, word = stated.strip().partition(" ")
    try:
        value = float(number)
    except ValueError:
        value = math.nan
    if word == "sd" and 0 <= value < 2:
        return value
    if word == "superiority" and 0.5 <= value <= 0.9:
        return math.sqrt(2) * NormalDist().inv_cdf(value)
    limits = "under 2 sd, or from 0.5 to 0.9 superiority"
    raise WrongUse(f"the tolerance of {name} is {stated!r}", hint=f"{limits}: {_FORM}")


def bets_within(name: str, stated: Stated, reference: Reference | BlockReference, scores: float) -> Bets:
    """Return the bets on a quantity with a tolerance of its own.

    Args:
        reference: what it is held against. scores: the tolerance of its group, in normal scores.

    Raises:
        WrongUse: an amount is stated of names.
    """
    if isinstance(stated, str):
        within, of_ranks = largest_means(scores_of(name, stated)), False
    else:
        within, of_ranks = _within_amount(name, stated, reference), True
    return bets(scores).taking_off(largest_means(scores) / within, of_ranks=of_ranks)


def _within_amount(name: str, amount: float, reference: Reference | BlockReference) -> Floats:
    if isinstance(reference, CategoryReference):
        raise WrongUse(f"{name} has names for values, and no unit", hint='state its tolerance as "0.55 superiority"')
    if isinstance(reference, NumericReference):
        return _largest_within(reference, amount)
    whole = reference.whole
    if isinstance(whole, CategoryReference):
        raise WrongUse(f"{name} has names for values, and no unit", hint='state its tolerance as "0.55 superiority"')
    # A block is judged by the mean rank of its rows: it moves by as much as all their ranks do on average.
    values, weights = _values(whole)
    ranks = mid_ranks(whole, values)
    moves = [abs(float(((mid_ranks(whole, values + move) - ranks) * weights).sum())) for move in (amount, -amount)]
    return _largest_within(reference.lanes[RANKS], max(moves))


def _largest_within(reference: NumericReference, amount: float) -> Floats:
    """Return the largest mean of each bet, 1 at least, if no value of a reference moves by more than an amount."""
    steps = bets(0.0).steps
    values, weights = _values(reference)
    if not values.size or amount == 0:
        return np.ones(steps.shape[1])
    middle = float(np.interp(0.5, np.cumsum(weights), values))
    towards = np.clip(middle - values, -amount, amount)
    largest = np.ones(steps.shape[1])
    for move in (amount, -amount, np.where(values >= middle, amount, -amount), towards):
        ranks = mid_ranks(reference, values + move)
        cells = np.minimum((ranks * CELLS).astype(np.intp), CELLS - 1)
        largest = np.maximum(largest, (steps[cells] * weights[:, None]).sum(axis=0))
    return largest


def _values(reference: NumericReference) -> tuple[Floats, Floats]:
    """Return values that stand for a reference's, and the share of each: its cuts, each for those up to it."""
    cuts = reference.cut_values()
    shares = (reference.below_cuts() + reference.equal_to_cuts()).astype(np.float64)
    finite = np.isfinite(cuts)
    return cuts[finite], shares[finite] / max(shares[finite].sum(), 1.0)
