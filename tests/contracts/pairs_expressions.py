"""Expression trees for the proof of agreement: any operation, of any kind, on fields and hostile constants."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from pairs_kinds import DAYS, FLOATS, INTS, MOMENTS, NFC, NFD, Draw

from holdtrue.contracts.expressions import (
    ITEM_KINDS,
    MEASURES,
    Binary,
    Call,
    Constant,
    Expression,
    FieldRef,
    IsIn,
    Kind,
    Unary,
    constant_of,
)
from holdtrue.media import MEDIA

ORDERED = ("<", "<=", ">", ">=", "==", "!=")
NUMBERS = ("int", "float")
TEXTUAL = ("category", "text", "key")
NUMBER_LISTS = ("list[int]", "list[float]", "embedding")


def constant(draw: Draw, kind: str) -> Constant:
    """Draw a value that a rule may name."""
    match kind:
        case "int":
            return Constant("int", draw.one(INTS) if draw.chance(0.4) else draw.randint(-5, 25))
        case "float":
            finite = [value for value in FLOATS if value - value == 0]
            return Constant("float", draw.one(finite) if draw.chance(0.5) else round(draw.uniform(-9, 9), 2))
        case "bool":
            return Constant("bool", draw.chance(0.5))
        case "date":
            return constant_of(draw.one(DAYS))
        case "datetime":
            return constant_of(draw.one(MOMENTS).replace(tzinfo=draw.one((None, dt.UTC))))
        case _:
            return Constant("text", draw.one(("a", "", "A", NFC, NFD, "tach", "\u0307", "boathouse")))


def expression(draw: Draw, wanted: str, kinds: Mapping[str, Kind], depth: int) -> Expression:
    """Draw a tree that gives a value of the wanted kind: `int`, `float`, `bool`, `text`, `date` or `datetime`."""
    alike = TEXTUAL if wanted == "text" else (wanted,)
    fields = [name for name, kind in kinds.items() if kind in alike]
    if depth <= 0 or draw.chance(0.15):
        return FieldRef(draw.one(fields)) if fields and draw.chance(0.85) else constant(draw, wanted)
    asked = _of_a_list(draw, wanted, kinds)
    if asked is not None and draw.chance(0.3):
        return asked
    made = _MAKERS[wanted](draw, kinds, depth - 1)
    return made if made is not None else expression(draw, wanted, kinds, 0)


def reading(draw: Draw, wanted: str, kinds: Mapping[str, Kind], depth: int) -> Expression | None:
    """Draw such a tree that reads some field; None where chance will have none."""
    for _ in range(20):
        tree = expression(draw, wanted, kinds, depth)
        if not isinstance(tree, (FieldRef, Constant)) and _reads(tree):
            return tree
    return None


def _reads(tree: Any) -> bool:
    match tree:
        case FieldRef():
            return True
        case Binary(_, left, right):
            return _reads(left) or _reads(right)
        case Unary(_, operand) | Call(_, operand, _) | IsIn(operand, _):
            return _reads(operand)
        case _:
            return False


def _of_a_list(draw: Draw, wanted: str, kinds: Mapping[str, Kind]) -> Expression | None:
    """Draw what can be asked of some list and gives the wanted kind; None where there is no such list."""
    lists = [name for name, kind in kinds.items() if kind in ITEM_KINDS]
    numbers = [name for name in lists if kinds[name] in NUMBER_LISTS]
    if wanted == "bool" and lists:
        name = draw.one(lists)
        item = ITEM_KINDS[kinds[name]]
        return draw.one((Call("is_null", FieldRef(name)), Call("contains", FieldRef(name), constant(draw, item))))
    if wanted == "int" and lists:
        whole = [name for name in numbers if kinds[name] == "list[int]"]
        call = draw.one(("min", "max")) if whole and draw.chance(0.5) else "length"
        return Call(call, FieldRef(draw.one(lists if call == "length" else whole)))
    media = [name for name, kind in kinds.items() if kind in MEDIA]
    if media and draw.chance(0.5):
        name = draw.one(media)
        gives = "category" if wanted == "text" else wanted
        fitting = [each for each, (of, kind) in MEASURES.items() if kinds[name] in of and kind == gives]
        return Call(draw.one(fitting), FieldRef(name)) if fitting else None
    if wanted == "float" and numbers:
        name = draw.one(numbers)
        extremes = () if kinds[name] == "list[int]" else ("min", "max")
        return Call(draw.one(("sum", "mean", "norm", *extremes)), FieldRef(name))
    return None


def _number(draw: Draw, kinds: Mapping[str, Kind], depth: int) -> Expression:
    return expression(draw, draw.one(NUMBERS), kinds, depth)


def _int(draw: Draw, kinds: Mapping[str, Kind], depth: int) -> Expression:
    part = draw.randrange(6)
    if part == 0:
        return Unary(draw.one(("-", "abs")), expression(draw, "int", kinds, depth))
    if part == 1:
        when = draw.one(("date", "datetime"))
        functions = ("year", "month", "day", "weekday") + (("hour",) if when == "datetime" else ())
        return Call(draw.one(functions), expression(draw, when, kinds, depth))
    if part == 2:
        return Call("length", expression(draw, "text", kinds, depth))
    if part == 3:
        return Binary("-", expression(draw, "date", kinds, depth), expression(draw, "date", kinds, depth))
    if part == 4:
        return Call("fill_null", expression(draw, "int", kinds, depth), constant(draw, "int"))
    op = draw.one(("+", "-", "*", "//", "%"))
    return Binary(op, expression(draw, "int", kinds, depth), expression(draw, "int", kinds, depth))


def _float(draw: Draw, kinds: Mapping[str, Kind], depth: int) -> Expression:
    part = draw.randrange(6)
    if part == 0:
        return Unary(draw.one(("-", "abs")), expression(draw, "float", kinds, depth))
    if part == 1:
        return Binary("-", expression(draw, "datetime", kinds, depth), expression(draw, "datetime", kinds, depth))
    if part == 2:
        return Call("fill_null", expression(draw, "float", kinds, depth), constant(draw, draw.one(NUMBERS)))
    if part == 3:
        return Binary("/", _number(draw, kinds, depth), _number(draw, kinds, depth))
    sides = [expression(draw, "float", kinds, depth), _number(draw, kinds, depth)]
    draw.shuffle(sides)
    return Binary(draw.one(("+", "-", "*", "//", "%")), *sides)


def _bool(draw: Draw, kinds: Mapping[str, Kind], depth: int) -> Expression:
    part = draw.randrange(9)
    if part < 2:
        return Binary(
            draw.one(("&", "|")), expression(draw, "bool", kinds, depth), expression(draw, "bool", kinds, depth)
        )
    if part == 2:
        return Unary("~", expression(draw, "bool", kinds, depth))
    if part == 3:
        return Call("is_null", expression(draw, draw.one(tuple(_MAKERS)), kinds, depth))
    if part == 4:
        return Call("contains", expression(draw, "text", kinds, depth), constant(draw, "text"))
    if part == 5:
        return Call("fill_null", expression(draw, "bool", kinds, depth), constant(draw, "bool"))
    if part == 6:
        kind = draw.one(("int", "float", "text", "date", "datetime", "bool"))
        operand = expression(draw, kind, kinds, depth)
        if not _reads(operand):
            return Binary(draw.one(ORDERED), _number(draw, kinds, depth), _number(draw, kinds, depth))
        other = draw.one(NUMBERS) if kind in NUMBERS else kind
        return IsIn(operand, tuple(constant(draw, other) for _ in range(draw.randint(1, 3))))
    if part == 7:
        kind = draw.one(("text", "date", "datetime"))
        return Binary(draw.one(ORDERED), expression(draw, kind, kinds, depth), expression(draw, kind, kinds, depth))
    return Binary(draw.one(ORDERED), _number(draw, kinds, depth), _number(draw, kinds, depth))


def _text(draw: Draw, kinds: Mapping[str, Kind], depth: int) -> Expression:
    operand = expression(draw, "text", kinds, depth)
    return Call("lower", operand) if draw.chance(0.5) else Call("fill_null", operand, constant(draw, "text"))


def _filled(kind: str) -> Callable[[Draw, Mapping[str, Kind], int], Expression]:
    return lambda draw, kinds, depth: Call("fill_null", expression(draw, kind, kinds, depth), constant(draw, kind))


_MAKERS: dict[str, Callable[[Draw, Mapping[str, Kind], int], Expression | None]] = {
    "int": _int,
    "float": _float,
    "bool": _bool,
    "text": _text,
    "date": _filled("date"),
    "datetime": _filled("datetime"),
}
