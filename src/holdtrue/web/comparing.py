"""Two tables compared in a script or a notebook: `holdtrue.compare`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from html import escape
from pathlib import Path
from typing import Any

from holdtrue.monitors.comparison import ColumnComparison, ComparisonSettings, TableComparison
from holdtrue.web.comparison import comparison_page, outcome
from holdtrue.workspace import ComparedTables, TableToCompare
from holdtrue.workspace import compare as compare_tables
from holdtrue.workspace.comparing import SeasonName


class Compared:
    """Two tables compared; a notebook shows its report.

    Attributes:
        comparison: all that was found, as plain data (`TableComparison`).
    """

    def __init__(self, tables: ComparedTables) -> None:
        self.comparison: TableComparison = tables.comparison
        self._tables = tables

    @property
    def changed(self) -> tuple[str, ...]:
        """The columns that are no longer what they were, the one that changed most first."""
        return self.comparison.changed

    def __getitem__(self, column: str) -> ColumnComparison:
        """Return what was found of a column.

        Raises:
            KeyError: neither table has it.
        """
        for each in self.comparison.columns:
            if each.name == column:
                return each
        raise KeyError(column)

    def frame(self) -> Any:
        """Return a Polars frame with a row for each column, the one that changed most first."""
        import polars as pl

        plain = ("name", "kind", "verdict", "moved", "at_least", "at_most", "event", "event_before", "event_now")
        more = ("difference", "in_sd", "superiority", "words")
        return pl.DataFrame(
            [{field: getattr(column, field) for field in (*plain, *more)} for column in self.comparison.columns],
            schema={
                field: pl.String if field in ("name", "kind", "verdict", "event", "words") else pl.Float64
                for field in (*plain, *more)
            },
        )

    def html(self, at: dt.datetime | None = None) -> str:
        """Return the report as a page of its own. Args: at: when it was made; by default now."""
        return comparison_page(self._tables, dt.datetime.now(dt.UTC) if at is None else at)

    def to_html(self, path: str | Path) -> None:
        """Write the report as one HTML file."""
        Path(path).write_text(self.html(), encoding="utf-8")

    def __repr__(self) -> str:
        lines = [f"{self.comparison.now} beside {self.comparison.before}: {outcome(self.comparison)}"]
        lines += [f"  {each.name}: {each.words}" for each in self.comparison.columns if each.changed]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        # A frame of its own, so that neither the notebook's styles nor ours get in each other's way.
        return (
            '<iframe style="width:100%;height:44rem;border:1px solid #8884;border-radius:6px" '
            f'sandbox="allow-same-origin" srcdoc="{escape(self.html(), quote=True)}"></iframe>'
        )


def compare(
    before: object,
    now: object,
    *,
    tolerance: float = 0.05,
    level: float = 0.01,
    time: str = "",
    season: SeasonName = "",
    false_alarm_rows: float | None = None,
    columns: Collection[str] = (),
    leave_out: Collection[str] = (),
) -> Compared:
    """Compare two tables column by column: what has changed, by how much, how sure, and since when.

    Args:
        before, now: frames (Polars, pandas, Arrow, whatever has `__arrow_c_stream__`), mappings of names to columns, or
            paths of tables.
        tolerance: the least share of the rows, 0 to 1, that must have become others for a change to be one.
        level: how often two samples of one source may be said to differ, of all columns together.
        time: a column of `now` with days or times: its rows are watched in that order, and it is told when each change
            began. season: `hour`, `weekday` or `month`: rows are compared with those of the same.
        false_alarm_rows: the watch raises at most one false alarm in so many rows; 100,000 by default.
        columns: only these; leave_out: all but these.

    Raises:
        WrongUse: a table is none, or a column named is in neither. DataNotFound, DataUnreadable: of paths.

    Example:
        >>> found = compare({"wall": ["wood"] * 300 + ["brick"] * 300}, {"wall": ["wood"] * 450 + ["brick"] * 50})
        >>> found.changed, found["wall"].words
        (('wall',), '"brick": 10%, was 50%')
    """
    tables = compare_tables(
        TableToCompare.of(before, "before"),
        TableToCompare.of(now, "now"),
        ComparisonSettings(level=level, tolerance=tolerance),
        time=time,
        season=season,
        false_alarm_rows=false_alarm_rows,
        columns=columns,
        leave_out=leave_out,
    )
    return Compared(tables)
