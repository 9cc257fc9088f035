"""Rows in the order of their time, and how they are parted into a baseline and rows that come as if live."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np
import polars as pl
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from holdtrue.monitors.rehearsal.manners import Manner
from holdtrue.profiles import (
    LENGTHS,
    PARTS,
    PREDICTION,
    Baseline,
    Season,
    build_baseline,
    observed_columns,
    season_of,
)

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

MOST_ROWS = 20_000
"""Rows of a history that are rehearsed; of more, stretches that lie all over it."""

FEWEST_STRETCHES = 24
"""Stretches that a history is taken in turns by, at least."""

_YEAR = 366 * LENGTHS["day"]
_UNITS = ("week", "day", "hour")

Quantity = tuple[str, str]
"""A group and a quantity of it."""


class History(Struct, frozen=True, kw_only=True, eq=False):
    """Rows in the order of their time, n of them, and what a watch sees of them.

    Attributes:
        name: what they are, in words. groups: those that are watched.
        times: shape (n,), microseconds since 1970, growing. values: n values of the column that is a season.
        inputs, predictions, attributions, features, labels: as `build_baseline` takes them.
    """

    name: str
    groups: tuple[str, ...]
    times: Ints
    inputs: pl.DataFrame
    predictions: Floats | None = None
    attributions: Floats | None = None
    features: tuple[str, ...] = ()
    labels: Floats | None = None
    values: tuple[Any, ...] | None = None

    @property
    def width(self) -> int:
        """How many quantities are watched."""
        counts = {"inputs": self.inputs.width, "attributions": len(self.features), "predictions": 1, "errors": 2}
        return sum(counts[group] for group in self.groups)

    def take(self, rows: Ints) -> History:
        """Return some of the rows."""
        return replace(
            self,
            times=self.times[rows],
            inputs=self.inputs[rows],
            predictions=None if self.predictions is None else self.predictions[rows],
            attributions=None if self.attributions is None else self.attributions[rows],
            labels=None if self.labels is None else self.labels[rows],
            values=None if self.values is None else tuple(self.values[row] for row in rows.tolist()),
        )

    def without(self, aside: Collection[Quantity]) -> History:
        """Return it less some quantities; of predictions and errors, less the whole group."""
        inputs = [name for name in self.inputs.columns if ("inputs", name) not in aside]
        features = [place for place, name in enumerate(self.features) if ("attributions", name) not in aside]
        left = {"predictions", "errors"} & {group for group, _ in aside}
        groups = [group for group in self.groups if group not in left]
        if not inputs:
            groups = [group for group in groups if group != "inputs"]
        if not features:
            groups = [group for group in groups if group != "attributions"]
        return replace(
            self,
            groups=tuple(groups),
            inputs=self.inputs.select(inputs) if inputs else self.inputs,
            attributions=None if self.attributions is None else self.attributions[:, features],
            features=tuple(self.features[place] for place in features),
        )

    def spreads(self) -> dict[str, float]:
        """Return what can be moved, with its standard deviation: inputs that are numbers, else the prediction.

        Of the prediction it is that of its error where labels are known: moving the one moves the other.
        """
        if "inputs" in self.groups:
            numbers = (each for each in self.inputs.iter_columns() if each.dtype.is_numeric())
            spreads = {each.name: float(each.std() or 0.0) for each in numbers}  # type: ignore[arg-type]
        elif self.predictions is not None and {"predictions", "errors"} & set(self.groups):
            error = self.predictions if self.labels is None else self.predictions - self.labels
            spreads = {PREDICTION: float(np.nanstd(error))}
        else:
            spreads = {}
        return {name: spread for name, spread in spreads.items() if spread > 0}

    def moved(self, name: str, by: float) -> History:
        """Return it with one of `spreads` moved."""
        if "inputs" in self.groups:
            return replace(self, inputs=self.inputs.with_columns((pl.col(name) + by).alias(name)))
        return replace(self, predictions=None if self.predictions is None else self.predictions + by)

    def season(self, manner: Manner) -> Season | None:
        """Return the season of a manner, of a column with the levels of these rows."""
        return None if manner.season is None else season_of(manner.season, self.values)

    def places(self, season: Season) -> Ints:
        """Return which season each row is of."""
        return season.places(self.times, None if season.of in PARTS else self.values)

    def baseline(self, manner: Manner) -> Baseline:
        """Return the baseline that these rows make."""
        season, block = self.season(manner), manner.blocks
        return build_baseline(
            self.inputs,
            predictions=self.predictions,
            attributions=self.attributions,
            features=self.features,
            labels=self.labels,
            season=season,
            seasons=None if season is None else self.places(season),
            block=block,
            blocks=None if block is None else block.places(self.times),
        )

    def columns(self, first: int, last: int) -> dict[str, dict[str, Any]]:
        """Return what a watch wants of the rows from `first` up to `last`, by group."""
        span = slice(first, last)
        return observed_columns(
            self.groups,
            self.inputs[span],
            predictions=None if self.predictions is None else self.predictions[span],
            attributions=None if self.attributions is None else self.attributions[span],
            features=self.features,
            labels=None if self.labels is None else self.labels[span],
        )


def thinned(times: Ints, most: int = MOST_ROWS) -> Ints:
    """Return which rows to keep of too many: whole weeks, days, hours or runs, one of each so many that follow.

    Not single rows: neighbours depend on each other, and what that does to a watch is to be seen. Which of so many that
    follow is drawn, from a seed, so that no rhythm falls in with it.

    Example:
        >>> thinned(np.arange(5)).tolist(), thinned(np.arange(100_000)).size <= 20_000
        ([0, 1, 2, 3, 4], True)
    """
    if times.size <= most:
        return np.arange(times.size)
    draw = np.random.default_rng(0)
    for unit in _UNITS:
        _, places = np.unique(times // LENGTHS[unit], return_inverse=True)
        count = int(places[-1]) + 1
        kept = int(count * most / times.size)
        if kept >= 2 * FEWEST_STRETCHES:
            break
    else:
        kept = 4 * FEWEST_STRETCHES
        count = times.size * kept // most
        places = np.arange(times.size) * count // times.size
    edges = np.linspace(0, count, kept + 1).astype(np.int64)
    chosen = draw.integers(edges[:-1], edges[1:])
    return np.flatnonzero(np.isin(places, chosen))[:most]


def in_turns(times: Ints) -> tuple[NDArray[np.bool_], str] | None:
    """Return which rows are the baseline if stretches take turns, and what a stretch is; None of too short a history.

    Both halves then lie all over the history: a rhythm is in both, though there be but one turn of it. Stretches are
    weeks, else days, else hours, 24 at least. Their order is that of Thue and Morse (ABBA BAAB ...), which has no
    rhythm of its own.

    Example:
        >>> rows, stretch = in_turns(86_400_000_000 * np.arange(60))
        >>> stretch, rows[:8].tolist()
        ('day', [True, False, False, True, False, True, True, False])
    """
    for unit in _UNITS:
        stretches, places = np.unique(times // LENGTHS[unit], return_inverse=True)
        if stretches.size >= FEWEST_STRETCHES:
            return np.array([bin(place).count("1") % 2 == 0 for place in range(stretches.size)])[places], unit
    return None


def in_order(times: Ints) -> int:
    """Return how many rows are the baseline if it is the earlier half, or a whole year where a fifth is left."""
    year = int(np.searchsorted(times, times[0] + _YEAR))
    return max(times.size // 2, year if year <= 0.8 * times.size else 0)
