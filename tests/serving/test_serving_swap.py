"""The version changes under way: no request lost, none answered by two, and a bad version never answers."""

import threading
from typing import Any

import msgspec
from conftest import Start
from registered_houses import Place, live_rows, register, trained
from serving_calls import Server, until

from holdtrue.clients import Connection
from holdtrue.foundation import Event
from holdtrue.predictionlog import LogReader, Prediction
from holdtrue.versions import SelfTest


def version_of(server: Server) -> str:
    return str(server.predict(live_rows(1)[0]).body["version"])


def events(place: Place, kind: str) -> list[Event]:
    return [event for event in place.catalog.events.list() if event.kind == kind]


def test_versions_change_under_load_with_no_request_lost_and_none_mixed(served: Place, start: Start) -> None:
    rows = live_rows(40)
    expected: dict[str, list[float]] = {}
    answers: list[dict[str, Any]] = []
    wrong: list[object] = []
    stop = threading.Event()
    first, second = (served.catalog.versions.get("houses", number) for number in (1, 2))

    def ask(url: str) -> None:
        connection, body = Connection(url), msgspec.json.encode(rows)
        while not stop.is_set():
            connection.send("/models/houses/predict", body)
            reply = connection.receive()
            if reply.status != 200:
                wrong.append(reply)
            answers.append(msgspec.json.decode(reply.body))
        connection.close()

    with start(served) as server:
        expected["v1"] = [each["prediction"] for each in server.predict(rows).body["predictions"]]
        served.promote(second)
        until(lambda: version_of(server) == "v2")
        expected["v2"] = [each["prediction"] for each in server.predict(rows).body["predictions"]]
        threads = [threading.Thread(target=ask, args=(server.url,)) for _ in range(3)]
        for thread in threads:
            thread.start()
        for turn in range(6):  # both are in memory now: going back is at once
            before = len(answers)
            epoch = served.promote((first, second)[turn % 2])
            until(lambda epoch=epoch: server.app.models["houses"].live.epoch == epoch)  # type: ignore[misc]
            until(lambda before=before: len(answers) > before + 20)  # type: ignore[misc]
        stop.set()
        for thread in threads:
            thread.join()
    assert wrong == []
    assert {answer["version"] for answer in answers} == {"v1", "v2"}
    for answer in answers:
        assert [each["prediction"] for each in answer["predictions"]] == expected[answer["version"]]
    records = [record for record in LogReader(served.logs, "houses").all() if isinstance(record, Prediction)]
    ids = {each["id"]: answer["version"] for answer in answers for each in answer["predictions"]}
    by_epoch = {record.epoch: record.version for record in records}
    assert by_epoch == {epoch: (first, second)[(epoch + 1) % 2].id for epoch in range(1, 9)}
    assert all(record.version == by_epoch[record.epoch] for record in records)
    assert ids.keys() <= {record.id for record in records}
    assert [event.data["epoch"] for event in events(served, "version.served")] == list(range(1, 9))


def test_a_version_that_fails_its_self_test_never_answers_and_is_said(served: Place, start: Start) -> None:
    made = SelfTest.from_bytes(trained().selftest)
    off = SelfTest(rows=made.rows, predictions=tuple(value + 1 for value in made.predictions))
    bad = register(served.store, served.catalog, changed={"selftest": off.to_bytes()})
    with start(served) as server:
        served.promote(bad)
        until(lambda: events(served, "version.load_failed"))
        (event,) = events(served, "version.load_failed")
        assert version_of(server) == "v1"
        assert server.get("/v2/health/ready").status == 200  # v1 goes on answering
        served.promote(served.catalog.versions.get("houses", 2))
        until(lambda: version_of(server) == "v2")
        assert server.app.models["houses"].trouble == ""
    assert (event.subject, event.data["still_served"], event.data["epoch"]) == ("houses:v3", "v1", 2)
    assert "its self-test failed: stored row 1 of 8" in event.why
    records = [record for record in LogReader(served.logs, "houses").all() if isinstance(record, Prediction)]
    assert {(record.version == bad.id, record.epoch) for record in records} == {(False, 1), (False, 3)}


def test_a_damaged_version_at_the_start_is_said_and_another_helps(place: Place, start: Start) -> None:
    damaged = register(place.store, place.catalog, changed={"baseline": b"damaged"})
    good = register(place.store, place.catalog)
    place.promote(damaged)
    with start(place) as server:
        assert server.predict(live_rows(1)[0]).status == 503
        assert "v1 cannot be served" in server.get("/v2/health/ready").body["why"]["houses"]
        place.promote(good)
        until(lambda: server.predict(live_rows(1)[0]).status == 200)


def test_a_new_model_is_served_without_a_restart(served: Place, start: Start) -> None:
    with start(served) as server, start(served, models=["houses"]) as only_houses:
        barns = register(served.store, served.catalog, model="barns")
        served.promote(barns)
        until(lambda: server.post("/models/barns/predict", live_rows(1)[0]).status == 200)
        assert only_houses.post("/models/barns/predict", live_rows(1)[0]).status == 404


def test_another_alias_can_be_served(served: Place, start: Start) -> None:
    served.promote(served.catalog.versions.get("houses", 2), alias="candidate")
    with start(served, alias="candidate") as server:
        assert version_of(server) == "v2"
    records = [record for record in LogReader(served.logs, "houses").all() if isinstance(record, Prediction)]
    assert [(record.alias, record.epoch) for record in records] == [("candidate", 1)]


def test_two_servers_of_one_place_write_side_by_side(served: Place, start: Start) -> None:
    with start(served) as one, start(served) as two:
        ids = {each.predict(row).body["id"] for row in live_rows(20) for each in (one, two)}
        assert {each.app.models["houses"].log.writer for each in (one, two)} == {"server-1", "server-2"}
    records = [record for record in LogReader(served.logs, "houses").all() if isinstance(record, Prediction)]
    assert {record.id for record in records} == ids
    assert len(records) == 40


def test_a_model_whose_log_cannot_be_opened_is_said_and_stops_no_other(served: Place, start: Start) -> None:
    with start(served) as server:
        barrier = served.logs / "barns"
        barrier.write_text("a file where the folder of the log belongs")
        served.promote(register(served.store, served.catalog, model="barns"))
        served.promote(served.catalog.versions.get("houses", 2))
        until(lambda: version_of(server) == "v2")
        until(lambda: server.get("/v2/health/ready").status == 503)
        assert "cannot open the log" in server.get("/v2/health/ready").body["why"]["barns"]
        assert 'holdtrue_swaps_total{model="barns",outcome="failed"}' in server.get("/metrics").body
        barrier.unlink()
        served.promote(served.catalog.versions.get("houses", 1))
        until(lambda: server.post("/models/barns/predict", live_rows(1)[0]).status == 200)
        assert server.get("/v2/health/ready").status == 200
        assert "\nholdtrue_following 1.0\n" in server.get("/metrics").body


def test_a_server_that_follows_no_alias_is_not_ready(served: Place, start: Start) -> None:
    with start(served) as server:
        until(lambda: server.get("/v2/health/ready").status == 200)
        server.app.state.following = False
        answer = server.get("/v2/health/ready")
        assert (answer.status, answer.body["why"].keys()) == (503, {"server"})
