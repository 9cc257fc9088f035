"""Labelled rows of one model, kept up with the log: how many since a time, and the latest of them."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right, insort
from collections import OrderedDict, deque
from collections.abc import Callable
from pathlib import Path

from holdtrue.foundation import in_calendar
from holdtrue.predictionlog import LabelRecord, LogReader, Position, Prediction
from holdtrue.watching import number_of

_RECENT = 500
_MOST_WAITING = 200_000
_MOST_EARLY = 50_000
_MOST_DONE = 50_000


class LabelledRows:
    """Reads a model's log from its beginning, then only what is new.

    Memory is bounded: 16 bytes for each labelled row, and some tens of megabytes for the latest rows without a label; a
    label that comes after 200,000 later rows is not counted.

    Args:
        log: folder of all prediction logs. model: its name.
    """

    def __init__(self, log: Path, model: str) -> None:
        self._reader = LogReader(log, model)
        self._position = Position()
        self._waiting: OrderedDict[str, tuple[int, str]] = OrderedDict()
        self._early: OrderedDict[str, tuple[float, int]] = OrderedDict()
        self._done: OrderedDict[str, None] = OrderedDict()
        self._moments = array("q")
        self._received = array("q")
        self._recent: deque[tuple[str, str, float]] = deque(maxlen=_RECENT)

    def read(self, stop: Callable[[], bool] = lambda: False) -> bool:
        """Take in what was appended since the last call; return whether that was all of it.

        Args:
            stop: asked between pages of 10,000 records; True ends it. The next call goes on from there.
        """
        while not stop():
            position, _ = self._reader.checked(self._position)  # where it lies behind, rows come again and count once
            records, self._position = self._reader.read(position)
            for record in records:
                if isinstance(record, Prediction):
                    self._row(record)
                elif isinstance(record, LabelRecord):
                    self._label(record)
            if not records:
                return True
        return False

    def count(self) -> int:
        """Return how many rows have their label."""
        return len(self._moments)

    def since(self, moment: int | None) -> int:
        """Return how many labelled rows are of this data time (microseconds UTC) or later; all if None."""
        return len(self._moments) - (0 if moment is None else bisect_left(self._moments, moment))

    def known_at(self, received: int) -> int:
        """Return how many rows had their label at a time of the clock that receives labels (microseconds UTC)."""
        return bisect_right(self._received, received)

    def recent_of(self, version: str) -> list[tuple[Prediction, float]]:
        """Return the last labelled rows that a version answered, with their labels, in the order the labels came.

        Of the last 500 of all versions. Their rows are looked up in the log, so this takes as long as reading it.
        """
        labels = {name: label for name, answered_by, label in self._recent if answered_by == version}
        rows: dict[str, Prediction] = {}
        if labels:
            for record in self._reader.all():
                if isinstance(record, Prediction) and record.id in labels:
                    rows.setdefault(record.id, record)
        return [(rows[name], label) for name, label in labels.items() if name in rows]

    def _row(self, record: Prediction) -> None:
        # What a fallback answered is no row of the model's, nor one of which a value was replaced.
        if not record.own or record.id in self._done or record.id in self._waiting:
            return
        early = self._early.pop(record.id, None)
        if early is not None:
            self._join(record.id, (record.moment, record.version), *early)
            return
        self._waiting[record.id] = (record.moment, record.version)
        if len(self._waiting) > _MOST_WAITING:
            self._waiting.popitem(last=False)

    def _label(self, record: LabelRecord) -> None:
        value = number_of(record.value)
        # A later label of a row corrects the first: the row counts once.
        if value is None or not in_calendar(record.moment) or record.prediction_id in self._done:
            return
        row = self._waiting.pop(record.prediction_id, None)
        if row is not None:
            self._join(record.prediction_id, row, value, record.received)
            return
        self._early[record.prediction_id] = (value, record.received)
        if len(self._early) > _MOST_EARLY:
            self._early.popitem(last=False)

    def _join(self, prediction_id: str, row: tuple[int, str], label: float, received: int) -> None:
        moment, version = row
        self._done[prediction_id] = None
        if len(self._done) > _MOST_DONE:
            self._done.popitem(last=False)
        insort(self._moments, moment)
        insort(self._received, received)
        self._recent.append((prediction_id, version, label))
