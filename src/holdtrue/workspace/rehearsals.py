"""What a version's rehearsal found, and how its suggestion is taken: written into the project's settings."""

from __future__ import annotations

import functools

from msgspec import Struct

from holdtrue.foundation import Event, UnknownReference, WrongUse, new_id
from holdtrue.monitors.rehearsal import Manner, Rehearsal
from holdtrue.registry import resolve
from holdtrue.store import Store
from holdtrue.versions import ModelManifest, get_manifest, read_whole
from holdtrue.workspace.archive import Archive
from holdtrue.workspace.opening import Workspace
from holdtrue.workspace.settingsfile import write_watch


class Rehearsed(Struct, frozen=True, kw_only=True):
    """A version, such as `bikes:v3`, and its rehearsal."""

    version: str
    model: str
    rehearsal: Rehearsal


class Adopted(Struct, frozen=True, kw_only=True):
    """What was written where: the file, and the lines that now stand in it for the model."""

    version: str
    manner: Manner
    file: str
    written: tuple[str, ...]


@functools.lru_cache(maxsize=16)  # a version never changes, and the page asks each second
def rehearsal_of(store: Store, version_id: str) -> Rehearsal | None:
    """Return the rehearsal of a version; None where none was made."""
    blob = get_manifest(store, version_id, ModelManifest).rehearsal
    return None if blob is None else Rehearsal.from_bytes(read_whole(store, blob))


def rehearsed(archive: Archive, ref: str) -> Rehearsed:
    """Return what the rehearsal of a version found.

    Raises:
        UnknownReference: no such version, or it was made without a rehearsal.
    """
    record = resolve(archive.catalog, ref)
    found = rehearsal_of(archive.store, record.id)  # type: ignore[arg-type]  # a store is itself alone
    name = f"{record.model}:v{record.number}"
    if found is None:
        hint = "holdtrue run --force makes a version with one"
        raise UnknownReference(f"{name} was made without a rehearsal", hint=hint)
    return Rehearsed(version=name, model=record.model, rehearsal=found)


def adopt(workspace: Workspace, ref: str) -> Adopted:
    """Write what a version's rehearsal suggests into the project's settings; the next run takes it. It is recorded.

    Raises:
        WrongUse: it suggests nothing; or `model.py` itself says otherwise, and then where and what to write.
    """
    found = rehearsed(workspace, ref)
    manner = found.rehearsal.suggestion
    if manner is None:
        why = "it is silent as it is" if found.rehearsal.calm else "nothing that was tried is silent"
        raise WrongUse(f"the rehearsal of {found.version} suggests nothing: {found.rehearsal.skipped or why}")
    model = workspace.model(found.model)
    declared = {"season": model.season, "block": model.block and (model.block.rows or model.block.of)}
    suggested = {"season": manner.season, "block": manner.block}
    against = {name: value for name, value in declared.items() if value is not None and value != suggested[name]}
    if against:
        said = ", ".join(f"{name}={value!r}" for name, value in against.items())
        wanted = ", ".join(f"{name}={suggested[name]!r}" for name in against)
        place = model.place.rpartition("/")[2]
        raise WrongUse(
            f"{place}: {found.model} is declared with {said}, and what model.py says goes before the settings",
            hint=f"in {place} write {wanted} in its place",
        )
    file, written = write_watch(workspace.root, found.model, manner.season, manner.block, manner.tolerance)
    now = workspace.clock.now()
    workspace.catalog.events.append(
        Event(
            id=new_id(now),
            kind="watch.adopted",
            at=now,
            actor=workspace.person,
            model=found.model,
            subject=found.version,
            why=f"the rehearsal of {found.version} is silent {manner}",
            data=suggested | {"tolerance": manner.tolerance},
        )
    )
    return Adopted(version=found.version, manner=manner, file=str(file), written=written)
