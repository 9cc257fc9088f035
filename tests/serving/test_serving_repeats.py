"""Requests that are sent again under their own ids: answered once, while they run and afterwards."""

import asyncio

import pytest
from registered_houses import Place, live_rows
from serving_calls import Server

from holdtrue.predictionlog import LogReader
from holdtrue.serving.http import Reply
from holdtrue.serving.repeats import IdsTaken, Repeats


class Work:
    """Work that waits until it is let go; counts how often it was begun."""

    def __init__(self) -> None:
        self.begun, self.go, self.fails = 0, asyncio.Event(), False

    async def __call__(self) -> Reply:
        self.begun += 1
        await self.go.wait()
        if self.fails:
            raise ValueError("no answer")
        return Reply(200, b"answer %d" % self.begun)


def test_two_at_once_are_done_once_and_other_rows_are_refused() -> None:
    async def scenario() -> None:
        repeats, work = Repeats(), Work()
        asked = [asyncio.create_task(repeats.once("a", b"rows", work)) for _ in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(IdsTaken):
            await repeats.once("a", b"other rows", work)
        work.go.set()
        assert {(await each).body for each in asked} == {b"answer 1"}
        assert (await repeats.once("a", b"rows", work)).body == b"answer 1"
        with pytest.raises(IdsTaken):
            await repeats.once("a", b"other rows", work)
        assert (await repeats.once("", b"rows", work)).body == b"answer 2"

    asyncio.run(scenario())


def test_what_failed_is_done_by_the_next_that_asks() -> None:
    async def scenario() -> None:
        repeats, work = Repeats(), Work()
        work.fails = True
        first, second = (asyncio.create_task(repeats.once("a", b"rows", work)) for _ in range(2))
        await asyncio.sleep(0)
        work.go.set()
        with pytest.raises(ValueError, match="no answer"):
            await first
        work.fails = False
        assert (await second).body == b"answer 2"

    asyncio.run(scenario())


def test_the_oldest_answers_are_forgotten_first_by_number_and_by_bytes() -> None:
    async def scenario(repeats: Repeats, size: int, names: str) -> list[int]:
        begun: list[int] = []

        async def work() -> Reply:
            begun.append(1)
            return Reply(200, bytes(size))

        for name in names:
            await repeats.once(name, b"rows", work)
        return begun

    assert len(asyncio.run(scenario(Repeats(most_answers=2), 10, "abab"))) == 2
    assert len(asyncio.run(scenario(Repeats(most_answers=2), 10, "abca"))) == 4
    assert len(asyncio.run(scenario(Repeats(most_bytes=5000), 1000, "abcabc"))) == 3
    assert len(asyncio.run(scenario(Repeats(most_bytes=5000), 2000, "abcabc"))) == 6


def test_a_long_list_is_remembered_too(served: Place, server: Server) -> None:
    rows = live_rows(600)
    ids = ",".join(f"row-{number}" for number in range(600))
    first = server.predict(rows, Holdtrue_Prediction_Id=ids)
    assert server.predict(rows, Holdtrue_Prediction_Id=ids).body == first.body
    assert len(list(LogReader(served.logs, "houses").all())) == 600


def test_one_id_for_two_rows_is_refused(served: Place, server: Server) -> None:
    answer = server.predict(live_rows(3), Holdtrue_Prediction_Id="a,b,a")
    assert (answer.status, answer.body["error"]) == (400, "the prediction id a is given to two rows")
    assert list(LogReader(served.logs, "houses").all()) == []
