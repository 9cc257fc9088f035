"""An expression as Python, for a person to read and a contract to declare; and read back without running any of it.

The Python is made of the tree alone, which is data: no text of a document becomes code.
"""

from __future__ import annotations

import ast
import datetime as dt
import operator
from collections.abc import Callable, Mapping
from typing import Any

from holdtrue.contracts.expressions import (
    MEASURES,
    Binary,
    Call,
    Constant,
    Expression,
    FieldRef,
    IsIn,
    Statistic,
    Unary,
    python_value,
    require_shallow,
)
from holdtrue.contracts.python_text import literal
from holdtrue.contracts.symbols import Symbol, SymbolicColumn, SymbolicPast, SymbolicRow, SymbolicTable
from holdtrue.foundation import ContractError

_COMPARED, _OR, _AND, _SUM, _PRODUCT, _UNARY, _CALL = range(7)
_STRENGTHS = {
    **dict.fromkeys(("<", "<=", ">", ">=", "==", "!="), _COMPARED),
    "|": _OR,
    "&": _AND,
    **dict.fromkeys(("+", "-"), _SUM),
    **dict.fromkeys(("*", "/", "//", "%"), _PRODUCT),
}
_OPERATORS: Mapping[type[ast.AST], Callable[..., Any]] = {
    ast.BitAnd: operator.and_,
    ast.BitOr: operator.or_,
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.USub: operator.neg,
    ast.Invert: operator.invert,
}
_METHODS = frozenset(
    {"year", "month", "day", "weekday", "hour", "length", "lower", "contains", "sum", "mean", "min", "max", "norm",
     "is_null", "fill_null", "is_between", "is_in", "column", "correlation", "quantile", "share", "word_rank",
     "language_share", "drift_from", "unseen_share", "orphans", *MEASURES}
)  # fmt: skip
_FIGURES = frozenset(
    {"rows", "duplicate_rows", "last", "baseline", "null_share", "distinct", "duplicates", "near_duplicates",
     "age_days", "mean", "sd", "min", "max"}
)  # fmt: skip


def source_of(expression: Expression) -> str:
    """Write a tree as Python: of a `row`, or of a `table` if it reads figures.

    Example:
        >>> source_of(Binary("&", Binary(">=", FieldRef("beds"), Constant("int", 1)), Unary("~", FieldRef("sold"))))
        '(row.beds >= 1) & ~row.sold'
        >>> source_of(Binary("<", Statistic("mean", "price"), Statistic("mean", "price", past="last")))
        'table.column("price").mean < table.last.column("price").mean'
    """
    return _written(expression)[0]


def read_back(expression: Expression, subject: SymbolicRow | SymbolicTable) -> Symbol | None:
    """Return what a tree's Python gives a contract; None where no Python gives that very tree.

    Raises:
        ContractError: the contract has no such field, level or method, or the tree is too deep.
    """
    require_shallow(expression)
    try:
        found = value_of(source_of(expression), subject)
    except (
        ArithmeticError,
        AttributeError,
        SyntaxError,
        TypeError,
        ValueError,
    ):  # of trees that no contract of ours has made
        return None
    return found if isinstance(found, Symbol) and found.node == expression else None


def value_of(source: str, subject: SymbolicRow | SymbolicTable) -> Any:
    """Return what Python that was written here stands for, read node by node.

    Example:
        >>> value_of("table.rows >= 10", SymbolicTable("Sale", {})).node.op
        '>='
    """
    name = "row" if isinstance(subject, SymbolicRow) else "table"
    return _value(ast.parse(source, mode="eval").body, name, subject)


def _written(node: Expression) -> tuple[str, int]:
    """Return Python, and how strongly its outermost operation binds."""
    match node:
        case FieldRef(name):
            return f"row.{name}", _CALL
        case Constant():
            return _constant(node)
        case Unary("abs", operand):
            return f"abs({_written(operand)[0]})", _CALL
        case Unary(op, operand):
            return f"{op}{_at_least(operand, _CALL)}", _UNARY
        case Binary("&", Binary(">=", value, Constant() as low), Binary("<=", other, Constant() as high)) if (
            value == other
        ):
            return f"{_at_least(value, _CALL)}.is_between({_constant(low)[0]}, {_constant(high)[0]})", _CALL
        case Binary(op, left, right):
            strength = _STRENGTHS[op]
            if strength == _COMPARED:  # two in a row are a chain in Python
                return f"{_at_least(left, _OR)} {op} {_at_least(right, _OR)}", strength
            # What is joined stands in brackets if it compares, as people write it.
            return f"{_at_least(left, strength)} {op} {_at_least(right, strength + 1)}", strength
        case Call(function, operand, argument):
            inner = "" if argument is None else _constant(argument)[0]
            return f"{_at_least(operand, _CALL)}.{function}({inner})", _CALL
        case IsIn(operand, values):
            listed = ", ".join(_constant(value)[0] for value in values)
            return f"{_at_least(operand, _CALL)}.is_in([{listed}])", _CALL
        case Statistic():
            return _figure(node), _CALL


def _at_least(node: Expression, strength: int) -> str:
    text, own = _written(node)
    return text if own >= strength else f"({text})"


def _constant(constant: Constant) -> tuple[str, int]:
    value = python_value(constant)
    if isinstance(value, dt.datetime):
        parts = [value.year, value.month, value.day, value.hour, value.minute, value.second, value.microsecond]
        while len(parts) > 3 and not parts[-1]:
            parts.pop()
        return f"dt.datetime({', '.join(map(str, parts))}, tzinfo=dt.UTC)", _CALL
    if isinstance(value, dt.date):
        return f"dt.date({value.year}, {value.month}, {value.day})", _CALL
    if isinstance(value, str):
        return literal(value), _CALL
    if isinstance(value, bool) or not isinstance(value, int):
        text = repr(value)
    else:
        text = f"{value:_}" if abs(value) >= 10_000 else str(value)
    return text, _UNARY  # a method's name cannot follow a number


def _figure(node: Statistic) -> str:
    table = f"table.{node.past}" if node.past and node.statistic not in ("drift", "unseen_share") else "table"
    if not node.column:
        return f"{table}.{node.statistic}"
    column = f"{table}.column({literal(node.column)})"
    argument = literal(node.argument) if isinstance(node.argument, str) else repr(node.argument)
    match node.statistic:
        case "correlation":
            return f"{table}.correlation({literal(node.column)}, {argument})"
        case "drift":
            return f"{column}.drift_from(table.{node.past})"
        case "unseen_share":
            return f"{column}.unseen_share(table.{node.past})"
        case "orphans":
            other, _, key = str(node.argument).partition(":")
            return f"{column}.orphans({literal(other)}, {literal(key)})"
    return f"{column}.{node.statistic}" + ("" if node.argument is None else f"({argument})")


def _value(node: ast.expr, name: str, subject: SymbolicRow | SymbolicTable) -> Any:
    def inner(part: ast.expr) -> Any:
        return _value(part, name, subject)

    match node:
        case ast.Name(id=found) if found == name:
            return subject
        case ast.Constant(value):
            return value
        case ast.List(elements):
            return [inner(each) for each in elements]
        case ast.UnaryOp(op, operand):
            return _OPERATORS[type(op)](inner(operand))
        case ast.Compare(left, [op], [right]):
            return _OPERATORS[type(op)](inner(left), inner(right))
        case ast.BinOp(left, op, right):
            return _OPERATORS[type(op)](inner(left), inner(right))
        case ast.Call(ast.Name("abs"), [operand], []):
            return abs(inner(operand))
        case ast.Call(ast.Attribute(ast.Name("dt"), "date"), parts, []):
            return dt.date(*map(inner, parts))
        case ast.Call(ast.Attribute(ast.Name("dt"), "datetime"), parts, _):
            return dt.datetime(*map(inner, parts)).replace(tzinfo=dt.UTC)
        case ast.Call(ast.Attribute(owner, method), arguments, []) if method in _METHODS:
            return getattr(_symbolic(inner(owner)), method)(*map(inner, arguments))
        case ast.Attribute(ast.Name(id=found), field) if found == name == "row" and isinstance(subject, SymbolicRow):
            return subject[field]
        case ast.Attribute(owner, figure) if figure in _FIGURES:
            return getattr(_symbolic(inner(owner)), figure)
        case _:
            raise ContractError(f"{ast.unparse(node)[:80]} is no part of a rule", hint="write it anew")


def _symbolic(value: Any) -> Any:
    """Return what stands for a part of a row or table; of nothing else is anything asked."""
    if isinstance(value, (Symbol, SymbolicRow, SymbolicTable, SymbolicColumn, SymbolicPast)):
        return value
    raise ContractError(f"{value!r} is no part of a row or table", hint="write it anew")
