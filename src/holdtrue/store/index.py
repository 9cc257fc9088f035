"""What is where in one pack: a small file beside it, made again from the pack if it is lost or torn."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec
from blake3 import blake3
from msgspec import Struct

from holdtrue.store.frames import HEADER_SIZE, PACK_MAGIC, Entry, parse_header

INDEX_MAGIC = b"holdtrue index1\n"
_ROW = struct.Struct("<32sQIIBB")
_LONGEST_KIND = 40


class PackIndex(Struct, frozen=True, kw_only=True):
    """The entries of one pack, packed: 50 bytes each, decoded one at a time when they are asked for.

    Attributes:
        pack_size: bytes of the pack; one that is shorter was truncated.
        kinds: the kinds that occur; an entry names its kind by the place in this tuple.
        rows: the entries.
        content_bytes: sum of the sizes of their content.
    """

    pack_size: int
    kinds: tuple[str, ...]
    rows: bytes
    content_bytes: int

    def __len__(self) -> int:
        return len(self.rows) // _ROW.size

    def entry(self, place: int) -> Entry:
        """Return the entry at a place from 0."""
        identity, offset, stored, size, codec, kind = _ROW.unpack_from(self.rows, place * _ROW.size)
        return Entry(identity, offset, stored, size, codec, self.kinds[kind])

    def entries(self) -> Iterator[Entry]:
        """Give every entry in the order of the pack."""
        for identity, offset, stored, size, codec, kind in _ROW.iter_unpack(self.rows):
            yield Entry(identity, offset, stored, size, codec, self.kinds[kind])

    def identities(self) -> Iterator[tuple[bytes, str]]:
        """Give id and kind of every entry: the quick way to load an index."""
        kinds = self.kinds
        for row in _ROW.iter_unpack(self.rows):
            yield row[0], kinds[row[5]]


def index_of(entries: list[Entry], pack_size: int) -> PackIndex:
    """Make the index of a pack from its entries."""
    kinds = tuple(dict.fromkeys(entry.kind for entry in entries))
    number = {kind: place for place, kind in enumerate(kinds)}
    rows = b"".join(_ROW.pack(e.id, e.offset, e.stored, e.size, e.codec, number[e.kind]) for e in entries)
    return PackIndex(pack_size=pack_size, kinds=kinds, rows=rows, content_bytes=sum(entry.size for entry in entries))


def index_to_bytes(index: PackIndex) -> bytes:
    """Return an index as it is kept: magic with the format number, its hash, then msgpack.

    Example:
        >>> empty = index_of([], 16)
        >>> index_from_bytes(index_to_bytes(empty)) == empty
        True
    """
    body = msgspec.msgpack.encode(index)
    return INDEX_MAGIC + blake3(body).digest() + body


def index_from_bytes(content: bytes) -> PackIndex | None:
    """Return the index that was kept, or None if it was torn or altered: make it again from the pack."""
    start = len(INDEX_MAGIC)
    body = content[start + 32 :]
    if content[:start] != INDEX_MAGIC or blake3(body).digest() != content[start : start + 32]:
        return None
    return msgspec.msgpack.decode(body, type=PackIndex)


def scan(pack: Path) -> tuple[PackIndex, str]:
    """Make a pack's index from the pack itself, as far as it can be read.

    Returns:
        The index, and what ended it: empty if the pack is whole, else `truncated` or `altered`.
    """
    entries: list[Entry] = []
    with pack.open("rb") as file:
        size = file.seek(0, 2)
        file.seek(0)
        magic = file.read(len(PACK_MAGIC))
        if magic != PACK_MAGIC:
            return index_of([], size), "truncated" if PACK_MAGIC.startswith(magic) else "altered"
        start = len(PACK_MAGIC)
        while start < size:
            entry = _read_header(file, start)
            if entry is None or entry.offset + entry.stored > size:
                # An altered length cannot be told from a cut: the header's check sum speaks for the cut.
                short = entry is not None or start + HEADER_SIZE + _LONGEST_KIND > size
                return index_of(entries, size), "truncated" if short else "altered"
            entries.append(entry)
            start = entry.offset + entry.stored
    return index_of(entries, size), ""


def _read_header(file: BinaryIO, start: int) -> Entry | None:
    file.seek(start)
    content = file.read(HEADER_SIZE + _LONGEST_KIND)
    if len(content) < HEADER_SIZE:
        return None
    return parse_header(content[:HEADER_SIZE], content[HEADER_SIZE:], start)
