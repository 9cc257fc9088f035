"""How records lie in a segment: `[length u32][crc32 u32][payload]`, little-endian, behind a header of 16 bytes.

A frame is whole if all its bytes are there and the checksum of its payload agrees; everything from the first frame that
is not whole is the tail of a write that never ended.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Iterator
from zlib import crc32

FORMAT = 1
_BEGIN, _END = b"HTLOG", b"\r\n"  # the format number stands between; \r\n shows a copy that was treated as text
HEADER_BYTES = 16
_HEADER = struct.Struct("<8sq")
_FRAME = struct.Struct("<II")
FRAME_BYTES = _FRAME.size  # what a frame takes beside its payload
LARGEST_PAYLOAD = 64 << 20


def header(created: int) -> bytes:
    """Return the header of a segment made at that time (microseconds since 1970)."""
    return _HEADER.pack(_BEGIN + bytes([FORMAT]) + _END, created)


def format_of(data: bytes) -> int:
    """Return the format number in a segment's header, 0 if these bytes are no header.

    Example:
        >>> format_of(header(0)), format_of(b"something else, long")
        (1, 0)
    """
    whole = len(data) >= HEADER_BYTES and data.startswith(_BEGIN) and data[6:8] == _END
    return data[5] if whole else 0


def framed(payloads: Iterable[bytes]) -> bytes:
    """Return the payloads as frames, one after the other.

    Example:
        >>> [bytes(payload) for payload, end in whole_frames(framed([b"a", b"bc"]))]
        [b'a', b'bc']
    """
    return b"".join(part for payload in payloads for part in (_FRAME.pack(len(payload), crc32(payload)), payload))


def head_of(data: bytes) -> tuple[int, int]:
    """Return the length and the checksum that a frame states of its payload."""
    length, checksum = _FRAME.unpack_from(data)
    return length, checksum


def whole_frames(data: bytes) -> Iterator[tuple[memoryview, int]]:
    """Give each whole frame's payload and the place where the frame ends; stop at the first that is not whole."""
    view, start, size = memoryview(data), 0, len(data)
    while start + 8 <= size:
        length, checksum = _FRAME.unpack_from(view, start)
        end = start + 8 + length
        if not 0 < length <= LARGEST_PAYLOAD or end > size:
            return  # no record is empty: zeros are what a power cut leaves of a write
        payload = view[start + 8 : end]
        if crc32(payload) != checksum:
            return
        yield payload, end
        start = end
