"""Table tests marked `live=True`, judged over disjoint windows of the rows that an epoch of an alias answered.

A window is so many rows, counted from the beginning of the epoch in the log's order; what is kept of the one under way
is the columns that its tests read. So the same log gives the same verdicts, whatever was stopped when. Tests that look
for drift are not judged here: the detectors watch every column, with a stated rate of false alarms.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
from msgspec import Struct, field
from msgspec.structs import replace

from holdtrue.contracts import (
    ContractSpec,
    Past,
    TableResult,
    TableTestSpec,
    check_table,
    decode_column,
    decode_field,
    judged_live,
)
from holdtrue.monitors import alarm_id
from holdtrue.predictionlog import Prediction

_LOGGED: dict[str, pl.DataType] = {
    "int": pl.Int64(),
    "float": pl.Float64(),
    "bool": pl.Boolean(),
    **dict.fromkeys(("category", "text", "key", "date", "datetime"), pl.String()),
}

GROUP = "windows"
"""The group that alarms of windows belong to."""


class LiveWindow(Struct, kw_only=True):
    """The window under way: its rows so far, by column, and the id and time of its first."""

    columns: dict[str, list[Any]] = field(default_factory=dict)
    rows: int = 0
    began_id: str = ""
    began_time: int | None = None


class LiveTest(Struct, kw_only=True):
    """How a test stands: what it said of the last window that it could judge, and the alarm that is open of it."""

    passed: bool | None = None
    alarm: str = ""


class LiveTests(Struct, kw_only=True):
    """What is kept of live table tests: the window under way of each size, each test's standing, rows taken."""

    windows: dict[int, LiveWindow] = field(default_factory=dict)
    tests: dict[str, LiveTest] = field(default_factory=dict)
    rows: int = 0


class WindowVerdict(Struct, frozen=True, kw_only=True):
    """A test that began to fail, or to hold again.

    Attributes:
        alarm: the id of the alarm that this opens or closes; the same for the same rows.
        to_id, to_time, to_received: of the window's last row; first_row, last_row: rows of the epoch, from 1.
    """

    result: TableResult
    alarm: str
    began_id: str
    began_time: int | None
    to_id: str
    to_time: int
    to_received: int
    first_row: int
    last_row: int


class WindowJudge(Struct, frozen=True):
    """Judges windows by the live form of a contract.

    Attributes:
        spec: that contract. pasts: what `table.last` and `table.baseline` stand for: the data of the version that
            answers, and the baseline it is watched against.
    """

    spec: ContractSpec
    pasts: dict[str, Past]

    def take(self, state: LiveTests, rows: Sequence[Prediction]) -> list[WindowVerdict]:
        """Take rows in their order; return the tests whose verdict changed, window by window."""
        tests = judged_live(self.spec)
        if not tests:
            return []
        found: list[WindowVerdict] = []
        sizes = sorted({test.window for test in tests})
        for row in rows:
            state.rows += 1
            for size in sizes:
                window = state.windows.setdefault(size, LiveWindow())
                of_size = tuple(test for test in tests if test.window == size)
                _keep(window, of_size, row)
                if window.rows >= size:
                    state.windows[size] = LiveWindow()
                    found += self._judge(state, window, of_size, row)
        return found

    def _judge(
        self, state: LiveTests, window: LiveWindow, tests: tuple[TableTestSpec, ...], last: Prediction
    ) -> list[WindowVerdict]:
        spec = _only(self.spec, tests)
        frame = _typed(spec, window)
        results = check_table(spec, frame, slice=True, live=True, now=last.received, pasts=self.pasts)
        found = []
        for result in results:
            standing = state.tests.setdefault(result.test, LiveTest())
            if result.passed is None:
                continue
            held, standing.passed = standing.passed is not False, result.passed
            if result.passed == held:
                continue
            opened = alarm_id(GROUP, result.test, last.id, last.moment)
            verdict = WindowVerdict(
                result=result,
                alarm=standing.alarm if result.passed else opened,
                began_id=window.began_id,
                began_time=window.began_time,
                to_id=last.id,
                to_time=last.moment,
                to_received=last.received,
                first_row=state.rows - window.rows + 1,
                last_row=state.rows,
            )
            standing.alarm = "" if result.passed else opened
            found.append(verdict)
        return found


def _keep(window: LiveWindow, tests: Sequence[TableTestSpec], row: Prediction) -> None:
    if not window.rows:
        window.began_id, window.began_time = row.id, row.moment
    window.rows += 1
    for name in dict.fromkeys(name for test in tests for name in test.reads):
        # What a live policy put in a value's place says nothing of what came.
        window.columns.setdefault(name, []).append(None if name in row.replaced else row.row.get(name))


def _only(spec: ContractSpec, tests: tuple[TableTestSpec, ...]) -> ContractSpec:
    return replace(spec, table_tests=tests)


def _typed(spec: ContractSpec, window: LiveWindow) -> pl.DataFrame:
    """Return the columns of a window in the types of their fields: the log keeps them as JSON does."""
    raw = pl.DataFrame(
        {
            name: pl.Series(values, dtype=_LOGGED.get(spec.kinds[name]), strict=False)
            for name, values in window.columns.items()
        }
    )
    return raw.select(_value(spec, name, raw.schema[name]).alias(name) for name in raw.columns)


def _value(spec: ContractSpec, name: str, dtype: pl.DataType) -> pl.Expr:
    own = spec.field(name)
    if own is None:  # a derived field
        return decode_column(name, spec.kinds[name], dtype, "native").value
    return decode_field(own, dtype, "native").value
