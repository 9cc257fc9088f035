"""Expressions as Polars expressions: what a whole table is judged by, in one pass.

Gives the same values as `python_compiler.py`; where Polars differs (whole numbers that wrap around, doubles with a
constant, -0.0 of floor, small letters of other alphabets) the difference is taken out here, and property tests show
that it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import polars as pl

from holdtrue.contracts.expressions import (
    ARITHMETIC,
    ITEM_KINDS,
    MEASURES,
    Binary,
    Call,
    Constant,
    Expression,
    FieldRef,
    IsIn,
    Kind,
    Statistic,
    Unary,
    call_kind,
    kind_of,
    nodes_of,
    python_value,
)
from holdtrue.contracts.lists import LIST_CALLS
from holdtrue.contracts.python_compiler import evaluator
from holdtrue.foundation import ContractError
from holdtrue.media import FIGURES, MEDIA

_DOUBLES: Mapping[str, np.ufunc] = {"+": np.add, "-": np.subtract, "*": np.multiply, "/": np.divide}
MOMENT = pl.Datetime("us", "UTC")
_SCALARS: Mapping[str, pl.DataType] = {
    "int": pl.Int64(),
    "float": pl.Float64(),
    "bool": pl.Boolean(),
    "category": pl.String(),
    "text": pl.String(),
    "key": pl.String(),
    "date": pl.Date(),
    "datetime": MOMENT,
    "list[int]": pl.List(pl.Int64()),
    "list[float]": pl.List(pl.Float64()),
    "list[bool]": pl.List(pl.Boolean()),
    "list[text]": pl.List(pl.String()),
    "embedding": pl.List(pl.Float64()),
}
_FIGURES: dict[str, pl.DataType] = {
    medium: pl.Struct({name: _SCALARS[MEASURES[name][1]] if name in MEASURES else pl.String() for name in figures})
    for medium, figures in ((medium, FIGURES[medium].__struct_fields__) for medium in MEDIA)
}
DTYPES: Mapping[str, pl.DataType] = {**_SCALARS, **_FIGURES}
"""What a column of each kind is in Polars: of media, a column of figures."""


def dtype_of(kind: Kind) -> pl.DataType:
    """Return what a column of a kind is in Polars."""
    return DTYPES[kind]


def to_polars(expression: Expression, kinds: Mapping[str, Kind]) -> pl.Expr:
    """Write an expression for Polars; fields are columns of their own name and of the dtype in `DTYPES`.

    Example:
        >>> from holdtrue.contracts.expressions import constant_of
        >>> rule = to_polars(Binary("<", FieldRef("a"), constant_of(3)), {"a": "int"})
        >>> pl.DataFrame({"a": [1, None, 3]}).select(rule).to_series().to_list()
        [True, None, False]
    """
    if not any(isinstance(node, (FieldRef, Statistic)) for node in nodes_of(expression)):
        return pl.lit(evaluator(expression, {})({}), dtype=DTYPES[kind_of(expression, {})])
    match expression:
        case FieldRef(name):
            return pl.col(name)
        case Constant(kind, _):
            return pl.lit(python_value(expression), dtype=DTYPES[kind])
        case Unary(op, operand):
            return _unary(op, to_polars(operand, kinds), kind_of(operand, kinds))
        case Binary(op, left, right):
            pair = kind_of(left, kinds), kind_of(right, kinds)
            return _binary(op, to_polars(left, kinds), to_polars(right, kinds), pair)
        case Call(function, operand, argument):
            value = None if argument is None else to_polars(argument, kinds)
            return _call(function, to_polars(operand, kinds), value, kind_of(operand, kinds))
        case IsIn(operand, values):
            return _is_in(to_polars(operand, kinds), kind_of(operand, kinds), values)
        case Statistic(statistic):
            raise ContractError(f"{statistic} is a figure of a whole table", hint="write a table test")


def over_unique(values: pl.Expr, function: Callable[[str], Any], dtype: pl.DataType) -> pl.Expr:
    """Apply a Python function to each different text once: exactly what the row compiler does, at a bearable cost."""

    def apply(series: pl.Series) -> pl.Series:
        different = series.drop_nulls().unique()
        if different.is_empty():
            return pl.Series(series.name, [None] * len(series), dtype=dtype)
        given = pl.Series([function(value) for value in different.to_list()], dtype=dtype)
        return series.replace_strict(different, given, default=None, return_dtype=dtype)

    return values.map_batches(apply, return_dtype=dtype, is_elementwise=True)


def exactly(op: str, left: pl.Expr, right: pl.Expr) -> pl.Expr:
    """Compute `+ - * /` of doubles as IEEE 754 says; null where either is null or the result not finite.

    By NumPy: with a constant Polars divides by multiplying with its reciprocal, which is off by one bit in two of three
    quotients, and takes `0 - x` for `-x`, which turns 0 into -0.
    """

    def compute(pairs: pl.Series) -> pl.Series:
        given = pairs.struct.unnest()
        with np.errstate(all="ignore"):
            results = _DOUBLES[op](given["left"].to_numpy(), given["right"].to_numpy())
        return pl.Series(pairs.name, np.where(np.isfinite(results), results, np.nan)).fill_nan(None)

    pairs = pl.struct(left.alias("left"), right.alias("right"))
    return pairs.map_batches(compute, return_dtype=pl.Float64(), is_elementwise=True)


def finite(value: pl.Expr) -> pl.Expr:
    """Return the number, or null where it is not finite."""
    return pl.when(value.is_finite()).then(value)


def _unary(op: str, value: pl.Expr, kind: Kind) -> pl.Expr:
    if op == "~":
        return ~value
    if kind == "float":
        return -value if op == "-" else value.abs()
    wide = value.cast(pl.Int128)
    negated = pl.lit(0, dtype=pl.Int128) - wide
    chosen = negated if op == "-" else pl.when(wide < 0).then(negated).otherwise(wide)
    return chosen.cast(pl.Int64, strict=False)


def _binary(op: str, left: pl.Expr, right: pl.Expr, kinds: tuple[Kind, Kind]) -> pl.Expr:
    if kinds[0] != kinds[1] and set(kinds) == {"int", "float"}:
        left, right = left.cast(pl.Float64), right.cast(pl.Float64)
    if op in ARITHMETIC:
        return _arithmetic(op, left, right, kinds)
    match op:
        case "<":
            return left < right
        case "<=":
            return left <= right
        case ">":
            return left > right
        case ">=":
            return left >= right
        case "==":
            return left == right
        case "!=":
            return left != right
        case "&":
            return left & right
        case _:
            return left | right


def _arithmetic(op: str, left: pl.Expr, right: pl.Expr, kinds: tuple[Kind, Kind]) -> pl.Expr:
    if kinds[0] == "date":
        return (left - right).dt.total_days()
    if kinds[0] == "datetime":
        micros = (left - right).dt.total_microseconds().cast(pl.Float64)
        return exactly("/", micros, pl.lit(1e6))
    if op == "/" or "float" in kinds:
        return _float_arithmetic(op, left.cast(pl.Float64), right.cast(pl.Float64))
    if op == "%":
        return pl.when(right != 0).then(left % right)
    # Computed in 128 bits and cast back: null where 64 bits would have wrapped around.
    a, b = left.cast(pl.Int128), right.cast(pl.Int128)
    wide = {"+": a + b, "-": a - b, "*": a * b, "//": pl.when(b != 0).then(a // b)}[op]
    return wide.cast(pl.Int64, strict=False)


def _float_arithmetic(op: str, left: pl.Expr, right: pl.Expr) -> pl.Expr:
    if op in _DOUBLES:
        return exactly(op, left, right)
    quotient = exactly("/", left, right)
    floor = pl.when(quotient.floor() == 0).then(0.0).otherwise(quotient.floor())  # no -0.0, as in Python
    return floor if op == "//" else exactly("-", left, exactly("*", right, floor))


def _list_call(function: str, value: pl.Expr, argument: pl.Expr | None, kind: Kind) -> pl.Expr:
    if function == "length":
        return value.list.len().cast(pl.Int64)
    if function == "is_null":
        return value.is_null()
    if function == "contains" and argument is not None:
        return pl.when(value.is_not_null()).then(value.list.contains(argument))
    compute, gives = LIST_CALLS[function], DTYPES[call_kind(function, kind, None)]

    def apply(lists: pl.Series) -> pl.Series:
        return pl.Series(lists.name, [None if each is None else compute(each) for each in lists.to_list()], dtype=gives)

    return value.map_batches(apply, return_dtype=gives, is_elementwise=True)


def _call(function: str, value: pl.Expr, argument: pl.Expr | None, kind: Kind) -> pl.Expr:
    if kind in ITEM_KINDS:
        return _list_call(function, value, argument, kind)
    match function:
        case "year":
            return value.dt.year().cast(pl.Int64)
        case "month":
            return value.dt.month().cast(pl.Int64)
        case "day":
            return value.dt.day().cast(pl.Int64)
        case "weekday":
            return value.dt.weekday().cast(pl.Int64) - 1
        case "hour":
            return value.dt.hour().cast(pl.Int64)
        case "length":
            return value.str.len_chars().cast(pl.Int64)
        case "lower":
            return over_unique(value, str.lower, pl.String())
        case "contains" if argument is not None:
            return value.str.contains(argument, literal=True)
        case "fill_null" if argument is not None:
            return value.fill_null(argument)
        case _ if function in MEASURES:
            return value.struct.field(function)
        case _:
            return value.is_null()


def _is_in(value: pl.Expr, kind: Kind, values: tuple[Constant, ...]) -> pl.Expr:
    mixed = {kind, *(constant.kind for constant in values)} == {"int", "float"}
    dtype = pl.Float64() if mixed else DTYPES[kind]
    plain = [python_value(constant) for constant in values]
    if mixed:
        plain = [float(number) for number in plain]  # type: ignore[arg-type]
    listed = pl.Series(plain, dtype=dtype)
    return pl.when(value.is_not_null()).then(value.cast(dtype).is_in(listed.implode()))
