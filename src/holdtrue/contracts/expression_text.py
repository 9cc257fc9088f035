"""An expression as the user would write it, for messages and pages."""

from __future__ import annotations

import json

from holdtrue.contracts.expressions import Binary, Call, Constant, Expression, FieldRef, IsIn, Statistic, Unary


def expression_text(expression: Expression) -> str:
    """Write a tree in the words of the rule, fields without `row.`.

    Example:
        >>> expression_text(Binary(">=", FieldRef("beds"), Constant("int", 1)))
        'beds >= 1'
    """
    match expression:
        case FieldRef(name):
            return name
        case Constant(_, value):
            return json.dumps(value, ensure_ascii=False)
        case Unary("abs", operand):
            return f"abs({expression_text(operand)})"
        case Unary(op, operand):
            return f"{op}{_bracketed(operand)}"
        case Binary(op, left, right):
            return f"{_bracketed(left)} {op} {_bracketed(right)}"
        case Call(function, operand, argument):
            inner = "" if argument is None else expression_text(argument)
            return f"{_owner(operand)}.{function}({inner})"
        case IsIn(operand, values):
            return f"{_owner(operand)}.is_in([{', '.join(expression_text(value) for value in values)}])"
        case Statistic():
            return statistic_name(expression)


def statistic_name(node: Statistic) -> str:
    """Name a table's figure: `rows`, `wall.share("wood")`, `last.price.mean`, `price.drift_from(last)`.

    Example:
        >>> statistic_name(Statistic("mean", "price", past="last")), statistic_name(Statistic("correlation", "a", "b"))
        ('last.price.mean', 'correlation("a", "b")')
    """
    match node:
        case Statistic("drift"):
            return f"{node.column}.drift_from({node.past})"
        case Statistic("unseen_share"):
            return f"{node.column}.unseen_share({node.past})"
        case Statistic("correlation"):
            return f"correlation({_words(node.column)}, {_words(node.argument)})"
        case Statistic("orphans"):
            table, _, column = str(node.argument).partition(":")
            return f"{node.column}.orphans({_words(table)}, {_words(column)})"
    inner = "" if node.argument is None else f"({_words(node.argument)})"
    return ".".join(part for part in (node.past, node.column, node.statistic) if part) + inner


def _words(value: str | float | None) -> str:
    return json.dumps(value, ensure_ascii=False)


def _bracketed(expression: Expression) -> str:
    text = expression_text(expression)
    return f"({text})" if isinstance(expression, Binary) else text


def _owner(expression: Expression) -> str:
    """Write what a method is asked of: with its sign it stands in brackets."""
    text = expression_text(expression)
    signed = isinstance(expression, Unary) and expression.op != "abs"
    return f"({text})" if signed or isinstance(expression, Binary) else text
