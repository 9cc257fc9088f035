"""The rows endpoint: answers, refusals in the words of the data tests, ids, and what the log keeps of it all."""

import socket
import threading
from base64 import b64encode
from urllib.parse import urlsplit

import msgspec
import numpy as np
import polars as pl
import pytest
from conftest import Start
from made_media import sound
from registered_houses import Forgiving, Place, Sale, live_rows, register
from serving_calls import Answer, Server

from holdtrue.clients import Connection
from holdtrue.contracts import Audio, field
from holdtrue.foundation import ManualClock
from holdtrue.predicting import LoadedVersion, load_version, predict_frame
from holdtrue.predictionlog import LogReader, LogWriter, Prediction, Record, Refusal
from holdtrue.serving import Live
from holdtrue.serving.state import LONG_BODY

LISTED = "GET /openapi.json lists those that there are"


def logged(place: Place) -> list[Record]:
    return list(LogReader(place.logs, "houses").all())


def version(place: Place, number: int = 1) -> LoadedVersion:
    return load_version(place.store, place.catalog.versions.get("houses", number).id)


def test_one_row_is_answered_with_prediction_version_and_id_and_recorded(served: Place, start: Start) -> None:
    row = live_rows(1)[0]
    with start(served, clock=ManualClock(77)) as server:
        answer = server.predict(row, Holdtrue_Client="agent smith")
    expected = predict_frame(version(served), pl.DataFrame([row])).predictions[0]
    assert answer.status == 200
    told = {"model": "houses", "version": "v1", "prediction": expected, "warnings": [], "odd": None}
    assert answer.body == {**told, "id": answer.body["id"]}
    (record,) = logged(served)
    assert isinstance(record, Prediction)
    assert (record.id, record.value, record.received) == (answer.body["id"], expected, 77)
    assert (record.epoch, record.alias, record.client) == (1, "production", "agent smith")
    assert record.version == version(served).id


def test_a_refused_row_gets_422_with_every_failure_in_the_words_of_the_data_test(served: Place, server: Server) -> None:
    row = live_rows(1)[0] | {"beds": -8, "garage": "boathouse", "area": "big"}
    del row["wall"]
    answer = server.predict(row)
    assert answer.status == 422
    batch = version(served).batch_checker.check(pl.DataFrame([row | {"area": None}]).drop("area"))
    words = [failure["message"] for failure in answer.body["failures"]]
    assert [test["test"] for test in answer.body["failures"]] == [
        "area.type", "beds.ge", "garage.allowed", "wall.missing",
    ]  # fmt: skip
    assert [message for message in words if "area" not in message] == [
        message for message in batch.quarantine["reasons"][0] if "area" not in message
    ]
    assert answer.body["failures"][1] == {
        "field": "beds", "value": -8, "test": "beds.ge", "severity": "refuse",
        "message": "beds: -8 is less than 0 [beds.ge]",
    }  # fmt: skip
    assert answer.body["error"] == "the row was refused: " + "; ".join(words)
    (record,) = logged(served)
    assert isinstance(record, Refusal)
    assert record.id == answer.body["id"]
    assert [failed.message for failed in record.failures] == words


def test_of_a_list_the_good_rows_are_answered_and_the_bad_ones_refused_in_their_places(
    served: Place, server: Server
) -> None:
    rows = live_rows(3)
    rows[1]["beds"] = -8
    answer = server.predict(rows)
    assert answer.status == 200
    first, second, third = answer.body["predictions"]
    assert [each["prediction"] is None for each in (first, second, third)] == [False, True, False]
    assert second["failures"][0]["message"] == "beds: -8 is less than 0 [beds.ge]"
    assert "failures" not in first
    assert [type(record) for record in logged(served)] == [Prediction, Refusal, Prediction]
    assert [record.id for record in logged(served)] == [first["id"], second["id"], third["id"]]  # type: ignore[union-attr]


def test_a_list_of_bad_rows_alone_is_422_and_an_empty_one_is_answered(served: Place, server: Server) -> None:
    row = live_rows(1)[0]
    answer = server.predict([row | {"beds": -8}, row | {"beds": 21}])
    assert answer.status == 422
    assert [len(each["failures"]) for each in answer.body["predictions"]] == [1, 1]
    empty = server.predict([])
    assert (empty.status, empty.body["predictions"]) == (200, [])
    assert len(logged(served)) == 2


def test_warnings_and_odd_marks_are_answered_and_recorded(served: Place, server: Server) -> None:
    row = live_rows(1)[0] | {"beds": 13, "garage": "attached", "garagesqft": 5755}
    body = server.predict(row).body
    assert [warning["test"] for warning in body["warnings"]] == ["beds.warn.le", "garagesqft.warn.le"]
    assert body["warnings"][0]["message"] == "beds: 13 is more than 12 [beds.warn.le]"
    assert "garagesqft 5,755" in body["odd"]
    (record,) = logged(served)
    assert isinstance(record, Prediction)
    assert (record.warnings, record.odd) == (("beds.warn.le", "garagesqft.warn.le"), body["odd"])


def test_a_long_list_is_answered_as_its_rows_would_be_one_by_one(served: Place, server: Server) -> None:
    rows = live_rows(600)
    many = server.predict(rows)
    assert many.status == 200
    singles = [server.predict(row).body["prediction"] for row in rows[:25]]
    assert [each["prediction"] for each in many.body["predictions"]][:25] == singles
    assert len(logged(served)) == 625


def test_what_is_no_row_is_400(served: Place, server: Server) -> None:
    for body in (b"", b"{", b'{"beds": NaN}', b"\xff\xfe", b"[1, 2", b"[" * 100_000):
        answer = server.predict(body)
        assert (answer.status, "not JSON" in answer.body["error"]) == (400, True), body[:20]
    for body in (b"3", b'"text"', b"null"):
        answer = server.predict(body)
        assert (answer.status, "neither a row nor a list" in answer.body["error"]) == (400, True), body
    assert logged(served) == []


def test_wrong_places_and_methods(server: Server) -> None:
    row = live_rows(1)[0]
    unknown = server.post("/models/barns/predict", row)
    assert unknown.status == 404
    assert unknown.body == {"error": "no model barns is served here", "hint": "models served here: houses"}
    assert server.get("/models/houses/predict").status == 405
    assert server.get("/nowhere").status == 404


def test_a_model_without_a_production_version_is_503_until_it_has_one(place: Place, start: Start) -> None:
    record = register(place.store, place.catalog)
    with start(place) as server:
        answer = server.predict(live_rows(1)[0])
        assert answer.status == 503
        assert answer.body["error"] == "no version of houses can answer: no version is production"
        ready = server.get("/v2/health/ready")
        assert (ready.status, ready.body["ready"]) == (503, False)
    place.promote(record)
    with start(place, models=["houses", "barns"]) as server:
        assert server.predict(live_rows(1)[0]).status == 200
        assert server.post("/models/barns/predict", b"{}").status == 503


def test_a_request_that_is_too_long_is_413(served: Place, start: Start) -> None:
    with start(served, largest_body=1000) as server:
        assert server.predict(live_rows(1)).status == 200
        assert server.predict(live_rows(50)).status == 413
        assert server.predict(b" " * 200_000).status == 413


class TestPredictionIds:
    """A client may name its rows, and then repeat a request without harm."""

    def test_a_repeated_request_gets_the_same_answer_and_is_recorded_once(self, served: Place, server: Server) -> None:
        row = live_rows(1)[0]
        first = server.predict(row, Holdtrue_Prediction_Id="sale-1")
        served.promote(served.catalog.versions.get("houses", 2))
        again = server.predict(row, Holdtrue_Prediction_Id="sale-1")
        assert first.body["id"] == "sale-1"
        assert again.body == first.body
        assert [record.id for record in logged(served) if isinstance(record, Prediction)] == ["sale-1"]

    def test_a_list_has_one_id_a_row(self, served: Place, server: Server) -> None:
        rows = live_rows(2)
        rows[1]["beds"] = -8
        answer = server.predict(rows, Holdtrue_Prediction_Id="a, b")
        assert [each["id"] for each in answer.body["predictions"]] == ["a", "b"]
        assert server.predict(rows, Holdtrue_Prediction_Id="a, b").body == answer.body
        assert len(logged(served)) == 2

    def test_ids_of_other_rows_are_409(self, server: Server) -> None:
        rows = live_rows(2)
        assert server.predict(rows[0], Holdtrue_Prediction_Id="a").status == 200
        assert server.predict(rows[1], Holdtrue_Prediction_Id="a").status == 409

    def test_ids_that_do_not_fit_are_400(self, served: Place, server: Server) -> None:
        for ids in ("a", "a,b,c", "a,,b", "a b,c", "x" * 65 + ",b"):
            assert server.predict(live_rows(2), Holdtrue_Prediction_Id=ids).status == 400, ids
        assert logged(served) == []


def test_a_model_that_fails_is_500_and_nothing_is_recorded(served: Place, server: Server) -> None:
    class Failing:
        link = "identity"

        def predict(self, X: object) -> object:  # noqa: N803
            raise ValueError("secret details")

    model = server.app.models["houses"]
    live = model.live
    assert live is not None
    loaded = live.loaded
    broken = LoadedVersion(
        loaded.id, loaded.manifest, Failing(), loaded.baseline, loaded.selftest, loaded.background  # type: ignore[arg-type]
    )  # fmt: skip
    model.live = Live(broken, live.number, live.alias, live.epoch, live.since)
    answer = server.predict(live_rows(1)[0])
    assert answer.status == 500
    assert "secret" not in str(answer.body)
    assert logged(served) == []
    model.live = live
    assert server.predict(live_rows(1)[0]).status == 200


def test_what_cannot_be_recorded_is_not_answered(served: Place, server: Server) -> None:
    def refuse(descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    model = server.app.models["houses"]
    good, model.log = model.log, LogWriter(served.logs, "houses", "broken", "sync", sync=refuse)
    answer: Answer = server.predict(live_rows(1)[0])
    model.log = good
    assert answer.status == 503
    assert "cannot be made durable" in answer.body["error"]
    assert "prediction" not in answer.body
    assert server.predict(live_rows(1)[0]).status == 200


STRANGE = {
    "digits without end": b'{"beds": %s}' % (b"7" * 5000),
    "bytes that are not UTF-8": b'{"garage": "\xff\xfe"}',
    "half a surrogate pair": b'{"garage": "\\ud800"}',
    "half a pair deep inside": b'{"garage": [{"\\ud800": "\\ud800"}]}',
}


@pytest.mark.parametrize("strange", STRANGE.values(), ids=STRANGE.keys())
def test_a_value_that_is_none_refuses_its_own_row_only(served: Place, server: Server, strange: bytes) -> None:
    good = msgspec.json.encode(live_rows(1)[0])
    bad = good[:-1] + b"," + strange[1:]
    assert server.predict(bad).status == 422
    answer = server.predict(b"[%s,%s,%s]" % (good, bad, good))
    assert answer.status == 200
    assert [each["prediction"] is None for each in answer.body["predictions"]] == [False, True, False]
    (failure,) = answer.body["predictions"][1]["failures"]
    assert failure["test"] in ("beds.type", "garage.type")
    assert [isinstance(record, Prediction) for record in logged(served)] == [False, True, False, True]


def test_more_rows_than_a_server_takes_are_413_and_none_is_judged(served: Place, server: Server) -> None:
    for body in (b"[" + b"{}," * 25_000 + b"{}]", b"[" + b"1," * 25_000 + b'"\\ud800"]'):
        answer = server.predict(body)
        assert (answer.status, "25,001 rows at once" in answer.body["error"]) == (413, True)
    assert logged(served) == []


def test_a_page_of_another_site_can_send_neither_rows_nor_labels(served: Place, server: Server) -> None:
    own = server.url.removeprefix("http://")
    label = {"prediction_id": "a", "label": 5}
    row = live_rows(1)[0]
    for headers in (
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": f"http://{own}", "Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site"},
    ):
        for path, body in (("predict", row), ("feedback", label)):
            answer = server.post(f"/models/houses/{path}", body, **headers)
            assert (answer.status, "may not send" in answer.body["error"]) == (403, True), headers
        assert server.post("/v2/models/houses/infer", {"inputs": []}, **headers).status == 403
    assert logged(served) == []
    assert server.predict(row, Origin=f"http://{own}").status == 200
    behind_a_proxy = {"Origin": "https://models.example", "Sec_Fetch_Site": "same-origin"}
    assert server.predict(row, **behind_a_proxy).status == 200


def test_wrong_addresses_and_methods_answer_in_the_form_of_every_error(server: Server) -> None:
    nowhere, wrong = server.get("/nowhere"), server.get("/models/houses/feedback")
    assert nowhere.body == {"error": "GET /nowhere: Not Found", "hint": f"there is no such address here; {LISTED}"}
    assert (wrong.status, wrong.headers["allow"]) == (405, "POST")
    assert wrong.body == {
        "error": "GET /models/houses/feedback: Method Not Allowed",
        "hint": f"this address takes other methods; {LISTED}",
    }


def test_the_bare_address_names_the_others_and_they_answer(server: Server) -> None:
    root = server.get("/")
    assert (root.status, root.body["name"]) == (200, "holdtrue")
    assert [server.get(root.body[name]).status for name in ("health", "metrics", "openapi")] == [200, 200, 200]
    (model,) = root.body["models"].values()
    assert model.pop("version") == "v1"
    (row,) = live_rows(1)
    assert server.post(model["predict"], row).status == 200
    documented = server.get("/openapi.json").body["paths"]
    assert {model["predict"], model["feedback"]} < set(documented)
    asked = server.post(model["infer"], {"inputs": []})
    assert asked.body["error"] == "the tensors are not of one length: no tensor"
    assert server.post("/", row).status == 405


def test_a_body_that_does_not_come_is_408(served: Place, start: Start) -> None:
    with start(served, body_seconds=0.1) as server:
        parts = urlsplit(server.url)
        with socket.create_connection((parts.hostname, parts.port), 10) as half:
            half.sendall(b"POST /models/houses/predict HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{")
            assert half.recv(1000).startswith(b"HTTP/1.1 408")


def answered_meanwhile(server: Server, long: bytes, row: bytes) -> int:
    """Send a long request, and others one by one until it is answered; return how many were."""
    done: list[int] = []
    asking = threading.Thread(target=lambda: done.append(server.predict(long).status))
    connection = Connection(server.url)
    asking.start()
    meanwhile = 0
    while not done:
        connection.send("/models/houses/predict", row)
        assert connection.receive().status == 200
        meanwhile += 1
    connection.close()
    asking.join()
    assert done == [200]
    return meanwhile


def test_a_long_request_holds_up_no_other(served: Place, server: Server) -> None:
    server.predict(live_rows(1)[0])
    long = msgspec.json.encode(live_rows(2000) * 6)
    row = msgspec.json.encode(live_rows(1)[0])
    assert answered_meanwhile(server, long, row) >= 10  # held up, it would be one or two


class Called(Sale):
    """A sale with a message of its seller."""

    call: Audio = field(null=True)


def test_a_short_request_that_takes_long_to_decode_holds_up_no_other(place: Place, start: Start) -> None:
    place.promote(register(place.store, place.catalog, contract=Called))
    # Digital silence: FLAC needs a few bytes a second for it.
    call = b64encode(sound("FLAC", np.zeros((1, 300 * 48_000), dtype=np.int16))).decode()
    plain = live_rows(1)[0]
    long, row = msgspec.json.encode(plain | {"call": call}), msgspec.json.encode(plain)
    assert len(long) < LONG_BODY
    with start(place) as server:
        server.predict(plain)
        assert answered_meanwhile(server, long, row) >= 10  # held up, it would be one or two


def test_media_that_take_too_much_decoding_are_413_and_nothing_is_recorded(place: Place, start: Start) -> None:
    place.promote(register(place.store, place.catalog, contract=Called))
    calls = [sound("FLAC", np.full((1, 400 * 48_000), level, dtype=np.int16)) for level in (0, 1)]
    rows = [row | {"call": b64encode(call).decode()} for row, call in zip(live_rows(2), calls, strict=True)]
    tensors = [
        {"name": name, "shape": [2], "datatype": kind, "data": [row[name] for row in rows]}
        for name, kind in ((each, "BYTES" if isinstance(rows[0][each], str) else "INT64") for each in rows[0])
    ]
    with start(place) as server:
        apart = [server.predict(row).status for row in rows]
        answers = [server.predict(rows), server.post("/v2/models/houses/infer", {"inputs": tensors})]
    assert apart == [200, 200]
    for answer in answers:
        assert answer.status == 413
        assert answer.body["error"].startswith("the media of this request take too much decoding: more than 100 mill")
        assert answer.body["hint"] == "send them in several requests"
    assert len(logged(place)) == 2


def test_a_live_policy_answers_what_would_be_refused_and_says_so(place: Place, start: Start) -> None:
    place.promote(register(place.store, place.catalog, contract=Forgiving, fallback=99_000.0))
    good = live_rows(1)[0]
    with start(place) as server:
        mended = server.predict(good | {"beds": -8})
        fallen = server.predict(good | {"area": 0})
        both = server.predict([good, good | {"beds": "many"}, good | {"area": -1}])
        plain = server.predict(good | {"beds": 3})
    assert (mended.status, mended.body["replaced"]) == (200, ["beds"])
    assert mended.body["prediction"] == plain.body["prediction"]
    assert [each["message"] for each in mended.body["warnings"]] == ["beds: -8 is less than 0 [beds.ge]"]
    assert (fallen.status, fallen.body["prediction"], fallen.body["fallback"]) == (200, 99_000.0, "constant")
    assert "replaced" not in plain.body
    assert "fallback" not in plain.body
    assert [each.get("replaced") for each in both.body["predictions"]] == [None, ["beds"], None]
    assert [each.get("fallback") for each in both.body["predictions"]] == [None, None, "constant"]
    kept = [each for each in logged(place) if isinstance(each, Prediction)]
    assert [(each.replaced, each.fallback) for each in kept[:2]] == [(("beds",), ""), ((), "constant")]
