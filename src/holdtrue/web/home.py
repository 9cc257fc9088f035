"""The home page and what it fetches: routes that any Starlette application can take in."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Callable, Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from holdtrue.foundation import UnknownReference
from holdtrue.web.alarm_report import alarm_page
from holdtrue.web.assets import Asset, assets
from holdtrue.web.readings import FRESH_SECONDS, PATIENCE_SECONDS, Reading, Readings
from holdtrue.web.rendering import Rendered, Renderer
from holdtrue.workspace import Overview, ShownAlarm

_HTML = "text/html; charset=utf-8"
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:\d{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:\d{1,5})?")
_ORIGINS = 8

_GUARDED = {
    # Nothing but this server's own files: no inline script or style, no frame, no form, no other address.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
_CHANGING = {**_GUARDED, "Cache-Control": "no-cache"}
_LASTING = {**_GUARDED, "Cache-Control": "public, max-age=31536000, immutable"}


def pages(
    overview: Callable[[], Overview],
    *,
    title: str,
    document: str = "",
    fresh_seconds: float = FRESH_SECONDS,
    patience_seconds: float = PATIENCE_SECONDS,
    monotonic: Callable[[], float] = time.monotonic,
    alarm: Callable[[str], ShownAlarm] | None = None,
) -> list[BaseRoute]:
    """Return the routes of the pages: `/`, `/live`, `/api/overview`, `/static/NAME`.

    `/live` is the part of the page that changes; the page's script asks for it each second. What `overview` raises is
    told on the page in a sentence, above the last figures that could be read.

    Args:
        overview: reads the project; called in a worker thread, never twice at once.
        title: the page's heading.
        document: where the same address says what it takes (`openapi.json`); "": nowhere.
        fresh_seconds: the least time between two calls of `overview`, however many people look.
        patience_seconds: how long a viewer waits for a slow `overview` before seeing the figures before.
        monotonic: seconds of a clock that never goes back.
        alarm: gives an alarm by its id, for `/alarms/ID`; it is called in a worker thread. None: alarms have no pages.
    """
    readings = Readings(overview, fresh_seconds=fresh_seconds, patience_seconds=patience_seconds, monotonic=monotonic)
    shipped = assets()
    home = _Home(readings, Renderer(title, shipped, document, alarms=alarm is not None), shipped, alarm)
    return [
        Route("/", home.page),
        Route("/live", home.live),
        Route("/api/overview", home.overview),
        Route("/static/{name}", home.static),
        *([Route("/alarms/{id}", home.alarm)] if alarm is not None else []),
    ]


class _Home:
    """The endpoints; a reading is rendered once for all who reach the server under the same address."""

    def __init__(
        self,
        readings: Readings,
        renderer: Renderer,
        shipped: Mapping[str, Asset],
        alarm: Callable[[str], ShownAlarm] | None,
    ) -> None:
        self._readings, self._renderer, self._assets, self._alarm = readings, renderer, shipped, alarm
        self._rendered: dict[str, Rendered] = {}
        self._rendering = asyncio.Lock()

    async def page(self, request: Request) -> Response:
        rendered = await self._present(request)
        status = 503 if rendered.reading.overview is None else 200
        return Response(rendered.page, status, _CHANGING, _HTML)

    async def live(self, request: Request) -> Response:
        rendered = await self._present(request)
        tag = f'"{rendered.mark}"'
        headers = {**_CHANGING, "ETag": tag, "Holdtrue-As-Of": rendered.as_of}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        return Response(rendered.live, 200, headers, _HTML)

    async def overview(self, request: Request) -> Response:
        reading = await self._readings.latest()
        if reading.overview is None or reading.problem is not None:
            return _problem(reading)
        return Response(msgspec.json.encode(reading.overview), 200, _CHANGING, "application/json")

    async def static(self, request: Request) -> Response:
        asset = self._assets.get(request.path_params["name"])
        if asset is None:
            return Response("not found", 404, _GUARDED, "text/plain")
        return Response(asset.body, 200, _LASTING, asset.content_type)

    async def alarm(self, request: Request) -> Response:
        assert self._alarm is not None
        try:
            shown = await asyncio.to_thread(self._alarm, request.path_params["id"])
        except UnknownReference:
            return Response("not found", 404, _GUARDED, "text/plain")
        return Response(alarm_page(shown, self._assets), 200, _CHANGING, _HTML)

    async def _present(self, request: Request) -> Rendered:
        reading, origin = await self._readings.latest(), _origin(request)
        async with self._rendering:
            known = self._rendered.get(origin)
            if known is not None and known.reading is reading:
                return known
            if origin not in self._rendered and len(self._rendered) >= _ORIGINS:
                self._rendered.clear()
            rendered = await asyncio.to_thread(self._renderer.render, reading, origin)
            self._rendered[origin] = rendered
            return rendered


def _problem(reading: Reading) -> Response:
    told = reading.problem
    body = {"error": told.message if told else "", **({"hint": told.hint} if told and told.hint else {})}
    return Response(msgspec.json.encode(body), 503, _CHANGING, "application/json")


def _origin(request: Request) -> str:
    """Return the server's address as the client wrote it; what is no address is not repeated to anyone."""
    host = request.headers.get("host", "")
    if not _HOST.fullmatch(host):
        host = "localhost"
    return f"{request.scope['scheme']}://{host}"
