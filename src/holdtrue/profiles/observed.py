"""What was observed of the baseline's rows, group by group, and what was learnt to observe it by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
import polars as pl
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.profiles.pairs import MOST_ROWS, Cells, Pair, pairs_of
from holdtrue.profiles.quantities import EXPECTED_LOSS, LABEL, OUTSIDE, PREDICTION, Column, errors, predicted
from holdtrue.profiles.references import CategoryReference, Reference, category_reference, numeric_reference
from holdtrue.profiles.views import Matter, View, view_values, views_of

Floats: TypeAlias = NDArray[np.float64]

_MEDIA = ("image", "audio", "video")
_VECTOR = 8
"""Lists of numbers that are all of one length, of so many at least, are taken for vectors."""


class Learnt(Struct, frozen=True, kw_only=True):
    """What the figures of a row are worked out by, besides the row: fixed with the baseline.

    Attributes:
        views: quantity to view, of fields that are no number and no name. cells: field to how it is cut, and pairs:
            quantity to pair, of fields that move together.
        usual: the range that predictions had in rows of their own; None where they are not numbers in a unit.
        task: `regression` or `binary`.
    """

    views: dict[str, View] = {}
    cells: dict[str, Cells] = {}
    pairs: dict[str, Pair] = {}
    usual: tuple[float, float] | None = None
    task: str = "regression"

    def completed(self, group: str, columns: Mapping[str, Any], times: NDArray[np.int64] | None) -> Mapping[str, Any]:
        """Return the columns of a group with the quantities that can be worked out from them.

        Views and pairs come from fields, all of predictions from `prediction`, errors from `prediction` and `label`.

        Args:
            times: of the rows, microseconds since 1970; None where they are not known.
        """
        found: dict[str, Any] = {}
        if group == "inputs" and self.views and any(name not in columns for name in self.views):
            fields = {view.of: columns[view.of] for view in self.views.values() if view.of in columns}
            found = {**self.viewed(fields, times)}
        elif group == "pairs" and all(name in columns for name in self.cells):
            found = {**self.paired(columns)}
        elif group == "predictions" and PREDICTION in columns:
            found = predicted(np.asarray(columns[PREDICTION], dtype=np.float64), self.task, self.usual)
        elif group == "errors" and PREDICTION in columns and LABEL in columns:
            values = [np.asarray(columns[name], dtype=np.float64) for name in (PREDICTION, LABEL)]
            found = {**errors(values[0], values[1], self.task)}
        return {**found, **columns} if found else columns

    def viewed(self, columns: Mapping[str, Sequence[object]], times: NDArray[np.int64] | None) -> dict[str, Column]:
        """Return the values of the views of some fields; columns: of each field, as Python has its values."""
        found: dict[str, Column] = {}
        for field, values in columns.items():
            own = {name: view for name, view in self.views.items() if view.of == field}
            found |= view_values(own, values, times) if own else {}
        return found

    def paired(self, columns: Mapping[str, Floats | Sequence[object]]) -> dict[str, Floats]:
        """Return the scores of all pairs of rows."""
        codes = {name: cells.codes(columns[name]) for name, cells in self.cells.items()}
        return {
            name: pair.values(codes[pair.first], codes[pair.second], self.cells[pair.second].count)
            for name, pair in self.pairs.items()
        }

    def fields(self, group: str, quantities: Sequence[str]) -> list[str]:
        """Return the fields that quantities of the inputs, or pairs, are worked out from."""
        if group == "pairs":
            return list(self.cells)
        return list(dict.fromkeys(self.views[name].of if name in self.views else name for name in quantities))

    def partial(self, group: str, quantity: str) -> bool:
        """Return whether a row without a value of a quantity says nothing of it."""
        if group == "inputs":
            view = self.views.get(quantity)
            return view is not None and (view.taught or not view.first)
        return group == "pairs" or quantity == OUTSIDE


class Observed(Struct, frozen=True, kw_only=True):
    """What was observed of n rows.

    Attributes:
        inputs: the fields. matters: what each holds. times: microseconds since 1970, shape (n,), or None.
        predictions, labels: shape (n,), or None. attributions: shape (n, k), of the k features.
        learnt: what the figures are worked out by. taught: which rows taught it, shape (n,); ranged: which rows gave
            the range of predictions: they say nothing of that.
        expected: the loss expected of each row, shape (n,), or None.
    """

    inputs: pl.DataFrame
    matters: dict[str, Matter]
    times: NDArray[np.int64] | None
    predictions: Floats | None
    attributions: Floats | None
    features: tuple[str, ...]
    labels: Floats | None
    learnt: Learnt
    taught: NDArray[np.bool_]
    ranged: NDArray[np.bool_]
    expected: Floats | None = None

    def where(self, rows: NDArray[np.bool_]) -> Observed:
        """Return what was observed of some of the rows."""
        return Observed(
            inputs=self.inputs.filter(pl.Series(rows)),
            matters=self.matters,
            times=None if self.times is None else self.times[rows],
            predictions=None if self.predictions is None else self.predictions[rows],
            attributions=None if self.attributions is None else self.attributions[rows],
            features=self.features,
            labels=None if self.labels is None else self.labels[rows],
            learnt=self.learnt,
            taught=self.taught[rows],
            ranged=self.ranged[rows],
            expected=None if self.expected is None else self.expected[rows],
        )

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups there is anything of."""
        there = {
            "inputs": True,
            "pairs": bool(self.learnt.pairs),
            "predictions": self.predictions is not None,
            "attributions": self.attributions is not None,
            "errors": self.labels is not None and self.predictions is not None,
            "estimates": self.expected is not None,
        }
        return tuple(group for group, is_there in there.items() if is_there)

    def columns(self, group: str) -> dict[str, Column]:
        """Return the values of a group's quantities, n each."""
        if group == "inputs":
            return self._inputs()
        if group == "pairs":
            found = self.learnt.paired(plain_columns(self.inputs, self.matters))
            return {name: np.where(self.taught, np.nan, each) for name, each in found.items()}
        if group == "attributions" and self.attributions is not None:
            return {name: self.attributions[:, place] for place, name in enumerate(self.features)}
        if group == "estimates" and self.expected is not None:
            return {EXPECTED_LOSS: self.expected}
        assert self.predictions is not None
        if group == "errors" and self.labels is not None:
            return {**errors(self.predictions, self.labels, self.learnt.task)}
        found_all = predicted(self.predictions, self.learnt.task, self.learnt.usual)
        if OUTSIDE in found_all:
            found_all[OUTSIDE] = np.where(self.ranged, np.nan, np.asarray(found_all[OUTSIDE]))
        return found_all

    def _inputs(self) -> dict[str, Column]:
        found: dict[str, Column] = dict(plain_columns(self.inputs, self.matters))
        raw = {view.of: self.inputs[view.of].to_list() for view in self.learnt.views.values()}
        for name, values in self.learnt.viewed(raw, self.times).items():
            taught = self.learnt.views[name].taught and isinstance(values, np.ndarray)
            found[name] = np.where(self.taught, np.nan, np.asarray(values)) if taught else values
        return found

    def importance(self) -> dict[str, float]:
        """Return the mean |attribution| of each feature."""
        if self.attributions is None:
            return {}
        return dict(zip(self.features, np.abs(self.attributions).mean(axis=0).tolist(), strict=True))

    def references(self, bins: int, whole: Mapping[str, Mapping[str, Reference]]) -> dict[str, dict[str, Reference]]:
        """Return the references by group, numbers with at most so many cuts.

        Args:
            whole: of rows of one season, the references of all rows: names are counted alike.
        """
        return {
            group: {
                name: self._reference(group, name, values, bins, whole.get(group, {}).get(name))
                for name, values in self.columns(group).items()
            }
            for group in self.groups
        }

    def _reference(self, group: str, name: str, values: Column, bins: int, whole: Reference | None) -> Reference:
        if not isinstance(values, np.ndarray):
            return category_reference(values, like=whole if isinstance(whole, CategoryReference) else None)
        if group == "errors":
            values = values[~np.isnan(values)]
        return numeric_reference(values, bins=bins, partial=self.learnt.partial(group, name))


def observed_columns(
    groups: Sequence[str],
    inputs: pl.DataFrame,
    *,
    predictions: Floats | None = None,
    attributions: Floats | None = None,
    features: Sequence[str] = (),
    labels: Floats | None = None,
) -> dict[str, dict[str, Any]]:
    """Return what a watch takes of n rows, by group; arguments as of `build_baseline`.

    Example:
        >>> observed_columns(["inputs"], pl.DataFrame({"wall": ["brick", None]}))
        {'inputs': {'wall': ['brick', None]}}
    """
    matters = {each.name: matter_of(each) for each in inputs.iter_columns()}
    plain = plain_columns(inputs, {name: matter for name, matter in matters.items() if matter is not None})
    fields = {name: plain[name] if name in plain else inputs[name].to_list() for name in inputs.columns}
    reasons = () if attributions is None else attributions.T
    found: dict[str, dict[str, Any]] = {
        "inputs": fields,
        "pairs": fields,
        "predictions": {PREDICTION: predictions},
        "attributions": dict(zip(features, reasons, strict=False)),
        "errors": {PREDICTION: predictions, LABEL: labels},
    }
    return {group: found[group] for group in groups}


def learn(
    frame: pl.DataFrame, matters: Mapping[str, Matter], times: NDArray[np.int64] | None, task: str = "regression"
) -> Learnt:
    """Learn views and pairs from rows; those of them that say how they are distributed must be others.

    Args:
        frame: rows in the order of their time. times: what says that rows have a time of their own.
    """
    step = max(1, frame.height // MOST_ROWS)
    rows = frame.gather_every(step)
    views: dict[str, View] = {}
    for name, matter in matters.items():
        if matter not in ("number", "name"):
            views |= views_of(name, matter, rows[name].to_list(), times)
    cells, pairs = pairs_of(plain_columns(rows, matters))
    return Learnt(views=views, cells=cells, pairs=pairs, task=task)


def plain_columns(frame: pl.DataFrame, matters: Mapping[str, Matter]) -> dict[str, Column]:
    """Return the numbers and names of a frame, by field."""
    found: dict[str, Column] = {}
    for name, matter in matters.items():
        if matter in ("number", "name"):
            found[name] = numbers_of(frame[name]) if matter == "number" else names_of(frame[name])
    return found


def matter_of(column: pl.Series, kind: str = "") -> Matter | None:
    """Return what a column holds, by its contract's kind where it is known; None where nothing is watched of it.

    Example:
        >>> matter_of(pl.Series([1, 2])), matter_of(pl.Series(["a"])), matter_of(pl.Series(["a"]), "text")
        ('number', 'name', 'text')
    """
    dtype = column.dtype
    if kind == "key":
        return None
    if kind in _MEDIA:
        return "media"
    if kind == "text":
        return "text"
    if dtype.is_numeric():
        return "number"
    if dtype in (pl.String, pl.Categorical, pl.Enum, pl.Boolean):
        return "name"
    if dtype in (pl.Date, pl.Datetime):
        return "date"
    if isinstance(dtype, (pl.List, pl.Array)):
        return "embedding" if kind == "embedding" or (not kind and _is_vector(column)) else "list"
    return None


def _is_vector(column: pl.Series) -> bool:
    dtype = column.dtype
    inner = dtype.inner if isinstance(dtype, (pl.List, pl.Array)) else None
    if inner is None or not inner.is_numeric():
        return False
    lengths = [len(value) for value in column.drop_nulls().head(1000).to_list()]
    return bool(lengths) and lengths[0] >= _VECTOR and len(set(lengths)) == 1


def numbers_of(column: pl.Series) -> Floats:
    """Return a numeric column as float64, shape (n,), NaN for null."""
    return column.cast(pl.Float64).fill_null(float("nan")).to_numpy()


def names_of(column: pl.Series) -> list[object]:
    """Return a column of strings, enumerations or booleans as Python values, None for null."""
    is_bool = column.dtype == pl.Boolean
    values: list[object] = (column if is_bool else column.cast(pl.String)).to_list()
    return values
