"""Points in time as one types them."""

from __future__ import annotations

import re
from datetime import UTC, datetime

from holdtrue.foundation import SECOND, WrongUse, micros_of

_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}


def moment_of(text: str, now: int) -> int:
    """Return the moment that a text names, in microseconds UTC.

    Args:
        text: a day or a time in ISO form, UTC where it names no zone; or how long before now, such as 7d or 12h.
        now: the present moment.

    Raises:
        WrongUse: it is neither.

    Example:
        >>> moment_of("1970-01-02", 0), moment_of("1970-01-01T00:00:01Z", 0), moment_of("2h", 7_200_000_001)
        (86400000000, 1000000, 1)
    """
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        ago = re.fullmatch(r"(\d+)([smhdw])", text)
        if ago is not None:
            return now - int(ago[1]) * _SECONDS[ago[2]] * SECOND
        hint = "write a day (2026-11-24), a time (2026-11-24T12:00), or how long ago (7d, 12h, 30m)"
        raise WrongUse(f'"{text}" names no time', hint=hint) from None
    return micros_of(found if found.tzinfo else found.replace(tzinfo=UTC))
