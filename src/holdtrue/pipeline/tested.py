"""Second station: the contract judges every row; refused rows are set aside with their reasons."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from msgspec import Struct

from holdtrue.contracts import (
    MIXED,
    BatchChecker,
    BatchResult,
    ContractSpec,
    FieldSpec,
    Past,
    Severity,
    TableResult,
    check_table,
    column_values,
    joined_results,
    row_tests,
    unmixed,
)
from holdtrue.foundation import DataNotFound, DataUnreadable, TestsFailed, free_name
from holdtrue.pipeline.captured import CapturedData, Piece
from holdtrue.pipeline.records import Ground
from holdtrue.project import Model
from holdtrue.versions import capture_table

QUARANTINE_ROWS = 100_000


class TestedData(Struct, frozen=True):
    """Rows that passed, typed and with derived fields, in the order of time where there is one.

    Attributes:
        served: how many of the rows were served ones.
        refused_live: how many rows the live form of the contract refuses: less the target and all that reads it.
        failed_live: test of that form to how many rows failed it, served rows left out.
    """

    __test__ = False

    accepted: pl.DataFrame
    quarantine: pl.DataFrame
    result: BatchResult
    table_tests: tuple[TableResult, ...]
    refused_live: int
    served: int
    failed_live: dict[str, int]


def judge_data(
    model: Model,
    data: CapturedData,
    *,
    is_slice: bool,
    now: int | None = None,
    pasts: Mapping[str, Past] | None = None,
) -> TestedData:
    """Test all rows and the table, and set refused rows aside.

    Args:
        now: the time of the test, for tests of age; without it they are not judged.
        pasts: earlier data that tests compare with; see `earlier_data`.

    Raises:
        DataNotFound: there is no row at all. DataUnreadable: the contract names a column that is not there.
    """
    pieces = list(data.files)
    if data.served is not None:
        served = data.served.select(each.name for each in model.spec.fields if each.name in data.served.columns)
        known = (
            [piece.frame[model.key] for piece in data.files if model.key in piece.frame.columns] if model.key else []
        )
        pieces.append(Piece(without_known(served, model.key, known) if model.key and known else served, "native"))
    pieces = [piece for piece in pieces if piece.frame.height]
    if not pieces:
        raise DataNotFound(f"the sources of {model.name} hold no rows", hint="check the path in data=")
    pieces = _of_one_width(pieces)
    require_columns(model.spec, pieces[0].frame, ", ".join(data.ids) or f"the data of {model.name}")
    checker, rows_before, results = BatchChecker(model.spec), 0, []
    for piece in pieces:
        results.append(checker.check(piece.frame, spelling=piece.spelling, rows_before=rows_before))
        rows_before += piece.frame.height
    result = joined_results(results)
    accepted = result.accepted
    if model.time is not None:
        accepted = accepted.sort(model.time, maintain_order=True)
    return TestedData(
        accepted=accepted,
        quarantine=result.quarantine,
        result=result,
        table_tests=check_table(
            model.spec,
            accepted,
            slice=is_slice,
            now=now,
            refused=result.quarantine.height,
            pasts=pasts,
            keys=data.keys,
        ),
        served=0 if data.served is None else data.served.height,
        refused_live=_refused_live(model, pieces, results),
        failed_live=_failed_live(model, results[: len(results) - (data.served is not None and data.served.height > 0)]),
    )


def _of_one_width(pieces: Sequence[Piece]) -> list[Piece]:
    """Put the columns that some sources lack into their rows, as null."""
    names = {name: None for piece in pieces for name in piece.frame.columns}
    return [
        Piece(
            piece.frame.with_columns(pl.lit(None).alias(name) for name in names if name not in piece.frame.columns),
            piece.spelling,
        )
        for piece in pieces
    ]


def _refused_live(model: Model, pieces: Sequence[Piece], results: Sequence[BatchResult]) -> int:
    live = BatchChecker(model.spec.live(model.target))
    refused = 0
    for piece, result in zip(pieces, results, strict=True):
        if result.quarantine.height:
            refused += int(live.check(result.quarantine, spelling=piece.spelling).refused.sum())
    return refused


def _failed_live(model: Model, results: Sequence[BatchResult]) -> dict[str, int]:
    """Return how many rows failed each test that live rows are put to; not whether a level was seen in training."""
    failed = {test.id: 0 for test in row_tests(model.live) if test.what != "seen"}
    for result in results:
        for test in result.tests:
            if test.test in failed:
                failed[test.test] += test.failed
    return failed


def without_known(served: pl.DataFrame, key: str, known: Sequence[pl.Series]) -> pl.DataFrame:
    """Return the served rows that are not in the files too: of those, the files know better.

    Args:
        known: the keys of the files' rows, in any type: keys are compared as text.
    """
    keys = pl.concat([_as_text(each) for each in known])
    return served.filter(~pl.col(key).cast(pl.String).is_in(keys.implode()))


def _as_text(keys: pl.Series) -> pl.Series:
    if keys.dtype == MIXED:
        return pl.Series([None if key is None else str(key) for key in column_values(keys)], dtype=pl.String)
    return keys.cast(pl.String)


def require_columns(spec: ContractSpec, frame: pl.DataFrame, where: str) -> None:
    """Say which columns a contract names and a table lacks; one whose values may all be missing may be lacking too.

    So may one whose test of missing values only warns, or has a live policy: its rows are judged, and say so.

    Args:
        where: how the message names the table.

    Raises:
        DataUnreadable: it lacks one.
    """
    lacking = [
        each.column or each.name
        for each in spec.fields
        if _is_needed(each) and each.name not in frame.columns and each.column not in frame.columns
    ]
    if not lacking:
        return
    close = difflib.get_close_matches(lacking[0], frame.columns, 1)
    shown = ", ".join(frame.columns[:12]) + (", ..." if frame.width > 12 else "")
    raise DataUnreadable(
        f"{where} has no column {', '.join(lacking)}, which the contract {spec.name} names",
        hint=f"did you mean {close[0]}?" if close else f"it has: {shown}",
    )


def _is_needed(field: FieldSpec) -> bool:
    """Whether each row of a table without the field would be refused, and nothing be given in its stead."""
    refused = field.severities.get("missing", Severity.REFUSE) is Severity.REFUSE
    return not field.null and refused and "missing" not in field.live


def keep_quarantine(ground: Ground, model: Model, tested: TestedData) -> str:
    """Keep the refused rows with their reasons as a data version; return its id, empty where none was refused.

    The first 100,000 of them: more tell nothing new. `row_number` says where each stood in the data, from 1.
    """
    if not tested.quarantine.height:
        return ""
    name, now = f"{model.name}-refused", ground.clock.now()
    numbers = pl.Series(np.flatnonzero(tested.result.refused) + 1, dtype=pl.Int64)
    column = free_name("row_number", tested.quarantine.columns)
    kept = unmixed(tested.quarantine).with_columns(numbers.alias(column)).head(QUARANTINE_ROWS)
    data_id = capture_table(name, kept, ground.store, at=now)
    ground.store.commit()
    ground.catalog.data.add(name, data_id, now, kept.height)
    return data_id


def refuse_bad_data(model: Model, tested: TestedData) -> None:
    """End the run where too much of the data is refused or a table test of severity `refuse` failed.

    Raises:
        TestsFailed: names the share and the tests.
    """
    rows, refused = tested.result.rows, tested.quarantine.height
    if refused > model.max_refused * rows:
        worst = sorted((t for t in tested.result.tests if t.severity == "refuse"), key=lambda t: -t.failed)[:3]
        named = "; ".join(f"{test.test}: {test.failed:,}" for test in worst if test.failed)
        raise TestsFailed(
            f"{refused:,} of {rows:,} rows were refused, more than max_refused = {model.max_refused:.1%} ({named})",
            hint="see holdtrue data test; mend the data, the contract, or max_refused",
        )
    failed = [test for test in tested.table_tests if test.passed is False and test.severity == "refuse"]
    if failed:
        raise TestsFailed(
            "; ".join(test.message for test in failed), hint="see holdtrue data test; mend the data or the contract"
        )
