"""Which stretches of the log were read in which order: what a replay needs to be the same to the bit.

Each writer's records stay in their order, and between writers the one received first is read first, as far as it was
there when the log was read. So the order depends on when that was. One reading is a stretch that gives the same order
if it is read once more at a time; a new one begins only where that is not so: where a row was read after another that
was received later, where reading went back, where an epoch began before its first row came, and where the share of the
rows whose reasons are computed was changed. A log of one writer is one reading.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from holdtrue.catalog import ReadingRecord
from holdtrue.foundation import StoreDamaged
from holdtrue.predictionlog import Record

FORMAT = 1


class Reading(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A stretch of the log.

    Attributes:
        ends: writer and segment to the place up to which it was read, of the writers that had something to read.
        records: how many were read.
        epoch: the epoch in force when it began; until: when it ended, by its rows alone.
        halvings: so often the share of the rows whose reasons are computed was halved.
        before: writer and segment to the place it began at, where that is not where the reading before ended.
        first, last: when its earliest and its latest record were received; only: its only writer; ordered: whether each
            record was received no sooner than the one before. By these it is seen whether a stretch can go on.
    """

    ends: dict[str, int]
    records: int
    epoch: int
    until: int
    halvings: int = 0
    before: dict[str, int] | None = None
    first: int = 0
    last: int = 0
    only: str = ""
    ordered: bool = True
    format: int = FORMAT


class NumberedReading(Struct, frozen=True):
    """A reading and its place among those of a watch, from 0."""

    place: int
    reading: Reading

    @staticmethod
    def of(record: ReadingRecord | None) -> NumberedReading | None:
        """Read the stored form.

        Raises:
            StoreDamaged: it is none, or of a format this release does not know.
        """
        if record is None:
            return None
        try:
            reading = msgspec.msgpack.decode(record.body, type=Reading)
        except msgspec.DecodeError as broken:
            raise StoreDamaged(f"a reading of the log cannot be read: {broken}", hint="run holdtrue doctor") from broken
        if reading.format != FORMAT:
            raise StoreDamaged(f"a reading of the log has format {reading.format}, known is {FORMAT}")
        return NumberedReading(record.place, reading)

    def record(self) -> ReadingRecord:
        """Return the stored form."""
        return ReadingRecord(place=self.place, body=msgspec.msgpack.encode(self.reading))


def reading_of(
    start: Mapping[str, int],
    end: Mapping[str, int],
    records: Sequence[Record],
    *,
    epoch: int,
    until: int,
    halvings: int,
) -> Reading:
    """Return the reading of one step.

    Args:
        start, end: places in the log before and after. records: what lies between, one at least.
        epoch, until: in force before and after. halvings: in force before.

    Example:
        >>> from holdtrue.predictionlog import LabelRecord
        >>> label = LabelRecord(prediction_id="a", value=1, received=5)
        >>> reading_of({"s/1": 0}, {"s/1": 9, "t/1": 0}, [label], epoch=1, until=1, halvings=0).only
        's'
    """
    moved = {key: place for key, place in end.items() if start.get(key, 0) != place}
    writers = {writer_of(key) for key in moved}
    received = [record.received for record in records]
    return Reading(
        ends=moved,
        records=len(records),
        epoch=epoch,
        until=until,
        halvings=halvings,
        before=dict(start),
        first=min(received),
        last=max(received),
        only=writers.pop() if len(writers) == 1 else "",
        ordered=all(one <= next_ for one, next_ in pairwise(received)),
    )


def went_on(known: NumberedReading | None, step: Reading, reached: Mapping[str, int]) -> NumberedReading:
    """Return the reading that a step belongs to: the one under way, or a new one.

    Args:
        step: with where it began. reached: the places up to which the log was read before.
    """
    begins = None if step.before == dict(reached) and known is not None else step.before
    if known is None:
        return NumberedReading(0, replace(step, before=step.before or None))
    last = known.reading
    goes_on = begins is None and (step.epoch, step.halvings) == (last.until, last.halvings)
    same_writer = step.only != "" and step.only == last.only
    if goes_on and (same_writer or (step.ordered and last.ordered and step.first > last.last)):
        kept = {key: place for key, place in last.ends.items() if writer_of(key) not in map(writer_of, step.ends)}
        return NumberedReading(
            known.place,
            replace(
                last,
                ends=kept | step.ends,
                records=last.records + step.records,
                until=step.until,
                first=min(last.first, step.first),
                last=max(last.last, step.last),
                only=last.only if same_writer else "",
                ordered=last.ordered and step.ordered and step.first >= last.last,
            ),
        )
    return NumberedReading(known.place + 1, replace(step, before=begins))


def places_after(before: Mapping[str, int], reading: Reading) -> dict[str, int]:
    """Return the places up to which the log was read after a reading, given those before it."""
    moved = {writer_of(key) for key in reading.ends}
    return {key: place for key, place in before.items() if writer_of(key) not in moved} | reading.ends


def writer_of(key: str) -> str:
    """Return the writer of a place's key."""
    return key.rpartition("/")[0]
