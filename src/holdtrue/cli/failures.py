"""An error in words on standard error, and the exit code that goes with it."""

from __future__ import annotations

import errno
import os
import re
import sys
import traceback

from holdtrue.foundation import EnvironmentFailed, HoldtrueError, NoSpace, WrongUse

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS)
_ABSENT = (errno.ENOENT, errno.EISDIR, errno.ENOTDIR)
DEBUG = "HOLDTRUE_DEBUG"


def told(error: Exception, *, json: bool = False) -> int:
    """Write what went wrong and what to do about it; return the exit code.

    With `HOLDTRUE_DEBUG` set in the environment the traceback comes first.

    Args:
        json: standard output gets it too, as `{"error", "hint", "code"}`: a program that reads JSON finds some.
    """
    if os.environ.get(DEBUG):
        traceback.print_exception(error)
    known = _known(error)
    sys.stderr.write(f"holdtrue: {known.message}\n")
    if known.hint:
        sys.stderr.write(f"  {known.hint}\n")
    if json:
        from holdtrue.cli.output import print_json

        print_json({"error": known.message, "hint": known.hint, "code": known.code})
    return known.exit_code


def _known(error: Exception) -> HoldtrueError:
    if isinstance(error, HoldtrueError):
        return error
    number = _number(error)
    if number:
        return _refused(number, str(getattr(error, "filename", None) or ""))
    text = (str(error).strip().splitlines() or ["no reason given"])[0]
    return EnvironmentFailed(
        f"unexpected {type(error).__name__}: {text}",
        hint=f"this looks like a defect of holdtrue; {DEBUG}=1 shows where it happened, for a report",
    )


def _number(error: Exception) -> int:
    """Return the operating system's number of an error; libraries written in Rust have it in their text only."""
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    told = re.search(r"\(os error (\d+)\)", str(error))
    return int(told[1]) if told else 0


def _refused(number: int, place: str) -> HoldtrueError:
    words = f"{place}: {os.strerror(number)}" if place else os.strerror(number)
    if number in _FULL:
        where = place or "the disk"
        return NoSpace(f"no space left on {where}", hint="make room there, or write elsewhere, and try again")
    if number in _CLOSED:
        return WrongUse(words, hint="check who may read and write there, or use another folder")
    if number in _ABSENT:
        return WrongUse(words, hint="check the path")
    return EnvironmentFailed(words, hint="the operating system refused it")
