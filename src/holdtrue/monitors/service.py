"""What is watched of the service itself: figures of some seconds, and the limits beyond which they say something.

Seconds that follow each other are alike and nights are not like days, so ranks of such figures would cry wolf. What is
judged is therefore whether a figure lies beyond limits that are well outside of what was seen in the reference: within
them all values count as the same, beyond them each counts as what it is. One such value is no alarm; nine or so in a
row are.
"""

from __future__ import annotations

import math

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.foundation import figure
from holdtrue.profiles import NumericReference, numeric_reference

SERVICE, LOAD = "service", "load"
LATENCY, LATENCY_P95, FAILURES, MEMORY = "latency", "latency_p95", "failures", "memory"
REQUESTS, PROCESSOR = "requests", "processor"
TOLERANCE = 0.5
"""Of normal scores: a pause now and then, in up to one sample of five, gathers no evidence."""
RARE = 0.01
"""So large a part of the reference is beyond what its limits are reckoned from."""
REFERENCE_ROWS = 200
"""How often the usual value stands in the reference that values beyond the limits are ranked among."""


_WIDTH, _LEAST, _ZERO = math.log(1.05), 1e-9, -1_000_000


class Rule(Struct, frozen=True, kw_only=True):
    """How the limits of a figure come from its reference.

    Attributes:
        group: `service` or `load`. unit: of the figure.
        times, least: the upper limit is so many times what one value in 100 of the reference exceeds, `least` at least.
        more: and so much above that, at least.
        below: the lower limit is what one value in 100 falls short of, over this; None: there is none.
    """

    group: str
    unit: str
    times: float
    least: float = 0.0
    more: float = 0.0
    below: float | None = None


RULES = {
    LATENCY: Rule(group=SERVICE, unit="ms", times=2.0, least=5.0),
    LATENCY_P95: Rule(group=SERVICE, unit="ms", times=2.0, least=20.0),
    FAILURES: Rule(group=SERVICE, unit="%", times=2.0, least=2.0),
    MEMORY: Rule(group=SERVICE, unit="MB", times=1.5, more=200.0),
    REQUESTS: Rule(group=LOAD, unit="/s", times=3.0, least=20.0, below=3.0),
    PROCESSOR: Rule(group=LOAD, unit="cores", times=2.0, least=0.5),
}
"""Of each figure that is watched."""

NAMES = {
    LATENCY: "median latency",
    LATENCY_P95: "latency of the slowest twentieth",
    FAILURES: "requests that failed",
    MEMORY: "memory",
    REQUESTS: "requests",
    PROCESSOR: "processor",
}
"""What people are told they are called."""


class Span(Struct, frozen=True, array_like=True):
    """The values of a figure that were seen: how many, their sum, and how many in each of bins 5 % wide."""

    n: int = 0
    total: float = 0.0
    bins: dict[int, int] = {}

    def add(self, value: float) -> Span:
        """Return the span with a further value, 0 or more; NaN is none."""
        if math.isnan(value):
            return self
        place = math.floor(math.log(value) / _WIDTH) if value > _LEAST else _ZERO
        return Span(self.n + 1, self.total + value, self.bins | {place: self.bins.get(place, 0) + 1})

    def quantile(self, share: float) -> float:
        """Return a value that about this share of the values does not exceed, up to 5 % too high.

        Example:
            >>> span = Span().add(3.0).add(5.0).add(0.0)
            >>> span.quantile(0.0), round(span.quantile(0.5), 2), round(span.quantile(1.0), 2)
            (0.0, 3.07, 5.0)
        """
        rank, seen = math.ceil(share * self.n), 0
        for place in sorted(self.bins):
            seen += self.bins[place]
            if seen >= rank:
                break
        return 0.0 if place == _ZERO else math.exp((place + 1) * _WIDTH)


class Limits(Struct, frozen=True, array_like=True):
    """Between which values a figure says nothing, and what it usually is."""

    low: float
    high: float
    usual: float

    def judged(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return values of shape (n,) as they are judged: within the limits, the usual one.

        Example:
            >>> Limits(0.0, 10.0, 4.0).judged(np.array([3.0, 9.0, 50.0, np.nan])).tolist()
            [4.0, 4.0, 50.0, nan]
        """
        return np.where((values >= self.low) & (values <= self.high), self.usual, values)

    @property
    def reference(self) -> NumericReference:
        """What values so judged are held against."""
        return numeric_reference(np.full(REFERENCE_ROWS, self.usual), partial=True)


def limits_of(name: str, seen: Span, stated: float | None = None) -> Limits:
    """Return the limits of a figure that was seen at least once.

    Args:
        stated: an upper limit that a person set, in the figure's unit.

    Example:
        >>> limits_of("memory", Span().add(180.0).add(180.0)).usual
        180.0
        >>> limits_of("latency", Span().add(3.0).add(5.0), stated=3.5)
        Limits(low=-inf, high=3.5, usual=3.5)
    """
    rule = RULES[name]
    usual = seen.total / seen.n
    low = -math.inf if rule.below is None else seen.quantile(RARE) / rule.below
    high = seen.quantile(1 - RARE)
    if stated is not None:
        return Limits(min(low, stated), stated, min(usual, stated))
    return Limits(low, max(rule.times * high, high + rule.more, rule.least), usual)


def step_of(group: str) -> str:
    """Return what is judged at once of a group.

    Example:
        >>> step_of("inputs"), step_of("service"), step_of("load")
        ('row', 'sample', 'minute')
    """
    return {SERVICE: "sample", LOAD: "minute"}.get(group, "row")


def in_unit(value: float, unit: str) -> str:
    """Write a figure of the service with its unit.

    Example:
        >>> in_unit(4.25, "ms"), in_unit(3.0, "%"), in_unit(120.4, "/s")
        ('4.25 ms', '3%', '120/s')
    """
    return f"{figure(value)} {unit}" if unit[0].isalpha() else f"{figure(value)}{unit}"
