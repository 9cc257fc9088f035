"""Streams in which nothing changes, of the kinds that break detectors, and watches over them."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl

from holdtrue.monitors import Alarm, Watch, WatchSettings
from holdtrue.profiles import Season, build_baseline

Columns = dict[str, Any]

MINUTE = 60_000_000


def mixed(rng: np.random.Generator, n: int) -> Columns:
    """Ten quantities: correlated, heavy-tailed, counts, a rare flag, missing values, names; three that stand still."""
    factor = rng.normal(size=n)
    gappy = rng.normal(size=n)
    gappy[rng.random(n) < 0.03] = np.nan
    names = np.array(["wood", "brick", "stone", "vinyl", "tile", "log", "mud"])
    weights = 1 / np.arange(1, 201)
    return {
        "a": factor + 0.5 * rng.normal(size=n),
        "b": factor + 0.5 * rng.normal(size=n),
        "c": rng.normal(size=n),
        "heavy": rng.standard_t(2, size=n),
        "count": rng.poisson(1.5, size=n).astype(float),
        "flag": (rng.random(n) < 0.05).astype(float),
        "gappy": gappy,
        "wall": names[rng.choice(7, size=n, p=[0.45, 0.3, 0.12, 0.08, 0.03, 0.015, 0.005])].tolist(),
        "coin": (rng.random(n) < 0.5).tolist(),
        "street": [f"street {i}" for i in rng.choice(200, size=n, p=weights / weights.sum())],
        "always": np.full(n, 7.0),
        "never": np.full(n, np.nan),
        "country": ["us"] * n,
    }


def begin(baseline: Columns, season: Season | None = None, **settings: Any) -> Watch:
    """Begin a watch over the inputs alone; where there is a season, baseline rows are a minute apart."""
    n = len(next(iter(baseline.values())))
    seasons = season.places(MINUTE * np.arange(n)) if season else None
    built = build_baseline(pl.DataFrame(baseline), season=season, seasons=seasons)
    return Watch.begin(built, WatchSettings(**settings), ["inputs"])


def feed(watch: Watch, columns: Columns, first: int = 0, last: int | None = None) -> list[Alarm]:
    """Feed rows `first` to `last` of columns, each with its number as id and a minute as time."""
    n = len(next(iter(columns.values())))
    span = range(n)[first:last]
    part = {name: values[first:last] for name, values in columns.items()}
    return watch.update("inputs", part, [f"row {i}" for i in span], [MINUTE * i for i in span])
