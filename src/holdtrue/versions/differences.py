"""What differs between two model versions: code, data, environment, parameters, metrics and definitions."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct, to_builtins

from holdtrue.foundation import canonical
from holdtrue.store import Blob, Store
from holdtrue.versions.manifests import (
    CodeManifest,
    DataManifest,
    EnvironmentManifest,
    FileEntry,
    ModelManifest,
    RunManifest,
    get_manifest,
)

_LONGEST = 200_000  # bytes of a file that is still compared line by line


class Change(Struct, frozen=True, kw_only=True):
    """One named thing that differs; None where one side does not have it."""

    name: str
    before: Any
    after: Any


class FileChange(Struct, frozen=True, kw_only=True):
    """One file that was `added`, `removed` or `changed`; `lines` is a unified diff where both sides are text."""

    path: str
    kind: str
    lines: tuple[str, ...] = ()


class DataChange(Struct, frozen=True, kw_only=True):
    """One source whose data differs. Ids and row counts are None on a side that does not have it."""

    name: str
    before: str | None
    after: str | None
    rows_before: int | None
    rows_after: int | None
    files: tuple[FileChange, ...]
    columns: tuple[Change, ...]


class Difference(Struct, frozen=True, kw_only=True):
    """All that differs between model version `before` and model version `after`; empty tuples where nothing does.

    Attributes:
        definitions: contract, encoder, roles, flavor, explainer and task, by name, where they differ.
        commits: the two commits, with `+` where the folder had uncommitted changes.
    """

    before: str
    after: str
    code: tuple[FileChange, ...]
    data: tuple[DataChange, ...]
    environment: tuple[Change, ...]
    parameters: tuple[Change, ...]
    metrics: tuple[Change, ...]
    definitions: tuple[Change, ...]
    commits: tuple[str, str]

    @property
    def same(self) -> bool:
        """Nothing differs but ids and commits."""
        parts = (self.code, self.data, self.environment, self.parameters, self.metrics, self.definitions)
        return not any(parts)


def diff(store: Store, before: str, after: str) -> Difference:
    """Compare two model versions by their ids.

    Raises:
        UnknownReference: one of them is no model version of this store.
        StoreDamaged: a manifest or a code file is gone or wrong.
    """
    old, new = (get_manifest(store, version, ModelManifest) for version in (before, after))
    old_run, new_run = (get_manifest(store, model.run, RunManifest) for model in (old, new))
    old_code, new_code = (get_manifest(store, run.code, CodeManifest) for run in (old_run, new_run))
    return Difference(
        before=before,
        after=after,
        code=_file_changes(store, old_code.files, new_code.files, lines=True),
        data=_data_changes(store, old_run.data, new_run.data),
        environment=_environment_changes(store, old_run.environment, new_run.environment),
        parameters=changes(_settings(old_run), _settings(new_run)),
        metrics=changes(old.metrics, new.metrics),
        definitions=_definition_changes(old, new),
        commits=(_commit(old_code), _commit(new_code)),
    )


def diff_data(store: Store, before: str, after: str) -> DataChange:
    """Compare two data versions by their ids; the name is that of the later one.

    Raises:
        UnknownReference: one of them is no data version of this store.
        StoreDamaged: a manifest is gone or wrong.
    """
    return _data_change(store, get_manifest(store, after, DataManifest).name, before, after)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Change, ...]:
    """Return the names whose values differ, sorted.

    Example:
        >>> [(c.name, c.before, c.after) for c in changes({"trees": 200}, {"trees": 400})]
        [('trees', 200, 400)]
    """
    return tuple(
        Change(name=name, before=before.get(name), after=after.get(name))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    )


def _settings(run: RunManifest) -> dict[str, Any]:
    return {**run.parameters, "seed": run.seed, "slice": run.slice}


def _commit(code: CodeManifest) -> str:
    return f"{code.commit}+" if code.commit and code.dirty else code.commit


def _definition_changes(old: ModelManifest, new: ModelManifest) -> tuple[Change, ...]:
    names = ("contract", "encoder", "roles", "target", "time", "flavor", "explainer", "task")
    return tuple(
        Change(name=name, before=to_builtins(getattr(old, name)), after=to_builtins(getattr(new, name)))
        for name in names
        if canonical(getattr(old, name)) != canonical(getattr(new, name))
    )


def _environment_changes(store: Store, before: str, after: str) -> tuple[Change, ...]:
    old, new = (get_manifest(store, each, EnvironmentManifest) for each in (before, after))
    machines = changes(_machine(old), _machine(new))
    return machines + changes(old.distributions, new.distributions)


def _machine(environment: EnvironmentManifest) -> dict[str, Any]:
    values = {f"${name}": value for name, value in environment.values.items()}
    return {"python": environment.python, "platform": environment.platform, **values}


def _data_changes(store: Store, before: Mapping[str, str], after: Mapping[str, str]) -> tuple[DataChange, ...]:
    return tuple(
        _data_change(store, name, before.get(name), after.get(name))
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    )


def _data_change(store: Store, name: str, old_id: str | None, new_id: str | None) -> DataChange:
    old = None if old_id is None else get_manifest(store, old_id, DataManifest)
    new = None if new_id is None else get_manifest(store, new_id, DataManifest)
    return DataChange(
        name=name,
        before=old_id,
        after=new_id,
        rows_before=None if old is None else old.rows,
        rows_after=None if new is None else new.rows,
        files=_file_changes(store, () if old is None else old.files, () if new is None else new.files),
        columns=changes({} if old is None else old.columns, {} if new is None else new.columns),
    )


def _file_changes(
    store: Store, before: Iterable[FileEntry], after: Iterable[FileEntry], *, lines: bool = False
) -> tuple[FileChange, ...]:
    old, new = ({entry.path: entry for entry in files} for files in (before, after))
    found = []
    for path in sorted({*old, *new}):
        left, right = old.get(path), new.get(path)
        if left == right:
            continue
        kind = "added" if left is None else "removed" if right is None else "changed"
        text = _line_diff(store, path, left, right) if lines else ()
        found.append(FileChange(path=path, kind=kind, lines=text))
    return tuple(found)


def _line_diff(store: Store, path: str, before: FileEntry | None, after: FileEntry | None) -> tuple[str, ...]:
    left, right = _text(store, before), _text(store, after)
    if left is None or right is None:
        return ()
    return tuple(difflib.unified_diff(left, right, f"a/{path}", f"b/{path}", lineterm=""))


def _text(store: Store, entry: FileEntry | None) -> list[str] | None:
    if entry is None or entry.link:
        return []
    if entry.blob.size > _LONGEST:
        return None
    try:
        return _content(store, entry.blob).decode("utf-8").splitlines()
    except UnicodeDecodeError:
        return None


def _content(store: Store, blob: Blob) -> bytes:
    return b"".join(store.read_blob(blob))
