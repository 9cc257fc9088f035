"""Contracts out of a project and into one, from files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from msgspec import structs

from holdtrue.contracts import RowChecker
from holdtrue.foundation import ContractError, DataNotFound, DataUnreadable, WrongUse
from holdtrue.workspace import Workspace, export_contract, import_contracts, open_workspace, write_template


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    folder = tmp_path_factory.mktemp("exchange") / "houses"
    write_template("houses", folder)
    return open_workspace(folder, environ={})


@pytest.mark.parametrize(("form", "ending"), [("json-schema", "json"), ("odcs", "yaml")])
def test_a_projects_contract_goes_out_and_comes_back(houses: Workspace, tmp_path: Path, form: str, ending: str) -> None:
    exported = export_contract(houses, form)
    file = tmp_path / f"sale.{ending}"
    file.write_text(exported.text, encoding="utf-8")
    model = houses.model()
    spec = model.spec if form == "odcs" else model.live
    scope: dict[str, object] = {}
    found = import_contracts(file, "Sale")
    exec(compile(found.text, "<read>", "exec"), scope)  # noqa: S102
    assert scope["Sale"].spec.digest() == structs.replace(spec, name="Sale").digest()  # type: ignore[attr-defined]
    assert "sold_after_it_was_built" in {rule.name for rule in scope["Sale"].spec.rules}  # type: ignore[attr-defined]
    assert (found.names, found.notes) == (("Sale",), ())


def test_a_schema_is_of_a_live_row(houses: Workspace) -> None:
    document = json.loads(export_contract(houses, "json-schema").text)
    assert document["required"] == [field.name for field in houses.model().live.fields]
    assert "price" not in document["properties"]
    assert RowChecker(houses.model().live).spec.name == document["title"]


def test_wrong_calls_are_told(houses: Workspace, tmp_path: Path) -> None:
    with pytest.raises(WrongUse, match=r'no format "avro" \(there are: json-schema, odcs\)'):
        export_contract(houses, "avro")
    with pytest.raises(DataNotFound, match="no such file"):
        import_contracts(tmp_path / "x.json")
    file = tmp_path / "x.json"
    with pytest.raises(WrongUse, match="cannot be the name of a class"):
        file.write_text("{}")
        import_contracts(file, "a b")
    with pytest.raises(DataUnreadable, match=r"x\.json describes no row"):
        import_contracts(file)
    with pytest.raises(DataUnreadable, match=r"x\.json is not UTF-8"):
        file.write_bytes(b'{"title": "\xff"}')
        import_contracts(file)
    with pytest.raises(ContractError, match=r"x\.json: a: no value is within these limits"):
        file.write_text('{"properties": {"a": {"type": "number", "minimum": 3, "maximum": 1}}}')
        import_contracts(file)
    with pytest.raises(DataUnreadable, match="too long for a contract"):
        file.write_bytes(b" " * (17 << 20))
        import_contracts(file)
