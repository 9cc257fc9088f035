"""What runs until it is told to stop: `holdtrue up` with the loop as its child, and signals as a question to ask."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable

from holdtrue.clients import ReplayReport
from holdtrue.foundation import Progress
from holdtrue.serving import serve, url_of
from holdtrue.web import pages
from holdtrue.workspace import Archive, listen_for, noted, overview, server_app, shown_alarm

INTERRUPTED = 130
_PATIENCE = 10.0
_RESTART_AFTER, _LONGEST_PAUSE = 2.0, 60.0


def run_everything(
    archive: Archive,
    say: Callable[[str], None],
    *,
    host: str,
    port: int | None,
    insecure: bool,
    with_parent: bool = False,
) -> None:
    """Serve, watch and react until SIGTERM or Ctrl-C; `with_parent`: also when standard input ends.

    Raises:
        PortTaken: another process listens there.
    """
    listening = listen_for(archive, host, port, insecure=insecure)
    shown = pages(
        lambda: overview(archive),
        title=archive.root.name,
        document="openapi.json",
        alarm=lambda ref: shown_alarm(archive, ref),
    )
    app = server_app(archive, shown)
    loop = LoopProcess(archive, say)

    def ready(url: str) -> None:
        names = ", ".join(archive.catalog.versions.models()) or "no model yet"
        say(f"serving {names} at {url}, watching, and carrying out policies")
        say(f"the page is {url}/ (Ctrl-C stops all of it)")

    if with_parent:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        with noted(archive, url_of(listening)):
            serve(app, listening=listening, on_ready=ready)
    finally:
        loop.stop()


def _end_with_parent() -> None:
    wait_for_parent()
    os.kill(os.getpid(), signal.SIGTERM)


class LoopProcess:
    """`holdtrue loop` as a child; begun again if it dies (later each time), ended with its parent whatever ends that.

    The child reads its standard input and stops at its end, so that not even a killed parent leaves it behind.
    """

    def __init__(self, archive: Archive, say: Callable[[str], None]) -> None:
        self._archive, self._say = archive, say
        self._stopping = threading.Event()
        self._changing = threading.Lock()
        self._child = self._begin()
        self._keeper = threading.Thread(target=self._keep, daemon=True)
        self._keeper.start()

    def stop(self) -> None:
        """End the child and wait for it."""
        with self._changing:  # the keeper does not begin another one after this
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
            [sys.executable, "-P", "-m", "holdtrue", "loop", "--with-parent"],  # -P: nothing from the working folder
            cwd=self._archive.root,
            stdin=subprocess.PIPE,
            start_new_session=True,  # Ctrl-C on the terminal is for the parent, which then ends this one in order
        )

    def _keep(self) -> None:
        pause, began = _RESTART_AFTER, time.monotonic()
        while not self._stopping.is_set():
            code = self._child.wait()
            if self._stopping.is_set():
                return
            lived = time.monotonic() - began
            pause = _RESTART_AFTER if lived > _LONGEST_PAUSE else min(_LONGEST_PAUSE, pause)
            self._say(f"the loop ended with exit code {code}; it is begun again in {pause:g} s")
            if self._stopping.wait(pause):
                return
            pause, began = pause * 2, time.monotonic()
            with self._changing:
                if not self._stopping.is_set():
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


class Following:
    """Shows how far a replay has come. Args: progress: who is told. step: its name."""

    def __init__(self, progress: Progress, step: str) -> None:
        self._progress, self._step = progress, step
        self._rows = 0

    def begin(self, rows: int) -> None:
        """Hear how many rows there are."""
        self._progress.start(self._step, rows)

    def hear(self, report: ReplayReport) -> None:
        """Hear how many rows are sent so far."""
        self._progress.advance(report.sent - self._rows)
        self._rows = report.sent

    def end(self) -> None:
        """Hear that it is over."""
        self._progress.finish(f"{self._rows:,} rows")
