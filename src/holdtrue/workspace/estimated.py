"""Performance estimated without labels, as pages and the terminal show it: read from the watcher's state."""

from __future__ import annotations

import functools

from holdtrue.monitors import Estimate, Estimator, estimator_from
from holdtrue.store import Store
from holdtrue.versions import ModelManifest, get_manifest, read_whole
from holdtrue.watching import EstimatedWindow, WatcherState
from holdtrue.workspace.overview_records import EstimatedMetric, EstimateOverview, EstimatePoint

FEWEST_ROWS = 50
"""Rows of the window under way from which on it is shown, where none is complete."""
FEWEST_LABELS = 30
"""Labels from which on the truth is shown beside an estimate."""
MAIN = {"regression": "mae", "binary": "brier"}
"""The metric whose curve is shown."""
_IN_UNITS = ("mae", "rmse")


def estimate_overview(store: Store, state: WatcherState, manifest: ModelManifest, unit: str) -> EstimateOverview | None:
    """Return what is expected of the rows of an epoch; None where nothing is estimated yet.

    Args:
        manifest: of the version that answers. unit: of its target.
    """
    if manifest.estimator is None or not state.estimates.windows:
        return None
    estimator = _estimator(store, state.version)  # type: ignore[arg-type]  # a store is itself alone
    windows = state.estimates.windows
    complete = [each for each in windows if each.expected.rows == state.estimates.size]
    last = (complete or windows)[-1]
    if last.expected.rows < FEWEST_ROWS:
        return None
    main = MAIN[manifest.task]
    truth = _truth(estimator, last)
    return EstimateOverview(
        rows=last.expected.rows,
        labelled=last.labelled.rows,
        first_time=last.first_time,
        last_time=last.last_time,
        metrics=tuple(
            EstimatedMetric(
                name=each.name,
                unit=unit if each.name in _IN_UNITS else "",
                value=each.value,
                low=each.low,
                high=each.high,
                realised=truth.get(each.name),
                held=manifest.metrics.get(each.name),
            )
            for each in estimator.estimates(last.expected)
        ),
        main=main,
        points=tuple(point for each in complete or windows for point in _points(estimator, each, main)),
    )


def _points(estimator: Estimator, window: EstimatedWindow, main: str) -> tuple[EstimatePoint, ...]:
    found: list[Estimate] = [each for each in estimator.estimates(window.expected) if each.name == main]
    return tuple(
        EstimatePoint(
            time=window.last_time,
            rows=window.expected.rows,
            labelled=window.labelled.rows,
            value=each.value,
            low=each.low,
            high=each.high,
            realised=_truth(estimator, window).get(main),
        )
        for each in found
    )


def _truth(estimator: Estimator, window: EstimatedWindow) -> dict[str, float]:
    return estimator.realised(window.labelled) if window.labelled.rows >= FEWEST_LABELS else {}


@functools.lru_cache(maxsize=16)  # a version never changes, and the page asks each second
def _estimator(store: Store, version_id: str) -> Estimator:
    manifest = get_manifest(store, version_id, ModelManifest)
    assert manifest.estimator is not None
    return estimator_from(read_whole(store, manifest.estimator))
