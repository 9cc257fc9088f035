"""How tests ask a server: real HTTP over the standard library's client."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import msgspec

from holdtrue.serving import Running, ServingApp


class Answer(msgspec.Struct):
    """A status, the body read as JSON (or text), and the headers."""

    status: int
    body: Any
    headers: dict[str, str]


class Server:
    """A running server."""

    def __init__(self, url: str, app: ServingApp, running: Running) -> None:
        self.url, self.app, self.running = url, app, running

    def get(self, path: str) -> Answer:
        return ask(self.url, "GET", path)

    def post(self, path: str, body: Any, **headers: str) -> Answer:
        data = body if isinstance(body, bytes) else msgspec.json.encode(body)
        return ask(self.url, "POST", path, data, {name.replace("_", "-"): value for name, value in headers.items()})

    def predict(self, body: Any, **headers: str) -> Answer:
        return self.post("/models/houses/predict", body, **headers)


def ask(
    url: str, method: str, path: str, body: bytes | None = None, headers: Mapping[str, str] | None = None
) -> Answer:
    """Send one request over a connection of its own."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
    try:
        connection.request(method, path, body, dict(headers or {}))
        reply = connection.getresponse()
        raw = reply.read()
        text = reply.getheader("content-type", "")
        read = msgspec.json.decode(raw) if text.startswith("application/json") else raw.decode()
        return Answer(reply.status, read, {name.lower(): value for name, value in reply.getheaders()})
    finally:
        connection.close()


def until(true: Callable[[], object], seconds: float = 20.0) -> None:
    """Wait until something is so; fail if it does not become so."""
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "it did not come to be so"
        time.sleep(0.005)
