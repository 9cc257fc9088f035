"""The rows that a diagnosis is made of: those since a change, and some before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.profiles import NumericReference, Reference, level_of

Floats = NDArray[np.float64]
Values = Floats | list[str]
"""Numbers, NaN for missing; or levels, `(missing)` for missing."""


class LiveRows(Struct, frozen=True, kw_only=True, eq=False):
    """n rows of an alarm's group in their order, as far as the log has them.

    Attributes:
        ids, times: of the rows (microseconds since 1970).
        first: number of the first among all rows of the group in this epoch, from 0.
        began: place, among these rows, of the one at which the alarm puts the beginning.
        inputs: the watched inputs, n values each. segments: the fields that say which rows belong together, n levels
            each.
        predictions: shape (n,), NaN where the model did not answer itself; None where the group has none.
        attributions: shape (n, k), in the unit of `features`' model's explainer; None where there are none.
        totals: shape (n,), base and attributions together: the prediction in the attributions' unit.
        errors: shape (n,), prediction less label. delays: how long labels took (microseconds).
        seasons: place of each row's season; None where there are none.
        answers: who would have answered what, n predictions each: `own` is the version that should answer, others
            are named by what they are.
        versions: REF of the version that answered each row.
        refusals: how often each test refused a row since the change. tested: how many rows were asked about.
    """

    ids: tuple[str, ...]
    times: tuple[int | None, ...]
    first: int
    began: int
    inputs: dict[str, Values] = {}
    segments: dict[str, list[str]] = {}
    predictions: Floats | None = None
    attributions: Floats | None = None
    totals: Floats | None = None
    features: tuple[str, ...] = ()
    errors: Floats | None = None
    delays: Floats | None = None
    seasons: NDArray[np.int64] | None = None
    answers: dict[str, Floats] = {}
    versions: tuple[str, ...] = ()
    refusals: dict[str, int] = {}
    tested: int = 0

    def __len__(self) -> int:
        """How many rows."""
        return len(self.ids)


def since(values: Values, place: int) -> Values:
    """Return the values from a place on."""
    return values[place:]


def column_of(reference: Reference, values: Sequence[Any] | NDArray[Any]) -> Values:
    """Return a column as its reference takes it.

    Example:
        >>> from holdtrue.profiles import category_reference
        >>> column_of(category_reference(["wood"]), ["wood", None, True])
        ['wood', '(missing)', 'true']
    """
    if isinstance(reference, NumericReference):
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    return [level_of(value) for value in values]


def columns_of(references: Mapping[str, Reference], rows: Sequence[Mapping[str, Any]]) -> dict[str, Values]:
    """Return rows as columns, those of the references."""
    return {name: column_of(each, [row.get(name) for row in rows]) for name, each in references.items()}
