"""Versions of code: captured from a working folder, written back to a cache, verified each time they are used."""

from __future__ import annotations

import os
import secrets as chance
import shutil
import stat
from collections.abc import Iterable
from pathlib import Path, PurePosixPath

from msgspec import Struct

from holdtrue.foundation import SILENT, DataNotFound, Progress, StoreDamaged, WrongUse, digest, is_never_folder
from holdtrue.project import FilesSource, Source, Sources
from holdtrue.sources import source_paths
from holdtrue.store import Blob, Store
from holdtrue.versions.beside import media_beside
from holdtrue.versions.listing import IGNORE_FILE, Listing, list_code
from holdtrue.versions.manifests import CodeManifest, FileEntry, get_manifest, put_captured
from holdtrue.versions.secrets import EXCUSED, find_secret

LARGEST = 50 * 1024 * 1024

_NO_CONTENT = Blob(id=digest(b""), size=0, chunks=())


class _Found(Struct, frozen=True):
    entry: FileEntry | None = None
    fault: str = ""


def capture_code(
    root: Path,
    store: Store,
    *,
    at: int,
    sources: Sources | Iterable[Source] = (),
    leave_out: Iterable[Path] = (),
    progress: Progress = SILENT,
) -> str:
    """Put a project's code in the store as it is in the working folder now, and return the code version's id.

    The id depends on content, commit and dirty flag alone: capturing twice gives the same id. The caller commits the
    store before writing the id anywhere.

    Args:
        root: the project's folder.
        store: where it goes.
        at: microseconds UTC.
        sources: the declared sources, whose files are data and no part of the code.
        leave_out: where holdtrue keeps its own, in the project or not.
        progress: hears of each file.

    Raises:
        WrongUse: a file is over 50 MB, looks like a secret, is a link that leads out of the project, or there is no
            file at all. The message names each file, never what it holds.
        EnvironmentFailed: there is a git repository that git cannot read.
    """
    own = frozenset(_real(place) for place in leave_out)
    listing = list_code(root, leave_out=own)
    data = _declared(root, sources)
    files = [path for path in listing.files if _real(root / path) not in data | own]
    beside = media_beside(root, files, listing.tracked)
    files = [path for path in files if path not in beside]
    progress.start("capture code", len(files))
    entries, faults = [], []
    for path in files:
        found = _capture_file(root, path, store, data)
        if found.fault:
            faults.append(found.fault)
        elif found.entry is not None:
            entries.append(found.entry)
        progress.advance()
    if faults:
        shown = "; ".join(faults[:5]) + (f"; and {len(faults) - 5} more" if len(faults) > 5 else "")
        raise WrongUse(f"code cannot be captured: {shown}", hint=_way_out())
    if not entries:
        raise WrongUse(f"no code to capture in {root}", hint=f"is everything ignored, by git or by {IGNORE_FILE}?")
    progress.finish(f"{len(entries):,} files")
    dirty = _differs(root, listing, entries, data | own)
    manifest = CodeManifest(files=tuple(entries), commit=listing.commit, dirty=dirty, root=listing.root)
    return put_captured(store, manifest, at=at)


def _differs(root: Path, listing: Listing, entries: Iterable[FileEntry], others: frozenset[Path]) -> bool:
    """Say whether the code differs from the commit: data and what holdtrue keeps are none of it."""
    if not listing.in_git:
        return False
    new = any(entry.path not in listing.tracked for entry in entries)
    return not listing.commit or new or any(_real(root / path) not in others for path in listing.changed)


def _real(path: Path) -> Path:
    # Unlike Path.resolve it has an answer for a link that leads to itself: the link.
    return Path(os.path.realpath(path))


def _way_out() -> str:
    return (
        f"name what is not code in .gitignore or {IGNORE_FILE}; keep secrets in environment variables;"
        f" a line that only looks like one is excused by a comment: {EXCUSED.decode()}"
    )


def _declared(root: Path, sources: Sources | Iterable[Source]) -> frozenset[Path]:
    found: set[Path] = set()
    for source in sources.parts if isinstance(sources, Sources) else sources:
        if isinstance(source, FilesSource):
            try:
                found.update(_real(path) for path in source_paths(root, source))
            except DataNotFound:
                continue
    return frozenset(found)


def _capture_file(root: Path, path: str, store: Store, data: frozenset[Path]) -> _Found:
    full = root / path
    try:
        path.encode("utf-8")
    except UnicodeEncodeError:
        return _Found(fault=f"{path!r} has a name that is not UTF-8")
    if full.is_symlink():
        found = _capture_link(root, path, data)
        if found is not None:
            return found
    try:
        status = full.stat()
        if not stat.S_ISREG(status.st_mode):
            return _Found()
        if status.st_size > LARGEST:
            return _Found(fault=f"{path} has {status.st_size / 1024**2:,.0f} MB (at most 50)")
        content = full.read_bytes()
    except FileNotFoundError:
        return _Found()  # tracked by git and deleted from the folder
    except PermissionError:
        return _Found(fault=f"{path} may not be read")
    secret = find_secret(content, full.name)
    if secret is not None:
        return _Found(fault=f"{path}:{secret[0]} looks like it holds {secret[1]}")
    entry = FileEntry(path=path, blob=store.put_blob(content), executable=bool(status.st_mode & 0o100))
    return _Found(entry)


def _capture_link(root: Path, path: str, data: frozenset[Path]) -> _Found | None:
    # A link to a file is kept as that file's content. A link to a folder is kept as a link if it stays inside.
    full = root / path
    target = _real(full)
    if target.is_symlink():
        return _Found(fault=f"{path} is a link that leads to itself")
    if is_never_folder(full.name):
        return _Found()  # .holdtrue, .venv and their like, kept elsewhere
    if not target.is_dir():
        return None
    if target.is_relative_to(root.resolve()):
        written = os.path.relpath(target, full.parent.resolve())
        return _Found(FileEntry(path=path, blob=_NO_CONTENT, link=PurePosixPath(written).as_posix()))
    if any(file.is_relative_to(target) for file in data):
        return _Found()
    return _Found(fault=f"{path} is a link to a folder outside the project")


def materialise_code(store: Store, code_id: str, folder: Path) -> Path:
    """Return a folder that holds a code version's files and nothing else, made under `folder` if not there yet.

    A folder made before is compared with the version, byte for byte, and made anew if anything in it was changed.
    Several processes may call this at once.

    Raises:
        UnknownReference: no such code version.
        StoreDamaged: its bytes are gone or wrong.
    """
    manifest = get_manifest(store, code_id, CodeManifest)
    target = folder / code_id
    if target.is_dir() and _is_intact(target, manifest):
        return target
    folder.mkdir(parents=True, exist_ok=True)
    scratch = folder / f".{code_id[:16]}.{os.getpid()}.{chance.token_hex(4)}"
    try:
        write_files(store, manifest.files, scratch, read_only=True)
        _swap(scratch, target, manifest)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return target


def _swap(made: Path, target: Path, manifest: CodeManifest) -> None:
    for _ in range(10):
        try:
            made.rename(target)
        except OSError:
            if _is_intact(target, manifest):
                return  # another process was sooner
            spoilt = made.with_name(made.name + ".spoilt")
            try:
                target.rename(spoilt)
            except FileNotFoundError:
                continue
            shutil.rmtree(spoilt, ignore_errors=True)
        else:
            return
    raise StoreDamaged(f"{target} cannot be put in place", hint="remove that folder and try again")


def _is_intact(target: Path, manifest: CodeManifest) -> bool:
    wanted = {entry.path: entry for entry in manifest.files}
    seen = 0
    for folder, folders, names in os.walk(target):
        folders[:] = [name for name in folders if name != "__pycache__"]
        for name in [*names, *(name for name in folders if (Path(folder) / name).is_symlink())]:
            full = Path(folder) / name
            entry = wanted.get(full.relative_to(target).as_posix())
            if entry is None or not _is_same(full, entry):
                return False
            seen += 1
    return seen == len(wanted)


def _is_same(file: Path, entry: FileEntry) -> bool:
    try:
        if entry.link:
            return file.is_symlink() and str(file.readlink()) == entry.link
        return not file.is_symlink() and digest(file.read_bytes()) == entry.blob.id
    except OSError:
        return False


def write_files(
    store: Store, files: Iterable[FileEntry], folder: Path, *, read_only: bool = False, progress: Progress = SILENT
) -> tuple[Path, ...]:
    """Write captured files under a folder, each verified as it is read, and return their paths.

    Raises:
        StoreDamaged: a file's bytes are gone or wrong, or its path would lie outside the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for entry in files:
        full = folder / safe_path(entry.path)
        full.parent.mkdir(parents=True, exist_ok=True)
        if entry.link:
            safe_path(os.path.normpath((PurePosixPath(entry.path).parent / entry.link).as_posix()))
            full.symlink_to(entry.link)
        else:
            with full.open("wb") as out:
                for piece in store.read_blob(entry.blob):
                    out.write(piece)
            full.chmod((0o444 if read_only else 0o644) | (0o111 if entry.executable else 0))
        written.append(full)
        progress.advance()
    return tuple(written)


def safe_path(path: str) -> str:
    """Return a manifest's path if it stays inside whatever folder it is joined to.

    Raises:
        StoreDamaged: it is absolute or climbs out; no capture writes such a path.

    Example:
        >>> safe_path("features/ages.py")
        'features/ages.py'
    """
    parts = PurePosixPath(path).parts
    if not parts or path.startswith("/") or ".." in parts or "\0" in path:
        raise StoreDamaged(f"a manifest names the path {path!r}, which leads out of its folder")
    return path
