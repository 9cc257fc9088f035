"""In which manner rows are compared with the baseline, and the manners worth a try, simplest first."""

from __future__ import annotations

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.profiles import FEWEST_BLOCKS, HOUR, LENGTHS, MONTH, PARTS, WEEKDAY, Block, Season

Ints = NDArray[np.int64]

TOLERANCES = (0.05, 0.1, 0.2)
"""Tolerances that are tried, in standard deviations of a normal score."""

ROWS = (10, 100)
"""Blocks of so many rows that are tried where an hour has many more."""

_DAY = LENGTHS["day"]
_WEEKS, _YEAR = 4, 330
_UNITS = ("hour", "day", "week")


class Manner(Struct, frozen=True, kw_only=True):
    """How rows are compared with the baseline.

    Attributes:
        season: `hour`, `weekday`, `month` or a column; None: all rows are compared with all.
        block: `hour`, `day`, `week` or a number of rows on end; None: rows are judged one by one.
        tolerance: the smallest change worth an alarm, in standard deviations of a normal score.
    """

    season: str | None = None
    block: str | int | None = None
    tolerance: float = 0.0

    @property
    def blocks(self) -> Block | None:
        """What makes rows one block."""
        if self.block is None:
            return None
        return Block("rows", self.block) if isinstance(self.block, int) else Block(self.block)

    def __str__(self) -> str:
        """Say it in words.

        Example:
            >>> print(Manner(season="month", block="week")), print(Manner()), print(Manner(block=10, tolerance=0.1))
            within the month, week by week
            row by row
            by 10 rows, tolerance 0.1
            (None, None, None)
        """
        season = (
            [f"within the {self.season}" if self.season in PARTS else f"within {self.season}"] if self.season else []
        )
        if isinstance(self.block, int):
            block = [f"by {self.block} rows"]
        else:
            block = [f"{self.block} by {self.block}"] if self.block else [] if season else ["row by row"]
        tolerance = [f"tolerance {self.tolerance:g}"] if self.tolerance else []
        return ", ".join([*season, *block, *tolerance])


def manner_of(season: str | None, block: Block | None, tolerance: float = 0.0) -> Manner:
    """Return the manner of a season and a block as a model declares them."""
    return Manner(season=season, block=(block.rows or block.of) if block else None, tolerance=tolerance)


def ladder(times: Ints, held: Ints, column: str | None = None) -> tuple[Manner, ...]:
    """Return the manners that rows allow, simplest first: neither; a season; a block; both, by the shortest block.

    A season must come more than once, or with a stretch of it on either side: hours need times of day, weekdays four
    weeks, months most of a year. A block needs two rows on average, and 20 of it in the held rows; for the live
    baseline is made of those.

    Args:
        times: of all rows, microseconds since 1970, shape (n,). held: of the held ones, shape (m,).
        column: of the season in use, where that is a column.

    Example:
        >>> hours = 3_600_000_000 * np.arange(24 * 60)
        >>> [str(each) for each in ladder(hours, hours)][:5]
        ['row by row', 'within the hour', 'within the weekday', 'day by day', 'within the hour, day by day']
    """
    seasons = [
        *(part for part in (HOUR, WEEKDAY, MONTH) if _comes_and_goes(part, times)),
        *([column] if column else []),
    ]
    dense = [rows for rows in ROWS if _per_block("hour", held) >= 4 * rows and held.size // rows >= FEWEST_BLOCKS]
    blocks: list[str | int] = [*dense]
    # Rows that are dated by the day have no hours.
    units = [unit for unit in _UNITS if unit != "hour" or (times % _DAY).any()]
    blocks += [unit for unit in units if _per_block(unit, held) >= 2 and _count(unit, held) >= FEWEST_BLOCKS]
    return (
        Manner(),
        *(Manner(season=season) for season in seasons),
        *(Manner(block=block) for block in blocks),
        *(Manner(season=season, block=block) for block in blocks for season in seasons),
    )


def _comes_and_goes(part: str, times: Ints) -> bool:
    days = (int(times[-1]) - int(times[0])) // _DAY if times.size else 0
    return days >= {HOUR: 1, WEEKDAY: 7 * _WEEKS, MONTH: _YEAR}[part] and np.unique(Season(part).places(times)).size > 1


def _count(unit: str, times: Ints) -> int:
    return int(np.unique(times // LENGTHS[unit]).size)


def _per_block(unit: str, times: Ints) -> float:
    return times.size / max(1, _count(unit, times))
