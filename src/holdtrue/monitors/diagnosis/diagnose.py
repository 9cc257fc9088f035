"""From an alarm and the rows around it to what a person is told. No I/O, and the same rows give the same diagnosis."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from holdtrue.foundation import counted, figure, share
from holdtrue.monitors.alarms import Alarm
from holdtrue.monitors.diagnosis.answers import answered_otherwise
from holdtrue.monitors.diagnosis.beginning import beginning_of, of_hits, of_scores
from holdtrue.monitors.diagnosis.carriers import of_attributions, of_inputs, of_predictions, shared_out
from holdtrue.monitors.diagnosis.columns import BY_CHANCE, Found, causes_of, moved_inputs, moved_words
from holdtrue.monitors.diagnosis.drifting import ramp_of
from holdtrue.monitors.diagnosis.effects import effect_of_level, effect_of_number, ranks_in, share_before
from holdtrue.monitors.diagnosis.examples import examples_of
from holdtrue.monitors.diagnosis.hypotheses import Hypothesis
from holdtrue.monitors.diagnosis.pictures import picture_of
from holdtrue.monitors.diagnosis.records import Beginning, Carriers, Cause, Diagnosis, Effect, Picture, Segment
from holdtrue.monitors.diagnosis.rows import Floats, LiveRows, Values
from holdtrue.monitors.diagnosis.scores import evidence_of, scores_of
from holdtrue.monitors.diagnosis.segments import cuts_of, parts_of, segments_of
from holdtrue.profiles import (
    ABSOLUTE_ERROR,
    Baseline,
    CategoryReference,
    HeldSample,
    NumericReference,
    Reference,
    fold,
)

_PICTURES = 4
_SLOW_IS = 0.0
_ENOUGH = 20
_UNIT = "unit of the target"


class Context(Struct, frozen=True, kw_only=True):
    """What is known beside the rows.

    Attributes:
        units: of the fields. unit: of the target. attribution_unit: of attributions, in words; additive: whether
            attributions and base add up to the prediction itself.
        version, reference: REF of the version that answers, and of the one whose baseline it is held against.
        link_before: the baseline's mean prediction in the attributions' unit; None where it is not known.
    """

    units: Mapping[str, str] = {}
    unit: str = ""
    attribution_unit: str = ""
    version: str = ""
    reference: str = ""
    link_before: float | None = None


def diagnose(alarm: Alarm, baseline: Baseline, rows: LiveRows, context: Context | None = None) -> Diagnosis:
    """Say what an alarm's change most likely is, since when, how much, carried by what, and where.

    Args:
        rows: of the alarm's group, some before the change and those since; may be none.
        context: units and names; none are known by default.

    Example:
        >>> import polars as pl
        >>> from holdtrue.monitors import Watch
        >>> from holdtrue.profiles import build_baseline
        >>> rng = np.random.default_rng(0)
        >>> held = pl.DataFrame({"area": rng.gamma(9, 200, 2000), "beds": rng.integers(1, 6, 2000)})
        >>> baseline = build_baseline(held)
        >>> live = {"area": rng.gamma(9, 200, 60), "beds": rng.integers(1, 6, 60).astype(float)}
        >>> live["area"][30:] *= 0.09290304
        >>> ids = [f"row {i}" for i in range(60)]
        >>> alarm = Watch.begin(baseline).update("inputs", live, ids)[0]
        >>> taken = LiveRows(ids=tuple(ids), times=(None,) * 60, first=0, began=alarm.began_row, inputs=live)
        >>> found = diagnose(alarm, baseline, taken, Context(units={"area": "sq ft"}))
        >>> found.cause.clause
        'area written as sq m in place of sq ft'
    """
    known = context or Context()
    if not len(rows):
        return _without_rows(alarm, baseline, rows, known)
    quantity = _Quantity.of(alarm, baseline, rows)
    begin = beginning_of(rows, None if baseline.block is not None else quantity.logs(alarm))
    place = min(max(begin.row - rows.first, 0), len(rows) - 1)
    inputs = {name: values[place:] for name, values in rows.inputs.items()}
    references = baseline.groups.get("inputs", {})
    found = _found(alarm, baseline, rows, place, inputs, references, known)
    causes = _ranked(alarm, rows, place, found, baseline, known)
    segments, note, parts = _where(alarm, baseline, rows, place, quantity, found, causes[0])
    carriers = _carried(alarm, baseline, rows, place, found, known, parts)
    return Diagnosis(
        rows=len(rows) - place,
        baseline_rows=baseline.rows,
        begin=begin,
        effect=quantity.effect(alarm, place, _unit_of(alarm, known)),
        carriers=carriers,
        moved=found.moved,
        causes=causes,
        segments=segments,
        segments_note=note,
        pictures=_pictures(alarm, rows, place, quantity, found, references, causes[0], known),
        examples=examples_of(
            rows, place, _telling(alarm, quantity, found, inputs, place), _named(alarm, found, causes[0], rows)
        ),
    )


class _Quantity(Struct, frozen=True, kw_only=True):
    """The alarm's quantity: what it was in the baseline, its values, and their normal scores or hits."""

    reference: Reference | None
    values: Values | None
    scores: Floats | None
    level: str | None

    @staticmethod
    def of(alarm: Alarm, baseline: Baseline, rows: LiveRows) -> _Quantity:
        reference = baseline.groups.get(alarm.group, {}).get(alarm.quantity)
        values = _values_of(alarm, rows)
        if reference is None or values is None:
            return _Quantity(reference=None, values=None, scores=None, level=alarm.level)
        scores = None
        if isinstance(reference, NumericReference) and isinstance(values, np.ndarray):
            seasonal = baseline.seasonal.get(alarm.group, ())
            scores = scores_of(reference, values, seasonal, alarm.quantity, rows.seasons)
        return _Quantity(reference=reference, values=values, scores=scores, level=alarm.level)

    def hits(self, values: Values) -> Floats:
        """Return 1 for each value that has the alarm's level, else 0."""
        if not isinstance(values, list):
            return np.isnan(values).astype(np.float64)
        reference, level = self.reference, self.level
        assert isinstance(reference, CategoryReference)
        named = [fold(value) if reference.folded else value for value in values]
        if level in ("(new)", "(rare)"):
            once = {name for name, count in reference.levels.items() if count == 1}
            common = {name for name, count in reference.levels.items() if count >= 0.01 * reference.n}
            if level == "(new)":
                return np.array([float(name not in reference.levels or name in once) for name in named])
            # A level that is new is single once and then rare: in the bag of baseline and live rows.
            return np.array([float(name not in common) for name in named])
        return np.array([float(name == level) for name in named])

    def logs(self, alarm: Alarm) -> Floats | None:
        """Return what the beginning is worked out from."""
        if self.reference is None or self.values is None:
            return None
        if self.level is None:
            return None if self.scores is None else of_scores(self.scores)
        return of_hits(self.hits(self.values), alarm.reference.mean)

    def effect(self, alarm: Alarm, place: int, unit: str) -> Effect | None:
        """Return the effect since a place."""
        if self.reference is None or self.values is None:
            return None
        values = self.values[place:]
        if self.level is not None:
            before, rows = share_before(self.reference, self.level)
            if self.level in ("(new)", "(rare)"):
                before, rows = alarm.reference.mean, alarm.reference.n
            return effect_of_level(before, rows, float(self.hits(values).mean()), len(values))
        if isinstance(self.reference, NumericReference) and isinstance(values, np.ndarray):
            return effect_of_number(self.reference, values, ranks_in(self.reference, values), unit)
        return None


def _values_of(alarm: Alarm, rows: LiveRows) -> Values | None:
    if alarm.group == "inputs":
        return rows.inputs.get(alarm.quantity)
    if alarm.group == "predictions":
        return rows.predictions
    if alarm.group == "attributions" and rows.attributions is not None and alarm.quantity in rows.features:
        return rows.attributions[:, rows.features.index(alarm.quantity)]
    if alarm.group == "errors" and rows.errors is not None:
        return np.abs(rows.errors) if alarm.quantity == ABSOLUTE_ERROR else rows.errors
    return None


def _found(
    alarm: Alarm,
    baseline: Baseline,
    rows: LiveRows,
    place: int,
    inputs: Mapping[str, Values],
    references: Mapping[str, Reference],
    known: Context,
) -> Found:
    own = {name: values for name, values in inputs.items() if name in references}
    seasons = None if rows.seasons is None else rows.seasons[place:]
    scores = {
        name: scores_of(reference, values, baseline.seasonal.get("inputs", ()), name, seasons)
        for name, values in own.items()
        if isinstance(reference := references[name], NumericReference) and isinstance(values, np.ndarray)
    }
    moved = moved_inputs(references, own, scores)
    if alarm.quantity in own and alarm.quantity not in dict(moved) and alarm.group in ("inputs", "attributions"):
        evidence = evidence_of(references[alarm.quantity], own[alarm.quantity], scores.get(alarm.quantity))
        # Of an attribution the input itself is looked at first, so it need not stand out among all.
        if alarm.group == "inputs" or evidence > -math.log(BY_CHANCE):
            moved = ((alarm.quantity, max(evidence, 0.1)), *moved)
    in_order = {name: references[name] for name in references if name in own}
    older = _older(alarm, rows, place, references, dict(moved))
    first = [alarm.quantity] if alarm.group == "inputs" else []
    ordered = tuple(sorted(moved, key=lambda each: (each[0] not in first, each[0] in older)))
    found = causes_of(ordered, in_order, own, known.units)
    return replace(found, causes=tuple(_marked(cause, older) for cause in found.causes))


def _older(
    alarm: Alarm, rows: LiveRows, place: int, references: Mapping[str, Reference], moved: Mapping[str, float]
) -> set[str]:
    """Return the inputs that were as far from the baseline before the change began: another change, of before."""
    n = min(place, len(rows) - place)
    if n < _ENOUGH:
        return set()
    found = set()
    for name, evidence in moved.items():
        before = evidence_of(references[name], rows.inputs[name][place - n : place])
        if before > 0.5 * evidence * n / (len(rows) - place) and before > -math.log(BY_CHANCE):
            found.add(name)
    return found - ({alarm.quantity} if alarm.group == "inputs" else set())


def _marked(cause: Cause, older: set[str]) -> Cause:
    if not older.intersection(cause.columns):
        return cause
    return replace(cause, words=f"{cause.words}; it was so before this began", confidence=0.5 * cause.confidence)


def _ranked(
    alarm: Alarm, rows: LiveRows, place: int, found: Found, baseline: Baseline, known: Context
) -> tuple[Cause, ...]:
    columns = len(baseline.groups.get("inputs", {}))
    causes = [_perhaps_slow(cause, rows, baseline) for cause in found.causes]
    otherwise = answered_otherwise(rows, place, known.version)
    late = _labels_late(alarm, rows, place)
    if otherwise is not None:
        return (otherwise, *causes)
    if late is not None:
        return (late, *causes)
    if not causes:
        return (_of_the_model(alarm, known, columns),)
    if alarm.group in ("errors", "attributions", "predictions"):
        # That inputs have moved need not be why: it is, as far as what they bring about is the change.
        rest = _of_the_model(alarm, known, columns, moved=moved_words(found.moved, columns))
        causes = [replace(cause, confidence=0.9 * cause.confidence) for cause in causes]
        return (*causes, replace(rest, confidence=min(rest.confidence, 0.3)))
    return tuple(causes)


def _perhaps_slow(cause: Cause, rows: LiveRows, baseline: Baseline) -> Cause:
    """Say of a drift that it grows, where a ramp tells the rows better than a step does."""
    name = cause.columns[0]
    reference, values = baseline.groups.get("inputs", {}).get(name), rows.inputs.get(name)
    if cause.kind != "drift" or not isinstance(reference, NumericReference) or not isinstance(values, np.ndarray):
        return cause
    ramp = ramp_of(scores_of(reference, values, baseline.seasonal.get("inputs", ()), name, rows.seasons))
    if ramp is None or ramp.log_odds <= _SLOW_IS:
        return cause
    grown = values.size - ramp.start
    odds = 1 / (1 + math.exp(-min(50.0, ramp.log_odds)))
    text = f"{name} drifts slowly"
    return Cause(
        kind="slow drift",
        columns=cause.columns,
        clause=text,
        words=f"{text}: it has come {figure(abs(ramp.rise))} standard deviations {'up' if ramp.rise > 0 else 'down'} "
        f"over {counted(grown, 'row')}, little by little",
        confidence=cause.confidence * odds,
    )


def _labels_late(alarm: Alarm, rows: LiveRows, place: int) -> Cause | None:
    if alarm.group != "errors" or rows.delays is None or min(place, len(rows) - place) < 20:
        return None
    before, now = rows.delays[:place], rows.delays[place:]
    then, later = float(np.median(before)), float(np.median(now))
    if not later > 2 * max(then, 1.0) or float((now > then).mean()) < 0.8:
        return None
    text = "labels come later than before"
    return Cause(
        kind="labels",
        columns=(),
        clause=text,
        words=f"{text}: half took {_lasting(later)} or more, it was {_lasting(then)}; so errors are of other rows",
        confidence=0.7,
    )


def _lasting(micros: float) -> str:
    for length, name in ((86_400e6, "day"), (3_600e6, "hour"), (60e6, "minute"), (1e6, "second")):
        if micros >= length:
            return counted(round(micros / length), name)
    return "under a second"


def _of_the_model(alarm: Alarm, known: Context, columns: int, moved: str = "") -> Cause:
    told = moved or f"none of {counted(columns, 'input')} has changed beyond chance"
    if alarm.group in ("attributions", "predictions") and known.reference and known.reference != known.version:
        text = f"{known.version} decides otherwise than {known.reference}"
        return Cause(
            kind="model",
            columns=(),
            clause=text,
            words=f"{text}, whose baseline it is held against: {told}",
            confidence=0.9 if not moved else 0.3,
        )
    if alarm.group == "errors":
        text = "what is predicted has itself changed"
        return Cause(
            kind="relation",
            columns=(),
            clause=text,
            words=f"{text}: the same inputs go with other values of the target; {told}",
            confidence=0.8 if not moved else 0.3,
        )
    text = "inputs go together in another way" if alarm.group != "tests" else "other rows are sent"
    return Cause(
        kind="drift",
        columns=(),
        clause=text,
        words=f"{text}: {told} by itself" if not moved else f"{text}: {told}",
        confidence=0.5 if not moved else 0.2,
    )


def _without_rows(alarm: Alarm, baseline: Baseline, rows: LiveRows, known: Context) -> Diagnosis:
    begin = Beginning(
        row=alarm.began_row,
        id=alarm.began_id,
        time=alarm.began_time,
        first_row=alarm.began_row,
        last_row=alarm.began_row,
        first_time=alarm.began_time,
        last_time=alarm.began_time,
        coverage=0.0,
    )
    causes: tuple[Cause, ...]
    carriers = None
    if rows.refusals:
        total = sum(rows.refusals.values())
        ordered = sorted(rows.refusals.items(), key=lambda each: (-each[1], each[0]))
        test, count = ordered[0]
        text = f"rows that fail {test}"
        causes = (
            Cause(
                kind="refusals",
                columns=(test.split(".")[0],),
                clause=text,
                words=f"{text}: {share(count / total)} of the {counted(total, 'failure')} since the change",
                confidence=min(0.99, count / total),
            ),
        )
        parts = [(name, float(hits), None, None) for name, hits in ordered]
        carriers = shared_out("the failed tests of refused rows", "failures", float(total), parts)
    else:
        causes = (_of_the_model(alarm, known, 0),) if alarm.group != "tests" else (_unknown(),)
    return Diagnosis(
        rows=0,
        baseline_rows=baseline.rows,
        begin=begin,
        effect=effect_of_level(alarm.reference.mean, alarm.reference.n, alarm.live.mean, alarm.live.n)
        if alarm.group == "tests"
        else None,
        carriers=carriers,
        moved=(),
        causes=causes,
        segments_note="the rows are not kept",
    )


def _unknown() -> Cause:
    text = "not known: the rows are not in the log"
    return Cause(kind="drift", columns=(), clause=text, words=text, confidence=0.0)


def _where(
    alarm: Alarm,
    baseline: Baseline,
    rows: LiveRows,
    place: int,
    quantity: _Quantity,
    found: Found,
    cause: Cause,
) -> tuple[tuple[Segment, ...], str, list[tuple[str, float, float | None, float | None]]]:
    """Return the segments, what is said of them, and the parts of the field in which the change differs most."""
    sample = baseline.sample
    if sample is None or quantity.values is None or quantity.reference is None:
        return (), "", []
    then = _held(alarm, sample)
    if then is None:
        return (), "", []
    if (
        found.top is not None
        and found.top.whole
        and found.top.kind not in ("drift", "copy")
        and alarm.group == "inputs"
    ):
        return (), "all rows are concerned alike", []
    if cause.kind in ("swap", "shift", "reorder", "copy") and alarm.group == "inputs":
        return (), "all rows are concerned alike", []
    now = quantity.values[place:]
    compared, told = _compared(alarm, quantity, found.top, then, now)
    out = (
        {alarm.quantity, *cause.columns, *(name for name, _ in found.moved)} if alarm.group == "inputs" else set[str]()
    )
    fields = {name: values[place:] for name, values in rows.inputs.items() if name not in out}
    held: dict[str, Values] = {}
    for name in fields:
        number, names = sample.number("inputs", name), sample.name(name)
        if number is not None or names is not None:
            held[name] = number if number is not None else (names or [])
    cuts = cuts_of(baseline.groups.get("inputs", {}), held, fields)
    segments, tried = segments_of(cuts, *compared, *told)
    note = f"{counted(tried, 'segment')} looked at"
    note += "; the change is as strong in all of them, as far as these rows can tell" if tried and not segments else ""
    field = segments[0].field if segments else ""
    parts = parts_of([cut for cut in cuts if cut.field == field], *told) if field else []
    return segments, note, parts


def _held(alarm: Alarm, sample: HeldSample) -> Values | None:
    if alarm.group == "inputs":
        number = sample.number("inputs", alarm.quantity)
        return number if number is not None else sample.name(alarm.quantity)
    return sample.number(alarm.group, alarm.quantity)


def _compared(
    alarm: Alarm, quantity: _Quantity, top: Hypothesis | None, then: Values, now: Values
) -> tuple[tuple[Floats, Floats], tuple[Floats, Floats]]:
    """Return what segments are judged by, and what is told of them, each before and now."""
    if alarm.group == "inputs" and top is not None and top.telling is not None and top.kind != "drift":
        hit = (top.telling(then) > 0).astype(np.float64), (top.telling(now) > 0).astype(np.float64)
        return hit, hit
    if alarm.level is not None:
        level = quantity.hits(then), quantity.hits(now)
        return level, level
    assert isinstance(then, np.ndarray) and isinstance(now, np.ndarray)
    assert isinstance(quantity.reference, NumericReference)
    scores = scores_of(quantity.reference, then), scores_of(quantity.reference, now)
    if alarm.direction in ("wider", "narrower"):
        scores = np.abs(scores[0]), np.abs(scores[1])
    return scores, (then, now)


def _carried(
    alarm: Alarm,
    baseline: Baseline,
    rows: LiveRows,
    place: int,
    found: Found,
    known: Context,
    parts: list[tuple[str, float, float | None, float | None]],
) -> Carriers | None:
    explained = None if rows.attributions is None else ~np.isnan(rows.attributions[place:]).any(axis=1)
    if rows.attributions is not None and explained is not None and explained.any():
        now = rows.attributions[place:][explained]
        if alarm.group == "predictions" and rows.totals is not None and baseline.sample is not None:
            totals, before = rows.totals[place:][explained], known.link_before
            if before is not None:
                return of_predictions(rows.features, now, totals, baseline.sample, before, known.attribution_unit)
        if alarm.group == "attributions":
            return of_attributions(rows.features, now, baseline.attribution, known.attribution_unit)
    if alarm.group == "errors" and parts and alarm.level is None:
        reference = baseline.groups["errors"][alarm.quantity]
        values = _values_of(alarm, rows)
        if isinstance(reference, NumericReference) and isinstance(values, np.ndarray):
            total = sum(part for _, part, _, _ in parts)
            return shared_out(f"the change of the average {alarm.quantity}, by segment", known.unit, total, parts)
    references = baseline.groups.get("inputs", {})
    means = {
        name: float(np.nanmean(values[place:]))
        for name, values in rows.inputs.items()
        if isinstance(values, np.ndarray) and not np.isnan(values[place:]).all()
    }
    return of_inputs(found.moved, references, means)


def _unit_of(alarm: Alarm, known: Context) -> str:
    if alarm.level is not None:
        return ""
    if alarm.group == "inputs":
        return known.units.get(alarm.quantity, "")
    return known.attribution_unit if alarm.group == "attributions" else known.unit


def _telling(alarm: Alarm, quantity: _Quantity, found: Found, inputs: Mapping[str, Values], place: int) -> Floats:
    top = found.top
    if top is not None and top.telling is not None and found.moved and found.moved[0][0] in inputs:
        telling = top.telling(inputs[found.moved[0][0]])
        # Where all rows tell alike the first of them are the ones to look at.
        return np.minimum(telling, np.nanmedian(telling)) if top.whole else telling
    if alarm.level is not None and quantity.values is not None:
        return quantity.hits(quantity.values[place:])
    if quantity.scores is None:
        return np.ones(len(next(iter(inputs.values()), ())))
    scores = quantity.scores[place:]
    if alarm.direction in ("wider", "narrower"):
        sizes = np.abs(scores)
        return sizes if alarm.direction == "wider" else np.where(np.isnan(sizes), np.nan, 1 / (1 + sizes))
    return scores if alarm.direction == "up" else -scores


def _named(alarm: Alarm, found: Found, cause: Cause, rows: LiveRows) -> list[str]:
    names = [*([alarm.quantity] if alarm.quantity in rows.inputs else []), *cause.columns]
    return list(dict.fromkeys([*names, *(name for name, _ in found.moved[:3])]))[:6]


def _pictures(
    alarm: Alarm,
    rows: LiveRows,
    place: int,
    quantity: _Quantity,
    found: Found,
    references: Mapping[str, Reference],
    cause: Cause,
    known: Context,
) -> tuple[Picture, ...]:
    pictures: list[Picture | None] = []
    if quantity.reference is not None and quantity.values is not None:
        name = alarm.quantity if alarm.group != "attributions" else f"attribution of {alarm.quantity}"
        values = quantity.values[place:]
        if alarm.group != "inputs" and isinstance(values, np.ndarray):
            values = values[~np.isnan(values)]  # not missing: not worked out for every row
        pictures.append(picture_of(name, quantity.reference, values, _unit_of(alarm, known)))
    named = dict.fromkeys([*cause.columns, *(name for name, _ in found.moved)])
    for name in named:
        if name in references and name in rows.inputs and not (alarm.group == "inputs" and name == alarm.quantity):
            pictures.append(picture_of(name, references[name], rows.inputs[name][place:], known.units.get(name, "")))
    return tuple(each for each in pictures if each is not None)[:_PICTURES]
