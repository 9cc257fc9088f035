"""Listens on an address and serves an application until told to stop; no request that was taken is lost."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import ipaddress
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any

import uvicorn

from holdtrue.foundation import EnvironmentFailed, PortTaken, WrongUse
from holdtrue.serving.app import ServingApp

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_BACKLOG = 2048


def listen(host: str = "127.0.0.1", port: int = 8000, *, insecure: bool = False) -> socket.socket:
    """Return a socket that is bound and listens; port 0: any free one.

    Raises:
        PortTaken: someone else listens there.
        WrongUse: the host is none of this machine's, or others could reach it and `insecure` was not said.
    """
    if not 0 <= port < 65_536:  # the system would take it modulo 65,536
        raise WrongUse(f"{port} is no port", hint="give one from 1 to 65535, or 0 for any free one")
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except OSError as wrong:
        raise WrongUse(f"{host}:{port} is no address", hint="give one such as 127.0.0.1 and a port") from wrong
    family, kind, protocol, _, address = found[0]
    if not insecure and not ipaddress.ip_address(str(address[0]).split("%")[0]).is_loopback:
        message = f"{host} can be reached from other machines, and this server asks no one who they are"
        raise WrongUse(message, hint="bind 127.0.0.1, or say insecure=True (--insecure) behind a proxy that guards it")
    listening = socket.socket(family, kind, protocol)
    try:
        listening.setsockopt(
            socket.SOL_SOCKET, socket.SO_REUSEADDR, 1
        )  # a server that was ended leaves no waiting time
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError as refused:
        listening.close()
        if refused.errno == errno.EADDRINUSE:
            message = f"another process listens on {host}:{port}"
            raise PortTaken(message, hint="end it, or choose another port (0 takes any free one)") from refused
        raise WrongUse(f"cannot listen on {host}:{port}: {refused.strerror}", hint="choose another") from refused
    return listening


def url_of(listening: socket.socket) -> str:
    """Return the address of a listening socket, such as `http://127.0.0.1:8000`."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def serve(
    app: ServingApp,
    host: str = "127.0.0.1",
    port: int = 8000,
    *,
    insecure: bool = False,
    listening: socket.socket | None = None,
    drain_seconds: float = 1.0,
    finish_seconds: float = 10.0,
    on_ready: Callable[[str], None] = lambda url: None,
) -> None:
    """Serve until SIGTERM or Ctrl-C; return when every request that was taken is answered and recorded.

    Stopping: for up to `drain_seconds` the server goes on answering, is no longer ready (`/v2/health/ready`), and ends
    each connection with its answer; then it takes nothing more, finishes what it has (a request that is not done in
    `finish_seconds`, because half of it never came, is given up), and brings the logs to the disk. A second signal ends
    it at once.

    Args:
        app: what to serve.
        host, port, insecure: as for `listen`.
        listening: a socket that listens already, instead.
        on_ready: told the address once requests are answered.

    Raises:
        PortTaken, WrongUse: as for `listen`.
    """
    bound = listening or listen(host, port, insecure=insecure)
    try:
        app.prepare()
        server = _Server(app, drain_seconds, finish_seconds, lambda: on_ready(url_of(bound)))
        server.run(sockets=[bound])
    finally:
        bound.close()


class Running:
    """A server in a thread of this process."""

    def __init__(self, url: str, server: _Server, thread: threading.Thread) -> None:
        self.url, self._server, self._thread = url, server, thread

    def stop(self) -> None:
        """Stop as `serve` does on SIGTERM, and wait for it."""
        self._server.should_exit = True
        self._thread.join()


@contextlib.contextmanager
def running(
    app: ServingApp,
    host: str = "127.0.0.1",
    port: int = 0,
    *,
    insecure: bool = False,
    drain_seconds: float = 1.0,
    finish_seconds: float = 10.0,
) -> Iterator[Running]:
    """Serve in a thread for as long as the block lasts; it begins once requests are answered.

    Raises:
        PortTaken, WrongUse: as for `listen`.
        EnvironmentFailed: the server did not begin.
    """
    bound = listen(host, port, insecure=insecure)
    ready = threading.Event()
    try:
        app.prepare()
        server = _Server(app, drain_seconds, finish_seconds, ready.set)

        def run() -> None:
            try:
                server.run(sockets=[bound])
            finally:
                ready.set()

        thread = threading.Thread(target=run, name="holdtrue-server", daemon=True)
        thread.start()
        ready.wait()
        if not server.started:
            raise EnvironmentFailed(f"the server at {url_of(bound)} did not begin", hint="its log has the reason")
        live = Running(url_of(bound), server, thread)
        try:
            yield live
        finally:
            live.stop()
    finally:
        bound.close()


class _Server(uvicorn.Server):
    """uvicorn, which drains before it shuts down and leaves the process to its caller."""

    def __init__(
        self, app: ServingApp, drain_seconds: float, finish_seconds: float, on_ready: Callable[[], None]
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="uvloop",
                http="httptools",
                ws="none",
                lifespan="on",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=75,  # longer than balancers keep a connection, so that it is they who end it
                timeout_graceful_shutdown=max(1, round(finish_seconds)),
                backlog=_BACKLOG,
            )
        )
        self._app, self._drain_seconds, self._on_ready = app, drain_seconds, on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started:
            self._on_ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._app.drain()
        loop = asyncio.get_running_loop()
        end = loop.time() + self._drain_seconds
        while self.server_state.connections and loop.time() < end and not self.force_exit:
            await asyncio.sleep(0.01)
        await super().shutdown(sockets)

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Stop on a signal; unlike uvicorn's own, do not raise it again: stopping was what was asked for."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before: dict[int, Any] = {number: signal.signal(number, self._heard) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _heard(self, number: int, frame: FrameType | None) -> None:
        if self.should_exit:
            self.force_exit = True
        self.should_exit = True
