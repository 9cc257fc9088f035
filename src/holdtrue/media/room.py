"""Room for pixels: so many are in memory at once, however many threads decode pictures."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from holdtrue.media.figures import MOST_PIXELS


class Room:
    """Lets pictures be decoded side by side until together they have as many pixels as there is room for.

    Who comes first goes first, so that a large picture does not wait for ever behind small ones. One larger than the
    room is decoded alone. Safe for threads.

    Args:
        pixels: how many there is room for.
    """

    def __init__(self, pixels: int) -> None:
        self.pixels, self.taken = pixels, 0
        self._line, self._left = threading.Lock(), threading.Condition()

    @contextmanager
    def taken_by(self, pixels: int) -> Iterator[None]:
        """Wait until there is room for so many pixels, and keep it during the block."""
        with self._line, self._left:
            self._left.wait_for(lambda: not self.taken or self.taken + pixels <= self.pixels)
            self.taken += pixels
        try:
            yield
        finally:
            with self._left:
                self.taken -= pixels
                self._left.notify_all()


_room = Room(MOST_PIXELS)


def room_for(pixels: int) -> AbstractContextManager[None]:
    """Return the block in which so many pixels of this process's room are taken.

    It has room for `MOST_PIXELS`, about 0.5 GB: most pictures need 5 bytes a pixel or fewer while they are decoded.
    """
    return _room.taken_by(pixels)


def _begin_afresh() -> None:
    global _room
    _room = Room(MOST_PIXELS)


# A child has none of the threads that would have left the room.
os.register_at_fork(after_in_child=_begin_afresh)
