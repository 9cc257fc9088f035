"""`POST /models/{name}/feedback`: what turned out to be true of predictions, one label as an object or a list of them.

A label is `{"prediction_id": ..., "label": ..., "time": ...}`; `time` (ISO, may be left out) is the data's own time at
which it became known. Answer: `{"model", "recorded": n, "refused": [{"index", "prediction_id", "failures"}]}`, 422 if
none was recorded. A label is tested by the contract's tests of the target. A later label corrects an earlier one, so a
request may be repeated. Whether the prediction exists is not asked: the label may come first by another server.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct

from holdtrue.foundation import DataUnreadable, micros_of
from holdtrue.predictionlog import LabelRecord
from holdtrue.serving.http import Receive, Reply, Scope, json_reply, read_body
from holdtrue.serving.rows import failure_list
from holdtrue.serving.served import Live
from holdtrue.serving.state import ServerState


class _Label(Struct):
    prediction_id: str
    label: Any
    time: str | None = None


_one = msgspec.json.Decoder(_Label)
_many = msgspec.json.Decoder(list[_Label])


async def feedback(state: ServerState, name: str, scope: Scope, receive: Receive) -> Reply:
    """Record labels."""
    served = state.model(name)
    labels = _labels(await read_body(receive, state.largest_body))
    received = state.clock.now()
    records, refused = [], []
    for index, given in enumerate(labels):
        value, failures = _tested(served.live, given.label)
        if failures:
            refused.append({"index": index, "prediction_id": given.prediction_id, "failures": failures})
        else:
            moment = _moment(given.time, index)
            records.append(LabelRecord(prediction_id=given.prediction_id, value=value, received=received, time=moment))
    if records:
        await served.record(records)
    state.metrics.labels(name, len(records))
    status = 422 if refused and not records else 200
    return json_reply({"model": name, "recorded": len(records), "refused": refused}, status)


def _labels(body: bytes) -> list[_Label]:
    try:
        return _many.decode(body) if body.lstrip()[:1] == b"[" else [_one.decode(body)]
    except msgspec.DecodeError as wrong:
        hint = 'send {"prediction_id": ..., "label": ...}, or a list of such'
        raise DataUnreadable(f"these are no labels: {wrong}", hint=hint) from wrong


def _tested(live: Live | None, value: Any) -> tuple[Any, list[dict[str, Any]]]:
    if live is None:
        return value, []  # no version says what a label must be; to lose it would be worse
    target = live.loaded.manifest.target
    verdict = live.loaded.label_checker.check({target: value})
    return (None, failure_list(verdict.failures)) if verdict.row is None else (verdict.row[target], [])


def _moment(text: str | None, index: int) -> int | None:
    if text is None:
        return None
    try:
        return micros_of(datetime.fromisoformat(text))
    except ValueError as wrong:
        message = f"label {index} has the time {text!r}, which is none"
        raise DataUnreadable(message, hint="write it as 1996-07-01 or 1996-07-01T12:00:00Z") from wrong
