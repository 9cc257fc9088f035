"""Labels come back, are tested by the contract, and meet their predictions in the log."""

from datetime import date
from typing import Any

import pytest
from conftest import Start
from registered_houses import LIVE, Place, live_rows, register
from serving_calls import Server

from holdtrue.foundation import ManualClock, micros_of
from holdtrue.predictionlog import LabelRecord, LogReader, served_rows


def labels(place: Place) -> list[LabelRecord]:
    return [record for record in LogReader(place.logs, "houses").all() if isinstance(record, LabelRecord)]


def test_one_label_and_several_are_recorded_with_their_times(served: Place, start: Start) -> None:
    with start(served, clock=ManualClock(55)) as server:
        one = server.post("/models/houses/feedback", {"prediction_id": "a", "label": 50_000, "time": "1996-07-01"})
        two = server.post(
            "/models/houses/feedback",
            [
                {"prediction_id": "b", "label": 51_000.5, "time": "1996-07-01T12:00:00Z"},
                {"prediction_id": "a", "label": 1},
            ],
        )
    assert one.body == {"model": "houses", "recorded": 1, "refused": []}
    assert two.body["recorded"] == 2
    noon = micros_of(date(1996, 7, 1)) + 43_200_000_000
    assert [(each.prediction_id, each.value, each.time, each.received) for each in labels(served)] == [
        ("a", 50_000.0, micros_of(date(1996, 7, 1)), 55),
        ("b", 51_000.5, noon, 55),
        ("a", 1.0, None, 55),
    ]


def test_labels_are_tested_by_the_contract(served: Place, server: Server) -> None:
    bad: list[Any] = [-5, "dear", None]
    answer = server.post(
        "/models/houses/feedback", [{"prediction_id": str(value), "label": value} for value in [*bad, 5]]
    )
    assert answer.status == 200
    assert answer.body["recorded"] == 1
    assert [(each["index"], each["failures"][0]["message"]) for each in answer.body["refused"]] == [
        (0, "price: -5 is not greater than 0 USD [price.gt]"),
        (1, 'price: "dear" is not a number [price.type]'),
        (2, "price: null, where a value is needed [price.null]"),
    ]
    assert server.post("/models/houses/feedback", {"prediction_id": "a", "label": -5}).status == 422
    assert [each.value for each in labels(served)] == [5.0]


NO_LABELS = [
    b"",
    b"3",
    b"{}",
    b'{"label": 3}',
    b'{"prediction_id": 3, "label": 3}',
    b'{"prediction_id": "a", "label": 3, "time": "soon"}',
]


def test_what_is_no_label_is_400(served: Place, server: Server) -> None:
    for body in NO_LABELS:
        assert server.post("/models/houses/feedback", body).status == 400, body
    assert labels(served) == []


def test_a_label_is_kept_even_while_no_version_answers(place: Place, start: Start) -> None:
    register(place.store, place.catalog)
    with start(place) as server:
        answer = server.post("/models/houses/feedback", {"prediction_id": "a", "label": 3})
        assert answer.body["recorded"] == 1
        assert server.post("/models/barns/feedback", {"prediction_id": "a", "label": 3}).status == 404
    assert [each.value for each in labels(place)] == [3]


def test_answered_rows_with_labels_become_rows_to_train_on(served: Place, server: Server) -> None:
    rows = live_rows(3)
    ids = [each["id"] for each in server.predict(rows).body["predictions"]]
    server.post("/models/houses/feedback", [{"prediction_id": ids[n], "label": 1000.0 + n} for n in (2, 0)])
    frame = served_rows(served.logs, "houses", target="price", fields=LIVE)
    assert frame["price"].to_list() == [1000.0, 1002.0]
    assert frame["prediction_id"].to_list() == [ids[0], ids[2]]
    sold = [date.fromisoformat(rows[n]["sdate"]) for n in (0, 2)]
    assert frame["sdate"].to_list() == sold
    assert frame.select(LIVE).drop("sdate").to_dicts() == [
        {name: rows[n][name] for name in LIVE if name != "sdate"} for n in (0, 2)
    ]


def test_a_label_of_a_time_beyond_the_calendar_is_refused_and_none_in_the_log_stops_a_training(
    served: Place, server: Server
) -> None:
    answer = server.predict(live_rows(2), Holdtrue_Prediction_Id="a,b")
    assert answer.status == 200
    early = {"prediction_id": "a", "label": 50_000, "time": "0001-01-01T00:00:00+14:00"}
    refused = server.post("/models/houses/feedback", early)
    assert (refused.status, "years 1 to 9999" in refused.body["error"]) == (400, True)
    assert server.post("/models/houses/feedback", early | {"time": "0001-01-01"}).status == 200
    before = micros_of(date.min) - 1
    server.app.models["houses"].log.append(LabelRecord(prediction_id="b", value=1.0, received=5, time=before))
    rows = served_rows(served.logs, "houses", target="price")
    assert rows["prediction_id"].to_list() == ["a"]


@pytest.mark.parametrize("label", [b"[" * 100_000, b"[" * 500 + b"]" * 500, b"7" * 5000, b'"\xff"', b'"\\ud800"'])
def test_a_label_that_is_none_is_no_fault_of_the_server(served: Place, server: Server, label: bytes) -> None:
    body = b'{"prediction_id": "a", "label": %s}' % label
    assert server.post("/models/houses/feedback", body).status in (400, 422)
    assert labels(served) == []


def test_labels_come_under_ids_that_predictions_can_have(served: Place, server: Server) -> None:
    for name in ("x" * 65, "", "a b", "x" * 10_000):
        answer = server.post("/models/houses/feedback", {"prediction_id": name, "label": 5})
        assert (answer.status, len(answer.body["error"]) < 150) == (400, True), name
    assert labels(served) == []
