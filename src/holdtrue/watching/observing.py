"""Turns records of the log into observations of each group, and feeds them to the detectors in the log's order."""

from __future__ import annotations

import math
import zlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.foundation import DAY, in_calendar
from holdtrue.monitors import NO_CLOCK, Alarm, Transition, Watch
from holdtrue.predicting import LoadedVersion
from holdtrue.predictionlog import LabelRecord, Prediction, Record, Refusal, ServiceSample
from holdtrue.profiles import EXPECTED_LOSS, LABEL, PREDICTION, REFUSED, Baseline, Reference
from holdtrue.watching.arrivals import Ripe, columns_of
from holdtrue.watching.encoding import EncodedRows
from holdtrue.watching.estimating import LabelledRow, expected_losses, take_estimates
from holdtrue.watching.pacing import halvings_of, is_explained
from holdtrue.watching.servicing import ENOUGH, Observation
from holdtrue.watching.state import (
    MOST_AWAITING,
    MOST_EARLY,
    MOST_SEEN,
    RECENT,
    SERIES_BLOCK,
    SERIES_LENGTH,
    Awaiting,
    WatcherState,
)

_CLOCK_RECORDS, _CLOCK_WITNESSES = 100, 5
_Seen = TypeVar("_Seen")


class Labelled(Struct, frozen=True):
    """A row of this epoch whose label is known: the prediction's id, what was answered, and the label.

    Attributes:
        counted: rows that the model itself had answered when the label came.
    """

    id: str
    answered: Awaiting
    label: float
    counted: int

    @property
    def error(self) -> float:
        """The signed error: prediction less label."""
        return self.answered.value - self.label


class _Tested(Struct, frozen=True):
    """A row that was asked about: its id and time, 1 if the contract refused it (else 0), the tests it failed; the key
    of its stamp."""

    id: str
    moment: int
    refused: float
    failed: tuple[str, ...]
    key: str


class Observer:
    """Takes records of one epoch of an alias: counts them, joins labels, updates the detectors.

    Records are gone through one by one in their order, so batches of any sizes leave the same state. `rows` are the
    answered ones that were new. `baseline` is what the watch was begun with.
    """

    def __init__(self, alias: str, state: WatcherState, watch: Watch, live: LoadedVersion, baseline: Baseline) -> None:
        self._alias, self._state, self._watch, self._live = alias, state, watch, live
        self._learnt, self._labels = baseline.learnt, baseline.groups.get("labels", {}).get(LABEL)
        self._within = round(watch.settings.labels_within * DAY)
        self._seen = set(state.seen)
        self.rows: list[Prediction] = []
        self._stamps: dict[str, tuple[int, int]] = {}
        self.transitions: list[Transition] = []
        self._encoded = EncodedRows(live, [])

    def take(self, records: Sequence[Record]) -> list[Alarm]:
        """Judge records in their order; return the alarms they raised (`transitions`: what became of earlier ones).

        Rows answered under another alias or in another epoch belong to that one's watch and are only counted. Labels
        count where their prediction was answered in this epoch.
        """
        rows = self.rows = []
        self._stamps = {}
        labelled: list[Labelled] = []
        tested: list[_Tested] = []
        ripe: list[Ripe] = []
        served: dict[str, list[Observation]] = {group: [] for group in ENOUGH}
        for record in records:
            if isinstance(record, LabelRecord):
                self._take_label(record, labelled)
            elif isinstance(record, ServiceSample):
                self._take_sample(record, served)
            elif record.alias != self._alias or record.epoch != self._state.epoch:
                self._state.others += 1
            elif isinstance(record, Refusal):
                key = _refused_key(record.id)
                if key not in self._seen:
                    self._remember(key)
                    self._state.refused += 1
                    # A refused row is not kept, nor is its time: it counts as of the rows around it.
                    clock = self._state.data_time
                    failed = tuple(failure.test for failure in record.failures)
                    tested.append(_Tested(record.id, record.received if clock is None else clock, 1.0, failed, key))
                    self._stamp(key)
            elif record.id not in self._seen:
                rows.append(record)
                self._take_row(record, labelled)
                # A live policy that kept a row from being refused has not made it right.
                tested.append(_Tested(record.id, record.moment, float(not record.own), record.warnings, record.id))
            for row in self._state.coming.ripen(self._state.data_time, self._within):
                ripe.append(row)
                self._stamp(_ripe_key(row.id))
        alarms = self._judge_tests(tested) + self._judge_rows(rows) + self._judge_estimates(rows, labelled)
        alarms += self._judge_errors(labelled) + self._judge_labels(ripe)
        for group, observed in served.items():
            alarms += self._judge_service(group, observed)
        return alarms

    def _take_sample(self, sample: ServiceSample, served: dict[str, list[Observation]]) -> None:
        if sample.alias != self._alias or sample.epoch != self._state.epoch:
            return
        # Of rows it is the data's time that counts; a service has none but the clock.
        self._stamps[sample.id] = self._state.answered + self._state.refused, sample.received
        for group, observed in self._state.service.take(sample).items():
            served[group].append(observed)

    def _take_row(self, row: Prediction, labelled: list[Labelled]) -> None:
        state = self._state
        self._remember(row.id)
        moment = min(row.moment, row.received)
        advance_clock(state, moment)
        if state.first_time is None:
            state.first_time = moment
        state.answered += 1
        self._stamp(row.id)
        state.odd += row.odd is not None
        state.recent.append(row.value)
        del state.recent[:-RECENT]
        state.arrivals.append(row.received)
        del state.arrivals[:-RECENT]
        # What a fallback answered says nothing of the model, nor does its error; so with a row that was mended.
        if not _answered(row):
            return
        awaiting = Awaiting(row.value, row.moment, int(self._seasons([row])[0]), state.estimates.rows)
        state.estimates.rows += 1
        label = state.early.pop(row.id, None)
        state.coming.answered(row, label, state.data_time)
        if label is not None:
            labelled.append(Labelled(row.id, awaiting, label, state.estimates.rows))
            self._stamp(_label_key(row.id))
        elif _chosen(row.id, state.halvings):
            state.awaiting[row.id] = awaiting
            self._make_room()

    def _take_label(self, record: LabelRecord, labelled: list[Labelled]) -> None:
        state = self._state
        if record.time is not None and in_calendar(record.time):
            advance_clock(state, min(record.time, record.received))
        label = number_of(record.value)
        if label is None:
            state.unusable += 1
            return
        state.coming.labelled(record, label)
        awaited = state.awaiting.pop(record.prediction_id, None)
        if awaited is not None:
            labelled.append(Labelled(record.prediction_id, awaited, label, state.estimates.rows))
            self._stamp(_label_key(record.prediction_id))
            return
        state.early[record.prediction_id] = label
        if len(state.early) > MOST_EARLY:
            # Labels whose prediction never comes (another epoch's, or a correction) must not pile up.
            del state.early[next(iter(state.early))]

    def _stamp(self, key: str) -> None:
        """Note, for what a record gives rise to, how many rows were asked about and what the data's clock shows."""
        clock = self._state.data_time
        self._stamps[key] = self._state.answered + self._state.refused, NO_CLOCK if clock is None else clock

    def _remember(self, prediction_id: str) -> None:
        seen = self._state.seen
        self._seen.add(prediction_id)
        seen.append(prediction_id)
        if len(seen) > MOST_SEEN:
            self._seen.discard(seen.pop(0))

    def _make_room(self) -> None:
        """Where labels come late, let a fixed share of the rows wait for them: errors are then judged on a sample."""
        state = self._state
        while len(state.awaiting) > MOST_AWAITING:
            state.halvings += 1
            state.awaiting = {name: each for name, each in state.awaiting.items() if _chosen(name, state.halvings)}

    def _judge_tests(self, tested: list[_Tested]) -> list[Alarm]:
        if not tested or "tests" not in self._watch.groups:
            return []
        columns = {name: np.zeros(len(tested)) for name in self._watch.quantities("tests")}
        for place, each in enumerate(tested):
            columns[REFUSED][place] = each.refused
            for test in each.failed:
                if test in columns:
                    columns[test][place] = 1.0
        return self._told(
            "tests",
            columns,
            [each.id for each in tested],
            [each.moment for each in tested],
            [each.key for each in tested],
        )

    def _judge_rows(self, rows: list[Prediction]) -> list[Alarm]:
        # The inputs of a row that a fallback answered are as live as any.
        own = [row for row in rows if row.own]
        self._encoded = EncodedRows(self._live, own)
        alarms = self._update("inputs", rows, self._fields("inputs", rows))
        alarms += self._update("pairs", rows, self._fields("pairs", rows))
        alarms += self._update("predictions", own, {PREDICTION: np.array([row.value for row in own])})
        return alarms + self._judge_reasons(own)

    def _fields(self, group: str, rows: list[Prediction]) -> dict[str, list[Any]]:
        """Return the fields that a group is worked out from, as they came: nothing where a live policy replaced it."""
        if group not in self._watch.groups:
            return {}
        fields = self._learnt.fields(group, self._watch.quantities(group))
        return {name: [None if name in row.replaced else row.row.get(name) for row in rows] for name in fields}

    def _judge_reasons(self, rows: list[Prediction]) -> list[Alarm]:
        halvings = halvings_of(self._state)
        rows = [row for row in rows if is_explained(row.id, halvings)] if halvings else rows
        if not rows or "attributions" not in self._watch.groups:
            return []
        names = self._live.manifest.encoder.names
        values = self._live.explainer.explain(self._encoded.of(rows)).values
        state = self._state
        for place, name in enumerate(names):
            # One by one: a sum in another order may differ in its last bit.
            for value in values[:, place].tolist():
                state.attribution[name] = state.attribution.get(name, 0.0) + abs(value)
        state.explained += len(rows)
        return self._update("attributions", rows, {name: values[:, place] for place, name in enumerate(names)})

    def _judge_estimates(self, rows: list[Prediction], labelled: list[Labelled]) -> list[Alarm]:
        estimator = self._live.estimator
        if estimator is None:
            return []
        rows = [row for row in rows if _answered(row)]
        matrix = self._encoded.of(rows)
        predictions = np.array([row.value for row in rows])
        labels = [LabelledRow(each.answered.row, each.counted, each.answered.value, each.label) for each in labelled]
        take_estimates(self._state.estimates, estimator, matrix, predictions, [row.moment for row in rows], labels)
        if not rows or "estimates" not in self._watch.groups:
            return []
        losses = expected_losses(estimator, matrix, predictions, [row.id for row in rows])
        return self._update("estimates", rows, {EXPECTED_LOSS: losses})

    def _judge_errors(self, labelled: list[Labelled]) -> list[Alarm]:
        signed = [each.error for each in labelled]
        state = self._state
        state.labelled += len(signed)
        state.errors = state.errors.add(signed)
        state.block.extend(abs(error) for error in signed)
        while len(state.block) >= SERIES_BLOCK:
            block, state.block = state.block[:SERIES_BLOCK], state.block[SERIES_BLOCK:]
            state.series = [*state.series, sum(block) / SERIES_BLOCK][-SERIES_LENGTH:]
        if not labelled or "errors" not in self._watch.groups:
            return []
        return self._told(
            "errors",
            {
                PREDICTION: np.array([each.answered.value for each in labelled]),
                LABEL: np.array([each.label for each in labelled]),
            },
            [each.id for each in labelled],
            [each.answered.time for each in labelled],
            [_label_key(each.id) for each in labelled],
            np.array([each.answered.season for each in labelled], dtype=np.int64),
        )

    def _told(
        self,
        group: str,
        columns: dict[str, Any],
        ids: list[str],
        moments: list[int],
        keys: Sequence[str],
        seasons: NDArray[np.int64] | None = None,
    ) -> list[Alarm]:
        stamps = np.array([self._stamps[key] for key in keys], dtype=np.int64).reshape(-1, 2)
        asked, clock = stamps[:, 0], stamps[:, 1]
        alarms = self._watch.update(group, columns, ids, moments, seasons, asked=asked, clock=clock)
        self.transitions += self._watch.transitions
        return alarms

    def _judge_labels(self, ripe: list[Ripe]) -> list[Alarm]:
        """Judge rows whose time has passed, once so many are known that there is something to hold them against."""
        arrivals, label, within = self._state.coming, self._labels, self._within
        if label is None:
            return []
        judged = self._once_known("labels", ripe, lambda: arrivals.references(label, within), arrivals.gather)
        if not judged:
            return []
        ids, moments = [row.id for row in judged], [row.moment for row in judged]
        return self._told("labels", columns_of(judged), ids, moments, [_ripe_key(each) for each in ids])

    def _judge_service(self, group: str, observed: list[Observation]) -> list[Alarm]:
        """Judge how the service ran, once so much is known that there is something to hold it against."""
        service, settings = self._state.service, self._watch.settings
        judged = self._once_known(
            group,
            observed,
            lambda: service.references(group, settings.limits),
            lambda each: service.gather(each, group),
        )
        if not judged:
            return []
        ids, keys = [each.id for each in judged], [_service_key(group, each.id) for each in judged]
        for each, key in zip(judged, keys, strict=True):
            asked, clock = self._stamps[each.id]
            self._stamps[key] = service.spend(group, asked, settings.budget.most), clock
        return self._told(group, service.columns(judged, group), ids, [each.moment for each in judged], keys)

    def _once_known(
        self,
        group: str,
        seen: Sequence[_Seen],
        references: Callable[[], Mapping[str, Reference] | None],
        gather: Callable[[_Seen], None],
    ) -> Sequence[_Seen]:
        """Gather what a later group has seen, begin it once that makes a reference, and return what is judged."""
        watch, begun = self._watch, 0
        if group not in (*watch.groups, *watch.awaited):
            return []
        while group in watch.awaited:
            found = references()
            if found is not None:
                watch.refer(group, found)
            elif begun == len(seen):
                return []
            else:
                gather(seen[begun])
                begun += 1
        for each in seen[begun:]:
            gather(each)
        return seen[begun:]

    def _update(self, group: str, rows: list[Prediction], columns: dict[str, Any]) -> list[Alarm]:
        if not rows or group not in self._watch.groups:
            return []
        # A model without a time field is dated by when its rows were received.
        moments = [row.moment for row in rows]
        ids = [row.id for row in rows]
        return self._told(group, columns, ids, moments, ids, self._seasons(rows))

    def _seasons(self, rows: Sequence[Prediction]) -> NDArray[np.int64]:
        season = self._watch.season
        if season is None:
            return np.zeros(len(rows), dtype=np.int64)
        moments = np.array([row.moment for row in rows], dtype=np.int64)
        return season.places(moments, [row.row.get(season.of) for row in rows])


def _answered(row: Prediction) -> bool:
    """Return whether the model itself answered what was sent, by a number."""
    return row.own and math.isfinite(row.value)


def advance_clock(state: WatcherState, moment: int) -> None:
    """Let the data's clock go on to a moment that a record names, if others bear it out.

    The clock never goes beyond a time unless 5 of the last 100 records are no more than a day older: one row that is
    dated next century changes nothing. Where rows are days apart it is that of the fifth latest record. It never goes
    back, but while there are fewer than 5.
    """
    state.moments.append(moment)
    del state.moments[:-_CLOCK_RECORDS]
    if len(state.moments) < _CLOCK_WITNESSES:
        state.data_time = min(state.moments)
    elif state.data_time is None or moment > state.data_time:
        if not _borne_out(state.moments, moment):
            moment = sorted(state.moments)[-_CLOCK_WITNESSES]
        state.data_time = moment if state.data_time is None else max(state.data_time, moment)


def _borne_out(moments: list[int], moment: int) -> bool:
    return sum(each >= moment - DAY for each in moments) >= _CLOCK_WITNESSES


def number_of(label: object) -> float | None:
    """Return a label as a finite number, None if it is none.

    Example:
        >>> number_of(True), number_of("12.5"), number_of("dear"), number_of(float("nan"))
        (1.0, 12.5, None, None)
    """
    try:
        value = float(label)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return None
    return value if math.isfinite(value) else None


def _refused_key(prediction_id: str) -> str:
    # A client may mend its row and send it again under the same id: that is another one. No id has this sign.
    return f"!{prediction_id}"


def _label_key(prediction_id: str) -> str:
    return f"!!{prediction_id}"


def _ripe_key(prediction_id: str) -> str:
    return f"!!!{prediction_id}"


def _service_key(group: str, sample_id: str) -> str:
    return f"!{group}!{sample_id}"


def _chosen(prediction_id: str, halvings: int) -> bool:
    return zlib.crc32(prediction_id.encode()) & ((1 << halvings) - 1) == 0
