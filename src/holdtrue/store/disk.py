"""The few things asked of a file system: write, make durable, rename; its faults in our own words."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from holdtrue.foundation import EnvironmentFailed, HoldtrueError, NoSpace, WrongUse

_CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS}
_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


def fault(error: OSError, place: Path) -> HoldtrueError:
    """Say what an operating system's error means to the user."""
    if error.errno in _FULL:
        message = f"no space left for {place}: {error.strerror}"
        return NoSpace(message, hint="make room and try again; nothing committed before was lost")
    if error.errno in _CLOSED:
        return WrongUse(f"{place} cannot be written: {error.strerror}", hint="check who may write there")
    return EnvironmentFailed(
        f"{place} cannot be written: {error.strerror}", hint="check the folder and its permissions"
    )


@contextmanager
def writing(place: Path) -> Iterator[None]:
    """Turn operating system errors into `NoSpace` or `EnvironmentFailed`, naming the place."""
    try:
        yield
    except OSError as error:
        raise fault(error, place) from error


def sync_folder(folder: Path) -> None:
    """Make the names in a folder durable: a renamed file survives a power cut only after this."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it, durably; one that is there is left alone."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


def write_whole(path: Path, content: bytes, scratch: Path, *, durable: bool = True) -> None:
    """Put a small file in place in one step: a reader sees the old one, none, or the new one whole.

    Args:
        path: where it shall stand.
        content: all of it.
        scratch: a name on the same file system that no one else uses.
        durable: also make it survive a power cut.
    """
    with scratch.open("wb") as file:
        file.write(content)
        file.flush()
        if durable:
            os.fsync(file.fileno())
    scratch.replace(path)
    if durable:
        sync_folder(path.parent)
