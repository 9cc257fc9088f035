"""One odd row is a mark, not an alarm."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from holdtrue.foundation import figure
from holdtrue.profiles import NumberLimits, OddityReference, level_of


class Oddity(Struct, frozen=True, kw_only=True):
    """Why a row was marked.

    Attributes:
        fields: what is odd about it; share: at most this share of rows is marked when nothing has changed (the
            conformal p-value is at most this); reason: in words, one clause a field.
    """

    fields: tuple[str, ...]
    share: float
    reason: str


def oddity(reference: OddityReference, row: Mapping[str, Any]) -> Oddity | None:
    """Return why a row is to be marked, or None for almost all rows; costs a comparison a field.

    A field that the row lacks, or whose value is missing, is not judged.

    Example:
        >>> from holdtrue.profiles import oddity_reference
        >>> import numpy as np
        >>> ref = oddity_reference({"area": np.arange(3000.0)}, {})
        >>> oddity(ref, {"area": 1500}) is None
        True
        >>> oddity(ref, {"area": 90_000}).reason
        'area 90,000 is above all 3,000 rows of the reference (most 2,999; 99% are at most 2,958)'
    """
    found: list[str] | None = None
    for name, limits in reference.numbers.items():
        value = row.get(name)
        if value is not None and not limits.low <= value <= limits.high and value == value:
            found = [name] if found is None else [*found, name]
    for name, allowed in reference.levels.items():
        if allowed and name in row:
            level = row[name]
            if level is None:
                continue
            if level.__class__ is not str:
                level = level_of(level)
            if level not in allowed:
                found = [name] if found is None else [*found, name]
    if found is None:
        return None
    return Oddity(
        fields=tuple(found),
        share=reference.share,
        reason="; ".join(_reason(reference, name, row[name]) for name in found),
    )


def _reason(reference: OddityReference, name: str, value: Any) -> str:
    limits = reference.numbers.get(name)
    if limits is None:
        usual = list(reference.levels[name])
        named = ", ".join(usual[:5]) + (", ..." if len(usual) > 5 else "")
        return f'{name} "{level_of(value)}" is none of the levels of nearly all {reference.rows:,} rows ({named})'
    return f"{name} {figure(value)} is {_place(limits, value, reference.rows)}"


def _place(limits: NumberLimits, value: float, rows: int) -> str:
    if value > limits.high:
        common = f"99% are at most {figure(limits.common_high)}"
        if value > limits.most:
            return f"above all {rows:,} rows of the reference (most {figure(limits.most)}; {common})"
        return f"unusually high ({common}, most {figure(limits.most)}, of {rows:,} rows)"
    common = f"99% are at least {figure(limits.common_low)}"
    if value < limits.least:
        return f"below all {rows:,} rows of the reference (least {figure(limits.least)}; {common})"
    return f"unusually low ({common}, least {figure(limits.least)}, of {rows:,} rows)"
