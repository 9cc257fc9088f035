"""Figures as a person reads them, the same in every message, on the terminal and on the page."""

from __future__ import annotations

import math
from collections.abc import Container

from holdtrue.foundation.clock import datetime_of

NO_FIGURE = "–"


def figure(value: float | None, *, digits: int = 3) -> str:
    """Write a number: whole from 100 on (from 1,000 with four digits), below it with the digits that count.

    Example:
        >>> [figure(value) for value in (14_720.77, 0.87576, 12.345, 5755, -0.000123, None, math.inf)]
        ['14,721', '0.876', '12.3', '5,755', '-0.000123', '–', 'inf']
        >>> figure(0.87576, digits=4), figure(999.96), figure(-0.2)
        ('0.8758', '1,000', '-0.2')
        >>> figure(1e300), figure(-123_456_789_012_345.0)
        ('1e+300', '-123,456,789,012,345')
    """
    if value is None:
        return NO_FIGURE
    if not math.isfinite(value):
        return str(value)
    return f"{value:,.0f}" if 10 ** (digits - 1) <= abs(value) < 1e15 else f"{value:.{digits}g}"


def share(value: float) -> str:
    """Write a share of a whole as per cent.

    Example:
        >>> share(0.294), share(0.0042), share(0), share(0.00001), share(1.0)
        ('29%', '0.42%', '0%', '0.001%', '100%')
    """
    percent = 100 * value
    return f"{percent:.0f}%" if percent >= 9.5 or percent == 0 else f"{percent:.2g}%"


def counted(count: int, one: str, many: str = "") -> str:
    """Write how many there are of something.

    Example:
        >>> counted(1, "file"), counted(2, "file"), counted(1200, "entry", "entries")
        ('1 file', '2 files', '1,200 entries')
    """
    return f"1 {one}" if count == 1 else f"{count:,} {many or one + 's'}"


def said_once(word: str, text: str) -> str:
    """Write a text behind the word that it is about, unless it begins with it; nothing for no text.

    Example:
        >>> said_once("accepted", "the county changed its form"), said_once("superseded", "superseded by v3")
        ('accepted: the county changed its form', 'superseded by v3')
    """
    return text if not text or text.startswith(word) else f"{word}: {text}"


def free_name(name: str, taken: Container[str]) -> str:
    """Return a name that is not taken: the name itself, or with as many underscores after it as it needs.

    Example:
        >>> free_name("reasons", ["id"]), free_name("reasons", ["reasons", "reasons_"])
        ('reasons', 'reasons__')
    """
    while name in taken:
        name += "_"
    return name


def dollars(amount: float) -> str:
    """Write an amount: to the cent from a dollar on, below it with two significant digits.

    Example:
        >>> [dollars(amount) for amount in (0, 0.0000124, 0.054, 0.5, 11.5, 1234.5)]
        ['$0', '$0.000012', '$0.054', '$0.50', '$11.50', '$1,234.50']
    """
    if amount == 0:
        return "$0"
    if abs(amount) >= 1:
        return f"${amount:,.2f}"
    return f"${amount:.{1 - math.floor(math.log10(abs(amount)))}f}"


def day(micros: int) -> str:
    """Write a time (microseconds UTC) as its day, with the hour where it is not midnight.

    Example:
        >>> day(836_179_200_000_000), day(836_179_200_000_000 + 34_200_000_000), day(10**18)
        ('1 July 1996', '1 July 1996, 09:30 UTC', 'outside the calendar')
    """
    try:
        at = datetime_of(micros)
    except (OverflowError, ValueError):
        return "outside the calendar"
    text = f"{at.day} {at:%B} {at.year}"
    return text if (at.hour, at.minute, at.second) == (0, 0, 0) else f"{text}, {at:%H:%M} UTC"


def when(micros: int | None, *, seconds: bool = False) -> str:
    """Write a time (microseconds UTC) to the minute, or the second; nothing for None.

    Example:
        >>> when(0), when(0, seconds=True), when(None)
        ('1970-01-01 00:00', '1970-01-01 00:00:00', '')
    """
    return "" if micros is None else datetime_of(micros).strftime("%Y-%m-%d %H:%M" + (":%S" if seconds else ""))
