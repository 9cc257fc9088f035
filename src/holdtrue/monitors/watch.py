"""The watch of one model under one alias against one baseline, from one move of the alias to the next."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.foundation import WrongUse, counted, digest_of
from holdtrue.monitors.alarms import Alarm
from holdtrue.monitors.detectors.bets import Bets, bets
from holdtrue.monitors.detectors.blocking import Blocks, BlockState
from holdtrue.monitors.detectors.living import LivingGroup, LivingState, Stage
from holdtrue.monitors.detectors.terms import WINDOW, GroupTerms
from holdtrue.monitors.detectors.verdicts import Landmark
from holdtrue.monitors.intake import Column, Intake
from holdtrue.monitors.service import step_of
from holdtrue.monitors.settings import WatchSettings
from holdtrue.monitors.spending import SpendingState
from holdtrue.monitors.tolerances import bets_within, tolerance_of
from holdtrue.monitors.transitions import Transition
from holdtrue.monitors.watch_reference import WatchReference
from holdtrue.monitors.watch_state import WatchState
from holdtrue.profiles import LENGTHS, Baseline, BlockReference, Reference, Season

FEWEST_ACCEPTED, FEWEST_BLOCKS = 100, 20
"""Rows, or blocks, since a change that make a reference."""


class GroupEvidence(Struct, frozen=True, kw_only=True):
    """Where a group stands.

    Attributes:
        rows: seen in this epoch. evidence: over what is an alarm: 1 raises one. threshold: that, as mean evidence.
        quantities: each one's evidence over what would be an alarm of it alone; from 0.1 on an alarm names it too.
        alarmed: the quantities that have alarmed and are not back yet, their evidence as it was then.
        stages: quantity to how it stands, of those that are not watched against the baseline.
    """

    rows: int
    evidence: float
    threshold: float
    quantities: dict[str, float]
    alarmed: tuple[str, ...]
    stages: dict[str, Stage] = {}


class Watch:
    """Sequential tests of every quantity against the baseline, with one stated rate of false alarms for all together.

    State in, rows in; state and alarms out: nothing is read or written elsewhere. Rows in batches of any sizes give
    the same alarms and the same state, to the bit, as one row at a time.
    """

    def __init__(
        self,
        settings: WatchSettings,
        reference: WatchReference,
        states: Mapping[str, LivingState],
        gathered: Mapping[str, BlockState] = MappingProxyType({}),
        spent: Mapping[str, SpendingState] = MappingProxyType({}),
        later: Mapping[str, Mapping[str, Reference]] = MappingProxyType({}),
    ) -> None:
        self.settings = settings
        self._reference = reference
        self._later = {group: dict(quantities) for group, quantities in later.items()}
        self._groups: dict[str, LivingGroup] = {}
        self._intakes: dict[str, Intake] = {}
        self._blocks: dict[str, Blocks] = {}
        self._spent = dict(spent)
        self._budget = settings.budget
        self._transitions: list[Transition] = []
        thresholds = settings.thresholds([*reference.groups, *self._later])
        for group, threshold in thresholds.items():
            if group in self._later:
                self._begin_later(group, states.get(group))
                continue
            self._intakes[group] = Intake.of(group, reference.groups[group])
            blocks = reference.blocks(group)
            rows = reference.blocked[group].rows if blocks else 1.0
            if blocks and reference.block is not None:
                self._blocks[group] = Blocks(reference.block, blocks, gathered.get(group))
            terms = GroupTerms(
                name=group,
                references=blocks or reference.groups[group],
                seasonal=reference.ranked(group),
                threshold=threshold,
                bets=bets(settings.tolerance),
                window=max(1, round(WINDOW / rows)),
                own=self._own_bets(group, blocks or reference.groups[group]),
            )
            self._groups[group] = LivingGroup(terms, states.get(group))

    def _own_bets(self, group: str, references: Mapping[str, Reference | BlockReference]) -> dict[str, Bets]:
        given, own = self.settings.tolerances, {}
        for quantity, reference in references.items():
            stated = tolerance_of(given, group, quantity)
            if stated is not None:
                own[quantity] = bets_within(quantity, stated, reference, self.settings.tolerance_of(group))
        return own

    def _begin_later(self, group: str, state: LivingState | None = None) -> None:
        if self._later[group]:
            self._intakes[group] = Intake.of(group, self._later[group])
            terms = GroupTerms(
                name=group,
                references=self._later[group],
                threshold=self.settings.thresholds([*self._reference.groups, *self._later])[group],
                bets=bets(self.settings.tolerance_of(group)),
                own=self._own_bets(group, self._later[group]),
            )
            self._groups[group] = LivingGroup(terms, state)

    @staticmethod
    def begin(
        baseline: Baseline,
        settings: WatchSettings | None = None,
        groups: Collection[str] | None = None,
        later: Collection[str] = (),
    ) -> Watch:
        """Begin an epoch: zero evidence, no alarms.

        Args:
            groups: those of the baseline's groups to watch; all by default. The budget of false alarms is shared
                among these and those that come later.
            later: groups whose reference live rows will give (see `refer`).

        Raises:
            WrongUse: the baseline has no such group, or nothing to watch.
        """
        chosen = list(baseline.groups) if groups is None else list(groups)
        for group in chosen:
            if group not in baseline.groups:
                raise WrongUse(
                    f"the baseline has no group {group}", hint=f"it has {', '.join(baseline.groups) or 'none'}"
                )
        reference = WatchReference.of(baseline, [group for group in chosen if baseline.groups[group]])
        if not reference.groups:
            raise WrongUse("there is nothing to watch", hint="give the baseline at least one quantity")
        return Watch(settings or WatchSettings(), reference, {}, later={group: {} for group in later})

    def refer(self, group: str, references: Mapping[str, Reference]) -> None:
        """Begin a group that was announced as one that comes later, with what its quantities are held against.

        Raises:
            WrongUse: no such group was announced, or it has begun.
        """
        if group not in self._later or self._later[group]:
            raise WrongUse(f"group {group} does not begin now", hint="announce it by `later`, and begin it once")
        self._later[group] = dict(references)
        self._begin_later(group)

    @property
    def season(self) -> Season | None:
        """What parts rows into those that are compared with each other."""
        return self._reference.season

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups watched."""
        return tuple(self._groups)

    @property
    def awaited(self) -> tuple[str, ...]:
        """The groups announced that have not begun."""
        return tuple(group for group, quantities in self._later.items() if not quantities)

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """Alarms of this epoch, by group, but for old ones that are over; each names what is put down to it so far."""
        return tuple(alarm for group in self._groups.values() for alarm in group.alarms)

    @property
    def transitions(self) -> tuple[Transition, ...]:
        """What became of alarms in the last `update`: which have changed, which are resolved."""
        return tuple(self._transitions)

    def accept(self, alarm: str) -> tuple[str, int, tuple[str, ...]]:
        """Hold the quantities of an alarm against the rows since it, from the next row of their group on.

        Their next change is a new alarm, against that reference; there is no way back to the baseline in this epoch.

        Args:
            alarm: its id.

        Returns:
            The group, how many rows (or blocks) of it had been judged, and the quantities whose reference moved: what
            `plan` needs to do the same at the same row when the rows come once more.

        Raises:
            WrongUse: there is no such alarm, it is over, or there are fewer than `FEWEST_ACCEPTED` rows since.
        """
        for name, group in self._groups.items():
            own = {quantity: stage for quantity, stage in group.stages().items() if stage.alarm == alarm}
            away = {quantity: stage for quantity, stage in own.items() if stage.standing != "accepted"}
            for quantity, stage in away.items():
                too_few = too_few_since(quantity, stage.rows, "block" if name in self._blocks else step_of(name))
                if too_few:
                    raise WrongUse(too_few, hint="accept it once more have come")
            if away:
                return name, self.rows_judged(name), group.accept(alarm)
        raise WrongUse(f"no quantity of the alarm {alarm} is away from its reference", hint="see `alarms`")

    def rows(self, group: str) -> int:
        """Return how many rows of a group this epoch has seen."""
        return self._blocks[group].rows if group in self._blocks else self._group(group).rows

    def quantities(self, group: str) -> tuple[str, ...]:
        """Return the quantities `update` wants for a group."""
        self._group(group)
        return self._intakes[group].quantities

    def evidence(self) -> dict[str, GroupEvidence]:
        """Return where each group stands."""
        return {
            name: GroupEvidence(
                rows=self.rows(name),
                evidence=group.level(),
                threshold=group.threshold,
                quantities=group.by_quantity(),
                alarmed=group.alarmed,
                stages=group.stages(),
            )
            for name, group in self._groups.items()
        }

    def update(
        self,
        group: str,
        columns: Mapping[str, Column],
        ids: Sequence[str],
        times: Sequence[int | None] | NDArray[np.int64] | None = None,
        seasons: NDArray[np.int64] | None = None,
        asked: NDArray[np.int64] | None = None,
        clock: NDArray[np.int64] | None = None,
    ) -> list[Alarm]:
        """Judge rows in the order they come.

        Args:
            group: the group these rows belong to.
            columns: a column of n values for each quantity of the group, or what it can be worked out from: of texts,
                dates, lists and media, and for pairs, the fields; for predictions `prediction`; for errors that and
                `label`. Further ones are ignored. Numbers with NaN or None for missing; names (strings or booleans)
                with None for missing.
            ids: of the n rows. times: of the n rows, microseconds since 1970; they date the alarms, and tell the
                season where it is an hour, a weekday or a month.
            seasons: which season each row is of, as `season.places` gives it, where the times do not tell.
            asked: rows of the model asked about so far, with each of the n, where the group does not see them all (as
                with labels): the budget is one of these; by default the group's own rows.
            clock: the data's clock at each row, microseconds since 1970, which a budget of time goes by; by default
                the times. Without either time does not count.

        Returns:
            The alarms these rows raised; what became of earlier ones is in `transitions`. A quantity that has alarmed
            raises no other until it is back, or its change is accepted.

        Raises:
            WrongUse: the group is not watched, a quantity is missing, lengths differ, or a row lacks the time that
                tells its season; then no row was judged.
        """
        watched = self._group(group)
        n, seen = len(ids), self.rows(group)
        for name, each in (("times", times), ("asked", asked), ("clock", clock)):
            if each is not None and len(each) != n:
                raise WrongUse(f"{len(each)} {name} do not fit {n} ids")
        when: list[int | None] = [None] * n if times is None else [None if t is None else int(t) for t in times]
        known = None if None in when else np.array(when, dtype=np.int64)
        columns = self._reference.learnt.completed(group, columns, known)
        numbers, names = self._intakes[group].read(columns, n)
        places = self._seasons(group, n, known, seasons)
        block = self._reference.block if group in self._blocks else None
        if block is not None and block.of in LENGTHS and None in when:
            raise WrongUse(f"{group} is watched by the {block.of}, and a row has no time", hint="give times")
        # From here on no row is refused: all are judged, and what they may spend is spent.
        asked = np.arange(seen + 1, seen + n + 1) if asked is None else asked
        spent = self._spent.get(group, SpendingState())
        ticks, self._spent[group] = self._budget.spend(spent, asked, known if clock is None else clock)
        landmarks = list(zip(range(seen, seen + n), ids, when, strict=True))
        if group in self._blocks:
            return self._update_blocks(group, numbers, names, places, ticks, landmarks)
        alarms, self._transitions = watched.update(numbers, names, places, ticks, landmarks)
        return alarms

    def _update_blocks(
        self,
        group: str,
        numbers: NDArray[np.float64],
        names: Mapping[str, Sequence[Any]],
        seasons: NDArray[np.int64],
        ticks: NDArray[np.float64],
        landmarks: list[Landmark],
    ) -> list[Alarm]:
        columns = dict(zip(self._intakes[group].numbers, numbers.T, strict=True)) | dict(names)
        times = np.array([time or 0 for _, _, time in landmarks], dtype=np.int64)
        ended = self._blocks[group].take(columns, seasons, times, ticks, landmarks)
        by_season = self._reference.blocked[group].by_season
        places = ended.seasons if by_season else np.zeros_like(ended.seasons)
        alarms, self._transitions = self._groups[group].update(
            ended.figures, {}, places, ended.ticks, ended.firsts, ended.lasts, ended.means
        )
        return alarms

    @property
    def blocked(self) -> tuple[str, ...]:
        """The groups whose rows are judged block by block."""
        return tuple(self._blocks)

    @property
    def away(self) -> dict[str, str]:
        """The alarms of which a quantity is neither back nor accepted, each with its group."""
        return {
            stage.alarm: name
            for name, group in self._groups.items()
            for stage in group.stages().values()
            if stage.standing != "accepted" and stage.alarm not in group.planned
        }

    def rows_judged(self, group: str) -> int:
        """Return how many rows of a group, or blocks where it has such, have been judged in this epoch."""
        return self._group(group).rows

    def plan(self, alarm: str, group: str, row: int) -> None:
        """Accept an alarm that is to come once so many rows (or blocks) of its group have been judged.

        For rows that are gone through once more: what a person accepted then is accepted at the same place.
        """
        if group in self._groups:
            self._groups[group].plan(alarm, row)

    def to_bytes(self, *, references: bool = True) -> bytes:
        """Return the state (MessagePack).

        Args:
            references: whether to put the baseline's references in. Without them the state is several times
                smaller, and `from_bytes` needs the baseline.
        """
        state = WatchState(
            settings=self.settings,
            groups=tuple(self._reference.groups),
            digest=self._digest,
            reference=self._reference if references else None,
            states={name: group.state() for name, group in self._groups.items()},
            gathered={name: blocks.state() for name, blocks in self._blocks.items()},
            spent=self._spent,
            later=self._later,
        )
        return state.to_bytes()

    @staticmethod
    def from_bytes(data: bytes, baseline: Baseline | None = None) -> Watch:
        """Go on from a state.

        Raises:
            WrongUse: no state of a known format; or its references are elsewhere and `baseline` has others.
        """
        state = WatchState.from_bytes(data)
        reference = state.reference
        if reference is None:
            if baseline is None:
                raise WrongUse("this state was stored without references", hint="give the baseline it was begun with")
            reference = WatchReference.of(baseline, state.groups)
            if digest_of(reference) != state.digest:
                raise WrongUse("this state belongs to another baseline", hint="begin a new watch")
        return Watch(state.settings, reference, state.states, state.gathered, state.spent, state.later)

    @cached_property
    def _digest(self) -> str:
        return digest_of(self._reference)

    def _seasons(
        self, group: str, n: int, times: NDArray[np.int64] | None, given: NDArray[np.int64] | None
    ) -> NDArray[np.int64]:
        season = self._reference.season
        if season is None or group not in self._reference.seasonal:
            return np.zeros(n, dtype=np.int64)
        if given is not None:
            count = len(season.names)
            if given.shape != (n,) or not ((given >= 0) & (given < count)).all():
                raise WrongUse(f"{given.shape} seasons do not fit {n} ids, or are not among the {count} there are")
            return given
        if times is None:
            raise WrongUse(f"{group} is watched by the {season.of}, and a row has no time", hint="give times")
        return season.places(times)

    def _group(self, group: str) -> LivingGroup:
        if group not in self._groups:
            raise WrongUse(f"group {group} is not watched", hint=f"watched are {', '.join(self._groups)}")
        return self._groups[group]


def too_few_since(quantity: str, rows: int, step: str = "row") -> str:
    """Say that there are too few rows since a change for a reference; "" where there are enough.

    Args:
        step: what is judged at once: a `row`, a `block`, a `sample` or a `minute`.

    Example:
        >>> too_few_since("wall", 12), too_few_since("wall", 100)
        ('wall has been watched over 12 rows since it changed, and a reference needs 100', '')
    """
    needed = FEWEST_BLOCKS if step == "block" else FEWEST_ACCEPTED
    if rows >= needed:
        return ""
    return f"{quantity} has been watched over {counted(rows, step)} since it changed, and a reference needs {needed}"
