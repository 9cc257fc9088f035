"""What a column's name says of its values: that they are keys, years, ages, shares, degrees."""

from __future__ import annotations

import re

KEYS = frozenset({"id", "key", "uuid", "guid"})
NUMBERED = frozenset({"number", "no", "nr"})

FEWEST_OF_KEYS = 20
"""Rows from which a column that is called a key, and nothing else, may be one."""

ENOUGH_OF_KEYS = 100
"""Rows from which any column whose name speaks of keys may be one: in fewer, what repeats may not have done so yet."""

_PARTED = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


def words_of(column: str) -> list[str]:
    """Return the words of a column's name, in small letters.

    Example:
        >>> words_of("PassengerId"), words_of("Sale Price ($)"), words_of("order_no.")
        (['passenger', 'id'], ['sale', 'price'], ['order', 'no'])
    """
    return re.findall(r"[^\W_]+", _PARTED.sub(" ", column).lower())


def is_called_key(column: str, rows: int) -> bool:
    """Whether a column's name says that it tells rows apart, in a table of so many rows.

    In a small table only a column that is called a key and nothing else is one: `customer_id` of 50 orders may well
    repeat in the next 50.

    Example:
        >>> [is_called_key(name, 50) for name in ("id", "customer_id", "number", "idea")]
        [True, False, False, False]
        >>> [is_called_key(name, 5000) for name in ("id", "customer_id", "number", "idea")]
        [True, True, True, False]
    """
    words = words_of(column)
    if not words or words[-1] not in KEYS | NUMBERED:
        return False
    return rows >= (FEWEST_OF_KEYS if len(words) == 1 and words[0] in KEYS else ENOUGH_OF_KEYS)


def range_by_name(column: str, least: float, most: float) -> tuple[str, int, int] | None:
    """Return what a column of numbers is by its name, and the range that such values have; None where none is known.

    Args:
        least, most: of its values; a name that these speak against says nothing.

    Example:
        >>> range_by_name("yrbuilt", 1835, 1998), range_by_name("age", 18, 67), range_by_name("lat", 41.5, 41.7)
        (('a year', 1700, 2100), ('an age', 0, 130), ('degrees', -90, 90))
        >>> range_by_name("lat", 195_270, 229_836) is None
        True
    """
    words = words_of(column)
    if any(word.startswith(("year", "yr")) or word.endswith(("year", "yr")) for word in words):
        if 1000 <= least <= most <= 2200:
            return "a year", int(least - 50) // 100 * 100, 2100 if most <= 2090 else 2300
        return None
    for said, names, low, high, at_least in _RANGES:
        if low <= least <= most <= high and most >= at_least and names.intersection(words):
            return said, low, high
    return None


def is_called_date(column: str) -> bool:
    """Whether a column's name speaks of days.

    Example:
        >>> is_called_date("sdate"), is_called_date("update_count"), is_called_date("birthday")
        (True, False, True)
    """
    return any(word.endswith(("date", "datum", "day")) and word != "update" for word in words_of(column))


# What is said, names, the range, and what the greatest value must reach: an age of 1.6 is in other units.
_RANGES: tuple[tuple[str, frozenset[str], int, int, float], ...] = (
    ("an age", frozenset({"age", "ages"}), 0, 130, 10),
    ("degrees", frozenset({"lat", "latitude"}), -90, 90, -90),
    ("degrees", frozenset({"lon", "lng", "long", "longitude"}), -180, 180, -180),
    ("a share", frozenset({"share", "fraction", "probability", "prob"}), 0, 1, 0),
    ("a percentage", frozenset({"percent", "percentage", "pct"}), 0, 100, 10),
)
