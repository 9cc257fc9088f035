"""What a rehearsal found: what is kept with a version, and shown."""

from __future__ import annotations

import math

import msgspec
from msgspec import Struct

from holdtrue.monitors.rehearsal.histories import Quantity
from holdtrue.monitors.rehearsal.manners import Manner
from holdtrue.profiles import stored_form

FORMAT = 1

_UNSURE = 0.05


class Part(Struct, frozen=True, kw_only=True):
    """A history that was rehearsed.

    Attributes:
        name: in words. groups: what was watched of it. rows: of it, in all, and `replayed` those that came as if live.
        first, last: times of its first and last row. stretch: what took turns; "" where it is too short for that.
    """

    name: str
    groups: tuple[str, ...]
    rows: int
    replayed: int
    first: int
    last: int
    stretch: str = ""


class Heard(Struct, frozen=True, kw_only=True):
    """An alarm that there would have been.

    Attributes:
        part: name of the history. rows: of it that were replayed until then; time: of the row. message: in words.
        later: heard of the later rows against the earlier; else of rows in turns, where both halves lie all over it.
        lasting: the quantity alarms in the suggested manner too, so it has changed, or follows a rhythm not known here;
            False: it comes and goes, or its rows depend on each other; None: there is no suggestion to tell.
    """

    part: str
    group: str
    quantity: str
    rows: int
    time: int | None
    message: str
    later: bool
    lasting: bool | None = None


class Tried(Struct, frozen=True, kw_only=True):
    """A manner and what came of it, in turns.

    Attributes:
        rows: replayed, up to the first alarm, or the end of calm. message: what ended it; "" where it was silent.
        peak: the most evidence it came to, over what is an alarm.
        blind: silent, and of no part it would have found a shift of 1 sd either.
    """

    manner: Manner
    rows: int
    message: str
    peak: float
    blind: bool = False

    @property
    def silent(self) -> bool:
        """Whether there was no alarm, nor as much evidence as seldom comes where nothing changes."""
        return not self.message


class Cost(Struct, frozen=True, kw_only=True):
    """What it takes to find a shift by `sd` standard deviations that is planted into the rows replayed of a part.

    Attributes:
        part: name of the history. moved: the inputs that were moved, one at a time; or the prediction, by standard
            deviations of its error.
        rows: the median over them; None where half of them were not found in the rows there are.
        days: as long as so many rows take to come.
    """

    part: str
    moved: tuple[str, ...]
    sd: float
    rows: int | None
    days: float | None = None


class Rehearsal(Struct, frozen=True, kw_only=True):
    """What watching would have been like over rows that the model was not fitted on.

    Attributes:
        parts: the histories. skipped: why there is nothing, in words; else "".
        present: the manner in use; calm: whether it was silent in turns, but for what is left aside; restless: why not,
            where there was no alarm.
        alarms: what it would have raised; changed: how many quantities those were put down to.
        tried: others, in the order in which they were; suggestion: the simplest that is silent, None where the
            present one is or none is.
        aside: quantities that alarm in every manner, and were left aside; they are watched as ever.
        remaining: alarms that the suggestion (or, without one, the present manner) would have raised over later rows
            against earlier ones: lasting changes. quiet: the tolerance from which on they are not told; None for none.
        met: how many of the seasons of the suggestion (or of the present manner where that is silent) the held rows are
            of, and of how many all rows are, where they are fewer.
        cost: what the suggestion, or the present manner where that is silent, takes to find a shift.
    """

    format: int = FORMAT
    parts: tuple[Part, ...] = ()
    skipped: str = ""
    present: Manner = Manner()
    calm: bool = True
    restless: str = ""
    alarms: tuple[Heard, ...] = ()
    changed: int = 0
    tried: tuple[Tried, ...] = ()
    suggestion: Manner | None = None
    aside: tuple[Quantity, ...] = ()
    remaining: tuple[Heard, ...] = ()
    quiet: float | None = None
    met: tuple[int, int] | None = None
    cost: tuple[Cost, ...] = ()

    @property
    def replayed(self) -> int:
        """Rows that came as if live."""
        return sum(part.replayed for part in self.parts if part.stretch)

    @property
    def at_most_one_in(self) -> int:
        """Rows in which silence shows there to be at most one alarm, on average, at 95 % confidence.

        With R rows replayed and k manners tried, R / ln(k / 0.05): of those whose rate is greater each is silent with a
        probability of under 0.05 / k, so the chance that any of them was is under 0.05 (Poisson; union bound).
        """
        return int(self.replayed / math.log((1 + len(self.tried)) / _UNSURE))

    def to_bytes(self) -> bytes:
        """Return the stored form (MessagePack)."""
        return msgspec.msgpack.encode(self)

    @staticmethod
    def from_bytes(data: bytes) -> Rehearsal:
        """Read the stored form.

        Raises:
            WrongUse: these bytes are no rehearsal of a known format.

        Example:
            >>> Rehearsal.from_bytes(Rehearsal(skipped="no time").to_bytes()).skipped
            'no time'
        """
        return stored_form(data, _decoder, FORMAT, "rehearsal", "rehearsal")


_decoder = msgspec.msgpack.Decoder(Rehearsal)
