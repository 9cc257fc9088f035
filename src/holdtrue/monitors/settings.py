"""How often a watch may cry wolf, and how that is shared out."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct, field
from msgspec.structs import force_setattr

from holdtrue.foundation import WrongUse

WEIGHTS = {"inputs": 0.3, "predictions": 0.15, "attributions": 0.25, "errors": 0.2, "tests": 0.1, "estimates": 0.05}
"""Each group's share of the false alarms, before those of the groups in use are made to add up to 1."""

CARE = 1.1
"""What is an alarm costs this much more than theory asks: ties are judged by averages, exact only up to O(1/N)."""


class WatchSettings(Struct, frozen=True, kw_only=True):
    """Settings of a watch.

    Attributes:
        false_alarm_rows: A: at most one false alarm in so many rows, all groups and quantities together. Each group
            counts its own observations (a group that sees every tenth row is then ten times as careful, never less).
        weights: group to share of the false alarms; only proportions matter; groups not named get 0.1.
        tolerance: the smallest change worth an alarm, in standard deviations of a normal score; 0 is any change.

    Evidence does not depend on chance: ties are averaged, not drawn, so the same rows give the same alarms.
    """

    false_alarm_rows: float = 100_000.0
    weights: dict[str, float] = field(default_factory=lambda: dict(WEIGHTS))
    tolerance: float = 0.0

    def __post_init__(self) -> None:
        if not self.false_alarm_rows >= 1:
            raise WrongUse(f"false_alarm_rows is {self.false_alarm_rows}, and must be at least 1")
        if not 0 <= self.tolerance < 2:
            raise WrongUse(f"tolerance is {self.tolerance}, and must be at least 0 and under 2 standard deviations")
        force_setattr(self, "false_alarm_rows", float(self.false_alarm_rows))  # 1000 and 1000.0 are stored alike
        for group, weight in self.weights.items():
            if not weight > 0:
                raise WrongUse(f"the weight of {group} is {weight}, and must be above 0", hint="leave the group out")

    def thresholds(self, groups: Collection[str]) -> dict[str, float]:
        """Return for each group the evidence that is an alarm: A over its share of the weights, and `CARE`.

        Example:
            >>> WatchSettings(false_alarm_rows=1000).thresholds(["inputs", "predictions"])
            {'inputs': 1650.0, 'predictions': 3300.0}
        """
        weights = {group: self.weights.get(group, 0.1) for group in groups}
        whole = sum(weights.values())
        return {group: round(CARE * self.false_alarm_rows * (whole / weight), 6) for group, weight in weights.items()}
