"""The door of the command line: every error becomes one clear message and the stated exit code.

What fails is explained by `failures`, which is imported only then: printing the help costs next to nothing.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence

from holdtrue.cli.interrupts import Interrupts

INTERRUPTED = 130
SERVICES = ("up", "serve", "loop")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and end the process with its exit code.

    0 fine, 1 a test or gate failed, 2 wrong use, 3 the environment failed, 130 interrupted. What runs until it is told
    to stop (`SERVICES`) ends with 0 when it is told, from its first moment on.
    """
    interrupts = Interrupts()
    interrupts.listen()
    given = sys.argv[1:] if arguments is None else list(arguments)
    code = run(given)
    if interrupts.close():
        code = _stopped()
    # Once they run they hear the signal themselves, and end with 0.
    sys.exit(0 if code == INTERRUPTED and given[0] in SERVICES else code)


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit code; no exception comes out."""
    # Of a damaged file Polars writes where in its own code it stopped; what to do about it is told by us.
    os.environ.setdefault("RUST_BACKTRACE", "0")
    try:
        from holdtrue.cli.app import app

        app(list(arguments), prog_name="holdtrue", standalone_mode=True)
    except SystemExit as ended:
        causes = {type(cause) for cause in _behind(ended)}
        if BrokenPipeError in causes:
            return _unread()
        if KeyboardInterrupt in causes:
            return _stopped()
        code = ended.code if isinstance(ended.code, int) else 2 if ended.code else 0
    except KeyboardInterrupt:
        return _stopped()
    except Exception as error:  # noqa: BLE001 - the last place where an error can be put in words
        from holdtrue.cli.failures import told

        code = told(error, json="--json" in arguments)
    else:
        code = 0
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        return _unread()
    return code


def _behind(error: BaseException) -> Iterator[BaseException]:
    cause = error.__context__
    while cause is not None:
        yield cause
        cause = cause.__context__


def _stopped() -> int:
    sys.stderr.write("\nstopped\n")
    return INTERRUPTED


def _unread() -> int:
    # The reader of our output (`| head`) has gone: not an error of ours. What is still buffered goes nowhere.
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.__stdout__.fileno() if sys.__stdout__ else 1)
    return 0
