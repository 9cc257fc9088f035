"""One reading of the project for all viewers: taken in a worker thread, never twice at once, and not too often."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable

import msgspec
from msgspec import Struct

from holdtrue.foundation import HoldtrueError
from holdtrue.workspace import Overview

_log = logging.getLogger("holdtrue.web")

FRESH_SECONDS = 0.5
PATIENCE_SECONDS = 2.0


class Problem(Struct, frozen=True):
    """Why there is no new reading, and what to do; both for people."""

    message: str
    hint: str = ""


class Reading(Struct, frozen=True, kw_only=True):
    """The last overview that could be read, and what kept a newer one from being read.

    Attributes:
        overview: None until the first was read.
        problem: None if the last attempt succeeded.
    """

    overview: Overview | None = None
    problem: Problem | None = None


class Readings:
    """Reads the project's overview for any number of viewers. One event loop at a time.

    Args:
        overview: reads it; may block, may raise.
        fresh_seconds: a reading this young is given again. It is also the least time between two calls.
        patience_seconds: how long a viewer waits for a reading under way before the one before is given.
        monotonic: seconds of a clock that never goes back.
    """

    def __init__(
        self,
        overview: Callable[[], Overview],
        *,
        fresh_seconds: float = FRESH_SECONDS,
        patience_seconds: float = PATIENCE_SECONDS,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._overview = overview
        self._fresh, self._patience, self._monotonic = fresh_seconds, patience_seconds, monotonic
        self._last = Reading(problem=Problem("The project is still being read", "this takes a moment the first time"))
        self._taken: float | None = None
        self._flight: asyncio.Task[None] | None = None

    async def latest(self) -> Reading:
        """Return a reading no older than `fresh_seconds`, or the last there is if a newer one takes too long."""
        if self._flight is None and self._stale():
            self._flight = asyncio.create_task(self._take())
        if self._flight is not None:
            await asyncio.wait({self._flight}, timeout=self._patience)
        return self._last

    def _stale(self) -> bool:
        return self._taken is None or self._monotonic() - self._taken >= self._fresh

    async def _take(self) -> None:
        try:
            self._last = await asyncio.to_thread(self._read, self._last)
        finally:
            self._taken = self._monotonic()
            self._flight = None

    def _read(self, before: Reading) -> Reading:
        try:
            return Reading(overview=self._overview())
        except HoldtrueError as error:
            problem = Problem(error.message, error.hint)
            if problem != before.problem:
                _log.warning("the overview could not be read: %s", error)
        except Exception as error:  # noqa: BLE001
            # Whatever went wrong, whoever looks at the page gets the last figures and a sentence; the log gets it all.
            problem = Problem(f"The project could not be read ({type(error).__name__})", "the server's log has more")
            if problem != before.problem:
                _log.exception("the overview could not be read")
        return msgspec.structs.replace(before, problem=problem)
