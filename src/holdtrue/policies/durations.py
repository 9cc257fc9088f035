"""Durations as people write them."""

from __future__ import annotations

import re

from holdtrue.foundation import DAY, SECOND, WrongUse

_UNITS = {"s": SECOND, "m": 60 * SECOND, "h": 3600 * SECOND, "d": DAY, "w": 7 * DAY}
_FORM = re.compile(r"(\d+)\s*([smhdw])")
_HINT = 'write a number and a unit (s, m, h, d, w), such as "12h" or "7d"'


def micros_in(text: str) -> int:
    """Return the microseconds of a duration such as 45s, 30m, 12h, 7d, 2w.

    Raises:
        WrongUse: it is not one.

    Example:
        >>> micros_in("7d") == 7 * DAY
        True
    """
    found = _FORM.fullmatch(text.strip()) if isinstance(text, str) else None
    if found is None:
        raise WrongUse(f"{text!r} is no duration", hint=_HINT)
    return int(found[1]) * _UNITS[found[2]]


def micros_of_promotion(text: str) -> int:
    """Return the microseconds of `7d of promotion` or `7d`.

    Example:
        >>> micros_of_promotion("7d of promotion") == 7 * DAY
        True
    """
    if not isinstance(text, str):
        raise WrongUse(f"{text!r} is no duration", hint=_HINT)
    return micros_in(text.strip().removesuffix("of promotion"))


def in_words(micros: int) -> str:
    """Return a duration in its largest fitting unit, rounded down.

    Example:
        >>> in_words(36 * 3600 * SECOND), in_words(90 * SECOND)
        ('1d', '1m')
    """
    for unit in ("d", "h", "m"):
        if micros >= _UNITS[unit]:
            return f"{micros // _UNITS[unit]}{unit}"
    return f"{max(micros, 0) // SECOND}s"
