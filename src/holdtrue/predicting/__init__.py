"""Decode, contract, encode, predict: one path for server, batch, use within a process, and self-test."""

from holdtrue.predicting.answering import (
    Answer,
    Asking,
    ModelFailed,
    answer,
    failed_tests,
    record_of,
    row_time,
)
from holdtrue.predicting.batches import BatchPrediction, predict_frame, records_of_batch
from holdtrue.predicting.loaded import LoadedVersion
from holdtrue.predicting.loading import load_version
from holdtrue.predicting.selftests import self_test

__all__ = [
    "Answer",
    "Asking",
    "BatchPrediction",
    "LoadedVersion",
    "ModelFailed",
    "answer",
    "failed_tests",
    "load_version",
    "predict_frame",
    "record_of",
    "records_of_batch",
    "row_time",
    "self_test",
]
