"""Where the story plays: a project in a new folder, `holdtrue up` as a child, and its record of events."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from holdtrue.foundation import EnvironmentFailed, Event
from holdtrue.loop import recall
from holdtrue.predictionlog import LogReader, Position
from holdtrue.watching import WatcherState, state_from
from holdtrue.workspace import Workspace, open_workspace

MODEL = "house-price"
_PATIENCE = 60.0
_HEARING = 0.5  # seconds between looks at a signal: Polars has calls without a limit restarted, so they hear none


class Stage:
    """A project and what runs it.

    Args:
        folder: the project. environ: the environment of the story.
    """

    def __init__(self, folder: Path, environ: dict[str, str]) -> None:
        self.folder = folder
        # The story's own rate of false alarms, price and places: what the user's shell sets is for other projects.
        self._environ = {name: value for name, value in environ.items() if not name.startswith("HOLDTRUE_")}
        self.workspace: Workspace = open_workspace(folder, environ=self._environ)
        self.url = ""
        self._child: subprocess.Popen[bytes] | None = None
        self._told = ""
        self._reader = LogReader(self.workspace.log, MODEL)

    def up(self) -> None:
        """Start `holdtrue up` on a free port and wait until it answers."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        output = (self.folder / ".holdtrue" / "up.log").open("ab")
        self._child = subprocess.Popen(
            [sys.executable, "-m", "holdtrue", "up", "--port", str(port), "--with-parent"],
            cwd=self.folder,
            env=self._environ,
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for the story, which then stops this
        )
        output.close()
        deadline = time.monotonic() + _PATIENCE
        while not self._ready():
            if self._child.poll() is not None or time.monotonic() > deadline:
                raise EnvironmentFailed("the server did not start", hint=f"see {self.folder}/.holdtrue/up.log")
            time.sleep(0.05)

    def down(self) -> None:
        """Stop what `up` started; harmless where nothing runs."""
        if self._child is None:
            return
        child, self._child = self._child, None
        child.send_signal(signal.SIGTERM)
        if child.stdin is not None:
            child.stdin.close()
        try:
            child.wait(15)
        except subprocess.TimeoutExpired:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()

    def wait(self) -> None:
        """Stay until the child ends, or Ctrl-C."""
        while self._child is not None:
            try:
                self._child.wait(_HEARING)
            except subprocess.TimeoutExpired:
                continue
            return

    def post(self, path: str, body: Any) -> tuple[int, Any]:
        """Send JSON to the server; return status and answer."""
        request = urllib.request.Request(
            self.url + path, json.dumps(body).encode(), {"content-type": "application/json"}
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, json.load(answer)
        except urllib.error.HTTPError as refused:
            return refused.code, json.load(refused)

    def new_events(self) -> Iterator[Event]:
        """Give the events recorded since the last call."""
        for event in self.workspace.catalog.events.list(MODEL, after=self._told):
            self._told = event.id
            yield event

    def state(self) -> WatcherState:
        """Return what the watcher knows now."""
        saved = self.workspace.catalog.watches.load(f"{MODEL}/production")
        return WatcherState() if saved is None else state_from(saved.state)

    def settled(self) -> bool:
        """Say whether all of the log is watched and every event was decided on."""
        catalog = self.workspace.catalog
        saved = catalog.watches.load(f"{MODEL}/production")
        if saved is None:
            return False
        left, _ = self._reader.read(Position.from_bytes(saved.position), 1)
        present = catalog.aliases.get(MODEL, "production")
        last = catalog.events.list(MODEL, limit=1)
        return (
            not left
            and (present is None or state_from(saved.state).epoch == present.epoch)
            and (not last or recall(catalog, MODEL).cursor == last[-1].id)
        )

    def settle(self) -> None:
        """Wait until the watcher has caught up and the loop has decided.

        Raises:
            EnvironmentFailed: it did not within a minute.
        """
        deadline = time.monotonic() + _PATIENCE
        while not self.settled():
            if time.monotonic() > deadline or (self._child is not None and self._child.poll() is not None):
                raise EnvironmentFailed("the watcher did not keep up", hint=f"see {self.folder}/.holdtrue/up.log")
            time.sleep(0.02)

    def _ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/v2/models/{MODEL}/ready", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False
