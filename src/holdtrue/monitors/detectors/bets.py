"""Bets against "nothing has changed": densities on [0, 1] that a conformal rank would have after a change.

A bet `e` has mean 1 over a uniform rank, so evidence that is multiplied by `e(rank)` grows only if ranks are not
uniform. With z the normal score of the rank, a bet on place is `exp(delta z - delta^2 / 2)` and one on spread
`exp(z^2 / 2 (1 - 1 / sigma^2)) / sigma`: the likelihood ratios of a normal value that has moved by delta, or whose
standard deviation has become sigma. Ranks are clipped to [0.005, 0.995] and no bet is on a shift beyond 1 sd, so none
pays more than 8.2 to one; each bet is then scaled back to mean 1.

A handful of wild rows is no change. A rank beyond the clip is *extreme*; of the extreme rows on one side among the last
`NEAR` of a bet's fortune `FREE` count in full, and those after them, up to `EXTREMES`, do not: what counts is the
evidence over what they can have paid. A bet on greater spread looks to both sides, so for it a row on one side makes up
for one on the other. What counts is never more than the evidence, so the rate of false alarms is no greater.

Bets have stakes: shares of the evidence that they begin with. A stake that is e times larger saves about `1 / KL` rows
of a change the bet is right about, KL what a row tells of it: 32 rows of a shift by a quarter of a standard deviation,
2 of one by a whole. So most is staked on small changes (`benchmarks/grid_of_bets.py` compares grids).

The densities are kept as steps on 2,000 equal cells (each cell its exact average, so the mean stays exactly 1), which
makes the average of a bet over any interval of ranks two look-ups: that is how ties are judged, without drawing lots.
"""

from __future__ import annotations

import math
from copy import copy
from functools import cache, cached_property
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

CELLS = 2000
CLIP = 0.005
PLACES = (0.125, -0.125, 0.25, -0.25, 0.5, -0.5, 1.0, -1.0)
SPREADS = (0.5, 0.7, 1.3, 2.0)
STAKES = (0.035, 0.035, 0.18, 0.18, 0.06, 0.06, 0.095, 0.095, 0.02, 0.03, 0.2, 0.01)
"""Of the bets on place, then of those on spread; they add up to 1."""
COUNT = len(PLACES) + len(SPREADS)
NEAR, EXTREMES = 64, 4
FREE = (2, 2, 2, 2, 2, 2, 3, 3, 2, 2, 2, 3)
"""Of so many extreme rows near each other, how many count for each bet: one more where a change is large."""

Floats = NDArray[np.float64]


class Bets:
    """The grid of bets at one tolerance.

    Attributes:
        steps: density of each bet in each cell, shape (CELLS, COUNT), times what the tolerance takes off.
        area, step: what a bet has gathered before each cell, and gathers in it, shape (CELLS + 1, COUNT).
        stakes: of each bet, shape (COUNT,). factors: what a quantity's own tolerance takes off besides, (COUNT,), 1 for
            nothing. of_ranks: whether that is so of ranks alone, and not of the shares of levels and of missing values.
    """

    def __init__(self, steps: Floats) -> None:
        self.steps = steps
        self.factors: Floats = np.ones(steps.shape[1])
        self.of_ranks = False
        self.stakes: Floats = np.array(STAKES)
        width = 1.0 / CELLS
        nothing = np.zeros((1, steps.shape[1]))
        self.area = np.concatenate([nothing, np.cumsum(steps * width, axis=0)])
        self.step = np.concatenate([steps * width, nothing])

    def taking_off(self, factors: Floats, *, of_ranks: bool) -> Bets:
        """Return the same bets with what a tolerance of one quantity takes off them besides."""
        found = copy(self)
        found.factors, found.of_ranks = factors, of_ranks
        return found

    @cached_property
    def shares(self) -> Floats:
        """What counts of a bet's evidence with 0, 1, ... extreme rows in it, shape (EXTREMES + 1, COUNT)."""
        most = np.maximum(np.maximum(self.steps[0], self.steps[-1]), 1.0)
        beyond = np.maximum(np.arange(EXTREMES + 1)[:, None] - np.array(FREE), 0)
        return np.asarray(1.0 / most**beyond)

    def average(self, low: Floats, high: Floats) -> Floats:
        """Return each bet's average over the ranks from `low` to `high`, 0 <= low < high <= 1.

        Args:
            low, high: any one shape s.

        Returns:
            float64 of shape (*s, COUNT), above 0.
        """
        out = self._until(high)
        out -= self._until(low)
        out /= (high - low)[..., None]
        return out

    def _until(self, rank: Floats) -> Floats:
        place = rank * CELLS
        cell = place.astype(np.intp)
        out = np.take(self.step, cell, axis=0)
        out *= (place - cell)[..., None]
        out += np.take(self.area, cell, axis=0)
        return out


@cache
def bets(tolerance: float = 0.0) -> Bets:
    """Return the grid of bets, each divided by the largest mean it can have within a tolerance.

    A change is within a tolerance t if |PhiInverse(G(x)) - PhiInverse(F(x))| <= t for all x (F before, G after): if no
    normal score moves by more than t. A bet on place has its largest mean where all scores move by t its way, one on
    greater spread where all move away from the middle, one on less where all move towards it.

    Example:
        >>> bool(abs(bets().steps.mean(axis=0) - 1).max() < 1e-12)
        True
    """
    z = _edges()
    columns = [_steps(delta, 1.0, z, tolerance) for delta in PLACES]
    columns += [_steps(0.0, sigma, z, tolerance) for sigma in SPREADS]
    return Bets(np.ascontiguousarray(np.stack(columns, axis=1)))


@cache
def change_and_mirror(shift: float, spread: float) -> Bets:
    """Return two bets that are no part of the grid: on one change, and on as large a one the other way.

    Example:
        >>> change_and_mirror(0.5, 1.0).average(np.array([0.5]), np.array([1.0])).round(2).tolist()
        [[1.38, 0.62]]
    """
    z = _edges()
    columns = [_steps(shift, spread, z, 0.0), _steps(-shift, 1 / spread, z, 0.0)]
    return Bets(np.ascontiguousarray(np.stack(columns, axis=1)))


@cache
def largest_means(tolerance: float) -> Floats:
    """Return the largest mean of each bet within a tolerance of normal scores, shape (COUNT,), see `bets`.

    Example:
        >>> largest_means(0.0).tolist() == [1.0] * COUNT, bool((largest_means(0.2) > 1).all())
        (True, True)
    """
    plain, shapes = bets(0.0).steps, [*((each, 1.0) for each in PLACES), *((0.0, each) for each in SPREADS)]
    return np.array([_largest_mean(steps, *shape, tolerance) for steps, shape in zip(plain.T, shapes, strict=True)])


def _edges() -> Floats:
    """Return the normal scores of the ends of the cells, clipped."""
    edges = np.arange(CELLS + 1) / CELLS
    return np.array([_NORMAL.inv_cdf(u) for u in np.clip(edges, CLIP, 1 - CLIP)])


def _steps(delta: float, sigma: float, z: Floats, tolerance: float) -> Floats:
    # The bet is the density of a normal (delta, sigma) score against the standard one: its average over a cell is
    # what of that normal lies in the cell, over the cell's width.
    mass = np.diff(np.array([_NORMAL.cdf((score - delta) / sigma) for score in z]))
    low, high = _ratio(z[0], delta, sigma), _ratio(z[-1], delta, sigma)
    steps = np.where(np.diff(z) > 0, mass * CELLS, np.where(np.arange(CELLS) < CELLS / 2, low, high))
    steps /= steps.mean()
    return np.asarray(steps / _largest_mean(steps, delta, sigma, tolerance))


def _ratio(z: float, delta: float, sigma: float) -> float:
    return math.exp(z * z / 2 - (z - delta) ** 2 / (2 * sigma * sigma)) / sigma


def _largest_mean(steps: Floats, delta: float, sigma: float, tolerance: float) -> float:
    if tolerance == 0:
        return 1.0
    fine = (np.arange(20 * CELLS) + 0.5) / (20 * CELLS)
    z = np.array([_NORMAL.inv_cdf(u) for u in fine])
    if delta != 0:
        moved = z + np.sign(delta) * tolerance
    elif sigma > 1:
        moved = z + np.sign(z) * tolerance
    else:
        moved = np.sign(z) * np.maximum(np.abs(z) - tolerance, 0)
    ranks = np.array([_NORMAL.cdf(score) for score in moved])
    return float(steps[np.minimum((ranks * CELLS).astype(np.intp), CELLS - 1)].mean())


_NORMAL = NormalDist()
