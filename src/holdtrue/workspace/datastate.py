"""Data versions of a project: which there are, how two differ, and whether the declared files have changed since."""

from __future__ import annotations

from msgspec import Struct

from holdtrue.catalog import DataRecord
from holdtrue.foundation import DataNotFound, StoreDamaged, UnknownReference
from holdtrue.project import FilesSource, Model
from holdtrue.registry import PRODUCTION, resolve, resolve_data
from holdtrue.sources import media_of_source, source_name, stamp_files
from holdtrue.versions import DataChange, DataManifest, ModelManifest, RunManifest, diff_data, get_manifest
from holdtrue.workspace.archive import Archive
from holdtrue.workspace.opening import Workspace


class DataStatus(Struct, frozen=True, kw_only=True):
    """One declared source of a model, now.

    Attributes:
        source: its name. model: whose.
        captured: the data version that the files are now, such as `sales@2`, else the newest; empty if there is none.
        trained_on: the data version that production was trained on; empty if nothing is in production.
        added, changed, removed: paths of files that differ from `captured`.
        state: `unchanged`, `changed`, `missing` (no file is there) or `never captured`.
    """

    source: str
    model: str
    captured: str
    trained_on: str
    state: str
    added: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def data_record(archive: Archive, ref: str) -> DataRecord:
    """Return the data version that `NAME`, `NAME@latest` or `NAME@3` names.

    Raises:
        UnknownReference: there is none.
    """
    return resolve_data(archive.catalog, ref if "@" in ref else f"{ref}@latest")


def data_difference(archive: Archive, before: str, after: str) -> DataChange:
    """Return what differs between two data versions: files, rows and columns.

    Raises:
        UnknownReference: there is no such data version.
    """
    return diff_data(archive.store, data_record(archive, before).id, data_record(archive, after).id)


def data_status(workspace: Workspace) -> tuple[DataStatus, ...]:
    """Compare every declared file of every model with the newest data version of its source."""
    found = []
    for model in workspace.captured().models.values():
        trained_on = _trained_on(workspace, model.name)
        for source in (*model.sources, *model.tables.values()):
            if isinstance(source, FilesSource):
                found.append(_source(workspace, model, source, trained_on))
    return tuple(found)


def _source(workspace: Workspace, declaring: Model, source: FilesSource, trained_on: dict[str, str]) -> DataStatus:
    name, model = source_name(source), declaring.name
    trained = _named(workspace, trained_on.get(name, ""))
    try:
        newest = resolve_data(workspace.catalog, f"{name}@latest")
    except UnknownReference:
        return DataStatus(source=name, model=model, captured="", trained_on=trained, state="never captured")
    captured = f"{newest.name}@{newest.number}"
    kept = _kept(workspace, newest)
    try:
        now = stamp_files(workspace.root, source, media_of_source(workspace.root, source, declaring.spec))
    except DataNotFound:
        return DataStatus(
            source=name,
            model=model,
            captured=captured,
            trained_on=trained,
            state="missing",
            removed=tuple(sorted(kept)),
        )
    same = _same_as(workspace, name, now)
    if same is not None:
        captured, kept = f"{same.name}@{same.number}", now
    return DataStatus(
        source=name,
        model=model,
        captured=captured,
        trained_on=trained,
        state="unchanged" if now == kept else "changed",
        added=tuple(path for path in now if path not in kept),
        changed=tuple(path for path, content in now.items() if path in kept and kept[path] != content),
        removed=tuple(path for path in kept if path not in now),
    )


def _same_as(workspace: Workspace, name: str, now: dict[str, str]) -> DataRecord | None:
    """Return the newest version that the files are now: data that was put back as it was is an older version again."""
    for each in reversed(workspace.catalog.data.list(name)):
        try:
            if _kept(workspace, each) == now:
                return each
        except StoreDamaged:
            continue  # of a version that cannot be read nothing can be said; `holdtrue store check` names it
    return None


def _kept(workspace: Workspace, data: DataRecord) -> dict[str, str]:
    """Return path and content of a data version's files."""
    return {entry.path: entry.blob.id for entry in get_manifest(workspace.store, data.id, DataManifest).files}


def _trained_on(workspace: Workspace, model: str) -> dict[str, str]:
    try:
        version = resolve(workspace.catalog, f"{model}:{PRODUCTION}")
    except UnknownReference:
        return {}
    manifest = get_manifest(workspace.store, version.id, ModelManifest)
    return dict(get_manifest(workspace.store, manifest.run, RunManifest).data)


def _named(workspace: Workspace, data_id: str) -> str:
    for each in workspace.catalog.data.list():
        if each.id == data_id:
            return f"{each.name}@{each.number}"
    return ""
