"""Bytes at the end of a log that are no record, and whose writer is gone: no reader gets past them."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from msgspec import Struct

from holdtrue.predictionlog.reader import Position
from holdtrue.predictionlog.segments import end_of_whole, folder_of, segments_of, writers_of


class Tail(Struct, frozen=True, kw_only=True):
    """What lies behind the last whole record of a segment: where it begins, and how many bytes it has."""

    path: Path
    place: int
    bytes: int

    @property
    def message(self) -> str:
        """The tail in words."""
        return (
            f"{self.path} ends in {self.bytes:,} bytes that are no record (from byte {self.place}), and no one is "
            "writing it: an unfinished write, or damage; nothing behind them is read"
        )


def abandoned_tails(root: Path, model: str, position: Position | None = None) -> list[Tail]:
    """Return the tails of a model's log whose writer has ended; a writer that opens the log again cuts off its own.

    Args:
        root: the folder of all prediction logs.
        position: how far a reader came, so that less has to be read; None: read the newest segments whole.

    Raises:
        StoreDamaged: a file does not begin as a segment.
    """
    found = []
    for writer in writers_of(root, model):
        folder = folder_of(root, model, writer)
        numbers = segments_of(folder)
        if not numbers or _is_written(folder):
            continue
        path = folder / f"{numbers[-1]}.log"
        number, place = ("", 0) if position is None else position.place(writer)
        end = end_of_whole(path, place if number == numbers[-1] else 0)
        size = path.stat().st_size
        if size > end:
            found.append(Tail(path=path, place=end, bytes=size - end))
    return found


def _is_written(folder: Path) -> bool:
    try:
        lock = os.open(folder / "lock", os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False
