"""The live road of a project: its server, and traffic sent to one."""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from starlette.routing import BaseRoute

from holdtrue.clients import Replay, ReplayReport
from holdtrue.foundation import DataUnreadable, EnvironmentFailed, WrongUse
from holdtrue.registry import resolve
from holdtrue.serving import ServingApp, create_app, listen, serve
from holdtrue.versions import ModelManifest, get_manifest
from holdtrue.workspace.opening import Workspace
from holdtrue.workspace.showing import model_name
from holdtrue.workspace.tables import read_user_table

Say = Callable[[str], None]


def server_app(workspace: Workspace, routes: Sequence[BaseRoute] = ()) -> ServingApp:
    """Return the application that serves every model of the project."""
    return create_app(
        store=workspace.store,
        catalog=workspace.catalog,
        log_root=workspace.log,
        clock=workspace.clock,
        durability=workspace.settings.durability,
        routes=routes,
    )


def listen_for(workspace: Workspace, host: str, port: int, *, insecure: bool) -> socket.socket:
    """Return a listening socket at the address asked for, or at the settings'."""
    settings = workspace.settings
    return listen(host or settings.host, settings.port if port < 0 else port, insecure=insecure)


def run_server(workspace: Workspace, say: Say, *, host: str, port: int, insecure: bool) -> None:
    """Serve until SIGTERM or Ctrl-C.

    Raises:
        PortTaken: another process listens there.
    """
    listening = listen_for(workspace, host, port, insecure=insecure)
    app = server_app(workspace)
    names = ", ".join(workspace.catalog.versions.models()) or "no model yet"
    serve(app, listening=listening, on_ready=lambda url: say(f"serving {names} at {url} (Ctrl-C stops it)"))


def replay_file(
    workspace: Workspace,
    file: Path,
    url: str,
    *,
    model: str = "",
    label_delay: float = 30.0,
    rate: float | None = None,
    on_progress: Callable[[ReplayReport], None] = lambda report: None,
) -> ReplayReport:
    """Send a table's rows to a server in time order, their labels when the data's time has come.

    Raises:
        WrongUse: the address is none. EnvironmentFailed: no server answers there.
    """
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise WrongUse(f'"{url}" is no address of a server', hint="write such as http://127.0.0.1:8700")
    rows = read_user_table(file).frame
    name = model_name(workspace, model)
    manifest = get_manifest(workspace.store, resolve(workspace.catalog, f"{name}:latest").id, ModelManifest)
    if manifest.time is None:
        raise WrongUse(f"{name} declares no time, so its rows have no order", hint="give the model time=")
    if manifest.time not in rows.columns:
        raise DataUnreadable(f"{file} has no column {manifest.time}", hint="it is the model's time")
    label = manifest.target if manifest.target in rows.columns else None
    sending = Replay(
        rows.to_dicts(),
        url,
        name,
        time_field=manifest.time,
        label_field=label,
        label_delay_days=label_delay,
        rate=rate,
        on_progress=on_progress,
    )
    try:
        return sending.run()
    except ConnectionError as gone:
        raise EnvironmentFailed(f"no server answers at {url}", hint="start one: holdtrue up") from gone
    finally:
        sending.close()
