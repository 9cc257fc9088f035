"""A value of a media field that could not be read, and why."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class Unread(Struct, frozen=True):
    """What stands in the place of figures where there are none.

    Attributes:
        value: what was found, ready for JSON: a file's name, or how many bytes there were; never the bytes.
        words: the same as messages show it.
        reason: why it cannot be read.
    """

    value: Any
    words: str
    reason: str
