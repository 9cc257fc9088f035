"""One watch over rows that come as if they were live."""

from __future__ import annotations

from collections.abc import Collection

from msgspec import Struct
from msgspec.structs import replace

from holdtrue.monitors.alarms import Alarm
from holdtrue.monitors.rehearsal.histories import History, Quantity
from holdtrue.monitors.rehearsal.manners import Manner
from holdtrue.monitors.settings import WatchSettings
from holdtrue.monitors.watch import Watch

_STRIDE = 512


class Budget(Struct, frozen=True, kw_only=True):
    """What a watch may spend.

    Attributes:
        settings: of the live watch. live: the groups that share its budget.
        calm: evidence that is still calm, as a multiple of the rows seen. Evidence grows by 1 a row on average where
            nothing changes, so it exceeds k times the rows in at most one of k such histories (Ville, Markov).
    """

    settings: WatchSettings
    live: frozenset[str]
    calm: float

    def alone(self, groups: Collection[str], tolerance: float) -> WatchSettings:
        """Return the settings under which some groups, watched alone, have the thresholds that they have live.

        Example:
            >>> whole = WatchSettings(false_alarm_rows=1000)
            >>> budget = Budget(settings=whole, live=frozenset(["inputs", "errors"]), calm=5)
            >>> budget.alone(["errors"], 0).thresholds(["errors"])["errors"] == whole.thresholds(budget.live)["errors"]
            True
        """
        group = next(iter(groups))
        among, alone = self.settings.thresholds(self.live)[group], self.settings.thresholds(groups)[group]
        return replace(
            self.settings, false_alarm_rows=self.settings.false_alarm_rows * among / alone, tolerance=tolerance
        )


class Replayed(Struct, frozen=True, kw_only=True):
    """What a watch said.

    Attributes:
        rows: replayed; up to the first alarm, or the end of calm, where it ended there.
        alarms: in the order of the rows. changed: all quantities that alarmed or were put down to an alarm.
        peak: the most evidence that a group had, over what is an alarm.
        restless: of the first group that had more than is calm, the quantity with most; None where all was calm.
    """

    rows: int
    alarms: tuple[Alarm, ...]
    changed: frozenset[Quantity]
    peak: float
    restless: Quantity | None


def replay(before: History, now: History, manner: Manner, budget: Budget, *, stop: bool) -> Replayed:
    """Watch rows against the baseline that other rows make; `stop`: end with the first alarm, or where calm ends."""
    groups = [group for group in now.groups if group in budget.live]
    watch = Watch.begin(before.baseline(manner), budget.alone(groups, manner.tolerance), groups)
    limits = {
        group: min(1.0, budget.calm * now.times.size / each)
        for group, each in budget.settings.thresholds(budget.live).items()
    }
    # A column's levels are those of the baseline.
    season = before.season(manner)
    places = None if season is None else now.places(season)
    alarms: list[Alarm] = []
    restless: Quantity | None = None
    peak, total, done = 0.0, now.times.size, 0
    while done < total and not (stop and (alarms or restless)):
        last = min(done + _STRIDE, total)
        ids, times = [str(row) for row in range(done, last)], now.times[done:last]
        for group, columns in now.columns(done, last).items():
            if group in groups:
                alarms += watch.update(group, columns, ids, times, None if places is None else places[done:last])
        for group, each in watch.evidence().items():
            peak = max(peak, each.evidence)
            if restless is None and each.evidence > limits[group]:
                restless = group, max(each.quantities, key=lambda name: each.quantities[name])
        done = last
    alarms.sort(key=lambda alarm: alarm.at_row)
    if stop and alarms:
        alarms, done = alarms[:1], alarms[0].at_row
    changed = {(group, name) for group, each in watch.evidence().items() for name in each.alarmed}
    return Replayed(rows=done, alarms=tuple(alarms), changed=frozenset(changed), peak=peak, restless=restless)
