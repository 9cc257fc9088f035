"""From evidence to an alarm: which quantity, which level, which way, since when, and by how much."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec
import numpy as np
from msgspec import Struct

from holdtrue.monitors.alarms import Alarm, Direction, Summary, alarm_id, message_of
from holdtrue.monitors.detectors.bets import PLACES, SPREADS
from holdtrue.monitors.detectors.evidence import Evidence
from holdtrue.monitors.detectors.layout import RANK, Layout, Watched
from holdtrue.monitors.detectors.levels import CategoryLevels, baseline_share
from holdtrue.profiles import RARE, BlockReference, NumericReference

Landmark = tuple[int, str, int | None]
"""Number (from 0), id and time of a row."""


class Winner(Struct, frozen=True):
    """Of a quantity's streams and bets the one with most evidence: it says what changed, and since when.

    Attributes:
        quantity, label: whose stream it is, see `Layout.labels`. bet: its place among the bets.
        began: the first row of the start time at which its fortune since then is greatest.
        rows: since that start, judged or not: while nothing of a class has been seen, its rows are not judged.
        before, moments: sums of the stream (see `evidence.MOMENTS`) up to that start, and since then.
    """

    quantity: str
    label: str | None
    bet: int
    began: Landmark
    before: tuple[float, ...]
    moments: tuple[float, ...]
    rows: int


def winner_of(streams: slice, layout: Layout, evidence: Evidence, landmarks: Mapping[int, Landmark]) -> Winner:
    """Return which of a quantity's streams and bets has most evidence.

    Args:
        streams: the quantity's. landmarks: of every step (a row, or a block) that a bet's fortune may have begun at,
            its first row.
    """
    total = evidence.total[streams]
    offset, bet = divmod(int(total.argmax()), total.shape[1])
    stream = streams.start + offset
    before = evidence.since[:, stream, bet]
    place = int(np.searchsorted(layout.starts, streams.start))
    return Winner(
        layout.quantities[place],
        layout.labels[stream],
        bet,
        landmarks[min(int(evidence.start[stream, bet]), evidence.row - 1)],
        tuple(before.tolist()),
        tuple((evidence.sums[:, stream] - before).tolist()),
        evidence.row - int(evidence.start[stream, bet]),
    )


def alarm_of(
    group: str,
    winner: Winner,
    reference: Watched,
    levels: CategoryLevels | None,
    *,
    group_evidence: float,
    at: Landmark,
    gathered: bool = False,
) -> Alarm:
    """Make the alarm that the row just kept has raised.

    Args:
        reference: what the winner's quantity is held against; levels: its classes, of a name.
        group_evidence: the group's, over what is an alarm. at: the last row of the step just kept.
        gathered: the reference is what came live before the change, and not the baseline.
    """
    began, moments = winner.began, winner.moments
    live = _summary(moments)
    before = _summary(winner.before) if gathered else _reference_summary(reference, winner.label, levels)
    alarm = Alarm(
        id=alarm_id(group, winner.quantity, *at[1:]),
        group=group,
        quantity=winner.quantity,
        level=winner.label,
        direction=_direction(winner.bet, winner.label, live.mean - before.mean),
        evidence=group_evidence,
        also=(),
        at_row=at[0] + 1,
        at_id=at[1],
        at_time=at[2],
        began_row=began[0],
        began_id=began[1],
        began_time=began[2],
        rows_taken=at[0] + 1 - began[0],
        reference=before,
        live=live,
        effect=float(moments[3] / moments[0]) if moments[0] else 0.5,
        accepted=gathered,
        message="",
    )
    return msgspec.structs.replace(alarm, message=message_of(alarm))


def _summary(moments: Sequence[float]) -> Summary:
    n, total, squares = int(moments[0]), float(moments[1]), float(moments[2])
    mean = total / n if n else 0.0
    variance = (squares - n * mean * mean) / (n - 1) if n > 1 else 0.0
    return Summary(n=n, mean=mean, sd=max(0.0, variance) ** 0.5)


def _reference_summary(reference: Watched, label: str | None, levels: CategoryLevels | None) -> Summary:
    common = levels.common if levels is not None else []
    if isinstance(reference, BlockReference):
        common = [lane for lane in reference.lanes if lane != RARE]
        reference = reference.whole
    if isinstance(reference, NumericReference):
        if label is RANK:
            return Summary(n=reference.n, mean=reference.mean, sd=reference.sd)
        n = reference.n + reference.missing
        share = reference.missing / n if n else 0.0
    else:
        n = reference.n
        share = baseline_share(reference, label, common) if label is not None else 0.0
    return Summary(n=n, mean=share, sd=(share * (1 - share)) ** 0.5)


def _direction(bet: int, label: str | None, difference: float) -> Direction:
    if label is not RANK:
        return "up" if difference > 0 else "down"
    if bet < len(PLACES):
        return "up" if PLACES[bet] > 0 else "down"
    return "wider" if SPREADS[bet - len(PLACES)] > 1 else "narrower"
