"""The check that no one can switch off: a loaded version must answer stored rows as it did when it was registered."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from holdtrue.predicting.answering import ModelFailed, answer
from holdtrue.predicting.loaded import LoadedVersion

_RELATIVE = 1e-9  # another processor may round a sum differently; anything a user could see is far larger


def self_test(loaded: LoadedVersion) -> str:
    """Answer the version's stored rows on the live path; return "" if all is as in training, else what is not.

    It is run whenever a version is loaded to serve, and no one can switch it off: it finds a model library that
    predicts otherwise here than where the version was trained.
    """
    test = loaded.selftest
    try:
        answers = answer(loaded, [loaded.checker.check(row) for row in test.rows])
    except ModelFailed as failed:
        return failed.message
    values = []
    for number, answered in enumerate(answers, 1):
        if answered.value is None:
            messages = "; ".join(failure.message for failure in answered.verdict.failures)
            return f"stored row {number} of {len(answers)} is refused: {messages}"
        values.append(answered.value)
    return compare(test.predictions, values, test.rows)


def compare(expected: Sequence[float], found: Sequence[float], rows: Sequence[Mapping[str, Any]]) -> str:
    """Return "" if the predictions agree to 9 digits, else which row disagrees and how.

    Example:
        >>> compare([1.0, 2.0], [1.0, 2.5], [{"beds": 1}, {"beds": 2}])
        'stored row 2 of 2 is predicted 2.5, and was 2.0 in training'
    """
    largest = max((abs(value) for value in expected), default=0.0)
    for number, (then, now) in enumerate(zip(expected, found, strict=True), 1):
        if not math.isclose(then, now, rel_tol=_RELATIVE, abs_tol=_RELATIVE * largest):
            return f"stored row {number} of {len(rows)} is predicted {now!r}, and was {then!r} in training"
    return ""
