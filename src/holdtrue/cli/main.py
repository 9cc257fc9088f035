"""The door of the command line: every error becomes one clear message and the stated exit code."""

from __future__ import annotations

import errno
import sys
from collections.abc import Sequence

from holdtrue.foundation import HoldtrueError, NoSpace


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its exit code.

    0 fine, 1 a test or gate failed, 2 wrong use, 3 the environment failed, 130 interrupted.
    """
    sys.exit(run(sys.argv[1:] if arguments is None else list(arguments)))


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; no exception but a defect of ours comes out."""
    from holdtrue.cli.app import app

    try:
        app(list(arguments), prog_name="holdtrue", standalone_mode=True)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else (0 if ended.code is None else 2)
    except HoldtrueError as error:
        return _told(error)
    except KeyboardInterrupt:
        sys.stderr.write("\nstopped\n")
        return 130
    except BrokenPipeError:
        # The reader of our output (`| head`) has gone: not an error of ours.
        sys.stderr.close()
        return 0
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            place = error.filename or "the disk"
            return _told(NoSpace(f"no space left on {place}", hint="free some space and run the command again"))
        raise
    return 0


def _told(error: HoldtrueError) -> int:
    sys.stderr.write(f"holdtrue: {error.message}\n")
    if error.hint:
        sys.stderr.write(f"  {error.hint}\n")
    return error.exit_code
