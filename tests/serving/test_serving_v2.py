"""The Open Inference Protocol V2: the same rows as tensors, the same answers."""

from typing import Any

import pytest
from registered_houses import LIVE, Place, live_rows
from serving_calls import Answer, Server

from holdtrue.contracts import ContractSpec, FieldSpec
from holdtrue.foundation import DataUnreadable
from holdtrue.predictionlog import LogReader, Prediction, Refusal
from holdtrue.serving.tensors import Tensor, inputs_of, lists_of, rows_of

DATATYPES = {"garage": "BYTES", "wall": "BYTES", "sdate": "BYTES"}


def tensors(rows: list[dict[str, Any]], *, column: bool = False) -> list[dict[str, Any]]:
    def shaped(values: list[Any]) -> dict[str, Any]:
        return {"shape": [len(values), 1] if column else [len(values)], "data": values}

    return [
        {"name": name, "datatype": DATATYPES.get(name, "INT64"), **shaped([row[name] for row in rows])}
        for name in LIVE
    ]  # fmt: skip


def infer(server: Server, inputs: list[dict[str, Any]], **more: Any) -> Answer:
    return server.post("/v2/models/houses/infer", {"inputs": inputs, **more})


def test_tensors_are_answered_as_rows_are(served: Place, server: Server) -> None:
    rows = live_rows(20)
    rows[3]["lotsize"] = None
    by_rows = [each["prediction"] for each in server.predict(rows).body["predictions"]]
    answer = infer(server, tensors(rows), id="request-7")
    assert answer.status == 200
    assert answer.body["outputs"] == [{"name": "prediction", "shape": [20], "datatype": "FP64", "data": by_rows}]
    assert (answer.body["model_name"], answer.body["model_version"], answer.body["id"]) == ("houses", "v1", "request-7")
    ids = answer.body["parameters"]["prediction_ids"].split(",")
    recorded = [record for record in LogReader(served.logs, "houses").all() if isinstance(record, Prediction)]
    assert [record.id for record in recorded][20:] == ids
    assert [record.value for record in recorded][20:] == by_rows
    column = infer(server, tensors(rows, column=True))
    assert column.body["outputs"] == answer.body["outputs"]


def test_further_outputs_are_given_where_asked_for(server: Server) -> None:
    rows = live_rows(2)
    rows[1] |= {"garage": "attached", "garagesqft": 5755}
    wanted = [{"name": name} for name in ("id", "odd", "warnings", "prediction")]
    answer = server.post(
        "/v2/models/houses/versions/1/infer", {"inputs": tensors(rows), "outputs": wanted}, Holdtrue_Prediction_Id="a,b"
    )
    outputs = {output["name"]: output["data"] for output in answer.body["outputs"]}
    assert outputs["id"] == ["a", "b"]
    assert outputs["odd"][0] == ""
    assert "garagesqft 5,755" in outputs["odd"][1]
    assert "garagesqft: 5755 is more than 3000 sq ft [garagesqft.warn.le]" in outputs["warnings"][1]
    assert infer(server, tensors(rows), outputs=[{"name": "mood"}]).status == 400


def test_one_refused_row_refuses_the_request_and_alone_is_recorded(served: Place, server: Server) -> None:
    rows = live_rows(3)
    rows[1]["beds"] = -8
    answer = infer(server, tensors(rows))
    assert answer.status == 422
    assert answer.body["error"] == "1 of 3 rows refused: row 2: beds: -8 is less than 0 [beds.ge]"
    assert answer.body["failures"][0]["row_number"] == 2
    (record,) = LogReader(served.logs, "houses").all()
    assert isinstance(record, Refusal)
    assert record.id == answer.body["failures"][0]["id"]


def test_metadata_and_health(server: Server) -> None:
    assert server.get("/v2/health/live").body == {"live": True}
    assert server.get("/v2/health/ready").body == {"ready": True}
    assert server.get("/v2").body["name"] == "holdtrue"
    model = server.get("/v2/models/houses").body
    assert (model["versions"], model["platform"]) == (["v1"], "holdtrue_lightgbm")
    assert {each["name"]: each["datatype"] for each in model["inputs"]} == {
        name: DATATYPES.get(name, "INT64") for name in LIVE
    }
    assert server.get("/v2/models/houses/ready").status == 200
    assert server.get("/v2/models/houses/versions/v1/ready").status == 200
    assert server.get("/v2/models/houses/versions/2/ready").status == 503
    assert server.get("/v2/models/houses/versions/2").status == 404
    assert server.get("/v2/models/barns/ready").status == 404


NO_REQUESTS = [
    b"",
    b"[]",
    b'{"inputs": 3}',
    b'{"inputs": []}',
    b'{"inputs": [{"name": "beds", "shape": [1], "datatype": "INT64"}]}',
    b'{"inputs": [{"name": "beds", "shape": [2], "datatype": "INT64", "data": [1]}]}',
    b'{"inputs": [{"name": "beds", "shape": [1, 2], "datatype": "INT64", "data": [1, 2]}]}',
    b'{"inputs": [{"name": "beds", "shape": [1], "datatype": "INT64", "data": ["1"]}]}',
    b'{"inputs": [{"name": "beds", "shape": [1], "datatype": "INT64", "data": [true]}]}',
    b'{"inputs": [{"name": "beds", "shape": [1], "datatype": "WORDS", "data": [1]}]}',
]


def test_what_is_no_request_is_400_with_an_error(served: Place, server: Server) -> None:
    for body in NO_REQUESTS:
        answer = server.post("/v2/models/houses/infer", body)
        assert answer.status == 400, body
        assert answer.body["error"]
    assert list(LogReader(served.logs, "houses").all()) == []


def test_tensors_of_different_lengths_or_twice_the_same_are_no_rows() -> None:
    with pytest.raises(DataUnreadable, match="not of one length: a 1, b 2"):
        rows_of([Tensor("a", [1], "INT64", [1]), Tensor("b", [2], "INT64", [1, 2])])
    with pytest.raises(DataUnreadable, match="twice"):
        rows_of([Tensor("a", [1], "INT64", [1]), Tensor("a", [1], "INT64", [1])])
    assert rows_of([Tensor("a", [0], "FP64", [])]) == []


def test_binary_tensors_are_declined(server: Server) -> None:
    answer = server.post("/v2/models/houses/infer", b"{}", Inference_Header_Content_Length="2")
    assert (answer.status, "binary" in answer.body["error"]) == (400, True)


@pytest.mark.parametrize("data", [b"7" * 5000, b'"\xff"', b'"\\ud800"', b"[" * 100_000])
def test_values_that_are_none_are_no_fault_of_the_server(server: Server, data: bytes) -> None:
    body = b'{"inputs": [{"name": "beds", "shape": [1], "datatype": "INT64", "data": [%s]}]}' % data
    assert server.post("/v2/models/houses/infer", body).status == 400


def test_lists_are_tensors_of_two_dimensions_nested_or_flat() -> None:
    nested = Tensor("v", [2, 3], "FP64", [[1, 2, 3], [4, None, 6]])
    flat = Tensor("v", [2, 3], "FP64", [1, 2, 3, 4, None, 6])
    expected = [{"v": [1, 2, 3]}, {"v": [4, None, 6]}]
    assert rows_of([nested], {"v"}) == rows_of([flat], {"v"}) == expected
    assert rows_of([Tensor("v", [2, 0], "FP64", [])], {"v"}) == [{"v": []}, {"v": []}]
    for wrong in (
        Tensor("v", [2, 3], "FP64", [1, 2]),
        Tensor("v", [2, 1], "FP64", [[1, 2], []]),
        Tensor("v", [2], "FP64", [1, 2]),
        Tensor("v", [1, 1], "FP64", ["a"]),
    ):
        with pytest.raises(DataUnreadable):
            rows_of([wrong], {"v"})
    contract = ContractSpec(
        name="C",
        fields=(
            FieldSpec(name="v", kind="embedding", length=3),
            FieldSpec(name="tags", kind="list[text]"),
            FieldSpec(name="beds", kind="int"),
        ),
    )
    assert lists_of(contract) == {"v", "tags"}
    assert inputs_of(contract) == [
        {"name": "v", "datatype": "FP64", "shape": [-1, 3]},
        {"name": "tags", "datatype": "BYTES", "shape": [-1, -1]},
        {"name": "beds", "datatype": "INT64", "shape": [-1]},
    ]
