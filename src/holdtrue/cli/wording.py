"""Figures as a person reads them: times, sizes, money."""

from __future__ import annotations

import math
from datetime import UTC, datetime


def when(micros: int | None) -> str:
    """Write a time (microseconds UTC) to the minute; nothing for None.

    Example:
        >>> when(0)
        '1970-01-01 00:00'
    """
    return "" if micros is None else _moment(micros).strftime("%Y-%m-%d %H:%M")


def day(micros: int | None) -> str:
    """Write the day of a time (microseconds UTC); nothing for None.

    Example:
        >>> day(0)
        '1 January 1970'
    """
    if micros is None:
        return ""
    moment = _moment(micros)
    return f"{moment.day} {moment:%B %Y}"


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


def money(dollars: float) -> str:
    """Write an amount: to the cent from a dollar on, below it with two significant digits.

    Example:
        >>> [money(amount) for amount in (0, 0.0000124, 0.054, 0.5, 11.5, 1234.5)]
        ['$0', '$0.000012', '$0.054', '$0.50', '$11.50', '$1,234.50']
    """
    if dollars == 0:
        return "$0"
    if abs(dollars) >= 1:
        return f"${dollars:,.2f}"
    return f"${dollars:.{1 - math.floor(math.log10(abs(dollars)))}f}"


def figure(value: float) -> str:
    """Write a metric: whole from 100 on, below it with three significant digits.

    Example:
        >>> [figure(value) for value in (14_720.77, 0.87576, 12.345)]
        ['14,721', '0.876', '12.3']
    """
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def counted(count: int, one: str, many: str = "") -> str:
    """Write how many there are of something.

    Example:
        >>> counted(1, "file"), counted(2, "file"), counted(1200, "entry", "entries")
        ('1 file', '2 files', '1,200 entries')
    """
    return f"1 {one}" if count == 1 else f"{count:,} {many or one + 's'}"


def _moment(micros: int) -> datetime:
    return datetime.fromtimestamp(micros / 1_000_000, tz=UTC)
