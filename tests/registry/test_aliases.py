"""Promotion, force, the road back and the approved reference; several callers at once."""

from __future__ import annotations

import itertools
import multiprocessing
import threading
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdtrue.catalog import AliasRecord, Conflict, open_catalog
from holdtrue.foundation import GateFailed, ManualClock, UnknownReference, WrongUse
from holdtrue.registry import Promotion, approved, promote, rollback, rollback_target, way_back
from holdtrue.store import open_store


def put(house: Any, version: Any, **more: Any) -> Promotion:
    settings = {"by": "person:a", "why": "a test", "clock": house.clock} | more
    return promote(house.catalog, house.store, version, **settings)


def back(house: Any, **more: Any) -> AliasRecord:
    return rollback(
        house.catalog, house.store, "house-price", by="policy", why="reasons changed", clock=house.clock, **more
    )


def aliases(house: Any) -> dict[str, int]:
    return {alias.alias: alias.number for alias in house.catalog.aliases.list("house-price")}


def test_promotion_moves_production_and_keeps_previous(house: Any) -> None:
    one, two = house.add(), house.add()
    first = put(house, one)
    assert (first.moved, first.message, aliases(house)) == (
        True,
        "house-price:v1 promoted to production",
        {"production": 1},
    )
    second = put(house, two, time=77)
    assert (second.alias.epoch, aliases(house)) == (2, {"production": 2, "previous": 1})
    events = house.catalog.events.list(kind="alias.moved")
    assert [(event.data["from"], event.data["to"], event.data["epoch"]) for event in events] == [
        (None, "v1", 1),
        ("v1", "v2", 2),
    ]
    assert (events[1].actor, events[1].why, events[1].subject) == ("person:a", "a test", "house-price:v2")
    assert (events[1].time, events[1].at, events[1].data["forced"]) == (77, house.clock.now(), False)


def test_promoting_what_is_there_already_does_nothing_and_says_so(house: Any) -> None:
    one = house.add()
    put(house, one)
    generation = house.catalog.aliases.generation()
    again = put(house, one)
    assert not again.moved
    assert again.alias.epoch == 1
    assert again.message == "house-price:v1 is in production already; nothing was changed"
    assert house.catalog.aliases.generation() == generation
    assert len(house.catalog.events.list()) == 1


def test_a_version_that_failed_its_gate_is_promoted_by_force_alone(house: Any) -> None:
    bad = house.add(passed=False)
    with pytest.raises(GateFailed) as caught:
        put(house, bad)
    assert caught.value.message == (
        'house-price:v1 did not pass its gate: metric("mae") < 25_000: 27,110 on 500 held rows'
    )
    assert "--force" in caught.value.hint
    assert aliases(house) == {}
    with pytest.raises(WrongUse, match="needs a reason"):
        put(house, bad, force=True, why=" ")
    done = put(house, bad, force=True, why="the customer insists")
    assert done.alias.forced
    assert "by force" in done.message
    (event,) = house.catalog.events.list()
    assert event.data["forced"]
    assert not event.data["gate_passed"]
    assert event.data["failed"] == ['metric("mae") < 25_000: 27,110 on 500 held rows']


def test_force_on_a_version_that_passed_is_no_forced_promotion(house: Any) -> None:
    assert not put(house, house.add(), force=True).alias.forced


def test_other_aliases_have_no_previous_and_no_odd_names(house: Any) -> None:
    one, two = house.add(), house.add()
    put(house, one, alias="candidate")
    put(house, two, alias="candidate")
    assert aliases(house) == {"candidate": 2}
    with pytest.raises(WrongUse, match='"v7" cannot be an alias'):
        put(house, one, alias="v7")


def test_rollback_goes_to_the_last_different_version_that_passed(house: Any) -> None:
    one, bad, worse = house.add(), house.add(passed=False), house.add(passed=False)
    put(house, one)
    put(house, bad, force=True)
    put(house, worse, force=True)
    moved = back(house)
    assert (moved.number, moved.epoch, moved.forced) == (1, 4, False)
    assert aliases(house) == {"production": 1, "previous": 3}
    event = house.catalog.events.list()[-1]
    assert (event.data["back"], event.data["from"], event.data["to"]) == (True, "v3", "v1")


def test_rollback_never_goes_forward_to_what_was_left(house: Any) -> None:
    one, two, three = house.add(), house.add(), house.add()
    for version in (one, two, three):
        put(house, version)
    assert [back(house).number, back(house).number] == [2, 1]
    with pytest.raises(WrongUse, match="no earlier version in production that passed its gate") as caught:
        back(house)
    assert "house-price:v2, house-price:v3" in caught.value.hint
    four = house.add()
    put(house, four)
    assert back(house).number == 1


def test_a_rollback_repeated_for_the_same_alarm_goes_back_once(house: Any) -> None:
    for _ in range(3):
        put(house, house.add())
    seen = house.catalog.aliases.get("house-price", "production").epoch
    first = back(house, expected_epoch=seen)
    again = back(house, expected_epoch=seen)
    assert first == again
    assert first.number == 2
    assert len(house.catalog.aliases.history("house-price", "production")) == 4


def test_without_production_there_is_no_way_back(house: Any) -> None:
    house.add()
    with pytest.raises(UnknownReference, match="house-price has no production"):
        back(house)
    with pytest.raises(UnknownReference, match="house-price has no production"):
        approved(house.catalog, house.store, "house-price")
    with pytest.raises(WrongUse) as caught:
        put(house, house.add())
        back(house)
    assert "house-price:v1" in caught.value.hint


def test_the_approved_reference_is_the_last_that_passed(house: Any) -> None:
    bad = house.add(passed=False)
    put(house, bad, force=True)
    assert approved(house.catalog, house.store, "house-price") is None
    two = house.add()
    put(house, two)
    assert approved(house.catalog, house.store, "house-price") == two
    worse = house.add(passed=False)
    put(house, worse, force=True)
    assert approved(house.catalog, house.store, "house-price") == two
    three = house.add()
    put(house, three)
    back(house)
    assert approved(house.catalog, house.store, "house-price") == two


MOVES = st.lists(st.tuples(st.sampled_from(["promote", "back"]), st.integers(0, 3)), max_size=12)


@settings(max_examples=12, deadline=None)
@given(MOVES, st.lists(st.booleans(), min_size=4, max_size=4))
def test_whatever_happened_a_rollback_is_safe(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest, moves: list[Any], gates: list[bool]
) -> None:
    house = type(request.getfixturevalue("house"))(tmp_path_factory.mktemp("house"))
    versions = [house.add(passed=passed) for passed in gates]
    left: set[str] = set()
    for move, number in moves:
        present = house.catalog.aliases.get("house-price", "production")
        if move == "promote":
            put(house, versions[number], force=True)
            left.discard(versions[number].id)
        elif present is not None and rollback_target(house.catalog, house.store, "house-price") is not None:
            moved = back(house)
            left.add(present.version_id)
            assert moved.version_id != present.version_id
            assert next(v for v in versions if v.id == moved.version_id).gate_passed
            assert moved.version_id not in left
        history = house.catalog.aliases.history("house-price", "production")
        assert [each.epoch for each in history] == list(range(1, len(history) + 1))
        road = way_back(each.version_id for each in history)
        assert len(set(road)) == len(road)
        assert not history or road[-1] == history[-1].version_id
    assert house.catalog.events.verify().intact


def together(count: int, work: Callable[[int], object]) -> list[object]:
    found: list[object] = [None] * count
    barrier = threading.Barrier(count)

    def run(number: int) -> None:
        barrier.wait()
        found[number] = work(number)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return found


def test_callers_that_roll_back_at_once_for_one_alarm_go_back_once(house: Any) -> None:
    for _ in range(4):
        put(house, house.add())

    def work(_: int) -> int:
        catalog, store = open_catalog(house.address), open_store(str(house.folder / "store"))
        clock = ManualClock(9_999)
        return rollback(catalog, store, "house-price", by="policy", why="w", clock=clock, expected_epoch=4).number

    assert together(6, work) == [3] * 6
    assert house.catalog.aliases.get("house-price", "production").epoch == 5


def _promote_in_process(address: str, folder: str, version_id: str, queue: Any) -> None:

    catalog = open_catalog(address)
    version = catalog.versions.by_id(version_id)
    done = promote(catalog, open_store(folder), version, by="b", why="w", clock=ManualClock(5))
    queue.put((done.moved, version.number))


def test_processes_that_promote_at_once_each_make_one_move(house: Any, tmp_path: Any) -> None:
    versions = [house.add() for _ in range(2)]
    context = multiprocessing.get_context("spawn")
    queue = context.Queue()
    workers = [
        context.Process(
            target=_promote_in_process, args=(house.address, str(tmp_path / "store"), versions[n % 2].id, queue)
        )
        for n in range(3)
    ]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert [worker.exitcode for worker in workers] == [0] * 3
    moved = sum(queue.get(timeout=10)[0] for _ in workers)
    history = house.catalog.aliases.history("house-price", "production")
    assert len(history) == moved
    assert all(left.version_id != right.version_id for left, right in itertools.pairwise(history))
    assert len(house.catalog.events.list(kind="alias.moved")) == moved


def test_a_conflict_is_an_error_of_ours() -> None:
    assert Conflict.exit_code == 3
