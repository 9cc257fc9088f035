"""A watcher killed at any instants, again and again, tells what an undisturbed one does."""

from __future__ import annotations

import multiprocessing
import random
import shutil
import signal
import time
from pathlib import Path

import polars as pl
import pytest
from flat_projects import Project, flats
from flat_traffic import answered, labels_of, log
from watch_flats import alarms_of, told, watch_all, watch_until_killed

ROWS = 600
STEP = 16


@pytest.mark.parametrize("kills", [3, pytest.param(100, marks=pytest.mark.heavy)])
def test_killed_at_random_instants_it_tells_what_an_undisturbed_one_does(
    project: Project, tmp_path: Path, kills: int
) -> None:
    calm, later = flats(300, seed=1, start=150), flats(ROWS - 300, seed=2, start=180, gas=0.05, level=1.4)
    rows = pl.concat([calm, later])
    predictions = answered(project, rows, version=1, epoch=1, prefix="p")
    log(project, [*predictions[:400], *labels_of(project, predictions, rows)[:350], *predictions[400:]])
    fresh = tmp_path.parent / f"{tmp_path.name}-fresh"
    shutil.copytree(project.root, fresh)
    undisturbed = watch_all(project, STEP)
    assert alarms_of(project)
    chance, context = random.Random(20261124), multiprocessing.get_context("spawn")
    done = killed_at_work = rounds = 0
    while done < kills:
        rounds += 1
        twin = tmp_path.parent / f"{tmp_path.name}-{rounds}"
        shutil.copytree(fresh, twin)
        ended = False
        while not ended and done < kills:
            ready = context.Event()
            child = context.Process(target=watch_until_killed, args=(str(twin), STEP, ready))
            child.start()
            assert ready.wait(60)
            time.sleep(chance.uniform(0.0, 0.4))
            child.kill()
            child.join(60)
            ended = child.exitcode == 0
            killed_at_work += child.exitcode == -signal.SIGKILL
            done += 1
        gone_on = watch_all(Project(twin), STEP)
        assert told(gone_on.state) == told(undisturbed.state)
        assert alarms_of(Project(twin)) == alarms_of(project)
        assert Project(twin).open().catalog.events.verify().intact
    assert killed_at_work >= kills / 2
