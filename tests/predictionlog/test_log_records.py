"""What goes into the log comes out of it the same."""

import math
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdtrue.foundation import WrongUse
from holdtrue.predictionlog import (
    FailedTest,
    LabelRecord,
    Prediction,
    Record,
    Refusal,
    decode_record,
    encode_record,
    join_labels,
    rows_of,
)
from holdtrue.predictionlog.frames import framed, whole_frames
from holdtrue.predictionlog.segments import folder_of

times = st.integers(0, 2**53)
values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**80), 2**80),
    st.floats(allow_nan=False),
    st.text(max_size=20),
    st.dates(),
    st.datetimes().map(lambda moment: moment.replace(fold=0)),
    st.datetimes(timezones=st.just(UTC), min_value=datetime(1, 1, 2), max_value=datetime(9999, 12, 30)),
)
rows = st.dictionaries(st.text(max_size=8), values, max_size=6)
predictions = st.builds(
    Prediction,
    id=st.text(max_size=8),
    received=times,
    version=st.text(max_size=8),
    row=rows,
    value=st.floats(allow_nan=False),
    time=st.none() | times,
    odd=st.none() | st.text(max_size=8),
    warnings=st.lists(st.text(max_size=8), max_size=3).map(tuple),
    epoch=st.integers(0, 9),
)
failures = st.builds(
    FailedTest, field=st.text(max_size=8), value=values, test=st.text(max_size=8), message=st.text(max_size=8)
)
refusals = st.builds(
    Refusal,
    id=st.text(max_size=8),
    received=times,
    version=st.text(max_size=8),
    failures=st.lists(failures, max_size=3).map(tuple),
)
labels = st.builds(LabelRecord, prediction_id=st.text(max_size=8), value=values, received=times, time=st.none() | times)


@given(st.one_of(predictions, refusals, labels))
def test_a_record_comes_back_as_it_went_in(record: Record) -> None:
    back = decode_record(encode_record(record))
    assert back == record
    assert repr(back) == repr(record) or "tzinfo" in repr(record)  # 1 == 1.0 == True, but they do not read the same


def test_numbers_that_are_none_come_back() -> None:
    record = Prediction(id="a", received=1, version="v", row={"lot": math.nan}, value=math.inf)
    back = decode_record(encode_record(record))
    assert isinstance(back, Prediction)
    assert math.isnan(back.row["lot"])
    assert back.value == math.inf


def test_zeros_as_a_power_cut_leaves_them_are_no_frames() -> None:
    assert [bytes(payload) for payload, _ in whole_frames(framed([b"a"]) + bytes(64))] == [b"a"]


@given(st.lists(st.binary(min_size=1, max_size=40), max_size=6), st.integers(0, 300))
def test_frames_are_read_as_far_as_they_are_whole(payloads: list[bytes], cut: int) -> None:
    data = framed(payloads)[:cut]
    read = [(bytes(payload), end) for payload, end in whole_frames(data)]
    assert [payload for payload, _ in read] == payloads[: len(read)]
    assert [end for _, end in read] == [len(framed(payloads[: n + 1])) for n in range(len(read))]
    assert len(read) == len(payloads) or len(framed(payloads[: len(read) + 1])) > cut


@given(st.lists(st.binary(min_size=1, max_size=20), min_size=1, max_size=4), st.data())
def test_a_flipped_bit_is_never_read_as_a_record(payloads: list[bytes], data: Any) -> None:
    whole = bytearray(framed(payloads))
    place = data.draw(st.integers(0, len(whole) * 8 - 1))
    whole[place // 8] ^= 1 << place % 8
    read = [bytes(payload) for payload, _ in whole_frames(bytes(whole))]
    assert read == payloads[: len(read)]
    assert len(read) < len(payloads)


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "../x", "a\0b", "-x", "é"])
def test_a_name_that_leads_elsewhere_is_refused(tmp_path: Any, name: str) -> None:
    with pytest.raises(WrongUse, match="cannot name"):
        folder_of(tmp_path, name)


def prediction(name: str, value: float = 1.0, **more: Any) -> Prediction:
    row = {"beds": 3, "sold": date(1996, 7, 1)}
    return Prediction(**{"id": name, "received": 5, "version": "v", "row": row, "value": value, **more})


def label(name: str, value: Any, received: int = 9, time: int | None = None) -> LabelRecord:
    return LabelRecord(prediction_id=name, value=value, received=received, time=time)


def test_the_first_prediction_and_the_last_label_of_an_id_count() -> None:
    joined = join_labels(
        [
            label("b", 4.0),
            prediction("a", 1.0),
            prediction("a", 2.0),
            label("a", 7.0),
            prediction("b", 3.0),
            label("a", 8.0),
            label("stranger", 0.0),
            prediction("unlabelled"),
        ]
    )
    assert [(pair.prediction.id, pair.prediction.value, pair.label.value) for pair in joined] == [
        ("a", 1.0, 8.0),
        ("b", 3.0, 4.0),
    ]


def test_rows_to_train_on_have_the_fields_asked_for_the_label_and_where_they_came_from() -> None:
    joined = join_labels(
        [prediction("a"), prediction("f", fallback="median"), label("a", 50_000, time=1_000_000), label("f", 9)]
    )
    frame = rows_of(joined, target="price", fields=["sold", "garage", "price", "beds"])
    assert frame.to_dicts() == [
        {
            "sold": date(1996, 7, 1),
            "garage": None,
            "beds": 3,
            "price": 50_000,
            "prediction_id": "a",
            "label_time": datetime(1970, 1, 1, 0, 0, 1, tzinfo=UTC),
        }
    ]
    assert rows_of([], target="price").columns == ["price", "prediction_id", "label_time"]
