"""Says of an alarm what it most likely is, from the rows of the log around it; nothing here can lose the alarm.

The rows are read again from the log, back from where the watcher stands, so nothing of them is kept in its state; which
rows they are depends on the alarm alone (from some before its beginning to the row it was raised at, or so many later),
so batches of any sizes, and a watcher that was killed and went on, give the same diagnosis.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from holdtrue.flavors import UNITS
from holdtrue.foundation import MissingExtra
from holdtrue.monitors import Alarm
from holdtrue.monitors.diagnosis import FEATURES, OWN, Context, Diagnosis, LiveRows, Values, columns_of, diagnose
from holdtrue.predicting import LoadedVersion
from holdtrue.predictionlog import LabelRecord, LogReader, Position, Prediction, Record, Refusal
from holdtrue.profiles import PREDICTION, Baseline, NumericReference, Season, segment_of
from holdtrue.watching.service_told import diagnosed_service
from holdtrue.watching.servicing import ENOUGH
from holdtrue.watching.state import Look

AFTER = 200
"""Rows after an alarm after which it is looked at again; and once more after as many rows as it took to find it."""
BEFORE = 1_500
"""Rows before the estimated beginning that are looked at, where there are so many."""
MOST = 6_000
"""Rows since the beginning that are looked at; of more the last ones."""

_EXPLAINED, _AROUND, _ANSWERED = 1_000, 400, 400
_FIRST_READ, _LAST_READ = 4_096, 262_144
_EARLIER = 3
_CLOSE = 1e-6

_logger = logging.getLogger("holdtrue.watching")


class Known(Struct, frozen=True, kw_only=True):
    """What a diagnosis needs beside the log: names of versions, and how to load them.

    Attributes:
        live, reference: the version that answers, and the one whose baseline it is held against.
        name: gives the REF of a version's id. earlier: gives the ids of the model's other versions, newest first.
    """

    alias: str
    epoch: int
    live: LoadedVersion
    reference: LoadedVersion
    name: Callable[[str], str]
    earlier: Callable[[], Sequence[str]]
    load: Callable[[str], LoadedVersion]


def looks_at(alarm: Alarm) -> Look:
    """Return when an alarm is to be looked at again.

    Rows are those of its group. A change that took long to be found may be slow, which only as many rows more can tell.
    """
    due = {alarm.at_row + AFTER, alarm.at_row + min(MOST, max(AFTER, alarm.rows_taken))}
    return Look(alarm.id, alarm.group, tuple(sorted(due)))


def diagnosed(alarm: Alarm, until: int, reader: LogReader, position: Position, known: Known) -> Diagnosis | None:
    """Diagnose an alarm; None where that fails, which is logged: the alarm stands without it.

    Args:
        until: rows of the alarm's group up to which is looked, at least `alarm.at_row`. position: how far was read.
    """
    try:
        if alarm.group in ENOUGH:
            return diagnosed_service(alarm, reader, position, known.alias, known.epoch)
        rows = _rows_around(alarm, until, reader, position, known)
        return diagnose(alarm, known.reference.baseline, rows, _context(known))
    except Exception:  # whatever it is: what the watcher found must be told
        _logger.exception("alarm %s cannot be diagnosed", alarm.id)
        return None


def _rows_around(alarm: Alarm, until: int, reader: LogReader, position: Position, known: Known) -> LiveRows:
    found, most = _Around([], [], 0), _FIRST_READ
    while True:
        records = reader.before(position, most)
        found = _around(alarm, records, known)
        wanted = min(BEFORE, alarm.began_row)
        if found.began >= wanted or len(records) < most or most >= _LAST_READ:
            break
        most *= 4
    if alarm.group == "tests" or not found.rows:
        return replace(_NOTHING, refusals=_refusals(alarm, records, known))
    at = next((i for i, row in enumerate(found.rows) if row.id == alarm.at_id), len(found.rows) - 1)
    end = min(len(found.rows), at + 1 + until - alarm.at_row)
    began = min(found.began, at)
    start = max(0, began - BEFORE)
    start = max(start, end - MOST - BEFORE)
    span = slice(start, end)
    first = alarm.at_row - 1 - at + start
    return _live_rows(found.rows[span], found.labels[span], max(first, 0), max(0, began - start), alarm, known)


class _Around(Struct, frozen=True):
    """Rows of an alarm's group, their labels where it is one of errors, and the place where the change began."""

    rows: list[Prediction]
    labels: list[tuple[float, int]]
    began: int


_NOTHING = LiveRows(ids=(), times=(), first=0, began=0)


def _around(alarm: Alarm, records: Sequence[Record], known: Known) -> _Around:
    seen: dict[str, Prediction] = {}
    rows: list[Prediction] = []
    labels: list[tuple[float, int]] = []
    early: dict[str, LabelRecord] = {}
    by_errors, told = alarm.group == "errors", set[str]()
    for record in records:
        if isinstance(record, Prediction):
            if record.alias != known.alias or record.epoch != known.epoch or record.id in seen:
                continue
            seen[record.id] = record
            label = early.pop(record.id, None)
            if by_errors and label is not None:
                _label(label, record, rows, labels, told)
            elif not by_errors and (alarm.group == "inputs" or record.own):
                rows.append(record)
        elif by_errors and isinstance(record, LabelRecord):
            answered = seen.get(record.prediction_id)
            if answered is None:
                early[record.prediction_id] = record
            else:
                _label(record, answered, rows, labels, told)
    began = next((i for i, row in enumerate(rows) if row.id == alarm.began_id), 0)
    return _Around(rows, labels or [(math.nan, 0) for _ in rows], began)


def _label(
    record: LabelRecord,
    answered: Prediction,
    rows: list[Prediction],
    labels: list[tuple[float, int]],
    told: set[str],
) -> None:
    try:
        value = float(record.value)
    except (TypeError, ValueError, OverflowError):
        return
    if answered.own and math.isfinite(value) and math.isfinite(answered.value) and answered.id not in told:
        told.add(answered.id)
        rows.append(answered)
        labels.append((value, max(0, record.moment - answered.moment)))


def _refusals(alarm: Alarm, records: Sequence[Record], known: Known) -> dict[str, int]:
    """Return how often each test refused a row since the change began."""
    counts: dict[str, int] = {}
    asked = [record for record in records if isinstance(record, Prediction | Refusal)]
    begun = not any(record.id == alarm.began_id for record in asked)
    for record in asked:
        if record.alias != known.alias or record.epoch != known.epoch:
            continue
        begun = begun or record.id == alarm.began_id
        if begun and isinstance(record, Refusal):
            for failed in record.failures:
                if failed.severity != "refuse":
                    continue
                counts[failed.test] = counts.get(failed.test, 0) + 1
        if record.id == alarm.at_id:
            break
    return counts


def _live_rows(
    rows: Sequence[Prediction],
    labels: Sequence[tuple[float, int]],
    first: int,
    began: int,
    alarm: Alarm,
    known: Known,
) -> LiveRows:
    baseline = known.reference.baseline
    sample = baseline.sample
    # What a live policy put in a value's place says nothing of what came.
    kept = [{k: v for k, v in row.row.items() if k not in row.replaced} if row.replaced else row.row for row in rows]
    predictions = np.array([row.value if row.own else np.nan for row in rows])
    explained, totals, features = _explained(rows, began, known)
    own = np.array([label - row.value for row, (label, _) in zip(rows, labels, strict=True)])
    with_errors = alarm.group == "errors"
    return LiveRows(
        ids=tuple(row.id for row in rows),
        times=tuple(row.moment for row in rows),
        first=first,
        began=began,
        inputs=inputs_of(kept, [row.moment for row in rows], baseline),
        segments={}
        if sample is None
        else {name: [segment_of(row.get(name)) for row in kept] for name in sample.segments},
        predictions=predictions,
        attributions=explained,
        totals=totals,
        features=features,
        errors=-own if with_errors else None,
        delays=np.array([float(delay) for _, delay in labels]) if with_errors else None,
        seasons=seasons_of(rows, baseline.season),
        answers=_answers(rows, predictions, began, known),
        versions=tuple(known.name(row.version) if row.version != known.live.id else _own(known) for row in rows),
    )


def inputs_of(rows: Sequence[Mapping[str, Any]], moments: Sequence[int], baseline: Baseline) -> dict[str, Values]:
    """Return the watched inputs of rows, those among them that are views of a field worked out."""
    learnt = baseline.learnt
    fields = {view.of: [row.get(view.of) for row in rows] for view in learnt.views.values()}
    viewed = learnt.viewed(fields, np.array(moments, dtype=np.int64)) if fields else {}
    places = range(len(rows))
    seen = [{name: values[place] for name, values in viewed.items()} for place in places] if viewed else []
    every = [{**row, **more} for row, more in zip(rows, seen, strict=True)] if seen else rows
    return columns_of(baseline.groups.get("inputs", {}), every)


def _own(known: Known) -> str:
    return known.name(known.live.id)


def seasons_of(rows: Sequence[Prediction], season: Season | None) -> NDArray[np.int64] | None:
    """Return which season each row is of; None where there are none."""
    if season is None:
        return None
    moments = np.array([row.moment for row in rows], dtype=np.int64)
    return season.places(moments, [row.row.get(season.of) for row in rows])


def _explained(
    rows: Sequence[Prediction], began: int, known: Known
) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None, tuple[str, ...]]:
    """Explain the rows around the beginning and since, of very many some that are spread evenly; NaN for the others."""
    names = tuple(known.live.manifest.encoder.names)
    near = range(max(0, began - _AROUND), min(len(rows), began + _AROUND))
    places = sorted({*near, *_spread(began, len(rows), _EXPLAINED)})
    chosen = [place for place in places if rows[place].own]
    if not chosen:
        return None, None, names
    try:
        found = known.live.explainer.explain(known.live.matrix([rows[place].row for place in chosen]))
    except MissingExtra:
        return None, None, names
    values, totals = np.full((len(rows), len(names)), np.nan), np.full(len(rows), np.nan)
    values[chosen], totals[chosen] = found.values, found.totals()
    return values, totals, names


def _answers(
    rows: Sequence[Prediction], given: NDArray[np.float64], began: int, known: Known
) -> dict[str, NDArray[np.float64]]:
    """Return what the version gives for the rows since the change, and, where that is not what was answered, others."""
    chosen = [place for place in _spread(began, len(rows), _ANSWERED) if rows[place].own]
    if not chosen:
        return {}
    taken = [rows[place].row for place in chosen]
    matrix = known.live.matrix(taken)
    found = {OWN: known.live.predict_matrix(matrix)}
    off = np.abs(found[OWN] - given[chosen]) > _CLOSE * (1 + np.abs(found[OWN]))
    if off.sum() > max(1, 0.05 * len(chosen)):
        names = known.live.manifest.encoder.names
        alphabetical = sorted(range(len(names)), key=lambda place: names[place])
        for words, order in (("in alphabetical order", alphabetical), ("in reverse order", [*range(len(names))][::-1])):
            found[FEATURES + words] = known.live.predict_matrix(np.ascontiguousarray(matrix[:, order]))
        for version in [each for each in known.earlier() if each != known.live.id][:_EARLIER]:
            other = known.load(version)
            if set(other.manifest.encoder.names) <= set(taken[0]):
                found[known.name(version)] = other.predict_rows(taken)
    return {name: _placed(values, chosen, len(rows)) for name, values in found.items()}


def _placed(values: NDArray[np.float64], places: Sequence[int], rows: int) -> NDArray[np.float64]:
    whole = np.full(rows, np.nan)
    whole[list(places)] = values
    return whole


def _spread(first: int, end: int, most: int) -> list[int]:
    count = end - first
    if count <= 0:
        return []
    places: list[int] = np.unique(np.linspace(first, end - 1, min(count, most)).round().astype(int)).tolist()
    return places


def _context(known: Known) -> Context:
    live = known.live
    contract, link = live.manifest.contract, live.predictor.link
    target = contract.field(live.manifest.target)
    unit = target.unit if target is not None else ""
    predicted = known.reference.baseline.groups.get("predictions", {}).get(PREDICTION)
    return Context(
        units={field.name: field.unit for field in contract.fields if field.unit},
        unit=unit,
        attribution_unit=unit if link == "identity" else UNITS[link],
        version=_own(known),
        reference=known.name(known.reference.id),
        link_before=predicted.mean if link == "identity" and isinstance(predicted, NumericReference) else None,
    )
