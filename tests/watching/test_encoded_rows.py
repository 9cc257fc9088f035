"""Rows that several judge are encoded once, and as they would be alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from flat_projects import Project, flats
from flat_traffic import answered
from numpy.typing import NDArray

from holdtrue.monitors import Watch
from holdtrue.predicting import LoadedVersion, load_version
from holdtrue.watching.encoding import EncodedRows
from holdtrue.watching.observing import Observer
from holdtrue.watching.state import WatcherState


def live_version(project: Project) -> LoadedVersion:
    workspace = project.open()
    loaded = load_version(workspace.store, workspace.catalog.versions.get("flat", 1).id)
    workspace.close()
    return loaded


def test_a_batch_is_encoded_once_for_reasons_and_estimates(project: Project) -> None:
    live = live_version(project)
    assert live.estimator is not None
    rows = answered(project, flats(60, seed=3, start=150), version=1, epoch=1, prefix="r")
    encoded, encode = [], live.matrix

    def counted(part: Sequence[Mapping[str, Any]]) -> NDArray[np.float64]:
        encoded.append(len(part))
        return encode(part)

    live.matrix = counted
    watch = Watch.begin(live.baseline)
    assert "attributions" in watch.groups
    state = WatcherState(epoch=1)
    Observer("production", state, watch, live, live.baseline).take(rows)
    assert encoded == [60] and state.explained == state.estimates.rows == 60


def test_some_rows_of_a_batch_are_encoded_as_they_are_alone(project: Project) -> None:
    live = live_version(project)
    rows = answered(project, flats(40, seed=3, start=150), version=1, epoch=1, prefix="r")
    some = rows[::-3]
    alone = live.matrix([row.row for row in some])
    assert np.array_equal(EncodedRows(live, rows).of(some), alone, equal_nan=True)
    live.estimator = None
    assert np.array_equal(EncodedRows(live, rows).of(some), alone, equal_nan=True)
