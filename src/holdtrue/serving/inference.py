"""The Open Inference Protocol V2, by which servers and clients of many makes understand each other.

A request is answered whole or not at all: the protocol has no form for a refused row, so one refused row gives 422 with
`error` and `failures` (each with its `row_number`, from 1), and only the refused rows are recorded.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from importlib.metadata import version as installed_version
from typing import Any

from holdtrue.contracts import TooManyRows
from holdtrue.foundation import DataUnreadable, WrongUse
from holdtrue.predicting import Answer, answer
from holdtrue.serving.http import Receive, Reply, Scope, header, json_reply, problem
from holdtrue.serving.rows import failure_list
from holdtrue.serving.served import Live, ServedModel
from holdtrue.serving.state import MOST_ROWS, Answered, ServerState, UnknownModel, ids_of, takes_long
from holdtrue.serving.tensors import InferRequest, inputs_of, lists_of, request_of, rows_of

_BINARY = b"inference-header-content-length"
_OUTPUTS: dict[str, tuple[str, Callable[[Answered, int], Any]]] = {
    "prediction": ("FP64", lambda answered, row: answered.answers[row].value),
    "id": ("BYTES", lambda answered, row: answered.ids[row]),
    "odd": ("BYTES", lambda answered, row: answered.answers[row].odd or ""),
    "replaced": ("BYTES", lambda answered, row: ", ".join(answered.answers[row].verdict.replaced)),
    "fallback": ("BYTES", lambda answered, row: answered.answers[row].fallback),
    "warnings": (
        "BYTES",
        lambda answered, row: "; ".join(failure.message for failure in answered.answers[row].verdict.warnings),
    ),
}


def server_metadata() -> Reply:
    """`GET /v2`: who serves."""
    return json_reply({"name": "holdtrue", "version": installed_version("holdtrue"), "extensions": []})


def server_live() -> Reply:
    """`GET /v2/health/live`: the process answers."""
    return json_reply({"live": True})


async def server_ready(state: ServerState) -> Reply:
    """`GET /v2/health/ready`: 200 if every model has a version that answers, its log takes records, versions are
    followed, and the server is not about to stop."""
    why = {name: trouble for name, trouble in state.troubles.items() if name not in state.models}
    for name, served in list(state.models.items()):
        await asyncio.to_thread(served.look_again)
        trouble = served.trouble if served.live is None else served.unrecorded
        if trouble:
            why[name] = trouble
    if state.draining:
        why["server"] = "about to stop"
    elif not state.following:
        why["server"] = "does not follow the alias: a new version would not be served"
    return json_reply({"ready": not why, **({"why": why} if why else {})}, 503 if why else 200)


def model_metadata(state: ServerState, name: str, version: str) -> Reply:
    """`GET /v2/models/{name}`: what it takes and gives."""
    _, live = _served(state, name, version)
    manifest = live.loaded.manifest
    return json_reply(
        {
            "name": name,
            "versions": [live.version],
            "platform": f"holdtrue_{manifest.flavor}",
            "inputs": inputs_of(live.loaded.contract),
            "outputs": [
                {"name": each, "datatype": datatype, "shape": [-1]} for each, (datatype, _) in _OUTPUTS.items()
            ],
            "parameters": {"version_id": live.loaded.id, "target": manifest.target, "epoch": live.epoch},
        }
    )


async def model_ready(state: ServerState, name: str, version: str) -> Reply:
    """`GET /v2/models/{name}/ready`: 200 if a version answers and its log takes records."""
    served = state.model(name)
    await asyncio.to_thread(served.look_again)
    ready = served.live is not None and version in ("", served.live.version, served.live.version[1:])
    ready = ready and not served.unrecorded
    return json_reply({"name": name, "ready": ready}, 200 if ready else 503)


async def infer(state: ServerState, name: str, version: str, scope: Scope, receive: Receive) -> Reply:
    """`POST /v2/models/{name}/infer`: answer rows that come as tensors."""
    served, live = _served(state, name, version)
    if header(scope, _BINARY):
        raise WrongUse("binary tensor data is not spoken here", hint="send the data as JSON")
    ids = ids_of(scope)
    body = await state.body(scope, receive)
    long = takes_long(live, body)

    async def work() -> Reply:
        request = await asyncio.to_thread(request_of, body) if long else request_of(body)
        wanted = [each.name for each in request.outputs] or ["prediction"]
        for each in wanted:
            if each not in _OUTPUTS:
                raise DataUnreadable(f"there is no output {each}", hint=f"there are {', '.join(_OUTPUTS)}")
        return await state.answer(
            served,
            live,
            lambda: _judged(live, request),
            lambda answered: _reply(name, request, wanted, answered),
            scope=scope,
            ids=ids,
            long=long,
            whole=True,
        )

    return await served.repeats.once(f"v2:{','.join(ids)}" if ids else "", body, work)


def _judged(live: Live, request: InferRequest) -> list[Answer]:
    rows = rows_of(request.inputs, lists_of(live.loaded.contract))
    if len(rows) > MOST_ROWS:
        raise TooManyRows(f"{len(rows):,} rows at once, {MOST_ROWS:,} are taken", hint="send them in several requests")
    return answer(live.loaded, live.loaded.checker.check_rows(rows))


def _served(state: ServerState, name: str, version: str) -> tuple[ServedModel, Live]:
    served = state.model(name)
    live = state.live(served)
    if version not in ("", live.version, live.version[1:]):
        raise UnknownModel(f"version {version} of {name} is not served here", hint=f"{live.version} is")
    return served, live


def _reply(name: str, request: InferRequest, wanted: list[str], answered: Answered) -> Reply:
    refused = [(number, each) for number, each in enumerate(answered.answers, 1) if each.refused]
    if refused:
        failures = [
            {"row_number": number, "id": answered.ids[number - 1], **failure}
            for number, each in refused
            for failure in failure_list(each.verdict.failures)
        ]
        first = "; ".join(f"row {failure['row_number']}: {failure['message']}" for failure in failures[:5])
        more = f" and {len(failures) - 5} more" if len(failures) > 5 else ""
        return problem(422, f"{len(refused)} of {len(answered.answers)} rows refused: {first}{more}", failures=failures)
    count = len(answered.answers)
    outputs = []
    for each in wanted:
        datatype, give = _OUTPUTS[each]
        data = [give(answered, row) for row in range(count)]
        outputs.append({"name": each, "shape": [count], "datatype": datatype, "data": data})
    reply: dict[str, Any] = {"model_name": name, "model_version": answered.live.version}
    if request.id is not None:
        reply["id"] = request.id
    # The protocol's parameters are text, numbers or booleans: no lists.
    reply["parameters"] = {"prediction_ids": ",".join(answered.ids), "version_id": answered.live.loaded.id}
    reply["outputs"] = outputs
    return json_reply(reply)
