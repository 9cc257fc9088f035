"""How many rows were asked about, and how many of them the contract refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from msgspec import Struct, field

from holdtrue.predictionlog.records import Prediction, Record, Refusal


class Asked(Struct, frozen=True):
    """Rows asked about, each id once; `refused`: those among them that were refused; `failed`: how many, by test."""

    rows: int = 0
    refused: int = 0
    failed: dict[str, int] = field(default_factory=dict)


def count_asked(records: Iterable[Record], since: int | None = None) -> Asked:
    """Count the rows of a log, from the first one answered at or after `since` on (its own time, microseconds).

    A refused row has no time of its own: it counts as of the rows before it.

    Example:
        >>> row = Prediction(id="a", received=5, version="v", row={}, value=1.0)
        >>> count_asked([Refusal(id="b", received=1, version="v", failures=()), row, row], since=3)
        Asked(rows=1, refused=0, failed={})
    """
    answered: set[str] = set()
    refused: set[str] = set()
    failed: Counter[str] = Counter()
    begun = since is None
    for record in records:
        if isinstance(record, Prediction):
            begun = begun or (since is not None and record.moment >= since)
            if begun and record.id not in answered:
                answered.add(record.id)
                failed.update(record.warnings)
        elif isinstance(record, Refusal) and begun and record.id not in refused:
            refused.add(record.id)
            failed.update(dict.fromkeys((failure.test for failure in record.failures), 1))
    return Asked(len(answered | refused), len(refused), dict(failed))
