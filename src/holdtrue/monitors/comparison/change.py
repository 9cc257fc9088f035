"""When each change began: the watch of `holdtrue.monitors` over a table's rows in the order of their time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import NormalDist

import numpy as np
import polars as pl

from holdtrue.foundation import SILENT, Progress, WrongUse
from holdtrue.monitors.alarms import Alarm
from holdtrue.monitors.comparison.kinds import ColumnPlan, is_time, times_of, watchable
from holdtrue.monitors.settings import WatchSettings
from holdtrue.monitors.watch import Watch
from holdtrue.profiles import Season, build_baseline

AT_ONCE = 4096


def tolerance_in_sd(moved: float) -> float:
    """Return the shift of a normal, in standard deviations, that moves such a share of the rows.

    Example:
        >>> round(tolerance_in_sd(0.05), 3)
        0.125
    """
    return 2 * NormalDist().inv_cdf((1 + moved) / 2)


def alarms_over_time(
    before: pl.DataFrame,
    now: pl.DataFrame,
    plans: Mapping[str, ColumnPlan],
    time: str,
    settings: WatchSettings,
    *,
    season: str = "",
    progress: Progress = SILENT,
) -> tuple[Alarm, ...]:
    """Watch the rows of one table, in the order of their time, against those of another.

    Args:
        before, now: typed as planned. time: the column with the rows' time; rows without one are left out.
        season: `hour`, `weekday` or `month`: rows are compared with those of the same; both tables need the time then.

    Raises:
        WrongUse: there is no such column of days or times, or nothing to watch.
    """
    for frame, which in ((now, "second"), *([(before, "first")] if season else [])):
        if time not in frame.columns or time not in plans or not is_time(plans[time]):
            raise WrongUse(f"the {which} table has no column {time} of days or times", hint="name one: --time COLUMN")
    columns = watchable(plans, leave_out=(time,))
    if not columns:
        raise WrongUse("there is no column to watch", hint="numbers and categories are watched row by row")
    if not before.height:
        raise WrongUse("the first table has no rows to watch against")
    parted = Season(season) if season else None
    if parted is not None:
        before = before.filter(pl.col(time).is_not_null())
    baseline = build_baseline(
        before.select(columns),
        season=parted,
        seasons=None if parted is None else parted.places(times_of(before[time]).to_numpy()),
    )
    numbered = now.with_row_index("?row", offset=1).filter(pl.col(time).is_not_null()).sort(time, maintain_order=True)
    watch = Watch.begin(baseline, settings)
    names = watch.quantities("inputs")
    rows = [f"row {row}" for row in numbered["?row"].to_list()]
    times = times_of(numbered[time]).to_numpy().astype(np.int64)
    values = {name: _values(numbered[name]) for name in names}
    progress.start("watch", len(rows))
    for start in range(0, len(rows), AT_ONCE):
        span = slice(start, start + AT_ONCE)
        watch.update("inputs", {name: each[span] for name, each in values.items()}, rows[span], times[span])
        progress.advance(len(rows[span]))
    progress.finish(f"{len(rows):,} rows, {len(watch.alarms):,} alarms")
    return watch.alarms


def _values(column: pl.Series) -> Sequence[object] | np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    if column.dtype.is_numeric():
        return column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return column.to_list()
