"""The user's own checks: run, and every way they can end told as a verdict."""

from __future__ import annotations

import math
import traceback
from collections.abc import Callable
from pathlib import PurePath
from typing import Any, Protocol

import numpy as np
import polars as pl
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.checks.verdict import CheckVerdict
from holdtrue.foundation import HoldtrueError, ProjectBroken

_EXAMPLES = 5
_FORM = "return True or None to pass, False or a message to fail, or one True or False a row"


class Predicts(Protocol):
    """The model as a check gets it."""

    def predict(self, rows: Any) -> NDArray[np.float64]:
        """Return predictions (n,) of Rows, of a frame in contract form, or of a list of dicts."""
        ...


class Check(Struct, frozen=True, kw_only=True):
    """A test of a model that the user wrote.

    Attributes:
        function: called with (model, rows): the model to be judged and held rows.
        doc: the first line of its docstring.
        required: whether a version that fails it does not pass its gate; else it is only told.
        place: file and line of its definition.
    """

    name: str
    function: Callable[[Any, Any], Any]
    doc: str = ""
    required: bool = True
    place: str = ""


def run_check(check: Check, model: Predicts, rows: Any) -> CheckVerdict:
    """Run one check of the user's and return its verdict; only KeyboardInterrupt and the like come out.

    Passes: True, None, or an array of True, one for each row. Fails: False, a message, an array with a False in it (the
    rows concerned become examples), AssertionError, any other exception (told with file and line), or anything else
    returned.

    Args:
        check: the check.
        model: the model to be judged.
        rows: held rows; those of an array's verdict are looked up in `rows.frame`, or in `rows` if it is a frame.

    Raises:
        ProjectBroken: the check ended the program.
    """
    try:
        answer = check.function(model, rows)
    except AssertionError as failed:
        place = place_of(failed, check)
        said = str(failed).strip()
        return _failed(check, said or f"the assertion at {short(place)} does not hold", place=place)
    except HoldtrueError as error:
        place = place_of(error, check)
        return _failed(check, f"{error} (at {short(place)})", place=place)
    except SystemExit as ended:
        message = f"{short(place_of(ended, check))}: the check {check.name} ended the program ({ended.code})"
        raise ProjectBroken(message, hint="take the call of exit out of it") from ended
    except Exception as error:  # noqa: BLE001 - the user's code may raise anything; the verdict tells it
        place = place_of(error, check)
        return _failed(check, f"{type(error).__name__} at {short(place)}: {error}", place=place)
    return _verdict(check, answer, rows)


def place_of(error: BaseException, check: Check) -> str:
    """Return file and line of the deepest frame in the check's own file, else where the check is defined."""
    own = getattr(getattr(check.function, "__code__", None), "co_filename", "")
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == own]
    return f"{own}:{lines[-1]}" if lines else check.place


def short(place: str) -> str:
    """Return a place with the file's name alone, as messages show it.

    Example:
        >>> short("/home/ada/houses/model.py:31")
        'model.py:31'
    """
    return PurePath(place).name


def _verdict(check: Check, answer: Any, rows: Any) -> CheckVerdict:
    if answer is None or (isinstance(answer, (bool, np.bool_)) and answer):
        return CheckVerdict(name=check.name, passed=True, required=check.required, place=check.place)
    if isinstance(answer, (bool, np.bool_)):
        return _failed(check, f"does not hold: {check.doc}" if check.doc else "it returned False")
    if isinstance(answer, str):
        return _failed(check, answer.strip() or "it returned an empty message")
    each = answer.to_numpy() if isinstance(answer, pl.Series) and answer.dtype == pl.Boolean else answer
    if isinstance(each, np.ndarray) and each.dtype == np.bool_ and each.ndim == 1:
        return _by_row(check, each, rows)
    return _failed(check, f"it returned {_shown(answer)}, which is no verdict: {_FORM}")


def _by_row(check: Check, right: NDArray[np.bool_], rows: Any) -> CheckVerdict:
    frame = rows if isinstance(rows, pl.DataFrame) else getattr(rows, "frame", None)
    if isinstance(frame, pl.DataFrame) and frame.height != len(right):
        return _failed(check, f"it returned {len(right):,} verdicts for {frame.height:,} rows: {_FORM}")
    wrong = np.flatnonzero(~right)
    share = len(wrong) / len(right) if len(right) else 0.0
    if not len(wrong):
        return CheckVerdict(name=check.name, passed=True, value=0.0, required=check.required, place=check.place)
    examples: tuple[dict[str, Any], ...] = ()
    if isinstance(frame, pl.DataFrame):
        examples = tuple(_plain(row) for row in frame[wrong[:_EXAMPLES].tolist()].to_dicts())
    message = f"{len(wrong):,} of {len(right):,} rows fail it"
    return _failed(check, f"{message}: {check.doc}" if check.doc else message, value=share, examples=examples)


def _failed(check: Check, message: str, *, place: str = "", **more: Any) -> CheckVerdict:
    where = place or check.place
    return CheckVerdict(name=check.name, passed=False, message=message, required=check.required, place=where, **more)


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """Return a row as JSON can hold it: dates as text, no NaN."""
    return {name: _json(value) for name, value in row.items()}


def _json(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


def _shown(answer: Any) -> str:
    kind = type(answer).__name__
    return f"{answer!r} ({kind})" if isinstance(answer, (int, float)) else f"a {kind}"
