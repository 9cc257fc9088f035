"""Which single values are too odd to pass unmarked: limits calibrated so that the share of marks is a stated one."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.profiles.references import MISSING, level_of

SHARE = 0.001
"""The share of rows that may be marked when nothing has changed."""

_TAIL = 0.01


class NumberLimits(Struct, frozen=True, kw_only=True):
    """The limits of one numeric field: a value below `low` or above `high` marks its row.

    Attributes:
        common_low, common_high: 98 % of the reference lie between them.
        least, most: the smallest and largest value of the reference.
    """

    low: float
    high: float
    common_low: float
    common_high: float
    least: float
    most: float


class OddityReference(Struct, frozen=True, kw_only=True):
    """What makes a row odd.

    Attributes:
        rows: rows of the reference; `share`: at most this share of rows is marked when nothing has changed,
            averaged over the draw of the reference: 1/1000, or 1/(calibration rows + 1) where that is more.
        numbers: field to limits; `levels`: field to the levels that do not mark a row, with their counts.
    """

    rows: int
    share: float
    numbers: dict[str, NumberLimits]
    levels: dict[str, dict[str, int]]


def oddity_reference(
    numbers: Mapping[str, NDArray[np.float64]], levels: Mapping[str, Sequence[object]], *, share: float = SHARE
) -> OddityReference:
    """Find the limits outside which a row is marked, by split conformal prediction.

    Half of the rows, drawn by a fixed seed, shape a score: the largest of its fields' `-ln(tail probability)`, where
    a number's tails beyond the 1 % and 99 % quantiles are taken as exponential and a level's probability is its share.
    The other rows calibrate it: a new row is odd if its conformal p-value `(1 + #{scores >= its own}) / (m + 1)` is at
    most `share` (Vovk, Gammerman, Shafer, "Algorithmic Learning in a Random World", 2.2; split: Papadopoulos et al.
    2002).
    As the score is a maximum, that is the same as one interval per number and one set of levels per name, which
    is what is kept: marking a row costs a comparison a field. The share is exact for any data, however ill the
    score's shape fits; rows must be exchangeable.

    Args:
        numbers: field to values, shape (n,), NaN for missing (never odd by itself).
        levels: field to names, None for missing (never odd by itself).
        share: the share of marks asked for, in (0, 1).
    """
    fields = [np.asarray(values, dtype=np.float64) for values in numbers.values()]
    named = [[level_of(value) for value in values] for values in levels.values()]
    rows = len(fields[0]) if fields else len(named[0]) if named else 0
    if rows < 4:
        return OddityReference(rows=rows, share=0.0, numbers={}, levels={})
    # Drawn, not every second one: rows may come in an order that has a period.
    drawn = np.random.default_rng(rows).permutation(rows)
    shaping, calibrating = drawn[0::2], drawn[1::2]
    tails = [_Tails.of(values[shaping]) for values in fields]
    tables = [_surprises([values[row] for row in shaping]) for values in named]
    scores = np.zeros(calibrating.size)
    for tail, values in zip(tails, fields, strict=True):
        np.maximum(scores, tail.score(values[calibrating]), out=scores)
    for (table, unseen), names in zip(tables, named, strict=True):
        np.maximum(scores, [table.get(names[row], unseen) for row in calibrating], out=scores)
    calibration = np.sort(scores)[::-1]
    stated = max(share, 1 / (calibration.size + 1))
    # 1e-9: (m + 1) * share may fall a hair short of the whole number it is.
    limit = float(calibration[max(0, math.floor(stated * (calibration.size + 1) + 1e-9) - 1)])
    return OddityReference(
        rows=rows,
        share=stated,
        numbers={name: t.limits(limit, v) for name, t, v in zip(numbers, tails, fields, strict=True)},
        levels={
            name: _allowed(table, unseen, limit, Counter(values))
            for name, (table, unseen), values in zip(levels, tables, named, strict=True)
        },
    )


class _Tails(Struct, frozen=True):
    """Exponential tails beyond the 1 % and 99 % quantiles, with their mean excesses."""

    low: float
    high: float
    below: float
    above: float

    @staticmethod
    def of(values: NDArray[np.float64]) -> _Tails:
        present = values[np.isfinite(values)]
        if present.size == 0:
            return _Tails(-math.inf, math.inf, 1.0, 1.0)
        low, high = (float(q) for q in np.quantile(present, [_TAIL, 1 - _TAIL]))
        # An empty tail still needs a scale; a value of another size than any seen is then far out in it.
        floor = max(1e-9 * max(abs(low), abs(high)), 0.01 * float(present.std()), 1e-12)
        below, above = low - present[present < low], present[present > high] - high
        return _Tails(
            low,
            high,
            max(float(below.mean()) if below.size else 0.0, floor),
            max(float(above.mean()) if above.size else 0.0, floor),
        )

    def score(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return -ln of the tail probability beyond each value; 0 for the common ones and the missing."""
        out = np.maximum((values - self.high) / self.above, (self.low - values) / self.below)
        return np.where(out > 0, out - math.log(_TAIL), 0.0)

    def limits(self, score: float, values: NDArray[np.float64]) -> NumberLimits:
        excess = max(0.0, score + math.log(_TAIL))
        present = values[np.isfinite(values)]
        return NumberLimits(
            low=self.low - excess * self.below,
            high=self.high + excess * self.above,
            common_low=self.low,
            common_high=self.high,
            least=float(present.min()) if present.size else 0.0,
            most=float(present.max()) if present.size else 0.0,
        )


def _surprises(levels: Sequence[str]) -> tuple[dict[str, float], float]:
    n, counts = len(levels), Counter(levels)
    # A level never seen is as likely as all those seen once together (Good 1953), or far less if there is none.
    singles = sum(count == 1 for count in counts.values())
    unseen = -math.log((singles + 1 / (n + 1)) / (n + 1))
    surprises = {level: -math.log(count / (n + 1)) for level, count in counts.items()}
    return surprises | {MISSING: 0.0}, unseen  # missing values are not judged


def _allowed(table: dict[str, float], unseen: float, limit: float, counts: Counter[str]) -> dict[str, int]:
    if unseen <= limit:
        return {}  # even a level never seen is too common among the calibration rows to be marked
    return {level: count for level, count in counts.most_common() if table.get(level, math.inf) <= limit}
