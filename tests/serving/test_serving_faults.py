"""Servers that are stopped, interrupted and killed under load: nothing acknowledged is lost."""

import resource
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import msgspec
import pytest
from conftest import Start
from registered_houses import Place, live_rows
from serving_calls import ask, until

from holdtrue.clients import Connection, ConnectionLost, Replay
from holdtrue.foundation import PortTaken, WrongUse
from holdtrue.predictionlog import LogReader, LogWriter, Prediction
from holdtrue.serving import listen, url_of

JSON = {"content-type": "application/json"}
READY = ("/v2/health/ready", "/v2/models/houses/ready")
SCRIPT = Path(__file__).with_name("serve_houses.py")


@contextmanager
def process(
    place: Place, durability: str, port: int = 0, drain: float = 0.5
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, str(SCRIPT), str(place.folder), durability, str(port), str(drain)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        try:
            yield server, server.stdout.readline().strip()
        finally:
            server.kill()


class Asker(threading.Thread):
    """Asks again and again over one connection, and keeps the ids of what was answered."""

    def __init__(self, url: str, name: str) -> None:
        super().__init__()
        self.url, self.prefix = url, name
        self.answered: list[str] = []
        self.unanswered: list[str] = []
        self.bodies = [msgspec.json.encode(row) for row in live_rows(20)]

    def run(self) -> None:
        connection = Connection(self.url, timeout=10)
        number = 0
        while True:
            name = f"{self.prefix}-{number}"
            number += 1
            try:
                connection.send(
                    "/models/houses/predict", self.bodies[number % 20], f"Holdtrue-Prediction-Id: {name}\r\n"
                )
                reply = connection.receive()
            except ConnectionLost:
                self.unanswered.append(name)
                return
            assert reply.status == 200, reply
            self.answered.append(name)


def under_load(url: str, prefix: str, answers: int = 300) -> list[Asker]:
    askers = [Asker(url, f"{prefix}{n}") for n in range(4)]
    for asker in askers:
        asker.start()
    until(lambda: sum(len(asker.answered) for asker in askers) >= answers)
    return askers


def recorded(place: Place) -> list[str]:
    return [record.id for record in LogReader(place.logs, "houses").all() if isinstance(record, Prediction)]


@pytest.mark.parametrize("signal_sent", [signal.SIGTERM, signal.SIGINT])
def test_stopping_under_load_answers_and_records_every_request_it_took(served: Place, signal_sent: int) -> None:
    with process(served, "batch") as (server, url):
        askers = under_load(url, "a")
        server.send_signal(signal_sent)
        assert server.stdout is not None
        assert server.stdout.read() == "stopped\n"
        assert server.wait(10) == 0
        for asker in askers:
            asker.join(10)
    answered = [name for asker in askers for name in asker.answered]
    assert sorted(recorded(served)) == sorted(answered)  # each once, and none that no one heard of


def test_a_replay_goes_on_over_a_restart_with_every_row_answered_once(served: Place) -> None:
    with listen() as free:
        port = int(url_of(free).rsplit(":", 1)[1])
    rows = live_rows(2500)
    restarted = threading.Event()
    with (
        process(served, "batch", port) as (first, url),
        Replay(rows, url, "houses", time_field="sdate", patience=30) as replay,
    ):
        replay.run_until(rows[1200]["sdate"])
        threading.Timer(0.05, first.send_signal, [signal.SIGTERM]).start()

        def restart() -> None:
            first.wait()
            with process(served, "batch", port):
                restarted.wait(60)

        thread = threading.Thread(target=restart)
        thread.start()
        report = replay.run()
        restarted.set()
        thread.join()
    assert (report.sent, report.answered, report.refused, report.failed) == (2500, 2500, 0, 0)
    assert len(set(recorded(served))) == 2500


def test_killing_the_server_under_load_loses_nothing_it_answered(served: Place) -> None:
    answered: list[str] = []
    unanswered: list[str] = []
    for life in range(3):
        with process(served, "sync") as (server, url):
            askers = under_load(url, f"life{life}-", 300 + 100 * life)
            server.kill()
            for asker in askers:
                asker.join(10)
        answered += [name for asker in askers for name in asker.answered]
        unanswered += [name for asker in askers for name in asker.unanswered]
        # As a power cut might leave it: half a record at the end.
        segment = served.logs / "houses" / "server-1" / "00000001.log"
        with segment.open("ab") as file:
            file.write(segment.read_bytes()[16:60])
    LogWriter(served.logs, "houses", "server-1").open().close()
    found = recorded(served)
    assert len(found) == len(set(found))
    assert set(answered) <= set(found)
    assert set(found) - set(answered) <= set(unanswered)
    assert len(list((served.logs / "houses" / "server-1").glob("*.torn"))) == 3


def test_an_address_that_is_taken_is_said_at_once(served: Place, start: Start) -> None:
    with start(served) as server:
        port = int(server.url.rsplit(":", 1)[1])
        with pytest.raises(PortTaken, match=f"another process listens on 127.0.0.1:{port}"):
            listen("127.0.0.1", port)


def test_an_address_that_others_can_reach_is_refused_unless_it_is_said_twice() -> None:
    for host in ("0.0.0.0", "::"):
        with pytest.raises(WrongUse, match="can be reached from other machines"):
            listen(host, 0)
    listen("0.0.0.0", 0, insecure=True).close()
    with listen("localhost", 0) as listening:
        assert url_of(listening).startswith("http://")
    with pytest.raises(WrongUse, match="no port"):
        listen("127.0.0.1", 70_000)
    with pytest.raises(WrongUse, match="no address"):
        listen("no.such.host.invalid", 0)
    with pytest.raises(WrongUse, match="cannot listen"):
        listen("192.0.2.1", 0, insecure=True)


def test_a_draining_server_answers_and_ends_each_connection(served: Place, start: Start) -> None:
    with start(served) as server:
        assert "connection" not in server.predict(live_rows(1)[0]).headers
        server.app.drain()
        answer = server.predict(live_rows(1)[0])
        assert (answer.status, answer.headers["connection"]) == (200, "close")
        ready = server.get("/v2/health/ready")
        assert (ready.status, ready.headers["connection"]) == (503, "close")
        assert server.get("/v2/health/live").status == 200


def test_pages_can_be_mounted_beside_the_servers_own_routes(served: Place, start: Start) -> None:
    from starlette.responses import PlainTextResponse
    from starlette.routing import Route

    async def home(request: object) -> PlainTextResponse:
        return PlainTextResponse("the page")

    with start(served, routes=[Route("/", home), Route("/v2", home)]) as server:
        assert server.get("/").body == "the page"
        assert server.get("/v2").body["name"] == "holdtrue"
        assert ask(server.url, "GET", "/metrics").status == 200


def test_a_full_disk_is_said_once_and_by_ready_until_there_is_room(served: Place, tmp_path: Path) -> None:
    row = msgspec.json.encode(live_rows(1)[0])
    with process(served, "batch") as (server, url):

        def statuses() -> list[int]:
            predicted = ask(url, "POST", "/models/houses/predict", row, JSON)
            return [predicted.status, *(ask(url, "GET", path).status for path in READY)]

        assert statuses() == [200, 200, 200]
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY))
        assert [statuses(), statuses()] == [[503, 503, 503]] * 2
        assert "no room" in ask(url, "GET", READY[0]).body["why"]["houses"]
        resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert ask(url, "GET", READY[0]).status == 200  # no request need be lost to find out
        assert statuses() == [200, 200, 200]
        server.send_signal(signal.SIGTERM)
        assert server.stderr is not None
        said = server.stderr.read()
    assert said.count("cannot record") == 1
    assert said.count("records and answers again") == 1


def half_a_request(url: str) -> socket.socket:
    """Send the half of a request that the server has taken up when this returns."""
    parts = urlsplit(url)
    half = socket.create_connection((parts.hostname, parts.port), 30)
    head = b"POST /models/houses/predict HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 50\r\n\r\n"
    half.sendall(head)
    assert half.recv(100).startswith(b"HTTP/1.1 100")
    return half


def test_a_client_that_sent_half_a_request_does_not_keep_the_server_from_stopping(served: Place) -> None:
    with process(served, "batch") as (server, url), half_a_request(url):
        server.send_signal(signal.SIGTERM)
        assert server.stdout is not None
        assert server.stdout.read() == "stopped\n"
        assert server.wait(20) == 0


def test_a_second_signal_ends_the_server_at_once(served: Place) -> None:
    with process(served, "batch", 0, 600) as (server, url), half_a_request(url):
        server.send_signal(signal.SIGTERM)
        until(lambda: ask(url, "GET", READY[0]).status == 503)
        server.send_signal(signal.SIGTERM)
        assert server.wait(20) == 0
