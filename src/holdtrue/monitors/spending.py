"""What of the budget of false alarms each observation may spend: a budget of rows, of time, or the rarer of both.

Evidence grows as `M <- (M + t) e`, where the tick t is known before the row is judged. While nothing has changed, M
less the sum of the ticks is a martingale: at an alarm, `M >= A`, the ticks have on average added up to A at least. So a
guarantee in any unit is a matter of the ticks alone. With ticks that never add up to more than the rows asked about,
nor to more than the time gone by in units of (days D) / A, there are on average at least A rows *and* at least D days
to a false alarm, whatever the traffic and without it being estimated.

A group that sees every tenth row (labels, sampled reasons) spends ten rows' ticks at once: it has the same budget in
its own observations. But none spends more than `A / MOST_AT_ONCE`, or one row after a long pause would be an alarm.
"""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.foundation import DAY

MOST_AT_ONCE = 1000
"""No observation spends more than the budget over this, but always one row's."""

NOMINAL = 100_000.0
"""The evidence that stands for one false alarm where the rate is one of time alone."""

NO_CLOCK = -(2**63)
"""Stands for the clock of an observation where it is not known yet: no time has gone by."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class SpendingState(Struct, frozen=True, array_like=True):
    """What a group has spent.

    Attributes:
        asked: rows asked about when it was last observed. clock: the data's clock then, microseconds since 1970.
        saved: time gone by that was not spent, in ticks; one false alarm's worth at most, so that a clock that jumps
            (a first row dated 1900) buys no more.
    """

    asked: int = 0
    clock: int | None = None
    saved: float = 1.0


class Budget(Struct, frozen=True):
    """The budget of all groups together.

    Attributes:
        rows: A, the ticks that are one false alarm. days: D, the days that are; None: time does not count.
        by_rows: whether ticks are bounded by the rows asked about.
    """

    rows: float
    days: float | None
    by_rows: bool

    @property
    def most(self) -> float:
        """The most ticks of an observation."""
        return max(1.0, self.rows / MOST_AT_ONCE)

    def spend(self, state: SpendingState, asked: Ints, clock: Ints | None) -> tuple[Floats, SpendingState]:
        """Return the tick of each of n observations, and what is kept.

        Args:
            asked: rows asked about up to and with each observation, shape (n,), never falling. clock: the data's clock
                at each, shape (n,), `NO_CLOCK` where it is not known yet; None where there is none: time then does not
                count.
        """
        most = self.most
        if not self.by_rows or not asked.size:
            ticks = np.full(asked.shape, most)
        elif asked.size == 1:  # the same in plain numbers: of one row it is NumPy's calls that cost
            ticks = np.array([min(max(float(int(asked[0]) - state.asked), 0.0), most)])
        else:
            ticks = np.diff(asked, prepend=state.asked).astype(np.float64)
            np.maximum(ticks, 0.0, out=ticks)
            np.minimum(ticks, most, out=ticks)
        last = int(asked[-1]) if asked.size else state.asked
        if self.days is None or clock is None:
            return ticks, SpendingState(last, state.clock, state.saved)
        price = self.rows / (self.days * DAY)
        saved, now = state.saved, state.clock
        for place, moment in enumerate(clock.tolist()):
            if moment != NO_CLOCK and (now is None or moment > now):
                saved = min(saved + (0.0 if now is None else (moment - now) * price), self.rows)
                now = moment
            ticks[place] = tick = min(float(ticks[place]), saved)
            saved -= tick
        return ticks, SpendingState(last, now, saved)
