"""Files of sounds and films: opened by the one demuxer that their beginning names, and looked through for their end."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from holdtrue.media.figures import MediaUnreadable

_UNKNOWN = {0, 2**32 - 1}  # lengths that a writer of a stream could not know
_MOST_BOXES = 10_000


@contextmanager
def opened(stream: BinaryIO, form: str, codecs: str, **options: str) -> Iterator[Any]:
    """Open a container with PyAV, of one format, with these decoders and no other, and FFmpeg's `options` for them.

    Raises:
        MediaUnreadable: FFmpeg finds a fault, on opening or while the block decodes.
    """
    import av

    stream.seek(0)
    try:
        # Read by way of an object, so that nothing that is named within can be opened.
        kept = {"codec_whitelist": codecs}
        with av.open(stream, mode="r", format=form, container_options=kept, options=options) as container:
            yield container
    except (av.FFmpegError, ValueError, RuntimeError, OverflowError, MemoryError, EOFError) as fault:
        raise MediaUnreadable(_reason(fault)) from fault


def require_whole(stream: BinaryIO, form: str, size: int) -> None:
    """Stop at a file that ends before its own parts do; MP3 and OGG do not say where they end, nor does FLAC here.

    Raises:
        MediaUnreadable: it is not whole.
    """
    ends = {"WAV": _end_of_riff, "MP4": _end_of_boxes, "WEBM": _end_of_segment, "MKV": _end_of_segment}.get(form)
    if ends is not None and ends(stream, size) > size:
        raise MediaUnreadable(f"truncated after {size:,} bytes")


def _end_of_riff(stream: BinaryIO, size: int) -> int:
    """Return where the samples of a WAV file end by its own account."""
    place = 12
    while place + 8 <= size:
        stream.seek(place)
        head = stream.read(8)
        length = int.from_bytes(head[4:8], "little")
        if head[:4] == b"data":
            return 0 if length in _UNKNOWN else place + 8 + length
        place += 8 + length + length % 2
    return size + 1


def _end_of_boxes(stream: BinaryIO, size: int) -> int:
    """Return where the last outermost box of an MP4 file ends by its own account."""
    place = 0
    for _ in range(_MOST_BOXES):
        if place >= size:
            return place
        stream.seek(place)
        head = stream.read(16)
        length = int.from_bytes(head[:4], "big")
        if length == 1:
            length = int.from_bytes(head[8:16], "big")
        if length == 0:
            return size  # it goes on to the end of the file
        if length < 8 or len(head) < 8:
            return size + 1
        place += length
    return size


def _end_of_segment(stream: BinaryIO, size: int) -> int:
    """Return where the segment of a Matroska file ends by its own account."""
    stream.seek(4)
    length, width = _matroska_length(stream.read(8))
    place = 4 + width + length
    stream.seek(place)
    head = stream.read(12)
    if head[:4] != b"\x18S\x80g":
        return size + 1
    length, width = _matroska_length(head[4:])
    return size if length == 2 ** (7 * width) - 1 else place + 4 + width + length


def _matroska_length(head: bytes) -> tuple[int, int]:
    """Return a number of variable width (RFC 8794, section 4) and its width in bytes."""
    width = 9 - head[0].bit_length() if head and head[0] else 8
    return int.from_bytes(head[:width], "big") & (2 ** (7 * width) - 1), width


def _reason(fault: BaseException) -> str:
    words = getattr(fault, "strerror", None) or str(fault)
    return f"broken: {(words.strip().splitlines() or [type(fault).__name__])[0][:80]}"
