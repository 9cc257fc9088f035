"""What is in a source's files now: each by the hash of its content."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from blake3 import blake3

from holdtrue.project import FilesSource
from holdtrue.sources.files import source_paths
from holdtrue.sources.media import media_base
from holdtrue.sources.naming import kept_path


def stamp_files(root: Path, source: FilesSource, media: Sequence[Path] = ()) -> dict[str, str]:
    """Return the path that each of a source's files would be kept under, with the BLAKE3 hash of its content.

    Args:
        media: the files that the source's tables name, which a version of it keeps with them.

    The hash of a file is also the id of its blob in the store. A file that goes away meanwhile is not among them.

    Raises:
        DataNotFound: no file matches.
    """
    base = media_base(root, source, media)
    found: dict[str, str] = {}
    for path in sorted({*source_paths(root, source), *media}):
        with suppress(FileNotFoundError):
            found[kept_path(root, path, base)] = file_hash(path)
    return found


def file_hash(path: Path) -> str:
    """Return the BLAKE3 hash of a file's content, mapped and on all cores where it is large."""
    return blake3(max_threads=blake3.AUTO).update_mmap(path).hexdigest()
