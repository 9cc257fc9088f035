"""Pictures, by Pillow: the size is judged by the header before a pixel is decoded.

All sums are of whole numbers, so that the figures do not depend on the order in which they are added up.
"""

from __future__ import annotations

import math
import struct
import warnings
import zlib
from functools import cache
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from holdtrue.foundation import optional
from holdtrue.media.allowance import LEAST, Spend, unlimited
from holdtrue.media.figures import MOST_PIXELS, ImageFigures, MediaUnreadable
from holdtrue.media.room import room_for
from holdtrue.media.scans import require_few_scans

LONGEST_SIDE = 640
"""Larger pictures are measured on a copy whose sides are whole fractions of theirs."""

_WEBP = 3  # Pillow keeps several copies of its pixels: so many times those of other formats
_MEMORY = 64 << 20  # bytes that Pillow takes from the system at once
_BLOCK = 1 << 17  # pixels of wider numbers that are turned into luminance at once

_PLUGINS = {
    "JPEG": ("JpegImagePlugin", "JpegImageFile"),
    "PNG": ("PngImagePlugin", "PngImageFile"),
    "GIF": ("GifImagePlugin", "GifImageFile"),
    "WEBP": ("WebPImagePlugin", "WebPImageFile"),
    "TIFF": ("TiffImagePlugin", "TiffImageFile"),
    "BMP": ("BmpImagePlugin", "BmpImageFile"),
}
# What Pillow's decoders raise at bytes that are broken.
_FAULTS = (
    OSError, ValueError, SyntaxError, EOFError, LookupError, TypeError, ArithmeticError, AttributeError, RuntimeError,
    AssertionError, MemoryError, struct.error, zlib.error,
)  # fmt: skip

_SHORT = ("truncat", "not large enough", "requires a buffer", "unexpected end", "incomplete checksum")


def read_image(stream: BinaryIO, form: str, size: int, content: str, spend: Spend = unlimited) -> ImageFigures:
    """Return the figures of a picture whose format is known; waits where others take up the room for pixels.

    Args:
        spend: hears of its pixels before they are decoded.

    Raises:
        MediaUnreadable: it is broken, not whole, has more than `MOST_PIXELS`, or more scans than a JPEG has.
    """
    try:
        (width, height), mode, grey = _decoded(stream, form, size, spend)
    except MediaUnreadable:
        raise
    except _FAULTS as fault:
        raise MediaUnreadable(_reason(fault, size)) from fault
    n = int(grey.size)
    total, squares = _sums(grey)
    return ImageFigures(
        bytes=size,
        content=content,
        format=form,
        width=width,
        height=height,
        mode=mode,
        brightness=total / (255 * n),
        contrast=math.sqrt(n * squares - total * total) / (255 * n),
        sharpness=_sharpness(grey),
        fingerprint=_fingerprint(grey),
    )


def _decoded(stream: BinaryIO, form: str, size: int, spend: Spend) -> tuple[tuple[int, int], str, NDArray[np.uint8]]:
    """Return a picture's width and height, its mode and its luminance."""
    if form == "WEBP":
        # Pillow makes room for all of its pixels as it opens one.
        pixels = _WEBP * _small(*_webp_size(stream, size))
        spend(max(0, pixels - LEAST))
        with room_for(pixels), _opened(stream, form) as image:
            _small(*image.size)
            return image.size, str(image.mode), _luminance(image)
    scans = require_few_scans(stream) if form == "JPEG" else 0
    with _opened(stream, form) as image:
        found, mode, pixels = image.size, str(image.mode), _small(*image.size)
        spend(max(0, pixels * (1 + scans // 10) - LEAST))
        with room_for(pixels):
            return found, mode, _luminance(image)


@cache
def _set_up() -> None:
    """Keep Pillow from printing what it thinks of a broken file, which is said here as its fault, and from hoarding.

    Blocks of its own size, 16 MB, would stay with each thread that ever decoded a large picture; larger ones go back to
    the system at once.
    """
    warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")
    optional("PIL.Image", extra="media", purpose="reading images").core.set_block_size(_MEMORY)


def _opened(stream: BinaryIO, form: str) -> Any:
    """Open by the format's own class: `Image.open` would try others, and warn of sizes that are judged here."""
    _set_up()
    module, name = _PLUGINS[form]
    return getattr(optional(f"PIL.{module}", extra="media", purpose="reading images"), name)(stream)


def _small(width: int, height: int) -> int:
    """Return how many pixels there are."""
    if width * height > MOST_PIXELS:
        raise MediaUnreadable(f"{width:,} x {height:,} pixels, more than {MOST_PIXELS:,}")
    if width * height == 0:
        raise MediaUnreadable("no pixel in it")
    return width * height


def _webp_size(stream: BinaryIO, size: int) -> tuple[int, int]:
    head = stream.read(30)
    stream.seek(0)
    kind = head[12:16]
    if size < max(30, 8 + int.from_bytes(head[4:8], "little")):
        raise MediaUnreadable(f"truncated after {size:,} bytes")
    if kind == b"VP8X":
        return int.from_bytes(head[24:27], "little") + 1, int.from_bytes(head[27:30], "little") + 1
    if kind == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    return int.from_bytes(head[26:28], "little") & 0x3FFF, int.from_bytes(head[28:30], "little") & 0x3FFF


def _luminance(image: Any) -> NDArray[np.uint8]:
    """Decode to luminance, uint8 (height, width), no side longer than `LONGEST_SIDE`."""
    image.draft("L", (LONGEST_SIDE, LONGEST_SIDE))  # of JPEG only: decoded at a half, a quarter or an eighth
    image.load()
    grey = _by_blocks(image) if image.mode.startswith("I") or image.mode in ("F", "CMYK") else image.convert("L")
    factor = math.ceil(max(grey.size) / LONGEST_SIDE)
    if factor > 1:
        grey = grey.reduce((min(factor, grey.width), min(factor, grey.height)))
    values: NDArray[np.uint8] = np.asarray(grey, dtype=np.uint8)
    return values


def _by_blocks(image: Any) -> Any:
    """Return a picture in luminance whose copies would be large: 16-bit ones by their upper half, F within 0 to 1."""
    from PIL import Image

    width, height = image.size
    grey = np.empty((height, width), dtype=np.uint8)
    wide = min(width, _BLOCK)
    high = _BLOCK // wide
    for top in range(0, height, high):
        for left in range(0, width, wide):
            block = image.crop((left, top, min(left + wide, width), min(top + high, height)))
            grey[top : top + high, left : left + wide] = _in_8_bits(block)
    return Image.fromarray(grey)


def _in_8_bits(block: Any) -> NDArray[np.uint8]:
    if block.mode == "CMYK":
        block = block.convert("L")
    values: NDArray[Any] = np.asarray(block)
    if block.mode == "F":
        values = np.nan_to_num(values, posinf=1.0).clip(0.0, 1.0) * 255
    elif block.mode != "L":
        values = values.astype(np.int64).clip(0, 65_535) >> 8
    return values.astype(np.uint8)


def _sums(values: NDArray[Any]) -> tuple[int, int]:
    """Return the sum of whole numbers and that of their squares, which 32 bits hold."""
    wide = values.astype(np.int32)
    return int(wide.sum(dtype=np.int64)), int((wide * wide).sum(dtype=np.int64))


def _sharpness(grey: NDArray[np.uint8]) -> float:
    """Variance of the Laplacian (each pixel's four neighbours less four times itself) within the border."""
    if min(grey.shape) < 3:
        return 0.0
    values = grey.astype(np.int16)
    laplacian = values[:-2, 1:-1] + values[2:, 1:-1]
    laplacian += values[1:-1, :-2]
    laplacian += values[1:-1, 2:]
    laplacian -= 4 * values[1:-1, 1:-1]
    n = int(laplacian.size)
    total, squares = _sums(laplacian)
    return (n * squares - total * total) / (n * n)


def _fingerprint(grey: NDArray[np.uint8]) -> str:
    from PIL import Image

    small = np.asarray(Image.fromarray(grey).resize((9, 8), Image.Resampling.BOX), dtype=np.uint8)
    return np.packbits(small[:, :-1] < small[:, 1:]).tobytes().hex()


def _reason(fault: BaseException, size: int) -> str:
    words = (str(fault).strip().splitlines() or [type(fault).__name__])[0]
    if isinstance(fault, EOFError) or any(sign in words.lower() for sign in _SHORT):
        return f"truncated after {size:,} bytes"
    # Some messages name an object by its place in memory, which is another each time.
    return "broken" if " at 0x" in words else f"broken: {words[:80]}"
