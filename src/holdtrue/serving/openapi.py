"""`GET /openapi.json`: what this server takes and answers now, as OpenAPI 3.1, made of the contracts of what it serves.

It is made anew for each request, so a hot swap is seen at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from importlib.metadata import version as installed_version
from typing import Any

from holdtrue.contracts import FieldSpec, Severity, expression_text
from holdtrue.contracts.exchange import property_of, row_schema
from holdtrue.predicting import LoadedVersion
from holdtrue.serving.examples import example_label, example_row
from holdtrue.serving.http import Reply, json_reply
from holdtrue.serving.served import Live, ServedModel

_ERRORS = {
    "400": "The body is no JSON, neither one object nor a list of them, or the prediction ids do not fit.",
    "403": "A page of another site sent it, by way of someone's browser.",
    "408": "The request did not come whole in time.",
    "413": "The request is longer, has more rows, or media that take more decoding, than the server does for one.",
    "503": "No version of the model can answer, or the answer could not be recorded: ask again later.",
}
_THEN = {Severity.REFUSE: "refused", Severity.WARN: "a warning", Severity.NOTE: "noted"}
_LONGEST = 12  # rules that are told in a description


def openapi(models: Iterable[ServedModel]) -> Reply:
    """Return the document of these models."""
    return json_reply(openapi_document(models))


def openapi_document(models: Iterable[ServedModel]) -> dict[str, Any]:
    """Return the OpenAPI 3.1 document of these models, as plain values."""
    paths: dict[str, Any] = {}
    schemas = dict(_SCHEMAS)
    for served in sorted(models, key=lambda each: each.name):
        row, label = f"{served.name}.row", f"{served.name}.label"
        example = known = None
        if served.live is None:
            schemas[row] = {"type": "object", "description": "No version of this model can answer now."}
            schemas[label] = {}
        else:
            schemas[row] = _row(served.live)
            schemas[label] = _label(served.live.loaded)
            example = example_row(served.live.loaded)
            target = _target(served.live.loaded)
            known = None if target is None else example_label(target)
        paths[f"/models/{served.name}/predict"] = {"post": _predict(served, row, example)}
        paths[f"/models/{served.name}/feedback"] = {"post": _feedback(served.name, label, known)}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "holdtrue",
            "version": installed_version("holdtrue"),
            "description": "Models in production. Every row is tested by the contract that its model was trained with; "
            "every answer is recorded. The Open Inference Protocol V2 is spoken too, under /v2.",
        },
        "paths": paths | _OWN_PATHS,
        "components": {
            "schemas": schemas,
            "responses": {f"error{code}": _response(text, "error") for code, text in _ERRORS.items()},
            "parameters": _PARAMETERS,
        },
    }


def _row(live: Live) -> dict[str, Any]:
    contract = live.loaded.contract
    schema = {key: value for key, value in row_schema(contract).document.items() if key != "$schema"}
    told = [
        f"{rule.message or expression_text(rule.expression)} ({_THEN[rule.severity]} otherwise)"
        for rule in contract.rules
    ]
    words = [f"One row of {live.loaded.model}, as version {live.version} takes it; other fields are ignored."]
    if told:
        more = "; ..." if len(told) > _LONGEST else ""
        words.append(f"Between its fields must hold: {'; '.join(told[:_LONGEST])}{more}.")
    return {**schema, "description": " ".join(words)}


def _label(loaded: LoadedVersion) -> dict[str, Any]:
    target = _target(loaded)
    return {} if target is None else property_of(target, [])


def _target(loaded: LoadedVersion) -> FieldSpec | None:
    return loaded.manifest.contract.field(loaded.manifest.target)


def _ref(name: str) -> dict[str, Any]:
    return {"$ref": f"#/components/schemas/{name}"}


def _several(one: dict[str, Any]) -> dict[str, Any]:
    return {"oneOf": [one, {"type": "array", "items": one}]}


def _content(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"application/json": {"schema": schema, **more}}


def _response(text: str, schema: str) -> dict[str, Any]:
    return {"description": text, "content": _content(_ref(schema))}


def _problems(*more: str) -> dict[str, Any]:
    return {code: {"$ref": f"#/components/responses/error{code}"} for code in sorted([*_ERRORS, *more])}


def _predict(served: ServedModel, row: str, example: Mapping[str, Any] | None) -> dict[str, Any]:
    version = "no version now" if served.live is None else served.live.version
    told = {"example": example} if example is not None else {}
    either = [_ref("answer"), _ref("answers")]
    refused = [_ref("refusal"), _ref("answers")]
    return {
        "operationId": f"predict_{served.name}",
        "tags": [served.name],
        "summary": f"Predict by {served.name} ({version})",
        "description": "One row as an object, or several as a list, which is answered row by row.",
        "parameters": [{"$ref": f"#/components/parameters/{name}"} for name in _PARAMETERS],
        "requestBody": {"required": True, "content": _content(_several(_ref(row)), **told)},
        "responses": {
            "200": {
                "description": "Answered; of a list, at least one row was.",
                "content": _content({"oneOf": either}),
            },
            "409": _response("The prediction ids were given to other rows before.", "error"),
            "422": {"description": "Refused; of a list, every row was.", "content": _content({"oneOf": refused})},
            "500": _response("The model failed on rows that passed its contract.", "error"),
            **_problems(),
        },
    }


def _feedback(name: str, label: str, known: Any) -> dict[str, Any]:
    one = {
        "type": "object",
        "properties": {
            "prediction_id": {"type": "string", "description": "The id of the answer."},
            "label": _ref(label),
            "time": {"type": ["string", "null"], "description": "When it became known, in the data's own time (ISO)."},
        },
        "required": ["prediction_id", "label"],
    }
    told = {} if known is None else {"example": {"prediction_id": "0199c2f0-7d3a", "label": known}}
    return {
        "operationId": f"feedback_{name}",
        "tags": [name],
        "summary": f"Say what turned out to be true of predictions by {name}",
        "requestBody": {"required": True, "content": _content(_several(one), **told)},
        "responses": {
            "200": _response("Recorded; of a list, at least one was.", "recorded"),
            "422": _response("None was recorded.", "recorded"),
            **_problems(),
        },
    }


_FAILURE = {
    "type": "object",
    "description": "One test that the row did not pass.",
    "properties": {
        "field": {"type": "string"},
        "value": {},
        "test": {"type": "string", "examples": ["beds.ge"]},
        "severity": {"enum": [severity.value for severity in Severity]},
        "message": {"type": "string", "examples": ["beds: -8 is less than 0 [beds.ge]"]},
    },
    "required": ["field", "value", "test", "severity", "message"],
}
_ANSWERED: dict[str, Any] = {
    "prediction": {"type": "number"},
    "id": {"type": "string", "description": "The prediction's id, under which its label is sent."},
    "warnings": {"type": "array", "items": _ref("failure")},
    "odd": {"type": ["string", "null"], "description": "Why the row is out of the ordinary; null if it is not."},
}
_REFUSED: dict[str, Any] = {
    "id": {"type": "string"},
    "failures": {"type": "array", "items": _ref("failure"), "minItems": 1},
}
_OF = {"model": {"type": "string"}, "version": {"type": "string", "examples": ["v3"]}}


def _object(properties: dict[str, Any], *, closed: bool = False) -> dict[str, Any]:
    shape = {"type": "object", "properties": properties, "required": list(properties)}
    return {**shape, "additionalProperties": False} if closed else shape


_SCHEMAS: dict[str, Any] = {
    "failure": _FAILURE,
    "answer": _object({**_OF, **_ANSWERED}, closed=True),
    "refusal": _object({**_OF, **_REFUSED, "error": {"type": "string"}}, closed=True),
    "answers": _object(
        {
            **_OF,
            "predictions": {
                "type": "array",
                "description": "One entry a row, in order.",
                "items": {
                    "oneOf": [
                        _object(_ANSWERED, closed=True),
                        _object({"prediction": {"type": "null"}, **_REFUSED}, closed=True),
                    ]
                },
            },
        },
        closed=True,
    ),
    "recorded": _object(
        {
            "model": {"type": "string"},
            "recorded": {"type": "integer"},
            "refused": {
                "type": "array",
                "items": _object(
                    {
                        "index": {"type": "integer"},
                        "prediction_id": {"type": "string"},
                        "failures": _REFUSED["failures"],
                    }
                ),
            },
        }
    ),
    "error": {
        "type": "object",
        "properties": {"error": {"type": "string"}, "hint": {"type": "string"}},
        "required": ["error"],
    },
    "ready": {
        "type": "object",
        "properties": {"ready": {"type": "boolean"}, "why": {"type": "object"}},
        "required": ["ready"],
    },
}
_PARAMETERS: dict[str, Any] = {
    "ids": {
        "name": "Holdtrue-Prediction-Id",
        "in": "header",
        "description": "Your own prediction ids (1 to 64 letters, digits and . _ : / + = -), of a list one a row, "
        "parted by commas: a request that is sent again gets the same answer and is recorded once.",
        "schema": {"type": "string"},
    },
    "client": {
        "name": "Holdtrue-Client",
        "in": "header",
        "description": "The name under which you stand in the log; by default your address.",
        "schema": {"type": "string", "maxLength": 64},
    },
}
_OWN_PATHS: dict[str, Any] = {
    "/openapi.json": {
        "get": {
            "operationId": "openapi",
            "summary": "This document",
            "responses": {"200": {"description": "OpenAPI 3.1.", "content": _content({"type": "object"})}},
        }
    },
    "/metrics": {
        "get": {
            "operationId": "metrics",
            "summary": "What was counted, as Prometheus reads it",
            "responses": {"200": {"description": "Text.", "content": {"text/plain": {"schema": {"type": "string"}}}}},
        }
    },
    "/v2/health/ready": {
        "get": {
            "operationId": "ready",
            "summary": "Whether every model can answer",
            "responses": {"200": _response("All can.", "ready"), "503": _response("Some cannot.", "ready")},
        }
    },
}
