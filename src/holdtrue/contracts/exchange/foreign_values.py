"""Values as others' documents hold them: told in short, and numbers that are numbers here."""

from __future__ import annotations

import json
import math
from typing import Any, TypeGuard


def short(value: Any) -> str:
    """Write a value for a note: text as it is, all else as JSON, cut at 120 characters.

    Example:
        >>> short("a"), short(["a", 1])
        ('a', '["a", 1]')
    """
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 120 else text[:119] + "…"


def is_number(value: Any) -> TypeGuard[int | float]:
    """Whether a value is a number that has its place among the floating-point ones.

    Example:
        >>> is_number(3), is_number(True), is_number(10**400), is_number(float("inf"))
        (True, False, False, False)
    """
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    try:
        return math.isfinite(value)
    except OverflowError:
        return False
