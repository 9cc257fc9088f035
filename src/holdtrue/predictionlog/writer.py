"""Appends records to one writer's segments: one write to the operating system each, so that killing the process loses
nothing that was appended; `durability` says what a power cut may take."""

from __future__ import annotations

import contextlib
import errno
import fcntl
import os
import threading
from collections.abc import Callable, Iterable
from pathlib import Path

from holdtrue.foundation import Clock, EnvironmentFailed, HoldtrueError, NoSpace, SystemClock, WrongUse
from holdtrue.predictionlog.durability import Durability, Syncer, Told, sync_file, sync_folder
from holdtrue.predictionlog.frames import HEADER_BYTES, framed, header
from holdtrue.predictionlog.records import Record, encode_record
from holdtrue.predictionlog.segments import end_of_whole, folder_of, segments_of

_TRIAL_BYTES = 64 << 10
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class WriterTaken(EnvironmentFailed):
    """Another process (or another `LogWriter` of this one) appends under this writer's name."""

    code = "writer-taken"


class LogWriter:
    """The one that appends under a writer's name; safe to share between threads.

    Durability: `sync`: `append` returns once the record is on the disk; `batch`: a thread brings it there within
    `sync_every` seconds; `none`: the operating system does when it pleases. In all three a record that was appended
    outlives the process.

    Opening takes the name for itself and cuts off the tails that unfinished writes left in the newest two segments (the
    bytes are kept beside them as `.torn`). It happens at the first append, or by `open()`.

    Args:
        root: the folder of all prediction logs.
        model: the model's name.
        writer: this writer's name, such as `server-1`; see `open_writer` for one that finds a free name.
        durability: as above.
        clock: dates the segments.
        segment_bytes: a segment longer than this is closed and the next begun.
        sync_every: seconds between the syncs of `batch`.
        sync: brings a file to the disk (tests count and delay it).
    """

    def __init__(
        self,
        root: Path,
        model: str,
        writer: str,
        durability: Durability = "batch",
        clock: Clock | None = None,
        *,
        segment_bytes: int = 64 << 20,
        sync_every: float = 0.05,
        sync: Callable[[int], None] = sync_file,
    ) -> None:
        self.folder = folder_of(Path(root), model, writer)
        self.writer = writer
        self.durability = durability
        self._clock: Clock = clock or SystemClock()
        self._segment_bytes, self._sync_every, self._sync = segment_bytes, sync_every, sync
        self._lock = threading.Lock()
        self._file = self._claim = -1
        self._size = 0
        self._syncer: Syncer | None = None
        self._broken: HoldtrueError | None = None

    def open(self) -> LogWriter:
        """Take the name and mend the newest segment; harmless when done already.

        Raises:
            WriterTaken: another writer holds the name.
        """
        with self._lock:
            self._open()
        return self

    def append(self, record: Record) -> None:
        """Append one record; with `sync`, return once it is on the disk.

        Raises:
            NoSpace: the disk is full; nothing of the record is left in the log, and a later append may succeed.
            EnvironmentFailed: the file system refused.
        """
        ticket = self.write((record,))
        if self.durability == "sync":
            self.wait(ticket)

    def write(self, records: Iterable[Record]) -> int:
        """Append records by one write, all or none, without waiting for the disk; return the ticket to wait with."""
        data = framed(encode_record(record) for record in records)
        with self._lock:
            self._open()
            if self._size > HEADER_BYTES and self._size + len(data) > self._segment_bytes:
                self._rotate()
            self._put(data)
            return 0 if self._syncer is None else self._syncer.wrote(self._file)

    def wait(self, ticket: int) -> None:
        """Return once the write with that ticket is on the disk (with `none`: at once)."""
        if self._syncer is not None:
            self._syncer.wait(ticket)

    def tell(self, ticket: int, told: Told) -> None:
        """Call `told(None)` once that write is on the disk, `told(error)` if it never will be; from any thread."""
        if self._syncer is None:
            told(None)
        else:
            self._syncer.tell(ticket, told)

    def flush(self) -> None:
        """Return once everything appended is on the disk, whatever the durability."""
        with self._lock:
            if self._file < 0:
                return
            if self._syncer is None:
                self._sync(self._file)
                return
            ticket = self._syncer.wrote(self._file)
        self._syncer.wait(ticket)

    def check(self) -> None:
        """Find out whether a record could be appended now, without appending one.

        Raises:
            NoSpace, EnvironmentFailed: it could not be.
        """
        with self._lock:
            self._open()
            trial = self.folder / "trial"
            try:
                trial.write_bytes(bytes(_TRIAL_BYTES))
                trial.unlink()
            except OSError as refused:
                trial.unlink(missing_ok=True)
                raise _cannot(f"append to {self.folder}", refused) from refused

    def close(self) -> None:
        """Bring everything to the disk, close the segment and give the name back."""
        with self._lock:
            if self._claim < 0:
                return
            try:
                if self._syncer is not None:
                    self._syncer.close()
                else:
                    self._sync(self._file)
            finally:
                os.close(self._file)
                os.close(self._claim)
                self._file = self._claim = -1
                self._syncer = None

    def __enter__(self) -> LogWriter:
        return self.open()

    def __exit__(self, *ending: object) -> None:
        self.close()

    def _open(self) -> None:
        if self._broken is None and self._syncer is not None:
            self._broken = self._syncer.failed
        if self._broken is not None:
            raise self._broken
        if self._claim >= 0:
            return
        try:
            self._claim_name()
        except OSError as refused:
            raise _cannot(f"open the log {self.folder}", refused) from refused
        if self.durability != "none":
            self._syncer = Syncer(self._sync, 0.0 if self.durability == "sync" else self._sync_every)

    def _claim_name(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        claim = os.open(self.folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._claim = claim
            numbers = segments_of(self.folder)
            for number in numbers[-2:-1]:
                _mend(self.folder / f"{number}.log")  # a power cut may come before a closed segment is on the disk
            if numbers:
                self._continue(self.folder / f"{numbers[-1]}.log")
            else:
                self._begin(1)
                for folder in (self.folder, self.folder.parent, self.folder.parent.parent):
                    sync_folder(folder)  # a new name is durable only once its folder is
        except BlockingIOError:
            self._let_go(claim)
            message = f"another process is appending to {self.folder}"
            raise WriterTaken(message, hint="give each process a writer's name of its own") from None
        except BaseException:
            self._let_go(claim)
            raise

    def _let_go(self, claim: int) -> None:
        if self._file >= 0:
            os.close(self._file)
        os.close(claim)
        self._file = self._claim = -1

    def _begin(self, number: int) -> None:
        path = self.folder / f"{number:08d}.log"
        self._file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o644)
        self._size = 0
        self._put(header(self._clock.now()))

    def _continue(self, path: Path) -> None:
        self._size = _mend(path)
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CLOEXEC)
        if self._size == 0:
            self._put(header(self._clock.now()))

    def _rotate(self) -> None:
        number, full = int(segments_of(self.folder)[-1]) + 1, self._file
        try:
            self._begin(number)
        except BaseException as broken:
            if self._file != full:
                os.close(self._file)
                (self.folder / f"{number:08d}.log").unlink(missing_ok=True)
            self._file, self._size = full, os.fstat(full).st_size
            if isinstance(broken, OSError):
                raise _cannot(f"begin a segment in {self.folder}", broken) from broken
            raise
        if self._syncer is not None:
            self._syncer.seal(full, self.folder)
        else:
            os.close(full)

    def _put(self, data: bytes) -> None:
        view = memoryview(data)
        try:
            while view:
                view = view[os.write(self._file, view) :]
        except OSError as refused:
            self._take_back()
            raise _cannot(f"append to {self.folder}", refused) from refused
        self._size += len(data)

    def _take_back(self) -> None:
        try:
            os.ftruncate(self._file, self._size)
        except OSError as refused:
            # Half a frame is left: anything after it would never be read, so nothing more may be appended.
            self._broken = EnvironmentFailed(f"cannot undo half a write to {self.folder}: {refused}")


def open_writer(
    root: Path, model: str, prefix: str, durability: Durability = "batch", clock: Clock | None = None
) -> LogWriter:
    """Open a writer under the first free name of `prefix-1`, `prefix-2`, ...: several processes may ask at once."""
    number = 1
    while True:
        with contextlib.suppress(WriterTaken):
            return LogWriter(root, model, f"{prefix}-{number}", durability, clock).open()
        number += 1
        if number > 10_000:
            raise WrongUse(f"ten thousand writers append to the log of {model}", hint="end some of them")


def _cannot(what: str, refused: OSError) -> HoldtrueError:
    if refused.errno in _FULL:
        message = f"no room to {what}: {refused.strerror}"
        return NoSpace(message, hint="free some room; what was appended before is safe")
    return EnvironmentFailed(f"cannot {what}: {refused}", hint="what was appended before is safe")


def _mend(path: Path) -> int:
    """Cut off what an unfinished write left, keeping it beside the segment; return the segment's size then."""
    size = path.stat().st_size
    end = end_of_whole(path) if size >= HEADER_BYTES else 0
    if size == end:
        return end
    with path.open("r+b") as file:
        file.seek(end)
        with path.with_suffix(f".{end}.torn").open("wb") as kept:
            kept.write(file.read())
            kept.flush()
            os.fsync(kept.fileno())
        file.truncate(end)
        os.fsync(file.fileno())
    return end
