"""Where a group stands once something of it has alarmed."""

from __future__ import annotations

import numpy as np
import polars as pl

from holdtrue.monitors import Watch, WatchSettings
from holdtrue.profiles import build_baseline
from holdtrue.watching.telling import standing_of


def test_what_alarmed_has_left_and_is_not_named_for_what_it_had() -> None:
    draw = np.random.default_rng(0)
    held = pl.DataFrame({"area": draw.normal(size=2000), "beds": draw.normal(size=2000)})
    watch = Watch.begin(build_baseline(held, predictions=draw.normal(size=2000)), WatchSettings())
    before = standing_of(watch)["inputs"]
    assert (before.rows, before.alarm_row, before.left) == (0, 0, ())
    ids = [str(row) for row in range(500)]
    live = {"area": draw.normal(3, 1, 500), "beds": draw.normal(size=500)}
    (alarm,) = watch.update("inputs", live, ids)
    after = standing_of(watch)["inputs"]
    assert (after.rows, after.quantity, after.left) == (500, "beds", ("area",))
    assert after.alarm_row == alarm.at_row < 100 and after.level < 1
    watch.update("predictions", {"prediction": draw.normal(5, 1, 500)}, ids)
    alone = standing_of(watch)["predictions"]
    assert (alone.quantity, alone.left) == ("", ("prediction", "outside the range")) and alone.alarm_row > 0
