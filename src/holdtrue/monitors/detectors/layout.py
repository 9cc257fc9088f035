"""Which stream belongs to which quantity: ranks of a number, its missing values, each class of a name."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.monitors.detectors.levels import CategoryLevels
from holdtrue.profiles import MISSING, RANKS, BlockReference, CategoryReference, NumericReference, Reference

RANK = None
"""The label of the stream of a number's ranks; every other label names a level."""

Watched = Reference | BlockReference
"""What a quantity is held against: its rows one by one, or block by block."""

Column = tuple[str, str]
"""A column of figures that are ranked: the quantity, and of a block the lane."""


class Layout(Struct, frozen=True):
    """Places of streams, k of them, those of one quantity side by side.

    Attributes:
        quantities: the c watched ones, in the order of the references; starts: the first stream of each, shape (c,);
        sizes: how many each has, shape (c,); labels: of the k streams.
        columns: what is ranked, in the order of `ranks`. names: the quantities that are names.
        ranks: places of the rank streams; missing: places of the missing indicators, and which numbers they are of.
        never_missing: which numbers have no missing indicator yet (they were never missing so far).
    """

    quantities: tuple[str, ...]
    columns: tuple[Column, ...]
    names: tuple[str, ...]
    starts: NDArray[np.intp]
    sizes: NDArray[np.float64]
    labels: tuple[str | None, ...]
    ranks: NDArray[np.intp]
    missing: NDArray[np.intp]
    missing_of: NDArray[np.intp]
    never_missing: NDArray[np.intp]

    def streams(self, quantity: str) -> slice:
        """Return the places of a quantity's streams."""
        place = self.quantities.index(quantity)
        start = int(self.starts[place])
        return slice(start, start + int(self.sizes[place]))


def lay_out(
    references: Mapping[str, Watched], names: Mapping[str, CategoryLevels], missing_once: Collection[str]
) -> Layout:
    """Place the streams of quantities.

    Args:
        names: has the classes of each category now. missing_once: the numbers with an indicator of missing values.
    """
    labels: list[str | None] = []
    starts: list[int] = []
    sizes: list[int] = []
    ranks: list[int] = []
    missing: list[int] = []
    missing_of: list[int] = []
    for quantity, reference in references.items():
        starts.append(len(labels))
        if isinstance(reference, CategoryReference):
            labels.extend(names[quantity].classes)
        elif isinstance(reference, BlockReference):
            ranks.extend(range(len(labels), len(labels) + len(reference.lanes)))
            labels.extend(RANK if lane == RANKS else lane for lane in reference.lanes)
        else:
            if quantity in missing_once:
                missing.append(len(labels) + 1)
                missing_of.append(len(ranks))
            ranks.append(len(labels))
            labels.extend([RANK, MISSING] if quantity in missing_once else [RANK])
        sizes.append(len(labels) - starts[-1])
    columns = columns_in(references)
    alone = [place for place, (quantity, _) in enumerate(columns) if _may_miss(references[quantity])]
    return Layout(
        tuple(references),
        tuple(columns),
        tuple(names_in(references)),
        np.array(starts, dtype=np.intp),
        np.array(sizes, dtype=np.float64),
        tuple(labels),
        np.array(ranks, dtype=np.intp),
        np.array(missing, dtype=np.intp),
        np.array(missing_of, dtype=np.intp),
        np.setdiff1d(np.array(alone, dtype=np.intp), np.array(missing_of, dtype=np.intp)),
    )


def _may_miss(reference: Watched) -> bool:
    return isinstance(reference, NumericReference) and not reference.partial


def columns_in(references: Mapping[str, Watched]) -> dict[Column, NumericReference]:
    """Return what is ranked: numbers, and each lane of what is judged by blocks; in order."""
    found: dict[Column, NumericReference] = {}
    for quantity, reference in references.items():
        if isinstance(reference, NumericReference):
            found[quantity, RANKS] = reference
        elif isinstance(reference, BlockReference):
            found |= {(quantity, lane): each for lane, each in reference.lanes.items()}
    return found


def names_in(references: Mapping[str, Watched]) -> dict[str, CategoryReference]:
    """Return the references of names, in order."""
    return {quantity: r for quantity, r in references.items() if isinstance(r, CategoryReference)}
