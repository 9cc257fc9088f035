"""The chain of events: any change to what was recorded is found."""

import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdtrue.catalog import Catalog, open_catalog
from holdtrue.catalog.events import chained
from holdtrue.foundation import Event, StoreDamaged, canonical

TAMPERING = {
    "a reason": "UPDATE events SET body = replace(body, 'why 4', 'why 5') WHERE id = '4'",
    "a reason, with a cast": "UPDATE events SET body = CAST(replace(body, 'why 4', 'why 5') AS BLOB) WHERE id = '4'",
    "a model, in the column only": "UPDATE events SET model = 'flat' WHERE id = '4'",
    "an event gone": "DELETE FROM events WHERE id = '4'",
    "the first gone": "DELETE FROM events WHERE id = '0'",
    "the last gone": "DELETE FROM events WHERE id = '9'",
    "all gone": "DELETE FROM events",
    "the last hash": "UPDATE chain SET hash = 'x'",
    "an event gone, the rest moved up": "DELETE FROM events WHERE id = '4'; "
    "UPDATE events SET place = place - 1 WHERE place > 5",
    "two exchanged": "UPDATE events SET place = -1 WHERE place = 3; UPDATE events SET place = 3 WHERE place = 4; "
    "UPDATE events SET place = 4 WHERE place = -1",
    "body no event": "UPDATE events SET body = CAST('[]' AS BLOB) WHERE id = '4'",
}


def ten_events(path: Path) -> None:
    catalog = open_catalog(path)
    for number in range(10):
        event = Event(id=str(number), kind="a.b", at=number, actor="loop", why=f"why {number}", model="house")
        catalog.events.append(event)
    verdict = catalog.events.verify()
    assert (verdict.intact, verdict.events) == (True, 10)
    catalog.close()


@pytest.mark.parametrize("change", TAMPERING)
def test_a_change_of_the_record_is_found(tmp_path: Path, change: str) -> None:
    ten_events(tmp_path / "c.db")
    with sqlite3.connect(tmp_path / "c.db") as connection:
        connection.executescript(TAMPERING[change])
    connection.close()
    catalog = open_catalog(tmp_path / "c.db")
    verdict = catalog.events.verify()
    assert not verdict.intact
    assert "changed" in verdict.message
    if change == "body no event":
        with pytest.raises(StoreDamaged):
            catalog.events.list()


def test_a_record_written_anew_has_another_head(tmp_path: Path) -> None:
    """Who can write the file can write a whole new chain: only a head noted elsewhere tells it apart."""
    ten_events(tmp_path / "a.db")
    ten_events(tmp_path / "b.db")
    one, two = open_catalog(tmp_path / "a.db").events, open_catalog(tmp_path / "b.db").events
    assert one.verify() == two.verify()
    two.append(Event(id="x", kind="a.b", at=1, actor="loop"))
    assert one.verify().head != two.verify().head


def test_a_hash_is_of_the_one_before_and_the_event(tmp_path: Path) -> None:
    ten_events(tmp_path / "c.db")
    catalog = open_catalog(tmp_path / "c.db")
    head = ""
    for event in catalog.events.list():
        head = chained(head, canonical(event))
    assert catalog.events.verify().head == head


PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    return open_catalog(tmp_path_factory.mktemp("catalog") / "c.db")


@settings(max_examples=50, deadline=None)
@given(st.dictionaries(st.text(max_size=5), PLAIN, max_size=4), st.text(max_size=30))
def test_any_event_comes_back_as_it_was(catalog: Catalog, data: dict[str, Any], why: str) -> None:
    known = catalog.events.verify().events
    event = Event(id=str(known), kind="a.b", at=known, actor="x", why=why, data=data)
    catalog.events.append(event)
    catalog.events.append(event)
    assert catalog.events.list(limit=1) == (event,)
    verdict = catalog.events.verify()
    assert (verdict.intact, verdict.events) == (True, known + 1)
