"""What an alarm tells a person: since when, who, how much, where, and what it most likely is."""

from __future__ import annotations

from typing import Any

from msgspec import Struct


class Beginning(Struct, frozen=True, kw_only=True):
    """When a change began.

    Attributes:
        row: the likeliest first row, from 0, of the rows of the alarm's group; id, time: of that row.
        first_row, last_row: the interval; first_time, last_time: of these rows.
        coverage: the share of such intervals that hold the true first row; 0 where none can be stated.
        open: whether the interval may go on before the first row that was looked at.
    """

    row: int
    id: str
    time: int | None
    first_row: int
    last_row: int
    first_time: int | None
    last_time: int | None
    coverage: float
    open: bool = False


class Carrier(Struct, frozen=True, kw_only=True):
    """A part of the change.

    Attributes:
        name: a quantity, or a segment. part: its share of the whole, all parts and the rest add up to 1; may be
            negative, for what goes against it. value: the same in the unit of `Carriers.unit`.
        before, now: the quantity's own average, or share, in the baseline and since the change.
    """

    name: str
    part: float
    value: float
    before: float | None = None
    now: float | None = None


class Carriers(Struct, frozen=True, kw_only=True):
    """What carries a change, most first: `total` = the sum of all values + `rest`.

    Attributes:
        of: what is shared out, in words. unit: of the values.
    """

    of: str
    unit: str
    total: float
    parts: tuple[Carrier, ...]
    rest: float = 0.0


class Effect(Struct, frozen=True, kw_only=True):
    """How much the alarm's quantity has changed.

    Attributes:
        before, now: averages, or shares where it is a level. unit: theirs; "" where none is declared.
        superiority: probability that a value now is greater than one before, ties counted half; low, high: its 95%
            interval.
    """

    before: float
    now: float
    unit: str
    superiority: float
    low: float
    high: float


class Segment(Struct, frozen=True, kw_only=True):
    """Rows among which the change is another than among the others.

    Attributes:
        field, value: which rows. rows: of them since the change.
        before, now: the quantity's average, or share, among them. part: their share of the whole change.
        by_chance: probability of a difference as large by chance in any of the segments that were looked at.
    """

    field: str
    value: str
    rows: int
    before: float
    now: float
    part: float
    by_chance: float


class Cause(Struct, frozen=True, kw_only=True):
    """What a change may be.

    Attributes:
        kind: `unit`, `sign`, `swap`, `shift`, `reorder`, `copy`, `stuck`, `missing`, `new category`, `renamed`,
            `scale`, `stale version`, `features`, `model`, `relation`, `labels`, `refusals`, `slow drift` or `drift`.
        columns: what it befell. clause: in a few words, for a message. words: with what speaks for it.
        confidence: in [0, 1].
    """

    kind: str
    columns: tuple[str, ...]
    clause: str
    words: str
    confidence: float


class Bar(Struct, frozen=True):
    """A bar of a picture: its name, and the share of the rows in it before and now."""

    name: str
    before: float
    now: float


class Picture(Struct, frozen=True, kw_only=True):
    """A quantity before and now; bars of numbers go from low to high, of names from frequent to rare."""

    quantity: str
    unit: str
    numeric: bool
    bars: tuple[Bar, ...]


class Example(Struct, frozen=True, kw_only=True):
    """A row in which the change shows most: its id, its time, and the values that matter, as the log keeps them."""

    id: str
    time: int | None
    values: dict[str, Any]


class Diagnosis(Struct, frozen=True, kw_only=True):
    """What is known of an alarm's change.

    Attributes:
        rows: since the change, that it was made of; baseline_rows: what they were held against.
        begin: when it began. effect: of the alarm's quantity; None where its rows are not kept.
        carriers: what carries it. moved: the inputs that changed, with each one's evidence, most first.
        causes: the likeliest first; never empty.
        segments: where it is strongest, where that is beyond chance. segments_note: what was looked at, in words.
        pictures: before and now, of the alarm's quantity and of what carries it. examples: rows that show it.
    """

    rows: int
    baseline_rows: int
    begin: Beginning | None
    effect: Effect | None
    carriers: Carriers | None
    moved: tuple[tuple[str, float], ...]
    causes: tuple[Cause, ...]
    segments: tuple[Segment, ...] = ()
    segments_note: str = ""
    pictures: tuple[Picture, ...] = ()
    examples: tuple[Example, ...] = ()

    @property
    def cause(self) -> Cause:
        """The likeliest cause."""
        return self.causes[0]
