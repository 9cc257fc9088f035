"""From a value as JSON or Python spells it to the logical type: one function a kind.

`frame_decoding.py` does the same for whole columns. The table of spellings is in `docs/contracts.md`.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import partial
from typing import Any

from holdtrue.contracts.expressions import INT_MAX, INT_MIN, Kind
from holdtrue.contracts.media_values import read_value
from holdtrue.media import MEDIA

DATE = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
# date, hour:minute, second, fraction, offset; a date alone is its midnight
TIME = (
    r"^([0-9]{4}-[0-9]{2}-[0-9]{2})"
    r"(?:[T ]((?:[01][0-9]|2[0-3]):[0-5][0-9])(?::([0-5][0-9])(?:\.([0-9]{1,6}))?)?"
    r"(Z|[+-](?:[01][0-9]|2[0-3]):[0-5][0-9])?)?$"
)
_LONGEST_KEY = 10**1000  # Python writes no more than 4,300 digits
_DATE = re.compile(DATE.replace("$", r"\Z"))
_TIME = re.compile(TIME.replace("$", r"\Z"))


class _Invalid:
    def __repr__(self) -> str:
        return "INVALID"


INVALID: Any = _Invalid()


def decode_value(kind: Kind, raw: Any) -> Any:
    """Return the logical value of one that is not missing; INVALID, or of media why it is `Unread`.

    Example:
        >>> decode_value("int", 3.0), decode_value("int", "3"), decode_value("date", "1996-07-01")
        (3, INVALID, datetime.date(1996, 7, 1))
    """
    return DECODERS[kind](raw)


def parse_datetime(text: str) -> dt.datetime | None:
    """Parse an ISO 8601 time to UTC, None if it is none: at most microseconds; no zone means UTC.

    Example:
        >>> parse_datetime("1996-07-01T12:00+02:00")
        datetime.datetime(1996, 7, 1, 10, 0, tzinfo=datetime.timezone.utc)
    """
    found = _TIME.match(text)
    if found is None:
        return None
    day, minute, second, fraction, offset = found.groups()
    try:
        local = dt.datetime.fromisoformat(f"{day} {minute or '00:00'}:{second or '00'}")
        local = local.replace(microsecond=int((fraction or "").ljust(6, "0")), tzinfo=dt.UTC)
        if offset is None or offset == "Z":
            return local
        ahead = dt.timedelta(hours=int(offset[1:3]), minutes=int(offset[4:6]))
        return local - ahead if offset[0] == "+" else local + ahead
    except (ValueError, OverflowError):
        return None


def _int(raw: Any) -> Any:
    if isinstance(raw, bool):
        return INVALID
    if isinstance(raw, int):
        return int(raw) if INT_MIN <= raw <= INT_MAX else INVALID
    if isinstance(raw, float):
        return int(raw) if raw.is_integer() and -(2.0**63) <= raw < 2.0**63 else INVALID
    if isinstance(raw, Decimal):
        return _int(int(raw)) if raw.is_finite() and raw == raw.to_integral_value() else INVALID
    return INVALID


def _float(raw: Any) -> Any:
    if isinstance(raw, bool) or not isinstance(raw, (int, float, Decimal)):
        return INVALID
    try:
        number = float(raw)
    except OverflowError:
        return INVALID
    return number if number - number == 0 else INVALID


def _bool(raw: Any) -> Any:
    return raw if isinstance(raw, bool) else INVALID


def _text(raw: Any) -> Any:
    if not isinstance(raw, str):
        return INVALID
    try:
        raw.encode()  # half a surrogate pair is no text
    except UnicodeEncodeError:
        return INVALID
    return raw


def _key(raw: Any) -> Any:
    if isinstance(raw, str):
        return _text(raw)
    if isinstance(raw, int) and not isinstance(raw, bool):
        return str(raw) if abs(raw) < _LONGEST_KEY else INVALID
    whole = _int(raw)
    return INVALID if whole is INVALID else str(whole)


def _date(raw: Any) -> Any:
    if isinstance(raw, dt.datetime):
        moment = _utc(raw)
        return INVALID if moment is None or moment.time() != dt.time() else moment.date()
    if isinstance(raw, dt.date):
        return raw
    if isinstance(raw, str) and _DATE.match(raw):
        try:
            return dt.date.fromisoformat(raw)
        except ValueError:
            return INVALID
    return INVALID


def _datetime(raw: Any) -> Any:
    if isinstance(raw, dt.datetime):
        moment = _utc(raw)
        return INVALID if moment is None else moment
    if isinstance(raw, dt.date):
        return dt.datetime(raw.year, raw.month, raw.day, tzinfo=dt.UTC)
    if isinstance(raw, str):
        parsed = parse_datetime(raw)
        return INVALID if parsed is None else parsed
    return INVALID


def _utc(moment: dt.datetime) -> dt.datetime | None:
    try:
        return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)
    except OverflowError:
        return None


DECODERS: Mapping[Kind, Callable[[Any], Any]] = {
    "int": _int,
    "float": _float,
    "bool": _bool,
    "category": _text,
    "text": _text,
    "key": _key,
    "date": _date,
    "datetime": _datetime,
    **{medium: partial(read_value, medium) for medium in MEDIA},
}
