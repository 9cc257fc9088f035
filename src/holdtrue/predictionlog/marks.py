"""What a reader remembers of the frames it read, to see that the log still holds them.

A log can become shorter behind a reader's back: a power cut takes what was not on the disk yet, and what a full disk
cut short is taken back. A place alone would then lie past the end, or in the midst of a later frame.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zlib import crc32

from msgspec import Struct

from holdtrue.predictionlog.frames import FRAME_BYTES, head_of

_MOST = 40


class Mark(Struct, frozen=True, array_like=True):
    """A frame that was read: its segment, where it begins and ends there, and the checksum of its payload."""

    segment: str
    start: int
    end: int
    checksum: int


class Setback(Struct, frozen=True, kw_only=True):
    """A reader that has to go back, because the log no longer holds what it had read.

    Attributes:
        writer: whose log.
        segment, place: how far the reader had come.
        to_segment, to_place: where it goes on from: the end of the last frame known to be the one it had read.
    """

    writer: str
    segment: str
    place: int
    to_segment: str
    to_place: int


def mark_of(path: Path, segment: str, start: int, end: int) -> Mark:
    """Return the mark of a frame that was just read."""
    with path.open("rb", buffering=0) as file:
        file.seek(start)
        _, checksum = head_of(file.read(FRAME_BYTES))
    return Mark(segment, start, end, checksum)


def still_holds(path: Path, mark: Mark) -> bool:
    """Return whether the frame is there as it was read."""
    try:
        with path.open("rb", buffering=0) as file:
            file.seek(mark.start)
            data = file.read(mark.end - mark.start)
    except FileNotFoundError:
        return False
    if len(data) < mark.end - mark.start:
        return False
    length, checksum = head_of(data)
    payload = memoryview(data)[FRAME_BYTES:]
    return length == len(payload) and checksum == mark.checksum == crc32(payload)


def thinned(marks: Sequence[Mark]) -> tuple[Mark, ...]:
    """Keep the newest mark, and of older ones few enough: two for each doubling of the distance from it.

    So a log that lost little is read again from nearby, and one that lost much from not much further back. Of segments
    before the newest one the last mark is kept.

    Example:
        >>> [mark.end for mark in thinned([Mark("00000001", end - 10, end, 0) for end in range(10, 201, 10)])]
        [10, 70, 80, 130, 140, 160, 170, 180, 190, 200]
    """
    newest = marks[-1]
    kept: list[Mark] = []
    nth = last = -1
    for mark in reversed(marks):
        own = mark.segment == newest.segment
        bucket = (newest.end - mark.end).bit_length() if own else -int(mark.segment)
        if bucket != last:
            nth, last = 0, bucket
            kept.append(mark)
            continue
        if own:
            # The oldest and the newest of a bucket stay: those between them go.
            nth += 1
            if nth > 1:
                kept.pop()
            kept.append(mark)
    return tuple(reversed(kept[:_MOST]))
