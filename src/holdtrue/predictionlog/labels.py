"""Brings predictions and their labels together, and makes rows to train on of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import polars as pl
from msgspec import Struct

from holdtrue.foundation import datetime_of, in_calendar
from holdtrue.predictionlog.reader import LogReader
from holdtrue.predictionlog.records import LabelRecord, Prediction, Record


class Labelled(Struct, frozen=True):
    """A prediction and what turned out to be true."""

    prediction: Prediction
    label: LabelRecord


def join_labels(records: Iterable[Record]) -> list[Labelled]:
    """Return the labelled predictions in the order of the predictions, each id once.

    Of several predictions with one id the first counts; of several labels the last. A label may stand before its
    prediction (they can come by different writers). Left out are labels of unknown predictions, and those of a time
    that is none (outside the years 1 to 9999).

    Example:
        >>> row = Prediction(id="a", received=1, version="v", row={"beds": 3}, value=9.0)
        >>> [(pair.prediction.value, pair.label.value) for pair in join_labels([
        ...     row, LabelRecord(prediction_id="a", value=7.0, received=2),
        ...     LabelRecord(prediction_id="a", value=8.0, received=3)])]
        [(9.0, 8.0)]
    """
    predictions: dict[str, Prediction] = {}
    labels: dict[str, LabelRecord] = {}
    for record in records:
        if isinstance(record, Prediction):
            predictions.setdefault(record.id, record)
        elif isinstance(record, LabelRecord) and in_calendar(record.moment):
            labels[record.prediction_id] = record
    return [Labelled(prediction, labels[name]) for name, prediction in predictions.items() if name in labels]


def served_rows(root: Path, model: str, *, target: str = "", fields: Sequence[str] = ()) -> pl.DataFrame:
    """Return the answered rows whose label has come, in the contract's form, to train on.

    Never refused rows, never rows of which a value was replaced, and never the labels of fallback answers.

    Args:
        root: the folder of all prediction logs.
        model: the model's name.
        target: the column to put the label in; empty: `label`.
        fields: the columns wanted, in this order; empty: all that were logged, derived ones included.

    Returns:
        One row per labelled prediction, in the log's order: the fields, the target, `prediction_id` (text) and
        `label_time` (datetime, UTC). A field that a row lacks is null.
    """
    return rows_of(join_labels(LogReader(root, model).all()), target=target, fields=fields)


def rows_of(labelled: Sequence[Labelled], *, target: str = "", fields: Sequence[str] = ()) -> pl.DataFrame:
    """Return labelled predictions as `served_rows` does."""
    kept = [pair for pair in labelled if pair.prediction.own]
    names = list(fields) or list(dict.fromkeys(name for pair in kept for name in pair.prediction.row))
    target = target or "label"
    columns: dict[str, list[Any]] = {
        name: [pair.prediction.row.get(name) for pair in kept] for name in names if name != target
    }
    columns[target] = [pair.label.value for pair in kept]
    frame = pl.DataFrame({name: _series(name, values) for name, values in columns.items()})
    return frame.with_columns(
        pl.Series("prediction_id", [pair.prediction.id for pair in kept], dtype=pl.String),
        pl.Series(
            "label_time", [datetime_of(pair.label.moment) for pair in kept], dtype=pl.Datetime("us", time_zone="UTC")
        ),
    )


def _series(name: str, values: list[Any]) -> pl.Series:
    kinds = {value.__class__ for value in values if value is not None}
    if kinds == {int, float}:
        values = [None if value is None else float(value) for value in values]
    return pl.Series(name, values, strict=True)
