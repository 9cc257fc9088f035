"""Bodies of requests, read within a time: one task looks after all that are still to come.

A timer for each request (`asyncio.timeout`) would cost a request more than reading its body does.
"""

from __future__ import annotations

import asyncio
from typing import Any

from holdtrue.serving.http import Receive, TooSlow, read_body


class Bodies:
    """Reads bodies; those that do not come in time are given up while `sweep` runs.

    Args:
        largest: bytes that a body may have. seconds: how long it may take to come.
    """

    def __init__(self, largest: int, seconds: float) -> None:
        self._largest, self._seconds = largest, seconds
        self._since: dict[asyncio.Task[Any], float] = {}
        self._overdue: set[asyncio.Task[Any]] = set()

    async def read(self, receive: Receive) -> bytes:
        """Return the whole body of a request.

        Raises:
            TooLarge, TooSlow, Gone.
        """
        task = asyncio.current_task()
        assert task is not None  # a coroutine runs in one
        self._since[task] = asyncio.get_running_loop().time()
        try:
            return await read_body(receive, self._largest)
        except asyncio.CancelledError:
            if task not in self._overdue:
                raise
            task.uncancel()
            raise TooSlow from None
        finally:
            del self._since[task]
            self._overdue.discard(task)

    async def sweep(self) -> None:
        """Give up what takes too long, until cancelled."""
        while True:
            await asyncio.sleep(min(1.0, self._seconds / 4))
            latest = asyncio.get_running_loop().time() - self._seconds
            for task, since in list(self._since.items()):
                if since < latest and task not in self._overdue:
                    self._overdue.add(task)
                    task.cancel()
