"""One row a request: `holdtrue serve` beside a bare FastAPI endpoint that serves the same LightGBM model.

The project is `holdtrue init --template houses`, trained and promoted by the real commands; the peer
(`peers/fastapi_houses.py`) loads the very model file of that version, and must give the same price. Both servers are
uvicorn with uvloop and httptools, one process on one core; the load comes from the other core, over 1 and then 16
keep-alive connections, a request at a time on each. holdtrue also judges the contract's rules, marks odd rows and
records every answer; the bare endpoint tests the fields' types and limits.

    python benchmarks/bench_serving.py [SECONDS]
"""

from __future__ import annotations

import asyncio
import json
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import uvloop
from measuring import Result, pin, print_machine, print_results, processor_seconds
from msgspec import Struct

HERE = Path(__file__).parent
HOLDTRUE = [sys.executable, "-m", "holdtrue"]
PATH = "/models/house-price/predict"
ROW = {
    "yrbuilt": 1951, "stories": "one", "area": 1200, "wall": "wood", "beds": 3, "baths": 1, "halfbaths": 0,
    "frontage": 60, "depth": 120, "garage": "attached", "garagesqft": 400, "rooms": 6, "lotsize": 7200,
    "sdate": "1996-07-01",
}  # fmt: skip
BODY = json.dumps(ROW).encode()


class Load(Struct, frozen=True):
    """What a server did under load: answers a second, latency in milliseconds, its processor's seconds a request."""

    rate: float
    middle: float
    worst: float
    processor: float


class Client(asyncio.Protocol):
    """One connection: sends a request, waits for the whole answer, notes the time it took, sends the next."""

    def __init__(self, port: int, until: float) -> None:
        self.times: list[float] = []
        self.ended = asyncio.get_running_loop().create_future()
        self._request = (
            f"POST {PATH} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(BODY)}\r\n\r\n"
        ).encode() + BODY
        self._until = until
        self._read = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's has all of its methods and another base
        self._send()

    def _send(self) -> None:
        self._began = time.perf_counter()
        self._transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        """Read on; at the end of an answer go on with the next request."""
        self._read += data
        head, parted, body = self._read.partition(b"\r\n\r\n")
        if not parted or len(body) < int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]):
            return
        if b" 200 " not in head[:20]:
            self.ended.set_exception(RuntimeError(self._read.decode()))
            return
        now = time.perf_counter()
        self.times.append(now - self._began)
        self._read = b""
        if now < self._until:
            self._send()
        else:
            self._transport.close()
            self.ended.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        """A server that hangs up under way spoils the measurement."""
        if not self.ended.done():
            self.ended.set_exception(RuntimeError(f"the server closed the connection: {error}"))


async def loaded(port: int, connections: int, during: float) -> list[float]:
    """Load a server; return how long each request took, in seconds."""
    until = time.perf_counter() + during
    made = [
        await asyncio.get_running_loop().create_connection(lambda: Client(port, until), "127.0.0.1", port)
        for _ in range(connections)
    ]
    await asyncio.wait_for(asyncio.gather(*(client.ended for _, client in made)), during + 30)
    return sorted(each for _, client in made for each in client.times)


def measured(process: int, port: int, connections: int, during: float) -> Load:
    """Warm a server up, then load it."""
    uvloop.run(loaded(port, connections, 1.0))
    before = processor_seconds(process)
    times = uvloop.run(loaded(port, connections, during))
    used = processor_seconds(process) - before
    middle, worst = (times[int(share * (len(times) - 1))] * 1e3 for share in (0.5, 0.99))
    return Load(len(times) / during, middle, worst, used / len(times))


def answered(port: int) -> float:
    """Ask once; return the prediction."""
    request = urllib.request.Request(f"http://127.0.0.1:{port}{PATH}", BODY, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request) as reply:
        return float(json.load(reply)["prediction"])


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as bound:
        return int(bound.getsockname()[1])


@contextmanager
def server(command: Sequence[str], folder: Path, port: int) -> Iterator[subprocess.Popen[bytes]]:
    """Run a server on the first core until the block ends."""
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, preexec_fn=lambda: pin(0))
    try:
        for _ in range(600):
            try:
                answered(port)
                break
            except (urllib.error.URLError, ConnectionError):
                if process.poll() is not None:
                    raise SystemExit(f"{command} ended with {process.returncode}") from None
                time.sleep(0.05)
        yield process
    finally:
        process.terminate()
        process.wait()


def project(folder: Path) -> Path:
    """Make the houses' project in production by the real commands; return the file of its model."""
    houses = folder / "houses"
    for words in (
        ["init", "--template", "houses", str(houses)],
        ["run"],
        ["promote", "house-price:v1"],
        ["checkout", "v1", "--to", str(folder / "v1")],
    ):
        place = folder if words[0] == "init" else houses
        subprocess.run([*HOLDTRUE, *words], cwd=place, check=True, stdout=subprocess.DEVNULL)
    return folder / "v1" / "holdtrue-version" / "model" / "model.txt"


def main() -> None:
    """Compare and print."""
    during = float(sys.argv[1]) if len(sys.argv) > 1 else 5.0
    print_machine("fastapi", "pydantic", "uvicorn", "lightgbm")
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        model = project(folder)
        ours, theirs = free_port(), free_port()
        contenders = {
            "holdtrue": ([*HOLDTRUE, "serve", "--port", str(ours)], folder / "houses", ours),
            "FastAPI": (
                [sys.executable, str(HERE / "peers" / "fastapi_houses.py"), str(theirs), str(model)],
                folder,
                theirs,
            ),
        }
        pin(1)
        prices, loads = {}, {}
        for name, (command, place, port) in contenders.items():
            with server(command, place, port) as process:
                prices[name] = answered(port)
                loads[name] = {count: measured(process.pid, port, count, during) for count in (1, 16)}
        assert prices["holdtrue"] == prices["FastAPI"], f"both must give the same price: {prices}"
    for count in (1, 16):
        results = [
            Result(
                name,
                each[count].processor,
                f"{each[count].rate:,.0f} requests/s, p50 {each[count].middle:.2f} ms, p99 {each[count].worst:.2f} ms",
            )
            for name, each in loads.items()
        ]
        print_results(f"processor time of the server a request, {count} connections", results, "FastAPI", unit="us")


if __name__ == "__main__":
    main()
