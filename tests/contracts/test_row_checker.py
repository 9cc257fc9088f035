"""One live row: what a body may be, and how fast it is judged."""

from __future__ import annotations

import time

import msgspec
import pytest

from holdtrue.contracts import Contract, Float, Int, RowChecker, field
from holdtrue.foundation import DataUnreadable


class House(Contract):
    price: Float = field(gt=0)
    beds: Int = field(ge=0, le=20)


CHECKER = RowChecker(House.spec)


@pytest.mark.parametrize(
    "body", [b"", b"{", b'{"price": NaN, "beds": 1}', b"3", b'"a"', b"null", b"[" * 100_000, b"\xff", b"{} x"]
)
def test_what_is_no_json_or_no_row_is_said_so(body: bytes) -> None:
    with pytest.raises(DataUnreadable) as caught:
        CHECKER.check_json(body)
    assert caught.value.hint


def test_a_list_may_hold_good_rows_bad_rows_and_no_rows() -> None:
    found = CHECKER.check_json(b' [{"price": 1, "beds": 2}, 7, {"price": 1e400, "beds": 3.0, "more": 1}, {"beds": 1}]')
    assert [[failure.message for failure in verdict.failures] for verdict in found] == [
        [],
        ["7 is not a row, an object with named fields [row.type]"],
        ["price: inf is not a finite number [price.type]"],
        ["price: is missing [price.missing]"],
    ]
    assert found[0].row == {"price": 1.0, "beds": 2}


def test_an_empty_list_is_no_rows() -> None:
    assert CHECKER.check_json(b"[]") == []


def test_a_verdict_is_ready_for_json() -> None:
    verdicts = CHECKER.check_json(b'{"price": {"a": [1]}, "beds": "' + b"x" * 300 + b'"}')
    plain = msgspec.json.decode(msgspec.json.encode(verdicts))
    assert plain[0]["failures"][0]["value"] == '{"a": [1]}' and len(plain[0]["failures"][1]["value"]) == 80
    assert plain[0]["failures"][0]["severity"] == "refuse"


def test_a_good_row_of_twelve_fields_is_judged_in_microseconds() -> None:
    fields = tuple(msgspec.structs.replace(House.spec.fields[1], name=f"f{index}") for index in range(12))
    checker = RowChecker(msgspec.structs.replace(House.spec, fields=fields))
    body = msgspec.json.encode({f"f{index}": index for index in range(12)})
    best = min(_seconds_each(checker, body) for _ in range(20))
    assert best < 20e-6  # about 2 on a quiet machine; the slow way takes ten times that


def _seconds_each(checker: RowChecker, body: bytes) -> float:
    begun = time.perf_counter()
    for _ in range(500):
        checker.check_json(body)
    return (time.perf_counter() - begun) / 500
