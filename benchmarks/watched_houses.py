"""The real houses, watched: what is found and when, and what others say of the same rows.

Two models of the price of house sales in Lucas County, Ohio. One is trained on the sales to 1995 and watched from 1
January 1996 on: the county began to record siding differently on 1 July 1996 (metal or vinyl on 8 % of the houses, then
on 31 %), and prices rose. One is trained on sales from July 1996 to December 1997 and watched in 1998: in April the
county went back to the old way. Both are watched against the newest fifth of their rows, which they were not fitted on.

Ours judges each sale, in the order of their days, at one false alarm in 100,000 sales for all that is watched. Others
judge each month (Evidently, NannyML) or each value (River), at their defaults.

    python benchmarks/watched_houses.py
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from datetime import date
from importlib.resources import files
from pathlib import Path

import lightgbm
import numpy as np
import polars as pl
from contenders import Contender, told
from measuring import print_machine
from msgspec import Struct

from holdtrue.foundation import micros_of
from holdtrue.monitors import Alarm, Watch, WatchSettings
from holdtrue.profiles import ABSOLUTE_ERROR, PREDICTION, SIGNED_ERROR, build_baseline

NAMES = ("stories", "wall", "garage")
NUMBERS = ("area", "beds", "baths", "halfbaths", "frontage", "depth", "garagesqft", "rooms", "lotsize", "age")
INPUTS = (*NAMES, *NUMBERS)
PEERS = (
    Contender("Evidently", "evidently_houses.py", "evidently"),
    Contender("NannyML", "nannyml_houses.py", "nannyml"),
    Contender("River", "river_houses.py"),
)


class Era(Struct, frozen=True):
    """A model's life: its sales from `begin` on, watched from `live` to before `end`; what changes when."""

    name: str
    begin: date
    live: date
    end: date
    change: date


class Prepared(Struct, frozen=True):
    """Held and live rows with the columns watched, the prediction and the price; attributions of each feature."""

    held: pl.DataFrame
    live: pl.DataFrame
    held_reasons: np.ndarray
    live_reasons: np.ndarray


ERAS = (
    Era("trained to 1995", date(1993, 1, 1), date(1996, 1, 1), date(1997, 1, 1), date(1996, 7, 1)),
    Era("trained from July 1996", date(1996, 7, 1), date(1998, 1, 1), date(1998, 10, 1), date(1998, 4, 1)),
)


def sales() -> pl.DataFrame:
    """Read the sales, in the order of their days."""
    frame = pl.read_parquet(str(files("holdtrue") / "templates" / "houses" / "houses.parquet"))
    return frame.with_columns(age=pl.col("sdate").dt.year() - pl.col("yrbuilt")).sort("sdate", maintain_order=True)


def prepare(frame: pl.DataFrame, era: Era) -> Prepared:
    """Train on four fifths of the rows before the era goes live; predict and explain the rest and what comes."""
    known = frame.filter((pl.col("sdate") >= era.begin) & (pl.col("sdate") < era.live))
    live = frame.filter((pl.col("sdate") >= era.live) & (pl.col("sdate") < era.end))
    fitted, held = known.head(known.height * 4 // 5), known.tail(known.height - known.height * 4 // 5)
    levels = {name: pl.Enum(sorted(frame[name].drop_nulls().unique())) for name in NAMES}
    settings = {"objective": "regression", "learning_rate": 0.05, "num_leaves": 31, "num_threads": 1, "verbose": -1}
    data = lightgbm.Dataset(
        _matrix(fitted, levels), fitted["price"].to_numpy(), categorical_feature=[*range(len(NAMES))]
    )
    model = lightgbm.train({**settings, "seed": 0}, data, num_boost_round=300)

    def seen(rows: pl.DataFrame) -> tuple[pl.DataFrame, np.ndarray]:
        x = _matrix(rows, levels)
        reasons = np.asarray(model.predict(x, pred_contrib=True))[:, :-1]
        predictions = pl.Series("prediction", model.predict(x))
        return rows.select("sdate", *INPUTS, "price").with_columns(predictions), reasons

    (held, held_reasons), (live, live_reasons) = seen(held), seen(live)
    return Prepared(held, live, held_reasons, live_reasons)


def watch(rows: Prepared) -> list[Alarm]:
    """Watch the live rows; labels come with their rows."""
    held, live = rows.held, rows.live
    baseline = build_baseline(
        held.select(INPUTS),
        predictions=held["prediction"].to_numpy(),
        labels=held["price"].cast(pl.Float64).to_numpy(),
        attributions=rows.held_reasons,
        features=INPUTS,
    )
    errors = live["prediction"].to_numpy() - live["price"].to_numpy()
    given: dict[str, Mapping[str, Sequence[object] | np.ndarray]] = {
        "inputs": {name: live[name].to_list() for name in INPUTS},
        "predictions": {PREDICTION: live["prediction"].to_numpy()},
        "attributions": {name: rows.live_reasons[:, place] for place, name in enumerate(INPUTS)},
        "errors": {SIGNED_ERROR: errors, ABSOLUTE_ERROR: np.abs(errors)},
    }
    watched = Watch.begin(baseline, WatchSettings(), list(given))
    ids, times = [str(place) for place in range(live.height)], [micros_of(day) for day in live["sdate"]]
    for group, columns in given.items():
        watched.update(group, columns, ids, times)
    return sorted(watched.alarms, key=lambda alarm: alarm.at_row)


def main() -> None:
    """Print each era's alarms, ours and others'."""
    print_machine("polars", "lightgbm", "river")
    frame = sales()
    for era in ERAS:
        rows = prepare(frame, era)
        before = rows.live.filter(pl.col("sdate") < era.change).height
        counts = f"{rows.held.height:,} held sales, {rows.live.height:,} live, {before:,} before {era.change}"
        print(f"\n== {era.name}, live from {era.live}: {counts}")
        for alarm in watch(rows):
            day = rows.live["sdate"][alarm.at_row - 1]
            after = alarm.at_row - before
            where = f"{after} sales after" if after > 0 else f"{1 - after} sales before"
            print(f"holdtrue   {day} ({where} {era.change}) {alarm.group}: {alarm.message}")
        with tempfile.TemporaryDirectory() as folder:
            rows.held.write_parquet(Path(folder) / "held.parquet")
            rows.live.write_parquet(Path(folder) / "live.parquet")
            for peer in PEERS:
                for when, what in told(peer, folder) or []:
                    print(f"{peer.name:<10} {when} {what}")


def _matrix(rows: pl.DataFrame, levels: Mapping[str, pl.Enum]) -> np.ndarray:
    codes = [rows[name].cast(levels[name]).to_physical().cast(pl.Float64).alias(name) for name in NAMES]
    return rows.select(*codes, *[pl.col(name).cast(pl.Float64) for name in NUMBERS]).to_numpy()


if __name__ == "__main__":
    main()
