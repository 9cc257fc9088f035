"""Two tables compared, without a project: files that may be larger than memory, or frames of any library."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Literal

import polars as pl
from msgspec import Struct
from msgspec.structs import replace

from holdtrue.contracts import Spelling
from holdtrue.foundation import SILENT, DataNotFound, Progress, WrongUse
from holdtrue.monitors import Alarm, WatchSettings
from holdtrue.monitors.comparison import (
    SAMPLE,
    STRAY,
    ColumnPlan,
    ComparisonSettings,
    TableComparison,
    TableFacts,
    alarms_over_time,
    compare_tables,
    plan_columns,
    plan_together,
    profile_typed,
    strays,
    tolerance_in_sd,
    typed,
)
from holdtrue.profiles import PARTS, ColumnProfile, merge_frames
from holdtrue.sources import table_parts
from holdtrue.workspace.frames import polars_frame
from holdtrue.workspace.places import missing_file

SeasonName = Literal["", "hour", "weekday", "month"]


class TableToCompare(Struct, frozen=True):
    """One of the two tables: its name in messages, and a file or a frame."""

    name: str
    source: Path | pl.DataFrame

    @staticmethod
    def of(table: object, name: str) -> TableToCompare:
        """Take a path, or a frame of any library.

        Raises:
            WrongUse: it is neither.
        """
        if isinstance(table, (str, Path)):
            return TableToCompare(str(table), Path(table))
        return TableToCompare(name, polars_frame(table))

    def parts(self, progress: Progress = SILENT) -> Iterator[tuple[pl.DataFrame, Spelling]]:
        """Give the rows part by part, with how they are spelled."""
        if isinstance(self.source, pl.DataFrame):
            yield self.source, "native"
            return
        if not self.source.is_file():
            raise missing_file(self.source)
        for part in table_parts([(self.source, self.name)], progress=progress):
            yield part.frame, part.spelling


class ComparedTables(Struct, frozen=True, kw_only=True):
    """A comparison, and the profiles of both tables' columns that its pictures are drawn from."""

    comparison: TableComparison
    before: Mapping[str, ColumnProfile]
    now: Mapping[str, ColumnProfile]


def compare(
    before: TableToCompare,
    now: TableToCompare,
    settings: ComparisonSettings | None = None,
    *,
    time: str = "",
    season: SeasonName = "",
    false_alarm_rows: float | None = None,
    columns: Collection[str] = (),
    leave_out: Collection[str] = (),
    progress: Progress = SILENT,
) -> ComparedTables:
    """Compare two tables column by column; with a time, watch the second one's rows in their order too.

    Args:
        time: a column of days or times; then both tables are held in memory. season: see `Season`; needs the time.
        false_alarm_rows: the watch's stated rate; by default that of `WatchSettings`.
        columns: only these; leave_out: all but these.

    Raises:
        DataNotFound, DataUnreadable: a table is not there, has no rows, or cannot be read.
        WrongUse: neither table has a column named, or the time is none.
    """
    chosen = settings or ComparisonSettings()
    if season and season not in PARTS:
        raise WrongUse(f'"{season}" is no season', hint=f"write one of {', '.join(PARTS)}")
    if season and not time:
        raise WrongUse("a season needs the rows' time", hint="add --time COLUMN")
    wanted = _Wanted(frozenset(columns), frozenset(leave_out))
    begun = [_Begun.of(table, progress) for table in (before, now)]
    wanted.require([each.first.columns for each in begun])
    plans = _agreed(*(plan_columns(wanted.of(each.sample), each.spelling) for each in begun))
    while True:
        then, later = (_facts(each.table, each.parts(), plan, wanted) for each, plan in zip(begun, plans, strict=True))
        wider = _wider(then), _wider(later)
        if not any(wider):
            break
        plans = _agreed({**plans[0], **wider[0]}, {**plans[1], **wider[1]})
    rate = WatchSettings() if false_alarm_rows is None else WatchSettings(false_alarm_rows=false_alarm_rows)
    rate = replace(rate, tolerance=tolerance_in_sd(chosen.tolerance))
    alarms: tuple[Alarm, ...] = ()
    if time:
        shared = {name: plan for name, plan in plans[0].items() if plans[1].get(name) == plan}
        if time not in plans[0] and time in plans[1]:
            shared[time] = plans[1][time]
        first, second = (typed(*_whole(table, wanted, shared)) for table in (before, now))
        alarms = alarms_over_time(first, second, shared, time, rate, season=season, progress=progress)
    stated = rate.false_alarm_rows if time else None
    comparison = compare_tables(then, later, chosen, time=time, alarms=alarms, false_alarm_rows=stated)
    return ComparedTables(comparison=comparison, before=then.profiles, now=later.profiles)


class _Wanted(Struct, frozen=True):
    columns: frozenset[str]
    leave_out: frozenset[str]

    def require(self, both: list[list[str]]) -> None:
        for name in sorted(self.columns | self.leave_out):
            if not any(name in names for names in both):
                raise WrongUse(f"neither table has a column {name}", hint=f"they have {', '.join(both[0][:12])}, ...")

    def of(self, frame: pl.DataFrame) -> pl.DataFrame:
        kept = [
            name
            for name in frame.columns
            if name and name not in self.leave_out and (not self.columns or name in self.columns)
        ]
        return frame.select(kept)


class _Begun(Struct):
    """A table of which the first part is read: what its columns hold is told by rows from all over it."""

    table: TableToCompare
    first: pl.DataFrame
    spelling: Spelling
    rest: Iterator[tuple[pl.DataFrame, Spelling]] | None

    @staticmethod
    def of(table: TableToCompare, progress: Progress) -> _Begun:
        rest = table.parts(progress)
        for frame, spelling in rest:
            return _Begun(table, frame, spelling, rest)
        raise DataNotFound(f"{table.name}: no rows", hint="check what writes it")

    @property
    def sample(self) -> pl.DataFrame:
        return self.first.gather_every(max(1, self.first.height // SAMPLE))

    def parts(self) -> Iterator[tuple[pl.DataFrame, Spelling]]:
        """Give all parts; the first time without reading the first one again."""
        if self.rest is None:
            yield from self.table.parts()
            return
        rest, self.rest = self.rest, None
        yield self.first, self.spelling
        yield from rest


def _whole(
    table: TableToCompare, wanted: _Wanted, plans: Mapping[str, ColumnPlan]
) -> tuple[pl.DataFrame, Mapping[str, ColumnPlan], Spelling]:
    parts = list(table.parts())
    return pl.concat([wanted.of(frame) for frame, _ in parts], how="diagonal_relaxed"), plans, parts[0][1]


def _agreed(
    before: Mapping[str, ColumnPlan], now: Mapping[str, ColumnPlan]
) -> tuple[dict[str, ColumnPlan], dict[str, ColumnPlan]]:
    """Return the plans of both tables: one for what both have, if it can be one."""
    together = {name: plan_together(plan, now[name]) for name, plan in before.items() if name in now}
    first, second = ({name: together.get(name) or plan for name, plan in each.items()} for each in (before, now))
    return first, second


def _facts(
    table: TableToCompare,
    parts: Iterator[tuple[pl.DataFrame, Spelling]],
    plans: Mapping[str, ColumnPlan],
    wanted: _Wanted,
) -> TableFacts:
    profiles: dict[str, ColumnProfile] = {}
    odd: dict[str, int] = {}
    rows = 0
    for frame, spelling in parts:
        chosen = wanted.of(frame)
        values = typed(chosen, plans, spelling)
        found = profile_typed(values, plans)
        profiles = merge_frames(profiles, found) if profiles else found
        for name, count in strays(chosen, values, plans).items():
            odd[name] = odd.get(name, 0) + count
        rows += frame.height
    return TableFacts(name=table.name, rows=rows, plans=plans, profiles=profiles, strays=odd)


def _wider(facts: TableFacts) -> dict[str, ColumnPlan]:
    """Return other plans for columns of which the sample told too little: many values are not of their kind."""
    limits = {name: STRAY * (facts.rows - facts.profiles[name].nulls + count) for name, count in facts.strays.items()}
    return {
        name: facts.plans[name].wider()
        for name, count in facts.strays.items()
        if count > limits[name] and facts.plans[name].nearly == ""
    }
