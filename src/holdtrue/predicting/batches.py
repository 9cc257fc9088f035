"""Batch prediction: a whole table through the same contract, encoder and model as live rows."""

from __future__ import annotations

from typing import Literal

import numpy as np
import polars as pl
from msgspec import Struct

from holdtrue.contracts import BatchResult, encode_frame
from holdtrue.predicting.loaded import LoadedVersion, Matrix

PREDICTION = "prediction"


class BatchPrediction(Struct, frozen=True):
    """What became of a table.

    Attributes:
        result: the data tests' verdict: tests with counts and examples, the refused rows with their reasons.
        accepted: the accepted rows, typed, derived fields included.
        predictions: (n,) float64, one for each accepted row.
    """

    result: BatchResult
    accepted: pl.DataFrame
    predictions: Matrix

    @property
    def frame(self) -> pl.DataFrame:
        """The accepted rows with their predictions in the column `prediction`."""
        return self.accepted.with_columns(pl.Series(PREDICTION, self.predictions))


def predict_frame(
    loaded: LoadedVersion, frame: pl.DataFrame, spelling: Literal["csv", "native"] = "native"
) -> BatchPrediction:
    """Test a table, and predict the rows that pass.

    Args:
        loaded: the model version.
        frame: rows in the contract's form; further columns are left alone, the target is not needed.
        spelling: `csv` if numbers and dates may stand in it as text.
    """
    result = loaded.batch_checker.check(frame, spelling=spelling)
    accepted = result.accepted
    matrix = encode_frame(loaded.manifest.encoder, accepted)
    predictions = loaded.predict_matrix(matrix) if accepted.height else np.empty(0)
    return BatchPrediction(result, accepted, predictions)
