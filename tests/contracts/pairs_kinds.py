"""What the proof of agreement draws for each kind of field: options of the field, columns, values as JSON spells them.

A new kind is one more entry in `KINDS`; a new option that any field may have is one more function in `OPTIONS`. A test
fails while a kind of the contract has no entry here.
"""

from __future__ import annotations

import datetime as dt
import random
from base64 import b64encode
from collections.abc import Callable, Sequence
from decimal import Decimal
from functools import cache
from typing import Any, NamedTuple, TypeVar

import polars as pl
from made_media import film, grey, picture, sound, tone
from msgspec.structs import replace

from holdtrue.contracts import Bounds, FieldSpec, Severity
from holdtrue.contracts.row_tests import tests_named
from holdtrue.media import MEDIA

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


def _listed(item: Callable[[Draw], Any], most: int = 4) -> Callable[[Draw], list[Any]]:
    def value(draw: Draw) -> list[Any]:
        gaps = draw.one((0.0, 0.0, 0.2))
        return [None if draw.chance(gaps) else item(draw) for _ in range(draw.randint(0, most))]

    return value


def _pair(item: Callable[[Draw], Any]) -> Callable[[Draw], list[Any]]:
    return lambda draw: [item(draw), item(draw)]


def _calm(draw: Draw) -> float:
    return draw.uniform(-3, 3)


INT_LISTS = (
    Column(pl.List(pl.Int64()), _listed(_int)),
    Column(pl.List(pl.Int8()), _listed(_chosen(0, 3, -8, 12))),
    Column(pl.List(pl.UInt64()), _listed(_chosen(0, 3, 2**63))),
    Column(pl.Array(pl.Int64(), 2), _pair(_int)),
)
FLOAT_LISTS = (
    Column(pl.List(pl.Float64()), _listed(_calm)),
    Column(pl.List(pl.Float64()), _listed(_float)),
    Column(pl.List(pl.Float32()), _listed(_small_float)),
    Column(pl.Array(pl.Float64(), 2), _pair(_float)),
    Column(pl.Array(pl.Float32(), 2), _pair(_calm)),
    Column(pl.List(pl.Decimal(12, 2)), _listed(_decimal)),
)
TEXT_LISTS = (
    Column(pl.List(pl.String()), _listed(_text)),
    Column(pl.List(pl.Categorical()), _listed(_chosen("a", "attached", NFC))),
)
BOOL_LISTS = (Column(pl.List(pl.Boolean()), _listed(_chosen(True, False))),)
ODD_COLUMNS = (
    Column(pl.List(pl.Date()), _listed(_chosen(*DAYS))),
    Column(pl.List(pl.Null()), _listed(_chosen(None))),
    Column(pl.List(pl.List(pl.Int64())), _listed(_chosen([1], []))),
    Column(pl.Time(), _chosen(dt.time(12), dt.time(0))),
    Column(pl.Duration("us"), _chosen(dt.timedelta(3), dt.timedelta(0))),
    Column(pl.Binary(), _chosen(b"abc", b"", b"\xff")),
    Column(pl.List(pl.Int64()), _chosen([1, 2], [], [None])),
    Column(pl.Struct({"a": pl.Int64()}), _chosen({"a": 1}, {"a": None})),
    Column(pl.Null(), _chosen(None)),
)
LIST_COLUMNS = (*INT_LISTS, *FLOAT_LISTS, *TEXT_LISTS, *BOOL_LISTS)
ANY_COLUMN = (
    *INT_COLUMNS, *FLOAT_COLUMNS, *TEXT_COLUMNS, *TIME_COLUMNS, *BOOL_COLUMNS, *ODD_COLUMNS, *LIST_COLUMNS,
)  # fmt: skip

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


def _of_list(item: str) -> Callable[[Draw], dict[str, Any]]:
    def options(draw: Draw) -> dict[str, Any]:
        kind = "category" if item == "text" and draw.chance(0.5) else item
        given = KINDS[kind].options(draw) if draw.chance(0.6) else {}
        items = FieldSpec(name="[]", kind=kind, null=draw.chance(0.3), **given)  # type: ignore[arg-type]
        return {
            "items": items if draw.chance(0.7) else None,
            "min_length": draw.one((None, None, 0, 1, 2)),
            "max_length": draw.one((None, None, 1, 3)),
        }

    return options


def _of_embedding(draw: Draw) -> dict[str, Any]:
    return {
        "length": draw.one((1, 2, 2, 2, 3)),
        **({"items": None} if draw.chance(0.5) else _of_list("float")(draw)),
    } | {
        "min_length": None,
        "max_length": None,
    }


@cache
def _files(medium: str) -> tuple[bytes, ...]:
    """Return small files of a medium: whole, cut short, of another kind, empty."""
    whole = {
        "image": lambda: (picture("PNG", (9, 8)), picture("JPEG", (16, 12)), grey(7, size=(2, 2))),
        "audio": lambda: (sound("WAV", tone(0.01, 8_000), 8_000), sound("FLAC", tone(0.02, 8_000, 2), 8_000)),
        "video": lambda: (film("MP4", 2), film("MKV", 3)),
    }[medium]()
    return (*whole, *whole, whole[0][: len(whole[0]) // 2], b"", b"<html>")


def _medium(name: str) -> KindPairs:
    def spelled(draw: Draw) -> str:
        return b64encode(draw.one(_files(name))).decode()

    columns = (Column(pl.Binary(), lambda draw: draw.one(_files(name))), Column(pl.String(), spelled))
    return KindPairs(lambda _draw: {}, columns, spelled)


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
    "key": KindPairs(
        _of_text, (*TEXT_COLUMNS, *INT_COLUMNS, *FLOAT_COLUMNS), lambda draw: draw.one((_text, _int))(draw)
    ),
    "list[int]": KindPairs(_of_list("int"), INT_LISTS, _listed(_int)),
    "list[float]": KindPairs(_of_list("float"), FLOAT_LISTS, _listed(_calm)),
    "list[bool]": KindPairs(_of_list("bool"), BOOL_LISTS, _listed(_chosen(True, False))),
    "list[text]": KindPairs(_of_list("text"), TEXT_LISTS, _listed(_text)),
    "embedding": KindPairs(_of_embedding, (FLOAT_LISTS[4], *FLOAT_LISTS), _pair(_calm)),
    "date": KindPairs(_limited(_chosen(*DAYS)), TIME_COLUMNS, _day_text),
    "datetime": KindPairs(
        _limited(_chosen(*DAYS)),
        (TIME_COLUMNS[3], *TIME_COLUMNS),
        lambda draw: _moment_text(draw) if draw.chance(0.8) else _day_text(draw),
    ),
    **{name: _medium(name) for name in MEDIA},
}
_QUICK = tuple(name for name in KINDS if name not in MEDIA)


def _nullable(draw: Draw, field: FieldSpec) -> FieldSpec:
    return replace(field, null=draw.chance(0.5))


def _called_otherwise(draw: Draw, field: FieldSpec) -> FieldSpec:
    return replace(field, column=f"Column {field.name} ($)") if draw.chance(0.15) else field


def _severe_otherwise(draw: Draw, field: FieldSpec) -> FieldSpec:
    names = tests_named(field)
    chosen = {name: draw.one((Severity.WARN, Severity.NOTE)) for name in names if draw.chance(0.5)}
    return replace(field, severities=chosen) if draw.chance(0.15) else field


def _seen_before(draw: Draw, field: FieldSpec) -> FieldSpec:
    if field.kind != "category" or not draw.chance(0.2):
        return field
    return replace(field, seen=True, levels=draw.one((None, ("a", "", NFC), LEVELS)))


def _names_items(_draw: Draw, field: FieldSpec) -> FieldSpec:
    return field if field.items is None else replace(field, items=replace(field.items, name=f"{field.name}[]"))


OPTIONS: list[Callable[[Draw, FieldSpec], FieldSpec]] = [
    _nullable, _called_otherwise, _names_items, _seen_before, _severe_otherwise,
]  # fmt: skip
"""What any field may be given, whatever its kind."""


def field_of(draw: Draw, name: str, *, bare: bool) -> FieldSpec:
    """Draw a field; a bare one has no tests but that of its kind."""
    # Files take a thousand times as long to read as a number.
    kind: Any = draw.one(MEDIA) if draw.chance(0.03) else draw.one(_QUICK)
    given = {} if bare and kind != "embedding" else KINDS[kind].options(draw)
    field = FieldSpec(name=name, kind=kind, **given)
    for option in OPTIONS:
        field = option(draw, field)
    return field
