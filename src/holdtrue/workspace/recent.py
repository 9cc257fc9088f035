"""The last rows watched beside the baseline, as pages and the terminal show them."""

from __future__ import annotations

import functools
from pathlib import Path

from holdtrue.catalog import GOING_ON, WatchRecord
from holdtrue.foundation import HoldtrueError
from holdtrue.monitors import RecentInput, ndcg
from holdtrue.predictionlog import LogReader, Position
from holdtrue.profiles import Baseline
from holdtrue.registry import PRODUCTION
from holdtrue.store import Store
from holdtrue.versions import ModelManifest, get_manifest, read_whole
from holdtrue.watching import RecentRows, WatcherState, recent_rows
from holdtrue.workspace.archive import Archive
from holdtrue.workspace.overview_records import InputComparison, ReasonShare, ReasonsOverview


def input_comparisons(
    archive: Archive, state: WatcherState, saved: WatchRecord, manifest: ModelManifest
) -> tuple[int, tuple[InputComparison, ...]]:
    """Return how many rows are set beside the baseline, the last ones watched, and each input: in alarm first.

    Args:
        state, saved: of the watch. manifest: of the version that answers.
    """
    standing = state.standing.get("inputs")
    if standing is None:
        return 0, ()  # the inputs of the version that answers are not those of the baseline
    try:
        found = _recent(
            archive.store,  # type: ignore[arg-type]  # a store is itself alone
            archive.log,
            manifest.model,
            state.epoch,
            state.reference,
            saved.position,
        )
    except (HoldtrueError, FileNotFoundError):
        return 0, ()  # what is damaged is told by `doctor`; a segment may be thrown away while it is read
    stages = {name: stage.standing for name, stage in standing.stages.items()}
    told = [_told(each, stages.get(each.quantity, ""), manifest) for each in found.inputs]
    return found.rows, tuple(sorted(told, key=lambda each: each.standing not in GOING_ON))


def reasons_overview(archive: Archive, state: WatcherState) -> ReasonsOverview | None:
    """Return what drives predictions beside the baseline; None where nothing is explained or can be compared."""
    if not state.explained or "attributions" not in state.standing:
        return None
    baseline = baseline_of(archive.store, state.reference).attribution  # type: ignore[arg-type]  # see above
    live = {name: total / state.explained for name, total in state.attribution.items()}
    whole, whole_before = sum(live.values()), sum(baseline.values())
    features = tuple(
        ReasonShare(
            name=name,
            now=live.get(name, 0.0) / whole if whole else 0.0,
            baseline=size / whole_before if whole_before else 0.0,
        )
        for name, size in baseline.items()
    )
    return ReasonsOverview(
        rows=state.explained,
        order=ndcg(baseline, live),
        features=tuple(sorted(features, key=lambda each: (-max(each.now, each.baseline), each.name))),
    )


@functools.lru_cache(maxsize=4)  # a version never changes, and the page asks each second
def baseline_of(store: Store, version_id: str) -> Baseline:
    """Return the baseline that a version carries."""
    manifest = get_manifest(store, version_id, ModelManifest)
    return Baseline.from_bytes(read_whole(store, manifest.baseline))


@functools.lru_cache(maxsize=16)
def _recent(store: Store, log: Path, model: str, epoch: int, reference: str, position: bytes) -> RecentRows:
    reader, baseline = LogReader(log, model), baseline_of(store, reference)  # type: ignore[arg-type]  # see above
    return recent_rows(reader, Position.from_bytes(position), baseline, alias=PRODUCTION, epoch=epoch)


def _told(each: RecentInput, standing: str, manifest: ModelManifest) -> InputComparison:
    field = manifest.contract.field(each.quantity)
    return InputComparison(
        name=each.quantity,
        unit="" if field is None or each.level is not None else field.unit,
        level=each.level,
        now=each.now,
        baseline=each.baseline,
        missing=each.missing,
        missing_baseline=each.missing_baseline,
        moved=each.moved,
        standing=standing,
    )
