"""Figures and days as a person writes them."""

from __future__ import annotations

import math

from holdtrue.foundation import datetime_of


def figure(value: float) -> str:
    """Write a number with three or four figures that count.

    Example:
        >>> figure(84370.4), figure(3.14159), figure(0.000123), figure(5755)
        ('84,370', '3.14', '0.000123', '5,755')
    """
    if not math.isfinite(value):
        return str(value)
    if abs(value) >= 1000 or value == round(value):
        return f"{value:,.0f}"
    return f"{value:.3g}"


def share(value: float) -> str:
    """Write a share of a whole as per cent.

    Example:
        >>> share(0.294), share(0.0042), share(0), share(0.00001), share(1.0)
        ('29 %', '0.42 %', '0 %', '0.001 %', '100 %')
    """
    percent = 100 * value
    return f"{percent:.0f} %" if percent >= 9.5 or percent == 0 else f"{percent:.2g} %"


def day(micros: int) -> str:
    """Write a time as its day, with the hour where it is not midnight.

    Example:
        >>> day(836_179_200_000_000), day(836_179_200_000_000 + 34_200_000_000)
        ('1 July 1996', '1 July 1996, 09:30 UTC')
    """
    at = datetime_of(micros)
    text = f"{at.day} {at:%B %Y}"
    return text if (at.hour, at.minute, at.second) == (0, 0, 0) else f"{text}, {at:%H:%M} UTC"
