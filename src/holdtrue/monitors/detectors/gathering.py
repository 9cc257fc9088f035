"""The rows since a change as a reference that begins empty: what a quantity is held against while it is alarmed.

The rows that raised an alarm were chosen by it, and look more changed than they are; so only those after it are
gathered. An alarm is a stopping time: if the quantity then stays as it is, these rows are exchangeable, the conformal
rank of each among those before it is uniform however few there are, and the stated rate of false alarms holds.

Numbers need cuts. They are the values gathered so far, cut anew as their number doubles, up to 1,024 (with seasons,
each of its own). A rank among all values so far is uniform given the order of those before, and bins are a function of
it, so what was gathered of evidence stays good.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from holdtrue.monitors.alarms import Alarm
from holdtrue.monitors.detectors.bets import Bets
from holdtrue.monitors.detectors.group import GroupWatch
from holdtrue.monitors.detectors.group_state import GroupState
from holdtrue.monitors.detectors.layout import Watched
from holdtrue.monitors.detectors.packing import Packed, pack, unpack
from holdtrue.monitors.detectors.terms import alone
from holdtrue.monitors.detectors.verdicts import Landmark
from holdtrue.profiles import MOST_BINS, RANKS, BlockReference, CategoryReference, NumericReference, numeric_reference

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FIRST_CUT = 8
"""Rows after which there are cuts for the first time."""

FEWEST_KEPT = 64
"""Values a season is cut at, at least, however many seasons there are."""


class Part(Struct, frozen=True):
    """Rows of one quantity, n of them.

    Attributes:
        numbers: what is ranked of it, shape (n, c), c = 0 for a name. names: n levels, or None for a number.
        seasons, ticks: shape (n,). firsts, lasts: of the n steps, first and last rows. values: what is told of them.
    """

    numbers: Floats
    names: Sequence[object] | None
    seasons: Ints
    ticks: Floats
    firsts: Sequence[Landmark]
    lasts: Sequence[Landmark]
    values: Floats

    def __len__(self) -> int:
        return len(self.firsts)

    def __getitem__(self, span: slice) -> Part:
        names = None if self.names is None else self.names[span]
        return Part(
            self.numbers[span],
            names,
            self.seasons[span],
            self.ticks[span],
            self.firsts[span],
            self.lasts[span],
            self.values[span],
        )

    def judge(self, watch: GroupWatch) -> tuple[int, Alarm | None]:
        """Let a watch of this quantity alone judge the rows, up to its alarm."""
        (quantity,) = (*watch.needs()[1], *dict.fromkeys(name for name, _ in watch.columns))
        names: Mapping[str, Any] = {} if self.names is None else {quantity: self.names}
        return watch.update(self.numbers, names, self.seasons, self.ticks, self.firsts, self.lasts, self.values)


class GatheringState(Struct, frozen=True, kw_only=True):
    """The stored form of `Gathering`: of each season the cuts by lane, or the levels; rows not yet cut; the watch."""

    lanes: tuple[dict[str, NumericReference], ...]
    names: tuple[CategoryReference, ...]
    counts: tuple[int, ...]
    fresh: tuple[Packed, ...]
    rows: int
    watch: GroupState


class Gathering:
    """The detectors of one quantity against the rows gathered here.

    Args:
        quantity: its name. like: what it was held against in each season: of the same kind, but for the values.
        whole: all rows it was held against.
        begin: a reference to go on from, of each season; by default there is none.

    Attributes:
        rows: gathered so far.
    """

    def __init__(
        self,
        group: str,
        quantity: str,
        like: Sequence[Watched],
        *,
        threshold: float,
        bets: Bets,
        begin: Sequence[Watched] | None = None,
        state: GatheringState | None = None,
    ) -> None:
        self._quantity, self._like = quantity, like
        self.rows = state.rows if state else 0
        self._most = max(FEWEST_KEPT, MOST_BINS // len(like)) if not isinstance(like[0], CategoryReference) else 0
        stored: tuple[_Table, ...] = (state.names or state.lanes) if state else ()
        tables = stored or tuple(_table(each, empty=begin is None) for each in begin or like)
        references = [_reference(each, table) for each, table in zip(like, tables, strict=True)]
        # What was cut before by others is not cut again: its values are not known one by one.
        known = [self._most if begin is not None and _has_cuts(table) else 0 for table in tables]
        self._counts = list(state.counts) if state else known
        width = _width(like[0])
        self._fresh = [unpack(each) for each in state.fresh] if state else [np.zeros((0, width)) for _ in like]
        self._references = references
        self.watch = GroupWatch(
            alone(group, quantity, references, threshold=threshold, bets=bets),
            gathered=True,
            state=state.watch if state else None,
        )

    def update(self, part: Part) -> tuple[int, Alarm | None]:
        """Judge rows up to the first that is an alarm, and let them join; return how many, and the alarm."""
        begin = 0
        while begin < len(part):
            end, due = self._until_cut(part.seasons[begin:])
            rows = part[begin : begin + end]
            taken, alarm = rows.judge(self.watch)
            self._keep(rows[:taken])
            begin += taken
            self.rows += taken
            if alarm is not None:
                return begin, alarm
            for season in due:
                self._cut(season)
        return begin, None

    def bag(self) -> list[Watched]:
        """Return all values gathered, season by season; after an alarm, as they were at it."""
        return self.watch.left or self.watch.bag(self._quantity)

    def state(self) -> GatheringState:
        """Return the stored form."""
        tables = [_table(each) for each in self._references]
        return GatheringState(
            lanes=tuple(each for each in tables if isinstance(each, dict)),
            names=tuple(each for each in tables if not isinstance(each, dict)),
            counts=tuple(self._counts),
            fresh=tuple(pack(each) for each in self._fresh),
            rows=self.rows,
            watch=self.watch.state(),
        )

    def _until_cut(self, seasons: Ints) -> tuple[int, list[int]]:
        """Return how many rows there are until a season is to be cut anew, and which are then."""
        end, due = len(seasons), []
        for season in np.unique(seasons).tolist() if self._most else []:
            count = self._counts[season]
            if count >= self._most:
                continue
            size = FIRST_CUT
            while size <= count:
                size *= 2
            own = np.nonzero(seasons == season)[0]
            if own.size >= size - count and int(own[size - count - 1]) < end:
                end, due = int(own[size - count - 1]) + 1, [season]
        return end, due

    def _keep(self, rows: Part) -> None:
        for season in np.unique(rows.seasons).tolist() if self._most else []:
            if self._counts[season] < self._most:
                own = rows.numbers[rows.seasons == season]
                self._fresh[season] = np.concatenate([self._fresh[season], own])
                self._counts[season] += len(own)

    def _cut(self, season: int) -> None:
        table = _table(self._references[season])
        lanes = table if isinstance(table, dict) else {}
        cut = {
            lane: numeric_reference(
                np.concatenate([_values(each), self._fresh[season][:, place]]), partial=each.partial
            )
            for place, (lane, each) in enumerate(lanes.items())
        }
        self._fresh[season] = self._fresh[season][:0]
        self._references[season] = _reference(self._like[season], cut)
        self.watch.recut(season, self._references[season])


_Table = dict[str, NumericReference] | CategoryReference


def _width(reference: Watched) -> int:
    if isinstance(reference, BlockReference):
        return len(reference.lanes)
    return 0 if isinstance(reference, CategoryReference) else 1


def _table(reference: Watched, *, empty: bool = False) -> _Table:
    """Return what of a reference is stored: its numbers by lane, or its levels; `empty`: without any value."""
    if isinstance(reference, CategoryReference):
        return replace(reference, levels={}, n=0, missing=0) if empty else reference
    lanes = reference.lanes if isinstance(reference, BlockReference) else {RANKS: reference}
    if not empty:
        return dict(lanes)
    return {lane: numeric_reference(np.zeros(0), partial=each.partial) for lane, each in lanes.items()}


def _reference(like: Watched, table: _Table) -> Watched:
    if isinstance(table, CategoryReference):
        return table
    return replace(like, lanes=table) if isinstance(like, BlockReference) else table[RANKS]


def _has_cuts(table: _Table) -> bool:
    return isinstance(table, CategoryReference) or any(np.isfinite(each.cut_values()).any() for each in table.values())


def _values(reference: NumericReference) -> Floats:
    """Return the values of a reference that is cut at every one, the missing ones too."""
    present = np.repeat(reference.cut_values(), reference.equal_to_cuts())
    return np.concatenate([present, np.full(reference.missing, np.nan)])
