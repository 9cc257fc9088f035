"""Text that a person would take for numbers or dates, in spellings that no source here has.

Nothing reads them: 1,200 is one number in one country and another in the next. What they look like is said where a
whole column is reported on, with what to do.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Literal, NamedTuple

Sort = Literal["number", "date"]


class _Form(NamedTuple):
    words: str
    mend: str
    pattern: re.Pattern[str]


def _form(words: str, mend: str, pattern: str) -> _Form:
    return _Form(words, mend, re.compile(pattern))


_PLAIN = re.compile(r"[+-]?[0-9]+(\.[0-9]*)?")
_GAP = "[ \u00a0\u202f]"
_NUMBERS = (
    _form("numbers with commas between the thousands", "write them as 1200", r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]*)?"),
    _form(
        "numbers with points between the thousands",
        "write them as 1200.5",
        r"[+-]?[0-9]{1,3}(\.[0-9]{3})+,[0-9]+|[+-]?[0-9]{1,3}(\.[0-9]{3}){2,}",
    ),
    _form("numbers with a comma for the point", "write them as 1.5", r"[+-]?[0-9]*,[0-9]+"),
    _form(
        "numbers with gaps between the thousands",
        "write them as 1200",
        rf"[+-]?[0-9]{{1,3}}({_GAP}[0-9]{{3}})+([.,][0-9]*)?",
    ),
    _form("percentages", "write them as 0.05, or as 5", rf"[+-]?[0-9]+([.,][0-9]+)?{_GAP}?%"),
    _form(
        "amounts with the sign of a currency",
        "write them as 1200, and the currency as the field's unit",
        rf"[+-]?[$€£¥₹]{_GAP}?[+-]?[0-9][0-9,.]*|[+-]?[0-9][0-9,.]*{_GAP}?[$€£¥₹]",
    ),
)
_TIME = r"([ T]+[0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?( ?[AaPp][Mm])?)?"
_PARTS = re.compile(r"([0-9]{1,2})([/.-])([0-9]{1,2})\2([0-9]{4}|[0-9]{2})" + _TIME)
_ISO = "write them as 2020-12-31, or parse them before"
_DATES = (
    _form("dates YYYY/MM/DD", _ISO, r"[0-9]{4}[/.][0-9]{1,2}[/.][0-9]{1,2}" + _TIME),
    _form("dates YYYYMMDD", _ISO, r"(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])"),
    _form(
        "dates with the month in words",
        _ISO,
        r"[0-9]{1,2}[ .-]{1,2}[^\W\d_]{3,9}\.?[ -][0-9]{2,4}|[^\W\d_]{3,9}\.? [0-9]{1,2},? [0-9]{4}",
    ),
)
_LONGEST = 40  # letters: nothing longer is a number or a date


def looks_like(texts: Collection[str], *, of: Collection[Sort] = ("number", "date"), most: float = 0.95) -> str:
    """Say what texts look like, and what to do; "" where they look like nothing known.

    Args:
        texts: different values of a column, or some of them.
        of: the sorts of value that are looked for.
        most: the share of the texts that must look so; among numbers, plain ones may stand.

    Example:
        >>> looks_like(["31/12/2020", "01/02/2021"])
        'looks like dates DD/MM/YYYY ("31/12/2020"): write them as 2020-12-31, or parse them before'
        >>> looks_like(["950", "1,200"])
        'looks like numbers with commas between the thousands ("1,200"): write them as 1200'
    """
    stripped = [text.strip() for text in texts if len(text) <= _LONGEST]
    needed = most * len(texts)
    if not stripped or len(stripped) < needed:
        return ""
    if "date" in of:
        said = _parted(stripped, needed) or _said(_DATES, stripped, needed, plain=0)
        if said:
            return said
    plain = sum(_PLAIN.fullmatch(text) is not None for text in stripped)
    return _said(_NUMBERS, stripped, needed, plain=plain) if "number" in of else ""


def _said(forms: tuple[_Form, ...], texts: list[str], needed: float, *, plain: int) -> str:
    for form in forms:
        fitting = [text for text in texts if form.pattern.fullmatch(text)]
        if fitting and len(fitting) + plain >= needed:
            return f'looks like {form.words} ("{fitting[0]}"): {form.mend}'
    return ""


def _parted(texts: list[str], needed: float) -> str:
    """Say of dates in three parts which of them is the day, as far as they show it."""
    found = [parts for text in texts if (parts := _PARTS.fullmatch(text))]
    day_first = [parts for parts in found if int(parts[1]) <= 31 and 1 <= int(parts[3]) <= 12]
    month_first = [parts for parts in found if int(parts[3]) <= 31 and 1 <= int(parts[1]) <= 12]
    best, other = sorted((day_first, month_first), key=len, reverse=True)
    if not best or len(best) < needed:
        return ""
    sign, year = best[0][2], "YYYY" if len(best[0][4]) == 4 else "YY"
    day, month = f"DD{sign}MM{sign}{year}", f"MM{sign}DD{sign}{year}"
    known = day if best is day_first else month
    form = f"{day} or {month}" if len(other) == len(best) else known
    telling = next((parts for parts in best if parts not in other), best[0])
    return f'looks like dates {form} ("{telling[0]}"): {_ISO}'
