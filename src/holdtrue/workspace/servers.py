"""Which servers of this project run on this machine, and whether they answer with a version yet.

A server leaves a note while it runs, and holds a lock on it. A note that no one holds is of a server that was killed:
it is removed. (The number of its process would not do: another process may have it by now.)
"""

from __future__ import annotations

import contextlib
import fcntl
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

from holdtrue.foundation import EnvironmentFailed, new_id
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
    folder = _folder(archive)
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{note.pid}-{new_id(note.started)}.json"
    with path.with_suffix(".new").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.write(msgspec.json.encode(note))
        file.flush()
        Path(file.name).rename(path)  # only now: a note that is seen is held
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def running_servers(archive: Archive) -> tuple[ServerNote, ...]:
    """Return the project's servers on this machine, the oldest first; notes of dead ones are removed."""
    return tuple(note for _, note in _held_notes(archive))


def _held_notes(archive: Archive) -> list[tuple[Path, ServerNote]]:
    found = []
    for path in sorted(_folder(archive).glob("*.json")):
        if not _is_held(path):
            with contextlib.suppress(OSError):  # in a folder we may not write to it just stays, and counts for nothing
                path.unlink()
            continue
        with contextlib.suppress(FileNotFoundError):  # its server ends just now
            found.append((path, msgspec.json.decode(path.read_bytes(), type=ServerNote)))
    return sorted(found, key=lambda each: each[1].started)


def await_version(archive: Archive, model: str, version_id: str, *, patience: float = 30.0) -> tuple[ServerNote, ...]:
    """Return once every running server answers with a version of a model: those servers, none if none runs.

    Raises:
        EnvironmentFailed: one does not within `patience` seconds.
    """
    end = time.monotonic() + patience
    reached = []
    for path, note in _held_notes(archive):
        while (answered := _version_served(note, model)) != version_id:
            if not _is_held(path):
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


def _is_held(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except FileNotFoundError:
        return False
    return False
