"""The little of ASGI that every route needs: read a body, send an answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

import msgspec
from msgspec import Struct

from holdtrue.foundation import HoldtrueError

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_JSON = (b"content-type", b"application/json")
_encoder = msgspec.json.Encoder()


class Reply(Struct, frozen=True):
    """A status and a body; JSON unless another content type is named."""

    status: int
    body: bytes
    content_type: bytes = b"application/json"


class TooLarge(Exception):
    """A request's body is longer than the server takes."""


class TooSlow(Exception):
    """A request's body did not come within the time the server waits for it."""


class Gone(Exception):
    """The client went away before its request was whole."""


def json_reply(value: Any, status: int = 200) -> Reply:
    """Return a value as a JSON answer."""
    return Reply(status, _encoder.encode(value))


def problem(status: int, message: str, *, hint: str = "", **more: Any) -> Reply:
    """Return an error: `{"error": ..., "hint": ..., ...}`, the form the inference protocol asks for too.

    Example:
        >>> problem(404, "no model x", models=["y"]).body
        b'{"error":"no model x","models":["y"]}'
    """
    return json_reply({"error": message, **({"hint": hint} if hint else {}), **more}, status)


def problem_of(status: int, error: HoldtrueError) -> Reply:
    """Return one of holdtrue's errors as an answer."""
    return problem(status, error.message, hint=error.hint)


async def read_body(receive: Receive, limit: int, patience: float) -> bytes:
    """Return the whole body of a request.

    Raises:
        TooLarge: it is longer than `limit` bytes.
        TooSlow: it did not come within `patience` seconds.
        Gone: the client went away.
    """
    try:
        async with asyncio.timeout(patience):
            return await _whole_body(receive, limit)
    except TimeoutError:
        raise TooSlow from None


async def _whole_body(receive: Receive, limit: int) -> bytes:
    message = await receive()
    body: bytes = message.get("body", b"")
    if message["type"] == "http.request" and not message.get("more_body") and len(body) <= limit:
        return body  # almost always
    pieces, size = [body], len(body)
    while True:
        if message["type"] != "http.request":
            raise Gone
        if size > limit:
            raise TooLarge
        if not message.get("more_body"):
            return b"".join(pieces)
        message = await receive()
        pieces.append(message.get("body", b""))
        size += len(pieces[-1])


def header(scope: Scope, name: bytes) -> str:
    """Return a request header by its lower-case name, "" if it is not there."""
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
    for key, value in headers:
        if key == name:
            return value.decode("latin-1")
    return ""


def foreign_page(scope: Scope) -> str:
    """Return which other site's page sent this request, "" if none did.

    A browser lets any page send a simple request to any address, this machine's too, and says so by these headers;
    programs send neither.
    """
    site = origin = host = ""
    headers: Iterable[tuple[bytes, bytes]] = scope["headers"]
    for key, value in headers:
        if key == b"sec-fetch-site":
            site = value.decode("latin-1")
        elif key == b"origin":
            origin = value.decode("latin-1")
        elif key == b"host":
            host = value.decode("latin-1")
    if site in ("cross-site", "same-site"):
        return origin or site
    return origin if origin and origin.partition("://")[2] != host else ""


async def send_reply(send: Send, reply: Reply, extra: list[tuple[bytes, bytes]]) -> None:
    """Send an answer, with further headers."""
    kind = _JSON if reply.content_type == _JSON[1] else (b"content-type", reply.content_type)
    headers = [kind, (b"content-length", b"%d" % len(reply.body)), *extra]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body})
