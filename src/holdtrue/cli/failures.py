"""An error in words on standard error, and the exit code that goes with it."""

from __future__ import annotations

import errno
import os
import sys
import traceback

from holdtrue.foundation import EnvironmentFailed, HoldtrueError, NoSpace, WrongUse

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
_CLOSED = (errno.EACCES, errno.EPERM, errno.EROFS)
DEBUG = "HOLDTRUE_DEBUG"


def told(error: Exception) -> int:
    """Write what went wrong and what to do about it; return the exit code.

    With `HOLDTRUE_DEBUG` set in the environment the traceback comes first.
    """
    if os.environ.get(DEBUG):
        traceback.print_exception(error)
    known = _known(error)
    sys.stderr.write(f"holdtrue: {known.message}\n")
    if known.hint:
        sys.stderr.write(f"  {known.hint}\n")
    return known.exit_code


def _known(error: Exception) -> HoldtrueError:
    if isinstance(error, HoldtrueError):
        return error
    if isinstance(error, OSError) and error.errno is not None:
        place = error.filename or "the disk"
        if error.errno in _FULL:
            return NoSpace(f"no space left on {place}", hint="free some space and run the command again")
        if error.errno in _CLOSED:
            return WrongUse(
                f"{place}: {error.strerror}", hint="check who may read and write there, or use another folder"
            )
        return EnvironmentFailed(f"{place}: {error.strerror}", hint="the operating system refused it")
    text = (str(error).strip().splitlines() or ["no reason given"])[0]
    return EnvironmentFailed(
        f"unexpected {type(error).__name__}: {text}",
        hint=f"this looks like a defect of holdtrue; {DEBUG}=1 shows where it happened, for a report",
    )
