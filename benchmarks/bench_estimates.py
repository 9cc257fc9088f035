"""Performance without labels: holdtrue beside NannyML's CBPE and DLE, on the data sets of NannyML's own wheel.

The same chunks of the same rows, the same reference, no setting of either changed. Told are the mean absolute
difference of each metric's estimate from what the labels say, how often its interval holds that, and seconds of the
whole process and of fitting and estimating alone. Left out are its Titanic set, which has no predictions, its set of
three classes, and the second copy of the car loans, whose predictions and labels are the first one's.
"""

from __future__ import annotations

import json
import math
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from contenders import Contender, told
from measuring import print_machine
from msgspec import Struct
from numpy.typing import NDArray

from holdtrue.checks import Measured, measure

ROUNDS = 3
CLASSES = ["accuracy", "roc_auc", "f1", "precision", "recall", "specificity"]
CONTENDERS = [
    Contender("holdtrue", "holdtrue_estimates.py"),
    Contender("NannyML", "nannyml_estimates.py", "nannyml"),
]


class DataSet(Struct, frozen=True, kw_only=True):
    """A data set of the wheel: its files, columns, and rows of a chunk; `said` is the class, "" in a regression."""

    name: str
    files: str
    """The beginning of the names of its files; `ending` that of the labels of the analysis, `kind` of all."""
    ending: str
    truth: str
    predicted: str = "y_pred_proba"
    said: str = "y_pred"
    kind: str = "csv"
    chunk: int = 5000
    features: tuple[str, ...] = ()

    def parts(self, data: Path) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
        """Read the reference, the analysis and the labels of the analysis."""
        paths = [data / f"{self.files}_{each}.{self.kind}" for each in ("reference", "analysis", self.ending)]
        reference, analysis, labels = (
            pl.read_parquet(path) if self.kind == "pq" else pl.read_csv(path, infer_schema_length=None)
            for path in paths
        )
        return reference, analysis, labels


class Ran(Struct):
    """What a contender told in the last of its runs; seconds that each took: the process, and its work alone."""

    values: dict[str, list[list[float]]] = {}
    version: str = ""
    whole: list[float] = []
    alone: list[float] = []


CARS = ("car_age", "km_driven", "price_new", "accident_count", "door_count", "fuel", "transmission")
SETS = [
    DataSet(
        name="car price",
        files="regression_synthetic",
        ending="analysis_targets",
        truth="y_true",
        predicted="y_pred",
        said="",
        features=CARS,
    ),
    DataSet(name="work from home", files="synthetic_sample", ending="analysis_gt", truth="work_home_actual"),
    DataSet(name="California housing", files="california_housing", ending="analysis_gt", truth="clf_target", chunk=500),
    DataSet(name="car loan", files="synthetic_car_loan", ending="analysis_target", truth="repaid"),
    DataSet(
        name="employment",
        files="employment_MA",
        ending="analysis_target",
        kind="pq",
        truth="employed",
        predicted="predicted_probability",
        said="prediction",
    ),
]


def laid_out(each: DataSet, data: Path, folder: Path) -> tuple[dict[str, Any], pl.DataFrame]:
    """Write what contenders read, and return what is asked and the rows to be estimated with their labels."""
    reference, analysis, labels = each.parts(data)
    analysis = analysis.join(labels.select("id", each.truth), on="id", maintain_order="left")
    names = {each.predicted: "predicted", each.truth: "truth"} | ({each.said: "said"} if each.said else {})
    wanted = [*each.features, *names]
    reference, analysis = (frame.select(wanted).rename(names) for frame in (reference, analysis))
    # The model's own rule: it says yes from the least probability on that it said yes to.
    threshold = reference.filter(pl.col("said") == 1)["predicted"].min() if each.said else None
    asked = {
        "task": "binary" if each.said else "regression",
        "metrics": CLASSES if each.said else ["mae", "rmse", "mape"],
        "chunk": each.chunk,
        "features": list(each.features),
        "threshold": threshold,
    }
    (folder / "asked.json").write_text(json.dumps(asked))
    reference.write_csv(folder / "reference.csv")
    analysis.drop("truth").write_csv(folder / "analysis.csv")
    return asked, analysis


def realised(chunk: pl.DataFrame, metrics: list[str]) -> dict[str, float]:
    """Return what labels say of a chunk."""
    truth, predicted = (chunk[name].cast(pl.Float64).to_numpy() for name in ("truth", "predicted"))
    if "mae" in metrics:
        return _figures(measure(truth, predicted, metrics=metrics))
    said = chunk["said"].cast(pl.Float64).to_numpy()
    found = _figures(measure(truth, said, metrics=["accuracy", "f1", "precision", "recall"]))
    found["specificity"] = _figures(measure(1 - truth, 1 - said, metrics=["recall"]))["recall"]
    found["roc_auc"] = _figures(measure(truth, predicted, metrics=["auc"]))["auc"]
    return found


def _figures(measured: dict[str, Measured]) -> dict[str, float]:
    return {name: math.nan if each.value is None else each.value for name, each in measured.items()}


def run_in_turn(folder: Path) -> dict[str, Ran] | None:
    """Run the contenders in turn, each in a process of its own; None where one of them cannot."""
    runs = {contender.name: Ran() for contender in CONTENDERS}
    for _ in range(ROUNDS):
        for contender in CONTENDERS:
            began = time.perf_counter()
            said = told(contender, folder)
            if said is None:
                return None
            ran = runs[contender.name]
            ran.whole.append(time.perf_counter() - began)
            ran.alone.append(said["alone"])
            ran.values, ran.version = said["values"], said["version"]
    return runs


def compared(values: NDArray[np.float64], truths: NDArray[np.float64]) -> tuple[float, float]:
    """Return the mean absolute difference from the truth, and the share of intervals that hold it."""
    known = np.isfinite(values).all(axis=1) & np.isfinite(truths)
    values, truths = values[known], truths[known]
    inside = (values[:, 1] <= truths) & (truths <= values[:, 2])
    return float(np.abs(values[:, 0] - truths).mean()), float(inside.mean())


def main() -> None:
    """Compare and print."""
    print_machine("numpy", "polars")
    ours, peer = CONTENDERS
    if not peer.installed:
        print(f"{peer.name} is left out, and with it its data: there is no .venv-bench-{peer.environment}")
        return
    data = next(peer.python.parent.parent.glob("lib/python*/site-packages/nannyml/datasets/data"))
    for each in SETS:
        with tempfile.TemporaryDirectory() as name:
            asked, analysis = laid_out(each, data, Path(name))
            runs = run_in_turn(Path(name))
        if runs is None:
            continue
        chunks = [analysis[begin : begin + each.chunk] for begin in range(0, analysis.height, each.chunk)]
        known = [realised(chunk, asked["metrics"]) for chunk in chunks]
        print(f"\n{each.name}: {analysis.height:,} rows in {len(chunks)} chunks; {peer.name} {runs[peer.name].version}")
        heads = (ours.name, peer.name, "ratio", "in 95%", "in 3 sd")
        print(f"  {'mean difference from the truth':32}" + "".join(f"{head:>12}" for head in heads))
        for metric in asked["metrics"]:
            truths = np.array([figures[metric] for figures in known])
            (mine, held), (theirs, spanned) = (
                compared(np.array(ran.values[metric], dtype=float)[: len(chunks)], truths) for ran in runs.values()
            )
            print(f"  {metric:32}{mine:12.5g}{theirs:12.5g}{mine / theirs:12.3f}{held:12.0%}{spanned:12.0%}")
        for what, alone in (("seconds, whole process", False), ("seconds, fit and estimate alone", True)):
            mine, theirs = (statistics.median(ran.alone if alone else ran.whole) for ran in runs.values())
            print(f"  {what:32}{mine:12.3g}{theirs:12.3g}{mine / theirs:12.3f}")


if __name__ == "__main__":
    main()
