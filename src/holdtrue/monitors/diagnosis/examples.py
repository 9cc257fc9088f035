"""Rows in which a change shows most."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from holdtrue.monitors.diagnosis.records import Example
from holdtrue.monitors.diagnosis.rows import Floats, LiveRows
from holdtrue.profiles import ABSOLUTE_ERROR, PREDICTION, SIGNED_ERROR

SHOWN = 4


def examples_of(rows: LiveRows, place: int, telling: Floats, names: Sequence[str]) -> tuple[Example, ...]:
    """Return the rows since `place` that tell most, in their order; of those that tell alike the first.

    Args:
        telling: how much each of them tells, shape (n - place,). names: the inputs that are shown.
    """
    known = np.where(np.isnan(telling), -np.inf, telling)
    # Alike to two digits is alike: then the first rows of the change are the ones to look at.
    order = np.lexsort((np.arange(known.size), -np.round(known, 2)))
    chosen = sorted(place + int(each) for each in order[:SHOWN] if known[each] > 0)
    return tuple(Example(id=rows.ids[row], time=rows.times[row], values=_values(rows, row, names)) for row in chosen)


def _values(rows: LiveRows, row: int, names: Sequence[str]) -> dict[str, Any]:
    found: dict[str, Any] = {name: _plain(rows.inputs[name][row]) for name in names if name in rows.inputs}
    if rows.predictions is not None:
        found[PREDICTION] = _plain(float(rows.predictions[row]))
    if rows.errors is not None:
        found[SIGNED_ERROR] = _plain(float(rows.errors[row]))
    return {name: value for name, value in found.items() if name != ABSOLUTE_ERROR}


def _plain(value: Any) -> Any:
    if isinstance(value, str):
        return value
    number = float(value)
    if not np.isfinite(number):
        return None
    return int(number) if number.is_integer() and abs(number) < 2**53 else number
