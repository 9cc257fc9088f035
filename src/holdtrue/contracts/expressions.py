"""Rules as data: the nodes of an expression tree, ready for JSON, and the kinds of value they give.

A tree is made by calling a rule once with a symbolic row (`symbols.py`); it is stored with the contract, and compiled
to Polars (`polars_compiler.py`) and to Python (`python_compiler.py`), which give the same values.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from typing import Literal as OneOf
from typing import TypeAlias

from msgspec import Struct

from holdtrue.foundation import ContractError
from holdtrue.media import MEDIA

Kind: TypeAlias = OneOf[
    "int", "float", "bool", "category", "text", "key", "date", "datetime",
    "list[int]", "list[float]", "list[bool]", "list[text]", "embedding",
    "image", "audio", "video",
]  # fmt: skip
Scalar: TypeAlias = bool | int | float | str

INT_MIN, INT_MAX = -(2**63), 2**63 - 1
DEEPEST = 200
"""How many operations may stand in each other: a sum of 200 fields is 200 deep."""
ARITHMETIC = ("+", "-", "*", "/", "//", "%")
ORDER = ("<", "<=", ">", ">=")
EQUALITY = ("==", "!=")
LOGIC = ("&", "|")
STATISTICS: Mapping[str, Kind] = {
    "null_share": "float",
    "distinct": "int",
    "duplicates": "int",
    "near_duplicates": "int",
    "mean": "float",
    "sd": "float",
    "min": "float",
    "max": "float",
    "share": "float",
    "quantile": "float",
    "age_days": "float",
    "word_rank": "int",
    "language_share": "float",
    "correlation": "float",
    "orphans": "int",
    "unseen_share": "float",
    "drift": "float",
}
WHOLE_TABLE: Mapping[str, Kind] = {"rows": "int", "duplicate_rows": "int"}
ITEM_KINDS: Mapping[str, Kind] = {
    "list[int]": "int",
    "list[float]": "float",
    "list[bool]": "bool",
    "list[text]": "text",
    "embedding": "float",
}
"""The kinds that are lists, each with the kind of its items."""
STRINGS = ("category", "text", "key")
NO_FEATURES = ("text", "key", *ITEM_KINDS, *MEDIA)
"""Kinds that a model is not given as they are: a field derived of one can be."""
_LISTS = tuple(ITEM_KINDS)
_NUMBER_LISTS = ("list[int]", "list[float]", "embedding")
_ALL = ("int", "float", "bool", "date", "datetime", *STRINGS)
PASTS: Mapping[str, str] = {"last": "there is no earlier version", "baseline": "no version has been in production"}
"""What a figure may be of, or compared with, besides the table itself; and what is said where there is none."""
OF_THE_PAST = ("rows", "null_share", "distinct", "mean", "sd", "min", "max", "quantile", "share", "word_rank")
AGAINST_THE_PAST = ("unseen_share", "drift")
OF_VOLUME = ("rows", "distinct", "word_rank")
"""Figures that depend on how many rows there are."""
_NUMBERS = ("int", "float")


class FieldRef(Struct, frozen=True, tag="field"):
    """The value of a field or derived field of the row."""

    name: str


class Constant(Struct, frozen=True, tag="constant"):
    """A value written in the rule; dates and times as ISO text, `kind` says which."""

    kind: Kind
    value: Scalar


class Unary(Struct, frozen=True, tag="unary"):
    """`-x`, `~x` or `abs(x)`; `op` is `-`, `~` or `abs`."""

    op: str
    operand: Expression


class Binary(Struct, frozen=True, tag="binary"):
    """Arithmetic, a comparison, or `&` and `|` between two expressions."""

    op: str
    left: Expression
    right: Expression


class Call(Struct, frozen=True, tag="call"):
    """A method of a value, such as `.year()` or `.contains("loft")`."""

    function: str
    operand: Expression
    argument: Constant | None = None


class IsIn(Struct, frozen=True, tag="is_in"):
    """Whether a value is one of those listed."""

    operand: Expression
    values: tuple[Constant, ...]


class Statistic(Struct, frozen=True, tag="statistic"):
    """A figure of a whole table (`rows`, `duplicate_rows`), or a statistic of one column.

    Attributes:
        argument: the level that `share` is of, the share that `quantile` is of, the word that `word_rank` is of, the
            language that `language_share` is of, the other column of a `correlation`, and `TABLE:COLUMN` where the
            values should be that are no `orphans`.
        past: `last` or `baseline`: the data that the figure is of, or that `drift` and `unseen_share` compare with;
            empty: of the table that is judged.
    """

    statistic: str
    column: str = ""
    argument: str | float | None = None
    past: str = ""


Expression: TypeAlias = FieldRef | Constant | Unary | Binary | Call | IsIn | Statistic

# A figure of a picture, sound or film -> the kinds that have it, and the kind of value it is.
MEASURES: Mapping[str, tuple[tuple[str, ...], Kind]] = {
    "bytes": (MEDIA, "int"),
    "format": (MEDIA, "category"),
    "width": (("image", "video"), "int"),
    "height": (("image", "video"), "int"),
    "mode": (("image",), "category"),
    "brightness": (("image",), "float"),
    "contrast": (("image",), "float"),
    "sharpness": (("image",), "float"),
    "sample_rate": (("audio",), "int"),
    "channels": (("audio",), "int"),
    "duration": (("audio", "video"), "float"),
    "loudness": (("audio",), "float"),
    "silence": (("audio",), "float"),
    "clipping": (("audio",), "float"),
    "frame_rate": (("video",), "float"),
    "frames": (("video",), "int"),
    "codec": (("video",), "category"),
}
# Method of a value -> the kinds it is for, the kind it gives ("same" as its operand, or as its "item"), whether it
# takes a value.
CALLS: Mapping[str, tuple[tuple[str, ...], str, bool]] = {
    "year": (("date", "datetime"), "int", False),
    "month": (("date", "datetime"), "int", False),
    "day": (("date", "datetime"), "int", False),
    "weekday": (("date", "datetime"), "int", False),
    "hour": (("datetime",), "int", False),
    "length": ((*STRINGS, *_LISTS), "int", False),
    "lower": (STRINGS, "same", False),
    "contains": ((*STRINGS, *_LISTS), "bool", True),
    "sum": (_NUMBER_LISTS, "float", False),
    "mean": (_NUMBER_LISTS, "float", False),
    "min": (_NUMBER_LISTS, "item", False),
    "max": (_NUMBER_LISTS, "item", False),
    "norm": (_NUMBER_LISTS, "float", False),
    "is_null": ((*_ALL, *_LISTS, *MEDIA), "bool", False),
    "fill_null": (_ALL, "same", True),
    **{name: (kinds, kind, False) for name, (kinds, kind) in MEASURES.items()},
}


def constant_of(value: object) -> Constant:
    """Make the node of a value written in a rule.

    Raises:
        ContractError: the value is None, not finite, beyond 64 bits, or of a type rules do not know.

    Example:
        >>> constant_of(dt.date(1996, 7, 1))
        Constant(kind='date', value='1996-07-01')
    """
    if isinstance(value, bool):
        return Constant("bool", value)
    if isinstance(value, int):
        if not INT_MIN <= value <= INT_MAX:
            raise ContractError(f"the whole number {value} does not fit 64 bits", hint="write it as a float")
        return Constant("int", int(value))
    if isinstance(value, float):
        if value != value or value in (float("inf"), float("-inf")):
            raise ContractError(f"{value} cannot be compared or counted with", hint="use .is_null() for missing values")
        return Constant("float", float(value))
    if isinstance(value, str):
        return Constant("text", value)
    if isinstance(value, dt.datetime):
        aware = value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)
        return Constant("datetime", aware.isoformat())
    if isinstance(value, dt.date):
        return Constant("date", value.isoformat())
    if value is None:
        raise ContractError("a value cannot be compared or counted with None", hint="write .is_null() or ~x.is_null()")
    raise ContractError(
        f"a {type(value).__name__} cannot stand in a rule", hint="use numbers, text, true or false, dates"
    )


def python_value(constant: Constant) -> bool | int | float | str | dt.date:
    """Return the Python value a constant stands for; datetimes know their zone, UTC."""
    if constant.kind == "date":
        return dt.date.fromisoformat(str(constant.value))
    if constant.kind == "datetime":
        return dt.datetime.fromisoformat(str(constant.value))
    if constant.kind == "float":
        return float(constant.value)
    return constant.value


def unary_kind(op: str, operand: Kind) -> Kind:
    """Return the kind of `-x`, `~x` or `abs(x)`; ContractError where there is none."""
    if op == "~" and operand == "bool":
        return "bool"
    if op in ("-", "abs") and operand in _NUMBERS:
        return operand
    raise ContractError(f"{op} does not work on {described(operand)}", hint=_hint(op))


def binary_kind(op: str, left: Kind, right: Kind) -> Kind:
    """Return the kind that an operator gives between two kinds; ContractError where there is none.

    Example:
        >>> binary_kind("-", "date", "date"), binary_kind("/", "int", "int"), binary_kind("<", "int", "float")
        ('int', 'float', 'bool')
    """
    numbers = left in _NUMBERS and right in _NUMBERS
    if left in MEDIA or right in MEDIA:
        medium = left if left in MEDIA else right
        hint = "compare a figure of it, such as " + _figures_of(medium)
        raise ContractError(f"{op} does not work on {described(medium)} as a whole", hint=hint)
    same = left == right or (left in STRINGS and right in STRINGS)
    if op in ARITHMETIC and numbers:
        return "float" if op == "/" or "float" in (left, right) else "int"
    if op == "-" and same and left in ("date", "datetime"):
        return "int" if left == "date" else "float"
    if op in EQUALITY and (numbers or (same and left not in ITEM_KINDS)):
        return "bool"
    if op in ORDER and (numbers or (same and left != "bool" and left not in ITEM_KINDS)):
        return "bool"
    if op in LOGIC and left == right == "bool":
        return "bool"
    raise ContractError(f"{op} does not work between {described(left)} and {described(right)}", hint=_hint(op))


def call_kind(function: str, operand: Kind, argument: Kind | None) -> Kind:
    """Return the kind a method gives; ContractError for a method or argument that does not fit."""
    if function not in CALLS:
        raise ContractError(f"there is no .{function}()", hint="there are " + ", ".join(f".{c}()" for c in CALLS))
    takes, gives, wants = CALLS[function]
    if operand not in takes or wants != (argument is not None):
        hint = f"it is for {', '.join(takes)}"
        if operand in MEDIA:
            hint += f"; {described(operand)} has {_figures_of(operand)}"
        raise ContractError(f".{function}() does not work on {described(operand)}", hint=hint)
    item: Kind = ITEM_KINDS.get(operand, operand)
    if argument is not None and binary_kind("==", item, argument) and item == "int" and argument == "float":
        raise ContractError(f".{function}() of whole numbers takes a whole number", hint="write it without a point")
    if gives in ("same", "item"):
        return operand if gives == "same" else item
    return gives  # type: ignore[return-value]


def kind_of(expression: Expression, kinds: Mapping[str, Kind]) -> Kind:
    """Return the kind of value an expression gives, given the kinds of the fields; checks the whole tree.

    Raises:
        ContractError: a field that is not there, or an operator between kinds it does not work on.
    """
    match expression:
        case FieldRef(name):
            if name not in kinds:
                raise ContractError(f'a rule reads "{name}", which is no field of the contract')
            return kinds[name]
        case Constant(kind, _):
            return kind
        case Unary(op, operand):
            return unary_kind(op, kind_of(operand, kinds))
        case Binary(op, left, right):
            return binary_kind(op, kind_of(left, kinds), kind_of(right, kinds))
        case Call(function, operand, argument):
            return call_kind(function, kind_of(operand, kinds), argument.kind if argument else None)
        case IsIn(operand, values):
            kind = kind_of(operand, kinds)
            if not any(isinstance(node, FieldRef) for node in nodes_of(operand)):
                raise ContractError("is_in of a constant says nothing about a row", hint="write row.field.is_in([...])")
            for value in values:
                binary_kind("==", kind, value.kind)
            return "bool"
        case Statistic(statistic, _, _, past):
            columns = reads_of(expression)
            if not columns and statistic not in WHOLE_TABLE:
                raise ContractError(f"{statistic} is of no column", hint='write such as table.column("beds").mean')
            for column in columns:
                if column not in kinds:
                    raise ContractError(f'a table test reads "{column}", which is no field of the contract')
            found: Kind = "int"
            for column in columns or ("",):
                found = statistic_kind(statistic, kinds.get(column, "int"), past)
            return found


def statistic_kind(statistic: str, column: Kind, past: str = "") -> Kind:
    """Return the kind of a table's figure, given the kind of the column it is of.

    Args:
        past: `last` or `baseline`, where the figure is of earlier data or compares with it.
    """
    if past not in ("", *PASTS):
        raise ContractError(f"there is no table.{past}", hint="write " + " or ".join(f"table.{each}" for each in PASTS))
    if past and statistic not in (*OF_THE_PAST, *AGAINST_THE_PAST):
        raise ContractError(f"of table.{past} no .{statistic} is kept", hint="kept are " + ", ".join(OF_THE_PAST))
    if statistic in WHOLE_TABLE:
        return WHOLE_TABLE[statistic]
    if statistic not in STATISTICS:
        raise ContractError(f"there is no statistic {statistic}", hint="there are " + ", ".join(STATISTICS))
    if statistic in AGAINST_THE_PAST and not past:
        raise ContractError(f"{statistic} compares with nothing", hint="write such as .drift_from(table.last)")
    if statistic in ("min", "max") and column in ("date", "datetime"):
        return column
    fitting: Mapping[str, tuple[str, ...]] = {
        "age_days": ("date", "datetime"),
        "word_rank": STRINGS,
        "share": STRINGS,
        "near_duplicates": ("image",),
        "language_share": STRINGS,
        "orphans": _ALL,
        "unseen_share": ("category",),
        "drift": ("int", "float", "bool", "category"),
    }
    if column in fitting.get(statistic, ()):
        return STATISTICS[statistic]
    if statistic in fitting:
        raise ContractError(
            f"{described(column)} has no .{statistic}", hint=f"it is of {', '.join(fitting[statistic])}"
        )
    listed = column in ITEM_KINDS
    if statistic == "null_share" or column in ("int", "float", "bool"):
        return STATISTICS[statistic]
    if statistic in ("distinct", "duplicates") and not listed:
        return STATISTICS[statistic]
    hint = "use .null_share, or derive a number of it" if listed else "use .null_share or .distinct"
    raise ContractError(f"{described(column)} has no .{statistic}", hint=hint)


def nodes_of(expression: Expression) -> Iterator[Expression]:
    """Walk a tree: the node itself first, then its parts from left to right."""
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        yield node
        waiting += reversed(_parts_of(node))


def require_shallow(expression: Expression) -> None:
    """Stop at a tree that is deeper than both compilers, and Python itself, can follow.

    Raises:
        ContractError: it is more than `DEEPEST` nodes deep.
    """
    level, depth = [expression], 0
    while level:
        depth += 1
        if depth > DEEPEST:
            raise ContractError(
                f"a rule or derived field nests more than {DEEPEST} operations in each other",
                hint="compute a part of it as a derived field of its own, which the next one reads",
            )
        level = [part for node in level for part in _parts_of(node)]


def _parts_of(node: Expression) -> tuple[Expression, ...]:
    match node:
        case Unary(_, operand) | Call(_, operand, _) | IsIn(operand, _):
            return (operand,)
        case Binary(_, left, right):
            return (left, right)
        case _:
            return ()


def reads_of(expression: Expression) -> tuple[str, ...]:
    """Return the names of the fields (or table columns) an expression reads, in order of first use.

    Example:
        >>> reads_of(Binary("<", FieldRef("b"), Binary("+", FieldRef("a"), FieldRef("b"))))
        ('b', 'a')
    """
    names: dict[str, None] = {}
    for node in nodes_of(expression):
        if isinstance(node, FieldRef):
            names[node.name] = None
        elif isinstance(node, Statistic) and node.column:
            names[node.column] = None
            if node.statistic == "correlation":
                names[str(node.argument)] = None
    return tuple(names)


def described(kind: Kind) -> str:
    """Return a kind in words with its article, for messages."""
    return _DESCRIBED[kind]


_DESCRIBED: Mapping[Kind, str] = {
    "int": "a whole number",
    "float": "a number",
    "bool": "a yes or no (bool)",
    "category": "a category",
    "text": "text",
    "key": "a key",
    "date": "a date",
    "datetime": "a time",
    "list[int]": "a list of whole numbers",
    "list[float]": "a list of numbers",
    "list[bool]": "a list of true and false",
    "list[text]": "a list of texts",
    "embedding": "an embedding",
    "image": "an image",
    "audio": "audio",
    "video": "a video",
}


def _figures_of(medium: str) -> str:
    return ", ".join(f".{name}()" for name, (kinds, _) in MEASURES.items() if medium in kinds)


def _hint(op: str) -> str:
    if op in LOGIC or op == "~":
        return f"{op} joins comparisons: put each in brackets, as in (row.a > 0) {'&' if op == '~' else op} (row.b > 0)"
    return "compare and count like with like: numbers with numbers, text with text, dates with dates"
