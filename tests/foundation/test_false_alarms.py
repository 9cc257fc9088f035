"""A rate of false alarms is read as people write it, and said as they read it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdtrue.foundation import FalseAlarms, WrongUse, false_alarms_of


@pytest.mark.parametrize(
    ("text", "rows", "days"),
    [
        ("1 per 100000 rows", 100_000, None),
        ("1 per 100,000 rows or 30 days", 100_000, 30),
        ("1 per 30 days or 100_000 rows", 100_000, 30),
        ("2 per week", None, 3.5),
        ("1 per 12 hours", None, 0.5),
        ("0.5 per month", None, 60),
        (" 1 PER Year ", None, 365),
        ("1 per 1e6 rows", 1_000_000, None),
    ],
)
def test_rates_are_read(text: str, rows: float | None, days: float | None) -> None:
    assert false_alarms_of(text) == FalseAlarms(rows=rows, days=days)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no rate of false alarms"),
        ("often", "no rate of false alarms"),
        ("1 per 100000", "no rate of false alarms"),
        ("one per day", "no rate of false alarms"),
        ("1 per 10 rows", "to live with"),
        ("1 per 0 rows", "to live with"),
        ("1 per 0 days", "to live with"),
        ("100 per day", "to live with"),
        ("0 per day", "to live with"),
        ("1 per 1000 rows or 2000 rows", "two spans of rows"),
        ("1 per 2 days or week", "two spans of time"),
    ],
)
def test_what_is_none_is_told_what_to_write(text: str, says: str) -> None:
    with pytest.raises(WrongUse, match=says) as refused:
        false_alarms_of(text)
    assert "1 per" in refused.value.hint


@given(st.integers(100, 10**9), st.none() | st.integers(1, 10_000))
def test_what_is_said_is_read_again(rows: int, days: int | None) -> None:
    rate = FalseAlarms(rows=rows, days=days)
    assert false_alarms_of(str(rate).removesuffix(", whichever is rarer")) == rate
