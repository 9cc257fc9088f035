"""Reads a model's log at the reader's own pace, and can read any stretch of it again in the very same order."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path

import msgspec
from msgspec import Struct, field

from holdtrue.foundation import StoreDamaged
from holdtrue.predictionlog.frames import FRAME_BYTES
from holdtrue.predictionlog.marks import Mark, Setback, mark_of, still_holds, thinned
from holdtrue.predictionlog.records import Record, decode_record, is_prediction
from holdtrue.predictionlog.segments import folder_of, frames_from, segments_of, writers_of


class Position(Struct, frozen=True):
    """How far a reader came: for each writer's segment in use, the place up to which it was read.

    Attributes:
        offsets: writer and segment to the place.
        marks: writer to some of the frames read, newest last: by them `LogReader.checked` sees a log that shrank.

    Example:
        >>> Position.from_bytes(Position({"server-1/00000001": 16}).to_bytes()).offsets
        {'server-1/00000001': 16}
    """

    offsets: dict[str, int] = field(default_factory=dict)
    marks: dict[str, tuple[Mark, ...]] = field(default_factory=dict)

    def to_bytes(self) -> bytes:
        """Return the position as JSON, equal for equal positions."""
        return msgspec.json.encode(self, order="deterministic")

    @classmethod
    def from_bytes(cls, data: bytes) -> Position:
        """Return the position that `to_bytes` wrote."""
        return msgspec.json.decode(data, type=cls)

    def place(self, writer: str) -> tuple[str, int]:
        """Return a writer's segment and the place in it, ("", 0) if it was never read."""
        for key, offset in self.offsets.items():
            name, _, number = key.rpartition("/")
            if name == writer:
                return number, offset
        return "", 0


class _Step(Struct):
    received: int
    record: Record
    writer: str
    number: str
    start: int
    end: int


class LogReader:
    """Reads the log of one model; opens nothing until asked, and may read while others append.

    Order: each writer's records stay in the order they were written; between writers the one received first goes first.
    Nothing is sorted again later, so the order depends on how far each writer had come when it was read. It is fully
    given by the positions before and after: `between` gives the same records in the same order, always.
    """

    def __init__(self, root: Path, model: str) -> None:
        self.root, self.model = Path(root), model

    def read(self, position: Position | None = None, limit: int = 10_000) -> tuple[list[Record], Position]:
        """Return up to `limit` records after a position (None: from the beginning) and the position after them.

        Raises:
            StoreDamaged: a segment that was closed holds something else than whole records.
        """
        before = position or Position()
        places = {writer: before.place(writer) for writer in writers_of(self.root, self.model)}
        taken = list(islice(_merged([self._steps(writer, place, None) for writer, place in places.items()]), limit))
        newest = {step.writer: step for step in taken}
        places |= {writer: (step.number, step.end) for writer, step in newest.items()}
        offsets = {f"{writer}/{number}": end for writer, (number, end) in places.items() if number}
        marks = {writer: before.marks[writer] for writer in places if writer in before.marks}
        for writer, step in newest.items():
            mark = mark_of(self._path(writer, step.number), step.number, step.start, step.end)
            marks[writer] = thinned((*marks.get(writer, ()), mark))
        return [step.record for step in taken], Position(offsets, marks)

    def checked(self, position: Position) -> tuple[Position, tuple[Setback, ...]]:
        """Return a position to go on reading from, and where it lies behind the given one.

        It does where the log no longer holds what was read up to there, since a power cut took it, say. Some records
        that were read before may then come again.
        """
        offsets, marks, found = dict(position.offsets), dict(position.marks), []
        for key, place in position.offsets.items():
            writer, _, number = key.rpartition("/")
            known = position.marks.get(writer, ())
            if not known or (known[-1].end == place and still_holds(self._path(writer, number), known[-1])):
                continue
            numbers = segments_of(folder_of(self.root, self.model, writer))
            if not numbers or (number not in numbers and numbers[-1] > number):
                continue  # thrown away when it was old, or with all its writer wrote: not a log that shrank
            held = [mark for mark in known if still_holds(self._path(writer, mark.segment), mark)]
            to_number, to_place = (held[-1].segment, held[-1].end) if held else (min(number, numbers[-1]), 0)
            del offsets[key]
            offsets[f"{writer}/{to_number}"] = to_place
            marks[writer] = tuple(held)
            found.append(Setback(writer=writer, segment=number, place=place, to_segment=to_number, to_place=to_place))
        return Position(offsets, {writer: kept for writer, kept in marks.items() if kept}), tuple(found)

    def bytes_after(self, position: Position) -> int:
        """Return how many bytes of the log lie after a position; no file is read."""
        total = 0
        for writer in writers_of(self.root, self.model):
            number, offset = position.place(writer)
            for each in segments_of(folder_of(self.root, self.model, writer)):
                if each >= number:
                    size = self._path(writer, each).stat().st_size
                    total += max(0, size - (offset if each == number else 0))
        return total

    def answered_after(self, position: Position, most: int) -> int:
        """Return how many answered rows there are after a position, counted up to `most`; nothing is decoded."""
        count = 0
        for writer in writers_of(self.root, self.model):
            number, offset = position.place(writer)
            for each in segments_of(folder_of(self.root, self.model, writer)):
                if each < number:
                    continue
                for payload, _ in frames_from(self._path(writer, each), offset if each == number else 0):
                    count += is_prediction(payload)
                    if count >= most:
                        return count
        return count

    def between(self, before: Position | None, after: Position) -> list[Record]:
        """Return once more the records that one `read` from `before` gave when it came to `after`."""
        return list(self.through(before, after))

    def through(self, before: Position | None, after: Position) -> Iterator[Record]:
        """Give the records of `between` one by one: for stretches longer than memory."""
        start = before or Position()
        writers = [writer for writer in writers_of(self.root, self.model) if after.place(writer)[0]]
        streams = [self._steps(writer, start.place(writer), after.place(writer)) for writer in writers]
        return (step.record for step in _merged(streams))

    def before(self, position: Position, most: int) -> list[Record]:
        """Return once more the last records up to a position, at most so many, in the order of their times of receipt.

        A segment is read from a place that the position marks, not far before them; without marks from its beginning.
        """
        streams = [
            self._last_steps(writer, position.place(writer), most, position.marks.get(writer, ()))
            for writer in writers_of(self.root, self.model)
        ]
        return [step.record for step in _merged([iter(steps) for steps in streams])][-most:]

    def _last_steps(self, writer: str, stop: tuple[str, int], most: int, marks: Sequence[Mark]) -> list[_Step]:
        folder = folder_of(self.root, self.model, writer)
        found: deque[tuple[str, bytes, int]] = deque()
        for number in reversed([each for each in segments_of(folder) if each <= stop[0]]):
            last: deque[tuple[str, bytes, int]] = deque()
            # Marks lie the farther apart the older they are: all tries together cost little more than the last one.
            for begin in (*(mark.start for mark in reversed(marks) if mark.segment == number), 0):
                last = deque(maxlen=most - len(found))
                for payload, end in frames_from(folder / f"{number}.log", begin):
                    if number == stop[0] and end > stop[1]:
                        break
                    last.append((number, bytes(payload), end))
                if len(last) == last.maxlen:
                    break
            found.extendleft(reversed(last))
            if len(found) >= most:
                break
        return [
            self._step(writer, number, end, memoryview(payload), folder / f"{number}.log")
            for number, payload, end in found
        ]

    def all(self) -> Iterator[Record]:
        """Give every record there is now, in the order `read` would."""
        writers = writers_of(self.root, self.model)
        return (step.record for step in _merged([self._steps(writer, ("", 0), None) for writer in writers]))

    def _steps(self, writer: str, start: tuple[str, int], stop: tuple[str, int] | None) -> Iterator[_Step]:
        folder = folder_of(self.root, self.model, writer)
        # Listed before reading: all but the last were closed by then, so reading them to the end misses nothing.
        numbers = [number for number in segments_of(folder) if number >= start[0]]
        for number in numbers:
            path = folder / f"{number}.log"
            end = offset = start[1] if number == start[0] else 0
            if stop is not None and (number, offset) >= stop:
                return
            for payload, end in frames_from(path, offset):
                yield self._step(writer, number, end, payload, path)
                if stop is not None and (number, end) >= stop:
                    return
            if number != numbers[-1] and path.stat().st_size > max(end, 16):
                raise StoreDamaged(f"{path} is damaged at byte {end}", hint="restore this file from a backup")

    def _step(self, writer: str, number: str, end: int, payload: memoryview, path: Path) -> _Step:
        try:
            record = decode_record(payload)
        except (msgspec.MsgspecError, ValueError) as strange:
            message = f"{path} holds a record before byte {end} that cannot be read: {strange}"
            raise StoreDamaged(message, hint="was it written by a newer release?") from strange
        return _Step(record.received, record, writer, number, end - FRAME_BYTES - len(payload), end)

    def _path(self, writer: str, number: str) -> Path:
        return folder_of(self.root, self.model, writer) / f"{number}.log"


def _merged(streams: list[Iterator[_Step]]) -> Iterator[_Step]:
    return heapq.merge(*streams, key=lambda step: step.received)
