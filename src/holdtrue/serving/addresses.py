"""`GET /`: what can be asked for here, for whoever finds the server by its bare address."""

from __future__ import annotations

from collections.abc import Iterable
from importlib.metadata import version as installed_version
from urllib.parse import quote

from holdtrue.serving.http import Reply, json_reply
from holdtrue.serving.served import ServedModel


def addresses(models: Iterable[ServedModel]) -> Reply:
    """Return the addresses of a server: those of each model, with the version that answers, and its own."""
    return json_reply(
        {
            "name": "holdtrue",
            "version": installed_version("holdtrue"),
            "models": {served.name: _of_model(served) for served in models},
            "health": "/v2/health/ready",
            "metrics": "/metrics",
            "openapi": "/openapi.json",
        }
    )


def _of_model(served: ServedModel) -> dict[str, str | None]:
    name = quote(served.name)
    return {
        "version": None if served.live is None else served.live.version,
        "predict": f"/models/{name}/predict",
        "feedback": f"/models/{name}/feedback",
        "infer": f"/v2/models/{name}/infer",
    }
