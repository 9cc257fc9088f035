"""Which files of a project are its code: what git does not ignore, or without git all that no pattern leaves out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from msgspec import Struct

from holdtrue.foundation import is_never_folder, is_secret_file
from holdtrue.versions.git import read_git
from holdtrue.versions.ignore import Pattern, is_ignored, parse_ignore
from holdtrue.versions.secrets import FOREIGN_MARKS

IGNORE_FILE = ".holdtrueignore"
# What no one means to be code, where neither git nor an ignore file says what is.
_LITTER = parse_ignore("*.log\n*.pid\n*.swp\n*~\n.DS_Store\n")


class Listing(Struct, frozen=True, kw_only=True):
    """A project's code files, and what git says of them.

    Attributes:
        files: paths from the project's root, with `/`, sorted.
        commit: the commit checked out; empty before the first, and without git.
        tracked: those of the files that git has.
        changed: paths that git has, and that differ from the commit or are gone.
        root: the project's path within the repository.
        in_git: whether there is a repository.
    """

    files: tuple[str, ...]
    commit: str = ""
    tracked: frozenset[str] = frozenset()
    changed: frozenset[str] = frozenset()
    root: str = "."
    in_git: bool = False


def list_code(root: Path, *, leave_out: Iterable[Path] = ()) -> Listing:
    """List the files under a project's root that belong to a version of its code.

    With git: tracked and untracked files that git does not ignore. Without: every file that no `.gitignore` or
    `.holdtrueignore` leaves out, and without a `.holdtrueignore` no logs. Either way less those that the root's
    `.holdtrueignore` names, secrets by their name, installed environments, caches and versions that were checked out.

    Args:
        root: the project's folder.
        leave_out: files and folders that are no code whatever else is said: where holdtrue keeps its own.

    Raises:
        EnvironmentFailed: there is a repository that git cannot read.
    """
    state = read_git(root)
    own = _below(root, leave_out)
    litter = () if state is not None or (root / IGNORE_FILE).is_file() else _LITTER
    found = _walk(root, root, litter, own) if state is None else _expand(root, state.files)
    patterns = _patterns(root, "", (IGNORE_FILE,))
    foreign: dict[str, bool] = {}
    kept = (
        path
        for path in found
        if not is_secret_file(path)
        and path not in own
        and own.isdisjoint(_above(path))
        and not _left_out(path, patterns)
        and not any(_is_foreign(root, above, foreign) for above in _above(path))
    )
    files = tuple(sorted(set(kept)))
    if state is None:
        return Listing(files=files)
    # A submodule's files are the repository's through the one entry that it is there.
    tracked = frozenset(path for path in files if not state.tracked.isdisjoint((path, *_above(path))))
    changed = frozenset(path for path in state.changed if path not in own and own.isdisjoint(_above(path)))
    return Listing(files=files, commit=state.commit, tracked=tracked, changed=changed, root=state.root, in_git=True)


def list_data(folder: Path, *, leave_out: Iterable[Path] = ()) -> list[Path]:
    """List the files in a folder that someone keeps as data, sorted.

    Secrets by their name, caches, environments, versions that were checked out and `leave_out` are not among them.
    """
    own = _below(folder, leave_out)
    found: list[Path] = []
    for place, folders, files in os.walk(folder):
        base = Path(place).relative_to(folder)
        folders[:] = [
            name
            for name in folders
            if not is_never_folder(name)
            and (base / name).as_posix() not in own
            and not _is_foreign(folder, (base / name).as_posix(), {})
        ]
        for name in files:
            path = (base / name).as_posix()
            if path not in own and not is_secret_file(path) and (folder / path).is_file():
                found.append(folder / path)
    return sorted(found)


def _below(root: Path, places: Iterable[Path]) -> frozenset[str]:
    """Return the paths from a root of those places that lie below it, however either is reached."""
    real = root.resolve()
    resolved = (place.resolve() for place in places)
    return frozenset(place.relative_to(real).as_posix() for place in resolved if real in place.parents)


def _expand(root: Path, files: Iterable[str]) -> Iterator[str]:
    # A repository within the repository is one entry to git; its own git knows what it ignores.
    for path in files:
        inner = root / path
        if inner.is_dir() and not inner.is_symlink():
            yield from (f"{path.rstrip('/')}/{below}" for below in list_code(inner).files)
        else:
            yield path


def _walk(root: Path, folder: Path, patterns: tuple[Pattern, ...], own: frozenset[str]) -> Iterator[str]:
    base = "" if folder == root else folder.relative_to(root).as_posix()
    patterns += _patterns(folder, base, (".gitignore", IGNORE_FILE))
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        path = f"{base}/{entry.name}" if base else entry.name
        is_folder = entry.is_dir(follow_symlinks=False)
        if is_ignored(path, patterns, folder=is_folder):
            continue
        if not is_folder:
            yield path
        elif path not in own and not is_never_folder(entry.name) and not _is_foreign(root, path, {}):
            yield from _walk(root, Path(entry.path), patterns, own)


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


def _is_foreign(root: Path, folder: str, known: dict[str, bool]) -> bool:
    if folder not in known:
        known[folder] = any((root / folder / mark).exists() for mark in FOREIGN_MARKS)
    return known[folder]
