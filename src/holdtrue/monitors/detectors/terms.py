"""The terms that a group of quantities is watched on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import Struct

from holdtrue.monitors.detectors.bets import Bets
from holdtrue.monitors.detectors.layout import Watched

WINDOW = 200
"""Rows after an alarm in which other quantities that gather evidence are put down to the same change."""


class GroupTerms(Struct, frozen=True, kw_only=True):
    """What the quantities of a group are held against, and what is an alarm.

    Attributes:
        name: the group's. references: of the quantities, in order. seasonal: the same of each season, where there are
            seasons.
        threshold: the mean evidence that is an alarm. window: see `WINDOW`.
        own: the bets of quantities that have a tolerance of their own, the same but for their `factors`.
    """

    name: str
    references: Mapping[str, Watched]
    seasonal: Sequence[Mapping[str, Watched]] = ()
    threshold: float
    bets: Bets
    window: int = WINDOW
    own: Mapping[str, Bets] = {}

    def bets_of(self, quantity: str) -> Bets:
        """Return the bets on a quantity."""
        return self.own.get(quantity, self.bets)

    @property
    def seasons(self) -> list[Mapping[str, Watched]]:
        """The references of each season: those of all rows where there are no seasons."""
        return [*self.seasonal] or [self.references]


def alone(
    group: str, quantity: str, held: Sequence[Watched], whole: Watched | None = None, *, threshold: float, bets: Bets
) -> GroupTerms:
    """Return the terms that a single quantity of a group is watched on.

    Args:
        held: what it is held against, season by season. whole: of all seasons; by default that of the first.
    """
    return GroupTerms(
        name=group,
        references={quantity: held[0] if whole is None else whole},
        seasonal=[{quantity: each} for each in held] if len(held) > 1 else (),
        threshold=threshold,
        bets=bets,
        own={quantity: bets},
    )
