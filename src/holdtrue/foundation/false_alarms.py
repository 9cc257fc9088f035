"""How often a watch may cry wolf, in words: "1 per 100000 rows or 30 days"."""

from __future__ import annotations

import re

from msgspec import Struct

from holdtrue.foundation.errors import WrongUse
from holdtrue.foundation.wording import counted, figure

_DAYS = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.0, "year": 365.0}
_NUMBER = r"\d[\d_,]*(?:\.\d+)?(?:e\d+)?"
_SPAN = rf"(?:({_NUMBER})\s+)?(row|hour|day|week|month|year)s?"
_FORM = re.compile(rf"({_NUMBER})\s+per\s+{_SPAN}(?:\s+or\s+{_SPAN})?", re.IGNORECASE)
_HINT = 'write such as "1 per 100000 rows", "1 per 30 days", or "1 per 100000 rows or 30 days" for the rarer of both'


class FalseAlarms(Struct, frozen=True, kw_only=True):
    """At most one false alarm in so many rows and in so many days: both hold, so the rarer decides.

    Attributes:
        rows: rows asked about for each false alarm; None: the rate is one of time alone.
        days: days for each false alarm, by the data's clock; None: the rate is one of rows alone.
    """

    rows: float | None = None
    days: float | None = None

    def __str__(self) -> str:
        spans = [] if self.rows is None else [counted(round(self.rows), "row")]
        if self.days is not None:
            spans.append(f"{figure(self.days)} {'day' if self.days == 1 else 'days'}")
        return f"1 per {' or '.join(spans)}{', whichever is rarer' if len(spans) > 1 else ''}"

    @property
    def promise(self) -> str:
        """What a watch keeps to, in words.

        Example:
            >>> FalseAlarms(rows=100_000, days=30).promise
            'at most 1 false alarm in 100,000 rows or 30 days, whichever is rarer, all watches together'
        """
        return f"at most 1 false alarm in {str(self).removeprefix('1 per ')}, all watches together"


def false_alarms_of(text: str) -> FalseAlarms:
    """Read a rate of false alarms: `N per M rows`, of `hours`, `days`, `weeks`, `months` (30 days) or `years`, or both.

    Raises:
        WrongUse: it is none, or more than one in 100 rows or in an hour.

    Example:
        >>> str(false_alarms_of("2 per month"))
        '1 per 15 days'
        >>> str(false_alarms_of("1 per 100_000 rows or 30 days"))
        '1 per 100,000 rows or 30 days, whichever is rarer'
    """
    found = _FORM.fullmatch(text.strip())
    if found is None:
        raise WrongUse(f"{text!r} is no rate of false alarms", hint=_HINT)
    number, *spans = found.groups()
    times = _number(number)
    given: dict[bool, float] = {}
    for many, unit in (spans[:2], spans[2:]):
        if unit is None:
            continue
        of_rows = unit.lower() == "row"
        if of_rows in given:
            raise WrongUse(f"{text!r} names two spans of {'rows' if of_rows else 'time'}", hint=_HINT)
        length = _number(many or "1") * (1.0 if of_rows else _DAYS[unit.lower()])
        given[of_rows] = length / times if times else 0.0
    rate = FalseAlarms(rows=given.get(True), days=given.get(False))
    too_often = (rate.rows is not None and rate.rows < 100) or (rate.days is not None and rate.days < 1 / 24)
    if not times or too_often:
        raise WrongUse(f"{text!r} is no rate to live with", hint="at most 1 per 100 rows and 1 per hour; " + _HINT)
    return rate


def _number(text: str) -> float:
    return float(text.replace(",", "").replace("_", ""))
