"""Blocks: rows that depend on each other are judged together, once a day, an hour, or so many rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.profiles.references import (
    COMMON,
    FEWEST,
    MISSING,
    RARE,
    NumericReference,
    Reference,
    level_of,
    numeric_reference,
)
from holdtrue.profiles.seasons import HOUR, MONTH, WEEKDAY

LENGTHS: Mapping[str, int] = {"hour": 3_600_000_000, "day": 86_400_000_000, "week": 604_800_000_000}
"""Blocks of time, in microseconds."""

FEWEST_BLOCKS = 20
"""Blocks that a baseline needs: a rank among fewer cannot be unusual enough to gather evidence of it."""

RANKS = ""
"""The lane of a number's ranks; other lanes are shares of the rows: of a level, of all `RARE` ones together (those
that have no lane of their own), of the missing."""

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class Block(Struct, frozen=True):
    """What makes rows one block: the same `hour`, `day` or `week` (UTC) of their time, or so many `rows` on end."""

    of: str
    rows: int = 0

    def places(self, times: Ints, first: int = 0) -> Ints:
        """Return the block of each of n rows, a number that grows.

        Args:
            times: shape (n,), microseconds since 1970. first: rows that came before them.

        Example:
            >>> Block("rows", 2).places(np.zeros(5, dtype=np.int64)).tolist()
            [0, 0, 1, 1, 2]
        """
        if self.of in LENGTHS:
            return times // LENGTHS[self.of]
        return (first + np.arange(times.size)) // self.rows


WITHIN: Mapping[str, tuple[str, ...]] = {
    HOUR: ("hour",),
    WEEKDAY: ("hour", "day"),
    MONTH: ("hour", "day", "week", "rows"),
}
"""Blocks that lie in one season, or nearly: they are compared with the blocks of that season alone."""


class BlockReference(Struct, frozen=True, kw_only=True, tag="blocks"):
    """What the blocks of the baseline were like in one quantity.

    Attributes:
        whole: its rows, of all seasons. seasons: its rows season by season; one where there are no seasons.
        lanes: lane to the blocks' figures: how far the mean rank of a block's rows, or the share of a level in it, is
            from what its seasons make one expect.
        by_season: the same for the blocks of each season alone, where a block lies in one (`WITHIN`); else empty.
    """

    whole: Reference
    seasons: tuple[Reference, ...]
    lanes: dict[str, NumericReference]
    by_season: tuple[dict[str, NumericReference], ...] = ()


class BlockedGroup(Struct, frozen=True, kw_only=True):
    """The blocks of one group of quantities in the baseline.

    Attributes:
        rows: how many rows a block has on average.
        lanes: quantity to lane to the blocks' figures; see `BlockReference`.
        by_season: quantity to the same for the blocks of each season alone; empty where blocks lie in several.
    """

    rows: float
    lanes: dict[str, dict[str, NumericReference]]
    by_season: dict[str, tuple[dict[str, NumericReference], ...]] = {}


def lanes_of(reference: Reference) -> tuple[str, ...]:
    """Return the lanes of a quantity: of a number its ranks and its missing values, of a name its common levels.

    Example:
        >>> lanes_of(numeric_reference(np.arange(3.0)))
        ('', '(missing)')
    """
    if isinstance(reference, NumericReference):
        return (RANKS,) if reference.partial else (RANKS, MISSING)
    enough = max(FEWEST, COMMON * reference.n)
    return (RARE, *(level for level, count in reference.levels.items() if count >= enough))


def lane_values(reference: Reference, lanes: Sequence[str], values: Sequence[object] | Floats) -> Floats:
    """Return what each row adds to each lane, shape (n, lanes): a mid-rank in [0, 1] (NaN for missing), or 1 or 0."""
    if isinstance(reference, NumericReference):
        numbers = np.asarray(values, dtype=np.float64)
        both = [mid_ranks(reference, numbers), np.isnan(numbers).astype(np.float64)]
        return np.stack(both[: len(lanes)], axis=1)
    place = {lane: index for index, lane in enumerate(lanes)}
    levels = (level_of(value) for value in values)
    codes = [place.get(reference.place(level), 0) for level in levels]
    return np.asarray(np.array(codes)[:, None] == np.arange(len(lanes)), dtype=np.float64)


def expected(reference: Reference, lanes: Sequence[str]) -> Floats:
    """Return what a row of the baseline adds to each lane on average, shape (lanes,)."""
    if isinstance(reference, NumericReference):
        n = reference.n + reference.missing
        return np.array([0.5, reference.missing / n if n else 0.0][: len(lanes)])
    n = max(reference.n, 1)
    shares = [reference.levels.get(lane, 0) / n for lane in lanes[1:]]
    return np.array([1.0 - sum(shares), *shares])


def mid_ranks(reference: NumericReference, values: Floats) -> Floats:
    """Return the share of the baseline's values below each value, those equal counted half; NaN for missing.

    Values between two cuts count as in the middle of those the baseline has there.

    Example:
        >>> mid_ranks(numeric_reference(np.array([1.0, 2.0, 2.0, 3.0])), np.array([0.0, 2.0, 9.0])).tolist()
        [0.0, 0.5, 1.0]
    """
    cuts, below, equal = reference.cut_values(), reference.below_cuts(), reference.equal_to_cuts()
    if not reference.n:
        return np.where(np.isnan(values), np.nan, 0.5)
    until = np.concatenate([[0], np.cumsum(below + equal)])
    found = np.searchsorted(cuts, values, side="left")
    at = np.minimum(found, cuts.size - 1)
    on_cut = (found < cuts.size) & (cuts[at] == values)
    between = until[found] + np.where(found < cuts.size, below[at] / 2, 0.0)
    ranks = np.where(on_cut, until[at] + below[at] + equal[at] / 2, between) / reference.n
    return np.where(np.isnan(values), np.nan, ranks)


def block_reference(
    whole: Reference,
    seasons: Sequence[Reference],
    values: Sequence[object] | Floats,
    places: Ints,
    blocks: Ints,
    apart: bool = False,
) -> BlockReference:
    """Work out the blocks' figures of a quantity in the baseline.

    What is expected is that of all its rows, the block's own among them: the same for each block, baseline or live, or
    equal blocks would be no ties. So of b blocks the baseline's figures are by a share of 1/b too close to 0.

    Args:
        seasons: the references of the rows of each season. values: of the n rows. places: the season of each, shape
            (n,). blocks: the block of each, shape (n,).
        apart: each block lies in one season, that of its first row, and is compared with the blocks of that alone.
    """
    lanes = lanes_of(whole)
    sums = np.zeros((int(blocks.max()) + 1 if blocks.size else 0, len(lanes)))
    counts = np.zeros_like(sums)
    for place, reference in enumerate(seasons):
        rows = np.nonzero(places == place)[0]
        if not rows.size:
            continue
        centred = lane_values(reference, lanes, _taken(values, rows)) - expected(reference, lanes)
        of, present = blocks[rows], ~np.isnan(centred)
        np.add.at(sums, of, np.where(present, centred, 0.0))
        np.add.at(counts, of, present.astype(np.float64))
    figures = block_figures(sums, counts)
    of_blocks = places[np.unique(blocks, return_index=True)[1]]
    return BlockReference(
        whole=whole,
        seasons=tuple(seasons),
        lanes=_lanes(lanes, figures),
        by_season=tuple(_lanes(lanes, figures[of_blocks == place]) for place in range(len(seasons))) if apart else (),
    )


def _lanes(lanes: Sequence[str], figures: Floats) -> dict[str, NumericReference]:
    return {lane: numeric_reference(figures[~np.isnan(figures[:, i]), i]) for i, lane in enumerate(lanes)}


def block_figures(sums: Floats, counts: Floats) -> Floats:
    """Return means of what was summed, NaN where there is nothing.

    Rounded, so that what is equal is so however it was summed: blocks without a level are a tie, not a rank apart.
    """
    return np.asarray(np.round(np.where(counts > 0, sums / np.maximum(counts, 1), np.nan), 12), dtype=np.float64)


def _taken(values: Sequence[object] | Floats, rows: Ints) -> Sequence[object] | Floats:
    return values[rows] if isinstance(values, np.ndarray) else [values[row] for row in rows.tolist()]
