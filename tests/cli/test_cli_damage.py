"""What the commands say of a damaged store and of an index that someone edited."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path

from commanding import holdtrue

from holdtrue.testing.damage import spoil


def test_a_manifest_that_cannot_be_read_is_named_and_the_rest_rebuilt(project: Path) -> None:
    second = holdtrue(project, "models", "--json").value["versions"][1]
    assert spoil(project / ".holdtrue" / "store", [second["id"]])
    told = holdtrue(project, "catalog", "rebuild")
    assert told.code == 3
    assert f"left out: model {second['id'][:12]}" in told.out
    assert [each["number"] for each in holdtrue(project, "models", "--json").value["versions"]] == [1]
    assert holdtrue(project, "catalog", "rebuild", "--json").value["unreadable"][0]["id"] == second["id"]


def test_packs_that_went_with_their_indexes_are_missed(project: Path) -> None:
    packs = project / ".holdtrue" / "store" / "packs"
    largest = max(packs.glob("*.pack"), key=lambda pack: pack.stat().st_size)
    largest.unlink()
    largest.with_suffix(".index").unlink()
    told = holdtrue(project, "store", "check")
    assert told.code == 3
    assert re.search(r"^(house-price:v1|sales@1): its .* cannot be read$", told.out, re.MULTILINE)
    assert "bad" in holdtrue(project, "doctor").out


def test_a_pointer_that_was_edited_is_told(project: Path) -> None:
    with sqlite3.connect(project / ".holdtrue" / "catalog.sqlite") as connection:
        connection.execute(
            "UPDATE alias_moves SET number = 2, version_id = (SELECT id FROM model_versions WHERE number = 2)"
        )
    told = holdtrue(project, "events", "verify")
    assert told.code == 3
    assert "aliases were changed behind the record of events" in told.out
    assert holdtrue(project, "doctor").code == 3
