"""Some of the held rows, kept whole: what figures of single columns do not tell, such as a segment's own average."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.profiles.references import level_of

MOST_HELD = 500
"""Rows that are kept: 4 bytes a number, 2 a name; 20 columns with as many attributions take 80 KB."""

MOST_SEGMENTS = 100
"""Levels that a field may have of which rows are segments; a segment needs some rows among those that are kept."""

_LONGEST = 80

Column = NDArray[np.float64] | Sequence[object]


class HeldNames(Struct, frozen=True):
    """A column of names: its levels, and the place of each row's among them (uint16, little-endian)."""

    levels: tuple[str, ...]
    codes: bytes


class HeldSample(Struct, frozen=True, kw_only=True):
    """Held rows of a baseline, at most `MOST_HELD`, the same places of every column.

    Attributes:
        rows: how many there are.
        numbers: group to quantity to its values, float32 little-endian; NaN for missing.
        names: input to its levels; a missing one is the level `(missing)`.
        segments: field to its levels, of fields that are not watched but say which rows belong together.
        scattered: such fields that have more than `MOST_SEGMENTS` levels, to how many: their rows are not kept.
    """

    rows: int
    numbers: dict[str, dict[str, bytes]]
    names: dict[str, HeldNames]
    segments: dict[str, HeldNames] = {}
    scattered: dict[str, int] = {}

    def number(self, group: str, quantity: str) -> NDArray[np.float64] | None:
        """Return the values of a quantity, shape (rows,); None where it is no number or not there."""
        found = self.numbers.get(group, {}).get(quantity)
        return None if found is None else np.frombuffer(found, dtype="<f4").astype(np.float64)

    def name(self, quantity: str) -> list[str] | None:
        """Return the levels of an input, one a row; None where it is no name or not there."""
        return _levels(self.names.get(quantity))

    def segment(self, field: str) -> list[str] | None:
        """Return which segment of a field each row is of; None where the field is none of `segments`."""
        return _levels(self.segments.get(field))


def held_places(rows: int, most: int = MOST_HELD) -> NDArray[np.bool_]:
    """Return which of the rows are kept, shape (rows,): all, or `most` that are drawn from a fixed seed.

    Example:
        >>> int(held_places(5000).sum()), bool(held_places(10).all())
        (500, True)
    """
    kept = np.zeros(rows, dtype=np.bool_)
    kept[np.random.default_rng(0).permutation(rows)[:most]] = True
    return kept


def segment_of(value: object) -> str:
    """Return the segment that a row with this value is of: its level, cut off where it is long.

    Example:
        >>> segment_of(7), segment_of(None)
        ('7', '(missing)')
    """
    return level_of(value)[:_LONGEST]


def held_sample(
    columns: Mapping[str, Mapping[str, Column]],
    segments: Mapping[str, Sequence[object]] | None = None,
    kept: NDArray[np.bool_] | None = None,
) -> HeldSample:
    """Keep rows.

    Args:
        columns: group to quantity to its values, the same rows in each; names only of inputs.
        segments: field to its values in all rows, of fields that are not watched but say which rows belong together.
        kept: which of all rows `columns` are of; by default they are of all.

    Example:
        >>> held = held_sample({"inputs": {"area": np.array([50.0, np.nan]), "wall": ["wood", None]}})
        >>> held.number("inputs", "area").tolist(), held.name("wall")
        ([50.0, nan], ['wood', '(missing)'])
    """
    numbers: dict[str, dict[str, bytes]] = {}
    names: dict[str, HeldNames] = {}
    rows = 0
    for group, quantities in columns.items():
        for quantity, values in quantities.items():
            rows = len(values)
            if isinstance(values, np.ndarray):
                with np.errstate(over="ignore"):
                    numbers.setdefault(group, {})[quantity] = values.astype("<f4").tobytes()
            else:
                names[quantity] = _coded([segment_of(value) for value in values])
    parts: dict[str, HeldNames] = {}
    scattered: dict[str, int] = {}
    for name, every in (segments or {}).items():
        levels = [segment_of(value) for value in every]
        if len(set(levels)) > MOST_SEGMENTS:
            scattered[name] = len(set(levels))
        else:
            of_kept = levels if kept is None else [levels[place] for place in np.flatnonzero(kept)]
            parts[name] = _coded(of_kept)
    return HeldSample(rows=rows, numbers=numbers, names=names, segments=parts, scattered=scattered)


def _coded(levels: Sequence[str]) -> HeldNames:
    places = {level: place for place, level in enumerate(sorted(set(levels)))}
    return HeldNames(tuple(places), np.array([places[level] for level in levels], dtype="<u2").tobytes())


def _levels(names: HeldNames | None) -> list[str] | None:
    if names is None:
        return None
    return [names.levels[code] for code in np.frombuffer(names.codes, dtype="<u2").tolist()]
