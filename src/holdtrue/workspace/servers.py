"""Which servers of this project run on this machine, and whether they answer with a version yet.

A server leaves a note while it runs. A note whose process is gone (it was killed) counts for nothing.
"""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import msgspec
from msgspec import Struct

from holdtrue.foundation import EnvironmentFailed
from holdtrue.workspace.archive import Archive

_PAUSE = 0.02


class ServerNote(Struct, frozen=True, kw_only=True):
    """A server that runs: its process, address, and since when (microseconds UTC)."""

    pid: int
    url: str
    started: int


@contextlib.contextmanager
def noted(archive: Archive, url: str) -> Iterator[None]:
    """Leave a note that this process serves the project, for as long as the block lasts."""
    note = ServerNote(pid=os.getpid(), url=url, started=archive.clock.now())
    path = _folder(archive) / f"{note.pid}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(msgspec.json.encode(note))
    try:
        yield
    finally:
        path.unlink(missing_ok=True)


def running_servers(archive: Archive) -> tuple[ServerNote, ...]:
    """Return the project's servers on this machine, the oldest first."""
    found = []
    for path in sorted(_folder(archive).glob("*.json")):
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            note = msgspec.json.decode(path.read_bytes(), type=ServerNote)
            if _lives(note.pid):
                found.append(note)
    return tuple(sorted(found, key=lambda note: note.started))


def await_version(archive: Archive, model: str, version_id: str, *, patience: float = 30.0) -> tuple[ServerNote, ...]:
    """Return once every running server answers with a version of a model: those servers, none if none runs.

    Raises:
        EnvironmentFailed: one does not within `patience` seconds.
    """
    end = time.monotonic() + patience
    reached = []
    for note in running_servers(archive):
        while (answered := _version_served(note, model)) != version_id:
            if not _lives(note.pid):
                break  # it was stopped meanwhile
            if time.monotonic() > end:
                what = "answers with another version" if answered else "does not answer"
                raise EnvironmentFailed(
                    f"the server at {note.url} still {what} after {patience:g} s",
                    hint="it keeps the old version if the new one fails its self-test: see what it printed",
                )
            time.sleep(_PAUSE)
        else:
            reached.append(note)
    return tuple(reached)


def _version_served(note: ServerNote, model: str) -> str:
    try:
        with urllib.request.urlopen(f"{note.url}/v2/models/{model}", timeout=5) as answer:
            return str(json.load(answer)["parameters"]["version_id"])
    except (urllib.error.URLError, http.client.HTTPException, OSError, ValueError, KeyError):
        return ""


def _folder(archive: Archive) -> Path:
    return archive.root / ".holdtrue" / "servers"


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True  # another user's, but there
    return True
