"""Views: figures of what is no number and no name (texts, dates, lists, embeddings, media), which can be watched.

A view is a pure function of a field's value, kept in the baseline with all that it was taught: the words of a
vocabulary, the centre and the main directions of an embedding. What it is taught comes from other rows than those that
say how it is distributed, or from a half of them that is then left out: so the baseline's rows are to it as live ones.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any, Literal, TypeAlias

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.foundation import DAY, micros_of
from holdtrue.profiles.seasons import HOUR, PARTS, WEEKDAY
from holdtrue.profiles.texts import frequent, letter_table, likeness, shares_in, vocabulary, words_of

Matter = Literal["number", "name", "text", "date", "list", "embedding", "media"]
"""What a column holds, as far as watching it goes."""

Floats: TypeAlias = NDArray[np.float64]
Column: TypeAlias = Floats | list[object]

DIRECTIONS = 3
"""Main directions of an embedding that are watched."""
TAUGHT_BY = 5_000
"""Rows that are enough to find the directions by."""
FEWEST_DATES = 50
"""Dates that are needed to see whether rows that follow each other share their weekday."""

LENGTH, NEW_WORDS, FREQUENT_WORDS, LETTERS = "length", "new words", "frequent words", "letters"
MEAN, NEW_ITEMS, NORM, DISTANCE, DIRECTION = "mean", "new items", "norm", "distance", "direction"
AGE = "days before"

MEASURED = (
    *("bytes", "width", "height", "brightness", "contrast", "sharpness", "sample_rate", "channels", "duration"),
    *("loudness", "silence", "clipping", "frame_rate", "frames"),
)
NAMED = ("format", "mode", "codec")
"""The figures of media that are numbers, and those that are names."""

TAUGHT = (NEW_WORDS, FREQUENT_WORDS, LETTERS, NEW_ITEMS, DISTANCE, DIRECTION)


class View(Struct, frozen=True, kw_only=True, dict=True):
    """One figure of a field.

    Attributes:
        of: the field. figure: which figure of it, such as `length`.
        names: whether the figure is a name, to be watched by level.
        table: what it was taught, packed as the figure needs it.
        first: whether it is the first of its field: the one that tells of missing values.
    """

    of: str
    figure: str
    names: bool = False
    table: bytes = b""
    first: bool = False

    @property
    def taught(self) -> bool:
        """Whether it was taught by rows, which then cannot say how it is distributed."""
        return self.figure.partition(" ")[0] == DIRECTION or self.figure in TAUGHT

    @cached_property
    def known(self) -> frozenset[int]:
        """The hashes of the words or items that it knows."""
        return frozenset(np.frombuffer(self.table, dtype="<u4").tolist())

    @cached_property
    def numbers(self) -> Floats:
        """The numbers that it was taught."""
        return np.frombuffer(self.table, dtype="<f4").astype(np.float64)


def views_of(
    field: str, matter: Matter, values: Sequence[object], times: NDArray[np.int64] | None = None
) -> dict[str, View]:
    """Return the views of a field by the quantity's name, taught by some values.

    Args:
        values: what rows hold of the field, as Python has it; None is missing.
        times: of the rows, microseconds since 1970; None where rows have no time of their own, or the field is it.

    Example:
        >>> list(views_of("note", "text", ["a house", "a garden"]))
        ['note length', 'note new words', 'note frequent words', 'note letters']
    """
    made = {"text": _of_text, "list": _of_list, "embedding": _of_embedding, "media": _of_media}
    if matter == "date":
        views = _of_dates(field, values, times)
    else:
        views = made[matter](field, values) if matter in made else []
    found = [View(of=v.of, figure=v.figure, names=v.names, table=v.table, first=not i) for i, v in enumerate(views)]
    return {f"{field} {view.figure}": view for view in found}


def view_values(
    views: Mapping[str, View], values: Sequence[object], times: NDArray[np.int64] | None = None
) -> dict[str, Column]:
    """Return the values of some views of one field, n each: numbers with NaN, names with None, where there is none.

    Args:
        values: of the field, in n rows. times: of the n rows, for distances in time.

    Example:
        >>> views = views_of("tags", "list", [["new"], ["old", "new"]])
        >>> [values.tolist() for values in view_values(views, [["new", "odd"], None]).values()]
        [[2.0, nan], [0.5, nan]]
    """
    source = _Source(values, times)
    return {name: source.values(view) for name, view in views.items()}


class _Source:
    """The values of one field in n rows, each read once for all of its views."""

    def __init__(self, raw: Sequence[object], times: NDArray[np.int64] | None) -> None:
        self._raw, self._times = raw, times

    def values(self, view: View) -> Column:
        figure = view.figure
        if view.names:
            return self._named(figure)
        if figure == LENGTH:
            return _each(self._raw, len)
        if figure in (NEW_WORDS, FREQUENT_WORDS):
            known = view.known
            shares = _each(self._words, lambda words: shares_in(known, words))
            return 1.0 - shares if figure == NEW_WORDS else shares
        if figure == LETTERS:
            table = view.numbers
            return _each(self._raw, lambda text: likeness(table, text))
        if figure == NEW_ITEMS:
            known = view.known
            return 1.0 - _each(self._raw, lambda items: shares_in(known, [str(item) for item in items]))
        if figure == MEAN:
            return _each(self._raw, _mean)
        if figure == AGE:
            return self._ages()
        if figure == NORM or view.taught:
            return self._placed(view)
        return _each(self._raw, lambda media: media.get(figure))

    @cached_property
    def _words(self) -> list[Any]:
        return [None if text is None else words_of(str(text)) for text in self._raw]

    @cached_property
    def _vectors(self) -> tuple[list[int], Floats]:
        """Return which rows have a vector, and those, shape (m, d), where all are of one length."""
        there = [place for place, vector in enumerate(self._raw) if isinstance(vector, (list, tuple, np.ndarray))]
        vectors: list[Any] = [self._raw[place] for place in there]
        width = len(vectors[0]) if vectors else 0
        same = [place for place, vector in zip(there, vectors, strict=True) if len(vector) == width]
        return same, np.array([self._raw[place] for place in same], dtype=np.float64).reshape(len(same), width)

    def _placed(self, view: View) -> Floats:
        rows, vectors = self._vectors
        out = np.full(len(self._raw), np.nan)
        if view.figure == NORM:
            # Row by row: a sum whose order depends on how many rows there are would differ in its last bit.
            out[rows] = [math.sqrt(math.fsum((vector * vector).tolist())) for vector in vectors]
        elif vectors.shape[1] == view.numbers.size - (view.figure != DISTANCE):
            taught = view.numbers
            if view.figure == DISTANCE:
                out[rows] = [math.sqrt(math.fsum(((v - taught) ** 2).tolist())) for v in vectors]
            else:
                out[rows] = [math.fsum((v * taught[1:]).tolist()) - taught[0] for v in vectors]
        return out

    def _ages(self) -> Floats:
        out = np.full(len(self._raw), np.nan)
        if self._times is None:
            return out
        for place, (value, time) in enumerate(zip(self._raw, self._times.tolist(), strict=True)):
            if value is not None:
                out[place] = (time - micros_of(value)) / DAY  # type: ignore[arg-type]
        return out

    def _named(self, figure: str) -> list[object]:
        if figure in (WEEKDAY, HOUR):
            return [None if value is None else _calendar(value, figure) for value in self._raw]
        return [value.get(figure) if isinstance(value, Mapping) else None for value in self._raw]


def _each(values: Sequence[Any], figure: Any) -> Floats:
    found = [None if value is None else figure(value) for value in values]
    return np.array([np.nan if value is None else value for value in found], dtype=np.float64)


def _calendar(value: Any, part: str) -> str:
    moment = micros_of(value)
    return PARTS[WEEKDAY][(moment // DAY + 3) % 7] if part == WEEKDAY else PARTS[HOUR][moment % DAY * 24 // DAY]


def _mean(items: Sequence[Any]) -> float | None:
    present = [float(item) for item in items if item is not None]
    return math.fsum(present) / len(present) if present else None


def _of_text(field: str, values: Sequence[object]) -> list[View]:
    texts = [str(value) for value in values if value is not None]
    words = [words_of(text) for text in texts]
    return [
        View(of=field, figure=LENGTH),
        View(of=field, figure=NEW_WORDS, table=vocabulary(words)),
        View(of=field, figure=FREQUENT_WORDS, table=frequent(words)),
        View(of=field, figure=LETTERS, table=letter_table(texts)),
    ]


def _of_list(field: str, values: Sequence[Any]) -> list[View]:
    items = [item for value in values if value is not None for item in value if item is not None]
    length = View(of=field, figure=LENGTH)
    if items and all(isinstance(item, (int, float)) and not isinstance(item, bool) for item in items[:1000]):
        return [length, View(of=field, figure=MEAN)]
    return [length, View(of=field, figure=NEW_ITEMS, table=vocabulary([[str(item) for item in items]]))]


def _of_embedding(field: str, values: Sequence[Any]) -> list[View]:
    there = [value for value in values if value is not None]
    step = max(1, len(there) // TAUGHT_BY)
    vectors = np.array(there[::step][:TAUGHT_BY], dtype=np.float64)
    norm = View(of=field, figure=NORM)
    if len(there) < 2 * DIRECTIONS or vectors.ndim != 2:
        return [norm]
    centre = vectors.mean(axis=0)
    spread = (vectors - centre).T @ (vectors - centre)
    _, directions = np.linalg.eigh(spread)
    views = [norm, View(of=field, figure=DISTANCE, table=centre.astype("<f4").tobytes())]
    for place in range(min(DIRECTIONS, centre.size)):
        direction = directions[:, -1 - place]
        direction = direction * np.sign(direction[np.abs(direction).argmax()])
        table = np.concatenate([[centre @ direction], direction]).astype("<f4")
        views.append(View(of=field, figure=f"{DIRECTION} {place + 1}", table=table.tobytes()))
    return views


def _of_media(field: str, values: Sequence[Any]) -> list[View]:
    held: dict[str, None] = {}
    for value in values:
        held |= {name: None for name, each in (value or {}).items() if each is not None}
    numbers = [View(of=field, figure=name) for name in MEASURED if name in held]
    return numbers + [View(of=field, figure=name, names=True) for name in NAMED if name in held]


def _of_dates(field: str, values: Sequence[object], times: NDArray[np.int64] | None) -> list[View]:
    """Return the views of a date: how long before the row's own time, weekday, hour.

    A weekday or an hour is watched only where rows that follow each other share it no more often than by chance: of a
    date that goes with the row's time all rows of a day share it, and each day would be a change.
    """
    views = [] if times is None else [View(of=field, figure=AGE)]
    present = [value for value in values if value is not None]
    parts = [WEEKDAY]
    if any(hasattr(value, "hour") and micros_of(value) % DAY for value in present):  # type: ignore[arg-type]
        parts.append(HOUR)
    for part in parts:
        levels = [_calendar(value, part) for value in present]
        if len(levels) >= FEWEST_DATES and _by_chance(levels):
            views.append(View(of=field, figure=part, names=True))
    return views


def _by_chance(levels: Sequence[str]) -> bool:
    """Return whether values that follow each other are alike no more often than in any other order."""
    _, counts = np.unique(levels, return_counts=True)
    chance = float(((counts / len(levels)) ** 2).sum())
    alike = sum(a == b for a, b in pairwise(levels)) / (len(levels) - 1)
    return alike <= chance + 3 * math.sqrt(chance * (1 - chance) / (len(levels) - 1))
