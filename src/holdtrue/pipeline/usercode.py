"""How the user's own code is run: where it finds what was captured and nothing else, and prints beside our output."""

from __future__ import annotations

import contextlib
import ctypes
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from holdtrue.foundation import HoldtrueError

_OUT, _ERR = 1, 2


@contextmanager
def user_code(folder: Path) -> Iterator[None]:
    """Run code of a version in the folder that holds its files.

    A relative path means a captured file, as it does for whoever goes back to the version: a file that was not
    captured cannot decide what comes out. Where standard output is no terminal, what the code (or a library in C)
    prints goes to standard error, so that it never mixes with our report. Errors name files by their path in the
    project. One thread at a time: the working folder and standard output are the whole process's.

    Raises:
        HoldtrueError: what the code raised, with the folder's path taken out.
    """
    with _working_in(folder), _printing_aside():
        try:
            yield
        except HoldtrueError as error:
            place = f"{folder.resolve()}/"
            if place in error.message or place in error.hint:
                message, hint = error.message.replace(place, ""), error.hint.replace(place, "")
                raise type(error)(message, hint=hint) from error
            raise


@contextmanager
def _working_in(folder: Path) -> Iterator[None]:
    before = os.open(".", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)  # by its handle: it may have been removed
    try:
        os.chdir(folder)
        yield
    finally:
        os.fchdir(before)
        os.close(before)


@contextmanager
def _printing_aside() -> Iterator[None]:
    if not (_is_open(_OUT) and _is_open(_ERR)) or os.isatty(_OUT):
        yield
        return
    _flush()
    kept = os.dup(_OUT)
    os.dup2(_ERR, _OUT)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        _flush()
        os.dup2(kept, _OUT)
        os.close(kept)


def _flush() -> None:
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):  # there may be none, or a closed one
            stream.flush()
    ctypes.CDLL(None).fflush(None)  # what libraries in C have printed


def _is_open(descriptor: int) -> bool:
    try:
        os.fstat(descriptor)
    except OSError:
        return False
    return True
