"""What a comparison of two tables says, column by column."""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from holdtrue.foundation import WrongUse
from holdtrue.monitors.alarms import Alarm

Verdict = Literal["changed", "unclear", "slight", "same", "gone", "new", "other kind", "not judged"]

CHANGED: tuple[Verdict, ...] = ("changed", "gone", "new", "other kind")
"""The verdicts that say a column is no longer what it was."""


class ComparisonSettings(Struct, frozen=True, kw_only=True):
    """What a change is.

    Attributes:
        level: how often, at the most, a comparison of two samples of one source says of any column that it changed:
            of all columns together.
        tolerance: the least share of the rows that must have become others (see `profiles.drift`) for a change to be
            one; 0: any that is no chance.
    """

    level: float = 0.01
    tolerance: float = 0.05

    def __post_init__(self) -> None:
        if not 0 < self.level < 1:
            raise WrongUse(f"level is {self.level}, and must be above 0 and under 1")
        if not 0 <= self.tolerance < 1:
            raise WrongUse(f"tolerance is {self.tolerance}, and must be at least 0 and under 1")


class Figures(Struct, frozen=True, kw_only=True):
    """A column of one table in figures; None where it has none of the kind. Times are ISO texts in UTC.

    Attributes:
        missing: share of the rows. different: how many different values, in words (an estimate says so).
        quantiles: share to value, of numbers and times. levels: the most frequent values with their share of the rows.
        length: mean length of text, in characters.
    """

    rows: int
    missing: float
    different: str
    mean: float | None = None
    sd: float | None = None
    least: float | str | None = None
    most: float | str | None = None
    quantiles: dict[str, float | str] = {}
    levels: dict[str, float] = {}
    length: float | None = None


class ColumnComparison(Struct, frozen=True, kw_only=True):
    """One column in both tables.

    Attributes:
        kind: as a contract's field would have it; of two kinds "int, now text".
        verdict: `changed`: more than by chance, and by the tolerance or more; `slight`: more than by chance, and less
            than the tolerance; `unclear`: by the tolerance or more as it seems, and by half of what chance can do:
            there are too few rows to tell; `same`: no change was found; `gone` and `new`: only one table has it;
            `other kind`; `not judged`.
        words: what is different, or why nothing is said, in words.
        moved: the share of the rows that would have to be others, 0 to 1; at_least, at_most: it lies between these,
            for all columns together but for the stated share of comparisons.
        of: what has moved most: "" its values, else their `length` or whether they are `missing`.
        event: where the two differ most, such as `at most 61,000` or `"wood"`; event_before, event_now: its share.
        difference: of the means, in the column's own unit; in_sd: the same in standard deviations of before.
        superiority: probability that a value now is greater than one before, ties counted half; of numbers and times.
        alarm: what the watch over the rows in their order says of it; None where it is silent, or there is none.
        remarks: what else is to be said of it, a sentence each.
    """

    name: str
    kind: str
    verdict: Verdict
    words: str
    moved: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    of: str = ""
    event: str = ""
    event_before: float | None = None
    event_now: float | None = None
    difference: float | None = None
    in_sd: float | None = None
    superiority: float | None = None
    before: Figures | None = None
    now: Figures | None = None
    alarm: Alarm | None = None
    remarks: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether it is no longer what it was, by the verdict or by the watch."""
        return self.verdict in CHANGED or self.alarm is not None


class TableComparison(Struct, frozen=True, kw_only=True):
    """Two tables compared, the columns that changed most first.

    Attributes:
        before, now: what they are called. rows_before, rows_now: how many rows they have.
        changed: the columns that are no longer what they were.
        judged: how many judgements share the level: one for each column, two for text.
        time: the column that the rows' order was told by; "": there was no watch.
        alarms: of the watch over the rows in their order, the first first; false_alarm_rows: it raises at most one
            false alarm in so many rows.
    """

    before: str
    now: str
    rows_before: int
    rows_now: int
    settings: ComparisonSettings
    changed: tuple[str, ...]
    columns: tuple[ColumnComparison, ...]
    judged: int
    time: str = ""
    alarms: tuple[Alarm, ...] = ()
    false_alarm_rows: float | None = None
