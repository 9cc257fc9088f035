"""How one piece of content lies in a pack: a header that describes it, then its bytes, compressed where that pays.

A pack is 16 bytes of magic with the format number, then frames. A frame's header is 48 bytes, little-endian:
id (32), stored length (u32), content length (u32), codec (u8), length of the kind (u8), zero (u16), CRC-32 of all that
and of the kind (u32). Then the kind (ASCII; empty for a chunk of a blob) and the stored bytes.
"""

from __future__ import annotations

import struct
import threading
import zlib

import zstandard
from msgspec import Struct

PACK_MAGIC = b"holdtrue pack 1\n"
HEADER_SIZE = 48
PLAIN, ZSTD = 0, 1
_FIELDS = struct.Struct("<32sIIBBH")
_CHECK = struct.Struct("<I")
_PAYS = 0.95  # compressed content is kept only below this share of its size: reading plain bytes costs nothing
_WORTH_TRYING = 64
LARGEST_CONTENT = 2**32 - 1

_tools = threading.local()  # zstandard's objects serve one thread at a time


class Entry(Struct, frozen=True):
    """Where one piece of content lies in its pack.

    Attributes:
        id: 32 bytes.
        offset: of the stored bytes, from the pack's start.
        stored: how many there are.
        size: bytes of the content itself.
        codec: 0 as it is, 1 zstd.
        kind: of an object; empty for a chunk.
    """

    id: bytes
    offset: int
    stored: int
    size: int
    codec: int
    kind: str


def compress(content: bytes | memoryview) -> tuple[int, bytes | memoryview]:
    """Return codec and stored bytes: zstd if it saves a twentieth or more, else the content as it is.

    Example:
        >>> codec, stored = compress(bytes(1000)); codec, len(stored) < 30
        (1, True)
        >>> compress(b"short")
        (0, b'short')
    """
    if len(content) < _WORTH_TRYING:
        return PLAIN, content
    try:
        compressor = _tools.compressor
    except AttributeError:
        compressor = _tools.compressor = zstandard.ZstdCompressor(level=3, write_checksum=False)
    packed: bytes = compressor.compress(content)
    return (ZSTD, packed) if len(packed) < len(content) * _PAYS else (PLAIN, content)


def expand(codec: int, stored: bytes, size: int) -> bytes | None:
    """Return the content of stored bytes, or None if they are no such thing (so they were altered)."""
    if codec == PLAIN:
        return stored
    try:
        # A damaged header may claim any size: believe only the one the index knows.
        if codec != ZSTD or zstandard.frame_content_size(stored) != size:
            return None
        decompressor = _tools.decompressor
    except zstandard.ZstdError:
        return None
    except AttributeError:
        decompressor = _tools.decompressor = zstandard.ZstdDecompressor()
    try:
        content: bytes = decompressor.decompress(stored)
    except zstandard.ZstdError:
        return None
    return content


def header_of(entry: Entry) -> bytes:
    """Return the header and kind that stand before an entry's stored bytes."""
    kind = entry.kind.encode("ascii")
    fields = _FIELDS.pack(entry.id, entry.stored, entry.size, entry.codec, len(kind), 0)
    return fields + _CHECK.pack(zlib.crc32(kind, zlib.crc32(fields))) + kind


def parse_header(header: bytes, kind: bytes, start: int) -> Entry | None:
    """Return the entry that a header at offset `start` describes, or None if it was altered.

    `kind` is what follows the header, at least as long as `kind_length` says.
    """
    fields = header[: _FIELDS.size]
    identity, stored, size, codec, length, _ = _FIELDS.unpack(fields)
    kind = kind[:length]
    if len(kind) < length or _CHECK.unpack(header[_FIELDS.size :])[0] != zlib.crc32(kind, zlib.crc32(fields)):
        return None
    return Entry(identity, start + HEADER_SIZE + length, stored, size, codec, kind.decode("ascii"))
