"""A project drafted from a table trains as it is, whatever its columns are called, or says why it cannot."""

from __future__ import annotations

import datetime as dt
import re
from pathlib import Path

import numpy as np
import polars as pl
import pytest

import holdtrue as ht
from holdtrue.foundation import DataNotFound, DataUnreadable, WrongUse
from holdtrue.pipeline import RunReport, RunRequest, travel
from holdtrue.workspace import DraftedProject, draft_project, open_workspace

HOUSES = Path(ht.__file__).parent / "templates" / "houses" / "houses.parquet"


def trained(folder: Path) -> RunReport:
    return travel(RunRequest(why="a test"), open_workspace(folder, environ={}).ground)


def awkward(rows: int = 600) -> pl.DataFrame:
    """A table of columns that are no names in Python."""
    draw = np.random.default_rng(0)
    size = draw.normal(100, 20, rows)
    return pl.DataFrame(
        {
            "order id": [f"A-{place:05d}" for place in range(rows)],
            "class": draw.choice(["x", "y"], rows),
            "Größe (m²)": size.round(2),
            '2nd "floor"': draw.integers(0, 2, rows) == 1,
            "when": [dt.date(2026, 1, 1) + dt.timedelta(days=place % 200) for place in range(rows)],
            "remark\\n": ["the flat is by the sea, and the sun is in the room " + "x" * (place % 200)
                          for place in range(rows)],
            "Price ($)": (3 * size + draw.normal(0, 5, rows)).round(2),
        }
    )  # fmt: skip


def test_real_sales_make_a_project_that_trains_as_it_is(tmp_path: Path) -> None:
    drafted = draft_project(tmp_path / "houses", HOUSES, "price")
    assert drafted.task == "regression"
    assert any("time is sdate, the only column of dates" in note for note in drafted.notes)
    report = trained(tmp_path / "houses")
    assert report.status == "registered"
    assert report.refused == 0
    assert report.gate is not None
    assert report.gate.passed, report.gate.failed
    assert report.metrics["r2"] > 0.8


@pytest.mark.parametrize("ending", ["csv", "parquet", "jsonl"])
def test_columns_of_any_name_make_a_project_that_trains(tmp_path: Path, ending: str) -> None:
    data = tmp_path / f"my [new] table.{ending}"
    frame = awkward()
    {"csv": frame.write_csv, "parquet": frame.write_parquet, "jsonl": frame.write_ndjson}[ending](data)
    drafted = draft_project(tmp_path / "mine", data, "Price ($)")
    said = "\n".join(drafted.notes)
    assert drafted.model == "Price"
    assert "the key is order id" in said
    assert "time is when" in said
    assert "free text is tested and not learnt from: remark" in said
    model = open_workspace(tmp_path / "mine", environ={}).model()
    assert (model.target, model.time, model.key) == ("price", "when", "order_id")
    report = trained(tmp_path / "mine")
    assert (report.status, report.refused) == ("registered", 0)


def of_flags(folder: Path, column: str, values: list[object]) -> DraftedProject:
    draw = np.random.default_rng(0)
    data = folder / "t.csv"
    rows = {"a": draw.normal(0, 1, len(values)), "b": draw.normal(0, 1, len(values)), column: values}
    pl.DataFrame(rows, strict=False).write_csv(data)
    return draft_project(folder / "mine", data, column)


@pytest.mark.parametrize("values", [[True, False, False], [1, 0, 0]])
def test_a_yes_or_no_is_two_classes(tmp_path: Path, values: list[object]) -> None:
    drafted = of_flags(tmp_path, "won", values * 150)
    assert drafted.task == "binary"
    assert "33% of the rows" in drafted.notes[0]
    assert "auc" in trained(tmp_path / "mine").metrics


def test_rows_without_the_target_are_set_aside(tmp_path: Path) -> None:
    drafted = of_flags(tmp_path, "y", [None if place % 20 == 0 else place / 7 for place in range(400)])
    assert "5% of the rows have no y: they are set aside" in drafted.notes
    report = trained(tmp_path / "mine")
    assert (report.status, report.refused) == ("registered", 20)


def test_text_alone_gives_its_length(tmp_path: Path) -> None:
    data = tmp_path / "t.csv"
    rows = {
        "text": [f"call {'now ' * (place % 9)}{place}" for place in range(400)],
        "y": [place % 9 for place in range(400)],
    }
    pl.DataFrame(rows).write_csv(data)
    drafted = draft_project(tmp_path / "mine", data, "y")
    assert any("only free text" in note for note in drafted.notes)
    assert open_workspace(tmp_path / "mine", environ={}).model().features == ("text_length",)
    assert trained(tmp_path / "mine").status == "registered"


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["ham", "spam"], r'the target y holds 2 texts \("ham", "spam"\)'),
        (["2026-01-01", "2026-01-02"], "the target y holds dates"),
        ([3, 3], "the target y has one value alone: there is nothing to learn"),
        (["ham", "ham"], "the target y has one value alone: there is nothing to learn"),
        (["2026-01-01", "2026-01-01"], "the target y has one value alone: there is nothing to learn"),
        ([None, None], "the target y has no value in any row"),
        (["NA", "NA"], "the target y has one value alone"),
    ],
)
def test_a_target_that_no_model_here_predicts_is_told(tmp_path: Path, values: list[object], message: str) -> None:
    with pytest.raises(WrongUse, match=message):
        of_flags(tmp_path, "y", values * 50)
    assert not (tmp_path / "mine").exists()


def test_what_does_not_fit_is_told_before_anything_is_written(tmp_path: Path) -> None:
    data = tmp_path / "t.csv"
    awkward(40).write_csv(data)
    mine = tmp_path / "mine"
    with pytest.raises(WrongUse, match=r"no column 'Price'.*did you mean Price \(\$\)\?"):
        draft_project(mine, data, "Price")
    with pytest.raises(WrongUse, match="--time class holds no dates"):
        draft_project(mine, data, "Price ($)", time="class")
    with pytest.raises(WrongUse, match="--key when has another role"):
        draft_project(mine, data, "Price ($)", time="when", key="when")
    with pytest.raises(WrongUse, match=r'--key class does not tell the rows apart: "[xy]" is there 2\d times'):
        draft_project(mine, data, "Price ($)", key="class")
    with pytest.raises(WrongUse, match=r"--key Größe .* it holds numbers with fractions"):
        draft_project(mine, data, "Price ($)", key="Größe (m²)")
    with pytest.raises(DataNotFound):
        draft_project(mine, tmp_path / "u.csv", "y")
    (tmp_path / "t.xlsx").write_text("a\tb\n1\t2\n")
    with pytest.raises(DataUnreadable, match=r"ends in \.xlsx"):
        draft_project(mine, tmp_path / "t.xlsx", "b")
    assert not mine.exists()
    (tmp_path / "model.py").write_text("x = 1\n")
    with pytest.raises(WrongUse, match=r"has a model\.py already"):
        draft_project(tmp_path, data, "Price ($)")


@pytest.mark.parametrize(
    ("ids", "message"),
    [
        ([*range(400), 7], "7 is there 2 times$"),
        ([*range(400), 7, 9, 9], "9 is there 3 times, and 1 other value is there more than once too"),
        ([*range(400), None], "1 row has no value of it that can be a key"),
    ],
)
def test_one_row_too_many_is_seen_of_a_key(tmp_path: Path, ids: list[int | None], message: str) -> None:
    data = tmp_path / "t.parquet"
    rows = {"user": ids, "a": [place % 7 for place in range(len(ids))], "y": [place % 9 for place in range(len(ids))]}
    pl.DataFrame(rows).write_parquet(data)
    with pytest.raises(WrongUse, match=r"--key user does not tell the rows apart") as wrong:
        draft_project(tmp_path / "mine", data, "y", key="user")
    assert re.search(message, wrong.value.message)
    # Nor is such a column taken for a key by its name.
    pl.read_parquet(data).rename({"user": "user_id"}).write_parquet(data)
    assert not any("key" in note for note in draft_project(tmp_path / "mine", data, "y").notes)
    assert open_workspace(tmp_path / "mine", environ={}).model().key is None


def test_a_folder_keeps_what_it_has(tmp_path: Path) -> None:
    data = tmp_path / "t.csv"
    awkward(300).write_csv(data)
    (tmp_path / "README.md").write_text("mine")
    drafted = draft_project(tmp_path, data, "Price ($)", key="order id")
    assert (tmp_path / "README.md").read_text() == "mine"
    assert {path.name for path in drafted.written} == {"model.py", "pyproject.toml", ".gitignore", ".holdtrueignore"}
    assert 'ht.files("t.csv")' in (tmp_path / "model.py").read_text()
    assert trained(tmp_path).status == "registered"


def test_a_column_without_a_name_is_left_out_and_said(tmp_path: Path) -> None:
    data = tmp_path / "indexed.csv"
    draw = np.random.default_rng(0)
    rows = [f"{place},{draw.normal(100, 20):.2f},{draw.integers(1, 9)}" for place in range(300)]
    data.write_text("\n".join([",price,beds", *rows]), encoding="utf-8")
    drafted = draft_project(tmp_path / "mine", data, "price")
    assert "left out: a column without a name, such as a written index" in drafted.notes
    report = trained(tmp_path / "mine")
    assert (report.status, report.refused) == ("registered", 0)
