"""When a change began: how likely each row is to have been the first.

An e-detector's evidence is a sum over start times: what a gambler who began at each row would hold. Each one's share of
it is the probability that the change began there, if every row was as likely before (Bayes 1763; for change points
A. F. M. Smith, "A Bayesian approach to inference about a change-point", Biometrika 62, 1975). Here the bets are the
likelihood ratios of a grid of changes in place and spread, finer than the detectors', as nothing has to be promised of
them forward in time; the interval is the shortest run of rows that has the stated probability.
"""

from __future__ import annotations

from math import log

import numpy as np

from holdtrue.monitors.diagnosis.records import Beginning
from holdtrue.monitors.diagnosis.rows import Floats, LiveRows

COVERAGE = 0.9
"""Of the interval. Measured, with 2,000 baseline rows: see the page on diagnosis."""

_DELTAS = (0.0, *(sign * delta for delta in (0.2, 0.4, 0.7, 1.0, 1.5, 2.2) for sign in (1, -1)))
_SIGMAS = (0.3, 0.6, 1.0, 1.4)
_ODDS = (0.1, 0.3, 0.5, 0.7, 1.5, 2.0, 3.0, 6.0)
_SHARES = (0.001, 0.003, 0.01, 0.03, 0.08, 0.15, 0.25, 0.4, 0.6, 0.8, 0.92, 0.98, 0.998)


def of_scores(scores: Floats) -> Floats:
    """Return the logarithms of likelihood ratios of changes against none, shape (n, changes), of normal scores (n,)."""
    z = np.where(np.isnan(scores), 0.0, scores)[:, None]
    grid = [(delta, sigma) for sigma in _SIGMAS for delta in _DELTAS if (delta, sigma) != (0.0, 1.0)]
    delta, sigma = np.array(grid).T
    found = z * z / 2 - (z - delta) ** 2 / (2 * sigma * sigma) - np.log(sigma)
    return np.asarray(np.where(np.isnan(scores)[:, None], 0.0, found))


def of_hits(hits: Floats, share: float) -> Floats:
    """Return the same of a level: hits are 1 for rows that have it, else 0; share: of the rows before."""
    odds = max(share, 1e-4) / max(1 - share, 1e-4) * np.array(_ODDS)
    then = min(max(share, 1e-4), 1 - 1e-4)
    now = np.concatenate([odds / (1 + odds), np.array(_SHARES)])
    return np.where(hits[:, None] > 0, np.log(now / then), np.log((1 - now) / (1 - then)))


def shares_of_starts(logs: Floats) -> Floats:
    """Return the probability of each row to be the first of the change, shape (n,), adding up to 1.

    Args:
        logs: of likelihood ratios, shape (n, changes).
    """
    fortunes = np.cumsum(logs[::-1], axis=0)[::-1]
    total = np.logaddexp.reduce(fortunes, axis=1) - log(logs.shape[1])
    shares = np.exp(total - total.max())
    return np.asarray(shares / shares.sum())


def interval_of(shares: Floats, coverage: float = COVERAGE) -> tuple[int, int]:
    """Return the first and last place of the shortest run that has a share of at least `coverage`.

    Example:
        >>> interval_of(np.array([0.02, 0.03, 0.5, 0.42, 0.03]))
        (2, 3)
    """
    sums = np.concatenate([[0.0], np.cumsum(shares)])
    ends = np.searchsorted(sums, sums[:-1] + min(coverage, 1.0) - 1e-12, side="left")
    places = np.arange(shares.size)
    lengths = np.where(ends <= shares.size, ends - places, shares.size + 1)
    first = int(lengths.argmin())
    return first, min(int(ends[first]), shares.size) - 1


def beginning_of(rows: LiveRows, logs: Floats | None) -> Beginning:
    """Say when the change began.

    Args:
        logs: see `shares_of_starts`, of all the rows; None where nothing can be said beyond what the alarm says.
    """
    if logs is None or not logs.size:
        place = min(rows.began, len(rows) - 1)
        return _told(rows, place, place, place, 0.0)
    shares = shares_of_starts(logs)
    first, last = interval_of(shares)
    return _told(rows, int(shares.argmax()), first, last, COVERAGE)


def _told(rows: LiveRows, place: int, first: int, last: int, coverage: float) -> Beginning:
    return Beginning(
        row=rows.first + place,
        id=rows.ids[place],
        time=rows.times[place],
        first_row=rows.first + first,
        last_row=rows.first + last,
        first_time=rows.times[first],
        last_time=rows.times[last],
        coverage=coverage,
        open=first == 0 and rows.first > 0 and coverage > 0,
    )
