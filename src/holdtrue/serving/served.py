"""The models of one server: for each the version that answers now, its log, and the answers it may have to repeat."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable

from msgspec import Struct

from holdtrue.foundation import HoldtrueError
from holdtrue.predicting import LoadedVersion
from holdtrue.predictionlog import LogWriter, Record
from holdtrue.serving.repeats import Repeats

_logger = logging.getLogger("holdtrue.serving")


class Live(Struct, frozen=True):
    """A version that answers: replaced as a whole, by one assignment, so that a request sees one version throughout.

    Attributes:
        loaded: the version in memory.
        number: its number: `v` and this is its name.
        alias: the alias that pointed at it.
        epoch: how often that alias had moved.
        since: microseconds since 1970 when it began to answer.
    """

    loaded: LoadedVersion
    number: int
    alias: str
    epoch: int
    since: int

    @property
    def version(self) -> str:
        """Its name, such as `v3`."""
        return f"v{self.number}"


class ServedModel:
    """One model of a server.

    Attributes:
        name: the model's name.
        log: where its answers, refusals and labels are recorded.
        live: the version that answers; None before the first.
        trouble: why there is none, or why a newer one is not served; empty if all is well.
        unrecorded: why the last record could not be written; empty if it could.
        repeats: answers to requests that named their prediction ids.
    """

    def __init__(self, name: str, log: LogWriter) -> None:
        self.name, self.log = name, log
        self.live: Live | None = None
        self.trouble = self.unrecorded = ""
        self.repeats = Repeats()

    def write(self, records: Iterable[Record]) -> int:
        """Append records, from any thread; return the ticket by which `durable` waits for the disk.

        Raises:
            NoSpace, EnvironmentFailed: they could not be recorded.
        """
        try:
            ticket = self.log.write(records)
        except HoldtrueError as refused:
            self._cannot_record(refused)
            raise
        if self.unrecorded:
            self._records_again()
        return ticket

    async def durable(self, ticket: int) -> None:
        """Return once what was written is as durable as the log promises: with `sync`, on the disk.

        Raises:
            EnvironmentFailed: the disk refused.
        """
        if self.log.durability != "sync":
            return
        try:
            await self._on_disk(ticket)
        except HoldtrueError as refused:
            self._cannot_record(refused)
            raise

    def look_again(self) -> None:
        """Ask, after a record could not be written, whether one could be now; `unrecorded` says so then.

        Without it a server that is sent nothing because it is not ready would never be ready again.
        """
        if not self.unrecorded:
            return
        try:
            self.log.check()
        except HoldtrueError as refused:
            self._cannot_record(refused)
        else:
            self._records_again()

    def _cannot_record(self, refused: HoldtrueError) -> None:
        if not self.unrecorded:  # said once, not for every request
            _logger.error("%s cannot record and answers nothing until it can: %s", self.name, refused)
        self.unrecorded = f"answers cannot be recorded: {refused}"

    def _records_again(self) -> None:
        self.unrecorded = ""
        _logger.warning("%s records and answers again", self.name)

    async def _on_disk(self, ticket: int) -> None:
        loop = asyncio.get_running_loop()
        done: asyncio.Future[None] = loop.create_future()

        def settle(failed: HoldtrueError | None) -> None:
            if done.done():
                return  # the request was cancelled meanwhile
            if failed is None:
                done.set_result(None)
            else:
                done.set_exception(failed)

        def told(failed: HoldtrueError | None) -> None:
            loop.call_soon_threadsafe(settle, failed)

        self.log.tell(ticket, told)
        await done
