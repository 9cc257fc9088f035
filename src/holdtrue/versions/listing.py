"""Which files of a project are its code: what git does not ignore, or without git all that no pattern leaves out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from msgspec import Struct

from holdtrue.versions.git import read_git
from holdtrue.versions.ignore import Pattern, is_ignored, parse_ignore
from holdtrue.versions.secrets import ENVIRONMENT_MARKS, NEVER_FOLDERS, is_secret_file

IGNORE_FILE = ".holdtrueignore"


class Listing(Struct, frozen=True, kw_only=True):
    """A project's code files (paths from its root, with `/`, sorted) and what git says of them."""

    files: tuple[str, ...]
    commit: str = ""
    dirty: bool = False
    root: str = "."


def list_code(root: Path) -> Listing:
    """List the files under a project's root that belong to a version of its code.

    With git: tracked and untracked files that git does not ignore. Without: every file that no `.gitignore` or
    `.holdtrueignore` leaves out. Either way less those that the root's `.holdtrueignore` names, secrets by their
    name, installed environments and caches.

    Raises:
        EnvironmentFailed: there is a repository that git cannot read.
    """
    state = read_git(root)
    found = _walk(root, root, ()) if state is None else _expand(root, state.files)
    patterns = _patterns(root, "", (IGNORE_FILE,))
    environments: dict[str, bool] = {}
    kept = (
        path
        for path in found
        if not is_secret_file(path)
        and not _left_out(path, patterns)
        and not any(_is_environment(root, above, environments) for above in _above(path))
    )
    files = tuple(sorted(set(kept)))
    if state is None:
        return Listing(files=files)
    return Listing(files=files, commit=state.commit, dirty=state.dirty, root=state.root)


def _expand(root: Path, files: Iterable[str]) -> Iterator[str]:
    # A repository within the repository is one entry to git; its own git knows what it ignores.
    for path in files:
        inner = root / path
        if inner.is_dir() and not inner.is_symlink():
            yield from (f"{path.rstrip('/')}/{below}" for below in list_code(inner).files)
        else:
            yield path


def _walk(root: Path, folder: Path, patterns: tuple[Pattern, ...]) -> Iterator[str]:
    base = "" if folder == root else folder.relative_to(root).as_posix()
    patterns += _patterns(folder, base, (".gitignore", IGNORE_FILE))
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        path = f"{base}/{entry.name}" if base else entry.name
        is_folder = entry.is_dir(follow_symlinks=False)
        if is_ignored(path, patterns, folder=is_folder):
            continue
        if not is_folder:
            yield path
        elif not _is_never(entry.name) and not _is_environment(root, path, {}):
            yield from _walk(root, Path(entry.path), patterns)


def _is_never(name: str) -> bool:
    return any(PurePosixPath(name).match(never) for never in NEVER_FOLDERS)


def _patterns(folder: Path, base: str, names: Iterable[str]) -> tuple[Pattern, ...]:
    found: tuple[Pattern, ...] = ()
    for name in names:
        file = folder / name
        if file.is_file():
            found += parse_ignore(file.read_text(encoding="utf-8", errors="replace"), base=base)
    return found


def _above(path: str) -> tuple[str, ...]:
    return tuple(above.as_posix() for above in PurePosixPath(path).parents if above.as_posix() != ".")


def _left_out(path: str, patterns: tuple[Pattern, ...]) -> bool:
    if not patterns:
        return False
    return is_ignored(path, patterns, folder=False) or any(
        is_ignored(above, patterns, folder=True) for above in _above(path)
    )


def _is_environment(root: Path, folder: str, known: dict[str, bool]) -> bool:
    if folder not in known:
        known[folder] = any((root / folder / mark).exists() for mark in ENVIRONMENT_MARKS)
    return known[folder]
