"""Table tests over windows of live rows: each window once, whatever is stopped when."""

import multiprocessing
import shutil
import signal
from pathlib import Path

import polars as pl
import pytest
from flat_projects import MODEL, Project, flats
from flat_traffic import answered, log, put_in_production
from watch_flats import alarms_of, die_while_saving, told, watch_all

from holdtrue.contracts import Contract, Float, Int, Key, List, field, replace, table_test
from holdtrue.foundation import ContractError
from holdtrue.policies.deciding import ALARM
from holdtrue.predictionlog import Prediction
from holdtrue.watching.windows import LiveTests, WindowJudge

LIVE = MODEL.replace(
    "flat = ht.Model(",
    """
    @ht.table_test(live=True, window=100)
    def enough_gas(table):
        return table.column("heating").share("gas") > 0.3

    @ht.table_test(live=True, window=40, severity="warn")
    def flats_as_large_as_in_training(table):
        return table.column("area").mean < 1.5 * table.last.column("area").mean

    @ht.table_test(live=True)
    def heated_as_before(table):
        return table.column("heating").drift_from(table.last) < 0.1

    @ht.table_test(live=True, window=40)
    def many_rows(table):
        return table.rows > 1000

    @ht.table_test(live=True, window=40)
    def rents_are_paid(table):
        return table.column("rent").mean > 0

    @ht.table_test(live=True, window=40)
    def of_these_years(table):
        return table.column("day").max.is_between(dt.date(2019, 1, 1), dt.date(2030, 1, 1))

flat = ht.Model(""",
).replace("import holdtrue as ht", "import datetime as dt\nimport holdtrue as ht")


@pytest.fixture
def live(tmp_path: Path) -> Project:
    """A project whose v1 has live table tests and is in production."""
    made = Project(tmp_path, LIVE, rows=flats(1500))
    made.run()
    assert put_in_production(made, 1) == 1
    return made


def traffic(project: Project, *, prefix: str = "p", epoch: int = 1, version: int = 1) -> None:
    """Answer 250 usual flats, 200 without gas, 150 usual ones."""
    parts = [flats(250, seed=1, start=150), flats(200, seed=2, start=175, gas=0.0), flats(150, seed=3, start=195)]
    log(project, answered(project, pl.concat(parts), version=version, epoch=epoch, prefix=prefix))


def windows_of(project: Project) -> list[dict[str, object]]:
    return [alarm for alarm in alarms_of(project) if alarm["group"] == "windows"]


def events_of(project: Project) -> list[tuple[str, str]]:
    workspace = project.open()
    found = [(each.kind, each.why) for each in workspace.catalog.events.list() if each.kind.startswith("table_test.")]
    workspace.close()
    return found


def test_a_failure_is_told_once_and_so_is_its_end(live: Project) -> None:
    traffic(live)
    watcher = watch_all(live)
    (alarm,) = windows_of(live)
    assert alarm["quantity"] == "table.enough_gas" and alarm["status"] == "resolved"
    assert str(alarm["why"]).startswith("holds again in the 100 rows to ")
    data = alarm["data"]
    assert isinstance(data, dict) and data["rows_taken"] == 100 and data["version"] == "flat:v1"
    assert 'heating.share("gas") > 0.3: does not hold, heating.share("gas") is 0.' in data["message"]
    assert "(rows 201 to 300)" in data["message"]
    kinds = events_of(live)
    assert [kind for kind, _ in kinds] == ["table_test.failed", "table_test.passed"]
    assert "(rows 501 to 600)" in kinds[1][1]
    standing = watcher.state.live
    assert standing.rows == 600 and {size: each.rows for size, each in standing.windows.items()} == {40: 0, 100: 0}
    assert standing.tests["table.enough_gas"].passed and standing.tests["table.enough_gas"].alarm == ""
    assert standing.tests["table.of_these_years"].passed is True
    assert standing.tests["table.flats_as_large_as_in_training"].passed is True
    assert standing.tests["table.many_rows"].passed is None  # a window is no measure of volume
    assert "table.rents_are_paid" not in standing.tests  # it reads the target
    assert ALARM not in {kind for kind, _ in kinds}


def test_those_that_look_for_drift_are_left_to_the_detectors(live: Project) -> None:
    traffic(live)
    watcher = watch_all(live)
    assert "table.heated_as_before" not in watcher.state.live.tests
    assert "table.heated_as_before looks for drift, which is the matter of the detectors" in watcher.state.note
    assert "heating" in {alarm["quantity"] for alarm in alarms_of(live) if alarm["group"] == "inputs"}


@pytest.mark.parametrize("batch", [7, 100_000])
def test_batches_of_any_size_give_the_same_windows(live: Project, batch: int, tmp_path: Path) -> None:
    traffic(live)
    twin = tmp_path.parent / f"{tmp_path.name}-twin"
    shutil.copytree(live.root, twin)
    usual, other = watch_all(live), watch_all(Project(twin), batch)
    assert told(other.state) == told(usual.state)
    assert alarms_of(Project(twin)) == alarms_of(live)
    assert events_of(Project(twin)) == events_of(live)


@pytest.mark.parametrize("moment", ["before", "within", "after"])
def test_a_watcher_that_is_killed_tells_each_window_once(live: Project, tmp_path: Path, moment: str) -> None:
    traffic(live)
    twin = tmp_path.parent / f"{tmp_path.name}-twin"
    shutil.copytree(live.root, twin)
    undisturbed = watch_all(live, 64)
    child = multiprocessing.get_context("spawn").Process(target=die_while_saving, args=(str(twin), 6, moment))
    child.start()
    child.join(60)
    assert child.exitcode == -signal.SIGKILL
    gone_on = watch_all(Project(twin), 64)
    assert told(gone_on.state) == told(undisturbed.state)
    assert alarms_of(Project(twin)) == alarms_of(live)
    assert events_of(Project(twin)) == events_of(live)


def test_rows_sent_twice_count_once_and_a_new_epoch_begins_its_own_windows(live: Project) -> None:
    rows = answered(live, flats(90, seed=4, start=150, gas=0.0), version=1, epoch=1, prefix="a")
    log(live, [*rows, *rows[:50]])
    first = watch_all(live)
    assert first.state.live.rows == 90 and windows_of(live) == []
    log(live, answered(live, flats(10, seed=5, start=160, gas=0.0), version=1, epoch=1, prefix="b"))
    watch_all(live)
    assert [alarm["status"] for alarm in windows_of(live)] == ["open"]
    live.write(flats(1500, seed=9), "flats.parquet")
    live.run()
    assert put_in_production(live, 2) == 2
    log(live, answered(live, flats(30, seed=6, start=165), version=2, epoch=2, prefix="c"))
    later = watch_all(live)
    assert later.state.live.rows == 30
    assert [alarm["status"] for alarm in windows_of(live)] == ["superseded"]


@pytest.mark.parametrize("window", [0, 19, 10_001, 2.5, True])
def test_a_window_has_a_bearable_size(window: object) -> None:
    import holdtrue as ht

    with pytest.raises(ContractError, match="is no size of a window"):

        class Wrong(ht.Contract):
            beds: ht.Int

            @ht.table_test(live=True, window=window)
            def few(table):
                return table.column("beds").mean < 3


def test_a_window_reads_keys_and_lists_and_takes_a_replaced_value_for_a_missing_one() -> None:
    class Order(Contract):
        number: Key
        sizes: List[Int] = field(null=True)
        weight: Float = field(gt=0, live=replace(5.0))

        @table_test(live=True, window=20)
        def sizes_are_there(table):
            return table.column("sizes").null_share < 0.3

        @table_test(live=True, window=20)
        def weights_come(table):
            return table.column("weight").null_share < 0.3

        @table_test(live=True, window=20)
        def each_once(table):
            return table.column("number").duplicates == 0

    def row(place: int, **more: object) -> Prediction:
        values = {"number": str(place % 15), "sizes": [place, 1], "weight": 5.0}
        return Prediction(id=f"p{place}", received=place, version="v", row=values, value=1.0, **more)  # type: ignore[arg-type]

    rows = [row(place, replaced=("weight",) if place > 9 else ()) for place in range(20)]
    found = WindowJudge(Order.spec, {}).take(LiveTests(), rows)
    assert [verdict.result.message.partition(":")[0] for verdict in found] == [
        "weight.null_share < 0.3",
        "number.duplicates == 0",
    ]
    assert found[0].result.value == {"weight.null_share": 0.5}
