"""The batch compiler: a contract as one lazy Polars pass over a whole table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from functools import reduce
from typing import Any

import numpy as np
import polars as pl
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from holdtrue.contracts.expressions import ITEM_KINDS
from holdtrue.contracts.foreign_spellings import Sort, looks_like
from holdtrue.contracts.frame_decoding import Decoding, Spelling, decode_field, is_plain
from holdtrue.contracts.frame_media import MediaColumn, read_column
from holdtrue.contracts.media_values import require_media
from holdtrue.contracts.messages import Failure, failure_message, failure_of, general_message
from holdtrue.contracts.plain_values import column_values
from holdtrue.contracts.polars_compiler import DTYPES, over_unique, to_polars
from holdtrue.contracts.row_tests import RowTest, field_tests, limit_value, matches, rule_test
from holdtrue.contracts.spec import ContractSpec, FieldSpec, Severity, validate
from holdtrue.contracts.unread import Unread
from holdtrue.foundation import free_name
from holdtrue.media import MEDIA

EXAMPLES = 5
_FEW = 8  # so many levels are compared one by one in less time than looked up in a set
_HINTED = 200  # values that are looked at for what they look like
_SORTS: Mapping[str, Sort] = {"int": "number", "float": "number", "date": "date", "datetime": "date"}
_FLAG = "?"  # begins the name of a flag's column; no field's name can


class TestResult(Struct, frozen=True, kw_only=True):
    """What one test says of a table.

    Attributes:
        failed, judged: rows that broke it, rows it could judge at all.
        message: what fails it, in general.
        examples: the first few rows that broke it, with their numbers.
        hint: what the first values that are not of the field's kind look like, and what to do; "" if nothing known.
    """

    __test__ = False  # not a pytest class

    test: str
    severity: Severity
    failed: int
    judged: int
    message: str
    examples: tuple[Failure, ...] = ()
    hint: str = ""


class BatchResult(Struct, frozen=True, kw_only=True):
    """What the tests say of a table, row for row as `RowChecker` would.

    Attributes:
        rows: how many rows were judged.
        tests: every test of the contract, in its order.
        refused: bool (rows,): which rows are refused.
        typed: all rows: the contract's fields, typed, null where a value is not of its kind, then derived fields.
        quarantine: the refused rows: the table's own columns, and `reasons`, the messages that refused each.
    """

    rows: int
    tests: tuple[TestResult, ...]
    refused: NDArray[np.bool_]
    typed: pl.DataFrame
    quarantine: pl.DataFrame

    @property
    def accepted(self) -> pl.DataFrame:
        """The rows that are not refused: the contract's fields, typed, then derived fields."""
        return self.typed.filter(pl.Series(~self.refused)) if self.refused.any() else self.typed

    @property
    def failed(self) -> tuple[TestResult, ...]:
        """The tests that some row did not pass."""
        return tuple(test for test in self.tests if test.failed)


class BatchTally:
    """What the tests say of a table that comes in parts: counts add up, the first examples are kept."""

    def __init__(self) -> None:
        self.rows = 0
        self.refused = 0
        self.tests: tuple[TestResult, ...] = ()

    def add(self, part: BatchResult) -> None:
        """Take in the next part of the table, judged by the same contract."""
        self.rows += part.rows
        self.refused += part.quarantine.height
        self.tests = tuple(map(_added, self.tests, part.tests)) if self.tests else part.tests


def _added(so_far: TestResult, part: TestResult) -> TestResult:
    return replace(
        so_far,
        failed=so_far.failed + part.failed,
        judged=so_far.judged + part.judged,
        examples=(*so_far.examples, *part.examples)[:EXAMPLES],
        hint=so_far.hint or part.hint,
    )


class BatchChecker:
    """Judges whole tables. Safe to share between threads.

    Raises:
        ContractError: the contract cannot be compiled.
        MissingExtra: a library is not installed that reads images, audio or video.
    """

    def __init__(self, spec: ContractSpec) -> None:
        validate(spec)
        require_media(spec)
        self.spec = spec

    def check(self, frame: pl.DataFrame, *, spelling: Spelling = "native", rows_before: int = 0) -> BatchResult:
        """Judge every row of a table, or of a part of one; columns the contract does not name are ignored.

        Args:
            spelling: `csv` reads numbers, yes and no and missing values out of text; `native` takes types as they are.
            rows_before: rows of the whole table that come before the part: the examples' row numbers go on from there.
        """
        return _result(_judged(self.spec, frame, spelling), frame, rows_before)

    def failures(self, frame: pl.DataFrame, *, spelling: Spelling = "native") -> list[tuple[Failure, ...]]:
        """Return, row by row, every failure (refusals, warnings and notes) in the contract's order."""
        return _by_row(_judged(self.spec, frame, spelling), frame.height)

    def check_rows(
        self, frame: pl.DataFrame, *, spelling: Spelling = "native"
    ) -> tuple[BatchResult, list[tuple[Failure, ...]]]:
        """Return what `check` and `failures` do, judged once."""
        judged = _judged(self.spec, frame, spelling)
        return _result(judged, frame, 0), _by_row(judged, frame.height)


class _Flag(Struct, frozen=True):
    """One test's outcome for every row: True failed, False passed, null not judged; or one outcome for all rows."""

    test: RowTest
    column: pl.Series | None
    failed: int
    judged: int
    height: int

    def rows(self, most: int | None = None) -> NDArray[np.int64]:
        """Return the first so many rows that failed; None: all."""
        if not self.failed:
            return np.zeros(0, dtype=np.int64)
        if self.column is None:
            return np.arange(self.height)[:most]
        return self.column.arg_true().to_numpy().astype(np.int64)[:most]


class _Judged(Struct, frozen=True):
    """A table with all its tests' outcomes."""

    frame: pl.DataFrame
    typed: pl.DataFrame
    flags: tuple[_Flag, ...]
    unread: Mapping[str, Mapping[int, Unread]]

    def values(self, test: RowTest, rows: NDArray[np.int64]) -> list[Any]:
        """Return what a test found in those rows: values, or for a rule mappings of what it reads."""
        if not len(rows):
            return []
        if test.rule is not None:
            columns = {name: column_values(self.typed[name].gather(rows)) for name in test.rule.reads}
            return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
        if test.what in ("missing", "null"):
            return [None] * len(rows)
        if test.what == "type" and test.name in self.unread:
            return [self.unread[test.name][int(row)] for row in rows]
        source = self.frame if test.what == "type" else self.typed
        return column_values(source[test.name].gather(rows))

    def failures(self, flag: _Flag, rows: NDArray[np.int64], rows_before: int = 0) -> Iterable[Failure]:
        """Say what is wrong in those rows, all of which failed the flag's test."""
        values = self.values(flag.test, rows)
        return (
            failure_of(flag.test, value, rows_before + int(row) + 1) for row, value in zip(rows, values, strict=True)
        )

    def reasons(self) -> pl.Series:
        """Return, of each refused row in order, the messages that refuse it."""
        rows: list[NDArray[np.int64]] = [np.zeros(0, dtype=np.int64)]
        messages: list[str] = []
        for flag in self.flags:
            if flag.test.severity is Severity.REFUSE:
                rows.append(flag.rows())
                messages += _messages(flag.test, self.values(flag.test, rows[-1]))
        table = pl.DataFrame({"row": np.concatenate(rows), "reasons": pl.Series(messages, dtype=pl.String)})
        return table.sort("row", maintain_order=True).group_by("row", maintain_order=True).agg("reasons")["reasons"]


def _result(judged: _Judged, frame: pl.DataFrame, rows_before: int) -> BatchResult:
    refused = np.zeros(frame.height, dtype=bool)
    for flag in judged.flags:
        if flag.test.severity is Severity.REFUSE and flag.failed:
            refused[flag.rows()] = True
    tests = tuple(
        TestResult(
            test=flag.test.id,
            severity=flag.test.severity,
            failed=flag.failed,
            judged=flag.judged,
            message=general_message(flag.test),
            examples=tuple(judged.failures(flag, flag.rows(EXAMPLES), rows_before)),
            hint=_hint(judged, flag),
        )
        for flag in judged.flags
    )
    quarantine = frame[np.flatnonzero(refused)]
    name = free_name("reasons", frame.columns)
    return BatchResult(
        rows=frame.height,
        tests=tests,
        refused=refused,
        typed=judged.typed,
        quarantine=quarantine.with_columns(judged.reasons().alias(name)),
    )


def _hint(judged: _Judged, flag: _Flag) -> str:
    """Say what values that are not of a field's kind look like: once for a table, as no single one may show it."""
    field, sort = flag.test.field, None
    if field is not None and flag.test.what == "type":
        sort = _SORTS.get(field.kind)
    if sort is None or not flag.failed:
        return ""
    values = judged.values(flag.test, flag.rows(_HINTED))
    return looks_like({value: None for value in values if isinstance(value, str)}, of=(sort,), most=0.5)


def _by_row(judged: _Judged, height: int) -> list[tuple[Failure, ...]]:
    found: dict[int, list[Failure]] = {}
    for flag in judged.flags:
        rows = flag.rows()
        for row, failure in zip(rows.tolist(), judged.failures(flag, rows), strict=True):
            found.setdefault(row, []).append(failure)
    failures: list[tuple[Failure, ...]] = [()] * height
    for row, each in found.items():
        failures[row] = tuple(each)
    return failures


def _judged(spec: ContractSpec, frame: pl.DataFrame, spelling: Spelling) -> _Judged:
    """Run the pass: decode, derive, judge."""
    frame = named_by(spec, frame)
    decoded: list[pl.Expr] = []
    flags: dict[str, pl.Expr] = {}
    constant: dict[str, bool] = {}  # tests with one outcome for all rows
    unread: dict[str, Mapping[int, Unread]] = {}
    raw = frame
    for field in spec.fields:
        absent = field.name not in frame.columns
        constant[f"{field.name}.missing"] = absent
        if absent:
            decoded.append(pl.lit(None, dtype=DTYPES[field.kind]).alias(field.name))
            continue
        if field.kind in MEDIA:
            media = read_column(field.kind, frame[field.name], blank=spelling == "csv")
            unread[field.name] = media.unread
            decoded.append(pl.col(field.name))
            raw = raw.with_columns(media.figures, *_media_flags(field, media))
            flags |= {f"{field.name}.{what}": pl.col(f"{_FLAG}{field.name}.{what}") for what in _media_tests(field)}
            continue
        if is_plain(frame[field.name], field.kind, spelling):
            decoded.append(pl.col(field.name))
            continue
        plan = decode_field(field, frame.schema[field.name], spelling)
        decoded.append(plan.value.alias(field.name))
        flags |= _presence(field, plan, frame)
    # The raw columns are gone once decoded, so whether there was a value is noted in the same step.
    row = pl.int_range(pl.len()).alias(_FLAG)  # keeps the height where every field is absent
    lazy = raw.lazy().select(row, *decoded, *(flag.alias(_FLAG + name) for name, flag in flags.items()))
    kinds = spec.kinds
    for derive in spec.derives:
        lazy = lazy.with_columns(to_polars(derive.expression, kinds).cast(DTYPES[derive.kind]).alias(derive.name))
    tests = [test for field in spec.fields for test in field_tests(field)]
    judged = {test.id: flag for field in spec.fields for test, flag in _value_flags(field)}
    for rule in spec.rules:
        tests.append(rule_test(rule))
        judged[tests[-1].id] = ~to_polars(rule.expression, kinds)
    table = lazy.with_columns(flag.alias(_FLAG + name) for name, flag in judged.items()).collect()
    outcomes = tuple(_outcome(test, table, constant, frame.height) for test in tests)
    typed = pl.DataFrame([table[name] for name in kinds])  # quicker than a selection
    return _Judged(frame, typed, outcomes, unread)


def named_by(spec: ContractSpec, frame: pl.DataFrame) -> pl.DataFrame:
    """Return a table under the names of a contract's fields, where it uses those that `field(column=...)` says.

    A column so named is the field's, also where another happens to be called as the field is. To be applied to each
    table before tables are put together: one may use the one name and one the other.
    """
    known = set(frame.columns)
    names = {field.column: field.name for field in spec.fields if field.column and field.column in known}
    if not names:
        return frame
    others = [name for name in names.values() if name in known and name not in names]
    return frame.drop(others).rename(names)


def _presence(field: FieldSpec, plan: Decoding, frame: pl.DataFrame) -> dict[str, pl.Expr]:
    """Return the flags of `null` and `type`, left out where the column's dtype and null count say there are none."""
    flags: dict[str, pl.Expr] = {}
    if plan.present is not None:
        flags[f"{field.name}.type"] = pl.when(plan.present).then(plan.value.is_null())
        if not field.null:
            flags[f"{field.name}.null"] = ~plan.present
    elif not field.null and (frame[field.name].null_count() or frame.schema[field.name].is_float()):
        flags[f"{field.name}.null"] = plan.value.is_null()
    return flags


def _media_flags(field: FieldSpec, media: MediaColumn) -> list[pl.Series]:
    """Return the flags of `type` and `null` of a media column that has been read."""
    unread = np.zeros(media.figures.len(), dtype=bool)
    unread[list(media.unread)] = True
    absent = media.figures.is_null().to_numpy() & ~unread
    outcomes = {"type": pl.Series(unread).set(pl.Series(absent), None), "null": pl.Series(absent)}
    return [outcomes[what].alias(f"{_FLAG}{field.name}.{what}") for what in _media_tests(field)]


def _media_tests(field: FieldSpec) -> tuple[str, ...]:
    return ("type",) if field.null else ("type", "null")


def _value_flags(field: FieldSpec) -> list[tuple[RowTest, pl.Expr]]:
    """Return the tests of a decoded value and where they fail."""
    value = pl.col(field.name)
    flags = []
    refused: pl.Expr | None = None
    for test in field_tests(field):
        if test.what in ("missing", "null", "type") or _unfitted(test):
            continue
        broken = value.list.eval(_broken(test, pl.element())).list.any() if test.item else _broken(test, value)
        if not test.soft:
            refused = broken if refused is None else refused | broken
        elif refused is not None:
            broken = pl.when(~refused).then(broken)
        flags.append((test, broken))
    return flags


def _broken(test: RowTest, value: pl.Expr) -> pl.Expr:
    match test.what:
        case "allowed" if len(test.limit) <= _FEW:
            differs: list[pl.Expr] = [value != level for level in test.limit]
            return reduce(lambda one, other: one & other, differs)
        case "allowed" | "seen":
            listed = pl.Series(test.limit, dtype=pl.String)
            return pl.when(value.is_not_null()).then(~value.is_in(listed.implode()))
        case "pattern":
            pattern: str = test.limit
            return over_unique(value, lambda text: not matches(pattern, text), pl.Boolean())
        case "min_length":
            return _length(test, value) < int(test.limit)
        case "max_length":
            return _length(test, value) > int(test.limit)
    limit = pl.lit(limit_value(test), dtype=DTYPES[test.field.kind] if test.field else None)
    sides: dict[str, pl.Expr] = {"ge": value < limit, "gt": value <= limit, "le": value > limit, "lt": value >= limit}
    return sides[test.what]


def _unfitted(test: RowTest) -> bool:
    """Whether it asks for the levels of training rows, and there are none yet."""
    return test.what == "seen" and test.limit is None


def _length(test: RowTest, value: pl.Expr) -> pl.Expr:
    listed = test.field is not None and test.field.kind in ITEM_KINDS
    return value.list.len() if listed else value.str.len_chars()


def _outcome(test: RowTest, table: pl.DataFrame, constant: dict[str, bool], height: int) -> _Flag:
    name = _FLAG + test.id
    if name in table.columns:
        column = table[name]
        return _Flag(test, column, int(column.sum()), height - column.null_count(), height)
    absent = constant.get(f"{test.name}.missing", False)
    if test.what == "missing":
        return _Flag(test, None, height if absent else 0, height, height)
    if test.what == "null":
        return _Flag(test, None, 0, 0 if absent else height, height)
    present = 0 if absent or _unfitted(test) else height - table[test.name].null_count()
    return _Flag(test, None, 0, present, height)


def _messages(test: RowTest, values: list[Any]) -> list[str]:
    """Say what is wrong with each value: each different one is put in words once."""
    # Of several sorts, 1 and true would be one value; of lists none can be looked up.
    alike = len({value.__class__ for value in values}) == 1
    if not alike or not isinstance(values[0], (int, float, str, dt.date, type(None))):
        return [failure_message(test, value) for value in values]
    words = {value: failure_message(test, value) for value in set(values)}
    return [words[value] for value in values]
