"""What a group takes in: the columns of its quantities as arrays, all of them checked before a row is judged."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.foundation import WrongUse
from holdtrue.profiles import NumericReference, Reference

Column: TypeAlias = Sequence[Any] | NDArray[Any]
Floats: TypeAlias = NDArray[np.float64]


class Intake(Struct, frozen=True):
    """Which columns a group wants, found once: all its quantities, those that are numbers, those that are names."""

    group: str
    quantities: tuple[str, ...]
    numbers: tuple[str, ...]
    names: tuple[str, ...]

    @staticmethod
    def of(group: str, references: Mapping[str, Reference]) -> Intake:
        """Return what a group wants, by what its quantities are held against."""
        numbers = tuple(name for name, each in references.items() if isinstance(each, NumericReference))
        return Intake(group, tuple(references), numbers, tuple(name for name in references if name not in numbers))

    def read(self, columns: Mapping[str, Column], n: int) -> tuple[Floats, dict[str, list[Any]]]:
        """Return the numbers of n rows, shape (n, c), NaN for missing; and the names of each quantity that has such.

        Raises:
            WrongUse: a quantity has no column, one of another length, or one that is not of numbers.

        Example:
            >>> Intake("inputs", ("x", "k"), ("x",), ("k",)).read({"x": [None, 2], "k": ["a", None]}, 2)
            (array([[nan],
                   [ 2.]]), {'k': ['a', None]})
        """
        self._check(columns, n)
        numbers = [columns[quantity] for quantity in self.numbers]
        names = {quantity: _names(columns[quantity]) for quantity in self.names}
        found = _row(numbers) if n == 1 and numbers else None
        if found is None:
            found = np.empty((n, len(numbers)))
            for place, (quantity, column) in enumerate(zip(self.numbers, numbers, strict=True)):
                found[:, place] = _numbers(column, quantity)
        return found, names

    def _check(self, columns: Mapping[str, Column], n: int) -> None:
        try:
            if {len(columns[quantity]) for quantity in self.quantities} <= {n}:
                return
        except (KeyError, TypeError):  # a column is not there, or is None
            pass
        for quantity in self.quantities:
            column = columns.get(quantity)
            if column is None:
                raise WrongUse(f"{self.group}: no column {quantity}", hint="give one for each quantity of the baseline")
            if len(column) != n:
                raise WrongUse(f"{self.group}: {len(column)} values of {quantity} do not fit {n} ids")


def _row(columns: Sequence[Column]) -> Floats | None:
    """Return one row of numbers by a single call to NumPy; None where the columns have to be looked at one by one."""
    try:
        if isinstance(columns[0], np.ndarray):
            found = np.concatenate(columns, dtype=np.float64)
        else:
            found = np.array([math.nan if value is None else value for (value,) in columns], dtype=np.float64)
    except (TypeError, ValueError, OverflowError):
        return None
    return found.reshape(1, -1) if found.shape == (len(columns),) else None


def _numbers(values: Column, quantity: str) -> Floats:
    try:
        if isinstance(values, np.ndarray):
            found = values if values.dtype == np.float64 else values.astype(np.float64)
        else:
            found = _read(values)
    except (TypeError, ValueError) as wrong:
        raise WrongUse(f"{quantity}: not a column of numbers: {wrong}") from wrong
    if found.ndim != 1:
        raise WrongUse(f"{quantity}: not a column of numbers: its shape is {found.shape}")
    return found


def _read(values: Sequence[Any]) -> Floats:
    try:
        return np.array([math.nan if value is None else value for value in values], dtype=np.float64)
    except OverflowError:
        # A whole number no float can hold is infinite to the detectors: it must not hold up the rows around it.
        return np.array([_float_of(value) for value in values])


def _float_of(value: Any) -> float:
    try:
        return math.nan if value is None else float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def _names(values: Column) -> list[Any]:
    return values.tolist() if isinstance(values, np.ndarray) else list(values)
