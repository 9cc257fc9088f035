"""How the service runs: samples that servers leave in the log become what is watched of it.

What a service is held against is how it ran before: in the epoch before, or where that was too short, at the beginning
of this one. A new version that is twice as slow as the last is told so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

from holdtrue.monitors import service
from holdtrue.predictionlog import ServiceSample
from holdtrue.profiles import Reference

ENOUGH = {service.SERVICE: 360, service.LOAD: 1440}
"""Observations that make a reference: samples in which something was asked, for half an hour; minutes, for a day."""
MINUTE = 60.0
"""Seconds over which the load is averaged."""
MOST_TAKEN = 720
"""Samples of a server that are known again: of an hour."""
HELD_BACK = 64
"""An observation spends one part in so many of the budget there is."""

_MB = 1e6


class Observation(Struct, frozen=True):
    """What is judged at once: its id, when it ended (microseconds since 1970), and its figures by name."""

    id: str
    moment: int
    figures: dict[str, float]


class Minute(Struct, array_like=True):
    """What one server did since its last whole minute."""

    seconds: float = 0.0
    requests: int = 0
    core_seconds: float = 0.0


class Service(Struct, kw_only=True):
    """What is kept of how an epoch was served.

    Attributes:
        seen: of each figure what it was, up to `ENOUGH`: what the next epoch is held against.
        before: the same of the epoch before. limits: in force, from when there was a reference.
        minutes: server to its minute under way. taken: server to when its last samples ended, in the order read: one
            that is read twice counts once, and a server whose clock is set back is watched on.
        spent: group to the rows whose budget it has spent.
    """

    seen: dict[str, service.Span] = field(default_factory=dict)
    before: dict[str, service.Span] = field(default_factory=dict)
    limits: dict[str, service.Limits] = field(default_factory=dict)
    minutes: dict[str, Minute] = field(default_factory=dict)
    taken: dict[str, list[int]] = field(default_factory=dict)
    spent: dict[str, int] = field(default_factory=dict)

    def next_epoch(self) -> Service:
        """Return what an epoch begins with that comes after this one."""
        known = dict(self.before)
        for group in ENOUGH:
            if self._whole(group, self.seen):
                known |= {name: self.seen[name] for name in names_of(group)}
        return Service(before=known, taken=self.taken)

    def take(self, sample: ServiceSample) -> dict[str, Observation]:
        """Take in a sample, return what of it is to be judged, by group; one that was taken before says nothing."""
        taken = self.taken.setdefault(sample.server, [])
        if sample.received in taken:
            return {}
        taken.append(sample.received)
        del taken[:-MOST_TAKEN]
        found = {}
        if sample.requests:
            figures = {name: value for name, value in figures_of(sample).items() if name in names_of(service.SERVICE)}
            found[service.SERVICE] = Observation(sample.id, sample.received, figures)
        minute = self.minutes.setdefault(sample.server, Minute())
        minute.seconds += sample.seconds
        minute.requests += sample.requests
        minute.core_seconds += sample.processor * sample.seconds
        if minute.seconds >= MINUTE:
            figures = {
                service.REQUESTS: minute.requests / minute.seconds,
                service.PROCESSOR: minute.core_seconds / minute.seconds,
            }
            found[service.LOAD] = Observation(sample.id, sample.received, figures)
            del self.minutes[sample.server]
        return found

    def gather(self, observed: Observation, group: str) -> None:
        """Remember an observation, until there are enough for a reference."""
        if not self._whole(group, self.seen):
            for name, value in observed.figures.items():
                self.seen[name] = self.seen.get(name, service.Span()).add(value)

    def references(self, group: str, stated: Mapping[str, float]) -> dict[str, Reference] | None:
        """Fix the limits of a group and return what its figures are held against; None while there is no reference.

        Args:
            stated: upper limits that a person set, by figure.
        """
        spans = self.before if self._whole(group, self.before) else self.seen
        if not self._whole(group, spans):
            return None
        for name in names_of(group):
            self.limits[name] = service.limits_of(name, spans[name], stated.get(name))
        return {name: self.limits[name].reference for name in names_of(group)}

    def spend(self, group: str, asked: int, most: float) -> int:
        """Return of how many rows a group has spent the budget with a further observation.

        It holds back some: that nothing is asked any more must be told, though no row comes then whose budget that is.

        Args:
            asked: rows that were asked about so far. most: what an observation may spend.
        """
        spent = self.spent.get(group, 0)
        self.spent[group] = spent + min((asked - spent) // HELD_BACK, int(most))
        return self.spent[group]

    def columns(self, observed: Sequence[Observation], group: str) -> dict[str, NDArray[np.float64]]:
        """Return the figures of observations as they are judged."""
        return {
            name: self.limits[name].judged(np.array([each.figures[name] for each in observed]))
            for name in names_of(group)
        }

    @staticmethod
    def _whole(group: str, spans: Mapping[str, service.Span]) -> bool:
        return all(spans.get(name, service.Span()).n >= ENOUGH[group] for name in names_of(group))


def figures_of(sample: ServiceSample) -> dict[str, float]:
    """Return the figures of one sample; NaN for those that no request tells of."""
    return {
        service.LATENCY: _milliseconds(sample.typical),
        service.LATENCY_P95: _milliseconds(sample.slow),
        service.FAILURES: 100.0 * sample.failed / sample.requests if sample.requests else math.nan,
        service.MEMORY: sample.memory / _MB,
        service.REQUESTS: sample.requests / sample.seconds if sample.seconds > 0 else math.nan,
        service.PROCESSOR: sample.processor,
    }


def names_of(group: str) -> tuple[str, ...]:
    """Return the figures of a group.

    Example:
        >>> names_of("load")
        ('requests', 'processor')
    """
    return tuple(name for name, rule in service.RULES.items() if rule.group == group)


def _milliseconds(seconds: float | None) -> float:
    return math.nan if seconds is None else 1000.0 * seconds
