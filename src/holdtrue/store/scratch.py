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
    """A folder below `root` that is ours as long as we live: a lock on a file in it says so to others."""

    def __init__(self, root: Path) -> None:
        with writing(root):
            make_folder(root)
            sweep(root)
            while True:
                self.folder = root / secrets.token_hex(8)
                self.folder.mkdir()
                try:
                    self._lock = os.open(self.folder / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC)
                except FileNotFoundError:
                    continue  # a sweeper took the empty folder for a dead writer's
                fcntl.flock(self._lock, fcntl.LOCK_EX)
                # A sweeper may have seen the file before we locked it: then it is gone and we begin again.
                if os.fstat(self._lock).st_nlink > 0:
                    break
                os.close(self._lock)
        self._count = 0

    def new(self, suffix: str) -> Path:
        """Return a path in the folder that was not given out before."""
        self._count += 1
        return self.folder / f"{self._count}{suffix}"

    def close(self) -> None:
        """Remove the folder and all that is in it; a second call does nothing."""
        if self._lock >= 0:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.abandon()

    def abandon(self) -> None:
        """Let go of the lock without removing anything: for the copy that a fork made in the child."""
        if self._lock >= 0:
            os.close(self._lock)
            self._lock = -1


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
