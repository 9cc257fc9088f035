"""What a test of a model says."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class CheckVerdict(Struct, frozen=True, kw_only=True):
    """The outcome of one check, ready for JSON.

    Attributes:
        name: the check's name.
        passed: None where it could not be judged; `message` says why.
        message: one sentence with the figures; empty where there is nothing to add to "passed".
        value: the figure that was judged, where there is one.
        examples: rows that show the failure, at most five.
        required: whether the gate asks for it.
        place: file and line where the check failed, where it is the user's own.
    """

    name: str
    passed: bool | None
    message: str = ""
    value: float | None = None
    examples: tuple[dict[str, Any], ...] = ()
    required: bool = True
    place: str = ""
