"""The template's first version, watched with policies off: quiet on the inputs to July 1996, then the siding."""

from datetime import date

import numpy as np
import polars as pl
import pytest

from holdtrue.contracts import BatchChecker
from holdtrue.foundation import micros_of
from holdtrue.monitors import Watch, WatchSettings
from holdtrue.pipeline import RunRequest, travel
from holdtrue.predicting import load_version
from holdtrue.workspace import open_workspace, write_template

CHANGE = date(1996, 7, 1)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("first") / "houses"
    write_template("houses", folder)
    workspace = open_workspace(folder, environ={})
    report = travel(RunRequest(why="the first version"), workspace.ground)
    assert report.version is not None
    return folder, load_version(workspace.store, report.version.id)


@pytest.mark.parametrize("seed", range(5))
def test_siding_alarms_within_150_sales_of_its_change_and_no_input_before(project, seed):
    folder, first = project
    sales = pl.read_parquet(folder / "live" / "1996.parquet")
    accepted = BatchChecker(first.contract).check(sales).accepted.filter(pl.col("sdate") < date(1996, 9, 1))
    # The data knows days, not hours: the order within a day is drawn.
    drawn = pl.Series(np.random.default_rng(seed).random(accepted.height))
    rows = accepted.with_columns(drawn=drawn).sort("sdate", "drawn")
    before = rows.filter(pl.col("sdate") < CHANGE).height
    assert before > 2_000

    watch = Watch.begin(first.baseline, WatchSettings())  # all groups share the budget, as they do live
    columns = {name: rows[name].to_list() for name in watch.quantities("inputs")}
    alarms = watch.update("inputs", columns, [str(n) for n in range(rows.height)], list(map(micros_of, rows["sdate"])))

    assert alarms[0].quantity == "wall"
    assert before < alarms[0].at_row <= before + 150
