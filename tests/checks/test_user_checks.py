"""Every way in which a user's check can end is a verdict, never a traceback."""

from __future__ import annotations

from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest

from holdtrue.checks import Check, CheckVerdict, run_check
from holdtrue.foundation import WrongUse

FRAME = pl.DataFrame({"beds": [1, 2, 3], "price": [1.0, float("nan"), 3.0]}).with_columns(
    sdate=pl.date(1996, 7, pl.col("beds"))
)


class Doubles:
    def predict(self, rows: Any) -> np.ndarray:
        return 2.0 * rows["beds"].to_numpy()


def verdict(function: Any, *, doc: str = "", required: bool = True) -> CheckVerdict:
    check = Check(name="own", function=function, doc=doc, required=required, place="model.py:7")
    return run_check(check, Doubles(), FRAME)


@pytest.mark.parametrize("answer", [None, True, np.True_, np.array([True, True, True]), pl.Series([True] * 3)])
def test_passes(answer: Any) -> None:
    found = verdict(lambda model, rows: answer)
    assert found.passed is True
    assert found.place == "model.py:7"


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (False, "it returned False"),
        (np.False_, "it returned False"),
        ("too dear", "too dear"),
        ("", "it returned an empty message"),
        (0.3, "it returned 0.3 (float), which is no verdict: return True or None to pass"),
        (1, "it returned 1 (int), which is no verdict"),
        ([True], "it returned a list, which is no verdict"),
        (np.array([0.5]), "it returned a ndarray, which is no verdict"),
    ],
)
def test_fails_with_the_reason(answer: Any, message: str) -> None:
    found = verdict(lambda model, rows: answer)
    assert found.passed is False
    assert found.message.startswith(message)


def test_a_bare_false_is_told_in_the_words_of_the_docstring() -> None:
    assert (
        verdict(lambda model, rows: False, doc="Baths are worth money.").message
        == "does not hold: Baths are worth money."
    )


def test_rows_that_fail_are_shown_as_json_can_hold_them() -> None:
    found = verdict(lambda model, rows: model.predict(rows) < 3, doc="Cheap.")
    assert found.message == "2 of 3 rows fail it: Cheap."
    assert found.value == pytest.approx(2 / 3)
    assert found.examples == (
        {"beds": 2, "price": "nan", "sdate": "1996-07-02"},
        {"beds": 3, "price": 3.0, "sdate": "1996-07-03"},
    )
    assert msgspec.json.decode(msgspec.json.encode(found), type=CheckVerdict) == found


def test_an_assertion_is_told_by_its_message_or_its_line() -> None:
    def with_message(model: Any, rows: Any) -> None:
        assert model.predict(rows).max() < 3, "6 is too much"

    def without(model: Any, rows: Any) -> None:
        if rows.height:
            raise AssertionError

    assert verdict(with_message).message.startswith("6 is too much")
    found = verdict(without)
    line = without.__code__.co_firstlineno + 2
    assert found.message == f"the assertion at test_user_checks.py:{line} does not hold"
    assert found.place.endswith(f"test_user_checks.py:{line}")


def test_an_exception_is_told_with_the_line_of_the_check_not_of_the_library() -> None:
    def broken(model: Any, rows: Any) -> None:
        rows["no such column"]

    found = verdict(broken)
    line = broken.__code__.co_firstlineno + 1
    assert found.passed is False
    assert found.message.startswith(f"ColumnNotFoundError at test_user_checks.py:{line}: ")


def test_an_error_of_ours_is_told_in_its_own_words() -> None:
    def wrong(model: Any, rows: Any) -> None:
        raise WrongUse("no field bets", hint="did you mean beds?")

    assert verdict(wrong).message.startswith("no field bets (did you mean beds?) (at test_user_checks.py:")


def test_wrong_arguments_are_told_at_the_definition() -> None:
    found = verdict(lambda model: True)
    assert found.message.startswith("TypeError at model.py:7: ")


def test_an_interrupt_is_no_verdict() -> None:
    def interrupted(model: Any, rows: Any) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        verdict(interrupted)


def test_whether_the_gate_asks_for_it_travels_with_the_verdict() -> None:
    assert verdict(lambda model, rows: False, required=False).required is False
    assert verdict(lambda model, rows: True).required is True


@pytest.mark.parametrize("verdicts", [np.array([], dtype=bool), np.array([True])])
def test_fewer_verdicts_than_rows_are_no_verdict(verdicts: np.ndarray) -> None:
    check = Check(name="each", function=lambda _model, _rows: verdicts)
    found = run_check(check, None, pl.DataFrame({"a": [1, 2, 3]}))  # type: ignore[arg-type]
    assert not found.passed and "verdicts for 3 rows" in found.message
