"""What `holdtrue up` says while it runs: a line for each event that matters, as it is recorded."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from holdtrue.catalog import Catalog
from holdtrue.foundation import Event, HoldtrueError

_EVERY = 0.5  # seconds between looks at the record
_PATIENCE = 5.0
_ACTORS = {"monitor": "the monitor", "policy": "a policy", "loop": "the loop", "server": "the server"}


@contextmanager
def announced(catalog: Catalog, say: Callable[[str], None]) -> Iterator[None]:
    """Say what happens in a project for as long as the block lasts; what happened before is not told."""
    last = catalog.events.list(limit=1)
    known = last[-1].id if last else ""
    ended = threading.Event()
    told = ""

    def look() -> None:
        nonlocal known, told
        try:
            for event in catalog.events.list(after=known):
                known = event.id
                words = in_words(event)
                if words:
                    say(words)
            told = ""
        except HoldtrueError as error:
            # The server goes on whatever this thread cannot read; the next look tries again.
            if str(error) != told:
                say(f"the record of events cannot be read just now: {error}")
            told = str(error)

    def follow() -> None:
        while not ended.wait(_EVERY):
            look()
        look()

    thread = threading.Thread(target=follow, name="holdtrue-announcing", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join(_PATIENCE)


def in_words(event: Event) -> str:
    """Say in a line what happened; empty for what need not interrupt anyone.

    Example:
        >>> told = {"id": "1", "at": 0, "actor": "policy", "model": "house", "subject": "house:v2"}
        >>> in_words(Event(kind="alias.moved", why="wall; found after 33 rows", data={"alias": "production"}, **told))
        'house: v2 promoted to production by a policy (wall)'
        >>> in_words(Event(kind="watch.begun", why="", **told))
        ''
    """
    version, data = event.subject.rpartition(":")[2], event.data
    match event.kind:
        case "alarm.raised":
            words = f"ALARM {data.get('quantity', '')}, in {data.get('version', '')}"
        case "alarm.changed" | "alarm.resolved" | "reference.moved":
            words = event.why
        case "alarm.accepted":
            words = f"the alarm on {data.get('quantity', '')} is accepted{_because(event.why)}"
        case "table_test.failed" | "table_test.passed":
            holds = "holds again" if event.kind.endswith("passed") else "FAILED"
            words = f"{data.get('quantity', '')} {holds} live, in {data.get('version', '')}"
        case "alias.moved":
            alias = data.get("alias", "production")
            forced = " by force" if data.get("forced") else ""
            done = f"rolled back to {version}" if data.get("back") else f"{version} promoted to {alias}{forced}"
            words = f"{done} by {_ACTORS.get(event.actor, event.actor.removeprefix('person:'))}{_because(event.why)}"
        case "version.served":
            words = f"{version} answers requests"
        case "version.load_failed":
            words = f"{version} could not be loaded; the old one goes on{_because(event.why)}"
        case "retrain.started":
            words = f"retraining begins{_because(event.why)}"
        case "retrain.finished" | "retrain.refused" | "retrain.failed" | "retrain.dropped":
            words = f"retraining {event.kind.rpartition('.')[2]}: {event.why}"
        case "retrain.waiting" | "rollback.waiting" | "rollback.dropped":
            words = f"{event.kind.replace('.', ' ')}: {event.why}"
        case _:
            return ""
    return f"{event.model}: {words}"


def _because(why: str) -> str:
    first = why.split("; ")[0].split(" (")[0]
    return f" ({first})" if first else ""
