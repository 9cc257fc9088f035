"""What a watched quantity looked like in the baseline: counts between cuts for numbers, counts of levels for names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from zlib import crc32

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.foundation import WrongUse
from holdtrue.profiles.moments import FARTHEST

MISSING = "(missing)"
"""The level that stands for a missing name."""

NEW = "(new)"
"""The class of the levels that occur once."""

RARE = "(rare)"
"""The class of the levels that occur more often, but are not common."""

MOST_BINS = 1024
"""Cuts of a numeric reference. More do not help: ranks are clipped at 0.005, so 1,024 leave five in each tail."""

MOST_LEVELS = 4096
"""Levels a name may have before names are folded by a hash into so many buckets."""


class NumericReference(Struct, frozen=True, kw_only=True, tag="numbers"):
    """The values of one numeric quantity, counted at some of them (the cuts) and between.

    Attributes:
        cuts: strictly growing float64 values, little-endian bytes, shape (m,), m <= 1024; each is a value of the data.
        below: uint32 bytes, shape (m,); baseline values between the cut before and this one, both left out.
        equal: uint32 bytes, shape (m,); baseline values equal to each cut, 1 or more.
        n: values present; `missing`: values missing (NaN or None).
        mean, sd, min, max: of the values present; 0 where there is none.
    """

    cuts: bytes
    below: bytes
    equal: bytes
    n: int
    missing: int
    mean: float
    sd: float
    min: float
    max: float

    def cut_values(self) -> NDArray[np.float64]:
        """Return the cuts, shape (m,)."""
        return np.frombuffer(self.cuts, dtype="<f8")

    def below_cuts(self) -> NDArray[np.int64]:
        """Return how many baseline values lie between each cut and the one before it, shape (m,)."""
        return np.frombuffer(self.below, dtype="<u4").astype(np.int64)

    def equal_to_cuts(self) -> NDArray[np.int64]:
        """Return how many baseline values are equal to each cut, shape (m,)."""
        return np.frombuffer(self.equal, dtype="<u4").astype(np.int64)


class CategoryReference(Struct, frozen=True, kw_only=True, tag="names"):
    """The values of one quantity of names: how often each level occurred.

    Attributes:
        levels: level to count, most frequent first; missing values count under `MISSING`.
        n: values, missing ones included; `missing`: the missing ones.
        folded: there were too many levels, so each stands for a bucket of names (see `fold`).
    """

    levels: dict[str, int]
    n: int
    missing: int
    folded: bool = False


Reference = NumericReference | CategoryReference


def numeric_reference(values: NDArray[np.float64], *, bins: int = MOST_BINS) -> NumericReference:
    """Summarise numbers: cuts at the order statistics of evenly spaced ranks, at every value where there are few.

    Args:
        values: shape (n,), n under 2^32; NaN is missing; infinite values count as present.
        bins: the most cuts, at least 1.

    Example:
        >>> ref = numeric_reference(np.array([3.0, 1.0, 3.0, np.nan]))
        >>> ref.cut_values().tolist(), ref.below_cuts().tolist(), ref.equal_to_cuts().tolist(), ref.missing
        ([1.0, 3.0], [0, 0], [1, 2], 1)
    """
    flat = np.asarray(values, dtype=np.float64)
    if flat.ndim != 1:
        raise WrongUse(f"a reference needs one column of numbers, not shape {flat.shape}")
    present = np.sort(flat[~np.isnan(flat)])
    n = int(present.size)
    missing = int(flat.size) - n
    distinct = np.unique(present)
    if distinct.size > bins:
        # Ranks chosen beforehand, not by the values: so the bins' true shares are Dirichlet and the ranks exact.
        # In whole numbers: n / bins rounded up would at times ask for one value more than there are.
        ranks = (np.arange(1, bins + 1) * n + bins - 1) // bins - 1
        distinct = np.unique(present[ranks])
    upper = np.searchsorted(present, distinct, side="right")
    equal = upper - np.searchsorted(present, distinct, side="left")
    below = np.diff(upper, prepend=0) - equal
    finite = np.clip(present[np.isfinite(present)], -FARTHEST, FARTHEST)
    return NumericReference(
        cuts=distinct.astype("<f8").tobytes(),
        below=below.astype("<u4").tobytes(),
        equal=equal.astype("<u4").tobytes(),
        n=n,
        missing=missing,
        mean=float(finite.mean()) if finite.size else 0.0,
        sd=float(finite.std(ddof=1)) if finite.size > 1 else 0.0,
        min=float(present[0]) if n else 0.0,
        max=float(present[-1]) if n else 0.0,
    )


def category_reference(values: Sequence[object], *, folded: bool = False) -> CategoryReference:
    """Summarise names.

    Args:
        folded: count buckets of names even where there are few, to go with others that are folded.

    Example:
        >>> category_reference(["wood", "brick", "wood", None]).levels
        {'wood': 2, '(missing)': 1, 'brick': 1}
    """
    levels = (level_of(value) for value in values)
    return _reference_of(Counter(map(fold, levels) if folded else levels), folded=folded)


def merge_categories(a: CategoryReference, b: CategoryReference) -> CategoryReference:
    """Return the reference of both lots of values together: exact for names (not for numbers, whose cuts differ).

    Example:
        >>> merge_categories(category_reference(["a", "b"]), category_reference(["b"])).levels
        {'b': 2, 'a': 1}
    """
    if a.folded == b.folded:
        merged = _reference_of(Counter(a.levels) + Counter(b.levels), folded=a.folded)
    else:
        plain, folded = (b, a) if a.folded else (a, b)
        merged = _reference_of(Counter(_fold_counts(plain.levels)) + Counter(folded.levels), folded=True)
    return merged


def level_of(value: object) -> str:
    """Return the level a value belongs to: its text; `MISSING` for None, true/false for booleans.

    Example:
        >>> level_of(True), level_of(None), level_of("wood")
        ('true', '(missing)', 'wood')
    """
    if value is None:
        return MISSING
    if isinstance(value, (bool, np.bool_)):
        return "true" if value else "false"
    return str(value)


def fold(level: str) -> str:
    """Return the bucket of a level whose quantity has too many: fixed beforehand, so ranks stay valid.

    Example:
        >>> fold("wood") == fold("wood"), fold("(missing)")
        (True, '(missing)')
    """
    return level if level == MISSING else f"bucket {crc32(level.encode()) % MOST_LEVELS}"


def _reference_of(counts: Mapping[str, int], *, folded: bool = False) -> CategoryReference:
    if len(counts) > MOST_LEVELS and not folded:
        return _reference_of(_fold_counts(counts), folded=True)
    levels = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    return CategoryReference(levels=levels, n=sum(levels.values()), missing=levels.get(MISSING, 0), folded=folded)


def _fold_counts(counts: Mapping[str, int]) -> dict[str, int]:
    folded: Counter[str] = Counter()
    for level, count in counts.items():
        folded[fold(level)] += count
    return dict(folded)
