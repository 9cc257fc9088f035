"""One tree of errors.

A message says what happened, on which value; the hint says what to do next. The command line prints both and ends
with the class's exit code: 1 a test or gate failed, 2 wrong use, 3 the environment failed.
"""

from __future__ import annotations

from typing import Any, ClassVar


class HoldtrueError(Exception):
    """Root of every error that holdtrue raises on purpose.

    Example:
        >>> str(HoldtrueError("no such file: sales.csv", hint="check the path"))
        'no such file: sales.csv (check the path)'
    """

    code: ClassVar[str] = "error"
    exit_code: ClassVar[int] = 3

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message} ({self.hint})" if self.hint else self.message

    def __reduce__(self) -> tuple[Any, ...]:
        # Errors cross processes: keep the hint, which a plain Exception would lose when pickled.
        return (_rebuild, (type(self), self.message, self.hint))


def _rebuild(kind: type[HoldtrueError], message: str, hint: str) -> HoldtrueError:
    return kind(message, hint=hint)


class WrongUse(HoldtrueError):
    """The caller asked for something that cannot be: mend the call, the file or the setting and try again."""

    code = "wrong-use"
    exit_code = 2


class ProjectNotFound(WrongUse):
    """Neither this folder nor one above it holds a `model.py`."""

    code = "no-project"


class ProjectBroken(WrongUse):
    """The project's own code cannot be imported or declares something impossible; names file and line."""

    code = "project-broken"


class ContractError(WrongUse):
    """A contract that cannot be compiled: an unknown column, a rule that is no expression, clashing bounds."""

    code = "contract"


class UnknownReference(WrongUse):
    """No model, version, alias, data version, run, prediction or alarm of that name."""

    code = "unknown-reference"


class DataNotFound(WrongUse):
    """A declared data file or folder is missing or holds no rows."""

    code = "no-data"


class DataUnreadable(WrongUse):
    """A data file exists and cannot be read as what it claims to be."""

    code = "unreadable-data"


class MissingExtra(WrongUse):
    """An optional library is needed and not installed."""

    code = "missing-extra"


class PortTaken(WrongUse):
    """Another process listens on the address asked for."""

    code = "port-taken"


class NoSpace(WrongUse):
    """The disk (or quota) is full; nothing acknowledged was lost."""

    code = "no-space"


class TestsFailed(HoldtrueError):
    """Data tests, checks or the gate refused: an answer, not a fault."""

    __test__ = False  # not a pytest class
    code = "tests-failed"
    exit_code = 1


class GateFailed(TestsFailed):
    """A version that did not pass its gate was to be promoted without force."""

    code = "gate-failed"


class StoreDamaged(HoldtrueError):
    """Bytes in the store do not have the hash they are kept under, or are gone."""

    code = "store-damaged"


class EnvironmentFailed(HoldtrueError):
    """Something outside holdtrue failed: a server, a database, a child process."""

    code = "environment"
