"""Streams whose change points are known, made by CapyMOA: what is found, how soon, and what is raised besides.

Each stream has 40,000 rows and three changes of concept. What is watched are its inputs and the errors of a model
(Gaussian naive Bayes) fitted on the first 1,000 rows of a reference; the next 1,000 are the baseline. After an alarm
the next 2,000 rows are the new reference. Thresholds are those that `detector_delays.py` found for one false alarm in
100,000 rows on 20 columns; holdtrue is told that figure. Inputs are standardised by the baseline for all, since
thresholds of Page and Hinkley's test go by the unit. CapyMOA's evaluator judges: an alarm within 2,000 rows of a change
(of its end, where it is gradual) is of that change, all others are false.

With --insects FOLDER it also runs over the INSECTS stream there (`INSECTS-abrupt_balanced_norm.arff`; from the USP DS
repository; the change points are those of Souza et al., "Challenges in benchmarking stream learning algorithms with
real-world data", 2020).

    python benchmarks/detector_streams.py --delays .proofs/delays.json
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from contenders import Contender, told
from delaying import First, Matrix, beyond, holdtrue
from detector_delays import SCORES, adwin
from measuring import print_machine
from numpy.typing import NDArray

CAPYMOA = Contender("CapyMOA", "capymoa_streams.py", "capymoa")
FITTED, HELD = 1_000, 1_000
"""Rows of a reference that the model is fitted on, and those that are the baseline."""
SHOWN = (
    "Page-Hinkley (River)",
    "windowed KS, 500 rows",
    "KSWIN (River)",
    "CVM online (alibi-detect)",
    "e-CUSUM (driftfdr), rises",
    "jumper martingale (MAPIE)",
)
INSECTS = {
    "INSECTS, abrupt": ("INSECTS-abrupt_balanced_norm.arff", [14_352, 19_500, 33_240, 38_682, 39_510]),
}


def predicted(inputs: Matrix, target: NDArray[Any], rows: Matrix) -> NDArray[Any]:
    """Return what Gaussian naive Bayes, fitted on inputs and target, says of rows."""
    classes = np.unique(target)
    smoothing = 1e-9 * inputs.var(axis=0).max()
    likely = []
    for each in classes:
        own = inputs[target == each]
        variance = own.var(axis=0) + smoothing
        squares = (rows - own.mean(axis=0)) ** 2 / variance + np.log(2 * np.pi * variance)
        likely.append(np.log(len(own) / len(inputs)) - squares.sum(axis=1) / 2)
    return np.asarray(classes[np.argmax(likely, axis=0)])


def alarms_of(first: First, inputs: Matrix, target: NDArray[Any]) -> list[int]:
    """Return the rows of the alarms, from 0, each followed by a new reference."""
    found, begin = [], 0
    while begin + FITTED + HELD < len(inputs):
        fitted, held = slice(begin, begin + FITTED), slice(begin + FITTED, begin + FITTED + HELD)
        answers = predicted(inputs[fitted], target[fitted], inputs[begin:])
        wrong = (answers != target[begin:]).astype(float)
        watched = np.column_stack([inputs[begin:], wrong])
        baseline, live = watched[FITTED : FITTED + HELD], watched[FITTED + HELD :]
        centre, scale = baseline.mean(axis=0), baseline.std(axis=0)
        scale[scale == 0] = 1.0
        row = first((baseline - centre) / scale, (live - centre) / scale)
        if row is None:
            break
        begin = held.stop + row
        found.append(begin - 1)
    return found


def contenders(delays: Mapping[str, Any]) -> dict[str, First]:
    """Return holdtrue and the peers whose thresholds have been found."""
    found: dict[str, First] = {"holdtrue": holdtrue()}
    if "ADWIN (River)" in delays:
        found["ADWIN (River)"] = adwin(delays["ADWIN (River)"]["setting"])
    found |= {name: beyond(SCORES[name](), delays[name]["setting"]) for name in SHOWN if name in delays}
    return found


def streams(folder: Path, insects: Path | None) -> Iterator[tuple[str, Matrix, NDArray[Any], list[list[int]]]]:
    """Give each stream: name, inputs, target, changes."""
    for file in sorted(folder.glob("*.npz")):
        held = np.load(file)
        yield file.stem, held["inputs"], held["target"], held["changes"].tolist()
    for name, (file_name, changes) in INSECTS.items():
        if insects is None:
            return
        lines = (insects / file_name).read_text().lower().partition("@data")[2].split()
        rows = [line.split(",") for line in lines]
        inputs = np.array([row[:-1] for row in rows], dtype=float)
        yield name, inputs, np.array([row[-1] for row in rows]), [[change, change] for change in changes]


def main() -> None:
    """Watch, evaluate, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--delays", type=Path, default=Path(".proofs/delays.json"), help="what detector_delays.py kept")
    parser.add_argument("--insects", type=Path, help="a folder with the INSECTS streams")
    asked = parser.parse_args()
    print_machine("river", "numpy", "numba")
    runs = contenders(json.loads(asked.delays.read_text()))
    print(f"  {'':30}" + "".join(f"{name[:16]:>18}" for name in runs))
    with tempfile.TemporaryDirectory() as folder:
        made = told(CAPYMOA, "make", folder)
        if made is None:
            print("CapyMOA needs a Java runtime")
            return
        for name, inputs, target, changes in streams(Path(folder), asked.insects):
            lists = [
                {"changes": changes, "alarms": alarms_of(first, inputs, target), "rows": len(inputs)}
                for first in runs.values()
            ]
            file = Path(folder) / "alarms.json"
            file.write_text(json.dumps(lists))
            judged = told(CAPYMOA, "evaluate", file)
            if judged is None:
                continue
            cells = [
                f"{each['found'] * len(changes):.0f}/{len(changes)} {each['delay']:,.0f} +{each['false']}"
                for each in judged
            ]
            print(f"  {name:30}" + "".join(f"{cell:>18}" for cell in cells))
            sys.stdout.flush()
    print(f"CapyMOA {made['version']}: changes found, rows until then on average, + false alarms")


if __name__ == "__main__":
    main()
