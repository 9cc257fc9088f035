"""One row a request, LightGBM of 200 trees: holdtrue's server against a bare one that tests, marks and records nothing.

    python benchmarks/serving.py [SECONDS]

Both are uvicorn with uvloop and httptools in a process of their own; the load comes from `wrk` (Debian package `wrk`),
over one keep-alive connection and over 16. "Bare" is a plain ASGI function: decode by msgspec, predict, encode.
Processor time for each request is measured too: it holds on a busy machine, where requests a second do not.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import urllib.request
from pathlib import Path

from measuring import processor_seconds

REPOSITORY = Path(__file__).parents[1]
sys.path.insert(0, str(REPOSITORY / "tests" / "predicting"))

from registered_houses import Place, live_rows, register, trained  # noqa: E402

BARE = """
import sys, msgspec, uvicorn, socket
sys.path.insert(0, {tests!r})
from pathlib import Path
from registered_houses import Place
from holdtrue.predicting import load_version
loaded = load_version(Place(Path({folder!r})).store, {version!r})
one, encoder = loaded.checker._one, msgspec.json.Encoder()
from msgspec.structs import asdict
fields = [f.name for f in loaded.contract.fields]

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body = (await receive())["body"]
    row = asdict(one.decode(body))
    row["age"] = row["sdate"].year - row["yrbuilt"]
    reply = encoder.encode({{"prediction": float(loaded.predict_rows([row])[0])}})
    headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(reply))]
    await send({{"type": "http.response.start", "status": 200, "headers": headers}})
    await send({{"type": "http.response.body", "body": reply}})

bound = socket.create_server(("127.0.0.1", 0))
print("http://127.0.0.1:%d" % bound.getsockname()[1], flush=True)
options = {{"ws": "none", "lifespan": "off", "log_config": None, "access_log": False}}
config = uvicorn.Config(app, loop="uvloop", http="httptools", **options)
uvicorn.Server(config).run(sockets=[bound])
"""


def main() -> None:
    """Measure and print a table."""
    if shutil.which("wrk") is None:
        raise SystemExit("this benchmark needs wrk: apt install wrk")
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    with tempfile.TemporaryDirectory() as folder:
        place = Place(Path(folder))
        record = register(place.store, place.catalog, trained(1.0, 200))
        place.promote(record)
        script = Path(folder) / "post.lua"
        body = json.dumps(live_rows(1)[0])
        script.write_text(f"wrk.method='POST'\nwrk.body='{body}'\nwrk.headers['Content-Type']='application/json'\n")
        tests = str(REPOSITORY / "tests" / "predicting")
        bare = [sys.executable, "-c", BARE.format(tests=tests, folder=folder, version=record.id)]
        ours = [sys.executable, str(REPOSITORY / "tests" / "serving" / "serve_houses.py"), folder]
        servers = {"bare": bare, "holdtrue, batch": [*ours, "batch"], "holdtrue, sync": [*ours, "sync"]}
        print(
            f"{'server':18} {'connections':>11} {'requests/s':>11} {'p50 ms':>8} {'p99 ms':>8} {'cpu µs/request':>15}"
        )
        for name, command in servers.items():
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
                try:
                    assert server.stdout is not None
                    url = server.stdout.readline().strip()
                    for connections in (1, 16):
                        print(f"{name:18} {connections:11} {measured(server.pid, url, connections, seconds, script)}")
                finally:
                    server.terminate()
                    server.communicate()


def measured(process: int, url: str, connections: int, seconds: int, script: Path) -> str:
    """Load a server for some seconds; return requests a second, p50 and p99 in ms, processor µs a request."""
    address = f"{url}/models/houses/predict"
    body = json.dumps(live_rows(1)[0]).encode()
    with urllib.request.urlopen(urllib.request.Request(address, body)) as reply:  # warm
        assert reply.status == 200
    before = processor_seconds(process)
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "-s", str(script), address]
    out = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    used = processor_seconds(process) - before
    if "Non-2xx" in out or "Socket errors" in out:
        raise SystemExit(out)
    requests = int(found(r"(\d+) requests in", out))
    times = [milliseconds(found(rf"(?m)^\s+{share}%\s+(\S+)", out)) for share in (50, 99)]
    rate = float(found(r"Requests/sec:\s+(\S+)", out))
    return f"{rate:11,.0f} {times[0]:8.2f} {times[1]:8.2f} {used / requests * 1e6:15.0f}"


def found(pattern: str, text: str) -> str:
    """Return what a pattern finds."""
    match = re.search(pattern, text)
    assert match is not None, text
    return match[1]


def milliseconds(text: str) -> float:
    """Read one of wrk's times.

    Example:
        >>> milliseconds("195.00us"), milliseconds("7.68ms")
        (0.195, 7.68)
    """
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s)", text).groups()  # type: ignore[union-attr]
    return float(number) * {"us": 0.001, "ms": 1.0, "s": 1000.0}[unit]


if __name__ == "__main__":
    main()
