"""Pictures, sounds and films that lie among a project's files and that its code does not name: no part of the code."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from holdtrue.foundation import ProjectBroken
from holdtrue.media import kind_of_name
from holdtrue.versions.fingerprint import read_files_of


def media_beside(root: Path, files: Collection[str], tracked: Collection[str]) -> frozenset[str]:
    """Return those of a project's files that are media and no code.

    The photos that a table names may lie in the folder, and the icon that the code reads. What git tracks is code,
    whatever it is; so is what the code that runs names, and all where it may read what its text does not name.

    Args:
        files: paths from the project's root, with `/`. tracked: those of them that git has.
    """
    media = frozenset(path for path in files if kind_of_name(path) and path not in tracked)
    if not media:
        return media
    try:
        return media - read_files_of(root)
    except ProjectBroken:
        return frozenset()  # importing it will say what is wrong
