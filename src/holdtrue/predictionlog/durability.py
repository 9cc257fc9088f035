"""Makes appended bytes durable in a thread of its own: whoever appends waits for a disk only if asked to."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from holdtrue.foundation import EnvironmentFailed, HoldtrueError

Durability = Literal["batch", "none", "sync"]
Told = Callable[[HoldtrueError | None], None]


def sync_file(descriptor: int) -> None:
    """Have the operating system bring a file's bytes to the disk."""
    getattr(os, "fdatasync", os.fsync)(descriptor)


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class Syncer:
    """Counts writes and brings them to the disk, several at a time.

    A write is a ticket, 1, 2, 3, ...; after `sync` of the file every ticket given before it began is durable. With
    `every` at 0 one sync follows another as long as there is something to do (group commit); else at most one is begun
    in so many seconds. After a sync has failed nothing more is called durable.
    """

    def __init__(self, sync: Callable[[int], None], every: float) -> None:
        self._sync, self._every = sync, every
        self._changed = threading.Condition()
        self._written = self._durable = self._urgent = 0
        self._file = -1
        self._sealed: list[tuple[int, Path]] = []
        self._told: list[tuple[int, Told]] = []
        self._failed: HoldtrueError | None = None
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="holdtrue-log-sync", daemon=True)
        self._thread.start()

    def wrote(self, descriptor: int) -> int:
        """Note a write to the file in use and return its ticket."""
        with self._changed:
            self._file = descriptor
            self._written += 1
            if self._written == self._durable + 1:
                self._changed.notify_all()
            return self._written

    @property
    def failed(self) -> HoldtrueError | None:
        """What the disk refused, once it has."""
        return self._failed

    def seal(self, descriptor: int, folder: Path) -> None:
        """Take over a file that nothing will be written to any more: sync it and its folder, and close it."""
        with self._changed:
            self._sealed.append((descriptor, folder))
            self._changed.notify_all()

    def wait(self, ticket: int) -> None:
        """Return once that write is durable; asks for it at once.

        Raises:
            EnvironmentFailed: the disk refused.
        """
        with self._changed:
            self._urgent = max(self._urgent, ticket)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._durable >= ticket or self._failed is not None)
            if self._durable < ticket and self._failed is not None:
                raise self._failed

    def tell(self, ticket: int, told: Told) -> None:
        """Call back once that write is durable (or has failed): at once, or from the thread that syncs."""
        with self._changed:
            if self._durable < ticket and self._failed is None:
                self._told.append((ticket, told))
                return
            failed = None if self._durable >= ticket else self._failed
        told(failed)

    def close(self) -> None:
        """Sync what is left and end the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._thread.join()
        if self._failed is not None:
            raise self._failed

    def _run(self) -> None:
        last = -self._every
        while True:
            with self._changed:
                self._changed.wait_for(self._has_work)
                pause = self._every - (time.monotonic() - last)
                if pause > 0:
                    self._changed.wait_for(lambda: self._closing or self._urgent > self._durable, timeout=pause)
                if not self._sealed and self._written == self._durable:
                    return  # nothing left and closing
                target, file, sealed = self._written, self._file, self._sealed
                self._sealed = []
            last = time.monotonic()
            if not self._carry_out(target, file, sealed):
                return

    def _has_work(self) -> bool:
        return self._closing or bool(self._sealed) or self._written > self._durable

    def _carry_out(self, target: int, file: int, sealed: list[tuple[int, Path]]) -> bool:
        try:
            for descriptor, folder in sealed:
                self._sync(descriptor)
                os.close(descriptor)
                sync_folder(folder)
            if all(file != descriptor for descriptor, _ in sealed):
                self._sync(file)
        except OSError as refused:
            self._settle(self._durable, EnvironmentFailed(f"the prediction log cannot be made durable: {refused}"))
            return False
        self._settle(target, None)
        return True

    def _settle(self, durable: int, failed: HoldtrueError | None) -> None:
        with self._changed:
            self._durable, self._failed = durable, failed
            due = [told for ticket, told in self._told if failed is not None or ticket <= durable]
            self._told = [] if failed is not None else [entry for entry in self._told if entry[0] > durable]
            self._changed.notify_all()
        for told in due:
            told(failed)
