"""One group of quantities watched together: values to ranks to bets to evidence, and the moment it is an alarm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from holdtrue.monitors.alarms import Alarm
from holdtrue.monitors.detectors.bets import COUNT
from holdtrue.monitors.detectors.evidence import Evidence
from holdtrue.monitors.detectors.group_state import Closing, GroupState
from holdtrue.monitors.detectors.layout import RANK, Column, Watched, columns_in, lay_out, names_in
from holdtrue.monitors.detectors.levels import CategoryLevels, Proposal
from holdtrue.monitors.detectors.packing import Sparse, dense, sparse
from holdtrue.monitors.detectors.raised import RaisedAlarms
from holdtrue.monitors.detectors.ranks import NumericRanks, bins_of
from holdtrue.monitors.detectors.stepping import Rows, Stepper, group_evidence
from holdtrue.monitors.detectors.terms import GroupTerms
from holdtrue.monitors.detectors.verdicts import Landmark, alarm_of, winner_of
from holdtrue.profiles import RANKS, CategoryReference, NumericReference

STRETCH = 1024
"""Most rows that are prepared at once."""

NAMED = 0.1
"""A quantity is named beside the top one if its own evidence is this share of what would be an alarm of it alone."""

Floats = NDArray[np.float64]


class GroupWatch:
    """The detectors of one group.

    An alarm closes the quantity with most evidence: it is no longer watched here, until `reopen`. One that would raise
    the next alarm within `WINDOW` rows is put down to the same change and closed without another. What is merely named
    beside an alarm stays watched: it may have its evidence by chance.

    Attributes:
        name, threshold: the group's name, and the mean evidence that is an alarm.
        closed: quantities that have alarmed, with their evidence over `threshold` then.
        closing: the quantity that the last row of the last `update` closed, if it did.
        raised: its alarms, as they were when the last quantity was put down to one.
        left: where the reference is gathered live, what it was at the alarm, season by season.
    """

    def __init__(self, terms: GroupTerms, *, gathered: bool = False, state: GroupState | None = None) -> None:
        self.name, self.threshold, self._bets = terms.name, terms.threshold, terms.bets
        self._terms = terms
        self.closed = dict(state.closed) if state else {}
        self.raised = RaisedAlarms(terms.window, *((state.alarms, state.alarmed_at) if state else ()))
        self._gathered, self._order = gathered, tuple(terms.references)
        self._open = {q: r for q, r in terms.references.items() if q not in self.closed}
        self._landmarks = dict(state.landmarks) if state else {}
        self._seasonal = terms.seasons
        columns, names = columns_in(self._open), names_in(self._open)
        seasons = range(len(self._seasonal))
        self._rows = np.array(state.rows if state else [0 for _ in seasons], dtype=np.int64)
        # Missing values are watched from the first one on: before it, their indicator could not move.
        missing = [q for q, r in self._open.items() if isinstance(r, NumericReference) and r.missing]
        # Rows there were of each season when a quantity came back to the watch.
        self._since = dict(state.since) if state else {}
        self._missing = (
            {q: list(each) for q, each in state.missing.items()}
            if state
            else {q: [0 for _ in seasons] for q in missing}
        )
        self._names = {
            q: CategoryLevels([names_in(each)[q] for each in self._seasonal], state.levels[q] if state else None)
            for q in names
        }
        tables = [[columns_in(each)[column] for column in columns] for each in self._seasonal]
        self._ranks = NumericRanks(tables, _live(state.bins, tables) if state else None)
        self._lay_out()
        self.evidence = Evidence.of(state.evidence) if state else Evidence(len(self._layout.labels))
        self.closing: Closing | None = None
        self.left: list[Watched] = []

    @property
    def rows(self) -> int:
        """Rows, or blocks, seen in this epoch."""
        return self.evidence.row

    def needs(self) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return the quantities that are still watched: numbers, names."""
        return tuple(quantity for quantity, _ in self._layout.columns), self._layout.names

    @property
    def names(self) -> tuple[str, ...]:
        """The names that are still watched."""
        return self._layout.names

    @property
    def columns(self) -> tuple[Column, ...]:
        """What is ranked."""
        return self._layout.columns

    @property
    def alarms(self) -> tuple[Alarm, ...]:
        """Alarms of this epoch, the first first, each with the quantities put down to it so far."""
        if not self.raised.takes(self.evidence.row):
            return self.raised.kept
        return self.raised.beside({q: s for q, s in self.by_quantity().items() if s >= NAMED and q not in self.closed})

    def by_quantity(self) -> dict[str, float]:
        """Return each quantity's evidence over what would be an alarm of it alone; of the closed, what it was then."""
        columns, _ = self._evidence()
        return self.closed | dict(zip(self._layout.quantities, (columns[0] / self.threshold).tolist(), strict=True))

    def level(self) -> float:
        """Return the group's evidence over what is an alarm."""
        _, mean = self._evidence()
        return float(mean[0] / self.threshold)

    def update(
        self,
        numbers: Floats,
        names: Mapping[str, Sequence[object]],
        seasons: NDArray[np.int64],
        ticks: Floats,
        firsts: Sequence[Landmark],
        lasts: Sequence[Landmark] | None = None,
        values: Floats | None = None,
    ) -> tuple[int, Alarm | None]:
        """Judge rows one after the other up to the first after which the quantities watched are others.

        Args:
            numbers: shape (n, c), columns as `needs` gives them; names: n values each; seasons, ticks: shape (n,).
            firsts, lasts: of the n steps, their first and last rows; the same where a step is a row.
            values: shape (n, c), what is told of the columns, where it is not what is ranked.

        Returns:
            How many rows were taken, and the alarm that the last of them raised, if it did.
        """
        self.closing = None
        if not self._open:
            self.evidence.row += len(firsts)
            return len(firsts), None
        ends = firsts if lasts is None else lasts
        told = numbers if values is None else np.ascontiguousarray(values)
        absent = np.isnan(numbers)
        gaps = np.count_nonzero(absent) > 0
        begin = 0
        while begin < len(firsts):
            end = min(begin + STRETCH, len(firsts))
            if gaps or self._names:
                self._promote({q: names[q][begin] for q in self._names}, absent[begin], int(seasons[begin]))
            if gaps:
                first_missing = absent[begin:end, self._layout.never_missing].any(axis=1)
                end = begin + int(first_missing.argmax()) if first_missing.any() else end
            lots = {q: levels.propose(names[q][begin:end], seasons[begin:end]) for q, levels in self._names.items()}
            end = min([end, *(begin + len(lot.levels) for lot in lots.values())]) if lots else end
            span = slice(begin, end)
            rows, alarming = self._judge(numbers[span], told[span], absent[span], lots, seasons[span], ticks[span])
            self._keep(rows, absent[span], lots, seasons[span], firsts[begin : begin + rows])
            begin += rows
            alarm = self._found(ends[begin - 1]) if alarming else None
            if self.raised.kept and not self.raised.rows_left(self.evidence.row):
                self.raised.kept = self.alarms
            if alarming:
                return begin, alarm
        return begin, None

    def state(self) -> GroupState:
        """Return the stored form."""
        live, width = self._ranks.live, len(self._layout.columns)
        return GroupState(
            closed=self.closed,
            evidence=self.evidence.state(),
            rows=tuple(self._rows.tolist()),
            bins=[[sparse(each) for each in live[column::width]] for column in range(width)],
            missing={q: list(each) for q, each in self._missing.items()},
            levels={q: levels.state() for q, levels in self._names.items()},
            landmarks=self._needed_landmarks(),
            alarms=self.raised.kept,
            alarmed_at=self.raised.at,
            since=self._since,
        )

    def reopen(self, quantity: str, reference: Watched) -> None:
        """Watch a closed quantity again, from zero evidence, against what it was begun with."""
        del self.closed[quantity]
        columns, before = self._layout.columns, self._ranks
        every = {**self._open, quantity: reference}
        self._open = {q: every[q] for q in self._order if q in every}
        self._since[quantity] = tuple(self._rows.tolist())
        if isinstance(reference, NumericReference) and reference.missing:
            missing = {**self._missing, quantity: [0 for _ in self._seasonal]}
            self._missing = {q: missing[q] for q in self._open if q in missing}
        if isinstance(reference, CategoryReference):
            levels = CategoryLevels([names_in(each)[quantity] for each in self._seasonal])
            names = {**self._names, quantity: levels}
            self._names = {q: names[q] for q in self._open if q in names}
        self._lay_out()
        self._ranks = before.arranged(columns, self._layout.columns, [columns_in(each) for each in self._seasonal])
        streams = self._layout.streams(quantity)
        for _ in range(streams.stop - streams.start):
            self.evidence.insert(streams.start)
        # It counted in the group's mean while it was away, and goes on to count before it is judged.
        self.evidence.sums[0, streams.start] = 1.0
        self.evidence.since[0, streams.start] = 1.0

    def recut(self, season: int, reference: Watched) -> None:
        """Count one season of the only quantity anew, by a reference that has its live values in it.

        What was gathered stays: cuts that are order statistics of the values so far keep the next rank uniform.
        """
        (quantity,) = self._open
        self._seasonal = [{quantity: reference} if at == season else each for at, each in enumerate(self._seasonal)]
        columns = self._layout.columns
        tables = [columns_in(each) for each in self._seasonal]
        self._ranks = self._ranks.arranged(columns, columns, tables, fresh=season)
        self._rows[season] = 0
        for each in self._missing.values():
            each[season] = 0

    def bag(self, quantity: str) -> list[Watched]:
        """Return all values of a quantity that is watched, season by season, as references."""
        found: list[Watched] = []
        for season, each in enumerate(self._seasonal):
            reference = each[quantity]
            if isinstance(reference, CategoryReference):
                found.append(self._names[quantity].bag(season, reference))
                continue
            lanes = {}
            for place, (of, lane) in enumerate(self._layout.columns):
                if of == quantity:
                    missing = self._missing[quantity][season] if quantity in self._missing else 0
                    lanes[lane] = self._ranks.bag(season, place, missing)
            whole = lanes[RANKS] if isinstance(reference, NumericReference) else None
            found.append(whole or msgspec.structs.replace(reference, lanes=lanes))
        return found

    def restart(self) -> None:
        """Take all evidence back to zero; what was counted stays."""
        begun = Evidence(len(self._layout.labels))
        begun.row, begun.sums = self.evidence.row, self.evidence.sums
        begun.start[:] = begun.row
        begun.since = np.repeat(begun.sums[:, :, None], begun.since.shape[2], axis=2)
        self.evidence = begun

    def enter(self, alarm: Alarm, evidence: float) -> str:
        """Take in an alarm that was raised elsewhere at the row just kept; return the one it is put down to, or its id.

        Args:
            evidence: of its quantity, over what would be an alarm of it alone.
        """
        if not self.raised.put_down(alarm.quantity, evidence, self.evidence.row):
            self.raised.add(alarm, self.evidence.row)
        return self.raised.last.id

    def end(self, alarm: str, most: int) -> None:
        """Say that an alarm is over; of such, the last few are kept."""
        self.raised.end(alarm, most)
        self.raised.kept = self.alarms

    def _evidence(self) -> tuple[Floats, Floats]:
        counted, begun = self.evidence.counted(self._bets), self.evidence.begun
        return group_evidence(self._layout, counted[None], begun[None], len(self.closed))

    def _judge(
        self,
        numbers: Floats,
        told: Floats,
        absent: NDArray[np.bool_],
        lots: Mapping[str, Proposal],
        seasons: NDArray[np.int64],
        ticks: Floats,
    ) -> tuple[int, bool]:
        """Judge rows up to the first that is an alarm; the end of an alarm's window ends them too."""
        n, layout = numbers.shape[0], self._layout
        shape = (n, len(layout.labels))
        low, high, active = np.empty(shape), np.empty(shape), np.empty(shape, dtype=np.bool_)
        active.fill(True)
        values = told
        if layout.ranks.size < shape[1]:
            values = np.empty(shape)
            values[:, layout.ranks] = told
        if layout.missing.size:
            hits = absent[:, layout.missing_of]
            _indicate(low, high, values, layout.missing, hits, self._missing_shares(hits, seasons))
        for quantity, lot in lots.items():
            _indicate(low, high, values, layout.streams(quantity), lot.hits[:n], lot.shares[:n])
            active[:, layout.streams(quantity)] = lot.active[:n]
        stepper = Stepper(
            self._ranks, self.evidence, layout, self._bets, self._factors, len(self.closed), self.threshold
        )
        left = self.raised.rows_left(self.evidence.row)
        rows = Rows(numbers, seasons, low, high, values, active, ticks)
        return stepper.advance(rows, min(n, left) if left > 0 else n)

    def _missing_shares(self, hits: NDArray[np.bool_], seasons: NDArray[np.int64]) -> Floats:
        shares = np.empty(hits.shape)
        for season in np.unique(seasons).tolist():
            references, rows = columns_in(self._seasonal[season]), np.nonzero(seasons == season)[0]
            of = [references[q, RANKS] for q in self._missing]
            before = np.array([r.missing for r in of]) + np.array([live[season] for live in self._missing.values()])
            whole = np.array([r.missing + r.n for r in of])
            known = self._rows[season] - np.array(
                [self._since[q][season] if q in self._since else 0 for q in self._missing]
            )
            whole = (whole + known) + np.arange(1, rows.size + 1)[:, None]
            shares[rows] = (before + np.cumsum(hits[rows], axis=0)) / whole
        return shares

    def _keep(
        self,
        rows: int,
        absent: NDArray[np.bool_],
        lots: Mapping[str, Proposal],
        seasons: NDArray[np.int64],
        landmarks: Sequence[Landmark],
    ) -> None:
        self._landmarks.update(enumerate(landmarks, start=self.evidence.row - rows))
        for quantity, column in zip(self._missing, self._layout.missing_of, strict=True):
            for season in seasons[:rows][absent[:rows, column]].tolist():
                self._missing[quantity][season] += 1
        for quantity, lot in lots.items():
            self._names[quantity].add(lot, rows, seasons)
        if self._rows.size == 1:
            self._rows[0] += rows
        else:
            self._rows += np.bincount(seasons[:rows], minlength=self._rows.size)
        if len(self._landmarks) > 4096:
            self._landmarks = self._needed_landmarks()

    def _needed_landmarks(self) -> dict[int, Landmark]:
        starts = np.unique(self.evidence.start).tolist()
        return {start: self._landmarks[start] for start in starts if start < self.evidence.row}

    def _found(self, at: Landmark) -> Alarm | None:
        """Close the quantity with most evidence; raise an alarm of it, unless it belongs to the one just raised."""
        evidence = self.by_quantity()
        top = max(self._layout.quantities, key=lambda quantity: evidence[quantity])
        winner = winner_of(self._layout.streams(top), self._layout, self.evidence, self._landmarks)
        raised = not self.raised.put_down(top, evidence[top], self.evidence.row)
        if raised:
            alarm = alarm_of(
                self.name,
                winner,
                self._open[top],
                self._names.get(top),
                group_evidence=self.level(),
                at=at,
                gathered=self._gathered,
            )
            self.raised.add(alarm, self.evidence.row)
        self.left = self.bag(top) if self._gathered else []
        levels = self._names.get(top)
        kept, common = (levels.kept, tuple(levels.common)) if levels is not None else (None, ())
        self._close(top, evidence[top])
        self.closing = Closing(top, winner, self.raised.last.id, kept, common)
        return self.alarms[-1] if raised else None

    def _close(self, quantity: str, evidence: float) -> None:
        self.closed[quantity] = evidence
        self.evidence.remove(self._layout.streams(quantity))
        columns = [place for place, (name, _) in enumerate(self._layout.columns) if name == quantity]
        if columns:
            self._ranks = self._ranks.without(columns)
        self._missing.pop(quantity, None)
        self._names.pop(quantity, None)
        self._since.pop(quantity, None)
        del self._open[quantity]
        self._lay_out()

    def _lay_out(self) -> None:
        self._layout = layout = lay_out(self._open, self._names, self._missing)
        self._factors = np.ones((len(layout.labels), COUNT))
        for quantity in self._terms.own:
            if quantity in layout.quantities:
                bets, streams = self._terms.bets_of(quantity), layout.streams(quantity)
                for place in range(streams.start, streams.stop):
                    if not bets.of_ranks or layout.labels[place] is RANK:
                        self._factors[place] = bets.factors

    def _promote(self, values: Mapping[str, object], absent: NDArray[np.bool_], season: int) -> None:
        """Begin indicators for levels that the next row makes common, and for numbers it misses for the first time."""
        for quantity, value in values.items():
            if self._names[quantity].promote(value, season):
                self.evidence.insert(self._layout.streams(quantity).stop)
                self._lay_out()
        first_missing = self._layout.never_missing[absent[self._layout.never_missing]]
        for column in first_missing:
            quantity = self._layout.columns[column][0]
            begun = self._missing | {quantity: [0 for _ in self._seasonal]}
            self._missing = {q: begun[q] for q in self._open if q in begun}  # in the order of the layout's
            self.evidence.insert(self._layout.streams(quantity).stop)
            self._lay_out()


def _indicate(
    low: Floats,
    high: Floats,
    values: Floats,
    places: slice | NDArray[np.intp],
    hits: NDArray[np.bool_],
    shares: Floats,
) -> None:
    """Give indicators their ranks: [1 - share, 1] for those hit, [0, 1 - share] for the rest."""
    low[:, places] = np.where(hits, 1.0 - shares, 0.0)
    high[:, places] = np.where(hits, 1.0, 1.0 - shares)
    values[:, places] = hits


def _live(bins: Sequence[Sequence[Sparse]], tables: Sequence[Sequence[NumericReference]]) -> NDArray[np.int64]:
    width = bins_of([reference for season in tables for reference in season])
    counts = [dense(column[season], width) for season in range(len(tables)) for column in bins]
    return np.array(counts, dtype=np.int64).reshape(len(counts), width)
