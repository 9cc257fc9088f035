"""What other forms cannot say of a field, kept beside what they can, so that it comes back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal, TypeAlias

from msgspec import Struct
from msgspec.structs import replace

from holdtrue.contracts.exchange.foreign_values import short
from holdtrue.contracts.exchange.slow_patterns import why_slow
from holdtrue.contracts.expressions import INT_MAX, INT_MIN, Kind
from holdtrue.contracts.plain_values import plain
from holdtrue.contracts.spec import Bounds, FieldSpec, LivePolicy, Severity

Side: TypeAlias = Literal["ge", "gt", "le", "lt"]
Limits: TypeAlias = dict[Side, int | float | str]
SIDES: tuple[Side, ...] = ("ge", "gt", "le", "lt")


class FieldExtension(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """What is said of a field in words of our own.

    Attributes:
        kind: where the form has no type for it, or one type for several kinds.
        limits: of dates, and those of tests that do not refuse. warn: those that only warn.
        allowed, pattern, min_length, max_length: of tests that do not refuse; the pattern also where the form's dialect
            is another.
        severities, live, seen, unique: as of `FieldSpec`. doc: where it is no single line of words.
    """

    kind: Kind | None = None
    column: str = ""
    missing: tuple[str, ...] = ()
    unit: str = ""
    limits: Limits | None = None
    warn: Limits | None = None
    allowed: tuple[str, ...] | None = None
    pattern: str | None = None
    min_length: int | None = None
    max_length: int | None = None
    severities: dict[str, Severity] = {}
    live: dict[str, LivePolicy] = {}
    seen: bool = False
    unique: bool | None = None
    doc: str | None = None


def split(field: FieldSpec) -> tuple[FieldSpec, FieldExtension]:
    """Part a field into the tests that refuse a row, and what is to be told of it besides."""
    soft = field.severities
    sides = {side: plain(limit) for side, limit in given(field.refuse).items() if side in soft or _is_extreme(limit)}
    hard = replace(
        field,
        null=field.null or "null" in soft,
        refuse=Bounds(**{side: limit for side, limit in given(field.refuse).items() if side not in soft}),
        allowed=None if "allowed" in soft else field.allowed,
        pattern=None if "pattern" in soft else field.pattern,
        min_length=None if "min_length" in soft else field.min_length,
        max_length=None if "max_length" in soft else field.max_length,
    )
    return hard, FieldExtension(
        column=field.column,
        missing=field.missing,
        unit=field.unit,
        limits=sides or None,
        warn=None if field.warn is None else plain_limits(field.warn),
        allowed=field.allowed if "allowed" in soft else None,
        pattern=field.pattern if "pattern" in soft else None,
        min_length=field.min_length if "min_length" in soft else None,
        max_length=field.max_length if "max_length" in soft else None,
        severities=field.severities,
        live=field.live,
        seen=field.seen,
        unique=None if field.unique == (field.kind == "key") else field.unique,
        doc=None if field.doc == " ".join(field.doc.split()) else field.doc,
    )


def _is_extreme(limit: Any) -> bool:
    """Whether a limit is at the edge of what numbers there are, where other forms say nothing."""
    return limit in (INT_MIN, INT_MAX) or (isinstance(limit, float) and abs(limit) >= 1e308)


def joined(field: FieldSpec, more: FieldExtension) -> FieldSpec:
    """Put a field read from another form and what was told of it together.

    Raises:
        ValueError: a limit is no value of the field's kind.
    """
    limits = {**given(field.refuse), **given(limits_of(more.limits, field.kind))}
    if more.pattern is None and field.pattern is None:
        # A pattern that was not taken over leaves its severity and policy without a test.
        soft = {test: severity for test, severity in more.severities.items() if test != "pattern"}
        live = {test: policy for test, policy in more.live.items() if test != "pattern"}
        more = replace(more, severities=soft, live=live)
    return replace(
        field,
        column=more.column or field.column,
        missing=more.missing,
        doc=field.doc if more.doc is None else more.doc,
        null=field.null and not {"null", "missing"} & more.severities.keys(),
        unit=more.unit,
        refuse=Bounds(**limits),
        warn=None if more.warn is None else limits_of(more.warn, field.kind),
        allowed=field.allowed if more.allowed is None else more.allowed,
        pattern=field.pattern if more.pattern is None else more.pattern,
        min_length=field.min_length if more.min_length is None else more.min_length,
        max_length=field.max_length if more.max_length is None else more.max_length,
        severities=more.severities,
        live=more.live,
        seen=more.seen,
        unique=(field.unique or field.kind == "key") if more.unique is None else more.unique,
    )


def without_slow_pattern(more: FieldExtension) -> tuple[FieldExtension, str]:
    """Leave out a pattern that hostile text would make slow; say so, or nothing."""
    why = "" if more.pattern is None else why_slow(more.pattern)
    return (replace(more, pattern=None), f"pattern: {short(more.pattern)} ({why})") if why else (more, "")


def given(limits: Bounds) -> dict[Side, Any]:
    """Return the limits there are, by side."""
    return {side: limit for side in SIDES if (limit := getattr(limits, side)) is not None}


def plain_limits(limits: Bounds) -> Limits:
    """Return the limits there are, ready for JSON."""
    return {side: plain(limit) for side, limit in given(limits).items()}


def limits_of(limits: Mapping[Side, int | float | str] | None, kind: Kind) -> Bounds:
    """Return limits, read back from JSON, as values of a field's kind.

    Raises:
        ValueError: one is no such value.
    """
    fitted: dict[Side, Any] = {}
    for side, limit in (limits or {}).items():
        if kind in ("date", "datetime"):
            fitted[side] = dt.date.fromisoformat(str(limit))
        else:
            fitted[side] = float(limit) if kind == "float" else int(limit)
    return Bounds(**fitted)


def told_limits(limits: Bounds) -> str:
    """Write limits in words: `from 1 to 12`."""
    words = {"ge": "from", "gt": "above", "le": "to", "lt": "below"}
    return " ".join(f"{words[side]} {plain(limit)}" for side, limit in given(limits).items())
