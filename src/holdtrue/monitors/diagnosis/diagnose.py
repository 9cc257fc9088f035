"""From an alarm and the rows around it to what a person is told. No I/O, and the same rows give the same diagnosis."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from holdtrue.foundation import counted, share
from holdtrue.monitors.alarms import Alarm
from holdtrue.monitors.diagnosis.beginning import beginning_of
from holdtrue.monitors.diagnosis.carriers import of_attributions, of_inputs, of_predictions, shared_out
from holdtrue.monitors.diagnosis.changed import changed_inputs
from holdtrue.monitors.diagnosis.columns import Found
from holdtrue.monitors.diagnosis.context import Context
from holdtrue.monitors.diagnosis.effects import effect_of_level
from holdtrue.monitors.diagnosis.examples import examples_of
from holdtrue.monitors.diagnosis.pictures import picture_of
from holdtrue.monitors.diagnosis.quantity import Quantity, unit_of, values_of
from holdtrue.monitors.diagnosis.ranking import of_the_model, ranked, without_refusals
from holdtrue.monitors.diagnosis.records import Beginning, Carriers, Cause, Diagnosis, Picture
from holdtrue.monitors.diagnosis.rows import Floats, LiveRows, Values
from holdtrue.monitors.diagnosis.strongest import where_strongest
from holdtrue.profiles import Baseline, NumericReference, Reference

_PICTURES = 4


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
    quantity = Quantity.of(alarm, baseline, rows)
    begin = beginning_of(rows, None if baseline.block is not None else quantity.logs(alarm))
    place = min(max(begin.row - rows.first, 0), len(rows) - 1)
    inputs = {name: values[place:] for name, values in rows.inputs.items()}
    references = baseline.groups.get("inputs", {})
    found = changed_inputs(alarm, baseline, rows, place, inputs, references, known)
    causes = ranked(alarm, rows, place, found, baseline, known)
    segments, note, parts = where_strongest(alarm, baseline, rows, place, quantity, found, causes[0])
    carriers = _carried(alarm, baseline, rows, place, found, known, parts)
    return Diagnosis(
        rows=len(rows) - place,
        baseline_rows=baseline.rows,
        begin=begin,
        effect=quantity.effect(alarm, place, unit_of(alarm, known)),
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
        causes = (of_the_model(alarm, known, 0) if alarm.group != "tests" else without_refusals(alarm),)
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
        if alarm.group == "predictions" and rows.totals is not None:
            totals = rows.totals[place:][explained]
            attributions = baseline.groups.get("attributions", {})
            before = {name: each.mean for name, each in attributions.items() if isinstance(each, NumericReference)}
            return of_predictions(rows.features, now, totals, before, known.link_before, known.attribution_unit)
        if alarm.group == "attributions":
            return of_attributions(rows.features, now, baseline.attribution, known.attribution_unit)
    if alarm.group == "errors" and parts and alarm.level is None:
        reference = baseline.groups["errors"][alarm.quantity]
        values = values_of(alarm, rows)
        if isinstance(reference, NumericReference) and isinstance(values, np.ndarray):
            total = sum(part for _, part, _, _ in parts)
            return shared_out(f"the change of the average {alarm.quantity}, by segment", known.unit, total, parts)
    references = baseline.groups.get("inputs", {})
    means = {
        name: float(np.nanmean(values[place:]))
        for name, values in rows.inputs.items()
        if isinstance(values, np.ndarray) and not np.isnan(values[place:]).all()
    }
    return of_inputs([each for each in found.moved if each[0] not in found.older], references, means)


def _telling(alarm: Alarm, quantity: Quantity, found: Found, inputs: Mapping[str, Values], place: int) -> Floats:
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
    quantity: Quantity,
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
        pictures.append(picture_of(name, quantity.reference, values, unit_of(alarm, known)))
    named = dict.fromkeys([*cause.columns, *(name for name, _ in found.moved)])
    for name in named:
        if name in references and name in rows.inputs and not (alarm.group == "inputs" and name == alarm.quantity):
            pictures.append(picture_of(name, references[name], rows.inputs[name][place:], known.units.get(name, "")))
    return tuple(each for each in pictures if each is not None)[:_PICTURES]
