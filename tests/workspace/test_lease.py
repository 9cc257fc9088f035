"""The loop's lease: kept by a thread while a step takes long, and given up for good when another has taken it."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from holdtrue.catalog import Catalog, open_catalog
from holdtrue.foundation import SECOND, SystemClock
from holdtrue.workspace.lease import Lease, LeaseLost

CLOCK = SystemClock()


def until(true: Callable[[], object]) -> None:
    end = time.monotonic() + 20
    while not true():
        assert time.monotonic() < end, "it did not come to be so"
        time.sleep(0.005)


@pytest.fixture
def catalog(tmp_path: Path) -> Catalog:
    return open_catalog(tmp_path / "catalog.db")


def expiry(catalog: Catalog) -> int:
    (found,) = catalog.leases.list()
    return found.expires


def test_it_is_renewed_while_its_holder_is_busy_and_given_back_at_the_end(catalog: Catalog) -> None:
    lease = Lease(catalog, CLOCK, "one", seconds=2)
    assert lease.acquire()
    first = expiry(catalog)
    with lease:
        until(lambda: expiry(catalog) > first + SECOND)  # busy all this time
        assert not Lease(catalog, CLOCK, "two", seconds=2).acquire()
        lease.check()
    assert catalog.leases.list() == ()


def test_once_another_has_it_nothing_more_is_done(catalog: Catalog) -> None:
    lease = Lease(catalog, CLOCK, "one", seconds=1)
    assert lease.acquire()
    with lease:
        catalog.leases.release("loop", "one")
        assert Lease(catalog, CLOCK, "two", seconds=60).acquire()
        until(lambda: lease.lost)
        with pytest.raises(LeaseLost, match="ran out"):
            lease.check()
    assert [each.holder for each in catalog.leases.list()] == ["two"]


def test_it_is_lost_by_its_time_alone_when_it_cannot_be_renewed(catalog: Catalog) -> None:
    lease = Lease(catalog, CLOCK, "one", seconds=0.05)
    assert lease.acquire()
    until(lambda: lease.lost)  # no one renews it: the thread runs within the block
