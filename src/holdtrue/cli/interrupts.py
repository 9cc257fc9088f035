"""Ctrl-C from the first moment: never in the middle of an import, where Python may swallow it, nor of polars."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType
from typing import Any

_AT_MOST = 3.0  # seconds: what takes longer to import is broken off
_IMPORTING = frozenset({"<frozen importlib._bootstrap>", "<frozen importlib._bootstrap_external>"})
# Polars calls some of its Python code from Rust, which takes whatever is raised there for a defect, and tells it so.
_POLARS = f"{os.sep}polars{os.sep}"
_OURS = os.path.dirname(os.path.dirname(__file__)) + os.sep  # noqa: PTH120 - pathlib costs an import


class Interrupts:
    """Turns SIGINT and SIGTERM into KeyboardInterrupt, once the import or the work of polars under way is done.

    Inside an import a KeyboardInterrupt may be raised in a callback that ignores it, or leave half a module behind. So
    one that is heard there waits for the next call of a function of ours outside. Servers and loops take the signals
    over for a softer end.
    """

    def __init__(self) -> None:
        self._waiting = False

    def listen(self) -> None:
        """Take the signals over; to be called in the main thread."""
        for number in (signal.SIGALRM, signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._hear)

    def close(self) -> bool:
        """Look no further, and say whether a signal was heard and not yet acted on: all since then were imports."""
        waiting = self._waiting
        self._done()
        return waiting

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if number != signal.SIGALRM and _unsafe(frame):
            self._waiting = True
            signal.setitimer(signal.ITIMER_REAL, _AT_MOST)
            sys.setprofile(self._look)
            return
        self._done()
        raise KeyboardInterrupt

    def _look(self, frame: FrameType, event: str, _: Any) -> None:
        file = frame.f_code.co_filename
        if event == "call" and file.startswith(_OURS) and file != __file__ and not _unsafe(frame):
            self._done()
            raise KeyboardInterrupt

    def _done(self) -> None:
        self._waiting = False
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.setprofile(None)


def _unsafe(frame: FrameType | None) -> bool:
    """Say whether an import is under way, or polars."""
    while frame is not None:
        if frame.f_code.co_filename in _IMPORTING or _POLARS in frame.f_code.co_filename:
            return True
        frame = frame.f_back
    return False
