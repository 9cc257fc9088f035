"""How often a JPEG goes over its pixels: each scan costs a pass, and a few bytes are one."""

from __future__ import annotations

import re
from typing import BinaryIO

from holdtrue.media.figures import MediaUnreadable

MOST_SCANS = 100
"""Progressive pictures have about ten; a file of a megabyte could have ten thousand, and take an hour."""

_FEW = 10
_CHUNK = 1 << 20
_SCAN = b"\xff\xda"
_AFTER_SAMPLES = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")  # samples hold FF 00 and restart marks only
_ALONE = frozenset({0x01, 0xD8, *range(0xD0, 0xD8)})  # marks that no length follows


def require_few_scans(stream: BinaryIO) -> int:
    """Return how many scans a JPEG has, or more where it has few.

    Raises:
        MediaUnreadable: they are more than `MOST_SCANS`.
    """
    seen = _marks(stream)
    if seen > _FEW:  # some stand in previews or in films behind the picture, which are not decoded
        stream.seek(0)
        seen = _scans(stream.read())
        stream.seek(0)
    if seen > MOST_SCANS:
        raise MediaUnreadable(f"goes over its pixels more than {MOST_SCANS} times")
    return seen


def _marks(stream: BinaryIO) -> int:
    """Count the marks of scans wherever they stand."""
    seen, last = 0, b""
    stream.seek(0)
    while chunk := stream.read(_CHUNK):
        seen += (last + chunk).count(_SCAN)
        last = chunk[-1:]
    stream.seek(0)
    return seen


def _scans(data: bytes) -> int:
    """Walk from part to part to the picture's end (ITU-T T.81, annex B) and count its scans."""
    place, seen = 2, 0
    while place + 4 <= len(data) and seen <= MOST_SCANS:
        if data[place] != 0xFF or data[place + 1] in (0xFF, *_ALONE):
            place += 1 if data[place] != 0xFF or data[place + 1] == 0xFF else 2
            continue
        kind = data[place + 1]
        if kind == 0xD9:
            break
        place += 2 + int.from_bytes(data[place + 2 : place + 4], "big")
        if kind == 0xDA:
            seen += 1
            following = _AFTER_SAMPLES.search(data, place)
            if following is None:
                break
            place = following.start()
    return seen
