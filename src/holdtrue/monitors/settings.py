"""How often a watch may cry wolf, and how that is shared out."""

from __future__ import annotations

import math
from collections.abc import Collection

from msgspec import Struct, field
from msgspec.structs import force_setattr

from holdtrue.foundation import FalseAlarms, WrongUse
from holdtrue.monitors.service import LOAD, RULES, SERVICE, TOLERANCE
from holdtrue.monitors.spending import NOMINAL, Budget
from holdtrue.monitors.tolerances import checked

WEIGHTS = {
    "inputs": 0.25,
    "pairs": 0.1,
    "predictions": 0.15,
    "attributions": 0.2,
    "errors": 0.15,
    "tests": 0.05,
    "estimates": 0.05,
    "labels": 0.05,
    "service": 0.03,
    "load": 0.02,
}
"""Each group's share of the false alarms, before those of the groups in use are made to add up to 1."""


class WatchSettings(Struct, frozen=True, kw_only=True):
    """Settings of a watch.

    Attributes:
        false_alarm_rows: A: at most one false alarm in so many rows, all groups and quantities together; None: the
            rate is one of time alone.
        false_alarm_days: at most one false alarm in so many days, too; None: time does not count.
        weights: group to share of the false alarms; only proportions matter; groups not named get 0.1.
        labels_within: days after which a row's label should have come: then it is judged whether it has.
        tolerance: the smallest change worth an alarm, in standard deviations of a normal score; 0 is any change.
        tolerances: of single quantities, in place of `tolerance`: an amount in its unit, or words such as `0.2 sd` and
            `0.55 superiority`; by name, or as `GROUP.QUANTITY`. See `tolerances`.
        limits: figure of the service to the greatest value that is well, in its unit; see `service.RULES`.

    Evidence does not depend on chance: ties are averaged, not drawn, so the same rows give the same alarms.
    """

    false_alarm_rows: float | None = 100_000.0
    false_alarm_days: float | None = None
    weights: dict[str, float] = field(default_factory=lambda: dict(WEIGHTS))
    tolerance: float = 0.0
    labels_within: float = 45.0
    limits: dict[str, float] = field(default_factory=dict)
    tolerances: dict[str, float | str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for unit, value in (("rows", self.false_alarm_rows), ("days", self.false_alarm_days)):
            if (value is not None and not 0 < value < math.inf) or (unit == "rows" and value is not None and value < 1):
                least = "at least 1" if unit == "rows" else "above 0"
                raise WrongUse(f"false_alarm_{unit} is {value}, and must be {least}")
            if value is not None:
                force_setattr(self, f"false_alarm_{unit}", float(value))  # 1000 and 1000.0 are stored alike
        if self.false_alarm_rows is None and self.false_alarm_days is None:
            raise WrongUse("there is no rate of false alarms", hint="give false_alarm_rows or false_alarm_days")
        if not 0 <= self.tolerance < 2:
            raise WrongUse(f"tolerance is {self.tolerance}, and must be at least 0 and under 2 standard deviations")
        if not 0 < self.labels_within < 36_500:
            raise WrongUse(f"labels_within is {self.labels_within}, and must be a number of days above 0")
        for quantity, stated in self.tolerances.items():
            checked(quantity, stated)
        for figure, limit in self.limits.items():
            if figure not in RULES:
                raise WrongUse(
                    f"limits names {figure}, which is no figure of the service", hint=f"there are {', '.join(RULES)}"
                )
            if not 0 < limit < math.inf:
                raise WrongUse(f"the limit of {figure} is {limit}, and must be above 0")
        for group, weight in self.weights.items():
            if not 0 < weight < math.inf:
                message = f"the weight of {group} is {weight}, and must be a number above 0"
                raise WrongUse(message, hint="leave the group out")

    def tolerance_of(self, group: str) -> float:
        """Return the smallest change of a group that is worth an alarm."""
        return max(self.tolerance, TOLERANCE) if group in (SERVICE, LOAD) else self.tolerance

    @property
    def rate(self) -> FalseAlarms:
        """The stated rate of false alarms."""
        return FalseAlarms(rows=self.false_alarm_rows, days=self.false_alarm_days)

    @property
    def budget(self) -> Budget:
        """What each observation may spend of it."""
        by_rows = self.false_alarm_rows is not None
        return Budget(self.false_alarm_rows or NOMINAL, self.false_alarm_days, by_rows)

    def thresholds(self, groups: Collection[str]) -> dict[str, float]:
        """Return for each group the evidence that is an alarm: A over its share of the weights.

        Example:
            >>> WatchSettings(false_alarm_rows=1000).thresholds(["inputs", "predictions"])
            {'inputs': 1600.0, 'predictions': 2666.666667}
        """
        weights = {group: self.weights.get(group, 0.1) for group in groups}
        whole = sum(weights.values())
        rows = self.budget.rows
        return {group: round(rows * (whole / weight), 6) for group, weight in weights.items()}
