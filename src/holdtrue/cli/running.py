"""`holdtrue up`: the server with its pages in this process, the loop in a child, each seeing the other's end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable

from holdtrue.serving import serve
from holdtrue.web import pages
from holdtrue.workspace import Workspace, listen_for, overview, server_app

_PATIENCE = 10.0
_RESTART_AFTER = 2.0


def run_everything(
    workspace: Workspace, say: Callable[[str], None], *, host: str, port: int, insecure: bool, with_parent: bool = False
) -> None:
    """Serve, watch and react until SIGTERM or Ctrl-C; `with_parent`: also when standard input ends.

    Raises:
        PortTaken: another process listens there.
    """
    listening = listen_for(workspace, host, port, insecure=insecure)
    app = server_app(workspace, pages(lambda: overview(workspace), title=workspace.root.name))
    loop = LoopProcess(workspace, say)

    def ready(url: str) -> None:
        names = ", ".join(workspace.catalog.versions.models()) or "no model yet"
        say(f"serving {names} at {url}, watching, and carrying out policies")
        say(f"the page is {url}/ (Ctrl-C stops all of it)")

    if with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        serve(app, listening=listening, on_ready=ready)
    finally:
        loop.stop()


def _end_with_parent() -> None:
    wait_for_parent()
    os.kill(os.getpid(), signal.SIGTERM)


class LoopProcess:
    """`holdtrue loop` as a child; begun again if it dies, ended with its parent whatever ends that.

    The child reads its standard input and stops at its end, so that not even a killed parent leaves it behind.
    """

    def __init__(self, workspace: Workspace, say: Callable[[str], None]) -> None:
        self._workspace, self._say = workspace, say
        self._stopping = threading.Event()
        self._child = self._begin()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def stop(self) -> None:
        """End the child and wait for it."""
        self._stopping.set()
        if self._child.stdin is not None:
            self._child.stdin.close()
        try:
            self._child.wait(_PATIENCE)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        self._keeper.join(_PATIENCE)

    def _begin(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, "-m", "holdtrue", "loop", "--with-parent"],
            cwd=self._workspace.root,
            stdin=subprocess.PIPE,
        )

    def _keep(self) -> None:
        while not self._stopping.is_set():
            code = self._child.wait()
            if self._stopping.wait(_RESTART_AFTER):
                return
            self._say(f"the loop ended with exit code {code}; it is begun again")
            self._child = self._begin()


def until_told(*, with_parent: bool) -> Callable[[], bool]:
    """Return what says whether to stop: after SIGTERM, after Ctrl-C, or when standard input ends."""
    told = threading.Event()

    def hear(number: int, frame: object) -> None:
        told.set()

    signal.signal(signal.SIGTERM, hear)
    signal.signal(signal.SIGINT, hear)
    if with_parent:

        def listen() -> None:
            wait_for_parent()
            told.set()

        threading.Thread(target=listen, daemon=True).start()
    return told.is_set


def wait_for_parent() -> None:
    """Return when standard input ends: whoever began this process has ended, or has closed it."""
    while os.read(0, 4096):  # not sys.stdin: a thread that holds its lock keeps the interpreter from ending
        pass
