"""The live road of a project: its server, and traffic sent to one."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from starlette.routing import BaseRoute

from holdtrue.clients import Replay, ReplayReport
from holdtrue.contracts import rows_to_send
from holdtrue.foundation import DataUnreadable, WrongUse
from holdtrue.registry import resolve
from holdtrue.serving import ServingApp, create_app, listen, serve, url_of
from holdtrue.sources import read_media
from holdtrue.versions import ModelManifest, get_manifest
from holdtrue.workspace.archive import Archive
from holdtrue.workspace.servers import noted
from holdtrue.workspace.showing import model_name
from holdtrue.workspace.tables import read_user_table

Say = Callable[[str], None]
_PATIENCE = 5.0


def server_app(archive: Archive, routes: Sequence[BaseRoute] = ()) -> ServingApp:
    """Return the application that serves every model of the project."""
    return create_app(
        store=archive.store,
        catalog=archive.catalog,
        log_root=archive.log,
        clock=archive.clock,
        durability=archive.settings.durability,
        routes=routes,
    )


def listen_for(archive: Archive, host: str, port: int | None, *, insecure: bool) -> socket.socket:
    """Return a listening socket at the address asked for, or at the settings'."""
    settings = archive.settings
    return listen(host or settings.host, settings.port if port is None else port, insecure=insecure)


def run_server(archive: Archive, say: Say, *, host: str, port: int | None, insecure: bool) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Raises:
        PortTaken: another process listens there.
    """
    listening = listen_for(archive, host, port, insecure=insecure)
    app = server_app(archive)
    names = ", ".join(archive.catalog.versions.models()) or "no model yet"
    with noted(archive, url_of(listening)):
        serve(app, listening=listening, on_ready=lambda url: say(f"serving {names} at {url} (Ctrl-C stops it)"))


def replay_file(
    archive: Archive,
    file: Path,
    url: str,
    *,
    model: str = "",
    label_delay: float = 30.0,
    rate: float | None = None,
    on_progress: Callable[[ReplayReport], None] = lambda report: None,
    on_begin: Callable[[int], None] = lambda rows: None,
    stop: Callable[[], bool] = lambda: False,
) -> ReplayReport:
    """Send a table's rows to a server in time order, their labels when the data's time has come.

    Values go as what they are by the contract: in a CSV file, where all is text, numbers as numbers.

    Raises:
        WrongUse: the address is none, or no server is there. ConnectionLost: it went away meanwhile.
    """
    _knock(url)
    table = read_user_table(file)
    rows = table.frame
    name = model_name(archive, model)
    manifest = get_manifest(archive.store, resolve(archive.catalog, f"{name}:latest").id, ModelManifest)
    if manifest.time is None:
        raise WrongUse(f"{name} declares no time, so its rows have no order", hint="give the model time=")
    if manifest.time not in rows.columns:
        raise DataUnreadable(f"{file} has no column {manifest.time}", hint="it is the model's time")
    rows = read_media(manifest.contract, rows, [(file.parent, rows.height)])
    on_begin(rows.height)
    label = manifest.target if manifest.target in rows.columns else None
    sending = Replay(
        rows_to_send(manifest.contract, rows, table.spelling),
        url,
        name,
        time_field=manifest.time,
        label_field=label,
        label_delay_days=label_delay,
        rate=rate,
        on_progress=on_progress,
        stop=stop,
    )
    with sending:
        return sending.run()


def _knock(url: str) -> None:
    try:
        parts = urlsplit(url)
        address = (parts.hostname or "", parts.port or 80)
    except ValueError:
        parts, address = urlsplit(""), ("", 0)
    if parts.scheme != "http" or not address[0]:
        raise WrongUse(f'"{url}" is no address of a server', hint="write such as http://127.0.0.1:8700")
    try:
        socket.create_connection(address, _PATIENCE).close()
    except OSError as silent:
        raise WrongUse(f"no server answers at {url}", hint="start one: holdtrue up") from silent
