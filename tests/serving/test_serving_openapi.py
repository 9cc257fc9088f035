"""The OpenAPI document says what the server takes and answers: real requests and answers are held to it."""

from __future__ import annotations

from typing import Any

from conftest import Start
from jsonschema import Draft202012Validator
from msgspec import structs
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from registered_houses import Place, live_rows, register, trained
from serving_calls import Server, until

from holdtrue.contracts import Contract, Int, RowChecker, Text, field
from holdtrue.serving.examples import example_row


def valid(document: dict[str, Any], schema: dict[str, Any], value: Any) -> list[str]:
    """Return why a value is not valid by a schema of the document; nothing if it is."""
    held = Registry().with_resource("urn:doc", Resource({**document, "x": schema}, DRAFT202012))
    validator = Draft202012Validator({"$ref": "urn:doc#/x"}, registry=held)
    return [error.message for error in validator.iter_errors(value)]


def answered(document: dict[str, Any], path: str, status: int) -> dict[str, Any]:
    response = document["paths"][path]["post"]["responses"][str(status)]
    if "$ref" in response:
        response = document["components"]["responses"][response["$ref"].rpartition("/")[2]]
    return response["content"]["application/json"]["schema"]


def test_requests_and_answers_are_as_the_document_says(server: Server) -> None:
    reply = server.get("/openapi.json")
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    document = reply.body
    assert document["openapi"] == "3.1.0"
    for schema in document["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    path = "/models/houses/predict"
    asked = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]
    good, bad = live_rows(1)[0], {**live_rows(1)[0], "beds": -8, "garage": "boathouse"}
    odd = {**good, "beds": 13}
    assert valid(document, asked["schema"], good) == valid(document, asked["schema"], [good, odd]) == []
    assert valid(document, asked["schema"], bad) != []
    for body, status in (
        (good, 200),
        (odd, 200),
        (bad, 422),
        ([good, bad], 200),
        ([bad], 422),
        (b"{", 400),
        (b"7", 400),
    ):
        found = server.predict(body)
        assert found.status == status
        assert valid(document, answered(document, path, status), found.body) == [], body
    example = asked["example"]
    assert server.predict(example).status == 200
    assert example not in live_rows(10_000), "an example is of no row that there was"
    assert [each for each in document["paths"] if "{" in each] == []


def test_labels_are_as_the_document_says(server: Server) -> None:
    document = server.get("/openapi.json").body
    path = "/models/houses/feedback"
    asked = document["paths"][path]["post"]["requestBody"]["content"]["application/json"]["schema"]
    good, bad = {"prediction_id": "a", "label": 71_500.0}, {"prediction_id": "b", "label": -1}
    assert valid(document, asked, [good, {**good, "time": "1996-08-01"}]) == []
    assert valid(document, asked, bad) != []
    for body, status in ((good, 200), ([good, bad], 200), (bad, 422), ({"label": 1}, 400)):
        found = server.post(path, body)
        assert found.status == status
        assert valid(document, answered(document, path, status), found.body) == []


class Other(Contract):
    price: Int
    yrbuilt: Int = field(ge=1700, le=2100)
    note: Text = field(pattern="(?P<a>[a-z])(?P=a){8}")


def test_it_follows_the_version_that_answers(served: Place, start: Start) -> None:
    with start(served) as server:
        first = server.get("/openapi.json").body
        assert "(v1)" in first["paths"]["/models/houses/predict"]["post"]["summary"]
        served.promote(served.catalog.versions.get("houses", 2))
        until(lambda: server.app.models["houses"].live.number == 2)  # type: ignore[union-attr]
        second = server.get("/openapi.json").body
        assert "(v2)" in second["paths"]["/models/houses/predict"]["post"]["summary"]
        assert "as version v2 takes it" in second["components"]["schemas"]["houses.row"]["description"]
        register(served.store, served.catalog, trained(), model="flats")  # it has no alias yet
        third = server.get("/openapi.json").body
        assert first.keys() == third.keys()


def test_a_model_without_a_version_is_listed_as_such(place: Place, start: Start) -> None:
    register(place.store, place.catalog)
    with start(place) as server:
        document = server.get("/openapi.json").body
        row = document["components"]["schemas"]["houses.row"]
        assert "No version of this model can answer now" in row["description"]
        assert "503" in document["paths"]["/models/houses/predict"]["post"]["responses"]


def test_the_example_is_left_out_where_the_middle_of_all_columns_is_refused(server: Server) -> None:
    live = server.app.models["houses"].live
    assert live is not None
    loaded = live.loaded
    assert example_row(loaded) is not None
    contract = Other.spec.live("price")
    loaded.contract, loaded.checker = contract, RowChecker(contract)
    assert example_row(loaded) is None
    loaded.contract = structs.replace(contract, fields=contract.fields[:1])
    loaded.checker = RowChecker(loaded.contract)
    assert example_row(loaded) == {"yrbuilt": 1900}
