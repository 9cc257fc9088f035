"""What is in a source's files now: each by the hash of its content."""

from __future__ import annotations

from pathlib import Path

from blake3 import blake3

from holdtrue.project import FilesSource
from holdtrue.sources.files import source_base, source_paths
from holdtrue.sources.naming import kept_path


def stamp_files(root: Path, source: FilesSource) -> dict[str, str]:
    """Return the path that each of a source's files would be kept under, with the BLAKE3 hash of its content.

    The hash of a file is also the id of its blob in the store.

    Raises:
        DataNotFound: no file matches.
    """
    base = source_base(root, source)
    return {kept_path(root, path, base): file_hash(path) for path in source_paths(root, source)}


def file_hash(path: Path) -> str:
    """Return the BLAKE3 hash of a file's content, mapped and on all cores where it is large."""
    return blake3(max_threads=blake3.AUTO).update_mmap(path).hexdigest()
