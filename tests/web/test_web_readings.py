"""One reading for all viewers: how often, how long, and what when it fails."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import msgspec
import pytest
from web_overviews import model, overview
from web_serving import Seen, served

from holdtrue.foundation import EnvironmentFailed
from holdtrue.web.readings import Reading, Readings
from holdtrue.workspace import Overview


class Counted:
    """Counts its calls, and how many ran at once; raises what it is told to."""

    def __init__(self, before: Callable[[], None] = lambda: None) -> None:
        self.calls = self.running = self.most = 0
        self.error: Exception | None = None
        self._before = before

    def __call__(self) -> Overview:
        self.calls += 1
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            self._before()
            if self.error is not None:
                raise self.error
            return overview(model(answered=self.calls))
        finally:
            self.running -= 1


def test_any_number_of_viewers_cost_one_call_in_half_a_second() -> None:
    now, source = [100.0], Counted()
    with served(source, monotonic=lambda: now[0]) as site, ThreadPoolExecutor(8) as pool:
        paths = ["/", "/live", "/api/overview"] * 10
        assert {answer.status for answer in pool.map(site.get, paths)} == {200}
        assert source.calls == 1
        now[0] = 100.49
        site.get("/")
        assert source.calls == 1
        now[0] = 100.5
        assert '"answered":2' in site.get("/api/overview").text
        list(pool.map(site.get, paths))
        assert (source.calls, source.most) == (2, 1)


def test_who_comes_while_a_call_is_under_way_waits_for_it_and_shares_it() -> None:
    release = threading.Event()
    source = Counted(lambda: release.wait(30) and None)

    async def crowd() -> list[Reading]:
        readings = Readings(source, fresh_seconds=0.0, patience_seconds=30)
        viewers = [asyncio.create_task(readings.latest()) for _ in range(50)]
        await asyncio.sleep(0)  # let each of them ask
        release.set()
        return await asyncio.gather(*viewers)

    found = asyncio.run(crowd())
    assert source.calls == 1
    assert all(each is found[0] for each in found)


def test_a_viewer_who_goes_away_takes_the_reading_from_no_one() -> None:
    release = threading.Event()
    source = Counted(lambda: release.wait(30) and None)

    async def two() -> Reading:
        readings = Readings(source, patience_seconds=30)
        leaving, staying = asyncio.create_task(readings.latest()), asyncio.create_task(readings.latest())
        await asyncio.sleep(0)
        leaving.cancel()
        with pytest.raises(asyncio.CancelledError):
            await leaving
        release.set()
        return await staying

    assert asyncio.run(two()).overview is not None
    assert source.calls == 1


def test_a_slow_reading_shows_the_one_before_meanwhile() -> None:
    release = threading.Event()
    release.set()
    source = Counted(lambda: release.wait(30) and None)

    async def slow() -> tuple[Reading, Reading, Reading]:
        readings = Readings(source, fresh_seconds=0.0, patience_seconds=0.05)
        readings._patience = 30
        first = await readings.latest()
        readings._patience = 0.05
        release.clear()
        meanwhile = await readings.latest()
        release.set()
        readings._patience = 30
        return first, meanwhile, await readings.latest()

    first, meanwhile, then = asyncio.run(slow())
    assert meanwhile is first
    assert then.overview is not None
    assert then.overview.models[0].answered == 2


def test_nothing_read_yet_is_said_calmly() -> None:
    release = threading.Event()
    try:
        with served(Counted(lambda: release.wait(30) and None), patience_seconds=0.01) as site:
            answer = site.get("/")
            assert answer.status == 503
            assert "The project is still being read" in Seen(answer.text).text
            assert site.get("/live").status == 200
            release.set()
    finally:
        release.set()


def test_an_error_is_a_notice_above_the_last_figures_and_goes_when_it_is_over(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now, source = [0.0], Counted()
    with served(source, monotonic=lambda: now[0]) as site:
        site.get("/")
        source.error = EnvironmentFailed("the catalog is locked", hint="wait a moment")
        for tick in (1.0, 2.0, 3.0):
            now[0] = tick
            page = site.get("/")
        assert page.status == 200
        assert "No new figures: the catalog is locked (wait a moment)" in Seen(page.text).text
        assert "in production" in Seen(page.text).text
        api = site.get("/api/overview")
        assert api.status == 503
        assert msgspec.json.decode(api.body) == {"error": "the catalog is locked", "hint": "wait a moment"}
        source.error, now[0] = None, 4.0
        assert "No new figures" not in Seen(site.get("/").text).text
    said = [record for record in caplog.records if record.name == "holdtrue.web"]
    assert [record.levelno for record in said] == [logging.WARNING]


def test_an_error_no_one_foresaw_is_no_traceback_to_viewers_but_one_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now, source = [0.0], Counted()
    source.error = ZeroDivisionError("secret detail")
    with served(source, monotonic=lambda: now[0]) as site:
        for path, status in (("/", 503), ("/live", 200), ("/api/overview", 503)):
            now[0] += 1
            answer = site.get(path)
            assert answer.status == status
            assert "Traceback" not in answer.text
            assert "secret detail" not in answer.text
            assert "ZeroDivisionError" in answer.text
    said = [record for record in caplog.records if record.name == "holdtrue.web"]
    assert len(said) == 1
    assert said[0].exc_info is not None
