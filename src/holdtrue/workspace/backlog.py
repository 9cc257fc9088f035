"""What is recorded and not yet watched, and what keeps it from being so."""

from __future__ import annotations

from holdtrue.catalog import WatchRecord
from holdtrue.foundation import HoldtrueError
from holdtrue.predictionlog import LogReader, Position, abandoned_tails
from holdtrue.registry import PRODUCTION
from holdtrue.workspace.archive import Archive
from holdtrue.workspace.lease import LOOP_LEASE

MOST_COUNTED = 100_000


def unwatched_rows(archive: Archive, model: str, saved: WatchRecord | None) -> int:
    """Return how many answered rows of a model no one has watched yet, counted up to `MOST_COUNTED`."""
    position = Position() if saved is None else Position.from_bytes(saved.position)
    reader = LogReader(archive.log, model)
    return reader.answered_after(reader.checked(position)[0], MOST_COUNTED)


def notes_of(archive: Archive) -> tuple[str, ...]:
    """Return what a person should know of the watching as a whole: empty if all is well."""
    models = [name for name in archive.catalog.versions.models() if archive.catalog.aliases.get(name, PRODUCTION)]
    notes = []
    now = archive.clock.now()
    held = any(lease.name == LOOP_LEASE and lease.expires > now for lease in archive.catalog.leases.list())
    if models and not held:
        notes.append("no loop runs: what is answered is recorded, not watched, and no policy is carried out")
    for name in models:
        saved = archive.catalog.watches.load(f"{name}/{PRODUCTION}")
        position = None if saved is None else Position.from_bytes(saved.position)
        try:
            notes += [tail.message for tail in abandoned_tails(archive.log, name, position)]
        except HoldtrueError as damaged:
            notes.append(str(damaged))
    return tuple(notes)
