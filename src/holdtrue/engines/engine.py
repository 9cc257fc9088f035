"""The interface of a place where work runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol


class Job(Protocol):
    """One piece of work under way."""

    def done(self) -> bool:
        """Say whether the work has ended, well or badly."""
        ...

    def result(self, timeout: float | None = None) -> Any:
        """Wait for the work and return its value, or raise what it raised.

        Raises:
            TimeoutError: it was not done within `timeout` seconds.
            EnvironmentFailed: the process that did the work died.
        """
        ...

    def cancel(self) -> None:
        """End the work at once; whatever it had not committed is gone. Harmless when done."""
        ...


class Engine(Protocol):
    """Runs functions somewhere else than in the caller's thread.

    Obligations: `submit` returns at once; the function and its arguments are importable and picklable by our own
    processes only (they never come from outside); one job's death harms no other; after `close` no process is left.
    """

    def submit(self, function: Callable[..., Any], *args: Any) -> Job:
        """Begin one piece of work."""
        ...

    def close(self) -> None:
        """End what is still running and give everything back."""
        ...
