"""How many rows were asked about, and how many of them the contract refused."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct

from holdtrue.predictionlog.records import Prediction, Record, Refusal


class Asked(Struct, frozen=True):
    """Rows asked about, each id once; `refused`: those among them that were refused."""

    rows: int = 0
    refused: int = 0


def count_asked(records: Iterable[Record], since: int | None = None) -> Asked:
    """Count the rows of a log, from the first one answered at or after `since` on (its own time, microseconds).

    A refused row has no time of its own: it counts as of the rows before it.

    Example:
        >>> row = Prediction(id="a", received=5, version="v", row={}, value=1.0)
        >>> count_asked([Refusal(id="b", received=1, version="v", failures=()), row, row], since=3)
        Asked(rows=1, refused=0)
    """
    answered: set[str] = set()
    refused: set[str] = set()
    begun = since is None
    for record in records:
        if isinstance(record, Prediction):
            begun = begun or (since is not None and record.moment >= since)
            if begun:
                answered.add(record.id)
        elif isinstance(record, Refusal) and begun:
            refused.add(record.id)
    return Asked(len(answered | refused), len(refused))
