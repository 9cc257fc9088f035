"""When labels come, and which: judged of a row once the stated time has passed since it was answered.

Before that time nothing can be said of it: rows whose label is quick would speak for all. After it each row says one
thing, whatever comes later: its label if it came in time, after how long, or that none came.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence

import numpy as np
from msgspec import Struct, field
from numpy.typing import NDArray

from holdtrue.foundation import DAY
from holdtrue.predictionlog import LabelRecord, Prediction
from holdtrue.profiles import DELAY, IN_TIME, LABEL, Reference, numeric_reference

ENOUGH = 200
"""Rows whose time has passed that make a reference of how labels come."""
MOST_WAITING = 4_000


class Waiting(Struct, array_like=True):
    """A row whose time has not passed: when it was, when it was received, and its label and delay if that has come."""

    moment: int
    received: int
    label: float | None = None
    delay: int | None = None


class Ripe(Struct, frozen=True):
    """A row whose time has passed: its label, NaN if none came; how many days that took, at most the stated time."""

    id: str
    moment: int
    label: float
    delay: float

    @property
    def in_time(self) -> float:
        """1 if the label came in time, else 0."""
        return float(not np.isnan(self.label))


class Arrivals(Struct, kw_only=True):
    """What is kept of an epoch's rows and their labels.

    Attributes:
        waiting: rows by id, in the order they were answered. halvings: so often the share of the rows that are followed
            was halved, for memory; which rows they are depends on their ids alone.
        last: the delays of the last `ENOUGH` rows whose time has passed, oldest first: what a reference is made of.
    """

    waiting: dict[str, Waiting] = field(default_factory=dict)
    halvings: int = 0
    last: list[float] = field(default_factory=list)

    def answered(self, row: Prediction, label: float | None, now: int | None) -> None:
        """Follow a row.

        Args:
            label: what came before it, if anything did. now: the data's time: a row that is dated far beyond it is
                taken to be of tomorrow, or the rows after it would wait with it.
        """
        if not _followed(row.id, self.halvings):
            return
        moment = min(row.moment, row.received, row.received if now is None else now + DAY)
        self.waiting[row.id] = Waiting(moment, row.received, label, None if label is None else 0)
        while len(self.waiting) > MOST_WAITING:
            self.halvings += 1
            self.waiting = {name: each for name, each in self.waiting.items() if _followed(name, self.halvings)}

    def labelled(self, record: LabelRecord, label: float) -> None:
        """Take in a label: the first one of a row counts."""
        row = self.waiting.get(record.prediction_id)
        if row is not None and row.delay is None:
            # Both by the data's own time, or both by the server's clock.
            since = record.received - row.received if record.time is None else record.time - row.moment
            row.label, row.delay = label, max(0, since)

    def ripen(self, now: int | None, within: int) -> list[Ripe]:
        """Return the rows whose time has passed, in the order they were answered.

        Args:
            now: the data's time. within: the stated time in microseconds.
        """
        found: list[Ripe] = []
        while now is not None and self.waiting:
            name = next(iter(self.waiting))
            row = self.waiting[name]
            if row.moment + within > now:
                break
            del self.waiting[name]
            if row.label is not None and row.delay is not None and row.delay <= within:
                found.append(Ripe(name, row.moment, row.label, row.delay / DAY))
            else:
                found.append(Ripe(name, row.moment, float("nan"), within / DAY))
        return found

    def gather(self, row: Ripe) -> None:
        """Remember how the label of a row came."""
        self.last.append(row.delay if row.in_time else float("inf"))
        del self.last[:-ENOUGH]

    def references(self, label: Reference, within: int) -> dict[str, Reference] | None:
        """Return what labels are watched against: their values in the baseline, and how the last rows' came.

        None while there are too few of those.
        """
        if len(self.last) < ENOUGH:
            return None
        delays = np.array(self.last)
        capped = np.minimum(delays, within / DAY)
        return {
            LABEL: label,
            DELAY: numeric_reference(capped),
            IN_TIME: numeric_reference(np.isfinite(delays).astype(np.float64)),
        }


def columns_of(rows: Sequence[Ripe]) -> dict[str, NDArray[np.float64]]:
    """Return the quantities of rows whose time has passed."""
    return {
        LABEL: np.array([row.label for row in rows]),
        DELAY: np.array([row.delay for row in rows]),
        IN_TIME: np.array([row.in_time for row in rows]),
    }


def _followed(prediction_id: str, halvings: int) -> bool:
    return zlib.crc32(b"label of " + prediction_id.encode()) & ((1 << halvings) - 1) == 0
