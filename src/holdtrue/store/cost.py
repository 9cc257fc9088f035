"""What keeping bytes costs."""

from __future__ import annotations

PRICE_PER_GB = 0.023
"""US dollars for a gigabyte (10^9 bytes) and month: the list price of plain object storage."""


def monthly_cost(size: int, price_per_gb: float = PRICE_PER_GB) -> float:
    """Return the price of keeping so many bytes for a month, in the unit of `price_per_gb`.

    A thousand versions of a model of 500 MB, each kept whole, come to:

    Example:
        >>> monthly_cost(1_000 * 500_000_000)
        11.5
    """
    return size / 1_000_000_000 * price_per_gb
