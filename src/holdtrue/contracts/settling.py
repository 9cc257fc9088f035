"""What live policies make of a table's refused rows: the few of them are judged again, one by one, as live rows are."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import polars as pl
from msgspec import Struct
from msgspec.structs import replace

from holdtrue.contracts.batch_checker import BatchResult, named_by
from holdtrue.contracts.frame_decoding import Spelling
from holdtrue.contracts.row_checker import RowChecker, Verdict
from holdtrue.contracts.sending import rows_to_send


class Settled(Struct, frozen=True):
    """A table's verdict after live policies.

    Attributes:
        result: as `BatchChecker` gave it, less the rows of `verdicts` among the refused, and with them in `accepted`.
        verdicts: row number to verdict, of the rows that a policy kept from being refused.
    """

    result: BatchResult
    verdicts: Mapping[int, Verdict]


def settle(result: BatchResult, checker: RowChecker, frame: pl.DataFrame, spelling: Spelling = "native") -> Settled:
    """Do for the refused rows of a table what the tests' live policies say.

    Args:
        result: what `BatchChecker(checker.spec)` said of the frame.
        checker: a checker of live rows, `RowChecker(spec, live=True)`.
    """
    frame = named_by(checker.spec, frame)
    places = np.flatnonzero(result.refused)
    if not len(places) or not checker.has_policies:
        return Settled(result, {})
    judged = [checker.check(row) for row in rows_to_send(checker.spec, frame[places], spelling)]
    verdicts = {int(place): each for place, each in zip(places, judged, strict=True) if each.row is not None}
    if not verdicts:
        return Settled(result, {})
    rows = pl.DataFrame([each.row for each in verdicts.values()], schema=result.typed.schema)
    settled = np.fromiter(verdicts, dtype=np.int64)
    others = np.delete(np.arange(result.rows), settled)
    typed = pl.concat([result.typed[others], rows])[np.argsort(np.concatenate([others, settled]), kind="stable")]
    refused = result.refused.copy()
    refused[settled] = False
    kept = np.array([int(place) not in verdicts for place in places])
    return Settled(
        replace(result, refused=refused, typed=typed, quarantine=result.quarantine.filter(pl.Series(kept))),
        verdicts,
    )
