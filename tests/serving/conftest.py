"""Servers on real ports, with real versions."""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "predicting"))  # for registered_houses, which both folders use
sys.path.insert(0, str(Path(__file__).parents[1] / "media"))  # for made_media

from registered_houses import Place, register, trained
from serving_calls import Server

from holdtrue.serving import create_app, running


@pytest.fixture
def place(tmp_path: Path) -> Place:
    return Place(tmp_path)


@pytest.fixture
def served(place: Place) -> Place:
    """A place whose production version is v1, and which has a v2 that answers twice as much."""
    first = register(place.store, place.catalog)
    register(place.store, place.catalog, trained(2.0))
    place.promote(first)
    return place


Start = Callable[..., AbstractContextManager[Server]]


@pytest.fixture
def start() -> Start:
    @contextmanager
    def begin(place: Place, **options: Any) -> Iterator[Server]:
        given = {"store": place.store, "catalog": place.catalog, "log_root": place.logs, **options}
        drain = given.pop("drain_seconds", 0.2)
        app = create_app(**given)
        with running(app, drain_seconds=drain) as live:
            yield Server(live.url, app, live)

    return begin


@pytest.fixture
def server(served: Place, start: Start) -> Iterator[Server]:
    with start(served) as running_server:
        yield running_server
