"""Rows asked about, and those refused, counted from the log."""

from __future__ import annotations

from holdtrue.predictionlog import Asked, LabelRecord, Prediction, Refusal, count_asked


def answered(name: str, moment: int) -> Prediction:
    return Prediction(id=name, received=100, time=moment, version="v", row={}, value=1.0)


def refused(name: str) -> Refusal:
    return Refusal(id=name, received=100, version="v", failures=())


RECORDS = [
    refused("a"),
    answered("b", 1),
    refused("c"),
    LabelRecord(prediction_id="b", value=2.0, received=100),
    answered("d", 5),
    refused("e"),
    answered("f", 3),
    refused("e"),
    answered("d", 5),
]


def test_each_row_counts_once_whichever_way_it_went() -> None:
    assert count_asked(RECORDS) == Asked(rows=6, refused=3)
    assert count_asked([]) == Asked()


def test_since_a_moment_refused_rows_count_as_of_the_rows_before_them() -> None:
    assert count_asked(RECORDS, since=5) == Asked(rows=3, refused=1)
    assert count_asked(RECORDS, since=6) == Asked()
