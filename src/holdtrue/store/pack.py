"""Packs: many pieces of content in one immutable file, named by the hash of all its bytes."""

from __future__ import annotations

import os
from pathlib import Path

from blake3 import blake3

from holdtrue.store.disk import writing
from holdtrue.store.frames import PACK_MAGIC, Entry, compress, header_of
from holdtrue.store.index import PackIndex, index_of

PACK_SIZE = 64 * 1024 * 1024
"""A pack that has reached this size is closed and another begun."""
_BUFFER = 1024 * 1024


class PackWriter:
    """A pack that is being written, and can be read meanwhile. One thread at a time.

    What could not be written for want of room stays in memory, so the same call may be repeated.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = -1
        self._entries: list[Entry] = []
        self._buffer = bytearray(PACK_MAGIC)
        self._written = 0
        self._hash = blake3()

    @property
    def size(self) -> int:
        """Bytes of the pack so far."""
        return self._written + len(self._buffer)

    def append(self, identity: bytes, kind: str, content: bytes | memoryview) -> Entry:
        """Take a piece of content; it may stay in memory until `flush`."""
        codec, stored = compress(content)
        bare = Entry(identity, 0, len(stored), len(content), codec, kind)
        header = header_of(bare)
        entry = Entry(identity, self.size + len(header), len(stored), len(content), codec, kind)
        self._buffer += header
        self._buffer += stored
        self._entries.append(entry)
        return entry

    def flush(self, least: int = 0) -> None:
        """Write what is in memory if there are `least` bytes of it.

        Raises:
            NoSpace: the disk is full; nothing is lost, and the call may be repeated.
        """
        if len(self._buffer) < least:
            return
        with writing(self.path):
            if self._file < 0:
                self._file = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o444)
            with memoryview(self._buffer) as content:
                done = 0
                try:
                    while done < len(content):
                        done += os.pwrite(self._file, content[done:], self._written + done)
                finally:
                    self._hash.update(content[:done])
                    self._written += done
                    content.release()
                    del self._buffer[:done]

    def flush_if_large(self) -> None:
        """Write what is in memory once there is a megabyte of it."""
        self.flush(_BUFFER)

    def read(self, entry: Entry) -> bytes:
        """Return the stored bytes of an entry, from the file or from memory."""
        start, end = entry.offset, entry.offset + entry.stored
        from_file = b""
        if start < self._written:
            from_file = os.pread(self._file, min(end, self._written) - start, start)
        return from_file + bytes(self._buffer[max(start - self._written, 0) : max(end - self._written, 0)])

    def seal(self) -> tuple[str, PackIndex]:
        """Write and make durable all of it; return the pack's name and index.

        Raises:
            NoSpace: the disk is full.
        """
        self.flush()
        with writing(self.path):
            os.fsync(self._file)
        return self._hash.hexdigest(), index_of(self._entries, self._written)

    def close(self) -> None:
        """Close the file; what is not sealed is lost."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1


class PackReader:
    """An open pack. Safe for many threads; it closes itself when the last of them lets go of it."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def read(self, entry: Entry) -> bytes:
        """Return the stored bytes of an entry; fewer of them if the pack was cut short."""
        return os.pread(self._file, entry.stored, entry.offset)

    def __del__(self) -> None:
        if getattr(self, "_file", -1) >= 0:
            os.close(self._file)


def hash_pack(path: Path) -> str:
    """Return the hash of a pack's bytes: its name, if it is what was written."""
    hasher = blake3()
    with path.open("rb", buffering=0) as file:
        while piece := file.read(8 * _BUFFER):
            hasher.update(piece)
    return hasher.hexdigest()
