"""Did the data change? Answered by looking at the files' outsides, and by hashing only those that look different."""

from __future__ import annotations

from pathlib import Path

from blake3 import blake3
from msgspec import Struct

from holdtrue.foundation import SECOND, digest_of
from holdtrue.project import FilesSource
from holdtrue.sources.files import path_in, source_name, source_paths

# A file written in the same tick of the clock as the stamp could change again and look the same, so one whose time is
# this close to the stamp's is hashed again. Two seconds is the coarsest tick in use (FAT).
_TICK = 2 * SECOND


class FileStamp(Struct, frozen=True, kw_only=True):
    """One file's outside (size in bytes, time of change in nanoseconds, inode) and the BLAKE3 hash of its inside."""

    path: str
    size: int
    changed_ns: int
    inode: int
    hash: str


class SourceStamp(Struct, frozen=True, kw_only=True):
    """A source's files as they were at a time (`taken`, microseconds UTC). Ready for JSON.

    Two stamps of equal content have equal `digest`, whenever and wherever they were taken. The hash of a file is also
    the id of its blob in the store.
    """

    name: str
    taken: int
    files: tuple[FileStamp, ...]
    format: int = 1

    @property
    def digest(self) -> str:
        """Hash of the files' paths and contents alone."""
        return digest_of([[file.path, file.hash] for file in self.files])


def stamp_files(root: Path, source: FilesSource, *, at: int, previous: SourceStamp | None = None) -> SourceStamp:
    """Stamp a source's files; those that look as they did in `previous` keep their hash and are not read.

    Args:
        root: the project's folder.
        source: the declared pattern.
        at: the present, microseconds UTC, by the clock that the file system uses.
        previous: an earlier stamp of this source, to save work.

    Raises:
        DataNotFound: no file matches.
    """
    known = {} if previous is None else {file.path: file for file in previous.files}
    settled_before = 0 if previous is None else (previous.taken - _TICK) * 1000
    files = []
    for path in source_paths(root, source):
        name = path_in(root, path)
        status = path.stat()
        before = known.get(name)
        same = (
            before is not None
            and (before.size, before.changed_ns, before.inode) == (status.st_size, status.st_mtime_ns, status.st_ino)
            and status.st_mtime_ns < settled_before
            and status.st_ctime_ns < settled_before
        )
        files.append(
            FileStamp(
                path=name,
                size=status.st_size,
                changed_ns=status.st_mtime_ns,
                inode=status.st_ino,
                hash=before.hash if same and before is not None else file_hash(path),
            )
        )
    return SourceStamp(name=source_name(source), taken=at, files=tuple(files))


def file_hash(path: Path) -> str:
    """Return the BLAKE3 hash of a file's content, mapped and on all cores where it is large."""
    return blake3(max_threads=blake3.AUTO).update_mmap(path).hexdigest()
