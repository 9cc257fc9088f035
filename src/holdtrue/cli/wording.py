"""Sizes as a person reads them."""

from __future__ import annotations


def size_text(count: float) -> str:
    """Write a number of bytes.

    Example:
        >>> size_text(1_500_000)
        '1.5 MB'
    """
    for unit in ("B", "kB", "MB", "GB"):
        if abs(count) < 1000:
            return f"{count:.0f} B" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"
