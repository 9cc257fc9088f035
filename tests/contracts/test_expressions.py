"""Rules as data: the same tree gives the same value in Polars and in generated Python, to the bit."""

from __future__ import annotations

import datetime as dt
import struct
from functools import cache
from typing import Any

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdtrue.contracts import Expression, Kind, evaluator, expression_text, to_polars, to_python
from holdtrue.contracts.expressions import (
    Binary,
    Call,
    Constant,
    FieldRef,
    IsIn,
    Unary,
    constant_of,
    kind_of,
    nodes_of,
    reads_of,
)
from holdtrue.contracts.polars_compiler import DTYPES
from holdtrue.contracts.python_compiler import compiled
from holdtrue.foundation import ContractError

KINDS: dict[str, Kind] = {
    "i": "int", "j": "int", "f": "float", "g": "float", "b": "bool", "c": "category", "t": "text",
    "d": "date", "e": "date", "m": "datetime", "n": "datetime",
}  # fmt: skip
INTS = st.one_of(
    st.integers(-5, 5), st.integers(-(2**63), 2**63 - 1), st.sampled_from([2**63 - 1, -(2**63), 2**53 + 1, -1, 0])
)
FLOATS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from([0.0, -0.0, 0.1, 1.0, 2.5, -2.5, 1e308, -1e308, 5e-324, 2.0**53]),
)
TEXTS = st.one_of(st.sampled_from(["", "a", "A", "attached", "ÄÖ", "İ", "ΑΣ", "x'y\"z\\", "1"]), st.text(max_size=6))
DATES = st.one_of(st.dates(), st.sampled_from([dt.date(1, 1, 1), dt.date(9999, 12, 31), dt.date(1970, 1, 1)]))
MOMENTS = st.datetimes(timezones=st.just(dt.UTC))
VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    "int": INTS, "float": FLOATS, "bool": st.booleans(), "category": TEXTS, "text": TEXTS,
    "date": DATES, "datetime": MOMENTS,
}  # fmt: skip


@cache
def leaf(kind: str) -> st.SearchStrategy[Expression]:
    same = [name for name, each in KINDS.items() if each == kind or {each, kind} == {"category", "text"}]
    constants: st.SearchStrategy[Expression] = VALUES[kind].map(constant_of)  # type: ignore[index]
    return st.one_of(st.sampled_from([FieldRef(name) for name in same]), constants)


@cache
def of_kind(kind: str, depth: int) -> st.SearchStrategy[Expression]:
    """Trees that give this kind."""
    if depth == 0:
        return leaf(kind)
    part = depth - 1
    options = [leaf(kind)]
    number = st.one_of(of_kind("int", part), of_kind("float", part))
    if kind == "int":
        options += [
            st.builds(Binary, st.sampled_from(["+", "-", "*", "//", "%"]), of_kind("int", part), of_kind("int", part)),
            st.builds(Unary, st.sampled_from(["-", "abs"]), of_kind("int", part)),
            st.builds(Call, st.sampled_from(["year", "month", "day", "weekday"]), fields("date", "datetime")),
            st.builds(Call, st.just("hour"), fields("datetime")),
            st.builds(Call, st.just("length"), fields("category", "text")),
            st.builds(Binary, st.just("-"), fields("date"), leaf("date")),
        ]
    elif kind == "float":
        ops = st.sampled_from(["+", "-", "*", "/", "//", "%"])
        options += [
            st.builds(Binary, ops, of_kind("float", part), number),
            st.builds(Binary, ops, number, of_kind("float", part)),
            st.builds(Binary, st.just("/"), of_kind("int", part), of_kind("int", part)),
            st.builds(Unary, st.sampled_from(["-", "abs"]), of_kind("float", part)),
            st.builds(Binary, st.just("-"), fields("datetime"), leaf("datetime")),
            st.builds(Call, st.just("fill_null"), fields("float"), st.one_of(FLOATS, INTS).map(constant_of)),
        ]
    elif kind == "bool":
        compare = st.sampled_from(["<", "<=", ">", ">=", "==", "!="])
        options += [
            st.builds(Binary, compare, number, number),
            st.builds(Binary, compare, leaf("date"), leaf("date")),
            st.builds(Binary, compare, leaf("datetime"), leaf("datetime")),
            st.builds(Binary, compare, of_kind("text", part), of_kind("text", part)),
            st.builds(Binary, st.sampled_from(["==", "!=", "&", "|"]), of_kind("bool", part), of_kind("bool", part)),
            st.builds(Unary, st.just("~"), of_kind("bool", part)),
            st.builds(
                IsIn, number.filter(reads_of), st.lists(st.one_of(INTS, FLOATS).map(constant_of), max_size=3).map(tuple)
            ),
            st.builds(IsIn, fields("text"), st.lists(TEXTS.map(constant_of), max_size=3).map(tuple)),
            st.builds(Call, st.just("contains"), fields("category", "text"), TEXTS.map(constant_of)),
            st.builds(Call, st.just("is_null"), st.sampled_from([FieldRef(name) for name in KINDS])),
        ]
    elif kind == "text":
        options += [
            st.builds(Call, st.just("lower"), fields("category", "text")),
            st.builds(Call, st.just("fill_null"), fields("text"), TEXTS.map(constant_of)),
        ]
    return st.one_of(options)


@cache
def fields(*kinds: str) -> st.SearchStrategy[Expression]:
    return st.sampled_from([FieldRef(name) for name, kind in KINDS.items() if kind in kinds])


ANY = st.sampled_from(["int", "float", "bool", "text"]).flatmap(lambda kind: of_kind(kind, 3))
ROWS = st.lists(
    st.fixed_dictionaries({name: st.one_of(st.none(), VALUES[kind]) for name, kind in KINDS.items()}),
    min_size=1,
    max_size=6,
)
WHOLE_ROWS = st.lists(
    st.fixed_dictionaries({name: VALUES[kind] for name, kind in KINDS.items()}), min_size=1, max_size=4
)


def bits(value: object) -> object:
    """Tell -0.0 from 0.0 and 1 from 1.0 from True."""
    return struct.pack("<d", value) if isinstance(value, float) else (type(value).__name__, value)


def in_polars(expression: Expression, rows: list[dict[str, Any]]) -> list[Any]:
    frame = pl.DataFrame(rows, schema={name: DTYPES[kind] for name, kind in KINDS.items()})
    names = pl.int_range(pl.len()).alias("#")  # a constant alone would give one row
    dtype = DTYPES[kind_of(expression, KINDS)]
    return frame.select(names, to_polars(expression, KINDS).cast(dtype).alias("x"))["x"].to_list()


@settings(max_examples=300, deadline=None)
@given(ANY, ROWS)
def test_polars_and_python_give_the_same_value(expression: Expression, rows: list[dict[str, Any]]) -> None:
    evaluate = evaluator(expression, KINDS)
    assert [bits(evaluate(row)) for row in rows] == [bits(value) for value in in_polars(expression, rows)]


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["/", "//", "%", "*", "+", "-"]),
    st.one_of(st.sampled_from([0.0, -0.0, 1.0, -1.0]), st.floats(-1e6, 1e6)).map(constant_of),
    st.lists(st.one_of(st.sampled_from([0.0, -0.0, 1.0]), st.floats(-1e6, 1e6)), min_size=1, max_size=30),
)
def test_arithmetic_with_a_constant_is_exact(op: str, constant: Constant, values: list[float]) -> None:
    rows = [{"f": value} for value in values]
    for tree in (Binary(op, FieldRef("f"), constant), Binary(op, constant, FieldRef("f"))):
        assert [bits(evaluator(tree, KINDS)(row)) for row in rows] == [bits(each) for each in in_polars(tree, rows)]


@settings(max_examples=150, deadline=None)
@given(ANY, WHOLE_ROWS)
def test_code_for_fields_never_null_gives_the_same_value(expression: Expression, rows: list[dict[str, Any]]) -> None:
    variables = {name: f"f_{name}" for name in KINDS}
    source = to_python(expression, KINDS, variables, nullable=frozenset())
    text = f"def short({', '.join(variables.values())}):\n    return {source.text}"
    short, evaluate = compiled("short", text, source.names), evaluator(expression, KINDS)
    for row in rows:
        given_values = [row[name] for name in KINDS]
        assert bits(short(*given_values)) == bits(evaluate(row))
        assert source.nullable or short(*given_values) is not None


@settings(max_examples=150, deadline=None)
@given(ANY)
def test_a_tree_survives_json(expression: Expression) -> None:
    assert msgspec.json.decode(msgspec.json.encode(expression), type=Expression) == expression
    assert expression_text(expression)
    assert set(reads_of(expression)) == {node.name for node in nodes_of(expression) if isinstance(node, FieldRef)}


@pytest.mark.parametrize(
    ("expression", "row", "value"),
    [
        (Binary("&", FieldRef("b"), Binary("<", FieldRef("i"), Constant("int", 1))), {"b": False, "i": None}, False),
        (Binary("&", FieldRef("b"), Binary("<", FieldRef("i"), Constant("int", 1))), {"b": True, "i": None}, None),
        (Binary("|", FieldRef("b"), Binary("<", FieldRef("i"), Constant("int", 1))), {"b": True, "i": None}, True),
        (Binary("/", FieldRef("i"), FieldRef("j")), {"i": 1, "j": 0}, None),
        (Binary("+", FieldRef("i"), FieldRef("j")), {"i": 2**63 - 1, "j": 1}, None),
        (Binary("//", FieldRef("i"), FieldRef("j")), {"i": -7, "j": 2}, -4),
        (Binary("%", FieldRef("i"), FieldRef("j")), {"i": -7, "j": 2}, 1),
        (Binary("*", FieldRef("f"), FieldRef("f")), {"f": 1e200}, None),
        (Binary("-", FieldRef("d"), FieldRef("e")), {"d": dt.date(1996, 7, 1), "e": dt.date(1996, 6, 1)}, 30),
        (Call("weekday", FieldRef("d")), {"d": dt.date(1996, 7, 1)}, 0),
        (Call("fill_null", FieldRef("f"), Constant("int", 2)), {"f": None}, 2.0),
    ],
)
def test_the_table_of_meanings(expression: Expression, row: dict[str, Any], value: object) -> None:
    assert bits(evaluator(expression, KINDS)(row)) == bits(value)
    assert [bits(each) for each in in_polars(expression, [row])] == [bits(value)]


@pytest.mark.parametrize(
    "expression",
    [
        FieldRef("unknown"),
        Binary("<", FieldRef("i"), FieldRef("c")),
        Binary("+", FieldRef("c"), FieldRef("t")),
        Binary("&", FieldRef("i"), FieldRef("b")),
        Binary("<", FieldRef("b"), FieldRef("b")),
        Binary("-", FieldRef("d"), FieldRef("m")),
        Unary("~", FieldRef("i")),
        Call("year", FieldRef("i")),
        Call("system", FieldRef("i")),
        Call("contains", FieldRef("t")),
        IsIn(FieldRef("i"), (Constant("text", "a"),)),
        IsIn(Constant("int", 1), (Constant("int", 1),)),
    ],
)
def test_a_tree_that_makes_no_sense_is_refused(expression: Expression) -> None:
    with pytest.raises(ContractError):
        kind_of(expression, KINDS)
