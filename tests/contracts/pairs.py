"""Pairs of a contract and a row, drawn from a seed, and what it means that all ways of judging a row agree.

One seed makes one contract, with frames and rows of JSON for it. `pairs_kinds.py` says what is drawn for each kind of
field, `pairs_expressions.py` for rules and derived fields.
"""

from __future__ import annotations

import datetime as dt
import json
from base64 import b64encode
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import msgspec
import numpy as np
import polars as pl
from pairs_expressions import reading
from pairs_kinds import ANY_COLUMN, KINDS, WRONG_IN_JSON, Draw, field_of

from holdtrue.contracts import BatchChecker, ContractSpec, DeriveSpec, RowChecker, RuleSpec, Severity, Verdict
from holdtrue.contracts.expressions import Kind, kind_of, reads_of
from holdtrue.contracts.polars_compiler import DTYPES
from holdtrue.media import MEDIA

FRAMES = 3
ROWS = 24
JSON_ROWS = 28
PAIRS = FRAMES * ROWS + JSON_ROWS
"""Pairs that one seed makes."""


def contract_of(draw: Draw) -> ContractSpec:
    """Draw a contract: one to six fields, derived fields that read one another, rules of all severities.

    Two in three are mild, with few tests: else hardly a row would pass them all.
    """
    mild = draw.chance(0.67)
    names = ("x", "y", "z", "u", "v", "w")[: draw.randint(1, 6)]
    fields = tuple(field_of(draw, name, bare=mild and draw.chance(0.75)) for name in names)
    kinds: dict[str, Kind] = {field.name: field.kind for field in fields}
    derives = []
    for name in ("d", "e", "f", "g", "h")[: draw.randint(0, 5)]:
        tree = reading(draw, draw.one(("int", "float", "bool", "text", "date", "datetime")), kinds, draw.randint(1, 3))
        if tree is not None:
            kind = kind_of(tree, kinds)
            derives.append(DeriveSpec(name=name, expression=tree, kind=kind, reads=reads_of(tree)))
            kinds[name] = kind
    rules = []
    for place in range(draw.randint(0, 3)):
        tree = reading(draw, "bool", kinds, draw.randint(1, 4))
        if tree is not None:
            severity = draw.one(tuple(Severity)[mild and draw.chance(0.7) :])
            message = draw.one(("", "A house is sold after it was built."))
            rules.append(
                RuleSpec(name=f"r{place}", expression=tree, severity=severity, message=message, reads=reads_of(tree))
            )
    return ContractSpec(name="Pairs", fields=fields, derives=tuple(derives), rules=tuple(rules))


def frame_of(draw: Draw, spec: ContractSpec) -> tuple[pl.DataFrame, dict[str, str]]:
    """Draw a table for a contract: columns missing, extra, of fitting and of any other dtype.

    Returns:
        The table, and what it calls each field it holds.
    """
    columns, called = {}, {}
    hostile = draw.one((0.0, 0.0, 0.1, 0.3))  # share of columns of any dtype, or left out
    for field in spec.fields:
        if draw.chance(hostile / 4):
            continue
        fitting = KINDS[field.kind].columns
        dtype, value = draw.one(ANY_COLUMN) if draw.chance(hostile) else draw.one((fitting[0], draw.one(fitting)))
        name = field.column if field.column and draw.chance(0.7) else field.name
        nulls = draw.one((0.0, 0.02, 0.3))
        columns[name] = _series(name, dtype, [None if draw.chance(nulls) else value(draw) for _ in range(ROWS)])
        called[field.name] = name
    if draw.chance(0.3) or not columns:
        columns["other"] = pl.Series("other", range(ROWS))
    return pl.DataFrame(columns), called


def _series(name: str, dtype: pl.DataType, values: list[Any]) -> pl.Series:
    zone = getattr(dtype, "time_zone", None)
    if zone:
        return pl.Series(name, values, dtype=pl.Datetime("us", "UTC")).dt.convert_time_zone(zone)
    return pl.Series(name, values, dtype=dtype)


def json_row_of(draw: Draw, spec: ContractSpec) -> dict[str, Any]:
    """Draw a row as JSON may give it: values of any kind, fields left out, others besides."""
    wrong = draw.one((0.0, 0.05, 0.3))
    row = {
        field.name: draw.one(WRONG_IN_JSON) if draw.chance(wrong) else KINDS[field.kind].loose(draw)
        for field in spec.fields
        if not draw.chance(wrong / 4)
    }
    return row | {"other": 1} if draw.chance(0.1) else row


class Disagreement(NamedTuple):
    """Where two ways of judging one row do not say the same."""

    seed: int
    ways: str
    row: Any
    one: Any
    other: Any
    contract: str

    def __str__(self) -> str:
        lines = [f"seed {self.seed}: {self.ways}", f"  row      {self.row!r}", f"  one      {self.one}"]
        return "\n".join([*lines, f"  other    {self.other}", f"  contract {self.contract}"])


def disagreements(seed: int) -> Iterator[Disagreement]:
    """Judge the pairs of a seed in every way that can take them; yield where two ways differ.

    The ways are: row by row as Python values, with NumPy's scalars, as JSON alone and in a list, and as a table;
    accepted rows are judged once more as CSV spells them.
    """
    draw = Draw(seed)
    spec = contract_of(draw)
    spelled = msgspec.json.encode(spec).decode()
    spec = msgspec.json.decode(spelled, type=ContractSpec)  # the contract as it travels
    rows, batch = RowChecker(spec), BatchChecker(spec)
    for _ in range(FRAMES):
        frame, called = frame_of(draw, spec)
        for ways, row, one, other in (*_frame(frame, called, rows, batch), *_csv(frame, called, batch)):
            yield Disagreement(seed, ways, row, one, other, spelled)
    bodies = [spelled_row(draw, json_row_of(draw, spec)) for _ in range(JSON_ROWS)]
    for ways, row, one, other in _json(bodies, rows):
        yield Disagreement(seed, ways, row, one, other, spelled)


Found = Iterator[tuple[str, Any, Any, Any]]


def _frame(frame: pl.DataFrame, called: dict[str, str], rows: RowChecker, batch: BatchChecker) -> Found:
    spec = rows.spec
    raws = [{name: row[column] for name, column in called.items()} for row in frame.rows(named=True)]
    verdicts = [rows.check(raw) for raw in raws]
    for raw, verdict, failures in zip(raws, verdicts, batch.failures(frame), strict=True):
        if words(verdict.failures) != words(failures):
            yield "row by row, and as a table", raw, words(verdict.failures), words(failures)
    result = batch.check(frame)
    if result.refused.tolist() != [verdict.refused for verdict in verdicts]:
        yield "refused row by row, and in a table", raws, [v.refused for v in verdicts], result.refused.tolist()
    if result.accepted.schema != {name: DTYPES[kind] for name, kind in spec.kinds.items()}:
        yield "types of the contract, and of the accepted rows", None, spec.kinds, result.accepted.schema
    accepted = [(raw, verdict.row) for raw, verdict in zip(raws, verdicts, strict=True) if not verdict.refused]
    for (raw, row), other in zip(accepted, result.accepted.rows(named=True), strict=True):
        if bits(row) != bits(other):
            yield "values row by row, and in a table", raw, bits(row), bits(other)
    refusing = [[f.message for f in v.failures if f.severity == "refuse"] for v in verdicts if v.refused]
    if (reasons := result.quarantine[result.quarantine.columns[-1]].to_list()) != refusing:
        yield "reasons row by row, and in quarantine", None, refusing, reasons
    for test in result.tests:
        failed = sum(failure.test == test.test for verdict in verdicts for failure in verdict.failures)
        if failed != test.failed or not failed <= test.judged <= frame.height:
            yield f"failures of {test.test} row by row, and in a table", None, failed, test.failed
    for raw, verdict in zip(raws, verdicts, strict=True):
        yield from _same("plain values, and NumPy's", raw, verdict, rows.check(_numpy(raw, frame, called)))
        spelled = {name: _as_json(value, spec.kinds[name]) for name, value in raw.items()}
        if any(value is _NO_JSON for value in spelled.values()):
            continue
        each = [item for value in raw.values() for item in (value if isinstance(value, list) else [value])]
        changed = any(isinstance(item, dt.date) for item in each)
        if not changed or not any(failure.test.endswith(".type") for failure in verdict.failures):
            yield from _same("values, and JSON", raw, verdict, rows.check_json(_body(spelled))[0])


def _csv(frame: pl.DataFrame, called: dict[str, str], batch: BatchChecker) -> Found:
    """Judge what was accepted again as a CSV file would spell it, where it can: its empty cell is a missing value."""
    fields = [field for field in batch.spec.fields if field.name in called]
    if not fields or any(field.kind in MEDIA for field in fields):
        return  # a file's name in CSV is read at the edge, and figures have no spelling there
    names = [field.name for field in fields]
    spelled_alike = [pl.col(field.name) != "" for field in fields if field.kind in ("category", "text", "key")]
    spelled_alike += [pl.col(field.name).is_not_null() for field in fields if not field.null]  # null by a lighter test
    accepted = batch.check(frame).accepted.filter(pl.all_horizontal(pl.lit(True), *spelled_alike).fill_null(True))
    cells = [[_cell(value) for value in row] for row in accepted.select(names).rows()]
    spelled = pl.DataFrame(cells, schema=dict.fromkeys(names, pl.String), orient="row")
    again = batch.check(spelled, spelling="csv").accepted
    for one, other in zip(accepted.rows(named=True), again.rows(named=True), strict=False):
        if bits(one) != bits(other):
            yield "accepted values, and the same in CSV", one, bits(one), bits(other)
    if again.height != accepted.height:
        yield "rows accepted, and the same in CSV", cells, accepted.height, again.height


def _json(bodies: Sequence[bytes], rows: RowChecker) -> Found:
    verdicts = [rows.check(json.loads(body)) for body in bodies]
    listed = rows.check_json(b"[" + b",".join(bodies) + b"]")
    for body, verdict, other in zip(bodies, verdicts, listed, strict=True):
        yield from _same("values, and a list in JSON", body, verdict, other)
        yield from _same("values, and one row in JSON", body, verdict, rows.check_json(body)[0])


def _same(ways: str, raw: Any, one: Verdict, other: Verdict) -> Found:
    if words(one.failures) != words(other.failures) or bits(one.row) != bits(other.row):
        yield ways, raw, (words(one.failures), bits(one.row)), (words(other.failures), bits(other.row))


def words(failures: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Return all that failures say, but for row numbers."""
    return [(each.message, each.test, each.field, each.severity, repr(each.value)) for each in failures]


def bits(row: dict[str, Any] | None) -> Any:
    """Tell apart what == does not: 1 and 1.0, 0.0 and -0.0, True and 1."""
    if row is None:
        return None
    utc = {name: value.astimezone(dt.UTC) if isinstance(value, dt.datetime) else value for name, value in row.items()}
    return {name: f"{type(value).__name__} {value!r}" for name, value in utc.items()}


_NO_JSON: Any = object()


def _as_json(value: Any, kind: Kind) -> Any:
    if isinstance(value, bytes) and kind in MEDIA:
        return b64encode(value).decode()
    if kind == "date" and isinstance(value, dt.datetime):  # JSON spells a day without its midnight
        value = (value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)).date()
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, float) and value != value:
        return None
    if isinstance(value, list):
        items = [_as_json(item, kind) for item in value]
        return _NO_JSON if any(item is _NO_JSON for item in items) else items
    return value if isinstance(value, (bool, int, float, str, dict, type(None))) else _NO_JSON


def _body(row: dict[str, Any]) -> bytes:
    """Spell a row in JSON; what is infinite as a number beyond double precision, half a surrogate pair as an escape."""
    return json.dumps(row).replace("-Infinity", "-1e999").replace("Infinity", "1e999").encode()


def spelled_row(draw: Draw, row: dict[str, Any]) -> bytes:
    """Spell a row in one of the many ways JSON has: escapes or none, exponents, spaces, a name given twice."""
    members = []
    for name, value in row.items():
        if draw.chance(0.02):
            members.append(f'"{name}": {draw.one(("3", "null", "[]"))}')  # the last one counts
        members.append(f'"{name}":{draw.one(("", " "))}{_spelled(draw, value)}')
    return ("{" + draw.one((",", " ,\n")).join(members) + "}").encode()


def _spelled(draw: Draw, value: Any) -> str:
    if isinstance(value, float) and value - value != 0:
        return "1e999" if value > 0 else "-1e999"
    whole = isinstance(value, (int, float)) and not isinstance(value, bool) and value == value // 1
    if whole and draw.chance(0.2):
        return draw.one((f"{int(value)}e0", f"{int(value)}.0", f"{int(value) * 100}E-2", f"{int(value)}.000e+0"))
    surrogate = isinstance(value, str) and any("\ud800" <= letter <= "\udfff" for letter in value)
    return json.dumps(value, ensure_ascii=surrogate or draw.chance(0.5))


def _numpy(raw: dict[str, Any], frame: pl.DataFrame, called: dict[str, str]) -> dict[str, Any]:
    return {name: _scalar(value, frame.schema[called[name]]) for name, value in raw.items()}


def _scalar(value: Any, dtype: pl.DataType) -> Any:
    if isinstance(value, bool):
        return np.bool_(value)
    if isinstance(value, float):
        return np.float32(value) if dtype == pl.Float32 else np.float64(value)
    if isinstance(value, int) and -(2**63) <= value < 2**64:
        return np.int64(value) if value < 2**63 else np.uint64(value)
    if isinstance(value, str) and not value.endswith("\x00"):
        return np.str_(value)
    if isinstance(value, dt.datetime) and value.tzinfo is None:
        return np.datetime64(value, "us")
    return value


def _cell(value: Any) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, dt.datetime):
        return value.isoformat()
    if isinstance(value, list):
        return json.dumps(value)
    return None if value is None else str(value)
