"""The rehearsal on hourly rentals of bikes over two years and on houses: what it finds, and what is then told live.

The bikes are `hour.csv` of the data set "Bike Sharing" (UCI Machine Learning Repository; H. Fanaee-T, J. Gama, "Event
labeling combining ensemble detectors and background knowledge", Progress in Artificial Intelligence 2, 2013): 17,379
hours of 2011 and 2012 with the weather and the bikes rented (`cnt`). It is not shipped: give its path.

    python benchmarks/rehearse_bikes.py hour.csv
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import polars as pl
from measuring import print_machine

from holdtrue.monitors import WatchSettings
from holdtrue.monitors.rehearsal import History, Manner, lines, rehearse
from holdtrue.monitors.rehearsal.replaying import Terms, replay
from holdtrue.pipeline import RunRequest, travel
from holdtrue.workspace import open_workspace, write_template

DAY = 86_400_000_000
NUMBERS = ("temp", "hum", "windspeed", "cnt")


def bikes(path: Path) -> History:
    """Return weather and rentals, hour by hour; the target beside the inputs, as the only thing that truly grows."""
    rows = pl.read_csv(path)
    moments = rows["dteday"].str.to_date().cast(pl.Datetime("us")).dt.epoch("us").to_numpy() + rows["hr"].to_numpy() * (
        DAY // 24
    )
    inputs = rows.select(*(pl.col(name).cast(pl.Float64) for name in NUMBERS), pl.col("weathersit").cast(pl.String))
    return History(name="weather and rentals", groups=("inputs",), times=moments, inputs=inputs)


def print_live(before: History, now: History, manner: Manner, terms: Terms) -> None:
    """Print the alarms of a year against the one before."""
    found = replay(before, now, manner, terms, stop=False)
    told = [
        f"{alarm.quantity} {alarm.direction} after {int(now.times[alarm.at_row - 1] - now.times[0]) // DAY} days"
        for alarm in found.alarms
    ]
    print(f"  {manner}: {'; '.join(told) or 'silent'}")


def main(path: Path) -> None:
    """Print both."""
    print_machine("numpy", "polars")
    rows = bikes(path)
    year = np.flatnonzero(rows.times < rows.times[0] + 365 * DAY)
    before, now = rows.take(year), rows.take(np.arange(year.size, rows.times.size))
    settings = WatchSettings()
    for name, history in (("2011 alone", before), ("both years", rows)):
        began = time.perf_counter()
        found = rehearse([history], settings, Manner(), ["inputs"])
        print(f"rehearsal of {name}, {time.perf_counter() - began:.1f} s")
        for line in lines(found):
            print(f"  {line}")
        for each in found.tried:
            print(f"    {each.manner}: {each.message or 'silent'}")
    print("2012 against 2011, as if live")
    terms = Terms(settings=settings, live=frozenset(["inputs"]), calm=np.inf)
    manners = [Manner(tolerance=tolerance) for tolerance in (0.0, 0.1, 0.2, 0.5)]
    manners += [Manner(season="hour", block="day"), Manner(block="week")]
    manners += [Manner(season="month", block="day"), Manner(season="month", block="week")]
    for manner in manners:
        print_live(before, now, manner, terms)
    with tempfile.TemporaryDirectory() as folder:
        write_template("houses", Path(folder) / "houses")
        report = travel(RunRequest(), open_workspace(Path(folder) / "houses", environ={}).ground)
    print(f"houses, {next(step.seconds for step in report.steps if step.name == 'rehearse'):.1f} s")
    if report.rehearsal is not None:
        for line in lines(report.rehearsal):
            print(f"  {line}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("give the path of hour.csv")
    main(Path(sys.argv[1]))
