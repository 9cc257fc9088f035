"""What is known beside the rows of an alarm."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct


class Context(Struct, frozen=True, kw_only=True):
    """What is known beside the rows.

    Attributes:
        units: of the fields. unit: of the target. attribution_unit: of attributions, in words.
        version, reference: REF of the version that answers, and of the one whose baseline it is held against.
        link_before: the baseline's mean prediction in the attributions' unit; None where it is not known.
    """

    units: Mapping[str, str] = {}
    unit: str = ""
    attribution_unit: str = ""
    version: str = ""
    reference: str = ""
    link_before: float | None = None
