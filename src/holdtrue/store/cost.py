"""What keeping bytes costs."""

from __future__ import annotations

import math

PRICE_PER_GB = 0.023
"""US dollars for a gigabyte (10^9 bytes) and month: the list price of plain object storage."""


def dollars(amount: float) -> str:
    """Write an amount of dollars as a person reads it: cents from a dollar on, below it two figures that count.

    Example:
        >>> dollars(11.5), dollars(0.0035), dollars(0.0000271), dollars(0)
        ('$11.50', '$0.0035', '$0.000027', '$0')
    """
    if amount == 0 or abs(amount) >= 1:
        return f"${amount:,.2f}" if amount else "$0"
    places = 1 - math.floor(math.log10(abs(amount)))
    return f"${amount:.{places}f}"


def monthly_cost(size: int, price_per_gb: float = PRICE_PER_GB) -> float:
    """Return the price of keeping so many bytes for a month, in the unit of `price_per_gb`.

    A thousand versions of a model of 500 MB, each kept whole, come to:

    Example:
        >>> monthly_cost(1_000 * 500_000_000)
        11.5
    """
    return size / 1_000_000_000 * price_per_gb
