"""A model of two classes, from its file to its status: its own figures, not those of an error in dollars."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest
from opened_projects import opened

from holdtrue.cli.reports.project import print_status
from holdtrue.pipeline import RunRequest, travel
from holdtrue.registry import promote
from holdtrue.workspace import add_label_file, overview, predict_file, run_loop

MODEL = """
from sklearn.linear_model import LogisticRegression
import holdtrue as ht

class Visit(ht.Contract):
    stays: ht.Int = ht.field(ge=0, le=1)
    age: ht.Float
    pages: ht.Float

visit = ht.Model("visit", task="binary", target="stays", contract=Visit, data=ht.files("visits.csv", name="visits"))

@visit.train
def fit(train, valid, params):
    return LogisticRegression().fit(train.X, train.y)

visit.gate(ht.metric("log_loss") < 0.9)
"""


def visits(seed: int, count: int) -> pl.DataFrame:
    draw = np.random.default_rng(seed)
    age, pages = draw.normal(size=(2, count))
    stays = (draw.random(count) < 1 / (1 + np.exp(-2 * age))).astype(int)
    return pl.DataFrame({"stays": stays, "age": age, "pages": pages})


def test_two_classes_have_a_brier_score_beside_the_baseline_s(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "model.py").write_text(MODEL)
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "visits"\nversion = "1"\n\n[tool.holdtrue]\n')
    visits(1, 600).write_csv(tmp_path / "visits.csv")
    workspace = opened(tmp_path)
    report = travel(RunRequest(), workspace.ground)
    assert report.version is not None
    promote(workspace.catalog, workspace.store, report.version, by="person:anna", why="", clock=workspace.clock)
    live = visits(2, 300)
    live.drop("stays").write_csv(tmp_path / "live.csv")
    predict_file(workspace, "production", tmp_path / "live.csv", tmp_path / "out.csv")
    answers = pl.read_csv(tmp_path / "out.csv")
    answers.select("prediction_id", label=live["stays"]).write_csv(tmp_path / "labels.csv")
    assert add_label_file(workspace, tmp_path / "labels.csv").labels == 300
    run_loop(workspace, lambda line: None, once=True)
    found = overview(workspace)
    prediction, score = found.models[0].comparisons
    assert (prediction.name, score.name, score.unit, score.rows) == ("average probability", "Brier score", "", 100)
    misses = (answers["prediction"] - live["stays"]).tail(100)
    assert score.now == pytest.approx((misses**2).mean())
    assert score.baseline == pytest.approx(report.metrics["brier"], rel=1e-9)
    print_status(found, ())
    said = capsys.readouterr().out
    assert "Brier score: 0." in said and "over the last 100 rows, 0." in said and "mean absolute" not in said
    assert "watched with at most 1 false alarm in 100,000 rows or 30 days, whichever is rarer, all watches" in said
