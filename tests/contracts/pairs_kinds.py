"""What the proof of agreement draws for each kind of field: options of the field, columns, values as JSON spells them.

A new kind is one more entry in `KINDS`; a new option that any field may have is one more function in `OPTIONS`. A test
fails while a kind of the contract has no entry here.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

import polars as pl
from msgspec.structs import replace

from holdtrue.contracts import Bounds, FieldSpec, Severity
from holdtrue.contracts.row_tests import tests_named

T = TypeVar("T")


class Draw(random.Random):
    """Chance with a seed, in the words that generators use."""

    def one(self, values: Sequence[T]) -> T:
        """Return one of several values."""
        return values[int(self.random() * len(values))]

    def chance(self, share: float) -> bool:
        """Say yes in such a share of cases."""
        return self.random() < share


class Column(NamedTuple):
    """What a table's column may be: its dtype, and a value that it may hold."""

    dtype: pl.DataType
    value: Callable[[Draw], Any]


class KindPairs(NamedTuple):
    """What is drawn for one kind of field.

    Attributes:
        options: of its `FieldSpec`.
        columns: those that may hold values of this kind; any other column is drawn for it too, now and then.
        loose: a value as JSON may give it, good or nearly good; any of `WRONG_IN_JSON` is drawn for it too.
    """

    options: Callable[[Draw], dict[str, Any]]
    columns: tuple[Column, ...]
    loose: Callable[[Draw], Any]


INTS = (0, 1, -1, 2, 3, 5, -8, 12, 13, 20, 21, 1957, 2**31, 2**53, 2**53 + 1, 2**63 - 1, -(2**63))
FLOATS = (
    0.0, -0.0, 1.0, 3.0, 3.5, -8.0, 0.1, 0.30000000000000004, 1 / 3, 1e-320, 1e22, 1e300, -1e300, 2.0**53, 2.0**63,
    -(2.0**63), 9007199254740993.0, float("nan"), float("inf"), -float("inf"),
)  # fmt: skip
NFC, NFD = "caf\u00e9", "cafe\u0301"
TEXTS = (
    "", " ", "a", "b", "A", "a\n", "a\x00b", "\ufeffa", "a\u2028b", "attached", "Attached", "boathouse", "3", "3.0",
    "+3", "nan", "NaN", "true", "null", 'a"b\\', NFC, NFD, "ﬁ", "\u0130", "STRASSE", "ΟΔΟΣ", "\u01c5", "\ua7dc",
    "\U0001f469‍\U0001f52c", "\U0010ffff", "x" * 79, "x" * 80, "x" * 81, "é" * 90, "{a}", "[x.ge]", "%s",
    "1996-07-01", "noon",
)  # fmt: skip
DAY_TEXTS = (
    "1996-07-01", "1969-12-31", "2000-02-29", "1900-02-29", "1996-02-30", "0000-01-01", "0001-01-01", "9999-12-31",
    "1996-7-1", "960701", "1996-07-01\n", " 1996-07-01", "1996-07-01Z", "１９９６-07-01",
)  # fmt: skip
MOMENT_TEXTS = (
    "1996-07-01T12:00:00Z", "1996-07-01 12:00:00.123456+02:00", "1996-07-01T12:00", "1996-07-01T12:00:00.5+02:00",
    "1996-07-01T24:00:00Z", "1996-07-01T12:00:60Z", "1996-07-01T12:00:00.1234567Z", "1996-07-01T12:00:00-23:59",
    "0000-12-31T23:30:00-02:00", "0001-01-01T00:00:00+02:00", "9999-12-31T23:00:00-02:00",
    "1996-10-27T02:30:00+01:00", "1996-07-01T12:00:00z", "1996-07-01T12:00:00+0200", "1996-07-01T12",
    "1996-07-01T00:00:00Z", "1996-07-01t12:00:00Z", "1996-07-01T12:00:00 Z",
)  # fmt: skip
DAYS = (
    dt.date(1, 1, 1), dt.date(1969, 12, 31), dt.date(1970, 1, 1), dt.date(1996, 7, 1), dt.date(1996, 2, 29),
    dt.date(2000, 2, 29), dt.date(9999, 12, 31),
)  # fmt: skip
MOMENTS = (
    dt.datetime(1996, 7, 1), dt.datetime(1996, 7, 1, 12, 0, 0, 5), dt.datetime(1969, 12, 31, 23, 59, 59, 999_999),
    dt.datetime(1970, 1, 1), dt.datetime(1996, 10, 27, 1, 30), dt.datetime(2000, 2, 29, 23, 0, 0, 1),
)  # fmt: skip
FAR_MOMENTS = (*MOMENTS, dt.datetime(1, 1, 1), dt.datetime(9999, 12, 31, 23, 59, 59, 999_999))
LEVELS = ("a", "b", "attached", "", NFC, NFD, "A")


def _int(draw: Draw) -> int:
    return draw.one(INTS) if draw.chance(0.5) else draw.randint(-30, 30)


def _float(draw: Draw) -> float:
    if draw.chance(0.4):
        return draw.one(FLOATS)
    return draw.uniform(-30, 30) if draw.chance(0.5) else round(draw.uniform(-30, 30), 1)


def _json_float(draw: Draw) -> float | None:
    number = _float(draw)
    return number if number == number else None


def _small_float(draw: Draw) -> float:
    return draw.one((0.0, -0.0, 0.1, 3.0, 3.5, -8.25, float("nan"), float("inf"), draw.uniform(-30, 30)))


def _decimal(draw: Draw) -> Decimal:
    return Decimal(draw.one((0, 10, 300, -825, 1200, draw.randint(-3000, 3000)))) / 100


def _text(draw: Draw) -> str:
    return draw.one(TEXTS) if draw.chance(0.8) else "".join(draw.choices("abAB é\u0301ß1 ", k=draw.randint(0, 5)))


def _day_text(draw: Draw) -> str:
    return draw.one(DAY_TEXTS) if draw.chance(0.2) else draw.one(DAYS).isoformat()


def _moment_text(draw: Draw) -> str:
    return (
        draw.one(MOMENT_TEXTS)
        if draw.chance(0.3)
        else draw.one(FAR_MOMENTS).isoformat() + draw.one(("", "Z", "+05:45"))
    )


def _chosen(*values: Any) -> Callable[[Draw], Any]:
    return lambda draw: draw.one(values)


INT_COLUMNS = (
    Column(pl.Int64(), _int),
    Column(pl.Int8(), _chosen(0, 1, -8, 3, 21, 127)),
    Column(pl.UInt64(), _chosen(0, 3, 12, 2**63, 2**64 - 1)),
    Column(pl.Int128(), _chosen(0, 3, 2**70, -(2**63), 2**63)),
)
FLOAT_COLUMNS = (
    Column(pl.Float64(), _float),
    Column(pl.Float32(), _small_float),
    Column(pl.Decimal(12, 2), _decimal),
)
TEXT_COLUMNS = (
    Column(pl.String(), _text),
    Column(pl.Categorical(), _chosen("a", "attached", "boathouse", NFC, NFD, "")),
    Column(pl.Enum(["a", "b", "", NFC]), _chosen("a", "b", "", NFC)),
)
TIME_COLUMNS = (
    Column(pl.Date(), _chosen(*DAYS)),
    Column(pl.String(), _day_text),
    Column(pl.String(), _moment_text),
    Column(pl.Datetime("us"), _chosen(*FAR_MOMENTS)),
    Column(pl.Datetime("ms"), _chosen(*MOMENTS)),
    Column(pl.Datetime("ns"), _chosen(*MOMENTS)),
    Column(pl.Datetime("us", "UTC"), _chosen(*FAR_MOMENTS)),
    Column(pl.Datetime("us", "Europe/Berlin"), _chosen(*MOMENTS)),
    Column(pl.Datetime("us", "Asia/Kathmandu"), _chosen(*MOMENTS)),
)
BOOL_COLUMNS = (Column(pl.Boolean(), _chosen(True, False)),)
ODD_COLUMNS = (
    Column(pl.Time(), _chosen(dt.time(12), dt.time(0))),
    Column(pl.Duration("us"), _chosen(dt.timedelta(3), dt.timedelta(0))),
    Column(pl.Binary(), _chosen(b"abc", b"", b"\xff")),
    Column(pl.List(pl.Int64()), _chosen([1, 2], [], [None])),
    Column(pl.Struct({"a": pl.Int64()}), _chosen({"a": 1}, {"a": None})),
    Column(pl.Null(), _chosen(None)),
)
ANY_COLUMN = (*INT_COLUMNS, *FLOAT_COLUMNS, *TEXT_COLUMNS, *TIME_COLUMNS, *BOOL_COLUMNS, *ODD_COLUMNS)

WRONG_IN_JSON = (
    None, True, False, "3", "", "nan", "1996-07-01", [], [1], {}, {"a": 1}, 2**63, 2**64, -(2**63) - 1, 10**400, 1e300,
    float("inf"), -float("inf"), "\ud800", "a\udfffb", [None], "x" * 300, [["deep"]], 3.0, 3.5, 0, -0.0,
)  # fmt: skip


def _bounds(draw: Draw, limit: Callable[[Draw], Any]) -> Bounds:
    sides = [side for side in ("ge", "gt", "le", "lt") if draw.chance(0.3)]
    return Bounds(**{side: limit(draw) for side in sides})


def _limited(limit: Callable[[Draw], Any]) -> Callable[[Draw], dict[str, Any]]:
    def options(draw: Draw) -> dict[str, Any]:
        return {
            "refuse": _bounds(draw, limit),
            "warn": _bounds(draw, limit) if draw.chance(0.4) else None,
            "unit": draw.one(("", "USD")),
        }

    return options


def _of_text(draw: Draw) -> dict[str, Any]:
    pattern = draw.one((None, None, None, "[a-z]+", r"\w$", "a|b", "", r"(?i)a.*", r"[^\n]*", ".", "caf\u00e9"))
    return {
        "pattern": pattern,
        "min_length": draw.one((None, None, 0, 1, 2)),
        "max_length": draw.one((None, None, 1, 3, 80)),
    }


def _of_category(draw: Draw) -> dict[str, Any]:
    allowed = tuple(draw.sample(LEVELS, draw.randint(1, 5))) if draw.chance(0.6) else None
    return {"allowed": allowed} | (_of_text(draw) if draw.chance(0.3) else {})


KINDS: dict[str, KindPairs] = {
    "int": KindPairs(
        _limited(lambda draw: draw.one((draw.randint(-10, 20), 0, 2**53 + 1, 2**63 - 2, -(2**63) + 1))),
        (*INT_COLUMNS, *FLOAT_COLUMNS),
        lambda draw: _int(draw) if draw.chance(0.8) else float(draw.randint(-9, 30)),
    ),
    "float": KindPairs(
        _limited(lambda draw: draw.one((-8.0, 0.0, 0.1, 3.0, 12.5, 1e300, -1e-320))),
        (*FLOAT_COLUMNS, *INT_COLUMNS),
        lambda draw: _json_float(draw) if draw.chance(0.8) else _int(draw),
    ),
    "bool": KindPairs(lambda _draw: {}, BOOL_COLUMNS, _chosen(True, False)),
    "category": KindPairs(_of_category, TEXT_COLUMNS, _text),
    "text": KindPairs(_of_text, TEXT_COLUMNS, _text),
    "date": KindPairs(_limited(_chosen(*DAYS)), TIME_COLUMNS, _day_text),
    "datetime": KindPairs(
        _limited(_chosen(*DAYS)),
        (TIME_COLUMNS[3], *TIME_COLUMNS),
        lambda draw: _moment_text(draw) if draw.chance(0.8) else _day_text(draw),
    ),
}


def _nullable(draw: Draw, field: FieldSpec) -> FieldSpec:
    return replace(field, null=draw.chance(0.5))


def _called_otherwise(draw: Draw, field: FieldSpec) -> FieldSpec:
    return replace(field, column=f"Column {field.name} ($)") if draw.chance(0.15) else field


def _with_severities(draw: Draw, field: FieldSpec) -> FieldSpec:
    lighter = (Severity.WARN, Severity.NOTE)
    return replace(field, severities={name: draw.one(lighter) for name in tests_named(field) if draw.chance(0.15)})


OPTIONS: list[Callable[[Draw, FieldSpec], FieldSpec]] = [_nullable, _called_otherwise, _with_severities]
"""What any field may be given, whatever its kind."""


def field_of(draw: Draw, name: str, *, bare: bool) -> FieldSpec:
    """Draw a field; a bare one has no tests but that of its kind."""
    kind: Any = draw.one(tuple(KINDS))
    field = FieldSpec(name=name, kind=kind, **({} if bare else KINDS[kind].options(draw)))
    for option in OPTIONS:
        field = option(draw, field)
    return field
