"""What every catalog must do."""

from __future__ import annotations

import itertools
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from holdtrue.catalog import (
    AlarmRecord,
    Catalog,
    Conflict,
    DataRecord,
    Index,
    ReadingRecord,
    RunRecord,
    VersionRecord,
    open_catalog,
)
from holdtrue.foundation import Event, UnknownReference
from holdtrue.testing.processes import in_processes

_NEVER = "0" * 64


def _event(name: str, **more: Any) -> Event:
    return Event(**{"id": name, "kind": "test.done", "at": 5, "actor": "person:ann", **more})


def _alarm(name: str, **more: Any) -> AlarmRecord:
    values = {"model": "house", "watch": "w", "epoch": 1, "raised_at": 7, "group": "inputs", "quantity": "wall"}
    return AlarmRecord(**{"id": name, **values, **more})


def _version(catalog: Catalog, name: str, model: str = "house", *, passed: bool = True) -> VersionRecord:
    return catalog.versions.add(model, name, 10, "run-1", passed, {"mae": 1.5, "rows": 3})


def _move(catalog: Catalog, version: str, alias: str = "production", **more: Any) -> Any:
    values = {"by": "person:ann", "why": "better", "forced": False, "at": 20, **more}
    return catalog.aliases.move("house", alias, version, **values)


class CatalogConformance:
    """Inherit it in a test module, name the class `Test...`, and give the fixture `address`.

    Each address must lead to a catalog of its own, empty at first, that `open_catalog` opens in any process.

    Example:
        >>> class TestMine(CatalogConformance):
        ...     @pytest.fixture
        ...     def address(self, tmp_path):
        ...         return f"sqlite:///{tmp_path}/catalog.db"
    """

    @pytest.fixture
    def address(self) -> str:
        """Return the address of a new catalog."""
        raise NotImplementedError("give a fixture named address")

    @pytest.fixture
    def catalog(self, address: str) -> Catalog:
        """Open the catalog."""
        return open_catalog(address)

    # ---- the index ----

    def test_data_versions_are_numbered_by_name(self, catalog: Catalog, address: str) -> None:
        first, second = catalog.data.add("sales", "a", 1, 100), catalog.data.add("sales", "b", 2, 200)
        other = catalog.data.add("towns", "c", 3, 300)
        assert [first.number, second.number, other.number] == [1, 2, 1]
        assert catalog.data.add("sales", "a", 9, 9) == first
        assert catalog.data.get("sales") == second
        assert catalog.data.get("sales", 1) == first == catalog.data.by_id("a")
        assert open_catalog(address).data.list() == (first, second, other)
        assert catalog.data.list("towns") == (other,)
        with pytest.raises(UnknownReference):
            catalog.data.get("sales", 3)
        with pytest.raises(UnknownReference):
            catalog.data.by_id("z")

    def test_model_versions_are_numbered_by_model(self, catalog: Catalog, address: str) -> None:
        first, second = _version(catalog, "a"), _version(catalog, "b", passed=False)
        other = _version(catalog, "c", "flat")
        assert [first.number, second.number, other.number] == [1, 2, 1]
        assert (first.metrics, first.gate_passed, second.gate_passed) == ({"mae": 1.5, "rows": 3}, True, False)
        assert _version(catalog, "a", passed=False) == first
        assert catalog.versions.get("house") == second
        assert catalog.versions.get("house", 1) == first == catalog.versions.by_id("a")
        assert open_catalog(address).versions.list("house") == (first, second)
        assert catalog.versions.models() == ("flat", "house")
        with pytest.raises(UnknownReference):
            catalog.versions.get("house", 3)
        with pytest.raises(UnknownReference):
            catalog.versions.by_id("z")

    def test_runs_begin_and_end(self, catalog: Catalog) -> None:
        begun = catalog.runs.add("r1", "house", 100, why="new data", data={"rows": 5})
        assert (begun.status, begun.finished, begun.version_id) == ("running", None, None)
        assert catalog.runs.add("r1", "house", 999) == begun
        ended = catalog.runs.finish("r1", status="done", finished=200, version_id="a")
        assert (ended.status, ended.finished, ended.version_id, ended.data) == ("done", 200, "a", {"rows": 5})
        later = catalog.runs.add("r2", "flat", 150)
        assert catalog.runs.list() == (ended, later)
        assert catalog.runs.list("flat") == (later,) == (catalog.runs.get("r2"),)
        with pytest.raises(UnknownReference):
            catalog.runs.finish("r9", status="done", finished=1)

    def test_steps_remember_what_a_recipe_gave(self, catalog: Catalog) -> None:
        assert catalog.steps.get("recipe") is None
        catalog.steps.put("recipe", "a", 1)
        catalog.steps.put("recipe", "b", 2)
        assert catalog.steps.get("recipe") == "b"

    def test_a_run_ends_though_its_beginning_is_gone(self, catalog: Catalog) -> None:
        run = RunRecord(id="r1", model="house", started=5, finished=9, status="failed", why="so", data={"error": "e"})
        assert catalog.runs.end(run) == run == catalog.runs.get("r1")
        again = catalog.runs.end(RunRecord(id="r1", model="house", started=5, finished=11, status="stopped"))
        assert catalog.runs.list() == (again,)

    def test_a_version_is_registered_with_its_run_and_event_or_not_at_all(self, catalog: Catalog, address: str) -> None:
        catalog.runs.add("r1", "house", 5)
        version = VersionRecord(
            model="house", number=0, id="a", created=9, run_id="r1", gate_passed=True, metrics={"mae": 1.5}, recipe="r"
        )
        run = RunRecord(id="r1", model="house", started=5, finished=9, status="registered", version_id="a")
        catalog.events.append(_event("taken"))
        with pytest.raises(Conflict):
            catalog.register(version, run, lambda entered: _event("taken", why="clash"))
        other = open_catalog(address)
        assert (other.versions.list(), other.runs.get("r1").status) == ((), "running")
        entered = catalog.register(version, run, lambda entered: _event("new", subject=f"house:v{entered.number}"))
        assert entered.number == 1
        assert (other.versions.list(), other.runs.list()) == ((entered,), (run,))
        assert [event.subject for event in other.events.list()][1:] == ["house:v1"]

    def test_versions_are_found_by_their_recipe(self, catalog: Catalog) -> None:
        one = catalog.versions.add("house", "a", 1, "r1", True, {}, "same")
        catalog.versions.add("house", "b", 2, "r2", True, {}, "other")
        two = catalog.versions.add("house", "c", 3, "r3", True, {}, "same")
        catalog.versions.add("flat", "d", 4, "r4", True, {}, "same")
        assert catalog.versions.of_recipe("house", "same") == (two, one)
        assert catalog.versions.of_recipe("house", "none") == ()

    def test_refilling_the_index_keeps_pointers_events_and_numbers(self, catalog: Catalog) -> None:
        versions = [_version(catalog, name) for name in ("a", "b", "c")]
        data = catalog.data.add("sales", "d", 1, 1)
        catalog.data.add("sales", "e", 1, 1)
        moved = _move(catalog, "b", events=[_event("moved")])
        catalog.steps.put("recipe", "x", 1)
        catalog.refill_index(Index)
        assert (catalog.versions.list(), catalog.data.list(), catalog.steps.get("recipe")) == ((), (), "x")
        assert catalog.aliases.get("house", "production") == moved
        assert catalog.events.verify().events == 1
        # In another order than at first: v3 is still v3.
        assert [_version(catalog, name) for name in ("c", "a", "b")] == [versions[2], versions[0], versions[1]]
        assert _version(catalog, "new").number == 4
        assert catalog.data.add("sales", "d", 1, 1) == data

    def test_refilling_the_index_loses_nothing_that_is_under_way(self, catalog: Catalog, address: str) -> None:
        old = _version(catalog, "old")
        catalog.runs.end(RunRecord(id="r1", model="house", started=1, finished=2, status="done", version_id="old"))
        running = catalog.runs.add("r2", "house", 3)
        failed = catalog.runs.end(RunRecord(id="r3", model="house", started=4, finished=5, status="failed"))
        other = open_catalog(address)

        def gather() -> Index:
            other.versions.add("house", "meanwhile", 10, "run-1", True, {})
            # Until it is done, a reader sees the old index whole.
            assert [version.id for version in other.versions.list()] == ["old", "meanwhile"]
            return Index(data=(DataRecord(name="sales", number=0, id="d", created=1, rows=5),))

        catalog.refill_index(gather)
        assert [version.id for version in other.versions.list()] == ["meanwhile"]
        assert other.runs.list() == (running, failed)
        assert [(data.id, data.number) for data in other.data.list()] == [("d", 1)]
        assert _version(catalog, "old") == old

    def test_an_index_that_cannot_be_gathered_leaves_the_present_one(self, catalog: Catalog) -> None:
        version = _version(catalog, "a")

        def gather() -> Index:
            raise UnknownReference("the store is away")

        with pytest.raises(UnknownReference):
            catalog.refill_index(gather)
        assert catalog.versions.list() == (version,)

    # ---- pointers ----

    def test_an_alias_moves_and_keeps_its_history(self, catalog: Catalog, address: str) -> None:
        _version(catalog, "a")
        _version(catalog, "b")
        assert catalog.aliases.get("house", "production") is None
        before = catalog.aliases.generation()
        first = _move(catalog, "a")
        second = _move(catalog, "b", forced=True, at=30, why="trial")
        assert (first.epoch, first.number, second.epoch, second.number) == (1, 1, 2, 2)
        assert (second.forced, second.moved_at, second.by, second.why) == (True, 30, "person:ann", "trial")
        mine = _move(catalog, "a", alias="mine")
        other = open_catalog(address)
        assert other.aliases.get("house", "production") == second
        assert other.aliases.history("house", "production") == (first, second)
        assert other.aliases.list("house") == (mine, second) == other.aliases.list()
        assert other.aliases.list("flat") == ()
        assert other.aliases.generation() == catalog.aliases.generation() == before + 3

    def test_another_alias_takes_the_place_that_one_left_in_the_same_move(self, catalog: Catalog) -> None:
        _version(catalog, "a")
        _version(catalog, "b")
        _move(catalog, "a", trailing="previous")
        assert catalog.aliases.get("house", "previous") is None
        generation = catalog.aliases.generation()
        _move(catalog, "b", trailing="previous")
        left = catalog.aliases.get("house", "previous")
        assert left is not None
        assert (left.version_id, left.number, left.epoch, left.moved_at, left.forced) == ("a", 1, 1, 20, False)
        assert catalog.aliases.generation() == generation + 1
        with pytest.raises(Conflict):
            _move(catalog, "a", trailing="previous", expected_epoch=1)
        assert catalog.aliases.get("house", "previous") == left

    def test_an_alias_moves_only_from_the_epoch_expected(self, catalog: Catalog) -> None:
        _version(catalog, "a")
        _version(catalog, "b")
        with pytest.raises(Conflict):
            _move(catalog, "a", expected_epoch=1)
        _move(catalog, "a", expected_epoch=0)
        generation = catalog.aliases.generation()
        with pytest.raises(Conflict):
            _move(catalog, "b", expected_epoch=0, events=[_event("never")])
        assert catalog.aliases.get("house", "production").version_id == "a"  # type: ignore[union-attr]
        assert (catalog.aliases.generation(), catalog.events.list()) == (generation, ())
        assert _move(catalog, "b", expected_epoch=1).epoch == 2

    def test_an_alias_moves_to_versions_of_its_model_only(self, catalog: Catalog) -> None:
        _version(catalog, "c", "flat")
        for wrong in ("c", _NEVER):
            with pytest.raises(UnknownReference):
                _move(catalog, wrong, events=[_event("never")])
        assert (catalog.aliases.list(), catalog.events.list()) == ((), ())

    # ---- events ----

    def test_events_come_back_in_the_order_recorded(self, catalog: Catalog, address: str) -> None:
        events = [
            _event("c", at=3, model="house", data={"z": [1, 2.5, None, "é"], "a": {"b": True}}, time=-5, why="so"),
            _event("a", at=1, kind="alias.moved", model="house"),
            _event("b", at=2, kind="alias.moved", model="flat"),
        ]
        for event in (*events, events[0]):
            catalog.events.append(event)
        found = open_catalog(address).events
        assert found.list() == tuple(events)
        assert found.list(model="house") == (events[0], events[1])
        assert found.list(kind="alias.moved", model="flat") == (events[2],)
        assert found.list(since=2) == (events[0], events[2])
        assert found.list(limit=2) == (events[1], events[2])
        assert found.list(after="c", limit=1) == (events[1],)
        assert found.list(after="", limit=1) == (events[0],)
        assert found.list(after="b") == ()
        verdict = found.verify()
        assert (verdict.intact, verdict.events, verdict.first_bad) == (True, 3, "")

    def test_an_event_is_never_replaced(self, catalog: Catalog) -> None:
        catalog.events.append(_event("a", why="first"))
        with pytest.raises(Conflict):
            catalog.events.append(_event("a", why="second"))
        assert [event.why for event in catalog.events.list()] == ["first"]

    def test_no_events_are_intact_too(self, catalog: Catalog) -> None:
        verdict = catalog.events.verify()
        assert (verdict.intact, verdict.events, verdict.head) == (True, 0, "")

    # ---- watching ----

    def test_a_watch_saves_all_or_nothing(self, catalog: Catalog, address: str) -> None:
        assert catalog.watches.load("w") is None
        saved = catalog.watches.save("w", b"s1", b"p1", [_alarm("x", data={"evidence": 2})], [_event("a")])
        with pytest.raises(Conflict):
            # The last event clashes: neither state nor alarm of this save may be seen.
            catalog.watches.save("w", b"s2", b"p2", [_alarm("y")], [_event("b"), _event("a", why="clash")])
        other = open_catalog(address)
        assert other.watches.load("w") == saved
        assert [alarm.id for alarm in other.alarms.list()] == ["x"]
        assert [event.id for event in other.events.list()] == ["a"]
        again = other.watches.save("w", b"s2", b"p2", expected_revision=saved.revision)
        assert (again.state, again.position, again.revision) == (b"s2", b"p2", saved.revision + 1)
        with pytest.raises(Conflict):
            catalog.watches.save("w", b"s3", b"p3", expected_revision=saved.revision)
        assert catalog.watches.load("w") == again

    def test_a_watch_keeps_which_stretches_of_the_log_it_read(self, catalog: Catalog, address: str) -> None:
        given = ((0, b"a"), (1, b"b"), (1, b"c"))
        first, second, longer = (ReadingRecord(place=place, body=body) for place, body in given)
        assert catalog.watches.last_reading("w") is None and catalog.watches.readings("w") == []
        catalog.watches.save("w", b"s1", b"p1", reading=first)
        catalog.watches.save("w", b"s2", b"p2", reading=second)
        catalog.watches.save("other", b"s", b"p", reading=first)
        catalog.watches.save("w", b"s3", b"p3", reading=longer)
        with pytest.raises(Conflict):
            unseen = ReadingRecord(place=2, body=b"d")
            catalog.watches.save("w", b"s4", b"p4", reading=unseen, expected_revision=1)
        assert open_catalog(address).watches.readings("w") == [first, longer]
        assert catalog.watches.last_reading("w") == longer

    def test_fresh_evidence_leaves_an_alarms_status_alone(self, catalog: Catalog) -> None:
        catalog.watches.save("w", b"", b"", [_alarm("x", time=3), _alarm("y", model="flat", raised_at=1)])
        accepted = catalog.alarms.set_status("x", "accepted", "known change")
        assert (accepted.status, accepted.why, accepted.time) == ("accepted", "known change", 3)
        catalog.watches.save("w", b"", b"", [_alarm("x", data={"also": ["roof"]})])
        assert catalog.alarms.get("x").status == "accepted"
        assert catalog.alarms.get("x").data == {"also": ["roof"]}
        assert [alarm.id for alarm in catalog.alarms.list()] == ["y", "x"]
        assert [alarm.id for alarm in catalog.alarms.list(status="open")] == ["y"]
        assert [alarm.id for alarm in catalog.alarms.list("house", "accepted")] == ["x"]
        with pytest.raises(UnknownReference):
            catalog.alarms.get("z")
        with pytest.raises(UnknownReference):
            catalog.alarms.set_status("z", "open")

    def test_intents_wait_until_they_are_closed(self, catalog: Catalog) -> None:
        catalog.intents.put("i1", "house", b"{}")
        catalog.intents.put("i2", "flat", b"[1]")
        assert catalog.intents.put("i1", "house", b'{"a":1}').body == b'{"a":1}'
        assert [(each.id, each.body) for each in catalog.intents.list()] == [("i1", b'{"a":1}'), ("i2", b"[1]")]
        catalog.intents.close("i1", "done")
        assert catalog.intents.put("i1", "house", b"late").status == "done"
        assert [each.id for each in catalog.intents.list()] == ["i2"]
        assert [each.id for each in catalog.intents.list("house", None)] == ["i1"]
        with pytest.raises(UnknownReference):
            catalog.intents.close("i9", "done")

    def test_a_lease_has_one_holder_until_it_is_over(self, catalog: Catalog) -> None:
        take = catalog.leases.acquire
        assert take("loop", "a", ttl=10, now=100)
        assert not take("loop", "b", ttl=10, now=109)
        assert take("loop", "a", ttl=10, now=109)
        assert not take("loop", "b", ttl=10, now=118)
        assert take("loop", "b", ttl=10, now=119)
        catalog.leases.release("loop", "a")
        assert not take("loop", "a", ttl=10, now=120)
        catalog.leases.release("loop", "b")
        assert take("loop", "a", ttl=10, now=120)

    # ---- many at once ----

    def test_threads_share_one_catalog(self, catalog: Catalog) -> None:
        _version(catalog, "a")
        with ThreadPoolExecutor(8) as pool:
            moves = list(pool.map(lambda number: _move(catalog, "a", events=[_event(str(number))]).epoch, range(40)))
        assert sorted(moves) == list(range(1, 41))
        assert catalog.events.verify().events == 40

    def test_processes_open_a_new_catalog_and_write_at_once(self, address: str) -> None:
        count, turns = 4, 15
        won = in_processes(contend, [(address, number, turns) for number in range(count)])
        catalog = open_catalog(address)
        assert sorted(version.number for version in catalog.versions.list()) == list(range(1, count * turns + 1))
        history = catalog.aliases.history("house", "production")
        assert [move.epoch for move in history] == list(range(1, count * turns + 1))
        assert sorted(itertools.chain(*won)) == [move.epoch for move in history]
        assert catalog.aliases.generation() == len(history)
        verdict = catalog.events.verify()
        assert (verdict.intact, verdict.events) == (True, len(history))


def contend(address: str, number: int, turns: int) -> list[int]:
    """Add versions and move one alias against others who do the same; return the epochs won."""
    catalog = open_catalog(address)
    won = []
    for turn in range(turns):
        version = _version(catalog, f"{number}-{turn}")
        moved = None
        while moved is None:
            present = catalog.aliases.get("house", "production")
            epoch = present.epoch if present else 0
            try:
                moved = _move(catalog, version.id, expected_epoch=epoch, events=[_event(f"{number}-{turn}")])
            except Conflict:
                continue
        won.append(moved.epoch)
    return won
