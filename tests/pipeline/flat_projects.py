"""Small real projects in a folder: flats whose rent follows area, rooms and heating, drawn from a seed."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from textwrap import dedent
from typing import Any

import numpy as np
import polars as pl

from holdtrue.foundation import DAY, ManualClock, micros_of
from holdtrue.pipeline import RunReport, RunRequest, travel
from holdtrue.workspace import Workspace, open_workspace

FIRST = date(2020, 1, 1)
NOW = micros_of(date(2100, 1, 1))  # after whatever the machine's clock says: trainings in child processes go by that

MODEL = """
import lightgbm
import numpy as np
import holdtrue as ht

class Flat(ht.Contract):
    rent: ht.Float = ht.field(gt=0)
    area: ht.Float = ht.field(gt=0, le=1000)
    rooms: ht.Int = ht.field(ge=1, le=20)
    heating: ht.Category = ht.field(allowed=["gas", "oil", "pump"])
    day: ht.Date

    @ht.table_test
    def enough_rows(table):
        return table.rows >= 50

    @ht.table_test
    def rents_are_rents(table):
        return table.column("rent").mean < 5000

flat = ht.Model("flat", target="rent", time="day", features=["area", "rooms", "heating"], contract=Flat,
                data=ht.files("data/*.*", name="flats") + ht.served(), max_refused=0.05)

@flat.train
def fit(train, valid, params):
    settings = {"objective": "regression", "num_leaves": 7, "min_data_in_leaf": 5, "num_threads": 1,
                "deterministic": True, "seed": params.seed, "verbose": -1, "learning_rate": 0.2}
    data = lightgbm.Dataset(train.X, train.y, feature_name=train.names, categorical_feature=train.categorical)
    return lightgbm.train(settings, data, num_boost_round=params.int("trees", 40, low=5, high=100))

@flat.check
def larger_is_dearer(model, rows):
    larger = rows.with_values(area=rows.frame["area"] * 1.5)
    return (model.predict(larger) - model.predict(rows)).mean() > 0

flat.gate(ht.metric("mae") < 400)
"""


def flats(count: int, *, seed: int = 0, start: int = 0, level: float = 1.0, gas: float = 0.5) -> pl.DataFrame:
    """Draw flats, ten a day from `start` days after the first; rents at `level`, a share of `gas` heated by it."""
    draw = np.random.default_rng(seed)
    area, rooms = draw.gamma(8, 10, count).round(1) + 15, draw.integers(1, 7, count)
    heating = draw.choice(["gas", "oil", "pump"], count, p=[gas, (1 - gas) / 2, (1 - gas) / 2])
    premium = np.where(heating == "pump", 120.0, np.where(heating == "oil", -60.0, 0.0))
    rent = level * (200 + 9 * area + 40 * rooms + premium) + draw.normal(0, 40, count)
    days = [FIRST + timedelta(days=start + place // 10) for place in range(count)]
    return pl.DataFrame({"rent": rent.round(2), "area": area, "rooms": rooms, "heating": heating, "day": days})


class Project:
    """A project in a folder, with a clock moved by hand."""

    def __init__(self, root: Path, model: str = MODEL, rows: pl.DataFrame | None = None, *, csv: bool = False) -> None:
        self.root, self.clock = root, ManualClock(NOW)
        if (root / "model.py").exists():
            return  # made by another process
        (root / "data").mkdir(parents=True)
        (root / "pyproject.toml").write_text("[tool.holdtrue]\n")
        self.write_model(model)
        self.write(flats(400) if rows is None else rows, "flats.csv" if csv else "flats.parquet")

    def write_model(self, text: str) -> None:
        (self.root / "model.py").write_text(dedent(text))

    def write(self, rows: pl.DataFrame, name: str) -> None:
        path = self.root / "data" / name
        rows.write_csv(path) if name.endswith(".csv") else rows.write_parquet(path)

    def open(self) -> Workspace:
        """Open it afresh, as another process would."""
        return open_workspace(self.root, environ={}, clock=self.clock)

    def run(self, **asked: Any) -> RunReport:
        """Go the training road; the clock moves on by a day."""
        self.clock.advance_to(self.clock.now() + DAY)
        workspace = self.open()
        try:
            return travel(RunRequest(**asked), workspace.ground)
        finally:
            workspace.close()
