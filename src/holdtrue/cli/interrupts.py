"""Ctrl-C from the first moment: never in the middle of an import, where Python may swallow it or die of it."""

from __future__ import annotations

import signal
from types import FrameType

_LOOK_AGAIN = 0.02  # seconds
_AT_MOST = 150  # looks, so 3 seconds: a module that takes longer to import is broken off
_IMPORTING = frozenset({"<frozen importlib._bootstrap>", "<frozen importlib._bootstrap_external>"})


class Interrupts:
    """Turns SIGINT and SIGTERM into KeyboardInterrupt, once the import under way is done.

    Inside an import a KeyboardInterrupt may be raised in a callback that ignores it, or leave half a module behind.
    Servers and loops take the signals over for a softer end.
    """

    def __init__(self) -> None:
        self._looks = 0
        self._waiting = False

    def listen(self) -> None:
        """Take the signals over; to be called in the main thread."""
        signal.signal(signal.SIGALRM, self._hear)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._hear)

    def close(self) -> bool:
        """Look no further, and say whether a signal was heard and not yet acted on: all since then were imports."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        waiting, self._waiting = self._waiting, False
        return waiting

    def _hear(self, number: int, frame: FrameType | None) -> None:
        if number != signal.SIGALRM:
            self._looks = 0
        if _imports(frame) and self._looks < _AT_MOST:
            self._looks += 1
            self._waiting = True
            signal.setitimer(signal.ITIMER_REAL, _LOOK_AGAIN)
            return
        self._waiting = False
        raise KeyboardInterrupt


def _imports(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename in _IMPORTING:
            return True
        frame = frame.f_back
    return False
