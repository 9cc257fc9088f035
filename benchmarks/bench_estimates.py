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
import subprocess
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from contenders import HERE, Contender
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


class DataSet(Struct, frozen=True):
    """A data set of the wheel: its files' beginnings, columns, and rows of a chunk."""

    name: str
    reference: str
    analysis: str
    truth_file: str
    truth: str
    predicted: str
    chunk: int
    said: str = ""
    features: tuple[str, ...] = ()


CARS = ("car_age", "km_driven", "price_new", "accident_count", "door_count", "fuel", "transmission")
SETS = [
    DataSet(
        name="car price",
        reference="regression_synthetic_reference.csv",
        analysis="regression_synthetic_analysis.csv",
        truth_file="regression_synthetic_analysis_targets.csv",
        truth="y_true",
        predicted="y_pred",
        chunk=5000,
        features=CARS,
    ),
    DataSet(
        name="work from home",
        reference="synthetic_sample_reference.csv",
        analysis="synthetic_sample_analysis.csv",
        truth_file="synthetic_sample_analysis_gt.csv",
        truth="work_home_actual",
        predicted="y_pred_proba",
        said="y_pred",
        chunk=5000,
    ),
    DataSet(
        name="California housing",
        reference="california_housing_reference.csv",
        analysis="california_housing_analysis.csv",
        truth_file="california_housing_analysis_gt.csv",
        truth="clf_target",
        predicted="y_pred_proba",
        said="y_pred",
        chunk=500,
    ),
    DataSet(
        name="car loan",
        reference="synthetic_car_loan_reference.csv",
        analysis="synthetic_car_loan_analysis.csv",
        truth_file="synthetic_car_loan_analysis_target.csv",
        truth="repaid",
        predicted="y_pred_proba",
        said="y_pred",
        chunk=5000,
    ),
    DataSet(
        name="employment",
        reference="employment_MA_reference.pq",
        analysis="employment_MA_analysis.pq",
        truth_file="employment_MA_analysis_target.pq",
        truth="employed",
        predicted="predicted_probability",
        said="prediction",
        chunk=5000,
    ),
]


def read(path: Path) -> pl.DataFrame:
    """Read a file of the wheel."""
    return pl.read_parquet(path) if path.suffix == ".pq" else pl.read_csv(path, infer_schema_length=None)


def laid_out(each: DataSet, data: Path, folder: Path) -> tuple[dict[str, Any], pl.DataFrame]:
    """Write what contenders read, and return what is asked and the rows to be estimated with their labels."""
    reference, analysis, truth = (read(data / name) for name in (each.reference, each.analysis, each.truth_file))
    analysis = analysis.join(truth.select("id", each.truth), on="id", maintain_order="left")
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


def asked_of(contender: Contender, folder: Path) -> tuple[dict[str, Any], float]:
    """Run a contender in a process of its own; return what it told and the seconds of the whole process."""
    out = folder / "told.json"
    command = [str(contender.python), str(HERE / "peers" / contender.script), str(folder), str(out)]
    began = time.perf_counter()
    subprocess.run(command, check=True, capture_output=True, timeout=900)
    return json.loads(out.read_text()), time.perf_counter() - began


def compared(values: NDArray[np.float64], truths: NDArray[np.float64]) -> tuple[float, float]:
    """Return the mean absolute difference from the truth, and the share of intervals that hold it."""
    known = np.isfinite(values).all(axis=1) & np.isfinite(truths)
    values, truths = values[known], truths[known]
    inside = (values[:, 1] <= truths) & (truths <= values[:, 2])
    return float(np.abs(values[:, 0] - truths).mean()), float(inside.mean())


def main() -> None:
    """Compare and print."""
    print_machine("numpy", "polars")
    peer = CONTENDERS[1].python
    if not peer.is_file() or find_spec("holdtrue") is None:
        print(f"NannyML is left out, and with it its data: there is no {peer.parent.parent.name} (make bench makes it)")
        return
    data = next(peer.parent.parent.glob("lib/python*/site-packages/nannyml/datasets/data"))
    for each in SETS:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            asked, analysis = laid_out(each, data, folder)
            chunks = [analysis[begin : begin + each.chunk] for begin in range(0, analysis.height, each.chunk)]
            truths = [realised(chunk, asked["metrics"]) for chunk in chunks]
            told: dict[str, dict[str, Any]] = {}
            whole: dict[str, list[float]] = {}
            alone: dict[str, list[float]] = {}
            for _ in range(ROUNDS):
                for contender in CONTENDERS:
                    told[contender.name], seconds = asked_of(contender, folder)
                    whole.setdefault(contender.name, []).append(seconds)
                    alone.setdefault(contender.name, []).append(told[contender.name]["alone"])
        print(f"\n{each.name}: {analysis.height:,} rows in {len(chunks)} chunks; NannyML {told['NannyML']['version']}")
        heads = ("holdtrue", "NannyML", "ratio", "in 95%", "in 3 sd")
        print(f"  {'mean difference from the truth':32}" + "".join(f"{each:>12}" for each in heads))
        for metric in asked["metrics"]:
            found = [
                compared(np.array(told[name]["values"][metric])[: len(chunks)], np.array([t[metric] for t in truths]))
                for name in ("holdtrue", "NannyML")
            ]
            (ours, held), (theirs, spanned) = found
            print(f"  {metric:32}{ours:12.5g}{theirs:12.5g}{ours / theirs:12.3f}{held:12.0%}{spanned:12.0%}")
        for what, taken in (("seconds, whole process", whole), ("seconds, fit and estimate alone", alone)):
            ours, theirs = (statistics.median(taken[name]) for name in ("holdtrue", "NannyML"))
            print(f"  {what:32}{ours:12.3g}{theirs:12.3g}{ours / theirs:12.3f}")


if __name__ == "__main__":
    main()
