"""The rehearsal: what a watch would have said, and the simplest manner in which it is silent and not blind."""

from __future__ import annotations

import math
import statistics
from collections.abc import Collection, Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace

from holdtrue.foundation import SILENT, Progress, share
from holdtrue.monitors.rehearsal.histories import History, Ints, Quantity, in_order, in_turns, thinned
from holdtrue.monitors.rehearsal.manners import TOLERANCES, Manner, ladder
from holdtrue.monitors.rehearsal.records import Cost, Heard, Part, Rehearsal, Tried
from holdtrue.monitors.rehearsal.replaying import Replayed, Terms, replay
from holdtrue.monitors.settings import WatchSettings
from holdtrue.profiles import LENGTHS, PARTS, Season

SHIFTS = (0.5, 1.0)
"""Shifts that are planted, in standard deviations of the input; a manner that does not find the last one is blind."""

_CALM = 5.0
"""Of histories in which nothing changes, at most one in so many is taken for restless."""

_PLANTED = 3  # inputs that are moved
_NEAREST = 3  # manners that tolerances are tried with
_ROUNDS = 2
_FEW = 0.2  # of the quantities may be left aside
_DAY = LENGTHS["day"]


def rehearse(
    histories: Sequence[History],
    settings: WatchSettings,
    present: Manner,
    live: Collection[str],
    *,
    held: int | None = None,
    progress: Progress = SILENT,
) -> Rehearsal:
    """Rehearse a watch over histories, and look for the simplest manner in which it is silent.

    Args:
        histories: rows that the model was not fitted on, or of which only what needs no model is watched.
        settings: of the live watch. present: the manner in use. live: the groups that share its budget.
        held: time of the first row that the live baseline is made of; by default that of the last history's.
        progress: hears of each manner that is tried.
    """
    shown = [each.take(thinned(each.times)) for each in histories if each.groups and each.times.size > 1]
    if not shown:
        return Rehearsal(skipped="there are no rows to rehearse", present=present)
    groups = sum(len(each.groups) for each in shown)
    terms = Terms(settings=settings, live=frozenset(live), calm=_CALM * groups)
    stage = _Stage(tuple(_Split.of(each) for each in shown), terms)
    longest = max((each.times for each in histories), key=lambda times: int(times[-1]) - int(times[0]))
    base = histories[-1].times if held is None else longest[longest >= held]
    column = None if present.season in PARTS else present.season
    turns = [stage.turns(split, present, stop=False) for split in stage.splits]
    order = [stage.ordered(split, present, stop=False) for split in stage.splits]
    known = [each for each in turns if each is not None]
    changed: frozenset[Quantity] = frozenset().union(*(each.changed for each in (*known, *order) if each is not None))
    heard = stage.heard(order, later=True)
    listed = {(each.group, each.quantity) for each in heard}
    heard += tuple(each for each in stage.heard(turns, later=False) if (each.group, each.quantity) not in listed)
    restless = next((each for each in known if each.restless and not each.alarms), None)
    found = Rehearsal(
        parts=tuple(split.part for split in stage.splits),
        present=present,
        calm=not any(each.alarms or each.restless for each in known),
        restless=_restless(restless) if restless is not None else "",
        alarms=heard,
        changed=len(changed),
    )
    if not known:
        return found
    if found.calm:
        lasting = tuple(replace(each, lasting=True) for each in heard)
        quiet = stage.quiet(present, lasting)
        met = _met(present, base, longest)
        return replace(found, alarms=lasting, remaining=lasting, quiet=quiet, met=met, cost=stage.cost(present))
    manners = tuple(each for each in ladder(longest, base, column) if each != present)
    progress.start("rehearse", len(manners))
    search = _Search(stage, present, progress)
    suggestion = search.suggestion(manners)
    progress.finish("" if suggestion is None else str(suggestion))
    if suggestion is None:
        return replace(found, tried=tuple(search.tried))
    remaining = stage.later(suggestion)
    lasts = {*search.aside, *((each.group, each.quantity) for each in remaining)}
    return replace(
        found,
        alarms=tuple(replace(each, lasting=(each.group, each.quantity) in lasts) for each in heard),
        calm=suggestion == present,
        tried=tuple(search.tried),
        suggestion=None if suggestion == present else suggestion,
        aside=search.aside,
        remaining=remaining,
        quiet=stage.quiet(suggestion, remaining),
        met=_met(suggestion, base, longest),
        cost=search.costs[suggestion],
    )


def _met(manner: Manner, base: Ints, longest: Ints) -> tuple[int, int] | None:
    """Return how many seasons the held rows are of, and all rows, where they are fewer; of a column it is not said."""
    if manner.season not in PARTS:
        return None
    met, whole = (np.unique(Season(str(manner.season)).places(times)).size for times in (base, longest))
    return (met, whole) if met < whole else None


def _restless(found: Replayed) -> str:
    """Say why a watch that raised no alarm was not calm."""
    name = found.restless[1] if found.restless else ""
    return f"no alarm, but {share(found.peak)} of the evidence for one, most of it of {name}"


class _Split(Struct, frozen=True, eq=False):
    """A history, and its two partings: by turns (None where it is too short), and by which is the earlier."""

    whole: History
    turns: tuple[History, History] | None
    order: tuple[History, History]
    part: Part

    @staticmethod
    def of(history: History) -> _Split:
        times = history.times
        turns, cut = in_turns(times), in_order(times)
        before = None if turns is None else np.flatnonzero(turns[0])
        now = np.arange(cut, times.size) if turns is None else np.flatnonzero(~turns[0])
        part = Part(
            name=history.name,
            groups=history.groups,
            rows=times.size,
            replayed=now.size,
            first=int(times[0]),
            last=int(times[-1]),
            stretch="" if turns is None else turns[1],
        )
        return _Split(
            history,
            None if before is None else (history.take(before), history.take(now)),
            (history.take(np.arange(cut)), history.take(np.arange(cut, times.size))),
            part,
        )

    def without(self, aside: Collection[Quantity]) -> _Split:
        turns = None if self.turns is None else (self.turns[0].without(aside), self.turns[1].without(aside))
        order = (self.order[0].without(aside), self.order[1].without(aside))
        return _Split(self.whole.without(aside), turns, order, self.part)


class _Stage(Struct, frozen=True, eq=False):
    """The histories, and the terms of the watch."""

    splits: tuple[_Split, ...]
    terms: Terms

    def turns(self, split: _Split, manner: Manner, *, stop: bool) -> Replayed | None:
        if split.turns is None or not split.turns[1].groups:
            return None
        return replay(*split.turns, manner, self.terms, stop=stop)

    def ordered(self, split: _Split, manner: Manner, *, stop: bool) -> Replayed | None:
        if not split.order[1].groups:
            return None
        return replay(*split.order, manner, replace(self.terms, calm=math.inf), stop=stop)

    def later(self, manner: Manner) -> tuple[Heard, ...]:
        """Return the alarms over later rows against earlier ones."""
        found = [self.ordered(split, manner, stop=False) for split in self.splits]
        return tuple(replace(each, lasting=True) for each in self.heard(found, later=True))

    def quiet(self, manner: Manner, remaining: Sequence[Heard]) -> float | None:
        """Return the least tolerance that leaves nothing of lasting changes to tell."""
        if not remaining:
            return None
        more = [tolerance for tolerance in TOLERANCES if tolerance > manner.tolerance]
        # The greatest first: where that tells of them, so do the others.
        for tolerance in (*more[-1:], *more[:-1]):
            tolerant = replace(manner, tolerance=tolerance)
            found = [self.ordered(split, tolerant, stop=True) for split in self.splits]
            silent = not any(each.alarms for each in found if each is not None)
            if silent != (tolerance == more[-1]):
                return tolerance if silent else None
        return more[-1] if more else None

    def heard(self, found: Sequence[Replayed | None], *, later: bool) -> tuple[Heard, ...]:
        return tuple(
            Heard(
                part=split.part.name,
                group=alarm.group,
                quantity=alarm.quantity,
                rows=alarm.at_row,
                time=alarm.at_time,
                message=alarm.message,
                later=later,
            )
            for split, each in zip(self.splits, found, strict=True)
            if each is not None
            for alarm in each.alarms
        )

    def cost(self, manner: Manner) -> tuple[Cost, ...]:
        """Plant shifts, part by part, and see how many rows they take to be found."""
        return tuple(
            cost
            for split in self.splits
            if split.turns is not None and split.turns[1].groups
            for cost in self._planted(split.part, *split.turns, manner)
        )

    def _planted(self, part: Part, before: History, now: History, manner: Manner) -> list[Cost]:
        spreads = before.spreads()
        if not spreads:
            return []
        names = list(spreads)
        chosen = tuple(names[place] for place in np.unique(np.linspace(0, len(names) - 1, _PLANTED).astype(int)))
        rate = (part.last - part.first) / _DAY / max(1, part.rows)
        costs = []
        for size in SHIFTS:
            rows = []
            for name in chosen:
                # As alarms of it would be: not ended by a lack of calm.
                terms = replace(self.terms, calm=math.inf)
                found = replay(before, now.moved(name, size * spreads[name]), manner, terms, stop=True)
                rows.append(found.alarms[0].at_row if found.alarms else now.times.size + 1)
            median = int(statistics.median_low(rows))
            known = median if median <= now.times.size else None
            days = None if known is None else known * rate
            costs.append(Cost(part=part.name, moved=chosen, sd=size, rows=known, days=days))
        return costs


class _Search:
    """Tries manners one by one."""

    def __init__(self, stage: _Stage, present: Manner, progress: Progress) -> None:
        self.whole = self.stage = stage
        self._present, self._progress = present, progress
        self.tried: list[Tried] = []
        self.costs: dict[Manner, tuple[Cost, ...]] = {}
        self.aside: tuple[Quantity, ...] = ()
        self.later = True

    def simplest(self, manners: Sequence[Manner]) -> Manner | None:
        """Return the first that is silent and not blind."""
        for manner in manners:
            tried = self._try(manner)
            self.tried.append(tried)
            self._progress.advance()
            if tried.silent and not tried.blind:
                return manner
        return None

    def suggestion(self, manners: Sequence[Manner]) -> Manner | None:
        """Return the simplest, less a few quantities that no manner silences if need be; only then a tolerance.

        It is to be silent in turns and over later rows; if much has changed for good, in turns alone. It is the present
        one if that is silent but for what is left aside.
        """
        for self.later in (True, False):
            found = self.simplest(manners)
            for _ in range(_ROUNDS):
                if found is None and self._set_aside(manners):
                    found = self.simplest((self._present, *manners))
            if found is not None:
                return found
            self.aside, self.stage = (), self.whole
        return self.simplest(self._tolerant())

    def _tolerant(self) -> list[Manner]:
        """Return the manners that were silent longest, each with the tolerances there are, the least first."""
        longest: dict[Manner, int] = {}
        for each in self.tried:
            if not each.silent:
                longest[each.manner] = max(each.rows, longest.get(each.manner, 0))
        nearest = sorted(longest, key=lambda manner: -longest[manner])[:_NEAREST]
        return [replace(manner, tolerance=tolerance) for tolerance in TOLERANCES for manner in nearest]

    def _set_aside(self, manners: Sequence[Manner]) -> bool:
        """Leave aside what alarms in the manner that was silent longest, if it is few quantities; say whether it is."""
        alarmed = [each for each in self.tried[-len(manners) :] if not each.silent]
        if not alarmed:
            return False
        best = max(alarmed, key=lambda each: each.rows).manner
        found = [self.stage.turns(split, best, stop=False) for split in self.stage.splits]
        if self.later:
            found += [self.stage.ordered(split, best, stop=False) for split in self.stage.splits]
        stubborn: set[Quantity] = set()
        for each in found:
            if each is not None:
                stubborn |= {*each.changed, *([each.restless] if each.restless else [])}
        aside = tuple(sorted({*self.aside, *stubborn}))
        if not stubborn or len(aside) > max(1, _FEW * sum(split.whole.width for split in self.whole.splits)):
            return False
        self.aside = aside
        self.stage = replace(self.whole, splits=tuple(split.without(aside) for split in self.whole.splits))
        return True

    def _try(self, manner: Manner) -> Tried:
        rows, peak = 0, 0.0
        for split in self.stage.splits:
            found = self.stage.turns(split, manner, stop=True)
            if found is None:
                continue
            rows, peak = rows + found.rows, max(peak, found.peak)
            if found.alarms or found.restless:
                message = found.alarms[0].message if found.alarms else _restless(found)
                return Tried(manner=manner, rows=rows, message=message, peak=peak)
        # The present one is kept where it is silent in turns: what later rows tell is then a change that lasts.
        for split in self.stage.splits if self.later and manner != self._present else ():
            found = self.stage.ordered(split, manner, stop=True)
            if found is not None and found.alarms:
                return Tried(manner=manner, rows=rows + found.rows, message=found.alarms[0].message, peak=peak)
        self.costs[manner] = self.stage.cost(manner)
        # Where nothing can be moved, whether it is blind is not known.
        greatest = [cost for cost in self.costs[manner] if cost.sd == SHIFTS[-1]]
        blind = bool(greatest) and all(cost.rows is None for cost in greatest)
        return Tried(manner=manner, rows=rows, message="", peak=peak, blind=blind)
