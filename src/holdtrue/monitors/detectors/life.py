"""The life of one quantity after its alarm: does it stay as it is, move on, or come back?

Three sequential tests, one after or beside the other, each begun at a stopping time:
- `gathering`: it is still as it has been since the alarm. Its alarm says that it has moved again.
- `moved`, from then on: it is as in its baseline. Its alarm says that it is elsewhere: it *changes*.
- `returning`: it is still about half as far from its baseline as the alarm said, or farther. Its alarm says that it is
  back: it *resolves*.

A quantity whose change was accepted has the first alone, and its alarm is a new alarm.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec import Struct

from holdtrue.monitors.alarms import Alarm
from holdtrue.monitors.detectors.bets import Bets
from holdtrue.monitors.detectors.gathering import Gathering, GatheringState, Part
from holdtrue.monitors.detectors.group import GroupWatch
from holdtrue.monitors.detectors.group_state import Closing, GroupState
from holdtrue.monitors.detectors.layout import RANK, Watched
from holdtrue.monitors.detectors.returning import Return, ReturnState, half_change, hits_beyond, one_value
from holdtrue.monitors.detectors.terms import alone
from holdtrue.monitors.detectors.verdicts import Landmark

Standing = Literal["open", "changing", "accepted"]


class Moment(Struct, frozen=True, kw_only=True):
    """Something happened to a quantity.

    Attributes:
        kind: `changed`, `resolved`, or `raised` where a change was accepted and there is another.
        at: the row that told; began: the row from which on it is so.
        found: of a change, against the baseline, and of what is raised; None of what is resolved.
        evidence: over what would be an alarm of the quantity alone.
    """

    kind: Literal["changed", "resolved", "raised"]
    at: Landmark
    began: Landmark
    found: Alarm | None = None
    evidence: float = 1.0


class LifeState(Struct, frozen=True, kw_only=True):
    """The stored form of `Life`. `home`: what it was held against, where that is not the baseline."""

    alarm: str
    standing: Standing
    gathering: GatheringState | None
    returning: ReturnState | None
    moved: GroupState | None = None
    moved_since: Landmark | None = None
    home: tuple[Watched, ...] | None = None


class Life:
    """One quantity from its alarm until it is back.

    Args:
        baseline: what it was held against to begin with, season by season. whole: of all seasons.
        threshold: evidence that is an alarm of this quantity alone.

    Attributes:
        alarm: the id of the alarm it was put down to. standing: how it stands.
    """

    def __init__(
        self,
        group: str,
        quantity: str,
        whole: Watched,
        baseline: Sequence[Watched],
        *,
        threshold: float,
        bets: Bets,
        closing: Closing | None = None,
        state: LifeState | None = None,
    ) -> None:
        self._group, self._quantity, self._bets = group, quantity, bets
        self._whole, self._baseline, self._threshold = whole, baseline, threshold
        self.alarm = state.alarm if state else closing.alarm if closing else ""
        self.standing: Standing = state.standing if state else "open"
        self._home = state.home if state else None
        self._moved_since = state.moved_since if state else None
        self._moved = self._against_home(state.moved) if state and state.moved else None
        begun = state.gathering if state else None
        self._gathering = self._gather(state=begun) if state is None or begun else None
        self._returning: Return | None = None
        if state is not None and state.returning is not None:
            self._returning = Return(self._held, state.returning)
        elif closing is not None:
            self._returning = self._way_back(closing)

    @property
    def rows(self) -> int:
        """Rows gathered since the alarm, or since the quantity was last said to change."""
        return 0 if self._gathering is None else self._gathering.rows

    @property
    def evidence(self) -> float:
        """Of a quantity that is watched against what was accepted: its evidence over what is an alarm of it alone."""
        if self.standing != "accepted" or self._gathering is None:
            return 0.0
        return self._gathering.watch.level()

    def update(self, part: Part) -> tuple[int, Moment | None]:
        """Go on over rows, up to the first at which something happens; return how many, and what."""
        begin = 0
        while begin < len(part):
            rest, way, back = part[begin:], self._returning, False
            if way is not None:
                pays = way.pays(rest)
                most, back = way.until(pays, 2 * self._threshold)
                rest = rest[:most]
            taken, alarm = self._detect(rest)
            if way is not None:
                way.keep(pays[:taken], rest.firsts)
            begin += taken
            at = rest.lasts[taken - 1]
            if back and taken == len(rest):
                return begin, self._resolved(at)
            moment = self._moved_on(alarm, at) if alarm is not None else None
            if moment is not None:
                return begin, moment
        return begin, None

    def accept(self) -> None:
        """Hold the quantity, from zero evidence, against the rows gathered."""
        gathering = self._gathering or self._gather()
        gathering.watch.restart()
        gathering.watch.threshold = self._threshold
        self.standing, self._gathering = "accepted", gathering
        self._returning = self._moved = self._moved_since = self._home = None

    @property
    def at_home(self) -> bool:
        """Whether what it goes back to is the baseline."""
        return self._home is None

    def resume(self) -> None:
        """Hold the quantity, from zero evidence, against what had been accepted before it alarmed again."""
        self.standing = "accepted"
        self._gathering, self._home = self._gather(begin=self._home), None
        self._returning = self._moved = self._moved_since = None

    def state(self) -> LifeState:
        """Return the stored form."""
        return LifeState(
            alarm=self.alarm,
            standing=self.standing,
            gathering=self._gathering.state() if self._gathering else None,
            returning=self._returning.state() if self._returning else None,
            moved=self._moved.state() if self._moved else None,
            moved_since=self._moved_since,
            home=self._home,
        )

    @property
    def _held(self) -> Sequence[Watched]:
        return self._baseline if self._home is None else self._home

    def _detect(self, rows: Part) -> tuple[int, Alarm | None]:
        if self._moved is not None:
            return rows.judge(self._moved)
        assert self._gathering is not None
        return self._gathering.update(rows)

    def _moved_on(self, alarm: Alarm, at: Landmark) -> Moment | None:
        """Go over to the next test; return what there is to tell."""
        began = (alarm.began_row, alarm.began_id, alarm.began_time)
        if self.standing == "accepted":
            assert self._gathering is not None and self._gathering.watch.closing is not None
            closing = self._gathering.watch.closing
            self._home = tuple(self._gathering.bag())
            self.standing = "open"
            self._gathering = self._gather()
            self._returning = self._way_back(closing)
            return Moment(kind="raised", at=at, began=began, found=alarm, evidence=alarm.evidence)
        if self._moved is None:
            self._moved, self._moved_since = self._against_home(None), began
            self._gathering = None
            return None
        assert self._moved.closing is not None and self._moved_since is not None
        told = Moment(kind="changed", at=at, began=self._moved_since, found=alarm)
        self._returning = self._way_back(self._moved.closing)
        self._gathering, self._moved, self._moved_since = self._gather(), None, None
        first, self.standing = self.standing == "open", "changing"
        # Told once: a quantity that goes on moving is still changing.
        return told if first else None

    def _resolved(self, at: Landmark) -> Moment:
        assert self._returning is not None
        return Moment(kind="resolved", at=at, began=self._returning.began or at)

    def _way_back(self, closing: Closing) -> Return:
        winner = closing.winner
        hits = (0, 0) if winner.label is RANK else (int(winner.moments[1]), winner.rows)
        if winner.label is RANK and one_value(self._held) is not None:
            hits = hits_beyond(self._held, winner.bet, winner.moments)
        change = half_change(winner.bet, winner.moments)
        return Return(
            self._held,
            ReturnState(label=winner.label, change=change, hits=hits, kept=closing.kept, common=closing.common),
        )

    def _gather(self, *, begin: Sequence[Watched] | None = None, state: GatheringState | None = None) -> Gathering:
        return Gathering(
            self._group,
            self._quantity,
            self._baseline,
            threshold=self._threshold if self.standing == "accepted" else 2 * self._threshold,
            bets=self._bets,
            begin=begin,
            state=state,
        )

    def _against_home(self, state: GroupState | None) -> GroupWatch:
        held = self._held
        whole = self._whole if self._home is None else held[0]
        terms = alone(self._group, self._quantity, held, whole, threshold=self._threshold, bets=self._bets)
        return GroupWatch(terms, state=state)
