"""The watch of one model under one alias against one baseline, from one move of the alias to the next."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.foundation import WrongUse, digest_of
from holdtrue.monitors.alarms import Alarm
from holdtrue.monitors.bets import bets
from holdtrue.monitors.group import GroupState, GroupWatch
from holdtrue.monitors.settings import WatchSettings
from holdtrue.profiles import PARTS, Baseline, Reference, Season

FORMAT = 2

Column = Sequence[Any] | NDArray[Any]


class WatchReference(Struct, frozen=True, kw_only=True):
    """What of a baseline is watched: each group's quantities, of the whole baseline and of each season."""

    groups: dict[str, dict[str, Reference]]
    season: Season | None = None
    seasonal: dict[str, tuple[dict[str, Reference], ...]] = {}


class GroupEvidence(Struct, frozen=True, kw_only=True):
    """Where a group stands.

    Attributes:
        rows: seen in this epoch. evidence: over what is an alarm: 1 raises one. threshold: that, as mean evidence.
        quantities: each one's evidence over what would be an alarm of it alone; from 0.1 on an alarm names it too.
        alarmed: the quantities that have alarmed in this epoch, their evidence as it was then.
    """

    rows: int
    evidence: float
    threshold: float
    quantities: dict[str, float]
    alarmed: tuple[str, ...]


class Watch:
    """Sequential tests of every quantity against the baseline, with one stated rate of false alarms for all together.

    State in, rows in; state and alarms out: nothing is read or written elsewhere. Rows in batches of any sizes give
    the same alarms and the same state, to the bit, as one row at a time.
    """

    def __init__(self, settings: WatchSettings, reference: WatchReference, states: Mapping[str, GroupState]) -> None:
        self.settings = settings
        self._reference, references = reference, reference.groups
        self._groups = {
            group: GroupWatch(
                group,
                references[group],
                reference.seasonal.get(group, ()),
                threshold=threshold,
                bets=bets(settings.tolerance),
                state=states.get(group),
            )
            for group, threshold in settings.thresholds(references).items()
        }

    @staticmethod
    def begin(
        baseline: Baseline, settings: WatchSettings | None = None, groups: Collection[str] | None = None
    ) -> Watch:
        """Begin an epoch: zero evidence, no alarms.

        Args:
            groups: those of the baseline's groups to watch; all by default. The budget of false alarms is shared
                among these alone.

        Raises:
            WrongUse: the baseline has no such group, or nothing to watch.
        """
        chosen = list(baseline.groups) if groups is None else list(groups)
        for group in chosen:
            if group not in baseline.groups:
                raise WrongUse(
                    f"the baseline has no group {group}", hint=f"it has {', '.join(baseline.groups) or 'none'}"
                )
        reference = _reference_of(baseline, [group for group in chosen if baseline.groups[group]])
        if not reference.groups:
            raise WrongUse("there is nothing to watch", hint="give the baseline at least one quantity")
        return Watch(settings or WatchSettings(), reference, {})

    @property
    def season(self) -> Season | None:
        """What parts rows into those that are compared with each other."""
        return self._reference.season

    @property
    def groups(self) -> tuple[str, ...]:
        """The groups watched."""
        return tuple(self._groups)

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """All alarms of this epoch, by group; each names the quantities put down to it so far."""
        return tuple(alarm for group in self._groups.values() for alarm in group.alarms)

    def rows(self, group: str) -> int:
        """Return how many rows of a group this epoch has seen."""
        return self._group(group).rows

    def quantities(self, group: str) -> tuple[str, ...]:
        """Return the quantities `update` wants for a group."""
        self._group(group)
        return tuple(self._reference.groups[group])

    def evidence(self) -> dict[str, GroupEvidence]:
        """Return where each group stands."""
        return {
            name: GroupEvidence(
                rows=group.rows,
                evidence=group.level(),
                threshold=group.threshold,
                quantities=group.by_quantity(),
                alarmed=tuple(group.closed),
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
    ) -> list[Alarm]:
        """Judge rows in the order they come.

        Args:
            group: the group these rows belong to.
            columns: a column of n values for each quantity of the group; further ones are ignored. Numbers with NaN
                or None for missing; names (strings or booleans) with None for missing.
            ids: of the n rows. times: of the n rows, microseconds since 1970; they date the alarms, and tell the
                season where it is an hour, a weekday or a month.
            seasons: which season each row is of, as `season.places` gives it, where the times do not tell.

        Returns:
            The alarms these rows raised. A quantity raises at most one in an epoch; those named with it neither.

        Raises:
            WrongUse: the group is not watched, a quantity is missing, lengths differ, or a row lacks the time that
                tells its season; then no row was judged.
        """
        watched = self._group(group)
        n = len(ids)
        if times is not None and len(times) != n:
            raise WrongUse(f"{len(times)} times do not fit {n} ids")
        for quantity in self._reference.groups[group]:
            column = columns.get(quantity)
            if column is None:
                raise WrongUse(f"{group}: no column {quantity}", hint="give one for each quantity of the baseline")
            if len(column) != n:
                raise WrongUse(f"{group}: {len(column)} values of {quantity} do not fit {n} ids")
        places = self._seasons(group, n, times, seasons)
        when: list[int | None] = [None] * n if times is None else [None if t is None else int(t) for t in times]
        alarms: list[Alarm] = []
        done = 0
        while done < n:
            numeric, named = watched.needs()
            numbers = np.empty((n - done, len(numeric)))
            for place, quantity in enumerate(numeric):
                column = columns[quantity]
                numbers[:, place] = _numbers(column[done:] if done else column, quantity)
            names = {quantity: _names(columns[quantity][done:]) for quantity in named}
            taken, alarm = watched.update(numbers, names, places[done:], ids[done:], when[done:])
            done += taken
            if alarm is not None:
                alarms.append(alarm)
        return alarms

    def to_bytes(self, *, references: bool = True) -> bytes:
        """Return the state (MessagePack).

        Args:
            references: whether to put the baseline's references in. Without them the state is several times
                smaller, and `from_bytes` needs the baseline.
        """
        return _encoder.encode(
            _State(
                format=FORMAT,
                settings=self.settings,
                groups=tuple(self._reference.groups),
                digest=digest_of(self._reference),
                reference=self._reference if references else None,
                states={name: group.state() for name, group in self._groups.items()},
            )
        )

    @staticmethod
    def from_bytes(data: bytes, baseline: Baseline | None = None) -> Watch:
        """Go on from a state.

        Raises:
            WrongUse: no state of a known format; or its references are elsewhere and `baseline` has others.
        """
        try:
            found = msgspec.msgpack.decode(data, type=_Format).format
            if found != FORMAT:
                raise WrongUse(f"a watch of format {found} cannot be read", hint="use the release that wrote it")
            state = _decoder.decode(data)
        except msgspec.DecodeError as broken:
            raise WrongUse(f"these bytes are no state of a watch: {broken}") from broken
        reference = state.reference
        if reference is None:
            if baseline is None:
                raise WrongUse("this state was stored without references", hint="give the baseline it was begun with")
            reference = _reference_of(baseline, state.groups)
            if digest_of(reference) != state.digest:
                raise WrongUse("this state belongs to another baseline", hint="begin a new watch")
        return Watch(state.settings, reference, state.states)

    def _seasons(
        self,
        group: str,
        n: int,
        times: Sequence[int | None] | NDArray[np.int64] | None,
        given: NDArray[np.int64] | None,
    ) -> NDArray[np.int64]:
        season = self._reference.season
        if season is None or group not in self._reference.seasonal:
            return np.zeros(n, dtype=np.int64)
        if given is not None:
            count = len(season.names)
            if given.shape != (n,) or not ((given >= 0) & (given < count)).all():
                raise WrongUse(f"{given.shape} seasons do not fit {n} ids, or are not among the {count} there are")
            return given
        if season.of in PARTS and (times is None or any(time is None for time in times)):
            raise WrongUse(f"{group} is watched by the {season.of}, and a row has no time", hint="give times")
        return season.places(np.array([0 if each is None else each for each in times or ()], dtype=np.int64))

    def _group(self, group: str) -> GroupWatch:
        if group not in self._groups:
            raise WrongUse(f"group {group} is not watched", hint=f"watched are {', '.join(self._groups)}")
        return self._groups[group]


class _Format(Struct):
    format: int


class _State(Struct, frozen=True, kw_only=True):
    format: int
    settings: WatchSettings
    groups: tuple[str, ...]
    digest: str
    reference: WatchReference | None
    states: dict[str, GroupState]


def _reference_of(baseline: Baseline, groups: Collection[str]) -> WatchReference:
    return WatchReference(
        groups={group: dict(baseline.groups.get(group, {})) for group in groups},
        season=baseline.season,
        seasonal={group: baseline.seasonal[group] for group in groups if group in baseline.seasonal},
    )


def _numbers(values: Column, quantity: str) -> NDArray[np.float64]:
    try:
        if isinstance(values, np.ndarray):
            return values if values.dtype == np.float64 else values.astype(np.float64)
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as wrong:
        raise WrongUse(f"{quantity}: not a column of numbers: {wrong}") from wrong


def _names(values: Column) -> list[Any]:
    return values.tolist() if isinstance(values, np.ndarray) else list(values)


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(_State)
