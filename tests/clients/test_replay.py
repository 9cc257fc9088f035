"""The replay, against a small real HTTP server that keeps what it hears."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import count
from typing import Any

import msgspec
import pytest

from holdtrue.clients import Connection, ConnectionLost, Exchange, Reason, Replay, replay
from holdtrue.foundation import DataUnreadable, WrongUse, micros_of


class Hearing(ThreadingHTTPServer):
    """Answers rows (refusing those with negative beds) and labels, in the order heard."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.heard: list[tuple[str, Any]] = []
        self.ids: list[str] = []
        self.drop = 0  # so many further requests are heard and then dropped without an answer
        self.close_each = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def rows(self) -> list[dict[str, Any]]:
        return [body for kind, body in self.heard if kind == "predict"]

    def labels(self) -> list[dict[str, Any]]:
        return [label for kind, body in self.heard if kind == "feedback" for label in body]


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Hearing

    def do_POST(self) -> None:
        body = msgspec.json.decode(self.rfile.read(int(self.headers["content-length"])))
        kind = self.path.rsplit("/", 1)[1]
        self.server.heard.append((kind, body))
        if kind == "predict":
            self.server.ids.append(self.headers["holdtrue-prediction-id"])
        if self.server.drop > 0:
            self.server.drop -= 1
            self.close_connection = True
            return
        status = 422 if kind == "predict" and body.get("beds", 0) < 0 else 500 if body == {"bad": 1} else 200
        reply = msgspec.json.encode({"recorded": len(body)} if kind == "feedback" else {"prediction": 1.0})
        if status == 422:
            below = {"test": "beds.ge", "message": f"beds: {body['beds']} is less than 0", "severity": "refuse"}
            reply = msgspec.json.encode({"failures": [below, below | {"test": "beds.warn", "severity": "warn"}]})
        self.send_response(status)
        self.send_header("content-length", str(len(reply)))
        if self.server.close_each:
            self.send_header("connection", "close")
            self.close_connection = True
        self.end_headers()
        self.wfile.write(reply)

    def log_message(self, *arguments: object) -> None:
        pass


@pytest.fixture
def hearing() -> Iterator[Hearing]:
    with Hearing() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


START = date(1996, 1, 1)


def rows(days: int) -> list[dict[str, Any]]:
    return [{"beds": n, "sdate": START + timedelta(n), "price": 1000 + n} for n in range(days)]


def replaying(hearing: Hearing, days: int, **options: Any) -> Replay:
    return Replay(rows(days), hearing.url, "houses", **{"time_field": "sdate", "label_field": "price", **options})


def test_rows_go_out_in_the_order_of_their_time_without_the_label(hearing: Hearing) -> None:
    shuffled = sorted(rows(50), key=lambda row: row["beds"] * 7 % 50)
    report = replay(shuffled, hearing.url, "houses", time_field="sdate", label_field="price", omit=["beds"])
    assert hearing.rows() == [{"sdate": (START + timedelta(n)).isoformat()} for n in range(50)]
    assert (report.sent, report.answered, report.refused, report.failed) == (50, 50, 0, 0)
    assert len(set(hearing.ids)) == 50
    assert report.time == micros_of(START + timedelta(49))
    assert report.per_second > 0
    assert 0 < report.p50 <= report.p99


def test_labels_go_out_once_the_datas_time_has_come_and_no_sooner(hearing: Hearing) -> None:
    with replaying(hearing, 60, label_delay_days=30) as run:
        run.run()
    day = -1
    for kind, body in hearing.heard:
        if kind == "predict":
            day = body["beds"]
        else:
            for label in body:
                assert label["label"] - 1000 + 30 <= day + 1  # before the first row of that day or later
    assert [label["label"] for label in hearing.labels()] == [1000 + n for n in range(30)]
    assert [label["prediction_id"] for label in hearing.labels()] == hearing.ids[:30]
    known = datetime.fromisoformat(hearing.labels()[0]["time"])
    assert known.date() == START + timedelta(30)


def test_it_can_be_taken_step_by_step(hearing: Hearing) -> None:
    with replaying(hearing, 60, label_delay_days=10) as run:
        first = run.run_until(START + timedelta(20))
        assert (first.sent, first.labels, run.left) == (20, 11, 40)
        assert run.run_until(START + timedelta(20)).sent == 20
        second = run.run_until(START + timedelta(40))
        assert (second.sent, second.labels) == (40, 31)
        assert run.run().sent == 60
        last = run.run_until(START + timedelta(365))  # time goes on after the last row: all labels come
        assert (last.sent, last.labels) == (60, 60)


def test_refused_and_failed_rows_are_counted_and_get_no_label(hearing: Hearing) -> None:
    given = [{"beds": -1, "sdate": START, "price": 1}, {"bad": 1, "price": 2, "sdate": START}]
    exchanges: list[Exchange] = []
    with Replay(
        given,
        hearing.url,
        "houses",
        time_field="sdate",
        label_field="price",
        omit=["sdate"],
        on_exchange=exchanges.append,
    ) as run:
        report = run.run_until(START + timedelta(365))
    assert report.reasons == (Reason("beds.ge", 1, "beds: -1 is less than 0"),)
    assert (report.sent, report.answered, report.refused, report.failed, report.labels) == (2, 0, 1, 1, 0)
    assert [(each.row, each.reply.status) for each in exchanges] == [(given[0], 422), (given[1], 500)]


def test_several_connections_lose_nothing_and_answer_every_row_once(hearing: Hearing) -> None:
    with replaying(hearing, 200, connections=4) as run:
        report = run.run()
    assert report.answered == 200
    assert sorted(row["beds"] for row in hearing.rows()) == list(range(200))


def test_a_lost_connection_is_opened_again_and_the_row_sent_under_the_same_id(hearing: Hearing) -> None:
    with replaying(hearing, 20) as run:
        run.run_until(START + timedelta(5))
        hearing.drop = 1
        report = run.run()
    assert (report.answered, report.resent) == (20, 1)
    assert [row["beds"] for row in hearing.rows()] == [*range(6), 5, *range(6, 20)]
    assert hearing.ids[5] == hearing.ids[6]
    assert len(set(hearing.ids)) == 20


def test_a_server_that_closes_each_connection_is_followed(hearing: Hearing) -> None:
    hearing.close_each = True
    with replaying(hearing, 30, connections=2) as run:
        report = run.run()
    assert (report.answered, report.resent) == (30, 0)


def test_a_server_that_stays_away_is_said_and_the_rows_are_kept() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{free.getsockname()[1]}"
    with Replay(rows(3), url, "houses", time_field="sdate", patience=0.0) as run:
        with pytest.raises(ConnectionLost, match="stayed away"):
            run.run()
        assert run.left == 3
        assert run.report.sent == 0


def test_it_stops_when_told_and_can_go_on(hearing: Hearing) -> None:
    asked = count()
    with replaying(hearing, 30, stop=lambda: next(asked) == 7) as run:
        assert run.run().sent == 7
        assert len(hearing.heard) == 7
        assert run.run().sent == 30


def test_pace_is_kept(hearing: Hearing) -> None:
    with replaying(hearing, 20, rate=100) as run:
        assert run.run().seconds >= 0.19
    with replaying(hearing, 20, days_per_second=100) as run:
        assert run.run().seconds >= 0.19


def test_progress_is_told(hearing: Hearing) -> None:
    told: list[int] = []
    with replaying(hearing, 1500, on_progress=lambda report: told.append(report.sent)) as run:
        run.run()
    assert told == [1000, 1500]


@pytest.mark.parametrize("moment", [None, 5, "soon", ""])
def test_a_row_without_a_time_is_named(moment: object) -> None:
    with pytest.raises(DataUnreadable, match="row 2 has no readable time in sdate"):
        Replay([{"sdate": START}, {"sdate": moment}], "http://127.0.0.1:1", "houses", time_field="sdate")


@pytest.mark.parametrize("url", ["127.0.0.1:8000", "https://x", "http://"])
def test_what_is_no_address_is_wrong_use(url: str) -> None:
    with pytest.raises(WrongUse, match="no address"):
        Connection(url)
