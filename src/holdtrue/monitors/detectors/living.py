"""One group of quantities and all that becomes of them: the detectors against the baseline, and lives after alarms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct
from msgspec.structs import replace
from numpy.typing import NDArray

from holdtrue.monitors.alarms import Alarm
from holdtrue.monitors.detectors.gathering import Part
from holdtrue.monitors.detectors.group import GroupWatch
from holdtrue.monitors.detectors.group_state import Closing, GroupState
from holdtrue.monitors.detectors.layout import columns_in
from holdtrue.monitors.detectors.life import Life, LifeState, Moment
from holdtrue.monitors.detectors.terms import GroupTerms
from holdtrue.monitors.detectors.verdicts import Landmark
from holdtrue.monitors.transitions import Transition, changed_words, resolved_words

Floats = NDArray[np.float64]

KEPT = 20
"""Alarms that are over and still told of."""


class Stage(Struct, frozen=True, kw_only=True):
    """How a quantity stands that has alarmed.

    Attributes:
        alarm: the id of its alarm. standing: `open`, `changing`, or `accepted`: watched against the rows since.
        rows: since the alarm, or since it was last said to change: what `accept` would make its reference.
    """

    alarm: str
    standing: str
    rows: int


class LivingState(Struct, frozen=True, kw_only=True):
    """The stored form of `LivingGroup`, less its references."""

    watch: GroupState
    lives: dict[str, LifeState]
    told: tuple[str, ...]
    ended: tuple[str, ...]
    members: dict[str, tuple[str, ...]]
    planned: dict[str, int]


class LivingGroup:
    """A group's detectors, and the life of each quantity that has alarmed until it is back.

    Quantities put down to one alarm live each by itself: each comes back to the watch when it is back. Their alarm
    has changed with the first of them that has, and is resolved with the last.
    """

    def __init__(self, terms: GroupTerms, state: LivingState | None = None) -> None:
        self.name, self._terms = terms.name, terms
        self._references, self._seasonal = terms.references, terms.seasons
        # A quantity alone alarms when its evidence, over the number of all, is enough. So it is in what follows.
        self._alone = terms.threshold * len(terms.references)
        self.watch = GroupWatch(terms, state=state.watch if state else None)
        self.watch.raised.ended = set(state.ended) if state else set()
        self._told = set(state.told) if state else set()
        self._members = dict(state.members) if state else {}
        self._planned = dict(state.planned) if state else {}
        self._lives = {
            quantity: self._life(quantity, each) for quantity, each in (state.lives if state else {}).items()
        }
        self._columns = list(columns_in(terms.references))
        self._places = {q: [i for i, (of, _) in enumerate(self._columns) if of == q] for q in terms.references}

    @property
    def threshold(self) -> float:
        """The mean evidence that is an alarm."""
        return self.watch.threshold

    @property
    def width(self) -> int:
        """How many columns are ranked, whatever has alarmed."""
        return len(self._columns)

    @property
    def rows(self) -> int:
        """Rows, or blocks, seen in this epoch."""
        return self.watch.rows

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """Alarms of this epoch, the first first; of those that are over, the last few."""
        return self.watch.alarms

    @property
    def alarmed(self) -> tuple[str, ...]:
        """The quantities that are not what they were, nor accepted as they are."""
        return tuple(q for q in self.watch.closed if self._lives[q].standing != "accepted")

    def stages(self) -> dict[str, Stage]:
        """Return how each quantity stands that is not watched against the baseline."""
        return {
            quantity: Stage(alarm=life.alarm, standing=life.standing, rows=life.rows)
            for quantity, life in self._lives.items()
        }

    def by_quantity(self) -> dict[str, float]:
        """Return each quantity's evidence over what would be an alarm of it alone; of the alarmed, what it was then."""
        accepted = {q: life.evidence for q, life in self._lives.items() if life.standing == "accepted"}
        # Of a single quantity it is told over the group's.
        return self.watch.by_quantity() | {q: each * len(self._references) for q, each in accepted.items()}

    def level(self) -> float:
        """Return the group's evidence over what is an alarm."""
        accepted = [life.evidence for life in self._lives.values() if life.standing == "accepted"]
        return max([self.watch.level(), *accepted])

    def update(
        self,
        numbers: Floats,
        names: Mapping[str, Sequence[object]],
        seasons: NDArray[np.int64],
        ticks: Floats,
        firsts: Sequence[Landmark],
        lasts: Sequence[Landmark] | None = None,
        values: Floats | None = None,
    ) -> tuple[list[Alarm], list[Transition]]:
        """Judge rows one after the other; return the alarms they raised, and what became of others.

        Args:
            numbers: shape (n, c), all columns that are ranked, in the order of the references. names: n values of each
                name. seasons, ticks: shape (n,). firsts, lasts, values: as of `GroupWatch.update`.
        """
        whole = _Rows(numbers, names, seasons, ticks, firsts, firsts if lasts is None else lasts, values, self._places)
        if not self._planned:
            return self._update(whole)
        alarms: list[Alarm] = []
        told: list[Transition] = []
        done = 0
        while done < len(firsts):
            ahead = (row - self.rows for row in self._planned.values())
            end = min([len(firsts) - done, *(rows for rows in ahead if rows > 0)])
            raised, became = self._update(whole[done : done + end])
            alarms, told, done = alarms + raised, told + became, done + end
            self._accept_planned()
        return alarms, told

    def _update(self, whole: _Rows) -> tuple[list[Alarm], list[Transition]]:
        n = len(whole.firsts)
        ahead = {quantity: self._ahead(quantity, whole, 0) for quantity in self._lives}
        alarms: list[Alarm] = []
        told: list[Transition] = []
        done = 0
        while done < n:
            # Lives do not heed the watch, so they go ahead; the watch stops where it has to heed them.
            end = min([n, *(each[0][0] for each in ahead.values() if each)]) if ahead else n
            if end > done:
                taken, alarm = self._watch(whole, done, end)
                done += taken
                alarms += [alarm] if alarm is not None else []
                if self.watch.closing is not None:
                    quantity = self._begin(self.watch.closing)
                    ahead[quantity] = self._ahead(quantity, whole, done)
            for quantity in [q for q, each in ahead.items() if each and each[0][0] == done]:
                transition, raised = self._take(quantity, ahead[quantity].pop(0)[1])
                told += [transition] if transition is not None else []
                alarms += [raised] if raised is not None else []
                if quantity not in self._lives:
                    del ahead[quantity]
                elif not ahead[quantity]:
                    ahead[quantity] = self._ahead(quantity, whole, done)
        return alarms, told

    def accept(self, alarm: str) -> tuple[str, ...]:
        """Hold the quantities of an alarm, from the next row on, against the rows since it; return them."""
        own = [q for q, life in self._lives.items() if life.alarm == alarm and life.standing != "accepted"]
        for quantity in own:
            self._lives[quantity].accept()
        if own:
            self._end(alarm)
        return tuple(own)

    def plan(self, alarm: str, row: int) -> None:
        """Accept an alarm once so many rows have been seen: for what was accepted when the same rows came before."""
        self._planned[alarm] = row

    @property
    def planned(self) -> tuple[str, ...]:
        """The alarms that will be accepted at a row to come."""
        return tuple(self._planned)

    def _accept_planned(self) -> None:
        for alarm in [alarm for alarm, row in self._planned.items() if row <= self.rows]:
            del self._planned[alarm]
            self.accept(alarm)

    def state(self) -> LivingState:
        """Return the stored form."""
        return LivingState(
            watch=self.watch.state(),
            lives={quantity: life.state() for quantity, life in self._lives.items()},
            told=tuple(sorted(self._told)),
            ended=tuple(sorted(self.watch.raised.ended)),
            members=self._members,
            planned=self._planned,
        )

    def _watch(self, whole: _Rows, begin: int, end: int) -> tuple[int, Alarm | None]:
        columns, part = self.watch.columns, whole[begin:end]
        numbers, values = part.numbers, part.values
        if len(columns) < len(self._columns):
            watched = frozenset(columns)
            places = [i for i, column in enumerate(self._columns) if column in watched]
            numbers, values = numbers[:, places], None if values is None else values[:, places]
        return self.watch.update(
            np.ascontiguousarray(numbers),
            {q: part.names[q] for q in self.watch.names},
            part.seasons,
            part.ticks,
            part.firsts,
            part.lasts,
            values,
        )

    def _life(self, quantity: str, state: LifeState | None = None, closing: Closing | None = None) -> Life:
        return Life(
            self.name,
            quantity,
            self._references[quantity],
            [each[quantity] for each in self._seasonal],
            threshold=self._alone,
            bets=self._terms.bets_of(quantity),
            closing=closing,
            state=state,
        )

    def _ahead(self, quantity: str, whole: _Rows, begin: int) -> list[tuple[int, Moment]]:
        """Let a life go on to the end, or to the next row at which something happens; return that, if it does."""
        part = whole.of(quantity)[begin:]
        taken, moment = self._lives[quantity].update(part)
        return [(begin + taken, moment)] if moment is not None else []

    def _take(self, quantity: str, moment: Moment) -> tuple[Transition | None, Alarm | None]:
        """Act on what happened to a quantity at the row that the watch has just judged."""
        life = self._lives[quantity]
        if moment.kind == "raised":
            assert moment.found is not None
            alarm = replace(moment.found, evidence=moment.evidence)
            life.alarm = self.watch.enter(alarm, moment.evidence)
            self._join(life.alarm, quantity)
            return None, next((each for each in self.watch.alarms if each.id == alarm.id), None)
        if moment.kind == "changed":
            if life.alarm in self._told:
                return None, None
            self._told.add(life.alarm)
            return self._transition(quantity, moment), None
        others = (each for q, each in self._lives.items() if q != quantity and each.standing != "accepted")
        last = all(each.alarm != life.alarm for each in others)
        transition = self._transition(quantity, moment) if last else None
        if last:
            self._end(life.alarm)
        if life.at_home:
            del self._lives[quantity]
            self.watch.reopen(quantity, self._references[quantity])
        else:
            life.resume()
        return transition, None

    def _transition(self, quantity: str, moment: Moment) -> Transition | None:
        life = self._lives[quantity]
        alarm = next((each for each in self.watch.alarms if each.id == life.alarm), None)
        if alarm is None:
            return None
        began, members = moment.began, self._members.get(alarm.id, (quantity,))
        rows = max(0, began[0] - alarm.began_row)
        times = None if began[2] is None or alarm.began_time is None else max(0, began[2] - alarm.began_time)
        if moment.kind == "resolved":
            message = resolved_words(alarm, members, began[0], began[2], rows, times)
        else:
            assert moment.found is not None
            message = changed_words(moment.found, began[0], began[2])
        return Transition(
            kind="resolved" if moment.kind == "resolved" else "changed",
            alarm=alarm.id,
            group=self.name,
            quantity=quantity,
            quantities=members,
            at_row=moment.at[0] + 1,
            at_id=moment.at[1],
            at_time=moment.at[2],
            began_row=began[0],
            began_id=began[1],
            began_time=began[2],
            rows=rows,
            micros=times,
            message=message,
        )

    def _begin(self, closing: Closing) -> str:
        """Begin the life of a quantity that has left the watch; return it."""
        self._join(closing.alarm, closing.quantity)
        self._lives[closing.quantity] = self._life(closing.quantity, closing=closing)
        return closing.quantity

    def _join(self, alarm: str, quantity: str) -> None:
        self._members[alarm] = tuple(dict.fromkeys((*self._members.get(alarm, ()), quantity)))

    def _end(self, alarm: str) -> None:
        self.watch.end(alarm, KEPT)
        known = {each.id for each in self.watch.alarms}
        self._members = {each: members for each, members in self._members.items() if each in known}
        self._told &= known


class _Rows(Struct, frozen=True):
    """All columns of n rows, and where each quantity's numbers are."""

    numbers: Floats
    names: Mapping[str, Sequence[object]]
    seasons: NDArray[np.int64]
    ticks: Floats
    firsts: Sequence[Landmark]
    lasts: Sequence[Landmark]
    values: Floats | None
    places: Mapping[str, list[int]]

    def __getitem__(self, span: slice) -> _Rows:
        if span.start == 0 and span.stop == len(self.firsts):
            return self
        return _Rows(
            self.numbers[span],
            {quantity: column[span] for quantity, column in self.names.items()},
            self.seasons[span],
            self.ticks[span],
            self.firsts[span],
            self.lasts[span],
            None if self.values is None else self.values[span],
            self.places,
        )

    def of(self, quantity: str) -> Part:
        """Return one quantity's."""
        numbers = np.ascontiguousarray(self.numbers[:, self.places[quantity]])
        told = numbers if self.values is None else np.ascontiguousarray(self.values[:, self.places[quantity]])
        return Part(numbers, self.names.get(quantity), self.seasons, self.ticks, self.firsts, self.lasts, told)
