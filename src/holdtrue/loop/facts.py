"""What is known when the policies are asked: gathered here, judged there."""

from __future__ import annotations

import numpy as np
from msgspec import Struct

from holdtrue.catalog import AlarmRecord, AliasRecord, Catalog, VersionRecord
from holdtrue.checks import Comparison, Scored, compare, metrics_of
from holdtrue.foundation import UnknownReference
from holdtrue.loop.labelled import LabelledRows
from holdtrue.loop.memory import LoopMemory
from holdtrue.policies import Accept, Facts, Intent, LoopState, Rollback, Target, cooling
from holdtrue.predicting import load_version
from holdtrue.registry import PRODUCTION, rollback_target
from holdtrue.store import Store
from holdtrue.watching import rows_since

_FEWEST = 30


class Present(Struct, frozen=True, kw_only=True):
    """The moment a decision is made in: times by the policies' clock (microseconds UTC).

    Attributes:
        promoted_at: when production was last promoted to; None without production, or where its last move was back.
        trained_at: when the last training began; None before the first.
        new_rows: labelled rows that the last training did not have.
        training: whether a training of this model runs.
    """

    now: int
    promoted_at: int | None
    trained_at: int | None
    new_rows: int
    training: bool


def promoted_at(catalog: Catalog, model: str, *, epoch: int, first_time: int | None, by_data_time: bool) -> int | None:
    """Return since when the version in production is on trial.

    Args:
        epoch: that the watcher is in. first_time: data time of that epoch's first row, None before it.
        by_data_time: whether the policies go by the time in the rows, not by the machine's.

    Returns:
        None where nothing is in production or no row was answered yet; and where the last move was back to a version
        that stood there before: that one is not on trial, and must not be left again for want of labels.
    """
    moves = sorted(catalog.aliases.history(model, PRODUCTION), key=lambda move: move.epoch)
    if not moves or any(move.version_id == moves[-1].version_id for move in moves[:-1]):
        return None
    if not by_data_time:
        return moves[-1].moved_at
    return first_time if epoch == moves[-1].epoch else None


def loop_state(memory: LoopMemory, pending: tuple[Intent, ...], present: Present) -> LoopState:
    """Return what is known of a model when an event is decided on."""
    return LoopState(
        now=present.now,
        promoted_at=present.promoted_at,
        trained_at=present.trained_at,
        new_rows=present.new_rows,
        pending=pending,
        last=memory.last,
        training=present.training,
    )


def facts_of(
    intent: Intent,
    catalog: Catalog,
    store: Store,
    labelled: LabelledRows,
    present: Present,
    last: int | None,
) -> Facts:
    """Return what is known when a waiting intent is looked at again; `last`: when its policy last did the same."""
    alarm = _alarm(catalog, intent.alarm_id)
    alias = catalog.aliases.get(intent.model, PRODUCTION)
    missing, since = rows_since(catalog, alarm) if alarm and isinstance(intent.reaction, Accept) else ("", 0)
    # To compare versions takes a while, so it is done once the cool-down is over.
    compared = isinstance(intent.reaction, Rollback) and not cooling(intent, last, present.now)
    return Facts(
        now=present.now,
        alarm_status=alarm.status if alarm else "",
        alarm_why=alarm.why if alarm else "",
        rows_missing=missing,
        rows_since=since,
        labels_since_change=labelled.since(intent.since),
        training=present.training,
        promoted_at=present.promoted_at,
        epoch=-1 if alias is None else alias.epoch,
        target=_target(catalog, store, alias, labelled) if compared and alias is not None else None,
        last=last,
    )


def _alarm(catalog: Catalog, alarm_id: str) -> AlarmRecord | None:
    if not alarm_id:
        return None
    try:
        return catalog.alarms.get(alarm_id)
    except UnknownReference:
        return None


def _target(catalog: Catalog, store: Store, present: AliasRecord, labelled: LabelledRows) -> Target | None:
    found = rollback_target(catalog, store, present.model)
    if found is None:
        return None
    return Target(
        name=f"{found.model}:v{found.number}",
        gate_passed=found.gate_passed,
        recent=_on_recent(store, found, present, labelled),
    )


def _on_recent(store: Store, target: VersionRecord, present: AliasRecord, labelled: LabelledRows) -> Comparison | None:
    """Compare the version one would go back to with production, on the same recent labelled rows."""
    rows = labelled.recent_of(present.version_id)
    if len(rows) < _FEWEST:
        return None
    loaded = load_version(store, target.id)
    if any(name not in row.row for row, _ in rows for name in loaded.manifest.encoder.names):
        return None  # its contract had inputs that the rows of today lack
    predicted = loaded.predict_rows([row.row for row, _ in rows])
    truth = np.array([label for _, label in rows])
    served = np.array([row.value for row, _ in rows])
    metric = metrics_of(loaded.manifest.task)[0]  # type: ignore[arg-type]
    return compare(Scored(truth=truth, predicted=predicted), served, metric=metric, name="production")
