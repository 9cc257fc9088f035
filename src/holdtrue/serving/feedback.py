"""`POST /models/{name}/feedback`: what turned out to be true of predictions, one label as an object or a list of them.

A label is `{"prediction_id": ..., "label": ..., "time": ...}`; `time` (ISO, may be left out) is the data's own time at
which it became known. Answer: `{"model", "recorded": n, "refused": [{"index", "prediction_id", "failures"}]}`, 422 if
none was recorded. A label is tested by the contract's tests of the target. A later label corrects an earlier one, so a
request may be repeated. Whether the prediction exists is not asked: the label may come first by another server.
A long list is worked on in a thread.
"""

from __future__ import annotations

import asyncio
from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from holdtrue.contracts import TooManyRows, shown
from holdtrue.foundation import DataUnreadable, in_calendar, micros_of
from holdtrue.predictionlog import LabelRecord, check_prediction_id
from holdtrue.serving.http import Receive, Reply, Scope, json_reply
from holdtrue.serving.rows import failure_list
from holdtrue.serving.served import Live
from holdtrue.serving.state import LONG_BODY, MOST_ROWS, ServerState


class _Label(Struct):
    prediction_id: str
    label: Any
    time: str | None = None


_one = msgspec.json.Decoder(_Label)
_many = msgspec.json.Decoder(list[_Label])


async def feedback(state: ServerState, name: str, scope: Scope, receive: Receive) -> Reply:
    """Record labels."""
    served = state.model(name)
    body = await state.body(scope, receive)
    received = state.clock.now()

    def work() -> tuple[Reply, int, int]:
        records, refused = _judged(served.live, _labels(body), received)
        ticket = served.write(records) if records else 0
        status = 422 if refused and not records else 200
        reply = json_reply({"model": name, "recorded": len(records), "refused": refused}, status)
        return reply, ticket, len(records)

    reply, ticket, recorded = await asyncio.to_thread(work) if len(body) > LONG_BODY else work()
    if ticket:
        await served.durable(ticket)
    state.metrics.labels(name, recorded)
    return reply


def _judged(live: Live | None, labels: list[_Label], received: int) -> tuple[list[LabelRecord], list[dict[str, Any]]]:
    records, refused = [], []
    for index, given in enumerate(labels):
        check_prediction_id(given.prediction_id)
        value, failures = _tested(live, given.label)
        if failures:
            refused.append({"index": index, "prediction_id": given.prediction_id, "failures": failures})
        else:
            moment = _moment(given.time, index)
            records.append(LabelRecord(prediction_id=given.prediction_id, value=value, received=received, time=moment))
    return records, refused


def _labels(body: bytes) -> list[_Label]:
    try:
        labels = _many.decode(body) if body.lstrip()[:1] == b"[" else [_one.decode(body)]
    except (ValueError, RecursionError) as wrong:  # msgspec's own errors, and text that is not UTF-8
        hint = 'send {"prediction_id": ..., "label": ...}, or a list of such'
        raise DataUnreadable(f"these are no labels: {wrong}", hint=hint) from wrong
    if len(labels) > MOST_ROWS:
        raise TooManyRows(f"{len(labels):,} labels at once, {MOST_ROWS:,} are taken", hint="send them in several lists")
    return labels


def _tested(live: Live | None, value: Any) -> tuple[Any, list[dict[str, Any]]]:
    if live is None:
        if isinstance(value, (dict, list)):
            raise DataUnreadable(f"{shown(value)} is no label", hint="a label is one value")
        return value, []  # no version says what a label must be; to lose it would be worse
    target = live.loaded.manifest.target
    verdict = live.loaded.label_checker.check({target: value})
    return (None, failure_list(verdict.failures)) if verdict.row is None else (verdict.row[target], [])


def _moment(text: str | None, index: int) -> int | None:
    if text is None:
        return None
    try:
        moment = micros_of(datetime.fromisoformat(text))
    except ValueError as wrong:
        message = f"label {index + 1} has the time {shown(text)}, which is none"
        raise DataUnreadable(message, hint="write it as 1996-07-01 or 1996-07-01T12:00:00Z") from wrong
    if not in_calendar(moment):
        message = f"label {index + 1} has the time {shown(text)}, which in UTC lies outside the years 1 to 9999"
        raise DataUnreadable(message, hint="write it as 1996-07-01 or 1996-07-01T12:00:00Z")
    return moment
