"""How a user declares fields: `beds: Int = field(ge=0, le=20, warn=bounds(ge=1, le=12))`."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Generic, TypeVar

from msgspec import Struct, structs

from holdtrue.contracts.decoding import INVALID, decode_value
from holdtrue.contracts.expressions import INT_MAX, INT_MIN, ITEM_KINDS, STRINGS, Kind, described
from holdtrue.contracts.places import Place, error_at, user_place
from holdtrue.contracts.row_tests import breaks, field_tests, tests_named
from holdtrue.contracts.spec import Bounds, FieldSpec, LivePolicy, Severity
from holdtrue.media import MEDIA

Limit = int | float | dt.date | None
Item = TypeVar("Item")


class Marker:
    """Root of the annotations that say what kind of value a field holds."""

    kind: ClassVar[Kind]


class Int(Marker):
    """A whole number of 64 bits."""

    kind = "int"


class Float(Marker):
    """A finite number (double precision)."""

    kind = "float"


class Bool(Marker):
    """True or false."""

    kind = "bool"


class Category(Marker):
    """Text out of a limited set of levels; given to the model as a code."""

    kind = "category"


class Text(Marker):
    """Any text; not given to the model as it is."""

    kind = "text"


class Key(Marker):
    """What identifies a row: text, or a whole number, which is taken as its digits. No feature, and `unique`."""

    kind = "key"


class Date(Marker):
    """A day."""

    kind = "date"


class DateTime(Marker):
    """A moment, in UTC where it names no zone."""

    kind = "datetime"


class Image(Marker):
    """A picture; a row holds its figures, such as its width and brightness, not its pixels."""

    kind = "image"


class Audio(Marker):
    """A sound; a row holds its figures, such as its duration and the share of silence."""

    kind = "audio"


class Video(Marker):
    """A film; a row holds its figures, such as its frame rate and duration."""

    kind = "video"


class Embedding(Marker):
    """A list of so many finite numbers: `field(length=384)`."""

    kind = "embedding"


class List(Marker, Generic[Item]):
    """A list of items of one kind: `List[Int]`, `List[Float]`, `List[Bool]`, `List[Category]` or `List[Text]`.

    `field(items=field(...))` has the tests of each item, `min_length` and `max_length` those of their number.
    """

    kind = "list[text]"


MARKERS = (Int, Float, Bool, Category, Text, Key, Date, DateTime, Embedding, List, Image, Audio, Video)
LISTS: Mapping[type[Marker], Kind] = {
    Int: "list[int]", Float: "list[float]", Bool: "list[bool]", Category: "list[text]", Text: "list[text]",
}  # fmt: skip


class Declaration(Struct, frozen=True, kw_only=True):
    """What `field(...)` was given, and where it stands in the user's file."""

    place: Place
    column: str
    missing: tuple[str, ...]
    null: bool
    unit: str
    doc: str
    refuse: Bounds
    warn: Bounds | None
    allowed: tuple[str, ...] | None
    pattern: str | None
    min_length: int | None
    max_length: int | None
    length: int | None
    items: Declaration | None
    unique: bool | None
    seen: bool
    severity: str | Mapping[str, str]
    live: LivePolicy | Mapping[str, LivePolicy] | None


def replace(value: bool | int | float | str | dt.date) -> LivePolicy:
    """Make the policy of a field's live tests: take this value as if it had been sent, and say so in the answer.

    Example:
        >>> replace(3).value
        3
    """
    return LivePolicy(action="replace", value=value.isoformat() if isinstance(value, dt.date) else value)


def fall_back() -> LivePolicy:
    """Make the policy of live tests: answer with the model's fallback (`ht.Model(..., fallback=...)`), and say so.

    Example:
        >>> fall_back().action
        'fall_back'
    """
    return LivePolicy(action="fall_back")


def bounds(*, ge: Limit = None, gt: Limit = None, le: Limit = None, lt: Limit = None) -> Bounds:
    """Make limits, for `field(warn=bounds(...))`: at least, above, at most, below.

    Example:
        >>> bounds(ge=1, le=12).le
        12
    """
    return Bounds(ge=ge, gt=gt, le=le, lt=lt)


def field(
    *,
    ge: Limit = None,
    gt: Limit = None,
    le: Limit = None,
    lt: Limit = None,
    warn: Bounds | None = None,
    column: str = "",
    missing: Sequence[str] = (),
    null: bool = False,
    allowed: Sequence[str] | None = None,
    pattern: str | None = None,
    min_length: int | None = None,
    max_length: int | None = None,
    length: int | None = None,
    items: Any = None,
    unique: bool | None = None,
    seen: bool = False,
    severity: str | Mapping[str, str] = "refuse",
    live: LivePolicy | Mapping[str, LivePolicy] | None = None,
    unit: str = "",
    doc: str = "",
) -> Any:
    """Declare the tests of a field.

    Args:
        ge, gt, le, lt: a row beyond these limits is refused (numbers, dates and times).
        warn: limits beyond which a row is answered with a warning.
        column: what files call it, where that cannot be a name here: `column="Sale Price ($)"`. Live rows use the
            field's own name.
        missing: what CSV files write where there is no value, besides nothing at all: `missing=["NA", "?"]`.
        null: whether the value may be missing.
        allowed: the levels a category may have, in the order of their codes.
        pattern: a regular expression (Python's `re`) that the whole text must match.
        min_length, max_length: limits of a text's length in characters, or of a list's in items.
        length: how many numbers an embedding has.
        items: the tests of each item of a list: `items=field(ge=0)`.
        unique: whether a value may stand in a table only once; keys are, unless it says False.
        seen: whether a category's level should have been among the training rows; warns, unless `severity` says else.
        severity: `refuse`, `warn` or `note`: of all the field's tests, or by their names: `{"allowed": "warn"}`. A
            value that is not of its kind and not refused is null to the model.
        live: what a live row gets in place of a refusal, `replace(3)` or `fall_back()`: for all the field's refusing
            tests, or by their names.
        unit, doc: for messages and pages.
    """
    place = user_place()
    if isinstance(allowed, str):
        raise error_at(place, "allowed is one text", hint='write allowed=["a", "b"]')
    if isinstance(missing, str) or not all(isinstance(text, str) for text in missing):
        raise error_at(place, f"missing={missing!r} is no list of texts", hint='write missing=["NA", "?"]')
    return Declaration(
        place=place,
        column=column,
        missing=tuple(missing),
        null=null,
        unit=unit,
        doc=doc,
        refuse=bounds(ge=ge, gt=gt, le=le, lt=lt),
        warn=warn,
        allowed=None if allowed is None else tuple(allowed),
        pattern=pattern,
        min_length=min_length,
        max_length=max_length,
        length=length,
        items=items,
        unique=unique,
        seen=seen,
        severity=severity,
        live=live,
    )


def field_spec(name: str, kind: Kind, declared: Declaration) -> FieldSpec:
    """Make a field's spec of its declaration.

    Raises:
        ContractError: an option that does not fit the kind, or limits that no value can meet; names file and line.
    """
    _check_options(name, kind, declared)
    if declared.allowed is not None:
        _check_allowed(name, kind, declared)
    if declared.pattern is not None:
        try:
            re.compile(declared.pattern)
        except re.error as wrong:
            raise error_at(declared.place, f"{name}: {declared.pattern!r} is no regular expression: {wrong}") from wrong
    if declared.min_length is not None and declared.min_length > (declared.max_length or declared.min_length):
        raise error_at(declared.place, f"{name}: nothing is as long as min_length and as short as max_length")
    spec = FieldSpec(
        name=name,
        kind=kind,
        column=declared.column,
        missing=declared.missing,
        null=declared.null,
        unit=declared.unit,
        doc=declared.doc,
        refuse=_fitting(name, kind, declared.refuse, declared.place),
        warn=None if declared.warn is None else _fitting(name, kind, declared.warn, declared.place),
        allowed=declared.allowed,
        pattern=declared.pattern,
        min_length=declared.min_length,
        max_length=declared.max_length,
        length=declared.length,
        items=_items(name, kind, declared),
        unique=kind == "key" if declared.unique is None else declared.unique,
        seen=declared.seen,
    )
    spec = structs.replace(spec, severities=_severities(spec, declared))
    return structs.replace(spec, live=_live(spec, declared))


def _check_options(name: str, kind: Kind, declared: Declaration) -> None:
    """Refuse options that are not for this kind."""
    place, text, listed = declared.place, kind in STRINGS, kind in ITEM_KINDS
    lengths = declared.min_length is not None or declared.max_length is not None
    if not text and (declared.pattern or (lengths and (not listed or kind == "embedding"))):
        raise error_at(place, f"{name} is no text and has no pattern or length", hint="leave the option out")
    if (kind == "embedding") != (declared.length is not None):
        what = "is an embedding without a length" if kind == "embedding" else "is no embedding and has no length"
        raise error_at(place, f"{name} {what}", hint="write ht.Embedding = ht.field(length=384)")
    if declared.length is not None and not (isinstance(declared.length, int) and declared.length > 0):
        raise error_at(place, f"{name}: length={declared.length!r} is no number of numbers", hint="write such as 384")
    if declared.items is not None and (not listed or not isinstance(declared.items, Declaration)):
        raise error_at(place, f"{name}: items= is for the items of a list", hint="write items=ht.field(ge=0)")
    if declared.seen and kind != "category":
        raise error_at(place, f"{name} has no levels to be seen in training", hint="declare it a Category")
    if declared.unique and (listed or kind == "bool"):
        raise error_at(place, f"{name} cannot be unique: it is {described(kind)}", hint="leave unique out")


def _items(name: str, kind: Kind, declared: Declaration) -> FieldSpec | None:
    """Return the tests of each item of a list."""
    if kind not in ITEM_KINDS or declared.items is None:
        return None
    given: Declaration = declared.items
    if given.live is not None or given.unique or given.seen or given.column:
        hint = "items have limits, allowed, pattern, lengths, null, warn and severity"
        raise error_at(given.place, f"{name}: an item has no live, unique, seen or column", hint=hint)
    item = ITEM_KINDS[kind]
    if given.allowed is not None and item == "text":
        item = "category"
    spec = field_spec(f"{name}[]", item, given)
    return None if spec == FieldSpec(name=spec.name, kind=ITEM_KINDS[kind]) else spec  # what says nothing is nothing


def severity_at(place: Place, severity: str) -> Severity:
    """Return a severity by its name; ContractError at that place for another name."""
    if severity in list(Severity):
        return Severity(severity)
    raise error_at(place, f"there is no severity {severity!r}", hint='write "refuse", "warn" or "note"')


def _severities(spec: FieldSpec, declared: Declaration) -> dict[str, Severity]:
    """Return the severities that are not `refuse`, by the names of tests."""
    names = tests_named(spec)
    given = declared.severity
    default = {"seen": "warn"} if spec.seen else {}
    by_test = dict.fromkeys(names, given) if isinstance(given, str) else {**default, **given}
    if given == "refuse":
        by_test |= default
    _check_names(spec, "severity", by_test, names, declared.place)
    found = {name: severity_at(declared.place, severity) for name, severity in by_test.items()}
    return {name: severity for name, severity in found.items() if severity is not Severity.REFUSE}


def _live(spec: FieldSpec, declared: Declaration) -> dict[str, LivePolicy]:
    """Return the live policies by the names of tests, each fit for the field."""
    given, place = declared.live, declared.place
    if given is None:
        return {}
    refusing = [name for name in tests_named(spec) if name not in spec.severities and name != "unique"]
    by_test = dict.fromkeys(refusing, given) if isinstance(given, LivePolicy) else dict(given)
    _check_names(spec, "live", by_test, refusing, place)
    for policy in by_test.values():
        if not isinstance(policy, LivePolicy):
            raise error_at(
                place, f"{spec.name}: live={policy!r} is no policy", hint="write ht.replace(3) or ht.fall_back()"
            )
        if policy.action == "replace":
            _check_replacement(spec, policy.value, place)
    return by_test


def _check_names(spec: FieldSpec, option: str, given: Mapping[str, Any], known: Sequence[str], place: Place) -> None:
    for name in given:
        if name not in known:
            hint = f"it has {', '.join(known)}" if known else "all its tests only warn"
            raise error_at(place, f"{spec.name}: {option} names the test {name!r}, which it does not have", hint=hint)


def _check_replacement(spec: FieldSpec, value: Any, place: Place) -> None:
    if spec.kind in MEDIA:
        hint = "write live=ht.fall_back(), or give the figures derived of it a stated value with .fill_null()"
        raise error_at(place, f"{spec.name} is {described(spec.kind)}, for which no value can be written", hint=hint)
    decoded = INVALID if spec.kind in ITEM_KINDS else decode_value(spec.kind, value)
    if decoded is INVALID:
        raise error_at(place, f"{spec.name} cannot be replaced by {value!r}, which is of another kind")
    broken = [test.id for test in field_tests(spec) if not test.soft and breaks(test, decoded)]
    if broken:
        raise error_at(
            place,
            f"{spec.name} cannot be replaced by {value!r}: it fails {broken[0]}",
            hint="replace it by one that passes",
        )


def _check_allowed(name: str, kind: Kind, declared: Declaration) -> None:
    levels = declared.allowed or ()
    if kind != "category":
        raise error_at(declared.place, f"{name} has allowed levels and is no category", hint=f"write {name}: Category")
    if not levels or len(set(levels)) != len(levels) or not all(isinstance(level, str) for level in levels):
        raise error_at(declared.place, f"{name}: allowed must list different texts", hint='write allowed=["a", "b"]')


def _fitting(name: str, kind: Kind, limits: Bounds, place: Place) -> Bounds:
    """Return the limits as values of the field's own kind."""
    given = {side: limit for side in ("ge", "gt", "le", "lt") if (limit := getattr(limits, side)) is not None}
    fitted = {side: _limit(name, kind, limit, place) for side, limit in given.items()}
    low = max((fitted[side] for side in ("ge", "gt") if side in fitted), default=None)
    high = min((fitted[side] for side in ("le", "lt") if side in fitted), default=None)
    if kind == "int" and given:
        low, high = (INT_MIN if low is None else low), (INT_MAX if high is None else high)
        low, high = low + (low == fitted.get("gt")), high - (high == fitted.get("lt"))
    strict = kind != "int" and (low == fitted.get("gt", ...) or high == fitted.get("lt", ...))
    if low is not None and high is not None and (low > high or (low == high and strict)):
        raise error_at(
            place, f"{name}: no value is within these limits", hint="the lower limit must be below the upper"
        )
    return Bounds(**fitted)


def _limit(name: str, kind: Kind, limit: Any, place: Place) -> Any:
    number = isinstance(limit, (int, float)) and not isinstance(limit, bool)
    if kind == "float" and number and math.isfinite(limit):
        return float(limit)
    if kind == "int" and number and limit == limit // 1 and INT_MIN <= limit <= INT_MAX:
        return int(limit)
    if kind in ("date", "datetime") and isinstance(limit, dt.date) and not isinstance(limit, dt.datetime):
        return limit
    day = "a date: write dt.date(2020, 1, 1)"
    needed = {"int": "a whole number", "float": "a finite number", "date": day, "datetime": day}.get(kind)
    if needed is None:
        hint = "limits are for numbers, dates and times"
        if kind in MEDIA:
            hint += f"; write a rule of its figures, such as row.{name}.bytes() < 5_000_000"
        raise error_at(place, f"{name} is {kind} and has no limits", hint=hint)
    raise error_at(
        place, f"{name}: the limit {limit!r} is not {needed}", hint=f"limits of a field of kind {kind} are such"
    )
