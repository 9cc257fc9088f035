"""Whether a change came at once or grew: a ramp against a step, by least squares over normal scores."""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct

from holdtrue.monitors.diagnosis.rows import Floats

_STARTS = 60
FEWEST = 200
"""Rows over which a change must have grown to be called slow."""


class Ramp(Struct, frozen=True):
    """A change that grows.

    Attributes:
        start: place of the row at which it begins. rise: how far it has come by the last row, in normal scores.
        log_odds: logarithm of how much better it tells the rows than a step does.
    """

    start: int
    rise: float
    log_odds: float


def ramp_of(scores: Floats) -> Ramp | None:
    """Return the ramp that fits normal scores, shape (n,), best; None where there are too few.

    Example:
        >>> noise = np.random.default_rng(0).normal(size=4000)
        >>> ramp_of(noise + np.clip(np.arange(4000) - 1000, 0, None) / 3000).log_odds > 5
        True
        >>> ramp_of(noise + (np.arange(4000) >= 2000)).log_odds < 0
        True
    """
    z = scores[~np.isnan(scores)]
    n = z.size
    if n < FEWEST:
        return None
    starts = np.unique(np.linspace(0, n - FEWEST, _STARTS).astype(int))
    places = np.arange(n)
    whole = float((z * z).sum())
    step, ramp = whole, (whole, 0, 0.0)
    suffix = np.concatenate([np.cumsum(z[::-1])[::-1], [0.0]])
    for place in range(0, n - 3):
        # Scores before the change are about 0, so only what follows it is fitted.
        step = min(step, whole - float(suffix[place]) ** 2 / (n - place))
    for start in starts.tolist():
        x = np.clip(places - start, 0, None).astype(np.float64)
        squares = float((x * x).sum())
        slope = float((x * z).sum()) / squares
        left = whole - slope * slope * squares
        if left < ramp[0]:
            ramp = (left, start, slope * (n - start))
    return Ramp(ramp[1], ramp[2], n / 2 * math.log(max(step, 1e-9) / max(ramp[0], 1e-9)))
