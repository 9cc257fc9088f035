"""Rows of houses with 20 columns, a real model of them, and ten ways in which what comes live may be wrong.

Drawn from a seed: what a fault does is then known to the row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import lightgbm
import numpy as np
import polars as pl
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.monitors import Alarm, Watch, WatchSettings
from holdtrue.monitors.diagnosis import OWN, Context, Diagnosis, LiveRows, diagnose
from holdtrue.profiles import ABSOLUTE_ERROR, PREDICTION, SIGNED_ERROR, Baseline, NumericReference, build_baseline

Floats = NDArray[np.float64]
Columns = dict[str, Any]

WALLS = ("brick", "wood", "stone", "vinyl")
NAMES = {"wall": WALLS, "heating": ("gas", "oil", "pump"), "region": tuple(f"region {i}" for i in range(6))}
UNITS = {"area": "sq ft", "garage": "sq ft", "distance": "km", "tax": "USD"}
BATCH = 25
AFTER = 200


def draw(rng: np.random.Generator, n: int) -> Columns:
    """Draw rows."""
    size = rng.normal(size=n)
    age = rng.gamma(2.0, 15.0, n).round()
    return {
        "area": np.exp(7.3 + 0.35 * size + 0.1 * rng.normal(size=n)).round(),
        "beds": np.clip(np.round(3 + 0.8 * size + 0.5 * rng.normal(size=n)), 1, 8),
        "baths": np.clip(np.round(1.6 + 0.5 * size + 0.4 * rng.normal(size=n)), 1, 5),
        "frontage": np.exp(3.8 + 0.3 * rng.normal(size=n)).round(1),
        "depth": np.exp(4.6 + 0.25 * rng.normal(size=n)).round(1),
        "garage": np.where(rng.random(n) < 0.25, 0.0, rng.gamma(9, 45, n).round()),
        "rooms": np.clip(np.round(6 + 1.3 * size + 0.7 * rng.normal(size=n)), 3, 14),
        "age": age,
        "distance": rng.gamma(2.5, 3.0, n).round(1),
        "slope": rng.normal(3, 4, n).round(1),
        "growth": rng.normal(0.02, 0.015, n).round(4),
        "income": np.exp(10.8 + 0.4 * rng.normal(size=n)).round(),
        "tax": np.exp(7.6 + 0.3 * size + 0.2 * rng.normal(size=n)).round(),
        "crime": rng.beta(2, 9, n).round(3),
        "school": np.clip(rng.normal(68, 11, n), 0, 100).round(1),
        "noise": rng.normal(55, 6, n).round(1),
        "temperature": rng.normal(11, 5, n).round(1),
        "wall": np.array(WALLS)[rng.choice(4, n, p=[0.45, 0.3, 0.1, 0.15])].tolist(),
        "heating": np.array(NAMES["heating"])[rng.choice(3, n, p=[0.6, 0.25, 0.15])].tolist(),
        "region": np.array(NAMES["region"])[rng.choice(6, n)].tolist(),
    }


def price(columns: Columns, rng: np.random.Generator) -> Floats:
    """Return what the houses are sold for."""
    wall = np.array([{"brick": 20.0, "stone": 35.0}.get(each, 0.0) for each in columns["wall"]])
    region = np.array([8.0 * NAMES["region"].index(each) for each in columns["region"]])
    worth = (
        0.09 * columns["area"] + 9 * columns["beds"] + 12 * columns["baths"] + 0.03 * columns["garage"]
        - 0.5 * columns["age"] - 2.5 * columns["distance"] + 0.7 * columns["school"] + 300 * columns["growth"]
        + 0.4 * columns["depth"] - 60 * columns["crime"] + 0.0004 * columns["income"] + wall + region
    )  # fmt: skip
    return np.asarray(worth + rng.normal(0, 12, worth.size))


def matrix(columns: Mapping[str, Any]) -> Floats:
    """Return rows as the model takes them."""
    encoded = []
    for name, values in columns.items():
        levels = NAMES.get(name)
        encoded.append(
            np.array([levels.index(each) if each in levels else np.nan for each in values])
            if levels
            else np.asarray(values, dtype=np.float64)
        )
    return np.stack(encoded, axis=1)


class House(Struct, frozen=True, eq=False):
    """A model, an older version of it, and the newer one's baseline."""

    model: Any
    older: Any
    baseline: Baseline

    @staticmethod
    def trained(seed: int, held: int = 2000) -> House:
        """Train both and take the baseline of held rows; the older one never saw the wall, the area or the school."""
        rng = np.random.default_rng(seed)
        rows = draw(rng, 4000)
        worth = price(rows, rng)
        model, older = _fitted(matrix(rows), worth), _fitted(matrix(rows) * _UNSEEN(list(rows)), worth)
        kept = draw(rng, held)
        truth = price(kept, rng)
        explained = model.predict(matrix(kept), pred_contrib=True)
        baseline = build_baseline(
            pl.DataFrame(kept),
            predictions=model.predict(matrix(kept)),
            attributions=explained[:, :-1],
            features=list(kept),
            labels=truth,
        )
        return House(model, older, baseline)


def _UNSEEN(names: list[str]) -> Floats:  # noqa: N802
    return np.array([0.0 if name in ("wall", "area", "school", "tax") else 1.0 for name in names])


def _fitted(x: Floats, y: Floats) -> Any:
    settings = {"objective": "regression", "num_leaves": 15, "num_threads": 1, "verbose": -1, "seed": 1}
    return lightgbm.train(settings | {"deterministic": True}, lightgbm.Dataset(x, y), num_boost_round=120)


class Stream(Struct, frozen=True, eq=False):
    """What came live: rows as they were logged, what was answered, and what the houses were sold for."""

    columns: Columns
    answers: Floats
    truth: Floats


Change = Callable[[Columns, np.random.Generator, int], None]


class Fault(Struct, frozen=True, kw_only=True):
    """A fault: what it does to the rows from a place on, and what a diagnosis should say.

    Attributes:
        columns: any of these named first is right, all of them where it is an exchange. kinds: as of `Cause`.
        service: what the service does instead of answering by the model: `stale`, `features` or nothing.
    """

    name: str
    change: Change
    columns: tuple[str, ...]
    kinds: tuple[str, ...]
    service: str = ""
    rows: int = 3000


def _nothing(columns: Columns, rng: np.random.Generator, place: int) -> None:
    pass


def _square_metres(columns: Columns, rng: np.random.Generator, place: int) -> None:
    columns["area"][place:] = (columns["area"][place:] * 0.09290304).round(1)


def _flip(columns: Columns, rng: np.random.Generator, place: int) -> None:
    columns["growth"][place:] *= -1


def _slide(columns: Columns, rng: np.random.Generator, place: int) -> None:
    names = ["school", "crime", "tax", "income"]
    for name, source in zip(names, [*names[1:], "growth"], strict=True):
        columns[name][place:] = columns[source][place:]


def _swap(columns: Columns, rng: np.random.Generator, place: int) -> None:
    first = columns["frontage"][place:].copy()
    columns["frontage"][place:] = columns["depth"][place:]
    columns["depth"][place:] = first


def _stick(columns: Columns, rng: np.random.Generator, place: int) -> None:
    columns["temperature"][place:] = columns["temperature"][place - 1]


def _lose(columns: Columns, rng: np.random.Generator, place: int) -> None:
    for start in range(place, columns["crime"].size, 40):
        columns["crime"][start : start + 12] = np.nan


def _straw(columns: Columns, rng: np.random.Generator, place: int) -> None:
    for row in range(place, len(columns["wall"])):
        if rng.random() < 0.12:
            columns["wall"][row] = "straw"


def _creep(columns: Columns, rng: np.random.Generator, place: int) -> None:
    later = np.arange(columns["school"].size - place)
    columns["school"][place:] += 11 * 1.5 * np.clip(later / 10_000, 0, 1)


def _reorder(columns: Columns, rng: np.random.Generator, place: int) -> None:
    numbers = [name for name in columns if name not in NAMES]
    known = {name: columns[name][place:].copy() for name in numbers}
    for name, source in zip(numbers, sorted(numbers), strict=True):
        columns[name][place:] = known[source]


FAULTS: tuple[Fault, ...] = (
    Fault(name="unit change", change=_square_metres, columns=("area",), kinds=("unit",)),
    Fault(name="sign flip", change=_flip, columns=("growth",), kinds=("sign",)),
    Fault(name="shifted columns", change=_slide, columns=("school", "crime", "tax", "income"), kinds=("shift",)),
    Fault(name="swapped columns", change=_swap, columns=("frontage", "depth"), kinds=("swap",)),
    Fault(name="stuck value", change=_stick, columns=("temperature",), kinds=("stuck",)),
    Fault(name="missing bursts", change=_lose, columns=("crime",), kinds=("missing",)),
    Fault(name="new category", change=_straw, columns=("wall",), kinds=("new category",)),
    Fault(name="slow drift", change=_creep, columns=("school",), kinds=("slow drift",), rows=13_000),
    Fault(name="stale version", change=_nothing, columns=(), kinds=("stale version",), service="stale"),
    Fault(
        name="features reordered",
        change=_reorder,
        columns=tuple(name for name in sorted(draw(np.random.default_rng(0), 1)) if name not in NAMES),
        kinds=("reorder", "shift"),
    ),
    Fault(
        name="features reordered in the service", change=_nothing, columns=(), kinds=("features",), service="features"
    ),
)


def stream_of(house: House, fault: Fault, seed: int, start: int) -> Stream:
    """Draw rows, the fault beginning at the row `start`."""
    rng = np.random.default_rng(seed)
    columns = draw(rng, start + fault.rows)
    truth = price(columns, rng)
    fault.change(columns, rng, start)
    taken = matrix(columns)
    answers = np.asarray(house.model.predict(taken))
    if fault.service:
        later = taken[start:]
        answers[start:] = (
            house.older.predict(later * _UNSEEN(list(columns)))
            if fault.service == "stale"
            else (house.model.predict(later[:, _alphabetical(list(columns))]))
        )
    return Stream(columns, answers, truth)


def _alphabetical(names: list[str]) -> list[int]:
    return sorted(range(len(names)), key=lambda place: names[place])


class Told(Struct, frozen=True, kw_only=True):
    """What was found: the first alarm since the fault, alarms before it, and what was said at it and later."""

    alarm: Alarm | None
    before: int
    at: Diagnosis | None = None
    later: Diagnosis | None = None


def watch_stream(house: House, stream: Stream, start: int, later: int = AFTER) -> Told:
    """Watch a stream as a watcher does, and diagnose the first alarm since the row `start`, at once and later."""
    watch = Watch.begin(house.baseline, WatchSettings())
    explained = np.asarray(house.model.predict(matrix(stream.columns), pred_contrib=True))
    names, before = list(stream.columns), 0
    for place in range(0, len(stream.truth), BATCH):
        raised = _update(watch, stream, explained, names, slice(place, place + BATCH))
        before += sum(alarm.at_row <= start for alarm in raised)
        since = sorted((alarm for alarm in raised if alarm.at_row > start), key=lambda alarm: alarm.at_row)
        if since:
            alarm = since[0]
            said = [_diagnosed(house, alarm, stream, explained, alarm.at_row + more) for more in (0, later)]
            return Told(alarm=alarm, before=before, at=said[0], later=said[1])
    return Told(alarm=None, before=before)


def _update(watch: Watch, stream: Stream, explained: Floats, names: list[str], span: slice) -> list[Alarm]:
    ids = [f"row {row}" for row in range(len(stream.truth))[span]]
    errors = stream.answers[span] - stream.truth[span]
    alarms = watch.update("inputs", {name: stream.columns[name][span] for name in names}, ids)
    alarms += watch.update("predictions", {PREDICTION: stream.answers[span]}, ids)
    alarms += watch.update("attributions", {name: explained[span, i] for i, name in enumerate(names)}, ids)
    return alarms + watch.update("errors", {SIGNED_ERROR: errors, ABSOLUTE_ERROR: np.abs(errors)}, ids)


def _diagnosed(house: House, alarm: Alarm, stream: Stream, explained: Floats, end: int) -> Diagnosis:
    first = max(0, alarm.began_row - 1500)
    span = slice(first, end)
    taken = matrix({name: values[span] for name, values in stream.columns.items()})
    reference = house.baseline.groups["predictions"][PREDICTION]
    assert isinstance(reference, NumericReference)
    rows = LiveRows(
        ids=tuple(f"row {row}" for row in range(len(stream.truth))[span]),
        times=tuple(None for _ in range(len(stream.truth))[span]),
        first=first,
        began=alarm.began_row - first,
        inputs={name: values[span] for name, values in stream.columns.items()},
        predictions=stream.answers[span],
        attributions=explained[span, :-1],
        totals=explained[span].sum(axis=1),
        features=tuple(stream.columns),
        errors=stream.answers[span] - stream.truth[span],
        answers={
            OWN: np.asarray(house.model.predict(taken)),
            "house:v1": np.asarray(house.older.predict(taken * _UNSEEN(list(stream.columns)))),
            "features in alphabetical order": np.asarray(
                house.model.predict(taken[:, _alphabetical(list(stream.columns))])
            ),
        },
    )
    context = Context(
        units=UNITS,
        unit="kUSD",
        attribution_unit="kUSD",
        version="house:v2",
        reference="house:v2",
        link_before=reference.mean,
    )
    return diagnose(alarm, house.baseline, rows, context)


def is_right(fault: Fault, said: Diagnosis) -> tuple[bool, bool]:
    """Return whether the columns named first are the faulty ones, and whether the cause is."""
    named = set(said.cause.columns)
    column = named <= set(fault.columns) and bool(named) == bool(fault.columns)
    return column, said.cause.kind in fault.kinds
