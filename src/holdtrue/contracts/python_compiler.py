"""Expressions as Python source: what one live row is judged by.

Null is None, logic is SQL's (three-valued), and every figure is what Polars gives for the same tree: whole numbers of
64 bits (null beyond), double-precision numbers (null where not finite), division by zero null.
"""

from __future__ import annotations

import datetime as dt
import math
import sys
from collections.abc import Callable, Iterable, Mapping, Set
from typing import Any

from msgspec import Struct

from holdtrue.contracts.expression_text import statistic_name
from holdtrue.contracts.expressions import (
    ARITHMETIC,
    INT_MAX,
    INT_MIN,
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
    kind_of,
    python_value,
    reads_of,
)
from holdtrue.contracts.lists import LIST_CALLS

_LARGEST = sys.float_info.max
_NESTED = 40  # brackets in each other; Python's parser gives up at 200
_PARTS = {"year": ".year", "month": ".month", "day": ".day", "hour": ".hour", "weekday": ".weekday()"}


class Source(Struct, frozen=True):
    """A compiled expression.

    Attributes:
        text: its Python. nullable: whether it can give None. names: what it refers to.
        statements: lines to be run before it: parts of an expression too deeply nested for Python's parser.
    """

    text: str
    nullable: bool
    names: dict[str, Any]
    statements: tuple[str, ...] = ()


def to_python(
    expression: Expression,
    kinds: Mapping[str, Kind],
    variables: Mapping[str, str],
    *,
    nullable: Set[str] | None = None,
    prefix: str = "t",
) -> Source:
    """Write an expression as one Python expression, and statements before it where it is deep.

    Args:
        kinds: the kind of each field it may read.
        variables: the Python variable that holds each field's value (of a table's figures: by their name).
        nullable: fields that may be None; None: all of them.
        prefix: begins the names of temporary variables and constants, so that many can stand in one function.

    Example:
        >>> from holdtrue.contracts.expressions import constant_of
        >>> to_python(Binary("<", FieldRef("a"), constant_of(3)), {"a": "int"}, {"a": "a"}).text
        '(None if a is None else a < 3)'
    """
    writer = _Writer(kinds, variables, nullable, prefix)
    text, can_be_null = writer.write(expression)
    return Source(text, can_be_null, writer.names, tuple(writer.statements))


def evaluator(expression: Expression, kinds: Mapping[str, Kind]) -> Callable[[Mapping[str, Any]], Any]:
    """Compile an expression to a function of a mapping field -> value (absent: null)."""
    fields = variables_of(reads_of(expression))
    source = to_python(expression, kinds, fields)
    lines = [f"    {variable} = row.get({name!r})" for name, variable in fields.items()]
    lines += [f"    {statement}" for statement in source.statements]
    body = "\n".join(["def evaluate(row):", *lines, f"    return {source.text}"])
    function: Callable[[Mapping[str, Any]], Any] = compiled("evaluate", body, source.names)
    return function


def variables_of(names: Iterable[str]) -> dict[str, str]:
    """Return a variable for each field: numbered, as Python takes some different names for one (µ and μ)."""
    return {name: f"f{place}" for place, name in enumerate(names)}


def compiled(name: str, source: str, names: Mapping[str, Any]) -> Any:
    """Make the function of that name from generated source; specs are validated before any source is made of them."""
    scope = {**RUNTIME, **names}
    exec(compile(source, f"<holdtrue {name}>", "exec"), scope)  # noqa: S102 (names checked, constants by repr)
    return scope[name]


def _floor(value: float) -> float:
    return float(math.floor(value))


def _seconds(delta: dt.timedelta) -> float:
    return ((delta.days * 86_400 + delta.seconds) * 1_000_000 + delta.microseconds) / 1e6


RUNTIME: Mapping[str, Any] = {
    "_floor": _floor,
    "_seconds": _seconds,
    "_L": _LARGEST,
    "_I": INT_MIN,
    "_J": INT_MAX,
    **{f"_list_{name}": function for name, function in LIST_CALLS.items()},
}


def _nesting(text: str) -> int:
    """Return how deep brackets stand in each other; those within quoted text count too, which does no harm."""
    depth = deepest = 0
    for letter in text:
        if letter == "(":
            depth += 1
            deepest = max(deepest, depth)
        elif letter == ")":
            depth -= 1
    return deepest


class _Writer:
    """Writes one expression; each `write` gives the source and whether it can be None."""

    def __init__(
        self, kinds: Mapping[str, Kind], variables: Mapping[str, str], nullable: Set[str] | None, prefix: str
    ) -> None:
        self.names: dict[str, Any] = {}
        self.statements: list[str] = []
        self._kinds = kinds
        self._variables = variables
        self._nullable = nullable
        self._prefix = prefix
        self._count = 0

    def write(self, expression: Expression) -> tuple[str, bool]:
        text, nullable = self._write(expression)
        if _nesting(text) <= _NESTED:
            return text, nullable
        name = self._temporary()
        self.statements.append(f"{name} = {text}")
        return name, nullable

    def _write(self, expression: Expression) -> tuple[str, bool]:
        match expression:
            case FieldRef(name):
                return self._variables[name], self._nullable is None or name in self._nullable
            case Statistic():
                return self._variables[statistic_name(expression)], True
            case Constant(kind, value):
                if kind in ("date", "datetime"):
                    return self._constant(python_value(expression)), False
                return repr(value), False
            case Unary(op, operand):
                return self._unary(op, operand)
            case Binary(op, left, right) if op in ("&", "|"):
                return self._logic(op, left, right)
            case Binary(op, left, right):
                return self._binary(op, left, right)
            case Call(function, operand, argument):
                return self._call(function, operand, argument)
            case IsIn(operand, values):
                return self._is_in(operand, values)

    def _temporary(self) -> str:
        self._count += 1
        return f"{self._prefix}{self._count}"

    def _constant(self, value: Any) -> str:
        name = f"{self._prefix}c{len(self.names)}"
        self.names[name] = value
        return name

    def _held(self, expression: Expression) -> tuple[str, str, bool]:
        """Return (source that gives the value and keeps it, name it is kept under, nullable)."""
        text, nullable = self.write(expression)
        if text.isidentifier() or isinstance(expression, Constant):
            return text, text, nullable
        name = self._temporary()
        return f"({name} := {text})", name, nullable

    def _number(self, expression: Expression, name: str) -> str:
        """Return the source of a value already held, as a float."""
        if kind_of(expression, self._kinds) == "float":
            return name
        return repr(float(expression.value)) if isinstance(expression, Constant) else f"float({name})"

    def _unary(self, op: str, operand: Expression) -> tuple[str, bool]:
        kept, name, nullable = self._held(operand)
        value = name if nullable else kept
        text = {"~": f"not {value}", "-": f"-{value}", "abs": f"abs({value})"}[op]
        if op != "~" and kind_of(operand, self._kinds) == "int":
            return self._guarded([(kept, nullable)], self._within(text, "_I", "_J")), True
        return self._guarded([(kept, nullable)], f"({text})"), nullable

    def _binary(self, op: str, left: Expression, right: Expression) -> tuple[str, bool]:
        kinds = kind_of(left, self._kinds), kind_of(right, self._kinds)
        kept_left, a, null_left = self._held(left)
        kept_right, b, null_right = self._held(right)
        if not null_left and kept_left != a:
            # A value that is never null still has to be computed before its name is used.
            null_left = True
        if not null_right and kept_right != b:
            null_right = True
        operands = [(kept_left, null_left), (kept_right, null_right)]
        if op not in ARITHMETIC:
            if set(kinds) == {"int", "float"}:
                a, b = self._number(left, a), self._number(right, b)
            return self._guarded(operands, f"{a} {op} {b}"), null_left or null_right
        if kinds[0] in ("date", "datetime"):
            text = f"({a} - {b}).days" if kinds[0] == "date" else f"_seconds({a} - {b})"
            return self._guarded(operands, text), null_left or null_right
        if op == "/" or "float" in kinds:
            text = self._float_arithmetic(op, self._number(left, a), self._number(right, b))
        elif op in ("//", "%"):
            text = f"(None if {b} == 0 else {self._within(f'{a} {op} {b}', '_I', '_J')})"
        else:
            text = self._within(f"{a} {op} {b}", "_I", "_J")
        return self._guarded(operands, text), True

    def _float_arithmetic(self, op: str, a: str, b: str) -> str:
        if op in ("+", "-", "*"):
            return self._within(f"{a} {op} {b}", "-_L", "_L")
        quotient = self._within(f"{a} / {b}", "-_L", "_L")
        if op == "/":
            return f"(None if {b} == 0 else {quotient})"
        floor = self._temporary()
        floored = f"(None if {b} == 0 or ({floor} := {quotient}) is None else _floor({floor}))"
        if op == "//":
            return floored
        whole = self._temporary()
        rest = self._within(f"{a} - {b} * {whole}", "-_L", "_L")
        return f"(None if ({whole} := {floored}) is None else {rest})"

    def _within(self, text: str, low: str, high: str) -> str:
        name = self._temporary()
        return f"({name} if {low} <= ({name} := {text}) <= {high} else None)"

    def _guarded(self, operands: list[tuple[str, bool]], text: str) -> str:
        tests = [f"{kept} is None" for kept, nullable in operands if nullable]
        return f"(None if {' or '.join(tests)} else {text})" if tests else f"({text})"

    def _logic(self, op: str, left: Expression, right: Expression) -> tuple[str, bool]:
        (a, null_a), (b, null_b) = self.write(left), self.write(right)
        if not null_a and not null_b:
            return f"({a} {'and' if op == '&' else 'or'} {b})", False
        x, y = self._temporary(), self._temporary()
        if op == "&":
            first = f"False if ({x} := {a}) is False or ({y} := {b}) is False"
            return f"({first} else (None if {x} is None or {y} is None else True))", True
        first = f"True if ({x} := {a}) or ({y} := {b})"
        return f"({first} else (None if {x} is None or {y} is None else False))", True

    def _call(self, function: str, operand: Expression, argument: Constant | None) -> tuple[str, bool]:
        kept, name, nullable = self._held(operand)
        if function == "is_null":
            return (f"({kept} is None)", False) if nullable else ("False", False)
        value = name if nullable else kept
        if argument is not None and argument.kind == "int" and kind_of(operand, self._kinds) == "float":
            argument = Constant("float", float(argument.value))
        other = "" if argument is None else self.write(argument)[0]
        if function == "fill_null":
            return (f"({other} if {kept} is None else {name})", False) if nullable else (kept, False)
        if function in LIST_CALLS:
            return self._guarded([(kept, nullable)], f"_list_{function}({value})"), True
        if function in MEASURES:
            # A figure that the file does not state is null, as of a film without a duration.
            return self._guarded([(kept, nullable)], f"{value}[{function!r}]"), True
        text = {"length": f"len({value})", "lower": f"{value}.lower()", "contains": f"{other} in {value}"}.get(function)
        return self._guarded([(kept, nullable)], text or f"{value}{_PARTS[function]}"), nullable

    def _is_in(self, operand: Expression, values: tuple[Constant, ...]) -> tuple[str, bool]:
        kept, name, nullable = self._held(operand)
        value = name if nullable else kept
        plain = [python_value(constant) for constant in values]
        if {kind_of(operand, self._kinds), *(constant.kind for constant in values)} == {"int", "float"}:
            plain = [float(number) for number in plain]  # type: ignore[arg-type]
            value = f"float({value})"
        return self._guarded([(kept, nullable)], f"{value} in {self._constant(frozenset(plain))}"), nullable
