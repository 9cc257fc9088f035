"""The story of `holdtrue demo`: every figure and alarm in it is computed as it is told.

Only two things are staged, and the text says so: broken rows that are sent on purpose (chapter 3), and a version whose
code was changed so that it decides by the garage (chapter 6).
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from datetime import date
from pathlib import Path

import polars as pl

from holdtrue.demo.chapters import (
    broken_rows,
    capture_and_train,
    garage_decides,
    go_live,
    odd_garage,
    real_things,
    what_is_left,
)
from holdtrue.demo.stage import Stage
from holdtrue.demo.telling import Teller
from holdtrue.demo.traffic import Traffic
from holdtrue.workspace import write_template

_PLAIN = date(1998, 1, 1)


def tell(folder: Path | None = None, *, keep: bool = False) -> None:
    """Tell the whole story in a new folder.

    Args:
        folder: a new or empty folder; a temporary one by default.
        keep: leave server, loop and pages running until Ctrl-C.

    Raises:
        WrongUse: the folder is not empty.
    """
    teller = Teller()
    place = Path(tempfile.mkdtemp(prefix="holdtrue-demo-")) if folder is None else folder.resolve()
    try:
        write_template("houses", place)
        _tell_at(place, teller, keep=keep)
    except KeyboardInterrupt:
        teller.say()
        teller.say(f"stopped; nothing is left running. What there was is in {place}; run it again any time.")
        sys.exit(130)


def _tell_at(place: Path, teller: Teller, *, keep: bool) -> None:
    began = time.perf_counter()
    teller.say(
        "holdtrue keeps models true in production. This is the whole loop on real sales of houses in Lucas County, "
        "Ohio, 1993 to 1997. Every figure below is computed now.",
        "bold",
    )
    teller.note(f"project: {place}")
    stage = Stage(place, dict(os.environ))
    traffic: Traffic | None = None
    try:
        capture_and_train(stage, teller)
        stage.up()
        traffic = Traffic(stage, _live_sales(place), teller.event)
        go_live(stage, traffic, teller)
        broken_rows(stage, traffic, teller)
        real_things(stage, traffic, teller)
        odd_garage(traffic, teller)
        garage_decides(stage, traffic, teller)
        what_is_left(stage, teller, time.perf_counter() - began, keep=keep)
        if keep:
            teller.say(f"It goes on running: {stage.url}/ has the page. Ctrl-C stops it.", "bold green")
            stage.wait()
    finally:
        if traffic is not None:
            traffic.close()
        stage.down()
        stage.workspace.close()


def _live_sales(place: Path) -> pl.DataFrame:
    files = sorted((place / "live").glob("*.parquet"))
    return pl.concat([pl.read_parquet(file) for file in files]).filter(pl.col("sdate") < _PLAIN)
