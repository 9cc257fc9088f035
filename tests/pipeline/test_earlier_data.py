"""What a run's data is held against: the newest version, production, other tables, and its own parts."""

from pathlib import Path

import msgspec
import polars as pl
import pytest
from flat_projects import MODEL, Project, flats

from holdtrue.contracts import TableResult
from holdtrue.foundation import DataNotFound, DataUnreadable, HoldtrueError, ProjectBroken, TestsFailed
from holdtrue.pipeline import RunReport, capture_data, earlier_data, read_keys
from holdtrue.registry import promote
from holdtrue.versions import ModelManifest, RunManifest, find_gaps, get_manifest
from holdtrue.workspace import data_status
from holdtrue.workspace import test_data as judged

HISTORY = MODEL.replace(
    "flat = ht.Model(",
    """
    @ht.table_test
    def not_half_gone(table):
        return table.rows >= 0.5 * table.last.rows

    @ht.table_test
    def heated_as_before(table):
        return table.column("heating").drift_from(table.last) < 0.2

    @ht.table_test(severity="warn")
    def as_in_production(table):
        return table.column("area").drift_from(table.baseline) < 0.2

flat = ht.Model(""",
)
STREETS = (
    MODEL.replace("    day: ht.Date\n", "    day: ht.Date\n    street: ht.Int\n")
    .replace(
        "flat = ht.Model(",
        """
    @ht.table_test
    def known_streets(table):
        return table.column("street").orphans("streets", "number") == 0

flat = ht.Model(""",
    )
    .replace("max_refused=0.05", 'max_refused=0.05, tables={"streets": ht.files("streets.csv")}')
)


def tables(report: RunReport) -> dict[str, TableResult]:
    return {each.test.removeprefix("table."): each for each in report.table_tests}


def promoted(project: Project, number: int) -> None:
    workspace = project.open()
    version = workspace.catalog.versions.get("flat", number)
    promote(workspace.catalog, workspace.store, version, by="anna", why="", clock=project.clock)
    workspace.close()


def test_the_first_run_is_held_against_nothing_and_the_next_against_it(tmp_path: Path) -> None:
    project = Project(tmp_path, HISTORY, flats(3000))
    first = tables(project.run())
    assert [first[name].passed for name in ("not_half_gone", "heated_as_before", "as_in_production")] == [None] * 3
    project.write(flats(2300, seed=1), "flats.parquet")
    second = tables(project.run())
    assert second["not_half_gone"].passed and second["not_half_gone"].value == {"rows": 2300, "last.rows": 3000}
    assert second["heated_as_before"].passed and second["as_in_production"].passed is None
    promoted(project, 1)
    project.write(flats(2400, seed=2), "flats.parquet")
    third = tables(project.run())
    assert third["not_half_gone"].value == {"rows": 2400, "last.rows": 2300}
    assert third["as_in_production"].passed and "the baseline of flat:v1" in third["as_in_production"].message


def test_half_of_the_rows_gone_or_other_rows_end_the_run(tmp_path: Path) -> None:
    project = Project(tmp_path, HISTORY, flats(2000))
    project.run()
    project.write(flats(900), "flats.parquet")
    with pytest.raises(TestsFailed, match=r"rows is 900, last\.rows is 2,000"):
        project.run()
    project.write(flats(2000, gas=0.0), "flats.parquet")
    with pytest.raises(TestsFailed, match=r'"gas": \d\d% in flat:v1, 0% now'):
        project.run()
    project.write(flats(900), "flats.parquet")
    small, large = (tables(project.run(slice=share)) for share in ("5%", "90%"))
    assert small["not_half_gone"].passed is None and small["heated_as_before"].passed is None  # too few rows
    assert large["not_half_gone"].passed is None and large["heated_as_before"].passed


def test_a_version_keeps_the_profile_of_all_its_rows_and_one_that_is_lost_is_passed_over(tmp_path: Path) -> None:
    project = Project(tmp_path, HISTORY)
    project.run()
    project.write(flats(380, seed=1), "flats.parquet")
    project.run()
    workspace = project.open()
    found = earlier_data(workspace.catalog, workspace.store, "flat")
    assert list(found) == ["last"] and found["last"].name == "flat:v2"
    profile = found["last"].profile
    assert profile.rows == 380 and set(profile.columns) == {"rent", "area", "rooms", "heating", "day"}
    newest = workspace.catalog.versions.get("flat", 2)
    manifest = get_manifest(workspace.store, newest.id, ModelManifest)
    assert manifest.profile is not None and find_gaps(workspace.store) == ()

    class Lossy:
        def __getattr__(self, name):
            return getattr(workspace.store, name)

        def read_blob(self, blob):
            if blob == manifest.profile:
                raise HoldtrueError("gone")
            return workspace.store.read_blob(blob)

    assert earlier_data(workspace.catalog, Lossy(), "flat")["last"].name == "flat:v1"


def test_data_test_shows_which_columns_have_moved(tmp_path: Path) -> None:
    project = Project(tmp_path, HISTORY)
    project.write(flats(200, gas=0.0), "later.parquet")
    later = project.root / "data" / "later.parquet"
    moved_file = later.rename(project.root / "later.parquet")
    assert judged(project.open(), moved_file).drift is None
    project.run()
    report = judged(project.open(), moved_file)
    assert report.drift is not None and not report.passed
    assert (report.drift.against, report.drift.rows) == ("flat:v1", 200)
    assert next(iter(report.drift.columns)) == "heating" and "day" not in report.drift.columns
    heating = report.drift.columns["heating"]
    assert heating.effect == pytest.approx(0.5, abs=0.06) and heating.effect > 2 * heating.chance
    promoted(project, 1)
    report = judged(project.open(), moved_file)
    assert report.drift is not None and report.drift.against == "the baseline of flat:v1"
    assert set(report.drift.columns) == {"area", "rooms", "heating"}  # the features


def with_streets(rows: pl.DataFrame, *, streets: int = 5) -> pl.DataFrame:
    return rows.with_columns(street=(pl.int_range(pl.len()) % streets) + 1)


def test_values_must_be_in_another_table_which_is_data_of_the_run(tmp_path: Path) -> None:
    project = Project(tmp_path, STREETS, with_streets(flats(400)))
    with pytest.raises(DataNotFound, match="streets"):
        project.run()
    (tmp_path / "streets.csv").write_text("number,name\n1,Ash\n2,Beech\n3,Cedar\n4,Elm\n05,Fir\n")
    report = project.run()
    assert tables(report)["known_streets"].passed and report.status == "registered"
    workspace = project.open()
    assert report.version is not None
    run = get_manifest(
        workspace.store, get_manifest(workspace.store, report.version.id, ModelManifest).run, RunManifest
    )
    assert set(run.data) == {"flats", "streets"}
    assert project.run().status == "unchanged"
    assert {each.source: each.state for each in data_status(workspace)} == {
        "flats": "unchanged",
        "streets": "unchanged",
    }
    (tmp_path / "streets.csv").write_text("number,name\n1,Ash\n2,Beech\n3,Cedar\n")
    with pytest.raises(TestsFailed, match=r'orphans\("streets", "number"\) is 160'):
        project.run()
    (result,) = [each for each in judged(project.open(), None).table_tests if each.test == "table.known_streets"]
    assert result.examples == (
        "street: 4 is not among number of streets",
        "street: 5 is not among number of streets",
    )
    (tmp_path / "streets.csv").write_text("nummer,name\n1,Ash\n")
    with pytest.raises(DataUnreadable, match="no column number") as wrong:
        project.run()
    assert wrong.value.hint == "did you mean nummer?"


def test_a_table_that_changes_while_it_is_read_ends_the_run(tmp_path: Path) -> None:
    (tmp_path / "streets.csv").write_text("number\n1\n2\n3\n4\n5\n")
    project = Project(tmp_path, STREETS, with_streets(flats(400)))
    workspace = project.open()
    model = workspace.captured().models["flat"]
    assert {name: keys.len() for name, keys in read_keys(tmp_path, model, model.spec).items()} == {
        'street.orphans("streets", "number")': 5
    }
    ground = workspace.ground

    class Busy:
        def __getattr__(self, name):
            return getattr(ground.store, name)

        def put_blob(self, source):
            (tmp_path / "streets.csv").write_text("number\n1\n2\n3\n4\n5\n6\n")
            return ground.store.put_blob(source)

    with pytest.raises(DataUnreadable, match="the files of streets changed while they were read"):
        capture_data(msgspec.structs.replace(ground, store=Busy()), model, at=1)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (("tables={", 'tables={"streets": "streets.csv"} if 1 else {'), "is no table of files"),
        (('{"streets"', '{"roads"'), '"streets", which flat does not declare'),
        (("max_refused=", 'leaks="stop", max_refused='), "leaks='stop' is not known"),
    ],
)
def test_tables_are_declared_as_files_by_the_names_that_tests_use(
    tmp_path: Path, change: tuple[str, str], message: str
) -> None:
    project = Project(tmp_path, STREETS.replace(*change), with_streets(flats(100)))
    with pytest.raises(ProjectBroken, match=message):
        project.open().captured()


KEYED = MODEL.replace("    day: ht.Date\n", "    day: ht.Date\n    id: ht.Int\n").replace('time="day"', 'key="id"')


def test_rows_that_are_held_and_trained_on_are_told(tmp_path: Path) -> None:
    rows = flats(400)
    copies = rows.head(20).with_columns(day=rows["day"].max())  # among the newest, which are held
    project = Project(tmp_path, rows=pl.concat([rows, copies]))
    told = tables(project.run())["parts_apart"]
    assert told.passed is False and told.severity == "warn" and told.value == {"valid": 0, "held": 20}
    assert "20 held rows of 84 (24%) and 0 valid rows of 42 (0%)" in told.message
    assert len(told.examples) == 3 and told.examples[0].startswith("held: area ")
    project.write_model(MODEL.replace("max_refused=0.05", 'max_refused=0.05, leaks="refuse"'))
    with pytest.raises(TestsFailed, match="20 held rows of 84") as wrong:
        project.run()
    assert "held: area " in wrong.value.message and wrong.value.hint is not None


def test_rows_with_the_same_key_are_the_same(tmp_path: Path) -> None:
    ids = [*range(380), *range(20)]
    project = Project(tmp_path, KEYED, flats(400).with_columns(id=pl.Series(ids)))
    told = tables(project.run())["parts_apart"]
    assert told.passed is False
    found = told.value
    assert 0 < found["held"] + found["valid"] <= 20 and told.examples[0].split(": ")[1].startswith("id ")


COARSE = """
import holdtrue as ht
from sklearn.dummy import DummyRegressor

class Answer(ht.Contract):
    yes: ht.Bool
    sort: ht.Category
    good: ht.Bool

poll = ht.Model("flat", target="good", features=["yes", "sort"], contract=Answer,
                data=ht.files("data/*.parquet", name="flats"))

@poll.train
def fit(train, valid, params):
    return DummyRegressor().fit(train.X, train.y)
"""


def test_rows_that_are_alike_by_nature_are_no_copies(tmp_path: Path) -> None:
    rows = pl.DataFrame(
        {"yes": [True, False] * 200, "sort": ["a", "b", "c", "d"] * 100, "good": [True, True, False, None] * 100}
    )
    project = Project(tmp_path, COARSE, rows.with_columns(good=pl.col("good").fill_null(False)))
    assert tables(project.run())["parts_apart"].passed is True
