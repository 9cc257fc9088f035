"""Turns records of the log into observations of each group, and feeds them to the detectors in the log's order."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from holdtrue.foundation import WrongUse
from holdtrue.monitors import Alarm, Watch
from holdtrue.predicting import LoadedVersion
from holdtrue.predictionlog import LabelRecord, Prediction, Record, Refusal
from holdtrue.profiles import ABSOLUTE_ERROR, PREDICTION, SIGNED_ERROR
from holdtrue.watching.state import RECENT, SERIES_BLOCK, SERIES_LENGTH, Awaiting, WatcherState

_SEEN = 5_000


class Observer:
    """Takes records of one epoch: counts them, remembers what waits for a label, updates the detectors."""

    def __init__(self, state: WatcherState, watch: Watch, live: LoadedVersion) -> None:
        self._state, self._watch, self._live = state, watch, live

    def take(self, records: Sequence[Record]) -> list[Alarm]:
        """Judge records in their order; return the alarms they raised.

        Rows answered in another epoch belong to that one's watch and are only counted. Labels count where their
        prediction was answered in this epoch.
        """
        rows = self._fresh_rows(records)
        alarms = self._judge_rows(rows)
        return alarms + self._judge_labels(records)

    def _fresh_rows(self, records: Sequence[Record]) -> list[Prediction]:
        state = self._state
        seen = set(state.seen)
        rows: list[Prediction] = []
        for record in records:
            if isinstance(record, LabelRecord):
                continue
            if record.epoch != state.epoch:
                state.others += 1
                continue
            if isinstance(record, Refusal):
                state.refused += 1
                continue
            if record.id in seen:
                continue
            seen.add(record.id)
            state.seen.append(record.id)
            rows.append(record)
        del state.seen[:-_SEEN]
        return rows

    def _judge_rows(self, rows: list[Prediction]) -> list[Alarm]:
        state = self._state
        state.answered += len(rows)
        state.odd += sum(row.odd is not None for row in rows)
        for row in rows:
            state.awaiting[row.id] = Awaiting(row.value, row.time)
            state.data_time = max(state.data_time or 0, row.moment)
        if state.first_time is None and rows:
            state.first_time = rows[0].moment
        state.recent = [*state.recent, *(row.value for row in rows)][-RECENT:]
        # What a fallback answered says nothing of the model; its inputs are as live as any.
        own = [row for row in rows if not row.fallback]
        alarms = self._update("inputs", rows, self._inputs(rows))
        alarms += self._update("predictions", own, {PREDICTION: np.array([row.value for row in own])})
        return alarms + self._judge_reasons(own)

    def _inputs(self, rows: list[Prediction]) -> dict[str, list[Any]]:
        if "inputs" not in self._watch.groups:
            return {}
        return {name: [row.row.get(name) for row in rows] for name in self._watch.quantities("inputs")}

    def _judge_reasons(self, rows: list[Prediction]) -> list[Alarm]:
        if not rows or "attributions" not in self._watch.groups:
            return []
        names = self._live.manifest.encoder.names
        values = self._live.explainer.explain(self._live.matrix([row.row for row in rows])).values
        state = self._state
        for place, name in enumerate(names):
            state.attribution[name] = state.attribution.get(name, 0.0) + float(np.abs(values[:, place]).sum())
        state.explained += len(rows)
        return self._update("attributions", rows, {name: values[:, place] for place, name in enumerate(names)})

    def _judge_labels(self, records: Sequence[Record]) -> list[Alarm]:
        state = self._state
        known: list[tuple[str, Awaiting, float]] = []
        for record in records:
            if isinstance(record, LabelRecord):
                state.data_time = (
                    max(state.data_time or 0, record.moment) if record.time is not None else state.data_time
                )
                awaited = state.awaiting.pop(record.prediction_id, None)
                if awaited is None:
                    state.early[record.prediction_id] = _number(record)
                else:
                    known.append((record.prediction_id, awaited, _number(record)))
        for name in [name for name in state.early if name in state.awaiting]:
            known.append((name, state.awaiting.pop(name), state.early.pop(name)))
        while len(state.early) > _SEEN:
            # Labels whose prediction never comes (another epoch's) must not pile up.
            del state.early[next(iter(state.early))]
        errors = [awaited.value - label for _, awaited, label in known]
        self._remember(errors)
        if not known or "errors" not in self._watch.groups:
            return []
        signed = np.array(errors)
        return self._watch.update(
            "errors",
            {SIGNED_ERROR: signed, ABSOLUTE_ERROR: np.abs(signed)},
            [name for name, _, _ in known],
            [awaited.time for _, awaited, _ in known],
        )

    def _remember(self, errors: list[float]) -> None:
        state = self._state
        state.labelled += len(errors)
        state.errors = state.errors.add(errors)
        state.block.extend(abs(error) for error in errors)
        while len(state.block) >= SERIES_BLOCK:
            block, state.block = state.block[:SERIES_BLOCK], state.block[SERIES_BLOCK:]
            state.series = [*state.series, sum(block) / SERIES_BLOCK][-SERIES_LENGTH:]

    def _update(self, group: str, rows: list[Prediction], columns: dict[str, Any]) -> list[Alarm]:
        if not rows or group not in self._watch.groups:
            return []
        return self._watch.update(group, columns, [row.id for row in rows], [row.time for row in rows])


def _number(label: LabelRecord) -> float:
    try:
        return float(label.value)
    except (TypeError, ValueError) as wrong:
        raise WrongUse(f"the label of prediction {label.prediction_id} is {label.value!r}, not a number") from wrong
