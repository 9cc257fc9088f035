"""`POST /models/{name}/predict`: one row as an object, or several as a list.

One row: 200 with `{"model", "version", "prediction", "id", "warnings", "odd"}`, or 422 with
`{"model", "version", "id", "error", "failures"}`. A list: 200 with `{"model", "version", "predictions": [...]}`, one
entry for each row in order, a refused row's being `{"prediction": null, "id", "failures"}`; 422 in the same form if
every row was refused. Where a live policy kept a row from being refused, its answer has `replaced` or `fallback` too.
"""

from __future__ import annotations

from collections.abc import Awaitable, Sequence
from typing import Any

from msgspec import Struct

from holdtrue.contracts import Failure
from holdtrue.predicting import Answer
from holdtrue.serving.http import Receive, Reply, Scope, json_reply
from holdtrue.serving.state import Answered, ServerState, ids_of, judged, takes_long


class _One(Struct, omit_defaults=True):
    model: str
    version: str
    prediction: float
    id: str
    warnings: list[dict[str, Any]]
    odd: str | None
    replaced: tuple[str, ...] = ()
    fallback: str = ""


class _Row(Struct, omit_defaults=True):
    prediction: float
    id: str
    warnings: list[dict[str, Any]]
    odd: str | None
    replaced: tuple[str, ...] = ()
    fallback: str = ""


class _RefusedRow(Struct, kw_only=True):
    prediction: None = None  # so that every entry of a list has one
    id: str
    failures: list[dict[str, Any]]


class _Many(Struct):
    model: str
    version: str
    predictions: list[_Row | _RefusedRow]


async def predict(state: ServerState, name: str, scope: Scope, receive: Receive) -> Reply:
    """Answer a request to predict; recorded before it is answered."""
    served = state.model(name)
    live = state.live(served)
    ids = ids_of(scope)
    body = await state.body(scope, receive)
    form = _many if body.lstrip()[:1] == b"[" else _single

    def work() -> Awaitable[Reply]:
        return state.answer(
            served, live, lambda: judged(live, body), form, scope=scope, ids=ids, long=takes_long(live, body)
        )

    return await served.repeats.once(",".join(ids), body, work)


def failure_list(failures: Sequence[Failure]) -> list[dict[str, Any]]:
    """Return failures as clients see them: field, value, test, severity and message."""
    return [
        {
            "field": failure.field,
            "value": failure.value,
            "test": failure.test,
            "severity": failure.severity.value,
            "message": failure.message,
        }
        for failure in failures
    ]


def _single(answered: Answered) -> Reply:
    name = answered.live.loaded.model
    each, prediction_id = answered.answers[0], answered.ids[0]
    version = answered.live.version
    if each.value is not None:
        replaced, fallback = each.verdict.replaced, each.fallback
        return json_reply(_One(name, version, each.value, prediction_id, _warnings(each), each.odd, replaced, fallback))
    failures = failure_list(each.verdict.failures)
    refused = [failure["message"] for failure in failures if failure["severity"] == "refuse"]
    error = f"the row was refused: {'; '.join(refused)}"
    return json_reply(
        {"model": name, "version": version, "id": prediction_id, "error": error, "failures": failures}, 422
    )


def _many(answered: Answered) -> Reply:
    name = answered.live.loaded.model
    rows = [_row(each, prediction_id) for each, prediction_id in zip(answered.answers, answered.ids, strict=True)]
    all_refused = bool(rows) and all(each.refused for each in answered.answers)
    return json_reply(_Many(name, answered.live.version, rows), 422 if all_refused else 200)


def _row(each: Answer, prediction_id: str) -> _Row | _RefusedRow:
    if each.value is None:
        return _RefusedRow(id=prediction_id, failures=failure_list(each.verdict.failures))
    return _Row(each.value, prediction_id, _warnings(each), each.odd, each.verdict.replaced, each.fallback)


def _warnings(each: Answer) -> list[dict[str, Any]]:
    return failure_list(each.verdict.failures) if each.verdict.failures else []
