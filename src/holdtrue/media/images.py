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
from holdtrue.media.figures import MOST_PIXELS, ImageFigures, MediaUnreadable

LONGEST_SIDE = 640
"""Larger pictures are measured on a copy whose sides are whole fractions of theirs."""

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


def read_image(stream: BinaryIO, form: str, size: int, content: str) -> ImageFigures:
    """Return the figures of a picture whose format is known.

    Raises:
        MediaUnreadable: it is broken, not whole, or has more than `MOST_PIXELS`.
    """
    try:
        if form == "WEBP":
            # Pillow makes room for all of its pixels as it opens one.
            _require_small(*_webp_size(stream, size))
        with _opened(stream, form) as image:
            width, height = image.size
            mode = str(image.mode)
            _require_small(width, height)
            grey = _luminance(image)
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


@cache
def _quiet() -> None:
    """Keep Pillow from printing what it thinks of a broken file, which is said here as its fault."""
    warnings.filterwarnings("ignore", category=UserWarning, module=r"PIL\.")


def _opened(stream: BinaryIO, form: str) -> Any:
    """Open by the format's own class: `Image.open` would try others, and warn of sizes that are judged here."""
    _quiet()
    module, name = _PLUGINS[form]
    return getattr(optional(f"PIL.{module}", extra="media", purpose="reading images"), name)(stream)


def _require_small(width: int, height: int) -> None:
    if width * height > MOST_PIXELS:
        raise MediaUnreadable(f"{width:,} x {height:,} pixels, more than {MOST_PIXELS:,}")
    if width * height == 0:
        raise MediaUnreadable("no pixel in it")


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
    if image.mode.startswith("I") or image.mode == "F":
        image = _of_wide(image)
    grey = image.convert("L")
    factor = math.ceil(max(grey.size) / LONGEST_SIDE)
    if factor > 1:
        grey = grey.reduce((min(factor, grey.width), min(factor, grey.height)))
    values: NDArray[np.uint8] = np.asarray(grey, dtype=np.uint8)
    return values


def _of_wide(image: Any) -> Any:
    """Return a picture of wider numbers in 8 bits: 16-bit ones by their upper half, others within 0 to 1."""
    from PIL import Image

    values = np.asarray(image)
    if image.mode == "F":
        return Image.fromarray((np.nan_to_num(values, posinf=1.0).clip(0.0, 1.0) * 255).astype(np.uint8))
    return Image.fromarray((values.astype(np.int64).clip(0, 65_535) >> 8).astype(np.uint8))


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
