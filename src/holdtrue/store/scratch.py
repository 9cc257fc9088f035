"""A writer's own folder for what is not committed yet; the folders of writers that died are swept away."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
from pathlib import Path

from holdtrue.store.disk import make_folder, writing

_LOCK = "lock"


class Scratch:
    """A folder below `root` that is ours as long as we live: a lock on a file in it says so to others.

    It is made at the first use.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._folder: Path | None = None
        self._lock = -1
        self._count = 0

    def new(self, suffix: str) -> Path:
        """Return a path in the folder that was not given out before.

        Raises:
            NoSpace, EnvironmentFailed: the folder cannot be made.
        """
        if self._folder is None:
            with writing(self._root):
                make_folder(self._root)
                sweep(self._root)
                self._folder = self._claim()
        self._count += 1
        return self._folder / f"{self._count}{suffix}"

    def _claim(self) -> Path:
        while True:
            folder = self._root / secrets.token_hex(8)
            folder.mkdir()
            try:
                lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
            except FileNotFoundError:
                continue  # a sweeper took the empty folder for a dead writer's
            fcntl.flock(lock, fcntl.LOCK_EX)
            # A sweeper may have seen the file before we locked it: then it is gone and we begin again.
            if os.fstat(lock).st_nlink > 0:
                self._lock = lock
                return folder
            os.close(lock)

    def close(self) -> None:
        """Remove the folder and all that is in it; a second call does nothing."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self.abandon()

    def abandon(self) -> None:
        """Let go of the lock without removing anything: for the copy that a fork made in the child."""
        if self._lock >= 0:
            os.close(self._lock)
        self._folder, self._lock = None, -1


def sweep(root: Path) -> int:
    """Remove what dead writers left below `root`; return how many there were."""
    swept = 0
    for folder in root.iterdir():
        try:
            lock = os.open(folder / _LOCK, os.O_RDWR | os.O_CLOEXEC)
        except OSError:
            # Its writer died before it had a lock, or is about to make one and will begin again.
            with contextlib.suppress(OSError):
                folder.rmdir()
            continue
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
            swept += 1
        except BlockingIOError:
            pass  # its writer lives
        finally:
            os.close(lock)
    return swept
