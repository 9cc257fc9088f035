"""Every example in the OpenAPI document is one that the running server takes, whatever the contract holds."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import Start
from jsonschema import Draft202012Validator
from msgspec import structs
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from registered_houses import Place, Sale, live_rows, register, trained
from serving_calls import Server

from holdtrue.contracts import (
    Audio,
    Bool,
    Category,
    ContractSpec,
    DateTime,
    Embedding,
    FieldSpec,
    Float,
    Image,
    Int,
    Key,
    List,
    RowChecker,
    Text,
    Video,
    field,
    rule,
)
from holdtrue.serving.examples import example_label
from holdtrue.versions import SelfTest


class Rich(Sale):
    """A sale with a field of every other kind."""

    order: Key
    plate: Key = field(pattern="[A-Z]{2}-[0-9]{4}")
    zip_code: Text = field(pattern=r"\d{5}")
    remark: Text = field(min_length=30, max_length=40)
    word: Text = field(max_length=3)
    tags: List[Category] = field(min_length=2, items=field(allowed=["red", "green"]))
    sizes: List[Int] = field(max_length=5, items=field(ge=3, le=9))
    names: List[Text] = field(items=field(pattern="[a-z]{3}"))
    flags: List[Bool]
    vector: Embedding = field(length=4)
    narrow: Embedding = field(length=2, items=field(ge=2, le=3))
    photo: Image
    sound: Audio
    film: Video
    at: DateTime
    share: Float = field(gt=0, lt=1)
    level: Category = field(allowed=["low", "high"])

    @rule
    def unit_length(row):
        return abs(row.vector.norm() - 1) < 0.01

    @rule
    def large_enough(row):
        return (row.photo.width() >= 320) & (row.film.duration() > 1)


EXTRA: dict[str, Any] = {
    "order": 7, "plate": "AB-1234", "zip_code": "12345", "remark": "x" * 30, "word": "a", "tags": ["red", "red"],
    "sizes": [], "names": [], "flags": [], "vector": [1, 0, 0, 0], "narrow": [2, 3], "at": "2026-01-31T12:00:00Z",
    "share": 0.5, "level": "low",
    "photo": {"bytes": 1, "content": "0" * 64, "format": "PNG", "width": 640, "height": 1, "mode": "L",
              "brightness": 0, "contrast": 0, "sharpness": 0, "fingerprint": "0" * 16},
    "sound": {"bytes": 1, "content": "0" * 64, "format": "WAV", "sample_rate": 1, "channels": 1, "duration": 1,
              "loudness": 0, "silence": 0, "clipping": 0},
    "film": {"bytes": 1, "content": "0" * 64, "format": "MP4", "width": 1, "height": 1, "frame_rate": 1, "duration": 2,
             "frames": 1, "codec": "h264"},
}  # fmt: skip


@pytest.fixture
def rich(place: Place, start: Start) -> Iterator[Server]:
    stored = SelfTest.from_bytes(trained().selftest)
    selftest = structs.replace(stored, rows=tuple({**row, **EXTRA} for row in stored.rows)).to_bytes()
    place.promote(register(place.store, place.catalog, contract=Rich, changed={"selftest": selftest}))
    with start(place) as server:
        yield server


def valid(document: dict[str, Any], schema: dict[str, Any], value: Any) -> list[str]:
    held = Registry().with_resource("urn:doc", Resource({**document, "x": schema}, DRAFT202012))
    return [error.message for error in Draft202012Validator({"$ref": "urn:doc#/x"}, registry=held).iter_errors(value)]


def examples(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], Any]]:
    """Yield each example of a request: its path, schema and value."""
    for path, methods in document["paths"].items():
        for operation in methods.values():
            for content in operation.get("requestBody", {}).get("content", {}).values():
                yield path, content["schema"], content.get("example")


def test_the_document_is_openapi_and_its_examples_are_taken(rich: Server) -> None:
    document = rich.get("/openapi.json").body
    validate(document)
    shown = {path: (schema, value) for path, schema, value in examples(document)}
    assert set(shown) == {"/models/houses/predict", "/models/houses/feedback"}
    for path, (schema, value) in shown.items():
        assert value is not None
        assert valid(document, schema, value) == [], value
        reply = rich.post(path, value)
        assert reply.status == 200, reply.body
    row = shown["/models/houses/predict"][1]
    assert set(row) == {name.name for name in Rich.spec.live("price").fields}
    assert row["zip_code"] == "11111"
    assert row["tags"] == ["red", "red"]
    assert row["vector"] == [0.5] * 4
    assert isinstance(row["photo"], str) and len(row["photo"]) < 4000
    assert row["film"]["duration"] > 1


def test_the_document_says_what_media_and_lists_hold(rich: Server) -> None:
    properties = rich.get("/openapi.json").body["components"]["schemas"]["houses.row"]["properties"]
    for medium in ("photo", "sound", "film"):
        assert properties[medium]["contentEncoding"] == "base64"
        assert properties[medium]["type"] == ["string", "object"]
    assert properties["sizes"]["items"]["minimum"] == 3
    assert properties["tags"]["items"]["enum"] == ["red", "green"]
    assert (properties["narrow"]["minItems"], properties["narrow"]["maxItems"]) == (2, 2)
    bad = rich.predict({**live_rows(1)[0], **EXTRA, "photo": "no base64!", "sizes": [1], "zip_code": "x"})
    assert bad.status == 422
    assert [each["test"] for each in bad.body["failures"]] == ["zip_code.pattern", "sizes[].ge", "photo.type"]


def test_every_document_is_openapi(server: Server, place: Place, start: Start) -> None:
    validate(server.get("/openapi.json").body)
    register(place.store, place.catalog, model="flats")
    with start(place) as other:
        validate(other.get("/openapi.json").body)


@pytest.mark.parametrize(
    "target",
    [
        FieldSpec(name="y", kind="float"),
        FieldSpec(name="y", kind="int", refuse=Sale.spec.field("yrbuilt").refuse),  # type: ignore[union-attr]
        FieldSpec(name="y", kind="bool"),
    ],
)
def test_a_label_is_one_that_the_target_takes(target: FieldSpec) -> None:
    value = example_label(target)
    assert not RowChecker(ContractSpec(name="Row", fields=(target,))).check({"y": value}).refused


def test_a_value_that_is_not_found_is_left_out() -> None:
    target = FieldSpec(name="y", kind="text", pattern="(?P<a>[a-z])(?P=a){8}")
    assert example_label(target) is None
