"""The check that no one can switch off: a loaded version must answer stored rows as it did when it was registered."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import Struct

from holdtrue.foundation import StoreDamaged, canonical

FORMAT = 1
_RELATIVE = 1e-9  # another processor may round a sum differently; anything a user could see is far larger


class SelfTest(Struct, frozen=True, kw_only=True):
    """Stored rows and what the version predicted for them in training, by the batch path.

    Attributes:
        rows: rows as a client would send them: live fields only, values as JSON gives them (dates as ISO text).
        predictions: one for each row, in the unit of the target.
    """

    rows: tuple[dict[str, Any], ...]
    predictions: tuple[float, ...]
    format: int = FORMAT

    def to_bytes(self) -> bytes:
        """Return the stored form, canonical JSON."""
        return canonical(self)

    @staticmethod
    def from_bytes(data: bytes) -> SelfTest:
        """Read the stored form.

        Raises:
            StoreDamaged: these bytes are no self-test of a known format.

        Example:
            >>> test = SelfTest(rows=({"beds": 3},), predictions=(9.5,))
            >>> SelfTest.from_bytes(test.to_bytes()) == test
            True
        """
        try:
            test = msgspec.json.decode(data, type=SelfTest)
        except msgspec.DecodeError as broken:
            raise StoreDamaged(f"these bytes are no stored self-test: {broken}") from broken
        if test.format != FORMAT or len(test.rows) != len(test.predictions):
            raise StoreDamaged("a stored self-test is not of the known form", hint="use the release that wrote it")
        return test


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
