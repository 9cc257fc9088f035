"""What is known when the policies are asked: gathered here, judged there."""

from __future__ import annotations

import numpy as np

from holdtrue.catalog import AliasRecord, Catalog, VersionRecord
from holdtrue.checks import Comparison, Scored, compare, metrics_of
from holdtrue.foundation import UnknownReference
from holdtrue.loop.labelled import LabelledRows
from holdtrue.loop.memory import LoopMemory
from holdtrue.policies import Facts, Intent, LoopState, Rollback, Target
from holdtrue.predicting import load_version
from holdtrue.registry import PRODUCTION, rollback_target
from holdtrue.store import Store

_FEWEST = 30


def loop_state(
    memory: LoopMemory,
    pending: tuple[Intent, ...],
    labelled: LabelledRows,
    *,
    now: int,
    promoted_at: int | None,
    training: bool,
) -> LoopState:
    """Return what is known of a model when an event is decided on."""
    return LoopState(
        now=now,
        promoted_at=promoted_at,
        trained_at=memory.trained_at,
        new_rows=labelled.count() - memory.labelled_then,
        pending=pending,
        last=memory.last,
        training=training,
    )


def facts_of(
    intent: Intent,
    catalog: Catalog,
    store: Store,
    labelled: LabelledRows,
    *,
    now: int,
    promoted_at: int | None,
    training: bool,
) -> Facts:
    """Return what is known when a waiting intent is looked at again."""
    status, why = _alarm(catalog, intent.alarm_id)
    present = catalog.aliases.get(intent.model, PRODUCTION)
    is_rollback = isinstance(intent.reaction, Rollback)
    return Facts(
        now=now,
        alarm_status=status,
        alarm_why=why,
        labels_since_change=labelled.since(intent.since),
        training=training,
        promoted_at=promoted_at,
        epoch=-1 if present is None else present.epoch,
        target=_target(catalog, store, present, labelled) if is_rollback and present is not None else None,
    )


def _alarm(catalog: Catalog, alarm_id: str) -> tuple[str, str]:
    if not alarm_id:
        return "", ""
    try:
        alarm = catalog.alarms.get(alarm_id)
    except UnknownReference:
        return "", ""
    return alarm.status, str(alarm.data.get("why", ""))


def _target(catalog: Catalog, store: Store, present: AliasRecord, labelled: LabelledRows) -> Target | None:
    found = rollback_target(catalog, present.model)
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
    predicted = loaded.predict_rows([row.row for row, _ in rows])
    truth = np.array([label for _, label in rows])
    served = np.array([row.value for row, _ in rows])
    metric = metrics_of(loaded.manifest.task)[0]  # type: ignore[arg-type]
    return compare(Scored(truth=truth, predicted=predicted), served, metric=metric, name="production")
