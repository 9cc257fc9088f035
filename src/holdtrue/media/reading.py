"""From bytes to figures: the format is known by how the bytes begin, so that no decoder but its own is reached."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import BinaryIO

from blake3 import blake3

from holdtrue.foundation import optional
from holdtrue.media.allowance import LEAST, Spend, unlimited
from holdtrue.media.audio import MOST_SAMPLES, read_audio
from holdtrue.media.figures import LIBRARIES, Figures, MediaKind, MediaUnreadable
from holdtrue.media.images import read_image
from holdtrue.media.video import read_video

_CHUNK = 1 << 20
HEAD = 64
"""So many of the first bytes say what a file is."""

ENDINGS: Mapping[str, MediaKind] = {
    **dict.fromkeys((".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff"), "image"),
    **dict.fromkeys((".wav", ".flac", ".mp3", ".ogg", ".oga", ".opus"), "audio"),
    **dict.fromkeys((".mp4", ".m4v", ".webm", ".mkv"), "video"),
}
"""How the names of files end that may be read."""

_BEGINNINGS: tuple[tuple[MediaKind, str, re.Pattern[bytes]], ...] = (
    ("image", "JPEG", re.compile(rb"\xff\xd8\xff")),
    ("image", "PNG", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ("image", "GIF", re.compile(rb"GIF8[79]a")),
    ("image", "WEBP", re.compile(rb"RIFF.{4}WEBP", re.DOTALL)),
    ("image", "TIFF", re.compile(rb"II\*\x00|MM\x00\*")),
    ("image", "BMP", re.compile(rb"BM.{12}[\x0c\x28\x40\x6c\x7c]\x00\x00\x00", re.DOTALL)),
    ("audio", "WAV", re.compile(rb"RIFF.{4}WAVE", re.DOTALL)),
    ("audio", "FLAC", re.compile(rb"fLaC")),
    ("audio", "OGG", re.compile(rb"OggS")),
    ("audio", "MP3", re.compile(rb"ID3|\xff[\xe2-\xe7\xf2-\xf7\xfa-\xff]")),
    ("video", "MP4", re.compile(rb".{4}ftyp(?!avif|avis|heic|heix|mif1|msf1|M4A |M4B )", re.DOTALL)),
    ("video", "WEBM", re.compile(rb"\x1aE\xdf\xa3.{0,48}\x42\x82.{1,8}webm", re.DOTALL)),
    ("video", "MKV", re.compile(rb"\x1aE\xdf\xa3")),
)
_KNOWN: Mapping[MediaKind, str] = {
    "image": "JPEG, PNG, WEBP, GIF, BMP or TIFF",
    "audio": "WAV, FLAC, MP3 or OGG",
    "video": "MP4, WEBM or MKV",
}
_READERS: Mapping[MediaKind, Callable[[BinaryIO, str, int, str, Spend], Figures]] = {
    "image": read_image,
    "video": read_video,
}


def read_figures(
    kind: MediaKind, stream: BinaryIO, *, most_samples: int = MOST_SAMPLES, spend: Spend = unlimited
) -> Figures:
    """Read a picture, sound or film and return its figures; the same bytes give the same figures.

    Args:
        kind: what it must be.
        stream: its bytes, from the first; it can be sought in.
        most_samples: of a sound so many are decoded, of all channels together; one with more is refused.
        spend: hears of all work before it is done, as `Allowance` counts it.

    Raises:
        MediaUnreadable: it is none, of no format known, not whole, or too large; the message says which.
        MissingExtra: the library is not installed.

    Example:
        >>> import io
        >>> read_figures("image", io.BytesIO(b"<html>"))
        Traceback (most recent call last):
        ...
        holdtrue.media.figures.MediaUnreadable: not JPEG, PNG, WEBP, GIF, BMP or TIFF
    """
    require_library(kind)
    stream.seek(0)
    head = stream.read(HEAD)
    if not head:
        raise MediaUnreadable("empty")
    found = _format_of(head)
    if found is None or found[0] != kind:
        raise MediaUnreadable(f"{found[1]}, not {_KNOWN[kind]}" if found else f"not {_KNOWN[kind]}")
    spend(LEAST)
    size, content = _measured(stream)
    if kind == "audio":
        return read_audio(stream, found[1], size, content, most_samples=most_samples, spend=spend)
    return _READERS[kind](stream, found[1], size, content, spend)


def require_library(kind: MediaKind) -> None:
    """Import the library that reads a kind.

    Raises:
        MissingExtra: it is not installed.
    """
    if LIBRARIES[kind] not in sys.modules:
        optional(LIBRARIES[kind], extra="media", purpose=f"reading {'images' if kind == 'image' else kind}")


def kind_of_bytes(data: bytes) -> MediaKind | None:
    """Return what bytes most likely are, by how they begin.

    Example:
        >>> kind_of_bytes(b"fLaC..."), kind_of_bytes(b"hello")
        ('audio', None)
    """
    found = _format_of(data[:HEAD])
    return found[0] if found else None


def kind_of_name(name: str) -> MediaKind | None:
    """Return what a file most likely is, by how its name ends.

    Example:
        >>> kind_of_name("photos/7.JPG"), kind_of_name("notes.txt")
        ('image', None)
    """
    return ENDINGS.get(PurePath(name).suffix.lower())


def _format_of(head: bytes) -> tuple[MediaKind, str] | None:
    return next(((kind, name) for kind, name, beginning in _BEGINNINGS if beginning.match(head)), None)


def _measured(stream: BinaryIO) -> tuple[int, str]:
    stream.seek(0)
    size, content = 0, blake3()
    while chunk := stream.read(_CHUNK):
        size += len(chunk)
        content.update(chunk)
    stream.seek(0)
    return size, content.hexdigest()
