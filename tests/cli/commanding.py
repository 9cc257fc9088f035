"""The real command in a process of its own, in a real project."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from msgspec import Struct

from holdtrue.versions.distributions import distribution_versions

PATIENCE = 60.0


class Told(Struct):
    """What a command said, and its exit code."""

    code: int
    out: str
    err: str

    @property
    def value(self) -> Any:
        return json.loads(self.out)


def code_of_holdtrue() -> str:
    """Return what a recipe says of holdtrue itself: its version, of a working copy with the hash of its code."""
    return distribution_versions(["holdtrue"])["holdtrue"]


def environment(**given: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("HOLDTRUE_", "CI", "COLUMNS"))}
    return {**kept, "HOLDTRUE_USER": "anna", **given}


def holdtrue(folder: Path, *arguments: str, before: Callable[[], None] | None = None, **variables: str) -> Told:
    ended = subprocess.run(
        [sys.executable, "-m", "holdtrue", *arguments],
        cwd=folder,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        preexec_fn=before,
    )
    return Told(ended.returncode, ended.stdout, ended.stderr)


@contextlib.contextmanager
def begun(folder: Path, *arguments: str, **variables: str) -> Iterator[subprocess.Popen[str]]:
    """A command under way, in a session of its own; whatever is left of it in the end is killed."""
    child = subprocess.Popen(
        [sys.executable, "-u", "-m", "holdtrue", *arguments],
        cwd=folder,
        env=environment(**variables),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield child
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.communicate()


@contextlib.contextmanager
def serving(folder: Path, *arguments: str, **variables: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server under way on a free port, and its address."""
    with begun(folder, *(arguments or ("serve",)), "--port", "0", **variables) as child:
        assert child.stdout is not None
        line = child.stdout.readline()
        assert " at http://" in line, line + (child.stderr.read() if child.stderr else "")
        yield child, line.split(" at ")[1].split()[0].rstrip(",")


def wait_until(holds: Callable[[], bool], what: str) -> None:
    end = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < end, f"waited in vain: {what}"
        time.sleep(0.01)


def lives(pid: int) -> bool:
    """Whether a process is there and not merely unburied."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


def processes_in(folder: Path) -> list[int]:
    """Processes whose working folder is the project."""
    found = []
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and (entry / "cwd").resolve() == folder.resolve() and lives(int(entry.name)):
                found.append(int(entry.name))
    return found


def ask(url: str, path: str, body: Any = None) -> Any:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url + path, data, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)
