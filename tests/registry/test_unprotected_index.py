"""The index is a file that anyone may edit: what moves an alias believes the manifests and the record of events."""

from __future__ import annotations

import sqlite3
from typing import Any

import pytest

from holdtrue.catalog import Catalog, Index, open_catalog
from holdtrue.foundation import GateFailed, UnknownReference, WrongUse
from holdtrue.registry import approved, promote, resolve, rollback, rollback_target, verify_record
from holdtrue.testing.damage import spoil


def put(house: Any, version: Any, **more: Any) -> Any:
    settings = {"by": "person:a", "why": "a test", "clock": house.clock} | more
    return promote(house.catalog, house.store, version, **settings)


def edit(house: Any, statement: str, *values: Any) -> Catalog:
    """Change the catalog's file behind its back."""
    with sqlite3.connect(house.folder / "catalog.db") as connection:
        assert connection.execute(statement, values).rowcount >= 1
    return open_catalog(house.address)


def test_a_gate_that_was_edited_in_the_index_opens_nothing(house: Any) -> None:
    failed = house.add(passed=False)
    catalog = edit(house, "UPDATE model_versions SET gate_passed = 1")
    record = catalog.versions.get("house-price", 1)
    assert record.gate_passed
    with pytest.raises(GateFailed, match="did not pass"):
        put(house, record)
    put(house, record, force=True)
    (event,) = catalog.events.list(kind="alias.moved")
    assert (event.data["forced"], event.data["gate_passed"]) == (True, False)
    assert approved(catalog, house.store, "house-price") is None
    put(house, house.add())
    assert failed.number == 1
    assert rollback_target(catalog, house.store, "house-price") is None
    with pytest.raises(WrongUse, match="no earlier version"):
        rollback(catalog, house.store, "house-price", by="a", why="w", clock=house.clock)


def test_a_gate_that_was_edited_in_the_index_closes_nothing(house: Any) -> None:
    one, two = house.add(), house.add()
    put(house, one)
    put(house, two)
    catalog = edit(house, "UPDATE model_versions SET gate_passed = 0")
    found = approved(catalog, house.store, "house-price")
    assert found == two
    assert rollback(catalog, house.store, "house-price", by="a", why="w", clock=house.clock).number == 1


def test_nothing_goes_back_to_a_version_that_cannot_be_read(house: Any) -> None:
    versions = [house.add() for _ in range(3)]
    for version in versions:
        put(house, version)
    assert spoil(house.folder / "store", [versions[1].id])
    moved = rollback(house.catalog, house.store, "house-price", by="a", why="w", clock=house.clock)
    assert moved.number == 1


@pytest.mark.parametrize("ref", ["house-price", "house-price:production", "production"])
def test_production_that_the_index_lacks_is_no_other_version(house: Any, ref: str) -> None:
    put(house, house.add())
    house.add()
    catalog = edit(house, "DELETE FROM model_versions WHERE number = 1")
    with pytest.raises(UnknownReference, match=r"house-price:production is v1 \(\w{16}\), which the catalog's index"):
        resolve(catalog, ref)


def test_a_record_that_fits_its_pointers_is_intact(house: Any) -> None:
    assert verify_record(house.catalog).intact
    one, two, three = house.add(), house.add(), house.add()
    put(house, one)
    put(house, two, alias="candidate")
    put(house, two)
    put(house, three)
    rollback(house.catalog, house.store, "house-price", by="a", why="w", clock=house.clock)
    put(house, one, alias="previous")
    assert house.catalog.aliases.get("house-price", "previous").version_id == one.id
    verdict = verify_record(house.catalog)
    assert (verdict.intact, verdict.message) == (True, "6 events, intact")
    house.catalog.refill_index(Index)
    assert verify_record(house.catalog).intact


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE alias_moves SET version_id = 'x' WHERE alias = 'production' AND epoch = 2", "is not what its event"),
        ("DELETE FROM alias_moves WHERE alias = 'production' AND epoch = 2", "lacks its move 2, which an event"),
        (
            "UPDATE alias_moves SET version_id = 'x' WHERE alias = 'previous'",
            "no event tells of the move 1 of house-price",
        ),
        (
            "INSERT INTO alias_moves SELECT model, alias, 3, version_id, number, moved_at, moved_by, why, forced"
            " FROM alias_moves WHERE alias = 'production' AND epoch = 1",
            "no event tells of the move 3 of house-price:production",
        ),
    ],
)
def test_a_pointer_that_was_edited_is_found(house: Any, statement: str, said: str) -> None:
    put(house, house.add())
    put(house, house.add())
    verdict = verify_record(edit(house, statement))
    assert not verdict.intact
    assert "aliases were changed behind the record of events" in verdict.message
    assert said in verdict.message


def test_previous_moves_with_production(house: Any) -> None:
    one, two = house.add(), house.add()
    put(house, one)
    generation = house.catalog.aliases.generation()
    put(house, two)
    assert house.catalog.aliases.get("house-price", "previous").version_id == one.id
    assert house.catalog.aliases.generation() == generation + 1  # one transaction: no reader sees one without the other
