"""One contract, two compilers: row and batch verdicts agree message for message, on hostile rows too."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdtrue.contracts import (
    BatchChecker,
    Bounds,
    ContractSpec,
    DeriveSpec,
    FieldSpec,
    RowChecker,
    RuleSpec,
    Severity,
    Verdict,
    encode_frame,
    fit_encoder,
)
from holdtrue.contracts.encoder import compile_row_encoder, encode_rows
from holdtrue.contracts.expressions import ITEM_KINDS, NO_FEATURES, Binary, Call, Constant, FieldRef, Unary
from holdtrue.contracts.polars_compiler import DTYPES

KINDS = ["int", "float", "bool", "category", "text", "key", "date", "datetime", *ITEM_KINDS]
TEXTS = st.sampled_from(
    ["", " ", "3", "3.0", "nan", "true", "a", "b", "attached", "boathouse", "ÄÖ", "x" * 90, 'a"b\\', "a\n",
     "1996-07-01", "1996-02-30", "0000-01-01", "1996-7-1", "1996-07-01T12:00:00Z", "1996-07-01 12:00:00.123456+02:00",
     "1996-07-01T24:00:00Z",
     "0001-01-01T00:00:00+02:00", "9999-12-31T23:00:00-02:00", "1996-07-01T12:00", "1996-07-01Z",
     "1996-07-01T12:00:60Z", "1996-07-01\n"]
)  # fmt: skip
INTS = st.sampled_from([0, 1, -1, 3, -8, 12, 13, 20, 21, 2**31, 2**53 + 1, 2**63 - 1, -(2**63)])
FLOATS = st.sampled_from(
    [0.0, -0.0, 3.0, 3.5, -8.0, 0.1, 1e300, 2.0**63, -(2.0**63), 2.0**53, float("nan"), float("inf"), -float("inf")]
)
DATES = st.sampled_from([dt.date(1, 1, 1), dt.date(1969, 12, 31), dt.date(1996, 7, 1), dt.date(9999, 12, 31)])
MOMENTS = st.sampled_from(
    [dt.datetime(1996, 7, 1), dt.datetime(1996, 7, 1, 12, 0, 0, 5), dt.datetime(1969, 12, 31, 23, 59, 59, 999_999)]
)
HOSTILE_JSON = st.one_of(
    st.none(), st.booleans(), INTS, FLOATS.filter(lambda x: x - x == 0), TEXTS,
    st.sampled_from([2**63, 2**64, -(2**63) - 1, 10**400, {"a": 1}, {}]),
    st.lists(st.none() | st.sampled_from([1, 3.5, 3.0, True, "a", "", 2**70, [1]]), max_size=3),
    st.lists(st.sampled_from([0, 3, -8, 3.5, 0.1]), max_size=3),
    st.lists(st.sampled_from(["a", "b", "straw"]), max_size=3),
)  # fmt: skip
# What a column of a frame can be: dtype, and the values it may hold.
COLUMNS: list[tuple[Any, st.SearchStrategy[Any]]] = [
    (pl.Int64(), INTS),
    (pl.Int8(), st.sampled_from([0, 1, -8, 3, 21])),
    (pl.UInt64(), st.sampled_from([0, 3, 2**63, 2**64 - 1])),
    (pl.Int128(), st.sampled_from([0, 3, 2**70, -(2**63)])),
    (pl.Float64(), st.one_of(FLOATS, st.floats())),
    (pl.Float32(), st.sampled_from([0.0, 3.0, 3.5, float("nan"), float("inf"), -8.25])),
    (pl.Decimal(12, 2), st.sampled_from([Decimal("0.10"), Decimal("3.00"), Decimal("-8.25")])),
    (pl.String(), TEXTS),
    (pl.Categorical(), st.sampled_from(["a", "attached", "boathouse"])),
    (pl.Boolean(), st.booleans()),
    (pl.Date(), DATES),
    (pl.Datetime("us"), st.one_of(MOMENTS, st.datetimes())),
    (pl.Datetime("ms"), MOMENTS),
    (pl.Datetime("ns"), MOMENTS),
    (pl.Datetime("us", "Europe/Berlin"), MOMENTS),
    (pl.Time(), st.just(dt.time(12))),
    (pl.Duration("us"), st.just(dt.timedelta(3))),
    (pl.Binary(), st.just(b"abc")),
    (pl.List(pl.Int64()), st.lists(st.none() | INTS, max_size=3)),
    (pl.List(pl.Int64()), st.lists(st.sampled_from([0, 3, -8, 12]), min_size=1, max_size=3)),
    (pl.List(pl.UInt64()), st.lists(st.sampled_from([0, 2**63]), max_size=2)),
    (pl.List(pl.Float32()), st.lists(st.none() | st.sampled_from([3.0, 0.1, float("nan")]), max_size=3)),
    (pl.List(pl.Float64()), st.lists(st.none() | FLOATS, max_size=3)),
    (pl.Array(pl.Float64(), 2), st.lists(st.sampled_from([3.0, 0.1, -8.0]), min_size=2, max_size=2)),
    (pl.List(pl.String()), st.lists(st.none() | TEXTS, max_size=3)),
    (pl.List(pl.String()), st.lists(st.sampled_from(["a", "b", "attached", "straw"]), max_size=3)),
    (pl.List(pl.Categorical()), st.lists(st.sampled_from(["a", "b"]), max_size=3)),
    (pl.List(pl.Boolean()), st.lists(st.none() | st.booleans(), max_size=3)),
    (pl.List(pl.Date()), st.lists(DATES, max_size=2)),
    (pl.List(pl.Null()), st.lists(st.none(), max_size=2)),
    (pl.List(pl.List(pl.Int64())), st.just([[1]])),
    (pl.Struct({"a": pl.Int64()}), st.just({"a": 1})),
    (pl.Null(), st.none()),
]


@st.composite
def bounds_of(draw: st.DrawFn, kind: str) -> Bounds:
    limits: dict[str, st.SearchStrategy[Any]] = {
        "int": st.integers(-10, 20),
        "float": st.sampled_from([-8.0, 0.0, 0.1, 3.0, 12.5]),
        "date": DATES,
        "datetime": DATES,
    }
    if kind not in limits:
        return Bounds()
    sides = draw(st.sets(st.sampled_from(["ge", "gt", "le", "lt"]), max_size=2))
    return Bounds(**{side: draw(limits[kind]) for side in sides})


@st.composite
def field_of(draw: st.DrawFn, name: str, kinds: list[str] = KINDS) -> FieldSpec:
    kind: Any = draw(st.sampled_from(kinds))
    text = kind in ("category", "text", "key")
    sized = text or kind.startswith("list")
    levels = ("a", "b", "attached", "")
    items = None
    if kind in ITEM_KINDS and draw(st.booleans()):
        item: Any = {"text": "category"}.get(ITEM_KINDS[kind], ITEM_KINDS[kind])
        items = draw(field_of(f"{name}[]", [item, ITEM_KINDS[kind]]))
    tests = ("missing", "null", "type", "ge", "le", "allowed", "pattern", "min_length", "max_length", "seen")
    return FieldSpec(
        name=name,
        kind=kind,
        items=items,
        length=draw(st.integers(1, 3)) if kind == "embedding" else None,
        seen=kind == "category",
        levels=draw(st.sampled_from([None, ("a", ""), ("b",)])) if kind == "category" else None,
        severities=draw(st.dictionaries(st.sampled_from(tests), st.sampled_from(["warn", "note"]).map(Severity))),
        null=draw(st.booleans()),
        unit=draw(st.sampled_from(["", "USD"])),
        refuse=draw(bounds_of(kind)),
        warn=draw(st.none() | bounds_of(kind)) if not sized else None,
        allowed=draw(st.none() | st.permutations(levels).map(lambda p: tuple(p[:2]))) if kind == "category" else None,
        pattern=draw(st.sampled_from([None, "[a-z]+", r"\w$", "a|b", ""])) if text else None,
        min_length=draw(st.sampled_from([None, 0, 1, 2])) if sized else None,
        max_length=draw(st.sampled_from([None, 1, 3])) if sized else None,
    )


NUMERIC = {"int", "float"}


@st.composite
def contracts(draw: st.DrawFn) -> ContractSpec:
    fields = [draw(field_of(name)) for name in ("x", "y", "z")]
    numbers = [FieldRef(field.name) for field in fields if field.kind in NUMERIC]
    days = [FieldRef(field.name) for field in fields if field.kind in ("date", "datetime")]
    derives, rules = [], []
    if numbers:
        left, right = draw(st.sampled_from(numbers)), draw(st.sampled_from(numbers))
        op = draw(st.sampled_from(["+", "-", "*", "/", "//", "%"]))
        kinds = {field.kind for field in fields if FieldRef(field.name) in (left, right)}
        tree = Binary(op, left, right)
        kind: Any = "float" if op == "/" or "float" in kinds else "int"
        derives.append(DeriveSpec(name="d", expression=tree, kind=kind, reads=tuple({left.name: 0, right.name: 0})))
        broken = Binary("&", Binary("<", FieldRef("d"), Constant("int", 10)), Unary("~", Call("is_null", left)))
        severity = draw(st.sampled_from(list(Severity)))
        rules.append(RuleSpec(name="r", expression=broken, severity=severity, reads=("d", left.name)))
    lists = [field for field in fields if field.kind in ITEM_KINDS]
    if lists:
        listed = lists[0]
        calls: dict[str, Any] = {"length": "int", "is_null": "bool"}
        if ITEM_KINDS[listed.kind] in NUMERIC:
            calls |= {"sum": "float", "mean": "float", "norm": "float", "min": ITEM_KINDS[listed.kind]}
        called = draw(st.sampled_from(list(calls)))
        tree = Call(called, FieldRef(listed.name))
        derives.append(DeriveSpec(name="e", expression=tree, kind=calls[called], reads=(listed.name,)))
        found = {"int": 3, "float": 3.0, "bool": True, "text": "a"}[ITEM_KINDS[listed.kind]]
        holds = Call("contains", FieldRef(listed.name), Constant(ITEM_KINDS[listed.kind], found))
        rules.append(RuleSpec(name="holds", expression=holds, reads=(listed.name,), severity=Severity.WARN))
    if days:
        late = Binary(">=", Call("year", days[0]), Constant("int", 1990))
        rules.append(RuleSpec(name="late", expression=late, message="not before 1990", reads=(days[0].name,)))
    return ContractSpec(name="Generated", fields=tuple(fields), derives=tuple(derives), rules=tuple(rules))


@st.composite
def frames(draw: st.DrawFn) -> pl.DataFrame:
    height = draw(st.integers(0, 5))
    names = draw(st.lists(st.sampled_from(["x", "y", "z", "other", "reasons"]), unique=True, min_size=1, max_size=5))
    columns = {}
    for name in names:
        dtype, values = draw(st.sampled_from(COLUMNS))
        zone = getattr(dtype, "time_zone", None)
        given_values = draw(st.lists(st.none() | values, min_size=height, max_size=height))
        column = pl.Series(name, given_values, dtype=pl.Datetime("us") if zone else dtype)
        columns[name] = column.dt.replace_time_zone(zone) if zone else column
    return pl.DataFrame(columns)


def messages(verdict: Verdict) -> list[tuple[str, str, str, Any]]:
    return [(each.message, each.test, each.severity, repr(each.value)) for each in verdict.failures]


def exact(row: dict[str, Any] | None) -> Any:
    """Tell apart what == does not: 1 and 1.0, 0.0 and -0.0."""
    if row is None:
        return None
    utc = {name: value.astimezone(dt.UTC) if isinstance(value, dt.datetime) else value for name, value in row.items()}
    return {name: (type(value), repr(value)) for name, value in utc.items()}


@settings(max_examples=300, deadline=None)
@given(contracts(), frames())
def test_batch_and_row_verdicts_agree_message_for_message(spec: ContractSpec, frame: pl.DataFrame) -> None:
    rows, batch = RowChecker(spec), BatchChecker(spec)
    verdicts = [rows.check(row) for row in frame.rows(named=True)]
    found = batch.failures(frame)
    for verdict, failures in zip(verdicts, found, strict=True):
        assert messages(Verdict(None, failures)) == messages(verdict)
    result = batch.check(frame)
    at_once, by_row = batch.check_rows(frame)
    assert by_row == batch.failures(frame)
    assert at_once.tests == result.tests
    assert at_once.quarantine.equals(result.quarantine)
    assert result.refused.tolist() == [verdict.refused for verdict in verdicts]
    accepted = [verdict.row for verdict in verdicts if verdict.row is not None]
    assert [exact(row) for row in result.accepted.rows(named=True)] == [exact(row) for row in accepted]
    assert result.accepted.schema == {name: DTYPES[kind] for name, kind in spec.kinds.items()}
    reasons = [[f.message for f in v.failures if f.severity == "refuse"] for v in verdicts if v.refused]
    assert result.quarantine[result.quarantine.columns[-1]].to_list() == reasons
    for test in result.tests:
        assert test.failed == sum(failure.test == test.test for verdict in verdicts for failure in verdict.failures)
        assert test.failed <= test.judged <= frame.height
        for failure in test.examples:
            assert failure.row_number is not None
            assert msgspec.structs.replace(failure, row_number=None) in verdicts[failure.row_number - 1].failures


@settings(max_examples=300, deadline=None)
@given(
    contracts(),
    st.lists(
        st.dictionaries(st.sampled_from(["x", "y", "z", "other"]), HOSTILE_JSON, max_size=4), min_size=1, max_size=4
    ),
)
def test_fast_and_slow_way_agree(spec: ContractSpec, raws: list[dict[str, Any]]) -> None:
    checker = RowChecker(spec)
    slow = [checker.check(raw) for raw in raws]
    fast = checker.check_json(json.dumps(raws).encode())
    single = [checker.check_json(json.dumps(raw).encode())[0] for raw in raws]
    for one, other, third in zip(slow, fast, single, strict=True):
        assert messages(one) == messages(other) == messages(third)
        assert exact(one.row) == exact(other.row) == exact(third.row)


@settings(max_examples=150, deadline=None)
@given(contracts(), frames())
def test_row_and_frame_encoders_agree_to_the_bit(spec: ContractSpec, frame: pl.DataFrame) -> None:
    accepted = BatchChecker(spec).check(frame).accepted
    names = [name for name, kind in spec.kinds.items() if kind not in NO_FEATURES]
    encoder = fit_encoder(spec, names, accepted.head(2))  # levels that come later are unseen
    assert msgspec.json.decode(msgspec.json.encode(encoder), type=type(encoder)) == encoder
    whole = encode_frame(encoder, accepted)
    rows = accepted.rows(named=True)
    encode = compile_row_encoder(encoder)
    assert whole.flags["C_CONTIGUOUS"] and whole.dtype == np.float64 and whole.shape == (len(rows), len(names))
    assert encode_rows(encoder)(rows).tobytes() == whole.tobytes()
    assert b"".join(encode(row).tobytes() for row in rows) == whole.tobytes()


@settings(max_examples=100, deadline=None)
@given(contracts())
def test_a_contract_survives_json(spec: ContractSpec) -> None:
    again = msgspec.json.decode(msgspec.json.encode(spec), type=ContractSpec)
    assert again == spec and again.digest() == spec.digest()


CSV_VALUES: list[tuple[str, str, Any]] = [
    ("int", "3", 3), ("int", " 3 ", 3), ("int", "3.0", 3), ("int", "+3", 3), ("int", "3.5", "type"),
    ("int", "9223372036854775808", "type"), ("int", "three", "type"), ("int", "", None), ("int", "NaN", None),
    ("int", "1e2", "type"), ("float", "1e2", 100.0), ("float", ".5", 0.5), ("float", "1e400", "type"),
    ("float", "inf", "type"), ("float", "nan", None), ("float", "1,5", "type"), ("bool", "TRUE", True),
    ("bool", "0", False), ("bool", "yes", "type"), ("bool", "", None), ("category", "", None), ("category", " a", " a"),
    ("text", "3", "3"), ("date", "1996-07-01", dt.date(1996, 7, 1)), ("date", " 1996-07-01", dt.date(1996, 7, 1)),
    ("date", "960701", "type"), ("date", "", None),
    ("datetime", "1996-07-01 12:00", dt.datetime(1996, 7, 1, 12, tzinfo=dt.UTC)), ("datetime", "noon", "type"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "expected"), CSV_VALUES)
def test_the_table_of_csv_spellings(kind: Any, text: str, expected: Any) -> None:
    spec = ContractSpec(name="Csv", fields=(FieldSpec(name="x", kind=kind, null=True),))
    frame = pl.DataFrame({"x": [text]})
    result = BatchChecker(spec).check(frame, spelling="csv")
    if expected == "type" and kind not in ("category", "text"):
        assert [failure.test for failure in BatchChecker(spec).failures(frame, spelling="csv")[0]] == ["x.type"]
    else:
        assert exact(result.accepted.row(0, named=True)) == exact({"x": expected})


def test_csv_columns_that_a_reader_has_typed_already() -> None:
    spec = ContractSpec(
        name="Csv", fields=(FieldSpec(name="yes", kind="bool"), FieldSpec(name="zone", kind="category"))
    )
    result = BatchChecker(spec).check(pl.DataFrame({"yes": [1, 0, 2], "zone": [7, 8, 9]}), spelling="csv")
    assert result.accepted.rows() == [(True, "7"), (False, "8")]
    assert result.quarantine["reasons"].to_list() == [["yes: 2 is not true or false [yes.type]"]]


def test_dates_beyond_pythons_years_are_refused() -> None:
    spec = ContractSpec(name="Far", fields=(FieldSpec(name="x", kind="date"), FieldSpec(name="y", kind="datetime")))
    days = pl.Series([10_000_000, 0], dtype=pl.Int32).cast(pl.Date)
    found = BatchChecker(spec).failures(pl.DataFrame({"x": days, "y": days}))
    assert [[failure.test for failure in failures] for failures in found] == [["x.type", "y.type"], []]


HOUSES = Path(__file__).parents[2] / "src/holdtrue/templates/houses/houses.parquet"


def test_both_compilers_agree_on_every_real_house() -> None:
    frame = pl.read_parquet(HOUSES)
    spec = houses()
    result = BatchChecker(spec).check(frame)
    checker = RowChecker(spec)
    body = msgspec.json.encode(frame.rows(named=True))
    verdicts = checker.check_json(body)
    assert result.refused.tolist() == [verdict.refused for verdict in verdicts]
    assert result.accepted.rows(named=True) == [verdict.row for verdict in verdicts if verdict.row is not None]
    found = [[f.message for f in failures] for failures in BatchChecker(spec).failures(frame)]
    assert found == [[failure.message for failure in verdict.failures] for verdict in verdicts]
    failed = {test.test: test.failed for test in result.failed}
    assert failed["rule.sold_after_built"] == 138 and failed["beds.warn.ge"] == 1 and failed["garagesqft.warn.le"] == 1


def houses() -> ContractSpec:
    built = Binary(">=", Call("year", FieldRef("sdate")), FieldRef("yrbuilt"))
    age = Binary("-", Call("year", FieldRef("sdate")), FieldRef("yrbuilt"))
    return ContractSpec(
        name="Sale",
        fields=(
            FieldSpec(name="price", kind="float", refuse=Bounds(gt=0.0)),
            FieldSpec(name="beds", kind="int", refuse=Bounds(ge=0, le=20), warn=Bounds(ge=1, le=12)),
            FieldSpec(name="yrbuilt", kind="int", refuse=Bounds(ge=1700, le=2100)),
            FieldSpec(name="garage", kind="category"),
            FieldSpec(name="garagesqft", kind="int", refuse=Bounds(ge=0, le=10_000), warn=Bounds(le=3_000)),
            FieldSpec(name="frontage", kind="int", warn=Bounds(gt=0)),
            FieldSpec(name="depth", kind="int", warn=Bounds(gt=0)),
            FieldSpec(name="sdate", kind="date"),
        ),
        derives=(DeriveSpec(name="age", expression=age, kind="int", reads=("sdate", "yrbuilt")),),
        rules=(RuleSpec(name="sold_after_built", expression=built, reads=("sdate", "yrbuilt")),),
    )
