"""The channel between answering and watching: append, recover, read, labels."""

from holdtrue.predictionlog.asked import Asked, count_asked
from holdtrue.predictionlog.durability import Durability
from holdtrue.predictionlog.ids import check_prediction_id
from holdtrue.predictionlog.labels import Labelled, join_labels, rows_of, served_rows
from holdtrue.predictionlog.marks import Setback
from holdtrue.predictionlog.reader import LogReader, Position
from holdtrue.predictionlog.records import (
    FailedTest,
    LabelRecord,
    Prediction,
    Record,
    Refusal,
    ServiceSample,
    decode_record,
    encode_record,
)
from holdtrue.predictionlog.tails import Tail, abandoned_tails
from holdtrue.predictionlog.writer import LogWriter, WriterTaken, open_writer

__all__ = [
    "Asked",
    "Durability",
    "FailedTest",
    "LabelRecord",
    "Labelled",
    "LogReader",
    "LogWriter",
    "Position",
    "Prediction",
    "Record",
    "Refusal",
    "ServiceSample",
    "Setback",
    "Tail",
    "WriterTaken",
    "abandoned_tails",
    "check_prediction_id",
    "count_asked",
    "decode_record",
    "encode_record",
    "join_labels",
    "open_writer",
    "rows_of",
    "served_rows",
]
