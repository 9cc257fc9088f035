"""What commands do with tables: test, predict, label, keep, compare."""

from __future__ import annotations

import base64
import datetime as dt
import json
import shutil
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

import holdtrue as ht
from holdtrue.contracts import BatchChecker
from holdtrue.foundation import SILENT, DataNotFound, DataUnreadable, UnknownReference, WrongUse, micros_of
from holdtrue.pipeline import RunRequest, travel
from holdtrue.predictionlog import LabelRecord, LogReader, LogWriter, Prediction, Refusal
from holdtrue.workspace import (
    LabelReport,
    Workspace,
    add_data,
    add_label_file,
    data_difference,
    data_record,
    data_status,
    open_workspace,
    predict_file,
    require_spare,
)
from holdtrue.workspace import test_data as judged
from holdtrue.workspace.refused_rows import RefusedRows

MODEL = "house-price"


def test_the_declared_data_is_judged(workspace: Workspace) -> None:
    found = judged(workspace, None)
    assert found.passed and found.refused == 24
    (broken,) = [each for each in found.tests if each.failed and each.severity == "refuse"]
    assert broken.test == "rule.sold_after_it_was_built" and broken.failed == 24


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_refused_rows_are_set_aside_with_their_numbers_and_reasons(
    workspace: Workspace, tmp_path: Path, form: str
) -> None:
    rows = pl.read_parquet(workspace.root / "live" / "1996.parquet").with_columns(extra=pl.concat_list("beds", "baths"))
    broken = rows.with_columns(
        pl.when(pl.int_range(pl.len()).is_in([3, 1700])).then(-8).otherwise("beds").alias("beds")
    )
    broken.write_parquet(tmp_path / "broken.parquet")
    out = tmp_path / f"aside.{form}"
    found = judged(workspace, tmp_path / "broken.parquet", refused=out)
    aside = pl.read_csv(out) if form == "csv" else pl.read_parquet(out)
    assert aside.height == found.refused > 100
    assert aside.columns == ["row_number", *rows.columns, "reasons"]
    assert aside["row_number"].is_sorted() and {4, 1701} <= set(aside["row_number"])
    told = aside.filter(pl.col("row_number") == 1701)["reasons"][0]
    assert "beds: -8 is less than 0 [beds.ge]" in (told if isinstance(told, str) else list(told))
    kept = broken.with_row_index("row_number", offset=1).join(aside.select("row_number"), on="row_number", how="semi")
    assert aside["sdate"].cast(pl.String).to_list() == kept["sdate"].cast(pl.String).to_list()
    assert list(tmp_path.iterdir()) != [] and not [each for each in tmp_path.iterdir() if each.name.startswith(".")]


def test_refused_rows_of_sources_in_other_spellings_stand_side_by_side(workspace: Workspace, tmp_path: Path) -> None:
    out = tmp_path / "none.parquet"
    rows = pl.read_parquet(workspace.root / "live" / "1996.parquet").filter(pl.col("yrbuilt") < 1990)
    rows.write_parquet(tmp_path / "fine.parquet")
    assert judged(workspace, tmp_path / "fine.parquet", refused=out).refused == 0
    assert pl.read_parquet(out).height == 0 and "reasons" in pl.read_parquet(out).columns
    aside = RefusedRows(tmp_path / "mixed.csv")
    with aside:
        checker = BatchChecker(workspace.model().spec)
        bad = rows.head(3).with_columns(beds=-1)
        aside.add(checker.check(bad), 0)
        text = bad.select(pl.all().cast(pl.String)).with_columns(beds=pl.lit("many"))
        aside.add(checker.check(text, spelling="csv"), 3)
    assert pl.read_csv(tmp_path / "mixed.csv")["beds"].to_list() == ["-1"] * 3 + ["many"] * 3
    assert pl.read_csv(tmp_path / "mixed.csv")["row_number"].to_list() == [1, 2, 3, 4, 5, 6]


def test_numbers_and_reasons_find_names_that_no_part_has_and_nothing_is_cut_short(tmp_path: Path) -> None:
    class Row(ht.Contract):
        """A row."""

        x: ht.Int = ht.field(ge=0)

    checker = BatchChecker(Row.spec)
    parts = [
        pl.DataFrame({"x": [-1, 1], "more": [list(range(100)), []], "raw": [b"a" * 200, b""]}),
        pl.DataFrame({"x": [-2.0], "row_number": [77], "reasons": ["mine"], "row_number_": [5], "more": ["[1]"]}),
        pl.DataFrame({"x": [-3], "took": [dt.timedelta(hours=1)]}),
    ]
    for form in ("csv", "parquet"):
        with RefusedRows(tmp_path / f"aside.{form}") as aside:
            for before, part in zip([0, 2, 3], parts, strict=True):
                aside.add(checker.check(part), before)
        read = pl.read_csv if form == "csv" else pl.read_parquet
        found = read(tmp_path / f"aside.{form}")
        assert found["row_number__"].to_list() == [1, 3, 4] and found["row_number"].to_list() == [None, 77, None]
        assert found.columns[0] == "row_number__" and found.columns[-1] == "reasons_"
        assert found["x"].to_list() == [-1, -2, -3] and found["x"].dtype.is_numeric()
        assert found["reasons"].to_list() == [None, "mine", None]
        assert json.loads(found["more"][0]) == list(range(100))
    assert base64.b64decode(read_csv_cell(tmp_path / "aside.csv", "raw")) == b"a" * 200


def read_csv_cell(file: Path, column: str) -> str:
    return str(pl.read_csv(file)[column][0])


@pytest.mark.parametrize(
    ("outputs", "words"),
    [
        (["model.py"], "model.py is code"),
        (["sales.csv"], "sales.csv is read"),
        (["data/../sales.csv"], "is read"),
        (["data/sales.parquet"], "declared as data"),
        (["r.xml", None, "r.xml"], "named for two outputs"),
    ],
)
def test_nothing_is_written_over_what_is_read_declared_or_code(
    workspace: Workspace, outputs: list[str | None], words: str
) -> None:
    root = workspace.root
    require_spare(root, [root / "r.xml", root / "new.csv"], [root / "sales.csv"])
    declared = next(iter((root / "data").iterdir()))
    named = [None if each is None else root / each.replace("sales.parquet", declared.name) for each in outputs]
    with pytest.raises(WrongUse, match=words):
        require_spare(root, named, [root / "sales.csv"])


def test_a_prediction_is_not_written_over_its_table(workspace: Workspace, tmp_path: Path) -> None:
    table = tmp_path / "live.parquet"
    pl.read_parquet(workspace.root / "live" / "1996.parquet").head(5).write_parquet(table)
    with pytest.raises(WrongUse, match=r"live\.parquet is read: writing there would lose it"):
        predict_file(workspace, "production", table, table)
    assert pl.read_parquet(table).height == 5


def test_a_file_of_refused_rows_that_cannot_be_is_told_and_a_former_one_stays(
    workspace: Workspace, tmp_path: Path
) -> None:
    with pytest.raises(WrongUse, match=r"aside\.txt is neither \.parquet nor \.csv"):
        judged(workspace, None, refused=tmp_path / "aside.txt")
    with pytest.raises(WrongUse, match=r"there is no folder"):
        judged(workspace, None, refused=tmp_path / "nowhere" / "aside.csv")
    (tmp_path / "aside.csv").write_text("of yesterday")
    (tmp_path / "short.csv").write_text("a,b\n1,2,3\n")
    with pytest.raises(DataUnreadable):
        judged(workspace, tmp_path / "short.csv", refused=tmp_path / "aside.csv")
    assert (tmp_path / "aside.csv").read_text() == "of yesterday"
    assert not [each for each in tmp_path.iterdir() if each.name.startswith(".")]


def test_a_file_without_the_target_is_judged_as_live_rows_are(workspace: Workspace, tmp_path: Path) -> None:
    rows = pl.read_parquet(workspace.root / "live" / "1996.parquet").head(2000)
    rows.drop("price").write_csv(tmp_path / "live.csv")
    found = judged(workspace, tmp_path / "live.csv")
    assert not [each for each in found.tests if each.test.startswith("price.")]
    rows.with_columns(beds=-8).write_parquet(tmp_path / "broken.parquet")
    worst = judged(workspace, tmp_path / "broken.parquet")
    assert not worst.passed and worst.refused == 2000
    with pytest.raises(DataUnreadable, match="no column beds"):
        rows.drop("beds").write_parquet(tmp_path / "lacking.parquet")
        judged(workspace, tmp_path / "lacking.parquet")
    with pytest.raises(DataNotFound):
        judged(workspace, tmp_path / "none.csv")


def test_a_batch_goes_to_the_file_and_to_the_log(workspace: Workspace, tmp_path: Path) -> None:
    rows = pl.read_parquet(workspace.root / "live" / "1996.parquet").head(50)
    rows = rows.with_columns(beds=pl.Series([-8, *[3] * 49]))
    rows.write_parquet(tmp_path / "rows.parquet")
    report = predict_file(workspace, "production", tmp_path / "rows.parquet", tmp_path / "out.parquet")
    answers = pl.read_parquet(tmp_path / "out.parquet")
    records = list(LogReader(workspace.log, MODEL).all())
    predicted = [each for each in records if isinstance(each, Prediction)]
    refused = [each for each in records if isinstance(each, Refusal)]
    assert (report.rows, report.answered, report.refused) == (50, len(predicted), len(refused))
    assert len(refused) >= 1 and answers.height == len(predicted)
    assert answers["prediction_id"].to_list() == [each.id for each in predicted]
    assert answers["prediction"].to_list() == pytest.approx([each.value for each in predicted])
    assert {each.source for each in predicted} == {"batch"}


def test_an_output_is_asked_for_by_its_name(workspace: Workspace, tmp_path: Path) -> None:
    rows = workspace.root / "live" / "1996.parquet"
    with pytest.raises(WrongUse, match="neither"):
        predict_file(workspace, "v1", rows, tmp_path / "out.xlsx")
    with pytest.raises(WrongUse, match="no folder"):
        predict_file(workspace, "v1", rows, tmp_path / "no" / "out.csv")
    assert not (workspace.log / MODEL).exists()  # and nothing was recorded


def test_labels_come_from_a_table(workspace: Workspace, tmp_path: Path) -> None:
    (tmp_path / "labels.csv").write_text("prediction_id,label,time\na,1.5,1996-03-01T00:00:00\nb,,\nc,3,\n")
    assert add_label_file(workspace, tmp_path / "labels.csv") == LabelReport(labels=2, without_prediction=2)
    found = [each for each in LogReader(workspace.log, MODEL).all() if isinstance(each, LabelRecord)]
    assert [(each.prediction_id, each.value) for each in found] == [("a", 1.5), ("c", 3.0)]
    assert found[0].time == micros_of(datetime(1996, 3, 1)) and found[1].time is None
    for text, words in (
        ("prediction_id,price\na,1\n", "no column label"),
        ("prediction_id,label\na,dear\n", "labels.csv"),
        ("prediction_id,label\na,5\nb,-5\n", "1 of 2 labels are refused, the first: price: -5 is not greater than 0"),
        (f"prediction_id,label\n{'x' * 65},5\n", "cannot be a prediction id"),
        ("prediction_id,label,time\na,1,yesterday\n", "labels.csv"),
        ("prediction_id,label,time\na,1,0001-01-01T00:00:00+14:00\n", "labels.csv"),
    ):
        (tmp_path / "labels.csv").write_text(text)
        with pytest.raises(DataUnreadable, match=words):
            add_label_file(workspace, tmp_path / "labels.csv")
    assert len(list(LogReader(workspace.log, MODEL).all())) == 2


BOOLEAN = """
import holdtrue as ht
import lightgbm

class Person(ht.Contract):
    left: ht.Bool
    age: ht.Int

churn = ht.Model("churn", target="left", contract=Person, data=ht.files("people.parquet"))

@churn.train
def fit(train, valid, params):
    return lightgbm.train({"objective": "binary", "verbosity": -1}, lightgbm.Dataset(train.X, train.y), 5)
"""


def test_labels_that_are_true_or_false_are_taken_as_such(tmp_path: Path) -> None:
    (tmp_path / "model.py").write_text(BOOLEAN)
    people = pl.DataFrame({"age": [number % 60 + 20 for number in range(600)]})
    people.with_columns(left=pl.col("age") > 50).write_parquet(tmp_path / "people.parquet")
    workspace = open_workspace(tmp_path, environ={"USER": "anna"})
    travel(RunRequest(why="the first"), workspace.ground)
    (tmp_path / "labels.csv").write_text("prediction_id,label\na,true\nb,false\n")
    pl.DataFrame({"prediction_id": ["c"], "label": [True]}).write_parquet(tmp_path / "more.parquet")
    known = Prediction(id="b", received=1, version="v", row={"age": 3}, value=0.5)
    with LogWriter(workspace.log, "churn", "server-1") as writer:
        writer.append(known)
    assert add_label_file(workspace, tmp_path / "labels.csv") == LabelReport(labels=2, without_prediction=1)
    assert add_label_file(workspace, tmp_path / "more.parquet").labels == 1
    found = {each.prediction_id: each.value for each in LogReader(workspace.log, "churn").all() if each != known}
    assert found == {"a": True, "b": False, "c": True}


def test_data_is_kept_once_and_compared(workspace: Workspace) -> None:
    live = workspace.root / "live"
    first = add_data(workspace, live / "1996.parquet", "later", SILENT)
    assert add_data(workspace, live / "1996.parquet", "later", SILENT) == first
    second = add_data(workspace, live, "later", SILENT)
    assert (first.number, second.number) == (1, 2) and second.rows > first.rows
    found = data_difference(workspace, "later@1", "later")
    assert (found.rows_before, found.rows_after) == (first.rows, second.rows)
    assert [(each.kind, each.path) for each in found.files] == [
        ("added", "live/1997.parquet"),
        ("added", "live/1998.parquet"),
    ]
    assert data_record(workspace, "later") == second
    with pytest.raises(UnknownReference):
        data_record(workspace, "later@3")


def test_declared_files_are_compared_with_what_was_captured(workspace: Workspace) -> None:
    (before,) = data_status(workspace)
    assert (before.state, before.captured, before.trained_on) == ("unchanged", "sales@1", "sales@1")
    data = workspace.root / "data"
    shutil.copy(workspace.root / "live" / "1996.parquet", data / "more.parquet")
    pl.read_parquet(data / "sales.parquet").head(5000).write_parquet(data / "sales.parquet")
    (after,) = data_status(workspace)
    assert (after.state, after.added, after.changed) == ("changed", ("data/more.parquet",), ("data/sales.parquet",))
    for path in data.iterdir():
        path.unlink()
    (gone,) = data_status(workspace)
    assert (gone.state, gone.removed) == ("missing", ("data/sales.parquet",))
