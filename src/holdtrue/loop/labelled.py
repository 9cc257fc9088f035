"""Labelled rows of one model, kept up with the log: how many since a time, and the latest of them."""

from __future__ import annotations

from bisect import bisect_left, insort
from pathlib import Path

from holdtrue.predictionlog import LabelRecord, LogReader, Position, Prediction

_RECENT = 500


class LabelledRows:
    """Reads a model's log from its beginning, then only what is new.

    Args:
        log: folder of all prediction logs. model: its name.
    """

    def __init__(self, log: Path, model: str) -> None:
        self._reader = LogReader(log, model)
        self._position = Position()
        self._waiting: dict[str, Prediction] = {}
        self._early: dict[str, float] = {}
        self._times: list[int] = []
        self._done: set[str] = set()
        self.recent: list[tuple[Prediction, float]] = []

    def read(self) -> None:
        """Take in what was appended since the last call."""
        while True:
            records, self._position = self._reader.read(self._position)
            for record in records:
                if isinstance(record, Prediction):
                    self._row(record)
                elif isinstance(record, LabelRecord):
                    self._label(record)
            if not records:
                return

    def count(self) -> int:
        """Return how many rows have their label."""
        return len(self._times)

    def since(self, moment: int | None) -> int:
        """Return how many labelled rows are of this data time (microseconds UTC) or later; all if None."""
        return len(self._times) - (0 if moment is None else bisect_left(self._times, moment))

    def recent_of(self, version: str) -> list[tuple[Prediction, float]]:
        """Return the last labelled rows that a version answered, with their labels, in the order the labels came."""
        return [pair for pair in self.recent if pair[0].version == version]

    def _row(self, record: Prediction) -> None:
        if record.id in self._done or record.id in self._waiting or record.fallback:
            return
        label = self._early.pop(record.id, None)
        if label is None:
            self._waiting[record.id] = record
        else:
            self._join(record, label)

    def _label(self, record: LabelRecord) -> None:
        if record.prediction_id in self._done:
            return
        row = self._waiting.pop(record.prediction_id, None)
        if row is None:
            self._early[record.prediction_id] = float(record.value)
        else:
            self._join(row, float(record.value))

    def _join(self, row: Prediction, label: float) -> None:
        self._done.add(row.id)
        insort(self._times, row.moment)
        self.recent = [*self.recent, (row, label)][-_RECENT:]
