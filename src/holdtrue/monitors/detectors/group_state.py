"""What is kept of a group's detectors, and of a quantity that has left them."""

from __future__ import annotations

from msgspec import Struct

from holdtrue.monitors.alarms import Alarm
from holdtrue.monitors.detectors.evidence import EvidenceState
from holdtrue.monitors.detectors.levels import Names
from holdtrue.monitors.detectors.packing import Sparse
from holdtrue.monitors.detectors.verdicts import Landmark, Winner


class GroupState(Struct, frozen=True, kw_only=True):
    """The stored form of `GroupWatch`, less its references: live counts by season, evidence, and what has alarmed."""

    closed: dict[str, float]
    evidence: EvidenceState
    rows: tuple[int, ...]
    bins: list[list[Sparse]]
    missing: dict[str, list[int]]
    levels: dict[str, Names]
    landmarks: dict[int, Landmark]
    alarms: tuple[Alarm, ...]
    alarmed_at: int
    since: dict[str, tuple[int, ...]]


class Closing(Struct, frozen=True):
    """A quantity that left the watch: what won of its streams and bets, and the alarm it was put down to.

    Attributes:
        kept: of a name whose levels had become too many, those that were not in buckets; else None.
        common: of a name, the levels that had a class of their own.
    """

    quantity: str
    winner: Winner
    alarm: str
    kept: tuple[str, ...] | None = None
    common: tuple[str, ...] = ()
