"""A version back on disk: its code, its data and its model's own files, in a folder of their own."""

from __future__ import annotations

import errno
import os
import secrets as chance
import shutil
from pathlib import Path, PurePosixPath

import msgspec
from msgspec import Struct

from holdtrue.foundation import SILENT, VERSION_FOLDER, NoSpace, Progress, WrongUse
from holdtrue.store import Store
from holdtrue.versions.code import safe_path, write_files
from holdtrue.versions.manifests import (
    CodeManifest,
    DataManifest,
    EnvironmentManifest,
    FileEntry,
    Manifest,
    ModelManifest,
    RunManifest,
    get_manifest,
    kind_of,
)


class Checkout(Struct, frozen=True, kw_only=True):
    """What was written: all files, by what they are. Paths start with the target folder."""

    to: Path
    code: tuple[Path, ...] = ()
    data: tuple[Path, ...] = ()
    model: tuple[Path, ...] = ()


def checkout(store: Store, version_id: str, to: Path, *, progress: Progress = SILENT) -> Checkout:
    """Write a version's files into a new or empty folder: all of them, or none.

    Code and data files get the paths they were captured under, so the folder is a project again. What has no path in
    a project lies in `holdtrue-version/`: the model's own files (`model/`), tables that holdtrue wrote (`tables/`),
    `manifest.json`, and `requirements.txt` with the environment's exact versions. Such a folder within a project is no
    part of its code.

    Args:
        store: where the version is.
        version_id: id of a model, run, code or data manifest.
        to: the folder to write; its parents are made.
        progress: hears of each file.

    Raises:
        WrongUse: the target exists and is not an empty folder.
        UnknownReference: no such version.
        StoreDamaged: its bytes are gone or wrong.
        NoSpace: the disk is full; nothing is left behind.
    """
    _refuse_full(to)
    plan = _plan(store, version_id)
    to.parent.mkdir(parents=True, exist_ok=True)
    scratch = to.parent / f".{to.name}.{os.getpid()}.{chance.token_hex(4)}"
    progress.start("checkout", sum(len(files) for files in plan.groups.values()))
    try:
        written = {group: write_files(store, files, scratch, progress=progress) for group, files in plan.groups.items()}
        for path, text in plan.texts.items():
            file = scratch / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(text)
        _refuse_full(to)
        scratch.rename(to)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise NoSpace(f"no room for {to}", hint="make room and try again") from error
        if error.errno in (errno.ENOTEMPTY, errno.EEXIST):
            raise _not_empty(to) from error
        raise
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    progress.finish(f"in {to}")
    moved = {group: tuple(to / file.relative_to(scratch) for file in files) for group, files in written.items()}
    return Checkout(to=to, **moved)


class _Plan(Struct, frozen=True):
    groups: dict[str, tuple[FileEntry, ...]]
    texts: dict[str, bytes]


def _plan(store: Store, version_id: str) -> _Plan:
    kind = kind_of(store, version_id)
    # The manifest beside the files also tells a capture that a folder in the project is a version, and not its code.
    if kind == "code":
        code = get_manifest(store, version_id, CodeManifest)
        return _Plan({"code": code.files}, _readable(code))
    if kind == "data":
        data = get_manifest(store, version_id, DataManifest)
        return _Plan({"data": data.files}, _readable(data))
    if kind == "run":
        run = get_manifest(store, version_id, RunManifest)
        plan = _run_plan(store, run)
        return _Plan(plan.groups, plan.texts | _readable(run))
    if kind != "model":
        raise WrongUse(
            f"{version_id[:12]} is a manifest of {kind}, which has no files", hint="name a model or data version"
        )
    model = get_manifest(store, version_id, ModelManifest)
    plan = _run_plan(store, get_manifest(store, model.run, RunManifest))
    files = tuple(
        FileEntry(path=f"{VERSION_FOLDER}/model/{safe_path(name)}", blob=blob)
        for name, blob in sorted(model.files.items())
    )
    return _Plan(plan.groups | {"model": files}, plan.texts | _readable(model))


def _readable(manifest: Manifest) -> dict[str, bytes]:
    text = msgspec.json.format(msgspec.json.encode(manifest, order="deterministic"), indent=2)
    return {f"{VERSION_FOLDER}/manifest.json": text + b"\n"}


def _run_plan(store: Store, run: RunManifest) -> _Plan:
    code = get_manifest(store, run.code, CodeManifest).files
    taken = {entry.path for entry in code}
    data: list[FileEntry] = []
    for _, data_id in sorted(run.data.items()):
        manifest = get_manifest(store, data_id, DataManifest)
        for entry in manifest.files:
            inside = entry.path not in taken and not manifest.table
            place = entry.path if inside else f"{VERSION_FOLDER}/tables/{_unused(entry.path, taken)}"
            taken.add(place)
            data.append(FileEntry(path=place, blob=entry.blob, executable=entry.executable))
    environment = get_manifest(store, run.environment, EnvironmentManifest)
    pins = "".join(f"{name}=={version}\n" for name, version in sorted(environment.distributions.items()))
    requirements = f"# {environment.python} on {environment.platform}\n{pins}"
    return _Plan({"code": code, "data": tuple(data)}, {f"{VERSION_FOLDER}/requirements.txt": requirements.encode()})


def _unused(path: str, taken: set[str]) -> str:
    name = PurePosixPath(path)
    number, chosen = 1, path
    while f"{VERSION_FOLDER}/tables/{chosen}" in taken:
        number += 1
        chosen = str(name.with_name(f"{name.stem}-{number}{name.suffix}"))
    return chosen


def _refuse_full(to: Path) -> None:
    if to.is_symlink() or (to.exists() and not to.is_dir()) or (to.is_dir() and any(to.iterdir())):
        raise _not_empty(to)


def _not_empty(to: Path) -> WrongUse:
    return WrongUse(f"{to} exists and is not an empty folder", hint="name a new folder; nothing was written")
