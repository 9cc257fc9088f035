"""The last rows of an epoch beside its baseline: read again from the log when someone looks, so watching costs no more.

A position marks places in the log, so only the end of it is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from holdtrue.monitors import RecentInput, recent_inputs
from holdtrue.predictionlog import LogReader, Position, Prediction, Record
from holdtrue.profiles import Baseline
from holdtrue.watching.diagnosing import inputs_of, seasons_of
from holdtrue.watching.state import RECENT

FEWEST = 30
"""Rows from which on they are set beside the baseline: of fewer an average says little."""

_MOST_READ = 32 * RECENT
"""Records that are looked through for rows: the others are labels, refusals, and rows of other epochs."""


class RecentRows(Struct, frozen=True, kw_only=True):
    """The last rows that were watched: how many, and each input of theirs beside the baseline."""

    rows: int
    inputs: tuple[RecentInput, ...]


def recent_rows(reader: LogReader, position: Position, baseline: Baseline, *, alias: str, epoch: int) -> RecentRows:
    """Return the last rows watched of an epoch, `RECENT` at most, beside the baseline; none where they are too few.

    Args:
        position: how far they were watched. baseline: what they are watched against.
    """
    rows = _last_rows(reader, position, alias, epoch)
    if len(rows) < FEWEST:
        return RecentRows(rows=0, inputs=())
    # What a live policy put in a value's place says nothing of what came.
    kept = [_came(row) for row in rows]
    columns = inputs_of(kept, [row.moment for row in rows], baseline)
    return RecentRows(rows=len(rows), inputs=recent_inputs(baseline, columns, seasons_of(rows, baseline.season)))


def _last_rows(reader: LogReader, position: Position, alias: str, epoch: int) -> Sequence[Prediction]:
    most = 2 * RECENT
    while True:
        records = reader.before(position, most)
        rows = _own(records, alias, epoch)
        if len(rows) >= RECENT or len(records) < most or most >= _MOST_READ:
            return rows[-RECENT:]
        most *= 4


def _own(records: Sequence[Record], alias: str, epoch: int) -> list[Prediction]:
    found: dict[str, Prediction] = {}
    for record in records:
        if isinstance(record, Prediction) and record.alias == alias and record.epoch == epoch:
            found.setdefault(record.id, record)
    return list(found.values())


def _came(row: Prediction) -> dict[str, Any]:
    return {name: value for name, value in row.row.items() if name not in row.replaced} if row.replaced else row.row
