"""Batch prediction: a whole table through the same contract, encoder and model as live rows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Literal

import numpy as np
import polars as pl
from msgspec import Struct

from holdtrue.contracts import BatchResult, Failure, encode_frame, settle
from holdtrue.foundation import new_id
from holdtrue.monitors import oddity
from holdtrue.predicting.answering import CONSTANT, Asking, failed_tests, row_time
from holdtrue.predicting.loaded import LoadedVersion, Matrix
from holdtrue.predictionlog import Prediction, Refusal

PREDICTION = "prediction"


class BatchPrediction(Struct, frozen=True):
    """What became of a table.

    Attributes:
        result: the data tests' verdict: tests with counts and examples, the refused rows with their reasons.
        accepted: the accepted rows, typed, derived fields included.
        predictions: (n,) float64, one for each accepted row.
        failures: for each row of the table, every test it failed.
        replaced: accepted rows, by their place among them, with the fields whose value a live policy replaced.
        fallen: places among the accepted rows of those that the version's fallback answered.
    """

    result: BatchResult
    accepted: pl.DataFrame
    predictions: Matrix
    failures: list[tuple[Failure, ...]]
    replaced: Mapping[int, tuple[str, ...]] = {}
    fallen: frozenset[int] = frozenset()

    @property
    def answers(self) -> pl.DataFrame:
        """What is said of each accepted row: the column `prediction`.

        Where a live policy was needed, two columns more: `replaced` (fields, joined by commas) and `fallback`.
        """
        columns = [pl.Series(PREDICTION, self.predictions)]
        if self.replaced or self.fallen:
            count = range(len(self.predictions))
            replaced = [", ".join(self.replaced.get(place, ())) or None for place in count]
            fallback = [CONSTANT if place in self.fallen else None for place in count]
            columns += [
                pl.Series("replaced", replaced, dtype=pl.String),
                pl.Series("fallback", fallback, dtype=pl.String),
            ]
        return pl.DataFrame(columns)

    @property
    def frame(self) -> pl.DataFrame:
        """The accepted rows, typed, with their answers."""
        return self.accepted.with_columns(*self.answers)


def predict_frame(
    loaded: LoadedVersion, frame: pl.DataFrame, spelling: Literal["csv", "native"] = "native"
) -> BatchPrediction:
    """Test a table, and predict the rows that pass.

    Args:
        loaded: the model version.
        frame: rows in the contract's form; further columns are left alone, the target is not needed.
        spelling: `csv` if numbers and dates may stand in it as text.
    """
    judged, failures = loaded.batch_checker.check_rows(frame, spelling=spelling)
    settled = settle(judged, loaded.checker, frame, spelling)
    result, accepted = settled.result, settled.result.accepted
    places = np.cumsum(~result.refused) - 1  # of each row among the accepted
    verdicts = {int(places[row]): verdict for row, verdict in settled.verdicts.items()}
    for row, verdict in settled.verdicts.items():
        failures[row] = verdict.failures
    fallen = frozenset(place for place, verdict in verdicts.items() if verdict.fall_back)
    predictions = _predicted(loaded, accepted, fallen)
    replaced = {place: verdict.replaced for place, verdict in verdicts.items() if verdict.replaced}
    return BatchPrediction(result, accepted, predictions, failures, replaced, fallen)


def _predicted(loaded: LoadedVersion, accepted: pl.DataFrame, fallen: frozenset[int]) -> Matrix:
    """Return a prediction for each row; the model is not asked about rows that fell back."""
    own = np.ones(accepted.height, dtype=bool)
    own[list(fallen)] = False
    predictions = np.full(accepted.height, math.nan if loaded.manifest.fallback is None else loaded.manifest.fallback)
    if own.any():
        rows = accepted.filter(pl.Series(own)) if fallen else accepted
        predictions[own] = loaded.predict_matrix(encode_frame(loaded.manifest.encoder, rows))
    return predictions


def records_of_batch(
    loaded: LoadedVersion, batch: BatchPrediction, asking: Asking
) -> tuple[list[Prediction], list[Refusal]]:
    """Return what the log keeps of a batch: one record for each accepted row, in order, and one for each refused."""
    accepted = [failures for failures, refused in zip(batch.failures, batch.result.refused, strict=True) if not refused]
    refused = [failures for failures, refused in zip(batch.failures, batch.result.refused, strict=True) if refused]
    predictions = [
        Prediction(
            id=new_id(asking.received),
            received=asking.received,
            version=loaded.id,
            row=row,
            value=float(value),
            time=row_time(loaded, row),
            odd=None if place in batch.fallen or (found := oddity(loaded.oddity, row)) is None else found.reason,
            warnings=tuple(failure.test for failure in failures),
            fallback=CONSTANT if place in batch.fallen else "",
            replaced=batch.replaced.get(place, ()),
            client=asking.client,
            source=asking.source,
            alias=asking.alias,
            epoch=asking.epoch,
        )
        for place, (row, value, failures) in enumerate(
            zip(batch.accepted.iter_rows(named=True), batch.predictions, accepted, strict=True)
        )
    ]
    refusals = [
        Refusal(
            id=new_id(asking.received),
            received=asking.received,
            version=loaded.id,
            failures=failed_tests(failures),
            client=asking.client,
            source=asking.source,
            alias=asking.alias,
            epoch=asking.epoch,
        )
        for failures in refused
    ]
    return predictions, refusals
