"""A project whose rows are photos: tested, trained, kept, predicted and learned from again, by their figures."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import msgspec
import polars as pl
import pytest
from made_media import bomb, saved, scene
from PIL import Image

from holdtrue.foundation import DataNotFound, DataUnreadable, ManualClock, micros_of
from holdtrue.pipeline import RunReport, RunRequest, capture_data, travel
from holdtrue.predicting import Asking, answer, load_version, record_of
from holdtrue.predictionlog import LabelRecord, LogReader, open_writer
from holdtrue.registry import resolve
from holdtrue.versions import CodeManifest, DataManifest, checkout, get_manifest
from holdtrue.workspace import Workspace, data_status, open_workspace, predict_file
from holdtrue.workspace import test_data as judged

MODEL = """
import holdtrue as ht
from sklearn.linear_model import LinearRegression

class Photo(ht.Contract):
    photo: ht.Image
    day: ht.Date
    stars: ht.Float

    @ht.derive
    def brightness(row):
        return row.photo.brightness()

    @ht.table_test(severity="warn")
    def none_twice(table):
        return table.column("photo").near_duplicates == 0

stars = ht.Model("stars", target="stars", time="day", contract=Photo, max_refused=0.1,
                 data=ht.files("data/photos.csv") + ht.served())

@stars.train
def fit(train, valid, params):
    return LinearRegression().fit(train.X, train.y)
"""
NIGHTS = """
import holdtrue as ht
from sklearn.linear_model import LogisticRegression

class Photo(ht.Contract):
    photo: ht.Image = ht.field(column="path")
    night: ht.Bool = ht.field(column="folder")

    @ht.derive
    def brightness(row):
        return row.photo.brightness()

night = ht.Model("night", target="night", task="binary", contract=Photo, data=ht.files("photos/*/*.jpg", name="photos"))

@night.train
def fit(train, valid, params):
    return LogisticRegression(C=1000).fit(train.X, train.y)
"""
NOW = micros_of(date(2100, 1, 1))


def dimmed(number: int) -> bytes:
    return saved(Image.eval(scene(seed=number), lambda value: int(value * (0.3 + number % 50 / 70))), "JPEG")


@pytest.fixture
def project(tmp_path: Path) -> Workspace:
    root = tmp_path / "stars"
    (root / "data" / "photos").mkdir(parents=True)
    (root / "model.py").write_text(MODEL)
    (root / "pyproject.toml").write_text("[tool.holdtrue]\n")
    rows = ["photo,day,stars"]
    for number in range(120):
        (root / f"data/photos/{number}.jpg").write_bytes(dimmed(number))
        rows.append(f"photos/{number}.jpg,{date(2026, 1, 1) + timedelta(number)},{0.3 + number % 50 / 70}")
    (root / "data/photos/3.jpg").write_bytes(dimmed(3)[:300])
    (root / "data/photos/4.jpg").write_bytes(bomb())
    (root / "data/photos/5.jpg").unlink()
    (root / "data/photos.csv").write_text("\n".join(rows) + "\n")
    return open_workspace(root, environ={}, clock=ManualClock(NOW))


def run(workspace: Workspace) -> RunReport:
    report = travel(RunRequest(why="a test"), workspace.ground)
    assert report.status == "registered", report
    assert report.gate is not None and report.gate.passed
    return report


def test_the_whole_road(project: Workspace, tmp_path: Path) -> None:
    found = judged(project, None)
    assert (found.rows, found.refused, found.passed) == (120, 3, True)
    assert [failure.message for test in found.tests for failure in test.examples] == [
        'photo: "photos/3.jpg" is not an image that can be read: truncated after 300 bytes [photo.type]',
        'photo: "photos/4.jpg" is not an image that can be read: 20,000 x 20,000 pixels, more than 100,000,000 '
        "[photo.type]",
        'photo: "photos/5.jpg" is not an image that can be read: no such file [photo.type]',
    ]
    assert run(project).refused == 3
    record = project.catalog.data.list("photos")[-1]
    manifest = get_manifest(project.store, record.id, DataManifest)
    assert (manifest.rows, len(manifest.files)) == (120, 120)
    checkout(project.store, record.id, tmp_path / "old")
    assert (tmp_path / "old/data/photos/7.jpg").read_bytes() == dimmed(7)

    (project.root / "data/photos/7.jpg").write_bytes(dimmed(8))
    (state,) = data_status(project)
    assert (state.state, state.changed) == ("changed", ("data/photos/7.jpg",))
    (twice,) = judged(project, None).table_tests
    assert twice.value == {"photo.near_duplicates": 1}
    run(project)
    (state,) = data_status(project)
    assert state.state == "unchanged"


@pytest.mark.parametrize(
    ("step", "units", "said"),
    [
        ("capture photos", 0, "no such file: "),  # as the first file is kept
        ("capture photos", 119, "the files of photos changed while they were read"),  # after it was kept itself
        ("read photo", 50, "the files of photos changed while they were read"),
    ],
)
def test_a_photo_that_vanishes_during_the_capture_is_told(project: Workspace, step: str, units: int, said: str) -> None:
    class Meddling:
        """Hears how far the capture has come, and takes a photo away."""

        def __init__(self) -> None:
            self.step, self.units = "", 0

        def start(self, step: str, total: int | None = None) -> None:
            self.step, self.units = step, 0
            self._meddle()

        def advance(self, units: int = 1) -> None:
            self.units += units
            self._meddle()

        def finish(self, outcome: str = "") -> None: ...

        def _meddle(self) -> None:
            if (self.step, self.units) == (step, units):
                (project.root / "data/photos/7.jpg").unlink()

    with pytest.raises((DataNotFound, DataUnreadable)) as told:
        capture_data(project.ground, project.model(), at=NOW, progress=Meddling())
    assert said in told.value.message


def test_served_photos_are_kept_as_figures_and_learned_from(project: Workspace, tmp_path: Path) -> None:
    run(project)
    loaded = load_version(project.store, resolve(project.catalog, "stars:v1").id)
    sent = [{"photo": dimmed(200 + number), "day": "2026-06-01"} for number in range(20)]
    verdicts = loaded.checker.check_json(msgspec.json.encode(sent))
    answers = answer(loaded, verdicts)
    assert all(not each.refused for each in answers)
    records = [record_of(loaded, each, f"p{place}", Asking(received=NOW)) for place, each in enumerate(answers)]
    labels = [LabelRecord(prediction_id=f"p{place}", value=0.5, received=NOW) for place in range(20)]
    with open_writer(project.log, "stars", "server") as writer:
        writer.write([*records, *labels])
    assert list(LogReader(project.log, "stars").all())[:20] == records
    logged = sum(path.stat().st_size for path in project.log.rglob("*.log"))
    assert logged < 20 * 1_000, "no photo is in the log"
    assert judged(project, None).rows == 140
    assert run(project).rows == 140

    for ending in ("csv", "parquet"):
        done = predict_file(project, "stars:v1", project.root / "data/photos.csv", tmp_path / f"out.{ending}")
        assert (done.rows, done.answered, done.refused) == (120, 117, 3)
    sent = pl.read_csv(project.root / "data/photos.csv")["photo"].to_list()
    for out in (pl.read_csv(tmp_path / "out.csv"), pl.read_parquet(tmp_path / "out.parquet")):
        assert [name for name in sent if name in out["photo"].to_list()] == out["photo"].to_list()


def test_a_folder_of_photos_is_data(tmp_path: Path) -> None:
    root = tmp_path / "nights"
    for number in range(60):
        for night, share in (("0", 0.9), ("1", 0.2)):
            photo = root / "photos" / night / f"{number}.jpg"
            photo.parent.mkdir(parents=True, exist_ok=True)
            photo.write_bytes(saved(Image.eval(scene(seed=number), lambda value, s=share: int(value * s)), "JPEG"))
    (root / "pyproject.toml").write_text("[tool.holdtrue]\n")
    (root / "model.py").write_text(NIGHTS)
    workspace = open_workspace(root, environ={}, clock=ManualClock(NOW))
    found = judged(workspace, None)
    assert (found.rows, found.refused) == (120, 0)
    assert judged(workspace, root / "photos/0/7.jpg").rows == 1
    report = run(workspace)
    assert report.metrics["auc"] > 0.99
    record = workspace.catalog.data.list("photos")[-1]
    assert record.rows == 120
    assert [state.state for state in data_status(workspace)] == ["unchanged"]


def test_a_file_that_is_no_picture_is_not_kept_and_rows_are_counted_all_the_same(project: Workspace) -> None:
    (project.root / "data/.env").write_text("PASSWORD=x\n")
    (project.root / "notes").write_text("none of a table's business\n")
    (project.root / "data/photos/7.jpg").rename(project.root / "data/photos/7")
    table = project.root / "data/photos.csv"
    text = table.read_text().replace("photos/7.jpg", "photos/7").replace("photos/8.jpg", ".env")
    table.write_text(text.replace("photos/9.jpg", "../notes"))
    assert run(project).refused == 5
    record = project.catalog.data.list("photos")[-1]
    manifest = get_manifest(project.store, record.id, DataManifest)
    paths = {file.path for file in manifest.files}
    assert "data/photos/7" in paths and not paths & {"data/.env", "notes"}
    assert (manifest.rows, sorted(manifest.columns)) == (120, ["day", "photo", "stars"])
    assert data_status(project)[0].state == "unchanged"


def test_neither_photos_nor_answers_in_the_folder_are_code(project: Workspace) -> None:
    captured = project.captured()
    manifest = get_manifest(project.store, captured.id, CodeManifest)
    assert [entry.path for entry in manifest.files] == ["model.py", "pyproject.toml"]
    run(project)
    predict_file(project, "stars:v1", project.root / "data/photos.csv", project.root / "answers.csv")
    (project.root / "data" / "photos" / "more.jpg").write_bytes(dimmed(99))
    assert open_workspace(project.root, environ={}).captured().id == captured.id
    assert travel(RunRequest(), project.ground).status == "unchanged"
