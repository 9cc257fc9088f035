"""One watch over rows that come as if they were live."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from holdtrue.monitors.alarms import Alarm
from holdtrue.monitors.rehearsal.histories import History, Quantity
from holdtrue.monitors.rehearsal.manners import Manner
from holdtrue.monitors.settings import WatchSettings
from holdtrue.monitors.spending import SpendingState
from holdtrue.monitors.tolerances import unusable, usable
from holdtrue.monitors.watch import Watch

_STRIDE = 512


class Terms(Struct, frozen=True, kw_only=True):
    """On what terms a watch is rehearsed.

    Attributes:
        settings: of the live watch. live: the groups that share its budget.
        calm: evidence that is still calm, as a multiple of what the rows may spend. Where nothing changes, evidence
            less what was spent is a martingale, so it exceeds k times all that is spent in at most one of k histories.
    """

    settings: WatchSettings
    live: frozenset[str]
    calm: float

    def alone(self, groups: Collection[str], tolerance: float) -> WatchSettings:
        """Return the settings under which some groups, watched alone, have the thresholds that they have live.

        Example:
            >>> whole = WatchSettings(false_alarm_rows=1000)
            >>> terms = Terms(settings=whole, live=frozenset(["inputs", "errors"]), calm=5)
            >>> terms.alone(["errors"], 0).thresholds(["errors"])["errors"] == whole.thresholds(terms.live)["errors"]
            True
        """
        group, settings = next(iter(groups)), self.settings
        part = settings.thresholds(self.live)[group] / settings.thresholds(groups)[group]
        rows, days = settings.false_alarm_rows, settings.false_alarm_days
        return replace(
            settings,
            false_alarm_rows=None if rows is None else rows * part,
            false_alarm_days=None if days is None else days * part,
            tolerance=tolerance,
        )


def _limits(
    settings: WatchSettings, groups: Collection[str], times: NDArray[np.int64], calm: float
) -> dict[str, float]:
    """Return the evidence of each group that is still calm, over what is an alarm."""
    spent, _ = settings.budget.spend(SpendingState(), np.arange(1, times.size + 1), times)
    return {group: min(1.0, calm * float(spent.sum()) / each) for group, each in settings.thresholds(groups).items()}


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


def replay(before: History, now: History, manner: Manner, terms: Terms, *, stop: bool) -> Replayed:
    """Watch rows against the baseline that other rows make; `stop`: end with the first alarm, or where calm ends."""
    groups = [group for group in now.groups if group in terms.live]
    settings = terms.alone(groups, manner.tolerance)
    baseline = before.baseline(manner)
    idle = unusable(settings.tolerances, baseline.groups)
    watch = Watch.begin(baseline, replace(settings, tolerances=usable(settings.tolerances, idle)), groups)
    limits = _limits(settings, groups, now.times, terms.calm)
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
