"""What live policies make of a table's refused rows: the few of them are judged again, one by one, as live rows are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import polars as pl
from msgspec import Struct
from msgspec.structs import replace

from holdtrue.contracts.batch_checker import BatchResult, named_by
from holdtrue.contracts.frame_decoding import Spelling
from holdtrue.contracts.row_checker import RowChecker, Verdict
from holdtrue.contracts.sending import rows_to_send
from holdtrue.contracts.spec import ContractSpec
from holdtrue.media import MEDIA, TooMuchMedia


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
    rows = rows_to_send(checker.spec, _with_figures(checker.spec, frame[places], result.typed[places]), spelling)
    judged = [_judged(checker, row) for row in rows]
    verdicts = {int(place): each for place, each in zip(places, judged, strict=True) if each.row is not None}
    if not verdicts:
        return Settled(result, {})
    answered = pl.DataFrame([each.row for each in verdicts.values()], schema=result.typed.schema)
    settled = np.fromiter(verdicts, dtype=np.int64)
    others = np.delete(np.arange(result.rows), settled)
    typed = pl.concat([result.typed[others], answered])[np.argsort(np.concatenate([others, settled]), kind="stable")]
    refused = result.refused.copy()
    refused[settled] = False
    kept = np.array([int(place) not in verdicts for place in places])
    return Settled(
        replace(result, refused=refused, typed=typed, quarantine=result.quarantine.filter(pl.Series(kept))),
        verdicts,
    )


def _with_figures(spec: ContractSpec, frame: pl.DataFrame, typed: pl.DataFrame) -> pl.DataFrame:
    """Put figures where a table has bytes, so that they are not decoded again; those without any stay bytes."""
    media = [field.name for field in spec.fields if field.kind in MEDIA and field.name in frame.columns]
    whole = [name for name in media if typed[name].null_count() == frame[name].null_count()]
    return frame.with_columns(typed[name] for name in whole)


def _judged(checker: RowChecker, row: Mapping[str, Any]) -> Verdict:
    try:
        return checker.check(row)
    except TooMuchMedia:
        return Verdict(None)  # what no live request may ask for stays refused
