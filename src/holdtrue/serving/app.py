"""The live road's application: the predict route as plain ASGI, everything else as Starlette routes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from http import HTTPStatus
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from holdtrue.catalog import Catalog
from holdtrue.foundation import Clock, SystemClock
from holdtrue.predictionlog import Durability
from holdtrue.serving import inference
from holdtrue.serving.addresses import addresses
from holdtrue.serving.feedback import feedback
from holdtrue.serving.http import Receive, Reply, Scope, Send, problem, send_reply
from holdtrue.serving.metrics import CONTENT_TYPE, Gauge
from holdtrue.serving.openapi import openapi
from holdtrue.serving.rows import predict
from holdtrue.serving.sampling import Sampler
from holdtrue.serving.served import ServedModel
from holdtrue.serving.state import ServerState, replied
from holdtrue.serving.swapping import Settings, Swapper
from holdtrue.store import Store

_CLOSE = [(b"connection", b"close")]
_BEFORE, _AFTER = "/models/", "/predict"
_PREDICTING = ("predict", "infer")
_logger = logging.getLogger("holdtrue.serving")


class ServingApp:
    """An ASGI application; made by `create_app`, run by `serve`.

    Attributes:
        state: its models, counts and clock.
    """

    def __init__(self, state: ServerState, swapper: Swapper, sampler: Sampler, routes: Sequence[BaseRoute]) -> None:
        self.state = state
        self._swapper, self._sampler = swapper, sampler
        self._prepared = False
        self._other = Starlette(
            routes=[*_own_routes(state, sampler), *routes, _bare_address(state, sampler)],
            lifespan=self._lifespan,
            exception_handlers={HTTPException: _in_our_form},
        )

    @property
    def models(self) -> dict[str, ServedModel]:
        """The models served, by name."""
        return self.state.models

    def prepare(self) -> None:
        """Open the logs and load the versions to serve; `serve` does it before it listens."""
        if not self._prepared:
            self._swapper.prepare()
            self._prepared = True

    def drain(self) -> None:
        """Ask clients to go elsewhere: every answer ends its connection, and the server is no longer ready."""
        self.state.draining = True

    def close(self) -> None:
        """Bring the logs to the disk and close them."""
        with contextlib.ExitStack() as closing:  # each is closed, whatever another raises
            for served in self.state.models.values():
                closing.callback(served.log.close)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._other(scope, receive, send)
            return
        path: str = scope["path"]
        if path.endswith(_AFTER) and path.startswith(_BEFORE) and scope["method"] == "POST":
            began = time.perf_counter()
            name = path[len(_BEFORE) : -len(_AFTER)]
            reply = await replied(predict(self.state, name, scope, receive))
            if reply is not None:
                await send_reply(send, reply, _CLOSE if self.state.draining else [])
                _count(self.state, self._sampler, name, "predict", reply.status, began)
        elif self.state.draining:
            await self._other(scope, receive, _closing(send))
        else:
            await self._other(scope, receive, send)

    @contextlib.asynccontextmanager
    async def _lifespan(self, app: Starlette) -> AsyncIterator[None]:
        await asyncio.to_thread(self.prepare)
        following = asyncio.create_task(self._swapper.run())
        others = [asyncio.create_task(self.state.bodies.sweep()), asyncio.create_task(self._sampler.run())]
        following.add_done_callback(_say_if_broken)
        try:
            yield
        finally:
            for task in (following, *others):
                task.cancel()
            await asyncio.wait([following, *others])
            await asyncio.to_thread(self.close)


def create_app(
    *,
    store: Store,
    catalog: Catalog,
    log_root: Path,
    models: Sequence[str] | None = None,
    clock: Clock | None = None,
    alias: str = "production",
    durability: Durability = "batch",
    writer: str = "server",
    poll_seconds: float = 0.05,
    largest_body: int = 4 << 20,
    body_seconds: float = 30.0,
    sample_seconds: float = 5.0,
    cache_dir: Path | None = None,
    routes: Sequence[BaseRoute] = (),
) -> ServingApp:
    """Return the application of a server; nothing is opened or loaded yet.

    Args:
        store, catalog: where versions and aliases are kept.
        log_root: the folder of the prediction logs.
        models: the models to serve; None: every model there is, new ones too.
        clock: dates what is received; the machine's by default.
        alias: the alias that says which version answers.
        durability: `batch` (an answer survives the process at once, a power cut after at most 50 ms), `sync` (an answer
            is sent once its record is on the disk) or `none`.
        writer: this server's name in the log.
        poll_seconds: how often the catalog is asked whether the alias has moved.
        largest_body, body_seconds: bytes that a request may have, and how long they may take to come.
        sample_seconds: how often it is noted down in the log how the service runs.
        cache_dir: where copies of versions are kept, for a store that is far away.
        routes: further Starlette routes and mounts, such as pages; they come after the server's own.
    """
    state = ServerState(clock or SystemClock(), largest_body, body_seconds)
    settings = Settings(
        store=store,
        catalog=catalog,
        log_root=Path(log_root),
        models=None if models is None else tuple(models),
        alias=alias,
        durability=durability,
        writer=writer,
        poll_seconds=poll_seconds,
        cache_dir=cache_dir,
    )
    return ServingApp(state, Swapper(state, settings), Sampler(state, sample_seconds), routes)


Endpoint = Callable[[Request], Awaitable[Response]]


def _own_routes(state: ServerState, sampler: Sampler) -> list[BaseRoute]:
    def at(path: str, method: str, route: str, answer: Callable[[str, str, Request], Awaitable[Reply]]) -> Route:
        return Route(path, _endpoint(state, sampler, route, answer), methods=[method])

    async def ready(name: str, version: str, request: Request) -> Reply:
        return await inference.model_ready(state, name, version)

    async def metadata(name: str, version: str, request: Request) -> Reply:
        return inference.model_metadata(state, name, version)

    async def infer(name: str, version: str, request: Request) -> Reply:
        return await inference.infer(state, name, version, request.scope, request.receive)

    async def labels(name: str, version: str, request: Request) -> Reply:
        return await feedback(state, name, request.scope, request.receive)

    async def rows(name: str, version: str, request: Request) -> Reply:
        return await predict(state, name, request.scope, request.receive)

    async def alive(name: str, version: str, request: Request) -> Reply:
        return inference.server_live()

    async def all_ready(name: str, version: str, request: Request) -> Reply:
        return await inference.server_ready(state)

    async def server(name: str, version: str, request: Request) -> Reply:
        return inference.server_metadata()

    async def metrics(name: str, version: str, request: Request) -> Reply:
        return Reply(200, state.metrics.text(_gauges(state)).encode(), CONTENT_TYPE)

    async def document(name: str, version: str, request: Request) -> Reply:
        return openapi(list(state.models.values()))

    model = "/v2/models/{name}"
    return [
        at("/models/{name}/predict", "POST", "predict", rows),
        at("/models/{name}/feedback", "POST", "feedback", labels),
        at("/openapi.json", "GET", "openapi", document),
        at("/metrics", "GET", "metrics", metrics),
        at("/v2", "GET", "metadata", server),
        at("/v2/health/live", "GET", "health", alive),
        at("/v2/health/ready", "GET", "health", all_ready),
        *(
            route
            for place in (model, model + "/versions/{version}")
            for route in (
                at(place, "GET", "metadata", metadata),
                at(place + "/ready", "GET", "health", ready),
                at(place + "/infer", "POST", "infer", infer),
            )
        ),
    ]


def _bare_address(state: ServerState, sampler: Sampler) -> Route:
    """The route of `/`, which comes last: pages have it where there are any."""

    async def root(name: str, version: str, request: Request) -> Reply:
        return addresses(list(state.models.values()))

    return Route("/", _endpoint(state, sampler, "root", root), methods=["GET"])


def _endpoint(
    state: ServerState, sampler: Sampler, route: str, answer: Callable[[str, str, Request], Awaitable[Reply]]
) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        began = time.perf_counter()
        name, version = request.path_params.get("name", ""), request.path_params.get("version", "")
        reply = await replied(answer(name, version, request))
        if reply is None:
            reply = problem(400, "the request was not whole")  # no one is there to read it
        _count(state, sampler, name, route, reply.status, began)
        return Response(reply.body, reply.status, media_type=reply.content_type.decode())

    return endpoint


async def _in_our_form(request: Request, error: Exception) -> Response:
    status, headers = (error.status_code, error.headers) if isinstance(error, HTTPException) else (500, None)
    there = "GET /openapi.json lists those that there are"
    hint = f"there is no such address here; {there}" if status == 404 else f"this address takes other methods; {there}"
    reply = problem(status, f"{request.method} {request.url.path}: {HTTPStatus(status).phrase}", hint=hint)
    return Response(reply.body, status, headers, media_type=reply.content_type.decode())


def _count(state: ServerState, sampler: Sampler, name: str, route: str, status: int, began: float) -> None:
    seconds = time.perf_counter() - began
    # A name that no model has is no label: anyone could make up a million of them.
    known = name if name in state.models else ""
    state.metrics.request(known, route, status, seconds)
    if known and route in _PREDICTING:
        sampler.request(known, status, seconds)


def _gauges(state: ServerState) -> Iterator[Gauge]:
    for served in list(state.models.values()):  # the thread that looks for versions may add one
        if served.live is not None:
            live = served.live
            labels = {"model": served.name, "version": live.version, "version_id": live.loaded.id, "alias": live.alias}
            yield Gauge("version_info", "The version that answers.", labels, 1)
            yield Gauge("version_epoch", "How often the alias has moved.", {"model": served.name}, live.epoch)
        ready = float(served.live is not None and not served.unrecorded)
        yield Gauge("model_ready", "Whether a version answers.", {"model": served.name}, ready)
    help_text = "Whether the server follows the alias; at 0 no new version will ever answer."
    yield Gauge("following", help_text, {}, float(state.following))


def _say_if_broken(following: asyncio.Task[None]) -> None:
    if not following.cancelled() and (broken := following.exception()) is not None:
        _logger.error("versions are no longer followed: start the server anew", exc_info=broken)


def _closing(send: Send) -> Send:
    async def closing(message: object) -> None:
        if isinstance(message, dict) and message["type"] == "http.response.start":
            message = {**message, "headers": [*message.get("headers", []), *_CLOSE]}
        await send(message)  # type: ignore[arg-type]

    return closing
