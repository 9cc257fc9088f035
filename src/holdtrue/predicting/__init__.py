"""Decode, contract, encode, predict: one path for server, batch, use within a process, and self-test."""

from holdtrue.predicting.answering import (
    Answer,
    Asking,
    ModelFailed,
    answer,
    failed_tests,
    record_of,
    row_time,
    self_test,
)
from holdtrue.predicting.batches import BatchPrediction, predict_frame
from holdtrue.predicting.loaded import LoadedVersion
from holdtrue.predicting.loading import load_version, matrix_bytes, matrix_of, read_whole
from holdtrue.predicting.selftests import SelfTest

__all__ = [
    "Answer",
    "Asking",
    "BatchPrediction",
    "LoadedVersion",
    "ModelFailed",
    "SelfTest",
    "answer",
    "failed_tests",
    "load_version",
    "matrix_bytes",
    "matrix_of",
    "predict_frame",
    "read_whole",
    "record_of",
    "row_time",
    "self_test",
]
