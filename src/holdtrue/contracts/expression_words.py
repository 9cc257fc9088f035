"""An expression as a person says it, for the lines of table tests: `rows is between 10,000 and 20,000`."""

from __future__ import annotations

import math

from holdtrue.contracts.expression_text import expression_text, statistic_name
from holdtrue.contracts.expressions import (
    ARITHMETIC,
    EQUALITY,
    LOGIC,
    ORDER,
    Binary,
    Call,
    Constant,
    Expression,
    IsIn,
    Statistic,
    Unary,
)
from holdtrue.contracts.plain_values import shown

_SAYS = {"is_null": "is missing"}
# How tightly an operator binds; what binds more loosely than what it stands in gets brackets.
_BINDS = {"|": 0, "&": 1, **dict.fromkeys((*ORDER, *EQUALITY), 3), "+": 4, "-": 4, "*": 5, "/": 5, "//": 5, "%": 5}
_NOT, _COMPARED, _SIGN, _WHOLE = 2, 3, 6, 7


def expression_words(expression: Expression) -> str:
    """Write a tree in words, every number exactly and with its thousands apart.

    `(x >= a) & (x <= b)` is "x is between a and b"; brackets stand only where the sense needs them.

    Example:
        >>> rows = Statistic("rows")
        >>> low, high = (Binary(op, rows, Constant("int", n)) for op, n in ((">=", 10_000), ("<=", 20_000)))
        >>> expression_words(Binary("&", low, high))
        'rows is between 10,000 and 20,000'
        >>> expression_words(Binary("|", low, Unary("~", high)))
        'rows >= 10,000, or not (rows <= 20,000)'
    """
    return _words(expression)[0]


def number_words(value: float) -> str:
    """Write a number exactly as it is, its thousands apart.

    Example:
        >>> number_words(48_700), number_words(0.998), number_words(12_345.25), number_words(2.0), number_words(1e-9)
        ('48,700', '0.998', '12,345.25', '2', '1e-09')
    """
    if isinstance(value, int):
        return f"{value:,}"
    if value.is_integer() and abs(value) < 1e15:
        return f"{value:,.0f}"
    return f"{value:,}" if 1e-4 <= abs(value) < 1e15 and math.isfinite(value) else repr(value)


def _words(expression: Expression) -> tuple[str, int]:
    """Return the words, and how tightly they hold together."""
    match expression:
        case Constant(kind, value):
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                return number_words(value), _WHOLE if value >= 0 else _SIGN
            return str(value) if kind in ("date", "datetime") else shown(value), _WHOLE
        case Unary("~", operand):
            return f"not ({_words(operand)[0]})", _NOT
        case Unary("-", operand):
            return f"-{_within(operand, _SIGN)}", _SIGN
        case Unary(op, operand):
            return f"{op}({_words(operand)[0]})", _WHOLE
        case Binary(op, left, right) if op in LOGIC:
            return _joined(op, left, right)
        case Binary(op, left, right):
            binds = _BINDS[op]
            # `a - (b - c)` and `(a < b) == c` need their brackets, `a - b - c` does not.
            return f"{_within(left, binds + (op not in ARITHMETIC))} {op} {_within(right, binds + 1)}", binds
        case IsIn(operand, values):
            return f"{_within(operand, _SIGN)} is one of {', '.join(_words(each)[0] for each in values)}", _COMPARED
        case Call(function, operand, None) if function in _SAYS:
            return f"{_within(operand, _SIGN)} {_SAYS[function]}", _COMPARED
        case Call(function, operand, argument):
            inner = "" if argument is None else _words(argument)[0]
            return f"{_within(operand, _WHOLE)}.{function}({inner})", _WHOLE
        case Statistic():
            return statistic_name(expression), _WHOLE
        case _:
            return expression_text(expression), _WHOLE


def _within(expression: Expression, binds: int) -> str:
    words, own = _words(expression)
    return words if own >= binds else f"({words})"


def _joined(op: str, left: Expression, right: Expression) -> tuple[str, int]:
    between = _between(left, right) if op == "&" else ""
    if between:
        return between, _COMPARED
    binds, word = _BINDS[op], "and" if op == "&" else "or"
    # A comma, for "is between a and b" has an "and" of its own.
    return f"{_within(left, binds)}, {word} {_within(right, binds)}", binds


def _between(low: Expression, high: Expression) -> str:
    match low, high:
        case Binary(">=", value, least), Binary("<=", other, most) if value == other:
            return f"{_within(value, _SIGN)} is between {_within(least, 4)} and {_within(most, 4)}"
        case Binary(">" | ">=" as above, value, least), Binary("<" | "<=" as below, other, most) if value == other:
            return f"{_within(value, 4)} {above} {_within(least, 4)} and {below} {_within(most, 4)}"
    return ""
