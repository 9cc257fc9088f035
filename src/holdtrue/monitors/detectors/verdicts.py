"""From evidence to an alarm: which quantity, which level, which way, since when, and by how much."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec
import numpy as np
from numpy.typing import NDArray

from holdtrue.monitors.alarms import Alarm, Direction, Summary, alarm_id, message_of
from holdtrue.monitors.detectors.bets import PLACES, SPREADS
from holdtrue.monitors.detectors.evidence import Evidence
from holdtrue.monitors.detectors.layout import RANK, Layout, Watched
from holdtrue.monitors.detectors.levels import CategoryLevels, baseline_share
from holdtrue.profiles import RARE, BlockReference, NumericReference

Landmark = tuple[int, str, int | None]
"""Number (from 0), id and time of a row."""


def alarm_of(
    group: str,
    quantity: str,
    layout: Layout,
    references: Mapping[str, Watched],
    names: Mapping[str, CategoryLevels],
    evidence: Evidence,
    *,
    group_evidence: float,
    landmarks: Mapping[int, Landmark],
    at: Landmark,
) -> Alarm:
    """Make the alarm that the row just kept has raised.

    Of the quantity's streams and bets the one with most evidence says what changed. The change began at the start time
    at which that bet's fortune since then is greatest.

    Args:
        quantity: the one with most evidence. group_evidence: the group's, over what is an alarm.
        landmarks: of every step (a row, or a block) that a bet's fortune may have begun at, its first row. at: the last
            row of the step just kept.
    """
    streams = layout.streams(quantity)
    total = evidence.total[streams]
    offset, bet = divmod(int(total.argmax()), total.shape[1])
    stream = streams.start + offset
    began = landmarks[min(int(evidence.start[stream, bet]), evidence.row - 1)]
    moments = evidence.sums[:, stream] - evidence.since[:, stream, bet]
    label = layout.labels[stream]
    live = _summary(moments)
    reference = _reference_summary(references[quantity], label, names.get(quantity))
    alarm = Alarm(
        id=alarm_id(group, quantity, *at[1:]),
        group=group,
        quantity=quantity,
        level=label,
        direction=_direction(bet, label, live.mean - reference.mean),
        evidence=group_evidence,
        also=(),
        at_row=at[0] + 1,
        at_id=at[1],
        at_time=at[2],
        began_row=began[0],
        began_id=began[1],
        began_time=began[2],
        rows_taken=at[0] + 1 - began[0],
        reference=reference,
        live=live,
        effect=float(moments[3] / moments[0]) if moments[0] else 0.5,
        message="",
    )
    return msgspec.structs.replace(alarm, message=message_of(alarm))


def _summary(moments: NDArray[np.float64]) -> Summary:
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
