"""What a watched quantity looked like in the baseline: counts between cuts for numbers, counts of levels for names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cached_property
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
"""Levels a name may have before the rare ones are folded by a hash into `BUCKETS` buckets."""

BUCKETS = 1024

IDENTITIES = 100
"""From so many levels on a name is folded too if most of its values occur once: it tells rows apart."""

COMMON = 0.01
FEWEST = 10
"""A level is common if it makes up this share of the values and occurs so often: then it keeps its own name."""


class NumericReference(Struct, frozen=True, kw_only=True, tag="numbers"):
    """The values of one numeric quantity, counted at some of them (the cuts) and between.

    Attributes:
        cuts: strictly growing float64 values, little-endian bytes, shape (m,), m <= 1024; each is a value of the data.
        below: uint32 bytes, shape (m,); baseline values between the cut before and this one, both left out.
        equal: uint32 bytes, shape (m,); baseline values equal to each cut, 1 or more.
        n: values present; `missing`: values missing (NaN or None).
        mean, sd, min, max: of the values present; 0 where there is none.
        partial: a row without a value says nothing of this quantity: it is not judged, rather than missing.
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
    partial: bool = False

    def cut_values(self) -> NDArray[np.float64]:
        """Return the cuts, shape (m,)."""
        return np.frombuffer(self.cuts, dtype="<f8")

    def below_cuts(self) -> NDArray[np.int64]:
        """Return how many baseline values lie between each cut and the one before it, shape (m,)."""
        return np.frombuffer(self.below, dtype="<u4").astype(np.int64)

    def equal_to_cuts(self) -> NDArray[np.int64]:
        """Return how many baseline values are equal to each cut, shape (m,)."""
        return np.frombuffer(self.equal, dtype="<u4").astype(np.int64)


class CategoryReference(Struct, frozen=True, kw_only=True, tag="names", dict=True):
    """The values of one quantity of names: how often each level occurred.

    Attributes:
        levels: level to count, most frequent first; missing values count under `MISSING`.
        n: values, missing ones included; `missing`: the missing ones.
        folded: there were too many levels, so each but those `kept` stands for a bucket of names (see `fold`).
        kept: where it is folded, the common levels, which keep their names.
    """

    levels: dict[str, int]
    n: int
    missing: int
    folded: bool = False
    kept: tuple[str, ...] = ()

    def place(self, level: str) -> str:
        """Return what a level is counted under: itself or, where names are folded, its bucket."""
        return level if not self.folded or level in self._kept else fold(level)

    @cached_property
    def _kept(self) -> frozenset[str]:
        return frozenset(self.kept)


Reference = NumericReference | CategoryReference


def numeric_reference(values: NDArray[np.float64], *, bins: int = MOST_BINS, partial: bool = False) -> NumericReference:
    """Summarise numbers: cuts at the order statistics of evenly spaced ranks, at every value where there are few.

    Args:
        values: shape (n,), n under 2^32; NaN is missing; infinite values count as present.
        bins: the most cuts, at least 1. partial: NaN is not missing but nothing at all.

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
    missing = 0 if partial else int(flat.size) - n
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
        partial=partial,
    )


def category_reference(values: Sequence[object], *, like: CategoryReference | None = None) -> CategoryReference:
    """Summarise names; those that tell rows apart, or are too many, by buckets (see `CategoryReference.folded`).

    Args:
        like: count under the same names as this one does, to go with it.

    Example:
        >>> category_reference(["wood", "brick", "wood", None]).levels
        {'wood': 2, '(missing)': 1, 'brick': 1}
    """
    counts = Counter(map(level_of, values))
    if like is not None:
        return _counted(_placed(counts, like), like.folded, like.kept)
    n = sum(counts.values())
    alone = sum(count == 1 for count in counts.values())
    if len(counts) <= MOST_LEVELS and (len(counts) <= IDENTITIES or 2 * alone <= n):
        return _counted(counts)
    kept = tuple(sorted(level for level, count in counts.items() if count >= max(FEWEST, COMMON * n)))
    folded = CategoryReference(levels={}, n=0, missing=0, folded=True, kept=kept)
    return _counted(_placed(counts, folded), folded=True, kept=kept)


def merge_categories(a: CategoryReference, b: CategoryReference) -> CategoryReference:
    """Return the reference of both lots of values together: exact for names (not for numbers, whose cuts differ).

    Example:
        >>> merge_categories(category_reference(["a", "b"]), category_reference(["b"])).levels
        {'b': 2, 'a': 1}
    """
    if not a.folded and not b.folded:
        return _counted(Counter(a.levels) + Counter(b.levels))
    # What both know by name; the names of one alone are in buckets of the other.
    kept = tuple(sorted(set(a.kept) & set(b.kept) if a.folded and b.folded else a.kept or b.kept))
    known = CategoryReference(levels={}, n=0, missing=0, folded=True, kept=kept)
    counts = [_placed(each.levels, known, already=each.folded, named=each.kept) for each in (a, b)]
    return _counted(counts[0] + counts[1], folded=True, kept=kept)


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
    return level if level == MISSING else f"bucket {crc32(level.encode()) % BUCKETS}"


def _counted(counts: Mapping[str, int], folded: bool = False, kept: tuple[str, ...] = ()) -> CategoryReference:
    levels = dict(sorted(counts.items(), key=lambda item: (-item[1], item[0])))
    n, missing = sum(levels.values()), levels.get(MISSING, 0)
    return CategoryReference(levels=levels, n=n, missing=missing, folded=folded, kept=kept)


def _placed(
    counts: Mapping[str, int], known: CategoryReference, *, already: bool = False, named: tuple[str, ...] = ()
) -> Counter[str]:
    """Count levels under the names of another; those that are buckets `already`, but for the `named`, stay so."""
    placed: Counter[str] = Counter()
    for level, count in counts.items():
        placed[level if already and level not in named else known.place(level)] += count
    return placed
