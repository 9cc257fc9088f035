"""Requests that name their own prediction ids: a repeated one gets the same answer and is recorded once."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from msgspec import Struct

from holdtrue.foundation import WrongUse, digest
from holdtrue.serving.http import Reply

MOST_ANSWERS = 10_000
MOST_BYTES = 64 << 20
_ENTRY_BYTES = 300  # what an entry takes beside its ids and its answer


class IdsTaken(WrongUse):
    """Prediction ids that were given to other rows before."""

    code = "ids-taken"


class _Known(Struct):
    body: str
    reply: Reply
    size: int


class Repeats:
    """The newest answers to requests that named their own prediction ids, and such requests under way.

    What it has forgotten may stand in the log twice under one id; readers of the log count the first. To be used from
    one event loop.

    Args:
        most_answers, most_bytes: how many answers are kept, and how much memory they may take.
    """

    def __init__(self, most_answers: int = MOST_ANSWERS, most_bytes: int = MOST_BYTES) -> None:
        self._most_answers, self._most_bytes = most_answers, most_bytes
        self._answers: dict[str, _Known] = {}
        self._bytes = 0
        self._under_way: dict[str, tuple[str, asyncio.Future[None]]] = {}

    async def once(self, ids: str, body: bytes, work: Callable[[], Awaitable[Reply]]) -> Reply:
        """Return the answer to a request: of the same one before or under way, else by doing the work.

        Work that fails is done again by whoever asks next.

        Raises:
            IdsTaken: the ids were given to other rows.
        """
        if not ids:
            return await work()
        hashed = digest(body)
        while (under_way := self._under_way.get(ids)) is not None:
            self._check_same(under_way[0], hashed)
            await asyncio.shield(under_way[1])
        known = self._answers.get(ids)
        if known is not None:
            self._check_same(known.body, hashed)
            return known.reply
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._under_way[ids] = (hashed, done)
        try:
            reply = await work()
            self._keep(ids, hashed, reply)
            return reply
        finally:
            del self._under_way[ids]
            done.set_result(None)

    def _check_same(self, known: str, hashed: str) -> None:
        if known != hashed:
            message = "these prediction ids were given to other rows before"
            raise IdsTaken(message, hint="give each row a new id")

    def _keep(self, ids: str, hashed: str, reply: Reply) -> None:
        size = len(ids) + len(reply.body) + _ENTRY_BYTES
        self._answers[ids] = _Known(hashed, reply, size)
        self._bytes += size
        while len(self._answers) > self._most_answers or self._bytes > self._most_bytes:
            self._bytes -= self._answers.pop(next(iter(self._answers))).size
