"""Table tests that a draft asks of a column: what no single row shows, in few tests, each with what it was seen in."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, localcontext

from msgspec import Struct

from holdtrue.contracts.python_text import literal
from holdtrue.foundation import share
from holdtrue.profiles import ColumnProfile

ENOUGH = 100
"""Values from which a column is given a test of its middle or its words."""

MOST_USUAL = 30
"""Columns of numbers that are given a test of their middle each; in a wider table a person says which matter."""

TOGETHER = 40
"""Columns that one test holds not to be constant."""


class DraftedTest(Struct, frozen=True):
    """A table test of a draft: what it returns, as Python, `table` being the table; and what it was inferred from."""

    source: str
    why: str


BLOCK = ("no_block_twice", DraftedTest("table.duplicate_rows <= 0.01 * table.rows", "hardly a row is there twice"))


def middle_test(name: str, profile: ColumnProfile) -> dict[str, DraftedTest]:
    """Test that the middle of a column of numbers is where it was, and that the column varies.

    Of quantities the median must stay within the middle half of the values seen, which no skew moves; of counts, whose
    median jumps from one number to the next or is their least, the mean must stay within half a standard deviation.
    """
    moments = profile.moments
    if moments.n < ENOUGH or not moments.sd > 0:
        return {}
    whole = f"table.column({literal(name)})"
    low, middle, high = (float(each) for each in profile.quantiles.quantiles([0.25, 0.5, 0.75]))
    if low < middle < high:
        asked = f"{whole}.quantile(0.5).is_between({rounded(low, up=False)}, {rounded(high, up=True)})"
        why = f"half of the values were from {shown(low)} to {shown(high)}, the middle one {shown(middle)}"
    else:
        least, most = moments.mean - moments.sd / 2, moments.mean + moments.sd / 2
        bottom, top = rounded(least, up=False), rounded(most, up=True)
        mean = f"{whole}.mean"
        # A limit that no mean of such values can pass says nothing.
        if least <= moments.min:
            asked = f"({mean} <= {top})"
        elif most >= moments.max:
            asked = f"({mean} >= {bottom})"
        else:
            asked = f"{mean}.is_between({bottom}, {top})"
        why = f"the mean was {shown(moments.mean)}, with a standard deviation of {shown(moments.sd)}"
    return {f"{name}_as_usual": DraftedTest(f"{asked} & ({whole}.sd > 0)", why)}


def there_test(name: str, missing: float) -> dict[str, DraftedTest]:
    """Test that not many more values are missing than were."""
    limit = min(0.9, 2 * missing + 0.01)
    source = f"table.column({literal(name)}).null_share < {limit:.2g}"
    return {f"{name}_is_there": DraftedTest(source, f"{share(missing)} of the values were missing")}


def words_test(name: str, names: ColumnProfile, present: int) -> dict[str, DraftedTest]:
    """Test that prose has the usual words."""
    words = names.words.compact().counts
    # Prose, not codes: three words a value, and the most frequent ones of more than a letter.
    usual = [word for word in list(words)[:6] if len(word) > 1][:3]
    if present < ENOUGH or sum(words.values()) < 3 * present or not usual:
        return {}
    whole = f"table.column({literal(name)})"
    asked = " & ".join(f"({whole}.word_rank({literal(word)}) <= 20)" for word in usual)
    why = f"{', '.join(map(literal, usual))} were among its six most frequent words"
    return {f"{name}_in_the_usual_language": DraftedTest(asked, why)}


def once_test(name: str) -> dict[str, DraftedTest]:
    """Test that no value of a column is there twice."""
    source = f"table.column({literal(name)}).duplicates == 0"
    return {f"{name}_is_unique": DraftedTest(source, "no value was there twice")}


def vary_tests(names: Sequence[str]) -> dict[str, DraftedTest]:
    """Test that columns which had several values have not become constant: one test for some of them together."""
    tests = {}
    for place in range(0, len(names), TOGETHER):
        each = [f"table.column({literal(name)}).distinct > 1" for name in names[place : place + TOGETHER]]
        asked = " & ".join(f"({one})" for one in each) if len(each) > 1 else each[0]
        test = "columns_vary" if place == 0 else f"columns_vary_{place // TOGETHER + 1}"
        tests[test] = DraftedTest(
            asked, "each had more than one value" if len(each) > 1 else "it had more than one value"
        )
    return tests


def rounded(value: float, *, up: bool, whole: bool = False) -> str:
    """Write a limit with three figures that count (of a whole number two), away from the values it limits.

    Example:
        >>> rounded(48_777.0, up=False), rounded(0.0301, up=True), rounded(875_000, up=True, whole=True)
        ('48_700', '0.0301', '880_000')
    """
    # As it is written: 0.35 is not a little less. A whole number may have more figures than a double.
    exact = Decimal(value) if isinstance(value, int) else Decimal(repr(float(value)))
    if not exact:
        return "0"
    step = Decimal(1).scaleb(exact.adjusted() - (1 if whole else 2))
    with localcontext() as context:
        context.prec = 400  # of the largest number, to its last whole figure
        near = (exact / step).to_integral_value(ROUND_CEILING if up else ROUND_FLOOR) * step
        if whole:
            near = near.to_integral_value(ROUND_CEILING if up else ROUND_FLOOR)
    if near == near.to_integral_value() and abs(near) < 10**15:
        return f"{int(near):_}" if abs(near) >= 10_000 else str(int(near))
    return str(int(near)) if whole else repr(float(near))


def shown(value: float) -> str:
    """Write a figure for a person.

    Example:
        >>> shown(65250.0), shown(0.49333), shown(1234.5)
        ('65,250', '0.4933', '1,234')
    """
    if isinstance(value, int):
        return f"{value:,}"  # to the last figure, beyond those of a double too
    return f"{value:,.0f}" if value == int(value) or abs(value) >= 1000 else f"{value:.4g}"
