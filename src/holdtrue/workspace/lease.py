"""The lease by which one loop alone works on a project: renewed by a thread, however long a step takes."""

from __future__ import annotations

import logging
import threading
import time
from types import TracebackType

from holdtrue.catalog import Catalog
from holdtrue.foundation import SECOND, Clock, EnvironmentFailed

LOOP_LEASE = "loop"
LEASE_SECONDS = 10.0
_logger = logging.getLogger("holdtrue.loop")


class LeaseLost(EnvironmentFailed):
    """Another process has taken over, because this one could not renew its lease in time."""

    code = "lease-lost"


class Lease:
    """Holds a name for as long as the block lasts. Enter it only when `acquire` has said that the name is free.

    Args:
        seconds: for so long it is taken each time; it is renewed three times as often.
    """

    def __init__(
        self, catalog: Catalog, clock: Clock, holder: str, *, name: str = LOOP_LEASE, seconds: float = LEASE_SECONDS
    ) -> None:
        self._leases, self._clock, self._holder, self._name = catalog.leases, clock, holder, name
        self._seconds = seconds
        self._renewed = 0.0
        self._lost = False
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="holdtrue-lease", daemon=True)

    def acquire(self) -> bool:
        """Take the name, or keep it longer; False if another holds it."""
        asked = time.monotonic()
        held = self._leases.acquire(self._name, self._holder, round(self._seconds * SECOND), self._clock.now())
        if held:
            self._renewed = asked
        return held

    @property
    def lost(self) -> bool:
        """Whether another may hold the name by now: nothing more may be done in its name."""
        return self._lost or time.monotonic() - self._renewed > self._seconds

    def check(self) -> None:
        """Go on only as the holder.

        Raises:
            LeaseLost: it is lost.
        """
        if self.lost:
            message = f"the lease {self._name} of {self._holder} ran out before it could be renewed"
            raise LeaseLost(message, hint="another may have taken over; nothing more was done")

    def __enter__(self) -> Lease:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()
        self._leases.release(self._name, self._holder)

    def _keep(self) -> None:
        while not self._end.wait(self._seconds / 3):
            try:
                self._lost = self._lost or not self.acquire()
            except Exception:  # a catalog that is away for a moment; for longer, and the lease is lost by its time
                _logger.exception("the lease %s could not be renewed", self._name)
